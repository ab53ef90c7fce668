"""The answer of `expand-grid`: the cells that would be written, and which were left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wbtools.answers.layout import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """A configuration that would be written, secrets masked; `_CELL` says what each value is."""

    __repr__ = brief_repr

    config: Mapping[str, Any]
    number: int | None = None
    name: str | None = None
    file: str | None = None
    is_new: bool | None = None
    lacking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAxis:
    """An axis of the grid, secrets masked; `_AXIS` says what each value is."""

    name: str
    values: tuple[object, ...]
    zipped_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOfCells:
    """A W&B sweep, the whole product of its values: the `place`-th, from 1, and its file."""

    __repr__ = brief_repr

    place: int
    text: str
    n_runs: int


_CELL: Final[Record[GridCell]] = Record(
    "Cell",
    Column(
        "number",
        int | None,
        "The cell's number for ever; null in a sweep, where W&B numbers runs.",
        title="number",
    ),
    Column("cell_name", str | None, "The name of the cell's file.", of="name"),
    Column("file", str | None, "Where the cell's file goes."),
    Column("is_new", bool | None, "Whether the cell had no number yet.", title="new", keep=2),
    Column(
        "lacking",
        str | None,
        "Why the sweep lacks the cell: `never-run` or `cut-short`; null without --without.",
        title="lacking",
        keep=1,
    ),
    Column("config", dict[str, Any], "Values of the cell; secrets masked.", spread=True),
)

_AXIS: Final[Record[GridAxis]] = Record(
    "Axis",
    Column("axis", str, "Name of the axis.", of="name", title="axis", least=8),
    Column(
        "n_values",
        int,
        "How many values the axis has.",
        lambda axis: len(axis.values),
        title="values",
    ),
    Column(
        "values",
        list[Any],
        "Values of the axis in their order; secrets masked.",
        title="which",
        least=12,
        wraps=True,
        show=lambda axis: ", ".join(sanitize(format_value(each)) for each in axis.values),
    ),
    Column(
        "zipped_with",
        list[str],
        "Axes that advance with this one.",
        title="zipped with",
        keep=1,
        least=8,
    ),
)

_SWEEP: Final[Record[SweepOfCells]] = Record(
    "SweepFile",
    Column("place", int, "Which of the sweeps it is, from 1.", title="sweep"),
    Column("n_runs", int, "Runs that the sweep makes.", title="runs"),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ExpandGridAnswer(Answer):
    """The cells of a grid that would be written; `record` says what each value is.

    Attributes:
        files: Contents by path, those that are there already too, the manifest last; empty in a
            sweep.
        job: The script of the job for Slurm, where the target is one.
    """

    name: ClassVar = "expand_grid"
    table: ClassVar = "cells"
    record: ClassVar[Record[ExpandGridAnswer]] = Record(
        "ExpandGrid",
        Column("grid", str, "What the grid is called."),
        Column("target", str, "What is written: `configs`, `sweep` or `slurm`."),
        Column("folder", str | None, "Where configurations go; null in a sweep."),
        Column("axes", Rows(_AXIS), "Axes, the slowest first."),
        Column("shared", dict[str, Any], "What all cells share; secrets masked."),
        Column("constraints", list[str], "Constraints as they were written."),
        Column("without", str | None, "The sweep that lacks the cells, as it was named."),
        Column("n_cells", int, "Cells of the full product."),
        Column(
            "n_excluded",
            int | None,
            "Cells that do not meet all constraints; null for target `sweep`.",
        ),
        Column(
            "n_collapsed",
            int | None,
            "Cells that are equivalent to another; null for target `sweep`.",
        ),
        Column("n_passed_over", int | None, "Cells that the sweep has; null for target `sweep`."),
        Column(
            "n_gone",
            int | None,
            "Cells that had a number and left the grid; null for target `sweep`.",
        ),
        Column("n_tasks", int | None, "Tasks of the job for Slurm; null without one."),
        Column("sweeps", Rows(_SWEEP), "W&B sweeps, of target `sweep`."),
        Column("notes", list[str], "What to know of the sweeps.", of="remarks"),
        Column("cells", Rows(_CELL), "Cells that would be written, in the grid's order."),
    )

    grid: str
    target: str
    folder: str | None = None
    axes: tuple[GridAxis, ...]
    shared: Mapping[str, Any]
    constraints: tuple[str, ...]
    without: str | None
    n_cells: int
    n_excluded: int | None = None
    n_collapsed: int | None = None
    n_passed_over: int | None = None
    n_gone: int | None = None
    n_tasks: int | None = None
    sweeps: tuple[SweepOfCells, ...] = ()
    remarks: tuple[str, ...]
    cells: tuple[GridCell, ...]
    files: Mapping[Path, bytes] = field(default_factory=dict)
    job: str | None = None

    @property
    def headline(self) -> str:
        """`stage13: 36 of 180 cells, as configs`."""
        cells = f"{len(self.cells)} of {count(self.n_cells, 'cell')}"
        return f"{sanitize(self.grid)}: {cells}, as {self.target}"

    def _write(self, page: Page) -> None:
        """Write the axes, what was left out, and the cells."""
        page.title([self.headline])
        page.flow(self._facts())
        page.gap()
        page.rows(_AXIS.titled, self.axes, noun="axis")
        if self.sweeps:
            page.heading("Sweeps")
            page.rows(_SWEEP.titled, self.sweeps, noun="sweep")
        if self.cells:
            page.heading("Cells")
            values = [_value_column(axis.name) for axis in self.axes]
            page.rows([*_CELL.titled, *values], self.cells, noun="cell")
        shown = limit_rows(self.remarks, page.limit)
        for remark in shown:
            page.say(sanitize(remark, limit=0), indent=2, hang=2)
        others = rows_left(len(self.remarks) - len(shown), "remark")
        if others:
            page.say(others, indent=2, style="dim")

    def _facts(self) -> list[str]:
        left_out = {
            "by constraints": self.n_excluded,
            "as equivalent to another": self.n_collapsed,
            "as the sweep has them": self.n_passed_over,
        }
        facts = [] if self.folder is None else [f"folder {sanitize(self.folder)}"]
        facts += [] if self.without is None else [f"without {sanitize(self.without)}"]
        facts += [sanitize(constraint, limit=0) for constraint in self.constraints]
        facts += [f"{n} left out {why}" for why, n in left_out.items() if n]
        if self.n_gone:
            facts.append(f"{self.n_gone} that the grid no longer has, their numbers kept")
        return [*facts, *([] if self.n_tasks is None else [count(self.n_tasks, "task")])]


def _value_column(name: str) -> Column[GridCell]:
    """An axis' values in the page's table of cells."""
    return Column(
        f"config/{name}",
        Any,
        "The axis' value.",
        lambda cell: cell.config.get(name),
        title=sanitize(name),
        keep=3,
        least=6,
        show=lambda cell: sanitize(format_value(cell.config.get(name), name)),
    )
