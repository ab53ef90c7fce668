"""Whether a file's tables are those that wbtools makes: an archive may come from anybody.

A view in place of a table, a trigger, a generated column or a virtual table would run what somebody
wrote, for as long as they like. So every definition is compared before a table is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    # What stands before the parentheses, what stands in them, what stands behind them.
    _Definition = tuple[str, list[str], str]

_WORDS: Final = re.compile(r"CREATE (?:TABLE|INDEX) (\w+)")
_OWN_INDEX: Final = re.compile(r"sqlite_autoindex_(\w+)_\d+")
# SQLite's own, where somebody let it count rows: `ANALYZE`.
_STATISTICS: Final = "CREATE TABLE sqlite_stat1(tbl,idx,stat)"
_MOST_ENTRIES: Final = 100
_HINT: Final = "move the file away and fetch again, or name another folder with --archive"


def check_definitions(
    connection: sqlite3.Connection,
    path: Path,
    statements: Sequence[str],
    more: Mapping[str, Sequence[str]],
) -> None:
    """Compare all definitions in a file with those that it should have.

    Args:
        connection: To the file.
        path: Of the file, for messages.
        statements: What makes its tables and indexes.
        more: Columns, by table, that it has beside those.

    Raises:
        DataError: It holds anything else, or lacks something.
    """
    expected = dict(map(_parsed, (*statements, _STATISTICS)))
    for table, columns in more.items():
        head, inside, tail = expected[table]
        expected[table] = (head, sorted([*inside, *columns]), tail)
    lacking = set(expected) - {"sqlite_stat1"}
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT ?", (_MOST_ENTRIES,)
    )
    for kind, name, table, text in rows:
        if kind == "index" and text is None and _is_own_index(name, table, expected):
            continue
        if kind not in {"table", "index"} or not isinstance(text, str) or name not in expected:
            msg = (
                f"{path} is not an archive as wbtools makes it: it holds the "
                f"{sanitize(kind, limit=20)} {sanitize(name, limit=60)!r}"
            )
            raise DataError(msg, _HINT)
        if _definition(text) != expected[name]:
            msg = f"{path} is not an archive as wbtools makes it: it has another {kind} {name!r}"
            raise DataError(msg, _HINT)
        lacking.discard(name)
    if lacking:
        missing = ", ".join(sorted(lacking))
        msg = f"{path} is not an archive as wbtools makes it: it is missing {missing}"
        raise DataError(msg, _HINT)


def _is_own_index(name: Any, table: Any, expected: Mapping[str, object]) -> bool:  # noqa: ANN401 - the file says
    """Whether it is one that SQLite makes for a key of one of the tables."""
    found = _OWN_INDEX.fullmatch(str(name))
    return found is not None and found[1] == table and table in expected


def _parsed(statement: str) -> tuple[str, _Definition]:
    """Name and definition of what a statement makes."""
    words = _WORDS.match(statement)
    if words is None:
        msg = f"no definition: {statement}"
        raise ValueError(msg)
    return words[1], _definition(statement)


def _definition(statement: str) -> _Definition:
    """A definition without its spacing and the order of its parts, which migrations change."""
    text = re.sub(r"\s+", " ", statement).strip()
    head, opened, rest = text.partition("(")
    inside, closed, tail = rest.rpartition(")")
    parts = sorted(part.strip() for part in _apart(inside))
    return head.strip() + opened, parts, closed + tail.strip()


def _apart(text: str) -> Iterator[str]:
    """The parts between commas, those in parentheses left alone."""
    depth, began = 0, 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            yield text[began:at]
            began = at + 1
    yield text[began:]
