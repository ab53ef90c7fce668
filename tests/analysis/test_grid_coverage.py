"""Every cell of a grid is in just one state, as a plain count of runs says."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.sweeps import sweep
from wbtools.analysis.grid_coverage import CellState, cover_grid
from wbtools.model import RunState
from wbtools.sweepfile.grid_cells import GridCells

AXES = {"a": (0, 1.5, "x"), "n.b": (True, None, [1])}
CELLS = list(itertools.product(*AXES.values()))
ENDS = {
    RunState.FINISHED: CellState.RUN,
    RunState.RUNNING: CellState.RUNNING,
    RunState.FAILED: CellState.CUT_SHORT,
    RunState.KILLED: CellState.CUT_SHORT,
}
OFF = (7, True)
RUNS = st.lists(st.tuples(st.sampled_from([*CELLS, OFF, None]), st.sampled_from([*ENDS])))


def config_of(cell):
    return {} if cell is None else dict(zip(AXES, cell, strict=True)) | {"epochs": 3}


@given(RUNS, st.lists(st.sampled_from([*CELLS, OFF])))
def test_every_cell_is_in_one_state(runs, lost):
    facts = [{"config": config_of(cell), "state": state} for cell, state in runs]
    coverage = cover_grid(
        GridCells(axes=AXES), sweep(*[[]] * len(runs), facts=facts), None, map(config_of, lost)
    )
    for cell in CELLS:
        place = coverage.cells.cell_of(config_of(cell))
        assert coverage.cells.values_of(place) == dict(zip(AXES, cell, strict=True))
        found = [ENDS[state] for other, state in runs if other == cell]
        wanted = next((state for state in CellState if state in found), None)
        assert coverage.state_of(place) is wanted
        assert (place in coverage.handed_out) is (cell in lost and not found)
    states = [len(coverage.cells_with(state)) for state in CellState]
    assert sum(states) + len(coverage.handed_out) + coverage.n_never == len(CELLS)
    assert len(coverage.off_grid) == sum(cell == OFF for cell, _ in runs)
    assert len(coverage.without_config) == sum(cell is None for cell, _ in runs)
