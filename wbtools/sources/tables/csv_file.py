"""CSV files as they come: other encodings, separators and decimal commas; every cell a text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from wbtools.errors import DataError
from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LARGEST_BYTES: Final = 512 * 2**20
_LARGEST_HEADER: Final = 4 * 2**20
_MOST_COLUMNS: Final = 20_000
_HINT: Final = "a run table is a CSV with a header and one run a row"
_QUOTED: Final = re.compile(r'"[^"]*"')
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "cp1252")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A CSV file, every text in it hostile.

    Attributes:
        columns: The names in its header, as they stand, each once.
        rows: One or more, cells by column, as they stand.
        decimal_comma: `0,5` is a number in it.
        as_of: When it was last changed, aware UTC.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    decimal_comma: bool
    as_of: datetime


def read_csv(path: Path) -> CsvFile:
    """Read a CSV file.

    Args:
        path: In UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab. In the
            latter two, `0,5` is a number.

    Raises:
        DataError: It cannot be read, has no rows, or repeats a column.
    """
    import pandas as pd  # noqa: PLC0415 - half a second that only tables need

    text, as_of = _text(path)
    head = text.split("\n", 1)[0]
    separator = _separator(head)
    try:
        header = next(csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True))
        _check_header([name.strip() for name in header], path)
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, skipinitialspace=True, dtype=str, na_filter=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, csv.Error) as error:
        msg = f"{path} is no CSV table: {' '.join(str(error).split())}"
        raise DataError(msg, _HINT) from None
    if not isinstance(frame.index, pd.RangeIndex):
        msg = f"{path} has more cells in a row than its header has columns"
        raise DataError(msg, _HINT)
    if frame.empty:
        msg = f"{path} has a header but no rows"
        raise DataError(msg, "export the table again, one run a row")
    return CsvFile(
        path=path,
        columns=tuple(str(name) for name in frame.columns),
        rows=tuple(cast("list[dict[str, str]]", frame.to_dict("records"))),
        decimal_comma=separator != ",",
        as_of=as_of,
    )


def header_of(path: Path) -> tuple[str, ...]:
    """The names in a file's header; none where it cannot be read, or is no table.

    Only the beginning is read, so that a folder of large files can be looked through.
    """
    try:
        data = read_regular(path, _LARGEST_HEADER)
        if len(data) == _LARGEST_HEADER:  # no character is cut in two at the end of a line
            end = data.rfind(b"\n") + 1
            data = data[: end - end % 2 if data.startswith(_UTF16) else end]
        head = _decode(data, path).lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
        separator = _separator(head)
        return tuple(next(csv.reader([head], delimiter=separator, skipinitialspace=True), ()))
    except (OSError, DataError, csv.Error):
        return ()


def _separator(head: str) -> str:
    """What stands most often between the names of a header, and not inside of quotes."""
    bare = _QUOTED.sub("", head)
    return max(",;\t", key=bare.count)


def _check_header(names: Sequence[str], path: Path) -> None:
    if len(names) > _MOST_COLUMNS:
        msg = f"{path} has {len(names)} columns, more than the {_MOST_COLUMNS} that are read"
        raise DataError(msg, "keep the columns you need, one run a row")
    twice = sorted((name, n) for name, n in Counter(names).items() if n > 1)
    if twice:
        msg = f"{path} has the column {twice[0][0]!r} {twice[0][1]} times"
        raise DataError(msg, "rename one of them: it is not clear which one holds the values")


def _text(path: Path) -> tuple[str, datetime]:
    try:
        data = read_regular(path, _LARGEST_BYTES + 1)
        as_of = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise DataError(msg, "check the path and its permissions") from None
    if len(data) > _LARGEST_BYTES:
        msg = f"{path} is larger than 512 MiB"
        raise DataError(msg, "keep one row a run and the columns you need")
    text = _decode(data, path).lstrip("\r\n")
    if "\0" in text or not text.strip():
        msg = f"{path} is {'no text' if text.strip() else 'empty'}"
        raise DataError(msg, _HINT)
    return text, as_of


def _decode(data: bytes, path: Path) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and not data.startswith(_UTF16):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    msg = f"{path} is neither UTF-8, UTF-16 nor Windows-1252"
    raise DataError(msg, "save it as UTF-8")
