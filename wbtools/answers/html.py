"""A page as a fragment of HTML, for notebooks and reports: the same words, as sections and tables.

Whatever other people wrote is text in it: no element, attribute, address or script of theirs. The
fragment has no styles, scripts or identifiers of its own, so that it may stand in any document.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wbtools.answers.markdown import MarkupPage
from wbtools.text.markdown import CODE_SPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.answers.layout import Cell, TextColumn


class HtmlPage(MarkupPage):
    """A page as one element of HTML."""

    def __str__(self) -> str:
        """The fragment: one element, with one line break at its end.

        Other characters than ASCII are character references: a fragment cannot say in which
        encoding it is read.
        """
        text = "\n".join(['<section class="wbtools">', *self._lines, "</section>", ""])
        return text.encode("ascii", "xmlcharrefreplace").decode()

    def gap(self) -> None:
        """Do nothing: elements stand apart by themselves."""

    def _headline(self, level: int, text: str) -> None:
        self._element(f"h{level}", text)

    def say(self, text: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """Write a paragraph; what a terminal shows bold or dim is strong or small."""
        del indent, hang
        if text.strip():
            self._lines.append(f"<p>{_in_style(sentences(text.strip()), style)}</p>")

    def verbatim(self, lines: Iterable[str], *, style: str = "") -> None:
        """Write lines as a block of code."""
        del style
        self._element("pre", "\n".join(lines))

    def _grid(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]]) -> None:
        heads = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in columns)
        self._lines += ["<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
        for row in rows:
            cells = "".join(
                f"{_opened(column)}{styled(cell.text, cell.style)}</td>"
                for column, cell in zip(columns, row, strict=True)
            )
            self._lines.append(f"<tr>{cells}</tr>")
        self._lines += ["</tbody>", "</table>"]

    def _element(self, name: str, text: str) -> None:
        if text.strip():
            self._lines.append(f"<{name}>{escape(text)}</{name}>")


def _opened(column: TextColumn) -> str:
    return '<td class="number">' if column.right else "<td>"


def sentences(text: str) -> str:
    """A text as HTML, in which code between backticks is code."""
    pieces = map(escape, CODE_SPAN.split(text))
    return "".join(f"<code>{each}</code>" if k % 2 else each for k, each in enumerate(pieces))


def styled(text: str, style: str) -> str:
    """A text as HTML; what a terminal shows bold or dim is strong or small."""
    return _in_style(escape(text), style)


def _in_style(safe: str, style: str) -> str:
    if "bold" in style and safe:
        return f"<strong>{safe}</strong>"
    return f"<small>{safe}</small>" if "dim" in style and safe else safe
