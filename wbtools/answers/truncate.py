"""Texts cut to the cells that a terminal has for them."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def truncate(text: str, width: int, *, ellipsis: str = "…") -> str:
    """At most `width` terminal cells of the text; an ellipsis says that some are missing."""
    if cell_len(text) <= width:
        return text
    if width <= len(ellipsis):
        return set_cell_size(text, width).rstrip()
    return set_cell_size(text, width - len(ellipsis)).rstrip() + ellipsis
