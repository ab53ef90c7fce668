"""A page of plain terminal text: wrapped sentences, and tables that shrink with the terminal.

Cell widths and colours are rich's. The layout is our own because columns must leave by priority,
because no environment variable may change what a function returns, and because of time: 10,000 rows
of 15 columns took 17 s as a rich table and take 1.5 s here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.color import ColorSystem
from rich.style import Style

from wbtools.answers.limits import ROWS, limit_rows, rows_left
from wbtools.text.sanitize import UNKNOWN, in_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from wbtools.answers.columns import Column

    R = TypeVar("R")

_NARROWEST = 10
_COLUMN_GAP = 2
_PART_GAP = "   "
_INDENTED_FROM = 60
_WORD = re.compile(r" (?!%)")
_BELOW_A_PAGE = 3
"""Lines of a screen that the next command and the prompt take."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of a table and its rich style, and the address it leads to; empty for none."""

    text: str
    style: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """How one column of a table stands on a page.

    Attributes:
        title: Its heading.
        keep: When it leaves a terminal that is too narrow: the highest first; 0 stays, and where
            even those do not fit, the rows are stacked as `key: value`.
        right: Aligned to the right, as numbers are.
        least: Smallest width, for texts that may be cut short; None for a column of full width.
        wraps: Cut into lines instead of cut short.
    """

    title: str = ""
    keep: int = 0
    right: bool | None = None
    least: int | None = None
    wraps: bool = False


