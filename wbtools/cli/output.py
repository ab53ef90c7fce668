"""Where answers go: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

_PIPE_WIDTH = 120


class Color(StrEnum):
    """When to colour: `auto` means on a terminal, unless `NO_COLOR` is set and not empty."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the place that text goes to can show."""

    width: int
    color: bool
    unicode: bool


def page(color: Color, *, to_file: bool) -> Page:
    """Ask the terminal what it can show; files and pipes get plain wide text."""
    terminal = sys.stdout.isatty() and not to_file
    width = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns
    wanted = color is Color.ALWAYS or (
        color is Color.AUTO and terminal and not os.environ.get("NO_COLOR")
    )
    encoding = "utf-8" if to_file else (sys.stdout.encoding or "ascii")
    return Page(
        width=width if terminal or "COLUMNS" in os.environ else _PIPE_WIDTH,
        color=wanted,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
    )


def refuse_existing(path: Path | None, *, force: bool) -> None:
    """Refuse to overwrite before any work is done.

    Raises:
        UsageError: The file exists and `force` is false, or its folder does not exist.
    """
    if path is None:
        return
    if path.is_dir() or (path.exists() and not force):
        msg = f"{path} exists already"
        raise UsageError(msg, "name another file, or pass --force to overwrite a file")
    if not path.absolute().parent.is_dir():
        msg = f"the folder {path.absolute().parent} does not exist"
        raise UsageError(msg, "create it, or name another file")


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        DataError: The folder is read-only or the disk is full.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.absolute().parent, prefix=f".{path.name[:40]}.", delete=False
        ) as file:
            temporary = Path(file.name)
            write(file)  # type: ignore[arg-type]  # a wrapper around a BinaryIO
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise DataError(msg, "name another file with -o") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def deliver(text: str, path: Path | None) -> None:
    """Print the answer, or write it to a file as UTF-8; it ends with one line end either way."""
    text = text if text.endswith("\n") else f"{text}\n"
    if path is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_atomically(path, lambda file: _write_text(file, text))


def _write_text(file: BinaryIO, text: str) -> None:
    file.write(text.encode())
