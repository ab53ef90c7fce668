"""`wbtools report`: everything about a sweep on one page, to be shared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from wbtools.answers.formats import Format, form_of
from wbtools.cli.argument_groups import (
    NetworkArguments,
    OutputArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import Limit, RankBy, Sweeps, Target
from wbtools.cli.output import write_answer
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.errors import UsageError
from wbtools.text.sanitize import sanitize

_PANEL = "What it may change"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReportArguments(OutputArguments):
    """Where a report goes: as Markdown, or as a page of HTML."""

    TITLE: ClassVar[str] = "Report"

    limit: Limit = 0
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            case_sensitive=False,
            help="md or html. Without it, the suffix of --output decides, else md.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to this file: .html, a page that opens from disk, or .md.",
        ),
    ] = None

    @property
    def answer_form(self) -> Format:
        """Markdown or HTML.

        Raises:
            UsageError: Another form is asked for, or the suffix of the file names none.
        """
        form = Format.MARKDOWN
        if self.form is not None or self.output is not None:
            form = form_of(self.output, self.form)
        if form not in {Format.MARKDOWN, Format.HTML}:
            msg = f"a report is a page of HTML or Markdown, and not {form}"
            hint = "let the file end in .html or .md; each command gives its data: --format json"
            raise UsageError(msg, hint)
        return form


@with_examples(
    (
        "wbtools report demo -o report.html",
        "Write a page about the recorded sweep that comes with wbtools.",
    ),
    (
        "wbtools report demo -o report.md",
        "Write the same as Markdown, for an issue or a notebook.",
    ),
    (
        "wbtools report demo ./wandb --stages -o search.html",
        "Tell the stages of one search as one story.",
    ),
)
@takes_groups
def report(
    sweeps: Sweeps = None,
    *,
    rank_by: RankBy = None,
    target: Target = None,
    stages: Annotated[
        bool,
        typer.Option(
            "--stages",
            help="Take the sweeps as stages of one search: show what each gained, also per hour, "
            "and what the last one validated.",
        ),
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="NAME",
            help="Of several sweeps, compare the others with this one. Without it, with the first "
            "that has a mean.",
        ),
    ] = None,
    include_host: Annotated[
        bool,
        typer.Option(
            "--include-host",
            help="Leave host names, e-mail addresses and home folders in the report; without it "
            "they are taken out. Secrets are masked in any case.",
        ),
    ] = False,
    publish: Annotated[
        str | None,
        typer.Option(
            "--publish",
            metavar="ENTITY/PROJECT",
            help="Say which W&B Report would be created in this project. With --yes it is.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="With --publish, create it for all who see the project; without it, a draft that "
            "you alone see.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="With --publish, create it. Without it, nothing is changed.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: _ReportArguments,
    network: NetworkArguments,
) -> None:
    """Put everything about a sweep on one page, to be read by somebody who has no terminal open.

    The verdict comes first, then the commands to run next, curves, gems, why each run ended, the
    leaderboard, parameters, other rules, findings, and what the numbers rest on. A page of HTML
    needs no network: figures answer to the mouse and the keyboard, tables can be sorted.
    """
    from wbtools.app import publish_report as publishing
    from wbtools.app.report import ReportOptions, build_report

    publishing.check_publish(publish, acts=yes, is_final=final)
    selection = looked_at.selection
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    answer.check(*references)
    options = ReportOptions(
        question=sweep_was.options(rank_by=rank_by, target=target),
        baseline=baseline,
        in_stages=stages,
        include_host=include_host,
        where=[*selection.options(), *network.words],
    )
    with network.session(quiet=answer.quiet) as session:
        found = build_report(references, options, session, selection)
    if answer.output is not None or publish is None:
        if answer.answer_form is Format.HTML:
            write_answer(found.to_html(), answer.output)
            if answer.output is not None:
                answer.note(f"wrote {sanitize(answer.output, limit=0)}, which opens in a browser")
        else:
            write_answer(found.to_markdown(limit=answer.limit), answer.output)
    if publish is not None:
        with network.session(quiet=answer.quiet) as session:
            address = publishing.publish(
                publishing.wandb_report(found, publish), session, acts=yes, is_final=final
            )
            session.observer.close()
        if address is not None:
            write_answer(address, None)
        else:
            answer.note("nothing was changed: --yes creates it")
    elif answer.output is None and answer.answer_form is Format.MARKDOWN:
        answer.note("-o report.html writes a page with figures, which opens in a browser")
