"""What is known of the programs beside a sweep file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFacts:
    """What the texts of programs say; the defaults are those of a file that lies alone.

    Attributes:
        is_there: Whether the file that `program` names is there; None where nobody knows the
            folder in which the agent will be started.
        reads_config: Whether what the command starts gets its parameters from W&B
            (`wandb.config`); None where that was not read.
        served_by: Programs that hand a function of theirs to `wandb.agent`.
    """

    is_there: bool | None = None
    reads_config: bool | None = None
    served_by: tuple[str, ...] = ()
