"""Parts of an answer that must be what they are asked for as, and lists that come page by page.

GraphQL lets any field be null; any other kind of value where an object belongs is no answer of
W&B's, and is said to be so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HINT: Final = "is WANDB_BASE_URL the address of W&B's API?"
_KINDS: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}
_LONGEST_NAME: Final = 4_096
"""W&B's own ids and names have at most some hundred characters, and a file's path no more."""
_PAGES_AT_FIRST: Final = 100
_LEAST_A_PAGE: Final = 10
"""Pages of a list have a hundred members and more, except where a server lists without end."""
_MOST_UNCOUNTED: Final = 1_000
"""Runs that may be added while a list is read, beside a tenth of those that are counted."""


def kind_of(value: object) -> str:
    """What a JSON value is, for people."""
    for kind, words in _KINDS.items():
        if isinstance(value, kind):
            return words
    return "nothing"


def object_in(node: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A field that is an object; None where it is null or absent.

    Raises:
        DataError: It is anything else.
    """
    value = node.get(name)
    if value is None or isinstance(value, dict):
        return value
    msg = f"W&B's answer has {kind_of(value)} where {name!r} should be an object"
    raise DataError(msg, _HINT)


def list_in(node: Mapping[str, Any], name: str) -> list[Any]:
    """A field that is a list; empty where it is null or absent.

    Raises:
        DataError: It is anything else.
    """
    value = node.get(name)
    if value is None or isinstance(value, list):
        return value or []
    msg = f"W&B's answer has {kind_of(value)} where {name!r} should be a list"
    raise DataError(msg, _HINT)


def whole_in(node: Mapping[str, Any], name: str) -> int | None:
    """A field that is a count; None where it is null or absent.

    Raises:
        DataError: It is anything else.
    """
    value = node.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    msg = f"W&B's answer has {kind_of(value)} where {name!r} should be a count"
    raise DataError(msg, _HINT)


def nodes_of(connection: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The nodes of a connection that have a name; others are none that could be asked for.

    A name of more than some thousand characters is none of W&B's.

    Raises:
        DataError: It is no connection.
    """
    for edge in list_in(connection or {}, "edges"):
        node = edge.get("node") if isinstance(edge, dict) else None
        if not isinstance(node, dict):
            continue
        name = node.get("name")
        if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
            yield node


def shortened(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node whose texts are of a length that may be kept, a hundred thousand times over."""
    return {
        name: value[:_LONGEST_NAME] if isinstance(value, str) else value
        for name, value in node.items()
    }


def n_characters(node: Mapping[str, Any]) -> int:
    """Characters of the texts that a node holds itself."""
    return sum(len(value) for value in node.values() if isinstance(value, str))


def object_at(value: Mapping[str, Any], *names: str) -> dict[str, Any] | None:
    """An object within objects, by the names that lead to it; None where one is not there."""
    inner: dict[str, Any] | None = dict(value)
    for name in names:
        inner = object_in(inner or {}, name)
    return inner


class Paging:
    """One list that a server gives page by page, until its end or until there seems to be none.

    Args:
        what: It lists, for people.
        most: Of them may be listed.

    Attributes:
        cursor: Of the next page; None for the first.
        goes_on: There is a next page.
        broke_off: There is one by the server's word, but the last brought nothing new, or not said
            how to ask for the next.
    """

    def __init__(self, what: str, *, most: int) -> None:
        """No page is read yet."""
        self.cursor: str | None = None
        self.goes_on, self.broke_off = True, False
        self._what, self._most = what, most
        self._n_known = self._n_pages = 0

    def turn(
        self, connection: Mapping[str, Any] | None, *, n_known: int, n_counted: int | None
    ) -> None:
        """Take note of a page.

        Args:
            connection: What it held.
            n_known: How many the pages have brought together.
            n_counted: How many the server says there are; None where it does not say.

        Raises:
            DataError: The server gives pages without end.
        """
        info = object_in(connection or {}, "pageInfo") or {}
        cursor, n_new = info.get("endCursor"), n_known - self._n_known
        self._n_known, self._n_pages = n_known, self._n_pages + 1
        if not info.get("hasNextPage"):
            self.goes_on = False
            return
        if not isinstance(cursor, str) or not cursor:
            self.goes_on, self.broke_off = False, True
            return
        if cursor == self.cursor:
            msg = f"the server gives the same page of {self._what} again and again"
            raise DataError(msg, "try again later")
        if not n_new:
            self.goes_on, self.broke_off = False, True
            return
        self.cursor = cursor
        if n_counted is not None and n_known > n_counted + n_counted // 10 + _MOST_UNCOUNTED:
            self._complain(f"more than the {n_counted:,} that it counts")
        if n_known > self._most:
            self._complain("more than wbtools reads")
        if self._n_pages > _PAGES_AT_FIRST + n_known // _LEAST_A_PAGE:
            self._complain("ever fewer a page")

    def _complain(self, trouble: str) -> None:
        pages = count(self._n_pages, "page")
        msg = (
            f"the server lists {self._what} without end: {self._n_known:,} on {pages}, {trouble},"
            " and says that there are more"
        )
        raise DataError(msg, "try again later; what was fetched before is kept")
