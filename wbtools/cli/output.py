"""Where answers go: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from matplotlib.figure import Figure

    from wbtools.answers.layout import Page

_PIPE_WIDTH = 120
_FIGURES = (".png", ".svg", ".pdf")
_NAMES_OF_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_STDOUT = "stdout"
WRITTEN: list[str] = []
"""What this process has written for the user, which is said if they end it early."""


class Color(StrEnum):
    """When to colour: `auto` means on a terminal, unless `NO_COLOR` is set and not empty."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def make_page(color: Color, output: Path | None, *, limit: int) -> Page:
    """The page for text: what the terminal can show; plain wide text for files and pipes.

    A width that the user names in `COLUMNS` is kept in pipes too.
    """
    from wbtools.answers.layout import Page

    to_file = output is not None
    terminal = not to_file and sys.stdout is not None and sys.stdout.isatty()
    width, height = shutil.get_terminal_size((_PIPE_WIDTH, 24))
    is_sized = terminal or "COLUMNS" in os.environ
    wanted = color is Color.ALWAYS or (
        color is Color.AUTO and terminal and not os.environ.get("NO_COLOR")
    )
    encoding = "utf-8" if to_file else getattr(sys.stdout, "encoding", None) or "ascii"
    return Page(
        width=width if is_sized else _PIPE_WIDTH,
        height=height if terminal else None,
        color=wanted,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
        limit=limit,
        cuts=is_sized,
    )


def check_targets(*paths: Path | None, source: str, force: bool) -> None:
    """Refuse what must not be written, before any work is done.

    Args:
        paths: Files that the command will write; None for those that it will not.
        source: What is read, which is never overwritten.
        force: Whether existing files may be overwritten.

    Raises:
        UsageError: A file exists and `force` is false, is no regular file, is what is read, or is
            named twice; or its folder does not exist.
    """
    targets = [path for path in paths if path is not None]
    try:
        for path in targets:
            _check_target(path, force=force)
        real = [os.path.realpath(path) for path in targets]
        real_source = os.path.realpath(source) if targets else ""
    except (OSError, ValueError) as error:
        msg = f"a file to write cannot be looked at: {getattr(error, 'strerror', None) or error}"
        raise UsageError(msg, "name another file") from None
    if len(set(real)) < len(real):
        msg = f"{targets[0]} is to hold two things"
        raise UsageError(msg, "give each file to write a name of its own")
    if real_source in real:
        msg = f"{source} is what is read"
        raise UsageError(msg, "name another file to write")


def check_figure(path: Path | None) -> None:
    """Refuse a figure's file whose name does not say how it is drawn, before any work is done.

    Raises:
        UsageError: It ends in no suffix of a figure.
    """
    if path is not None and path.suffix.lower() not in _FIGURES:
        msg = f"{path} does not say in which format the figure is to be drawn"
        raise UsageError(msg, f"let the name end in {', '.join(_FIGURES)}: {path.stem}.svg")


def _check_target(path: Path, *, force: bool) -> None:
    if str(path) in _NAMES_OF_STDOUT:
        msg = f"{path} is not a file to write to, and the answer goes to stdout anyway"
        raise UsageError(msg, "leave -o out")
    if os.path.lexists(path):
        if not path.is_file():
            msg = f"{path} is not a regular file"
            raise UsageError(msg, "name a file, or leave -o away and redirect stdout")
        if not force:
            msg = f"{path} exists already"
            raise UsageError(msg, "name another file, or pass --force to overwrite it")
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
            dir=path.absolute().parent, prefix=".wbtools-", delete=False
        ) as file:
            temporary = Path(file.name)
            write(file)  # type: ignore[arg-type]  # a wrapper around a BinaryIO
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode_of(path))
        temporary.replace(path)
        WRITTEN.append(str(path))
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise DataError(msg, "name another file with -o") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure in the format that the file's suffix names.

    Raises:
        UsageError: It names none that can be drawn.
        DataError: The folder is read-only or the disk is full.
    """
    from wbtools.answers.figures.style import save

    kind = path.suffix.lstrip(".") or "none"
    write_atomically(path, lambda file: save(figure, file, file_format=kind))


def _mode_of(path: Path) -> int:
    """The permissions of the file that is there, else those of any new one."""
    if path.is_file():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def write_answer(text: str, path: Path | None) -> None:
    """Print the answer, or write it to a file as UTF-8; one line end ends it, unless it is empty.

    Raises:
        DataError: Stdout is closed or full, or the file cannot be written.
    """
    write_answer_parts([text if not text or text.endswith("\n") else f"{text}\n"], path)


def write_answer_parts(parts: Iterable[str], path: Path | None) -> None:
    """As `write_answer`, for an answer that is too long to be held at once.

    A reader that has seen enough, as `| head`, is no error.

    Raises:
        DataError: Stdout is closed or full, or the file cannot be written.
    """
    if path is not None:
        write_atomically(path, lambda file: _write_parts(file, parts))
        return
    if sys.stdout is None:
        msg = "stdout is closed"
        raise DataError(msg, "write the answer to a file with -o")
    try:
        for part in parts:
            sys.stdout.write(part)
            if part and _STDOUT not in WRITTEN:
                WRITTEN.append(_STDOUT)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        msg = f"stdout cannot be written: {error.strerror or error}"
        raise DataError(msg, "write the answer to a file with -o") from None


def note(text: str) -> None:
    """Say something on stderr; an answer never fails because nobody listens there."""
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _write_parts(file: BinaryIO, parts: Iterable[str]) -> None:
    file.writelines(part.encode(errors="backslashreplace") for part in parts)


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
