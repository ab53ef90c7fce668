"""Runs that were made in a notebook: how they are recognised, and how they can be run again.

Notebooks are programs of a kernel, not of Python. The SDK records the notebook's name where its
server tells it (Jupyter, VS Code, Kaggle's `kaggle.ipynb`), the kernel's launcher where the
kernel is not taken for Jupyter's, and `<python with no main file>` where nothing is known.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.model import LaunchRecord

_IPYNB: Final = ".ipynb"
_SUFFIXES: Final = (_IPYNB, ".interactive")
_KERNELS: Final = frozenset({
    "ipykernel", "ipykernel_launcher", "colab_kernel_launcher", "db_ipykernel_launcher",
    "pythonshell", "spyder_kernels", "ipython", "ipython3",
})  # fmt: skip
_CONNECTION_FILE: Final = re.compile(r"kernel-[\w.-]+\.json\Z")
_COLAB_FILE: Final = "fileId="


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """Where a run was made, if not by a program that Python can start.

    Attributes:
        name: The notebook's path as it is recorded; None where it is not.
    """

    name: str | None = None

    def described(self) -> str:
        """In words."""
        if self.name is None:
            return "a notebook or an interactive session whose name is not recorded"
        return f"the notebook {self.name!r}"

    def how_to_run(self, calls: Collection[str] | None) -> str:
        """The ways to run it again, safe ones first.

        Args:
            calls: What its cells use to start sweeps; None where it could not be read.
        """
        path = PureWindowsPath(self.name or f"NAME{_IPYNB}")  # its folder is another machine's
        if path.suffix.lower() != _IPYNB:
            return (
                "save its code as a script, NAME.py, and pass --program NAME.py, whose wandb.sweep "
                "and wandb.agent a launcher holds back; --to yaml writes the bare configuration"
            )
        script = (
            f"make it a script with `jupyter nbconvert --to script {_shell_word(path.name)}` and "
            f"pass --program {_shell_word(f'{path.stem}.py')}, whose wandb.sweep and wandb.agent a "
            "launcher holds back"
        )
        papermill = (
            "--to yaml -o run.yaml writes the bare configuration, for `papermill "
            f"{_shell_word(path.name)} {_shell_word(f'{path.stem}-replica{_IPYNB}')} -f run.yaml`"
        )
        if calls is None:
            return f"{script}; {papermill}, if no cell calls wandb.sweep or wandb.agent"
        if calls:
            return (
                f"{script}; as it is, it would start a sweep of its own ({', '.join(sorted(calls))}"
                "); --to yaml writes the bare configuration"
            )
        return f"{papermill}; or {script}"


def _shell_word(name: str) -> str:
    """A file's name as a shell and its programs take it: none of them for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def is_notebook(program: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return program.lower().endswith(_SUFFIXES)


def notebook_of(record: LaunchRecord) -> Notebook | None:
    """The notebook that a run was made in; None for a program."""
    program = (record.program or "").strip()
    named = [text for text in (program, record.code_path) if text and is_notebook(text)]
    if named:
        return Notebook(name=named[0].replace("\\", "/"))
    if record.is_notebook:
        return Notebook(name=None if program.startswith(("<", _COLAB_FILE)) else program or None)
    if program.startswith(("<", _COLAB_FILE)) or _is_kernel(program):
        return Notebook()
    if any(_CONNECTION_FILE.search(word) for word in record.argv or ()):
        return Notebook()
    return None


def _is_kernel(program: str) -> bool:
    if program.startswith("-m"):
        return program.removeprefix("-m").strip().partition(".")[0].lower() in _KERNELS
    return PureWindowsPath(program).stem.lower() in _KERNELS
