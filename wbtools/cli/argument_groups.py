"""The options that commands have in common, in groups.

Which runs are looked at, what their sweep was, how the network is used, how the answer is given.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from wbtools.answers.formats import Format, answer_form_of, form_of
from wbtools.answers.limits import FEW_ROWS, ROWS
from wbtools.cli.options import (
    ArchiveFolder,
    Force,
    GoalWord,
    Limit,
    MetricName,
    Quiet,
    ShowSecrets,
    Verbose,
)
from wbtools.cli.output import Color, check_targets, make_page, note, write_answer
from wbtools.cli.progress import show_progress
from wbtools.errors import UsageError
from wbtools.text.shell_words import archive_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.projection import Method
    from wbtools.answers.answer import Answer
    from wbtools.answers.layout import Page
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionArguments:
    """Which runs of a folder, table or project are looked at."""

    TITLE: ClassVar[str] = "What to look at"

    all_runs: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Take all runs of the folder or project, whether or not they are in sweeps.",
        ),
    ] = False
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="NAME", help="Take the project's runs of this W&B group."),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="NAME",
            help="Take the project's runs with this tag; repeated, those with all of the tags.",
        ),
    ] = None
    filters: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="JSON",
            help="Take the project's runs that match a filter of W&B's API, such as "
            """'{"state": "finished"}'.""",
        ),
    ] = None

    @property
    def selection(self) -> Selection:
        """The runs that the options name together.

        Raises:
            UsageError: All runs are asked for, and only some.
        """
        from wbtools.app.opening.selection import Selection

        return Selection(
            all_runs=self.all_runs,
            group=self.group,
            tags=tuple(self.tag or ()),
            filters=self.filters,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepArguments:
    """What the sweep was, where its own configuration does not say it or is not to be believed."""

    TITLE: ClassVar[str] = "What the sweep was"

    metric: MetricName = None
    goal: GoalWord = None
    sweep_file: Annotated[
        Path | None,
        typer.Option(
            "--sweep-file",
            metavar="FILE",
            help="The YAML file that the sweep was made from. Without it, the file in the folder's "
            "project that matches the runs.",
        ),
    ] = None
    early_terminate: Annotated[
        str | None,
        typer.Option(
            "--early-terminate",
            metavar="RULE",
            help="The early-termination rule that the sweep had: 'hyperband(min_iter=10,eta=2)' or "
            "'none'.",
        ),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="REPORTS",
            min=1,
            max=10**9,
            help="How many times a run reports the metric if nothing stops it, such as its epochs.",
        ),
    ] = None

    def options(
        self,
        *,
        rank_by: str | None = None,
        target: float | None = None,
        method: Method | None = None,
    ) -> AuditOptions:
        """The same as an analysis takes it, with what the command's own options add."""
        from wbtools.app.opening.question import AuditOptions
        from wbtools.model import Goal

        return AuditOptions(
            metric=self.metric,
            goal=None if self.goal is None else Goal.parse(self.goal),
            early_terminate=self.early_terminate,
            sweep_file=self.sweep_file,
            budget=self.budget,
            rank_by=rank_by,
            target=target,
            method=method,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchArguments:
    """How W&B's servers are asked, and where what they answer is kept."""

    TITLE: ClassVar[str] = "Network and archive"

    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch everything anew, even what is archived.")
    ] = False
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=0.001,
            help="Stop fetching after so many seconds; what was received by then is kept.",
        ),
    ] = None
    archive: ArchiveFolder = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArguments(FetchArguments):
    """How W&B's servers, the archive and the cache are used."""

    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network: work with what is archived.")
    ] = False
    cache: Annotated[
        bool,
        typer.Option(
            "--cache/--no-cache",
            help="Remember what was read from local run files, and next time read only what is new "
            "in them. --no-cache reads all anew.",
            show_default=False,
        ),
    ] = True

    @property
    def words(self) -> list[str]:
        """The options by which the next command works on what this one worked on."""
        return archive_words(self.archive, offline=self.offline)

    @contextmanager
    def session(self, *, quiet: bool) -> Iterator[Session]:
        """W&B's servers and the archive for the length of one command.

        A command that looked at one sweep and ended well leaves it as the one used last in this
        folder.
        """
        import os

        from wbtools.app.opening.session import Session
        from wbtools.archive import remember_sweep
        from wbtools.cli.which_sweep import ask_which

        with (
            show_progress(quiet=quiet) as observer,
            Session(
                archive=self.archive,
                offline=self.offline,
                refresh=self.refresh,
                timeout_s=self.timeout,
                cache=self.cache,
                observer=observer,
                ask_which=ask_which,
            ) as session,
        ):
            yield session
        if len(set(session.opened)) == 1:
            remember_sweep(session.opened[0], self.archive, os.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerArguments(NetworkArguments):
    """The same for a command that looks at a server again and again, and at nothing else."""

    refresh: bool = field(default=False, init=False)
    timeout: float | None = field(default=None, init=False)
    offline: bool = field(default=False, init=False)
    cache: bool = field(default=True, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputArguments:
    """Where an answer goes, and in which form."""

    TITLE: ClassVar[str] = "Answer"

    limit: Limit = ROWS
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            case_sensitive=False,
            help="The form of the answer. Without it, the suffix of --output decides, else text.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the answer to this file: .txt, .md, .csv, .json or .html.",
        ),
    ] = None
    force: Force = False
    quiet: Quiet = False
    verbose: Verbose = 0

    @property
    def answer_form(self) -> Format | None:
        """The form in which the answer is asked for.

        Raises:
            UsageError: The suffix of the file names none.
        """
        return form_of(self.output, self.form)

    def check(
        self, *sources: str, also: tuple[Path | None, ...] = (), has_findings: bool = True
    ) -> None:
        """Refuse what must not be written, before any work is done.

        Args:
            sources: What is read, which is never overwritten.
            also: Other files that the command will write.
            has_findings: Whether the answer has any that GitHub's log could show.

        Raises:
            UsageError: A file exists, is no regular file or is what is read; its folder does not
                exist; its suffix names no form; or the answer does not come in that form.
        """
        if self.answer_form is Format.GITHUB and not has_findings:
            msg = "--format github shows findings, and this answer has none of its own"
            raise UsageError(msg, "choose text, md, csv, json or html")
        for source in sources:
            check_targets(self.output, *also, source=source, force=self.force)

    def deliver(self, answer: Answer) -> None:
        """Print the answer, or write it to its file, in the form that is asked for."""
        from wbtools.answers.answer import render

        form = self.answer_form or Format.TEXT
        write_answer(render(answer, form, self._page()), self.output)

    def note(self, *lines: str) -> None:
        """Say something on stderr, unless the user wants quiet."""
        if not self.quiet:
            for line in lines:
                note(f"{line}\n")

    def offer(self, *commands: str) -> None:
        """Say which commands may come next."""
        self.note(*(f"next: {command}" for command in commands))

    def _page(self) -> Page:
        return make_page(Color.NEVER, self.output, limit=self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainAnswerArguments(OutputArguments):
    """How an answer is given that holds no configurations."""

    color: Annotated[
        Color, typer.Option("--color", help="When to use colours: auto does on a terminal.")
    ] = Color.AUTO

    def _page(self) -> Page:
        return make_page(self.color, self.output, limit=self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerArguments(PlainAnswerArguments):
    """How an answer is given that shows configurations."""

    show_secrets: ShowSecrets = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnswerArguments(AnswerArguments):
    """How an answer is given of which the first few rows matter."""

    limit: Limit = FEW_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeAnswerArguments(PlainAnswerArguments):
    """How an answer is given of which all rows are shown, unless the user says otherwise."""

    limit: Limit = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactArguments(OutputArguments):
    """How a script or sweep files are written, or in their place the answer about them."""

    TITLE: ClassVar[str] = "Output"

    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            case_sensitive=False,
            help="Say what would be written, and why, in this form; text is what is written "
            "itself. Without it, the suffix of --output decides: .json, .csv, .md or .html.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file; else to stdout."),
    ] = None
    show_secrets: ShowSecrets = False

    @property
    def answer_form(self) -> Format | None:
        """The form in which the answer is asked for; None where a script or files are."""
        return answer_form_of(self.output, self.form)

    def check(
        self, *sources: str, also: tuple[Path | None, ...] = (), has_findings: bool = True
    ) -> None:
        """As for answers; and refuse what is about an answer where none is asked for."""
        if self.answer_form is None and (self.show_secrets or self.limit != ROWS):
            option = "--show-secrets" if self.show_secrets else "--limit"
            msg = f"{option} is about the answer, and what is written is another thing"
            raise UsageError(msg, f"leave {option} out, or pass --format md, html, csv or json")
        OutputArguments.check(self, *sources, also=also, has_findings=has_findings)

    def refuse_answer(self, option: str) -> None:
        """Refuse an option that writes or changes something, where only the answer is asked for.

        Raises:
            UsageError: The answer is asked for.
        """
        if self.answer_form is not None:
            msg = f"{option} is given, and the answer as {self.answer_form} in its place"
            raise UsageError(msg, f"leave {option} out, or pass --format text")
