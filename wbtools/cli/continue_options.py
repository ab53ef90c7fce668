"""The options by which `wbtools replicate` lets a run go on where it was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from wbtools.app.continue_run import ContinueOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueArguments:
    """What a line says of going on with a run."""

    TITLE: ClassVar[str] = "Continue a stopped run"

    continue_: Annotated[
        bool,
        typer.Option(
            "--continue",
            help="Let the run go on from the newest checkpoint that it left, in place of running "
            "it again from the start. What was found is listed; no checkpoint is opened.",
        ),
    ] = False
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--checkpoint",
            metavar="PATH",
            help="Go on from this checkpoint: a path, or an artifact that the run logged.",
        ),
    ] = None
    resume_arg: Annotated[
        str | None,
        typer.Option(
            "--resume-arg",
            metavar="NAME",
            help="The option or parameter by which the program is told where its checkpoint is. "
            "Without it, one that the program's text or its recorded arguments show.",
        ),
    ] = None
    same_run: Annotated[
        bool,
        typer.Option(
            "--same-run",
            help="Keep logging to the same W&B run, in place of a new one (WANDB_RESUME=must).",
        ),
    ] = False

    def options(self) -> ContinueOptions | None:
        """What is to be continued, and how; None where runs are run again.

        Raises:
            UsageError: An option needs --continue, which is not given.
        """
        from wbtools.app.continue_run import ContinueOptions

        return ContinueOptions.of(
            continues=self.continue_,
            checkpoint=self.checkpoint,
            resume_arg=self.resume_arg,
            same_run=self.same_run,
        )
