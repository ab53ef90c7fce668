"""How a run was started: what its side files say beyond the run itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRecord:
    """What a run left about its start; None, "" or empty where nothing says.

    Attributes:
        program: As recorded: a path, often of another machine, or `-m pkg.mod`.
        argv: Its arguments; () is an empty list, None is no record. Beside a program both mean
            none: SDKs from 0.18 on leave the list out of `wandb-metadata.json` where it is empty.
        code_path: The program's path from the root of its repository; may have backslashes.
        python: Version of Python, such as `3.10.4`.
        git_remote: Address of the repository; may hold a password.
        git_commit: The commit that was checked out.
        diff: What was changed and not committed, as a patch.
        requirements: Lines of `requirements.txt`, as `name==version`.
        is_notebook: Whether the side files say that it was a notebook, whatever its name is.
        sweep_parameters: What the sweep's agent gave this run, by top-level name, nested values
            nested; None where no agent's file is left.
    """

    program: str | None = None
    argv: tuple[str, ...] | None = None
    code_path: str | None = None
    python: str | None = None
    git_remote: str | None = None
    git_commit: str | None = None
    diff: str | None = None
    requirements: tuple[str, ...] = ()
    is_notebook: bool = False
    sweep_parameters: Mapping[str, object] | None = field(default=None)

    @property
    def had_no_arguments(self) -> bool:
        """Whether the program was started without arguments; False where nothing is known of it."""
        return self.program is not None and not self.argv
