"""The colours and shapes of figures: told apart by colour-blind readers, in print and in the dark.

The hues are those of Okabe and Ito 2008, "Color Universal Design". No two categories of one figure
are told apart by colour alone: each has a shape too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Category:
    """What a mark's colour and shape say.

    Attributes:
        key: Its name in data and style sheets: lower-case letters, digits and hyphens.
        label: The same for readers; safe to show.
        color: `#rrggbb` on white.
        color_in_the_dark: `#rrggbb` on a dark background.
        shape: `circle`, `times`, `square`, `triangle`, `diamond`, `star`, `plus` or `wye`.
    """

    key: str
    label: str
    color: str
    color_in_the_dark: str
    shape: str = "circle"


BAND: Final = Category("band", "band", "#8a949e", "#77818b")
THRESHOLD: Final = Category("threshold", "threshold", "#b3261e", "#ff8a80", "square")
BAR: Final = Category("bar", "the bar to beat", "#22303c", "#e3e8ec")

_SERIES: Final = (
    ("#0072b2", "#56b4e9", "circle"),
    ("#d55e00", "#f0924a", "square"),
    ("#009e73", "#2cc79a", "triangle"),
    ("#cc79a7", "#e09dc1", "diamond"),
    ("#b58900", "#f0c541", "star"),
    ("#3a3f9e", "#9aa0ff", "plus"),
    ("#000000", "#ffffff", "times"),
    ("#6b7580", "#a9b3bd", "wye"),
)
MOST_SERIES: Final = len(_SERIES)


def series(place: int, label: str) -> Category:
    """The category of one of several sides, stages or groups, by its place from 0."""
    color, dark, shape = _SERIES[place % MOST_SERIES]
    return Category(f"series-{place % MOST_SERIES}", label, color, dark, shape)