class Page:
    """Lines that never exceed a width, collected from top to bottom."""

    def __init__(
        self,
        *,
        width: int = 80,
        height: int | None = None,
        color: bool = False,
        unicode: bool = True,
        limit: int = ROWS,
        cuts: bool = True,
    ) -> None:
        """Start an empty page.

        Args:
            width: Terminal cells; at least 10 are taken.
            height: Lines of the screen, or None where nothing scrolls away: the verdict of a longer
                page stands again at its end.
            color: Whether styles become ANSI codes.
            unicode: Whether anything beyond ASCII may appear.
            limit: Rows of a table or list that are shown, one or two more rather than counted; 0
                for all.
            cuts: Whether a table may cut names short to keep within the width; where not, as for
                a program that reads the page, its lines become longer.
        """
        self.width = max(width, _NARROWEST)
        self.height = height
        self.cuts = cuts
        self.limit = limit
        self.color = color
        self.unicode = unicode
        self._lines: list[str] = []
        self._verdict: list[str] = []

    def __str__(self) -> str:
        """The page, with one line break at its end."""
        lines = self._lines
        if self.height is not None and len(lines) + _BELOW_A_PAGE > self.height and self._verdict:
            lines = [*lines, "", *self._verdict]
        return "\n".join(lines) + "\n"

    def gap(self) -> None:
        """Leave one line empty, unless the last one is."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def title(self, parts: Iterable[str], *, style: str = "bold", between: str = _PART_GAP) -> None:
        """Write what the page is about, as short statements side by side."""
        self.flow(parts, style=style, between=between)

    def heading(self, *parts: str) -> None:
        """Begin a section."""
        self.gap()
        self.flow(parts, style="bold")

    def verdict(self, question: str, answer: str) -> None:
        """Write what the answer comes to, in one sentence or two, after the question it answers."""
        self.gap()
        start = len(self._lines)
        self.say(f"{question}  {answer}" if question else answer, style="bold", hang=2)
        self._verdict = self._lines[start:]

    def say(self, text: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """Write a sentence, wrapped; lines after the first are indented by `hang` more."""
        if self.width < _INDENTED_FROM:
            indent, hang = min(indent, 2), min(hang, 2)
        first, rest = " " * indent, " " * (indent + hang)
        for k, line in enumerate(wrap(self._written(text), self.width - len(rest))):
            self._lines.append((rest if k else first) + self._painted(line, style))

    def points(self, *sentences: str, style: str = "") -> None:
        """Write sentences below a heading or a table, each on lines of its own; not empty ones."""
        for sentence in filter(None, sentences):
            self.say(sentence, style=style, indent=2, hang=2)

    def flow(
        self,
        parts: Iterable[str],
        *,
        style: str = "",
        between: str = _PART_GAP,
        indent: int = 0,
    ) -> None:
        """Write short statements side by side, as many to a line as fit.

        Args:
            parts: The statements.
            style: A rich style.
            between: What stands between two of them on a line.
            indent: Cells before each line.
        """
        line, between, hang = "", self._written(between), 2
        for part in map(self._written, parts):
            together = f"{line}{between}{part}"
            if line and indent + hang + cell_len(together) > self.width:
                self.say(line, style=style, indent=indent, hang=hang)
                line = ""
            line = f"{line}{between}{part}" if line else part
        if line:
            self.say(line, style=style, indent=indent, hang=hang)

    def verbatim(self, lines: Iterable[str], *, style: str = "") -> None:
        """Write lines that are already cut to size."""
        self._lines.extend(self._painted(line, style) for line in lines)

    def rows(
        self,
        columns: Sequence[Column[R]],
        rows: Sequence[R],
        *,
        noun: str = "",
        about: str = "",
        limit: int | None = None,
    ) -> list[str]:
        """Write a table of declared columns and return the titles of those that were shown.

        Args:
            columns: From left to right.
            rows: What the columns take their values from; the first ones are shown.
            noun: What a row is, for the line that counts the others.
            about: What is true of all the others.
            limit: How many are shown; the page's own limit unless said.
        """
        shown = limit_rows(rows, self.limit if limit is None else limit)
        cells = [[column.cell(row) for column in columns] for row in shown]
        return self.table(columns, cells, below=rows_left(len(rows) - len(shown), noun, about))

    def table(
        self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]], *, below: str = ""
    ) -> list[str]:
        """Write a table and return the titles of the columns that were shown.

        Columns in which nothing is known are left out. Before names are cut short, those leave
        that say the same in every row; then others by `keep` until the rest fits. Lines below the
        table name them.

        Args:
            columns: From left to right.
            rows: A cell for every column.
            below: A note to stand right below the last row.
        """
        cells = [[Cell(self._written(cell.text), cell.style) for cell in row] for row in rows]
        titles = [self._written(column.title) for column in columns]
        natural = self._natural(titles, cells)
        indent = 2 if self.width >= _INDENTED_FROM else 0
        room, known = self.width - indent, list(natural)
        same = self._same(columns, cells, natural, room)
        shown = [k for k in known if k not in same]
        while self._least(columns, shown, natural) > room:
            last = max(shown, key=lambda k: (columns[k].keep, k))
            if columns[last].keep == 0:
                break
            shown.remove(last)
        if self._least(columns, shown, natural) > room:
            self._stack(titles, cells, shown)
        else:
            widths = self._shared(columns, shown, natural, room)
            head = [Cell(titles[k], "dim") for k in shown]
            self._row(columns, shown, widths, head, indent)
            for row in cells:
                self._row(columns, shown, widths, [row[k] for k in shown], indent)
        left_out = ", ".join(columns[k].title for k in known if k not in shown and k not in same)
        self.points(below, style="dim")
        if same:
            values = ", ".join(f"{titles[k]} {cells[0][k].text}" for k in same)
            where = "the rows shown" if below else "all rows"
            self.points(f"(the same in {where}: {values})", style="dim")
        if left_out:
            self.points(f"(columns left out at this width: {left_out})", style="dim")
        return [columns[k].title for k in shown]

    def fits(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> bool:
        """Whether a table would stand here whole: nothing cut, and left out what is the same."""
        cells = [[Cell(self._written(cell.text)) for cell in row] for row in rows]
        natural = self._natural([self._written(column.title) for column in columns], cells)
        room = self.width - (2 if self.width >= _INDENTED_FROM else 0)
        same = self._same(columns, cells, natural, room)
        shown = [size for k, size in natural.items() if k not in same]
        return sum(shown) + _COLUMN_GAP * (len(shown) - 1) <= room

    def _natural(self, titles: Sequence[str], cells: Sequence[Sequence[Cell]]) -> dict[int, int]:
        """Widths at which nothing is cut, of the columns in which something is known."""
        unknown = {"", self._written(UNKNOWN)}
        return {
            k: max(cell_len(title), *(cell_len(row[k].text) for row in cells))
            for k, title in enumerate(titles)
            if any(row[k].text not in unknown for row in cells)
        }

    @staticmethod
    def _same(
        columns: Sequence[TextColumn],
        cells: Sequence[Sequence[Cell]],
        natural: dict[int, int],
        room: int,
    ) -> list[int]:
        """Which columns leave because they tell no row from another, if not everything fits."""
        same: list[int] = []
        needed = _COLUMN_GAP * (len(natural) - 1) + sum(
            min(size, columns[k].least or size) if columns[k].wraps else size
            for k, size in natural.items()
        )
        may_leave = [
            k
            for k in natural
            if len(cells) > 1 and columns[k].keep and len({row[k].text for row in cells}) == 1
        ]
        for k in sorted(may_leave, key=lambda k: -columns[k].keep):
            if needed <= room:
                break
            same.append(k)
            needed -= natural[k] + _COLUMN_GAP
        return sorted(same)

    @staticmethod
    def _narrowest(
        columns: Sequence[TextColumn], shown: Sequence[int], natural: dict[int, int]
    ) -> dict[int, int]:
        return {
            k: natural[k] if (least := columns[k].least) is None else min(natural[k], least)
            for k in shown
        }

    def _least(
        self, columns: Sequence[TextColumn], shown: Sequence[int], natural: dict[int, int]
    ) -> int:
        widths = self._narrowest(columns, shown, natural)
        return sum(widths.values()) + _COLUMN_GAP * (len(shown) - 1)

    def _shared(
        self,
        columns: Sequence[TextColumn],
        shown: Sequence[int],
        natural: dict[int, int],
        room: int,
    ) -> dict[int, int]:
        """Widths: what the stiff columns leave goes to the flexible ones, from left to right."""
        widths = self._narrowest(columns, shown, natural)
        if not self.cuts:
            widths |= {k: natural[k] for k in shown if not columns[k].wraps}
        spare = max(room - sum(widths.values()) - _COLUMN_GAP * (len(shown) - 1), 0)
        for k in shown:
            more = min(natural[k] - widths[k], spare)
            widths[k] += more
            spare -= more
        return widths

    def _row(
        self,
        columns: Sequence[TextColumn],
        shown: Sequence[int],
        widths: dict[int, int],
        cells: Sequence[Cell],
        indent: int,
    ) -> None:
        ellipsis = self._written("…")
        texts = [
            wrap(cell.text, widths[k])
            if columns[k].wraps
            else [truncate(cell.text, widths[k], ellipsis=ellipsis)]
            for k, cell in zip(shown, cells, strict=True)
        ]
        for level in range(max(map(len, texts))):
            line, pending = "", " " * indent
            for k, lines, cell in zip(shown, texts, cells, strict=True):
                text = lines[level] if level < len(lines) else ""
                blank = " " * (widths[k] - cell_len(text))
                if columns[k].right:
                    pending, blank = pending + blank, ""
                if text:
                    line, pending = line + pending + self._painted(text, cell.style), ""
                pending += blank + " " * _COLUMN_GAP
            self._lines.append(line)

    def _stack(
        self, titles: Sequence[str], cells: Sequence[Sequence[Cell]], shown: Sequence[int]
    ) -> None:
        unknown = {"", self._written(UNKNOWN)}
        for row in cells:
            known = [k for k in shown if row[k].text not in unknown]
            for place, k in enumerate(known):
                self.say(
                    f"{titles[k]}: {row[k].text}",
                    style=row[k].style,
                    indent=1 if place else 0,
                    hang=1,
                )

    def _written(self, text: str) -> str:
        return text if self.unicode else in_ascii(text)

    def _painted(self, text: str, style: str) -> str:
        if not self.color or not style or not text:
            return text
        return _style(style).render(text, color_system=ColorSystem.STANDARD)


@lru_cache(maxsize=64)
def _style(definition: str) -> Style:
    return Style.parse(definition)


def wrap(text: str, width: int) -> list[str]:
    """Break a line between words, and words longer than a line wherever they end.

    A percent sign stays with its number.
    """
    lines, line, used = [], "", 0
    for word in _WORD.split(text):
        size = cell_len(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line.rstrip(" "))
        line, used = word, size
        while used > width:
            piece, *rest = chop_cells(line, width)
            lines.append(piece)
            line = "".join(rest)
            used = cell_len(line)
    return [*lines, line.rstrip(" ")]


def truncate(text: str, width: int, *, ellipsis: str = "…") -> str:
    """At most `width` terminal cells of the text; an ellipsis says that some are missing."""
    if cell_len(text) <= width:
        return text
    if width <= len(ellipsis):
        return set_cell_size(text, width).rstrip()
    return set_cell_size(text, width - len(ellipsis)).rstrip() + ellipsis
