"""The story as sections of HTML, for `document.py` to put into one page.

The page's own script finds what it needs by the elements' classes and `data-` attributes; without
it, everything but the drawings is there.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.answers.columns import HasRuns
from wbtools.answers.csv_cells import cell as csv_cell
from wbtools.answers.figures.data_rows import data_rows
from wbtools.answers.html import HtmlPage, sentences, styled
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.report.story_page import StoryPage
from wbtools.answers.report.thinned import thinned
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.answers.columns import Column
    from wbtools.answers.figures.figure_data import FigureData
    from wbtools.answers.layout import Cell, TextColumn
    from wbtools.answers.report.page_runs import PageRuns

    R = TypeVar("R")

MOST_ROWS: Final = 400
"""Rows of a figure's table; where there are more, a command writes them."""


@dataclass(slots=True)
class HtmlSection:
    """A section: its address, its title, and the lines of HTML below that."""

    key: str
    title: str
    lines: list[str] = field(default_factory=list)


class HtmlStory(StoryPage, HtmlPage):
    """The story as HTML.

    Attributes:
        header: Lines of HTML above all sections.
        sections: In their order.
        figures: Those that are shown, by name.
    """

    def __init__(self, clean: Callable[[str], str], runs: PageRuns) -> None:
        """Start without any section.

        Args:
            clean: Takes private words out of a text.
            runs: What the page knows of runs.
        """
        super().__init__(clean, runs)
        self.header: list[str] = self._lines
        self.sections: list[HtmlSection] = []
        self.figures: dict[str, FigureData] = {}
        self._settings: set[str] = set()

    def opening(self, title: str, question: str, answer: str, facts: Sequence[str]) -> None:
        """Write the page's title, the question and its answer, and what is to be known."""
        self.opened_with = answer
        self._element("h1", self.clean(title))
        for name, text in (("question", question), ("verdict", answer)):
            self._lines.append(f'<p class="{name}">{sentences(self.clean(text))}</p>')
        self._lines += [f'<p class="facts">{sentences(self.clean(fact))}</p>' for fact in facts]

    def section(self, key: str, title: str) -> None:
        """Begin a section."""
        section = HtmlSection(key, title)
        self.sections.append(section)
        self._lines, self.about = section.lines, title

    def answers(self, said: Sequence[tuple[str, str, str]]) -> None:
        """Write a list whose questions lead to their sections."""
        self._lines.append('<dl class="short">')
        for key, question, answer in said:
            asked, words = escape(self.clean(question)), sentences(self.clean(answer))
            self._lines.append(f'<dt><a href="#{key}">{asked}</a></dt><dd>{words}</dd>')
        self._lines.append("</dl>")

    def command(self, line: str, purpose: str) -> None:
        """Write a command, to which the page's script adds a button that copies it."""
        self._lines += [
            f'<p class="purpose">{escape(self.clean(purpose))}</p>',
            f'<pre class="command"><code>{escape(self.cleaned_command(line))}</code></pre>',
        ]

    def chart(self, figure: FigureData, command: str) -> None:
        """Leave the place of a figure, with its words and its numbers."""
        super().chart(figure, command)
        every_point, figure = figure, thinned(figure)
        self.figures[figure.name] = figure
        title, setting, description, *notes = (
            escape(self.clean(text))
            for text in (figure.title, figure.setting, _beyond_title(figure), *figure.notes)
        )
        if setting in self._settings:  # told once: most figures are of the same sweep and metric
            setting = ""
        self._settings.add(setting)
        self._lines += [
            f'<figure class="chart" data-figure="{escape(figure.name)}">',
            f"<figcaption><strong>{title}</strong>",
            f'<span class="setting">{setting}</span>' if setting else "",
            f'<p class="visually-hidden">{description}</p></figcaption>',
            '<div class="plot"></div>',
            *([f'<p class="notes">{" ".join(notes)}</p>'] if notes else []),
            '<details class="data"><summary>Table of this figure</summary>',
        ]
        self._figure_table(every_point, command)
        self._lines.append("</details></figure>")

    def drawn_by(self, command: str, others: Sequence[str]) -> None:
        """Do nothing: the page draws them."""

    def _figure_table(self, figure: FigureData, command: str) -> None:
        header, rows = data_rows(figure)
        rows = list(rows)
        if len(rows) > MOST_ROWS:
            self.command(command, f"The figure has {len(rows):,} points. Write them as a table")
            return
        known = [k for k in range(len(header)) if any(row[k] not in {None, ""} for row in rows)]
        heads = [(header[k], any(isinstance(row[k], float) for row in rows)) for k in known]
        self._open_table(self.clean(figure.title), heads)
        for row in rows:
            self._lines.append(f"<tr>{''.join(self._figure_cell(row[k]) for k in known)}</tr>")
        self._close_table()

    def _figure_cell(self, value: object) -> str:
        if isinstance(value, float) and math.isfinite(value):
            return f"<td>{value:.6g}</td>"
        return f"<td>{escape(self.clean(csv_cell(value)))}</td>"

    def rows(
        self,
        columns: Sequence[Column[R]],
        rows: Sequence[R],
        *,
        noun: str = "",
        about: str = "",
        limit: int | None = None,
    ) -> list[str]:
        """Write a table of declared columns that can be sorted, and whose rows know their runs."""
        shown = limit_rows(rows, self.limit if limit is None else limit)
        cells = [[self.linked(column, row) for column in columns] for row in shown]
        known = [k for k in range(len(columns)) if any(_is_known(row[k]) for row in cells)]
        if known:
            heads = [(self.clean(columns[k].title), bool(columns[k].right)) for k in known]
            self._open_table(self.about, heads, is_long=len(shown) > _MANY)
            for row, texts in zip(shown, cells, strict=True):
                inside = "".join(_cell(texts[k], columns[k].value(row)) for k in known)
                self._lines.append(f"<tr{self._of_runs(row)}>{inside}</tr>")
            self._close_table()
        below = rows_left(len(rows) - len(shown), noun, about)
        if below:
            self.say(below, style="dim")
        return [columns[k].title for k in known]

    def _of_runs(self, row: object) -> str:
        """The attribute that names the runs of a row; empty where it is of none."""
        runs = row.runs_of_sweeps if isinstance(row, HasRuns) else ()
        keys = " ".join(key for run in runs if (key := self.runs.key(*run)) is not None)
        return f' data-runs="{keys}"' if keys else ""

    def _grid(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> None:
        self._open_table(self.about, [(column.title, bool(column.right)) for column in columns])
        for row in rows:
            inside = "".join(_cell(cell) for cell in row)
            self._lines.append(f"<tr>{inside}</tr>")
        self._close_table()

    def _open_table(
        self, caption: str, heads: Sequence[tuple[str, bool]], *, is_long: bool = False
    ) -> None:
        about, name = escape(caption), "scroll long" if is_long else "scroll"
        titles = "".join(f'<th scope="col">{escape(title)}</th>' for title, _ in heads)
        numbers = [f"n{k}" for k, (_, is_number) in enumerate(heads, start=1) if is_number]
        self._lines += [
            f'<div class="{name}" tabindex="0" role="region" aria-label="{about}">',
            f'<table class="{" ".join(["sortable", *numbers])}"><caption>{about}</caption>',
            f"<thead><tr>{titles}</tr></thead>",
            "<tbody>",
        ]

    def _close_table(self) -> None:
        self._lines += ["</tbody>", "</table></div>"]


def _beyond_title(figure: FigureData) -> str:
    """What is said of a figure to who does not see it; its title, which stands above, not again."""
    finding = figure.title.removesuffix(".")
    words = figure.description
    if finding:
        words = " ".join(words.replace(f"{finding}.", "").replace(finding, "").split())
    return words if words.endswith((".", "!", "?")) or not words else f"{words}."


_MANY: Final = 15
"""Rows beyond which a table scrolls by itself, for the page to stay short."""
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
"""What a browser reads as a number; other cells say by which number they are sorted."""


def _is_known(cell: Cell) -> bool:
    return cell.text not in {"", UNKNOWN}


def _cell(cell: Cell, value: object = None) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_told = _PLAIN_NUMBER.fullmatch(cell.text) is not None
    by = f' data-value="{value:.6g}"' if is_number and not is_told else ""
    inside = styled(cell.text, cell.style)
    if cell.link:
        inside = f'<a href="{escape(cell.link)}" rel="noopener noreferrer">{inside}</a>'
    return f"<td{by}>{inside}</td>"
