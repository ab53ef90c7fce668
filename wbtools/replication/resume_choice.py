"""How a program is told to go on: by the best evidence that there is, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.model import CheckpointLayout, ResumeOption, Run
    from wbtools.replication.command import Launch
    from wbtools.sources.programs.resume_options import ProgramResume


def choose_resume_option(
    *,
    given: str | None,
    launch: Launch,
    run: Run,
    text: ProgramResume | None,
    layout: CheckpointLayout,
    is_same_run: bool = False,
) -> ResumeOption | None:
    """Choose it; None where nothing says how the program is told.

    Args:
        given: What the user names, with or without hyphens; wins over everything else.
        launch: How the program is started.
        run: With its configuration.
        text: What the program's text says; None where it was not to be read.
        layout: Which library wrote the checkpoint.
        is_same_run: Whether W&B is to resume the run itself, so that `run.resumed` is true.

    Raises:
        UsageError: What the user names cannot be an option.
    """
    raise NotImplementedError(given, launch, run, text, layout, is_same_run)
