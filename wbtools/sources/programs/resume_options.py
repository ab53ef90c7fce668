"""How a program is told to go on from a checkpoint, read from its text; nothing of it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.model import ResumeReader, ResumeTakes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOption:
    """An option that a program's text has for it.

    Attributes:
        name: As the configuration has it.
        takes: What is given to it.
        reader: What reads it.
        how: In words, what shows it: `add_argument`, `a read of wandb.config`, …
        spelled: As it is written, hyphens included; empty for what is no option.
        flag: Another option without a value that the program wants beside it.
        is_sure: Whether the text shows that it leads to a checkpoint, and not its name alone.
        file: The file that it was seen in; empty if nothing says.
    """

    name: str
    takes: ResumeTakes
    reader: ResumeReader
    how: str
    spelled: str = ""
    flag: str = ""
    is_sure: bool = True
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramResume:
    """What a program's text says about going on.

    Attributes:
        options: Its options for it, the likeliest first.
        looks_itself: Whether it looks for a checkpoint by itself, without being told to.
        reads_resumed: Whether it asks W&B if its run was resumed (`run.resumed`).
        hands_config: Whether it hands all of W&B's configuration to a call, which another key
            may break: `Model(**wandb.config)`.
    """

    options: tuple[ProgramOption, ...] = ()
    looks_itself: bool = False
    reads_resumed: bool = False
    hands_config: bool = False


def read_resume_options(source: str) -> ProgramResume | None:
    """See it in a program's text; None where it is no Python.

    Args:
        source: Its text.
    """
    raise NotImplementedError(source)
