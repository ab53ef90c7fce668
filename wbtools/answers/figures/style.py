"""Sheets to draw on, all in one style: no pyplot, no display, the same data the same bytes."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FORMATS = ("png", "svg", "pdf")
_NOTEBOOK_DPI = 100
_STYLE: Any = {
    "svg.hashsalt": "wbtools",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # TrueType: conferences refuse the letters of type 3
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "none",  # letters as wide at any resolution: what fits, fits
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "path.simplify": True,
}
_WITHOUT_TIME = {
    "png": {"Software": "wbtools"},
    "svg": {"Date": None, "Creator": "wbtools"},
    "pdf": {"CreationDate": None, "Creator": "wbtools", "Producer": None},
}


class NotebookFigure(Figure):
    """A figure that a notebook shows where it ends a cell, with or without `%matplotlib inline`.

    With it, IPython has a printer of its own for every `Figure` and does not ask `_repr_png_`; and
    no more than the one picture is shown, as pyplot does not know of the figure.
    """

    def _repr_png_(self) -> bytes:
        """The picture, as IPython's display asks for it."""
        picture = BytesIO()
        save(self, picture, dots_per_inch=_NOTEBOOK_DPI)
        return picture.getvalue()


@contextmanager
def figure_style() -> Iterator[None]:
    """Hold the style for as long as sheets are made, drawn and saved."""
    with rc_context(_STYLE), warnings.catch_warnings():
        # A name in a script that the font does not know is drawn as boxes; that is all right.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield


def new_figure(size_in: tuple[float, float], compose: Callable[[Figure], None]) -> Figure:
    """A sheet that pyplot does not know of, as `compose` fills it; width and height in inches."""
    with figure_style():
        sheet = NotebookFigure(figsize=size_in, layout="constrained")
        FigureCanvasAgg(sheet)
        compose(sheet)
        # Ticks are made when they are drawn: in this style, not in what holds later.
        sheet.draw_without_rendering()
    return sheet


def save(
    sheet: Figure,
    path: Path | BinaryIO,
    *,
    file_format: str | None = None,
    dots_per_inch: int = 300,
) -> None:
    """Save a sheet, without the time of day; the same data make the same bytes.

    Args:
        sheet: From `new_figure`.
        path: Where to write; the suffix names the format.
        file_format: `png`, `svg` or `pdf`, where there is no suffix to name it.
        dots_per_inch: Of a PNG.

    Raises:
        UsageError: It is no format that can be drawn.
    """
    named = file_format or (path.suffix.lstrip(".") if isinstance(path, Path) else "png")
    kind = named.lower()
    if kind not in _FORMATS:
        msg = f"a figure cannot be drawn as {named!r}"
        raise UsageError(msg, f"let the file's name end in {', '.join('.' + f for f in _FORMATS)}")
    with figure_style():
        sheet.savefig(path, format=kind, dpi=dots_per_inch, metadata=_WITHOUT_TIME[kind])
