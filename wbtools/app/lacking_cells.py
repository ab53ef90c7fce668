"""Which cells of a grid a recorded sweep lacks: never run, or without a run that counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.grid_coverage import CellState, cover_grid
from wbtools.app.doctor import read_recorded
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, own_configuration
from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.grid import GridSpec, grid_of_sweep
from wbtools.sweepfile.grid_cells import GridCells, distinct
from wbtools.sweepfile.grid_expansion import equivalence_key
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wbtools.analysis.grid_coverage import GridCoverage
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.sweepfile.grid_expansion import IrrelevanceRule


class LackingKind(StrEnum):
    """Why a cell is lacking: no run of it, or none that ran its course or was stopped by a rule."""

    NEVER_RUN = "never-run"
    CUT_SHORT = "cut-short"


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingCells:
    """The cells of a grid that a sweep lacks.

    Attributes:
        spec: The grid.
        reference: The sweep, as the user called it.
        coverage: What became of the grid's cells there.
        only: Which kinds are wanted; none means all.
        inert: What makes configurations equivalent: then a run of one is a run of the other.
        states: The best that became of a cell or its equivalents, by their text.
    """

    spec: GridSpec
    reference: str
    coverage: GridCoverage
    only: frozenset[LackingKind]
    inert: tuple[IrrelevanceRule, ...]
    states: Mapping[str, CellState] = field(default_factory=dict)

    def kind_of(self, config: Mapping[str, Any]) -> LackingKind | None:
        """Why a configuration is lacking; None if it is not."""
        cells = self.coverage.cells
        cell = cells.cell_of(config)
        state = None if cell is None else self.states.get(self.text_of(cells.values_of(cell)))
        if state in {CellState.RUN, CellState.RUNNING}:
            return None
        return LackingKind.NEVER_RUN if state is None else LackingKind.CUT_SHORT

    def wanted(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration is lacking in a way that is wanted."""
        kind = self.kind_of(config)
        return kind is not None and (not self.only or kind in self.only)

    def text_of(self, values: Mapping[str, Any]) -> str:
        """What equivalent cells share."""
        return equivalence_key({**self.spec.base, **values}, self.inert)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know before running them."""
        coverage = self.coverage
        remarks = []
        if n := len(coverage.cells_with(CellState.RUNNING)):
            remarks.append(f"left out, as their runs are still running: {count(n, 'cell')}")
        if (n := len(coverage.handed_out)) and self.only != {LackingKind.CUT_SHORT}:
            remarks.append(
                f"agents took {count(n, 'cell')} of these and their runs left no file here; the "
                "server knows whether they ran"
            )
        if n := len(coverage.off_grid):
            remarks.append(f"not in any cell of this grid: {count(n, 'run')} of {self.reference}")
        return tuple(remarks)

    @property
    def head(self) -> str:
        """What the sweep files say of where they come from."""
        which = " or ".join(sorted(self.only)) or "never run, or without a run that counts"
        return f"The cells of the grid that are missing from the sweep {self.reference}: {which}."


def find_lacking(
    reference: str,
    spec: GridSpec | None,
    session: Session,
    *,
    path: Path | None = None,
    only: Sequence[LackingKind] = (),
    inert: Sequence[IrrelevanceRule] = (),
) -> LackingCells:
    """Find the cells that a sweep lacks.

    Args:
        reference: The sweep, as the user calls it.
        spec: The grid; None takes the sweep's own.
        session: How to reach W&B's servers.
        path: The file of the grid.
        only: Which cells are wanted; none means all.
        inert: What makes configurations equivalent.

    Raises:
        UsageError: There is no such sweep, or its grid is not known.
        DataError: It cannot be read, is no grid, or has nothing to do with this one.
    """
    source = open_sweep(reference, session)
    is_sweep_file = spec is not None and spec.sweep is not None
    about = AuditOptions(sweep_file=path if is_sweep_file else None)
    recorded = read_recorded(about, source)
    sweep, question = recorded.sweep, recorded.question
    grid = spec or _own_grid(about, source, reference)
    cells = GridCells(axes={name: distinct(list(values)) for name, values in grid.axes.items()})
    diagnosis = None if question is None else diagnose(sweep, question)
    coverage = cover_grid(cells, sweep, diagnosis, source.lost_configs().values())
    if sweep.runs and not coverage.rows:
        msg = (
            f"none of the {count(len(sweep.runs), 'run')} of {reference} lies in a cell of the grid"
        )
        raise DataError(msg, f"is it the grid of that sweep? Its axes are {', '.join(grid.axes)}")
    lacking = LackingCells(
        spec=grid,
        reference=reference,
        coverage=coverage,
        only=frozenset(only),
        inert=tuple(inert),
    )
    best: dict[str, CellState] = {}
    for state in reversed(CellState):
        texts = map(lacking.text_of, map(cells.values_of, coverage.cells_with(state)))
        best |= dict.fromkeys(texts, state)
    return replace(lacking, states=best)


def _own_grid(about: AuditOptions, source: SweepSource, reference: str) -> GridSpec:
    written = own_configuration(about, source)
    if written is None:
        msg = f"no sweep file of {reference} was found, so its grid is not known"
        raise UsageError(msg, f"name its sweep file: expand-grid sweep.yaml --without {reference}")
    return grid_of_sweep(written.spec.written, written.place)
