"""The option by which replicas go to the agents of their own sweep, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated, ReplicateOptions
    from wbtools.cli.argument_groups import ArtifactArguments


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueArguments:
    """What a line says of runs for the sweep's own agents."""

    TITLE: ClassVar[str] = "The sweep's own agents"

    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="With --to enqueue, enqueue the runs. Without it, nothing is changed on W&B.",
        ),
    ] = False

    def check(self, options: ReplicateOptions, answer: ArtifactArguments) -> None:
        """Refuse what cannot be enqueued, before any work is done.

        Raises:
            UsageError: An option is about something else, or a script's file is named.
        """
        from wbtools.app.enqueue import check_may_enqueue
        from wbtools.app.replica_scripts import Target
        from wbtools.errors import UsageError

        is_asked = options.target is Target.ENQUEUE
        check_may_enqueue(options, is_asked=is_asked, acts=self.yes)
        if is_asked and answer.answer_form is None and answer.output is not None:
            msg = "--to enqueue writes no script, and --output names a file for one"
            raise UsageError(msg, "leave it out, or let it end in .json, .csv, .md or .html")

    def hand_over(self, scripts: Replicated, session: Session) -> Replicated:
        """Enqueue the replicas, or say what would be.

        Returns:
            The same, with the ids of the enqueued runs in their plans.

        Raises:
            UsageError, SignInError, DataError: As `wbtools.app.enqueue.enqueue`.
        """
        from wbtools.app.enqueue import enqueue

        scripts = enqueue(scripts, session, acts=self.yes)
        session.observer.close()
        return scripts

    def offer(self, answer: ArtifactArguments) -> None:
        """After a dry run, say how the runs are really enqueued: by the same line with `--yes`."""
        import sys

        from wbtools.text.shell_words import command_line

        words = sys.argv[1:]
        at = words.index("--") if "--" in words else len(words)
        answer.offer(command_line(["wbtools", *words[:at], "--yes", *words[at:]]))
