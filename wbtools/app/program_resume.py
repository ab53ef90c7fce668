"""What the texts of a program and of the modules beside it say about going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.sources.programs.resume_options import ProgramResume


def resume_of_program(words: Sequence[str], folders: Sequence[Path]) -> ProgramResume | None:
    """What a program says, with the modules that it imports from beside it; None if unread.

    Args:
        words: A file, or `-m` and a module.
        folders: Where it is looked for: the present folder as `Path()`, then others.
    """
    raise NotImplementedError(words, folders)
