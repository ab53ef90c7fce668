"""A page that tells one story in sections: as HTML with figures, or as Markdown without."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.answers.columns import HasRuns
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.markdown import MarkdownPage, MarkupPage
from wbtools.answers.report.private_paths import pasteable
from wbtools.answers.report.sections import capitalized
from wbtools.text.markdown import escaped, sentences
from wbtools.text.numbers import listed
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wbtools.answers.columns import Column
    from wbtools.answers.figures.figure_data import FigureData
    from wbtools.answers.report.page_runs import PageRuns

    R = TypeVar("R")

_NAMES_OF_RUNS: Final = frozenset({"run_name", "run_number", "run_ids"})
_ID: Final = TextColumn(title="run id")


class StoryPage(MarkupPage, ABC):
    """A page whose sections are written by the answers themselves.

    Within a section an answer's own title is left out, as the page has one, and its verdict stands
    without its question, which is the section's title. Private words are taken out of every text.
    """

    def __init__(self, clean: Callable[[str], str], runs: PageRuns, *, limit: int = 0) -> None:
        """Start an empty page.

        Args:
            clean: Takes private words out of a text.
            runs: What the page knows of runs.
            limit: Rows of each table or list; 0 for all.
        """
        super().__init__(limit=limit)
        self.clean = clean
        self.runs = runs
        self.about = ""
        self.opened_with = ""
        self.findings: list[str] = []

    @abstractmethod
    def opening(self, title: str, question: str, answer: str, facts: Sequence[str]) -> None:
        """Write what the page is about and what it comes to, above all sections."""

    @abstractmethod
    def section(self, key: str, title: str) -> None:
        """Begin a section; `key` is its address on the page, a word."""

    @abstractmethod
    def chart(self, figure: FigureData, command: str) -> None:
        """Show a figure, or say what it shows; the command writes its numbers, where there is one.

        What it shows is not said again by a verdict below it.
        """
        self.findings.append(figure.title)

    @abstractmethod
    def drawn_by(self, command: str, others: Sequence[str]) -> None:
        """Say how to draw the figures above, where they are not there.

        Args:
            command: It draws the first; empty where there is none.
            others: The names of the others.
        """

    @abstractmethod
    def answers(self, said: Sequence[tuple[str, str, str]]) -> None:
        """Write short answers: the section that tells more, the question, and the answer."""

    def command(self, line: str, purpose: str) -> None:
        """Write a command to paste, below what it does."""
        self.say(f"{purpose}:")
        self.verbatim([self.cleaned_command(line)])

    def title(self, parts: Iterable[str], *, style: str = "", between: str = "") -> None:
        """Do nothing: the page has a title."""

    def heading(self, *parts: str) -> None:
        """Begin a part of a section."""
        self.about = self.clean(" · ".join(parts))
        self._headline(3, self.about)

    def verdict(self, question: str, answer: str) -> None:
        """Write the answer; the section's title asks the question.

        What the page opens with, or a figure has for its title, is not said again.
        """
        del question
        if answer and answer in self.opened_with:
            return
        for finding in self.findings:
            rest = answer.removeprefix(finding)
            if rest != answer and rest.startswith((".", ";")):
                answer = capitalized(rest[1:].strip())
        self.say(answer, style="bold")

    def say(self, text: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """Write a paragraph."""
        super().say(self.clean(text), style=style, indent=indent, hang=hang)

    def verbatim(self, lines: Iterable[str], *, style: str = "") -> None:
        """Write lines as a block of code."""
        super().verbatim(map(self.clean, lines), style=style)

    def table(
        self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]], *, below: str = ""
    ) -> list[str]:
        """Write a table of all columns in which something is known; return their titles."""
        cleaned = [[self.cleaned(cell) for cell in row] for row in rows]
        heads = [replace(column, title=self.clean(column.title)) for column in columns]
        return super().table(heads, cleaned, below=below)

    def cleaned_command(self, line: str) -> str:
        """A command without private words, which a shell understands as far as that is possible."""
        return pasteable(self.clean(line))

    def linked(self, column: Column[R], row: R) -> Cell:
        """A row's cell without private words; one that names a run leads to its page on W&B."""
        cell = self.cleaned(column.cell(row))
        run = single_run(row) if column.key in _NAMES_OF_RUNS else None
        if run is None or cell.text in {"", UNKNOWN}:
            return cell
        return replace(cell, link=self.runs.url(*run))

    def cleaned(self, cell: Cell) -> Cell:
        """The cell without private words."""
        return replace(cell, text=self.clean(cell.text))


class MarkdownStory(StoryPage, MarkdownPage):
    """The story as a document of Markdown: its figures are sentences."""

    def rows(
        self,
        columns: Sequence[Column[R]],
        rows: Sequence[R],
        *,
        noun: str = "",
        about: str = "",
        limit: int | None = None,
    ) -> list[str]:
        """Write a table of declared columns; where each row is of a run, its id comes last."""
        shown = limit_rows(rows, self.limit if limit is None else limit)
        below = rows_left(len(rows) - len(shown), noun, about)
        cells = [[self.linked(column, row) for column in columns] for row in shown]
        found = [run for row in shown if (run := single_run(row)) is not None]
        if len(found) < len(shown):
            return self.table(columns, cells, below=below)
        ids = [Cell(self.runs.shown_id(*run)) for run in found]
        with_ids = [[*texts, id_] for texts, id_ in zip(cells, ids, strict=True)]
        return self.table([*columns, _ID], with_ids, below=below)

    def opening(self, title: str, question: str, answer: str, facts: Sequence[str]) -> None:
        """Write the document's title, the question and its answer, and what is to be known."""
        self._headline(1, self.clean(title))
        self._headline(2, self.clean(question))
        self.say(answer, style="bold")
        self.opened_with = answer
        for fact in facts:
            self.say(fact)

    def section(self, key: str, title: str) -> None:
        """Begin a section with a title of the second level."""
        del key
        self.about = title
        self._headline(2, title)

    def answers(self, said: Sequence[tuple[str, str, str]]) -> None:
        """Write a list."""
        self.gap()
        for _, question, answer in said:
            words = sentences(self.clean(answer))
            self._lines.append(f"- **{escaped(self.clean(question))}** {words}")

    def chart(self, figure: FigureData, command: str) -> None:
        """Say what the figure shows: how it is drawn means nothing without it."""
        is_new = figure.title not in self.findings
        super().chart(figure, command)
        if not is_new:
            return
        self.gap()
        self._lines.append(f"*{escaped(self.clean(figure.title))}.*")

    def drawn_by(self, command: str, others: Sequence[str]) -> None:
        """Write the command, and which other figures take the first one's place in it."""
        if command:
            also = f" (likewise {listed(others)})" if others else ""
            self.say(f"Draw it: `{command}`{also}")


def single_run(row: object) -> tuple[int, str] | None:
    """The one run that a row is of: the place of its sweep, and its id; None of several or none."""
    runs = row.runs_of_sweeps if isinstance(row, HasRuns) else ()
    return runs[0] if len(runs) == 1 else None
