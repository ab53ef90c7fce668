"""A page of Markdown, for issues, pull requests and notebooks: the same words on other paper."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from wbtools.answers.layout import Cell, Page, TextColumn
from wbtools.text.markdown import escaped, sentences
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OF_ADDRESSES: Final = ":/?#%=&"
_BETWEEN_PARTS: Final = " · "
_BACKTICKS: Final = re.compile("`{3,}")


class MarkupPage(Page, ABC):
    """A page that takes what any page takes; nothing is wrapped, cut short or left out."""

    def title(
        self, parts: Iterable[str], *, style: str = "bold", between: str = _BETWEEN_PARTS
    ) -> None:
        """Write a title of the second level, for the first is the document's."""
        del style, between
        self._headline(2, _BETWEEN_PARTS.join(parts))

    def heading(self, *parts: str) -> None:
        """Begin a section with a title of the third level."""
        self._headline(3, _BETWEEN_PARTS.join(parts))

    def verdict(self, question: str, answer: str) -> None:
        """Write the question as a heading, and its answer below it."""
        if question:
            self.heading(question)
        self.say(answer, style="bold")

    def flow(
        self,
        parts: Iterable[str],
        *,
        style: str = "",
        between: str = _BETWEEN_PARTS,
        indent: int = 0,
    ) -> None:
        """Write short statements as one paragraph."""
        del between, indent
        self.say(_BETWEEN_PARTS.join(parts), style=style)

    def fits(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> bool:
        """Whatever it is: no table is cut."""
        del columns, rows
        return True

    def table(
        self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]], *, below: str = ""
    ) -> list[str]:
        """Write a table of all columns in which something is known; return their titles."""
        shown = [
            k for k in range(len(columns)) if any(row[k].text not in {"", UNKNOWN} for row in rows)
        ]
        if shown:
            self._grid([columns[k] for k in shown], [[row[k] for k in shown] for row in rows])
        if below:
            self.say(below, style="dim")
        return [columns[k].title for k in shown]

    @abstractmethod
    def _headline(self, level: int, text: str) -> None: ...

    @abstractmethod
    def _grid(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> None: ...


class MarkdownPage(MarkupPage):
    """A page of Markdown."""

    def _headline(self, level: int, text: str) -> None:
        self.gap()
        self._lines.append(f"{'#' * level} {escaped(text)}")

    def say(self, text: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """Write a paragraph, in which code stays code; where a terminal would be bold, it is."""
        del indent, hang
        words = sentences(text)
        if words:
            self.gap()
            self._lines.append(f"**{words}**" if "bold" in style else words)

    def verbatim(self, lines: Iterable[str], *, style: str = "") -> None:
        """Write lines as a block of code."""
        del style
        block = list(lines)
        fence = max(
            (backticks for line in block for backticks in _BACKTICKS.findall(line)),
            default="``",
            key=len,
        )
        self.gap()
        self._lines.extend([f"{fence}`", *block, f"{fence}`"])

    def _grid(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> None:
        self.gap()
        self._line(escaped(column.title) for column in columns)
        self._line("--:" if column.right else "---" for column in columns)
        for row in rows:
            self._line(map(_linked, row))

    def _line(self, cells: Iterable[str]) -> None:
        self._lines.append(f"| {' | '.join(cells)} |")


def _linked(cell: Cell) -> str:
    """The text; one that leads somewhere with its address."""
    text = escaped(cell.text)
    return f"[{text}]({quote(cell.link, safe=_OF_ADDRESSES)})" if cell.link else text
