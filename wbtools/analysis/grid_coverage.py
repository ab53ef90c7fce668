"""How much of a grid was run: its cells, by what became of their runs.

A run that Hyperband or a guard stopped was run, and so was one that ended with exit code 0, however
soon; a cell all of whose runs failed, or were cut short by anything else, was not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.analysis.question import RuleStatus
from wbtools.model import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.model import Run, Sweep
    from wbtools.sweepfile.grid_cells import Cell, GridCells


class CellState(StrEnum):
    """What became of a cell by one of its runs; the first that one of them makes of it counts.

    `cut-short`: the run failed, or something else than a rule ended it before its time.
    """

    RUN = "run"
    RUNNING = "running"
    CUT_SHORT = "cut-short"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCoverage:
    """The cells of a grid and the N runs of a sweep.

    Attributes:
        rows: Of every cell that was run, its runs; in the order of their creation.
        states: One a run.
        off_grid: Runs whose configuration lies in no cell.
        without_config: Runs without any configuration.
        handed_out: Cells that no run is in, and that an agent took: their runs left no file.
    """

    cells: GridCells
    rows: Mapping[Cell, tuple[int, ...]]
    states: tuple[CellState, ...]
    off_grid: tuple[int, ...] = ()
    without_config: tuple[int, ...] = ()
    handed_out: frozenset[Cell] = frozenset()

    @property
    def n_never(self) -> int:
        """Cells that nobody was given to run, as far as is known."""
        return self.cells.n_cells - len(self.rows) - len(self.handed_out)

    def state_of(self, cell: Cell) -> CellState | None:
        """What became of a cell: one run that counts is enough; None if it has no run."""
        states = {self.states[row] for row in self.rows.get(cell, ())}
        return next((state for state in CellState if state in states), None)

    def cells_with(self, state: CellState) -> tuple[Cell, ...]:
        """The cells of which that became, in the order of their first runs."""
        return tuple(cell for cell in self.rows if self.state_of(cell) is state)

    def whole_rows(self, cell: Cell) -> tuple[int, ...]:
        """A cell's runs that were not cut short."""
        return tuple(
            row for row in self.rows.get(cell, ()) if self.states[row] is not CellState.CUT_SHORT
        )


def cover_grid(
    cells: GridCells,
    sweep: Sweep,
    diagnosis: Diagnosis | None,
    lost_configs: Iterable[Mapping[str, object]] = (),
) -> GridCoverage:
    """Find the cells of a sweep's runs.

    Args:
        cells: Of the grid, which need not be the sweep's own.
        sweep: Whose runs are looked at.
        diagnosis: Of the sweep; without it, the runs' states alone tell what became of them.
        lost_configs: Configurations that agents took, and whose runs left no file.
    """
    rows: dict[Cell, list[int]] = {}
    off_grid, without_config = [], []
    for row, run in enumerate(sweep.runs):
        cell = cells.cell_of(run.config)
        if cell is not None:
            rows.setdefault(cell, []).append(row)
        elif run.config:
            off_grid.append(row)
        else:
            without_config.append(row)
    lost = {cell for config in lost_configs if (cell := cells.cell_of(config)) is not None}
    return GridCoverage(
        cells=cells,
        rows={cell: tuple(members) for cell, members in rows.items()},
        states=_states(sweep.runs, diagnosis),
        off_grid=tuple(off_grid),
        without_config=tuple(without_config),
        handed_out=frozenset(lost - rows.keys()),
    )


def _states(runs: Sequence[Run], diagnosis: Diagnosis | None) -> tuple[CellState, ...]:
    if diagnosis is None:
        return tuple(map(_by_run_state, runs))
    unjudged = (
        diagnosis.verdicts.rule is None and diagnosis.question.rule.status is not RuleStatus.NONE
    )
    states = []
    for run, termination in zip(runs, diagnosis.terminations, strict=True):
        cause, completion = termination.cause, termination.completion
        is_a_stop = cause in {Cause.HYPERBAND, Cause.GUARD}
        may_be_a_stop = is_a_stop or (cause is Cause.UNEXPLAINED and unjudged)
        if completion is Completion.RUNNING:
            states.append(CellState.RUNNING)
        elif completion.counts or may_be_a_stop or run.has_finished:
            states.append(CellState.RUN)
        else:
            states.append(CellState.CUT_SHORT)
    return tuple(states)


def _by_run_state(run: Run) -> CellState:
    if run.state.is_going:
        return CellState.RUNNING
    cut = run.state.ended_abnormally or run.state is RunState.PREEMPTED or bool(run.exit_code)
    return CellState.CUT_SHORT if cut else CellState.RUN
