"""A page as a fragment of HTML, for notebooks and reports: the same words, as sections and tables.

Whatever other people wrote is text in it: no element, attribute, address or script of theirs. The
fragment has no styles, scripts or identifiers of its own, so that it may stand in any document.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wbtools.answers.layout import Cell, Page, TextColumn
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BETWEEN_PARTS: Final = " · "


class HtmlPage(Page):
    """A page that takes what any page takes; nothing is wrapped, cut short or left out."""

    def __str__(self) -> str:
        """The fragment: one element, with one line break at its end."""
        return "\n".join(['<section class="wbtools">', *self._lines, "</section>", ""])

    def gap(self) -> None:
        """Do nothing: elements stand apart by themselves."""

    def title(self, parts: Iterable[str], *, style: str = "bold") -> None:
        """Write a title of the second level, for the first is the document's."""
        del style
        self._element("h2", _BETWEEN_PARTS.join(parts))

    def heading(self, *parts: str) -> None:
        """Begin a section with a title of the third level."""
        self._element("h3", _BETWEEN_PARTS.join(parts))

    def say(self, text: str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
        """Write a paragraph; what a terminal shows bold or dim is strong or small."""
        del indent, hang
        if text.strip():
            self._lines.append(f"<p>{_styled(text.strip(), style)}</p>")

    def flow(self, parts: Iterable[str], *, style: str = "") -> None:
        """Write short statements as one paragraph."""
        self.say(_BETWEEN_PARTS.join(parts), style=style)

    def verbatim(self, lines: Iterable[str], *, style: str = "") -> None:
        """Write lines as a block of code."""
        del style
        self._element("pre", "\n".join(lines))

    def table(
        self, columns: Sequence[TextColumn], rows: Sequence[Sequence[Cell]], *, below: str = ""
    ) -> list[str]:
        """Write a table of all columns in which something is known; return their titles."""
        shown = [
            k for k in range(len(columns)) if any(row[k].text not in {"", UNKNOWN} for row in rows)
        ]
        if shown:
            heads = "".join(f'<th scope="col">{escape(columns[k].title)}</th>' for k in shown)
            self._lines += ["<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
            for row in rows:
                cells = "".join(
                    f"{_opened(columns[k])}{_styled(row[k].text, row[k].style)}</td>" for k in shown
                )
                self._lines.append(f"<tr>{cells}</tr>")
            self._lines += ["</tbody>", "</table>"]
        if below:
            self.say(below, style="dim")
        return [columns[k].title for k in shown]

    def _element(self, name: str, text: str) -> None:
        if text.strip():
            self._lines.append(f"<{name}>{escape(text)}</{name}>")


def _opened(column: TextColumn) -> str:
    return '<td class="number">' if column.right else "<td>"


def _styled(text: str, style: str) -> str:
    safe = escape(text)
    if "bold" in style and safe:
        return f"<strong>{safe}</strong>"
    return f"<small>{safe}</small>" if "dim" in style and safe else safe
