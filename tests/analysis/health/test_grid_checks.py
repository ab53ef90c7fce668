"""Cells of a grid: never run, failed, under way, run several times, and runs that lie in none."""

import pytest

from tests.analysis.health.charts import codes, examined, found, why_not
from tests.analysis.sweeps import CUT_OFF, FINISHED
from wbtools.findings import Confidence, Severity
from wbtools.model import RunState
from wbtools.sweepfile.grid_cells import GridCells

FALL = [1.0, 0.8, 0.6, 0.5, 0.45, 0.4]
RUNNING = {"state": RunState.RUNNING}
FAILED = {"state": RunState.FAILED, "exit_code": 1}
KILLED = {"state": RunState.KILLED, "exit_code": 255}
AXES = {"lr": (0.1, 0.2), "m.k": (1, 2, 3)}
CELLS = [(lr, k) for lr in AXES["lr"] for k in AXES["m.k"]]


def of_grid(*runs, curves=None, rule="none", ask=None, axes=None, **known):
    """Examine runs, each a cell (or a configuration) and what became of it."""
    facts = []
    for cell, fact in runs:
        config = cell if isinstance(cell, dict) else dict(zip(AXES, cell, strict=True))
        facts.append(fact | {"config": {"epochs": 6, **config}})
    known = {"grid": GridCells(axes=axes or AXES), "why_no_grid": None} | known
    curves = curves or [
        [value + k / 100 for value in FALL[: 6 if fact is FINISHED else 2]]
        for k, (_, fact) in enumerate(runs)
    ]
    return examined(*curves, facts=facts, known=known, rule=rule, ask=ask)


def evidence(examination, code="WBD216"):
    return dict(found(examination, code).evidence)


def test_a_grid_that_was_run_has_no_finding():
    assert codes(of_grid(*((cell, FINISHED) for cell in CELLS))) == []


def test_cells_that_were_never_run_are_counted_and_named():
    finding = found(of_grid(*((cell, FINISHED) for cell in CELLS[:4])), "WBD216")
    assert finding.title == "of 6 cells of the grid, 2 were never run"
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.evidence["never_run"] == ["lr=0.2 m.k=2", "lr=0.2 m.k=3"]
    assert (finding.evidence["n"], finding.evidence["n_run"]) == (6, 4)
    assert "--without SWEEP" in finding.hint


def test_what_ended_the_grid_and_how_to_go_on_are_said():
    known = {"run_cap": 4, "rerun_command": "wbtools expand-grid --without 'a b'"}
    finding = found(of_grid(*((cell, FINISHED) for cell in CELLS[:4]), **known), "WBD216")
    assert finding.title.endswith("2 were never run (run_cap: 4)")
    assert finding.hint == "`wbtools expand-grid --without 'a b'` writes just these"


@pytest.mark.parametrize("end", [FAILED, KILLED])
def test_a_cell_fails_if_all_its_runs_do(end):
    runs = [(cell, FINISHED) for cell in CELLS[1:]]
    examination = of_grid((CELLS[0], end), (CELLS[1], end), (CELLS[0], end), *runs)
    finding = found(examination, "WBD216")
    assert finding.title == "of 6 cells of the grid, every run of 1 failed or was cut short"
    assert finding.evidence["run_ids"] == ["run1", "run3"]
    assert "WBD216" not in codes(of_grid((CELLS[0], end), (CELLS[0], FINISHED), *runs))


def test_runs_that_hyperband_stopped_were_run():
    curves = [[value + k for value in FALL] for k in range(5)] + [[9.0, 9.0, 9.0]]
    runs = [*((cell, FINISHED) for cell in CELLS[:5]), (CELLS[5], CUT_OFF)]
    rule = "hyperband(min_iter=3,eta=3,strict=true)"
    assert "WBD216" not in codes(of_grid(*runs, curves=curves, rule=rule))
    assert evidence(of_grid(*runs, curves=curves))["n_cut_short"] == 1


def test_a_run_that_broke_down_with_its_whole_budget_made_was_run():
    curves = [[value + k / 100 for value in FALL] for k in range(6)]
    runs = [*((cell, FINISHED) for cell in CELLS[:5]), (CELLS[5], FAILED)]
    assert "WBD216" not in codes(of_grid(*runs, curves=curves))


def test_a_run_that_finished_early_was_run():
    curves = [FALL] * 5 + [FALL[:2]]
    assert "WBD216" not in codes(of_grid(*((cell, FINISHED) for cell in CELLS), curves=curves))


def test_a_sweep_that_goes_on_has_cells_that_are_not_run_yet():
    finding = found(of_grid((CELLS[0], FINISHED), (CELLS[1], RUNNING)), "WBD216")
    assert finding.title == "of 6 cells of the grid, 4 were not run yet"
    assert finding.severity is Severity.INFO
    assert finding.evidence["n_running"] == 1
    assert finding.hint.startswith("some runs are still running; once they have ended, ")


def test_configurations_that_left_no_file_are_told_apart():
    lost = ({"lr": 0.2, "m.k": 3}, {"lr": 0.1, "m.k": 1}, {"lr": 7})
    finding = found(of_grid(*((c, FINISHED) for c in CELLS[:4]), lost_configs=lost), "WBD216")
    assert finding.title == (
        "of 6 cells of the grid, 1 was never run; 1 was taken by agents but left no run file"
    )
    assert finding.evidence["never_run"] == ["lr=0.2 m.k=2"]


def test_runs_that_lie_in_no_cell_lower_the_confidence():
    edited = {"lr": 0.3, "m.k": 1}
    finding = found(of_grid((CELLS[0], FINISHED), (edited, FINISHED)), "WBD216")
    assert finding.confidence is Confidence.MEDIUM
    assert finding.evidence["n_runs_off_the_grid"] == 1
    assert finding.evidence["off_grid_run_ids"] == ["run2"]


def test_where_no_run_lies_in_a_cell_nothing_is_claimed():
    examination = of_grid(({"lr": 0.3, "m.k": 1}, FINISHED), ({}, FINISHED))
    assert "WBD216" not in codes(examination)
    assert why_not(examination, "WBD216") == [
        "no run lies in a cell of the grid, judged by lr, m.k"
    ]


def test_what_nothing_tells_is_not_judged_and_another_method_is_no_grid():
    reason = "W&B's grid cannot enumerate the parameter 'lr'"
    unknown = of_grid((CELLS[0], FINISHED), grid=None, why_no_grid=reason)
    assert why_not(unknown, "WBD216") == why_not(unknown, "WBD217") == [reason]
    other = of_grid((CELLS[0], FINISHED), grid=None)
    assert (codes(other), why_not(other, "WBD216")) == ([], [])


def test_a_grid_of_a_billion_cells_is_not_listed():
    axes = {f"x{k}": tuple(range(1000)) for k in range(3)}
    finding = found(of_grid(({"x0": 0, "x1": 0, "x2": 0}, FINISHED), axes=axes), "WBD216")
    assert finding.evidence["n_never_run"] == 10**9 - 1
    assert finding.evidence["never_run"][0] == "x0=0 x1=0 x2=1"


def test_secrets_among_the_values_are_masked():
    axes = {"api_key": ("k1", "sesame-open"), "lr": (1, 2)}
    shown = evidence(of_grid(({"api_key": "k1", "lr": 1}, FINISHED), axes=axes))["never_run"]
    assert "sesame" not in " ".join(shown)


def with_seed(cell, seed):
    return dict(zip(AXES, cell, strict=True)) | {"seed": seed}


def test_cells_that_were_run_with_other_seeds_are_replicates():
    runs = [(with_seed(cell, 1), FINISHED) for cell in CELLS]
    again = (with_seed(CELLS[0], 2), FINISHED)
    finding = found(of_grid(*runs, again), "WBD217")
    assert finding.title == (
        "1 cell of the grid was run several times with other seeds (2 runs at most)"
    )
    assert finding.severity is Severity.INFO
    assert finding.evidence["groups"] == [["run1", "run7"]]
    assert codes(of_grid(*runs, again)) == ["WBD217"]


def test_cells_that_were_run_again_with_the_same_seed_are_duplicates():
    runs = [(with_seed(cell, 1), FINISHED) for cell in CELLS]
    examination = of_grid(*runs, (with_seed(CELLS[0], 1), FINISHED))
    assert codes(examination) == ["WBD213"]


def test_a_seed_that_is_an_axis_makes_no_replicates():
    axes = {"seed": (1, 2), "lr": (0.1,)}
    runs = [({"seed": seed, "lr": 0.1}, FINISHED) for seed in axes["seed"]]
    assert codes(of_grid(*runs, axes=axes)) == []


def test_runs_that_failed_and_were_tried_again_are_no_replicates():
    runs = [(with_seed(cell, 1), FINISHED) for cell in CELLS]
    examination = of_grid((with_seed(CELLS[0], 2), FAILED), *runs)
    assert "WBD217" not in codes(examination)


def test_without_a_metric_the_states_tell():
    ends = [FINISHED, FAILED, RUNNING, {"state": RunState.PREEMPTED}, {"state": RunState.UNKNOWN}]
    runs = [
        fact | {"config": dict(zip(AXES, cell, strict=True))}
        for cell, fact in zip(CELLS, ends, strict=False)
    ]
    from tests.analysis.sweeps import sweep
    from wbtools.analysis.health import SweepBackground, check_context, examine

    background = SweepBackground(grid=GridCells(axes=AXES), why_no_grid=None)
    examination = examine(check_context(sweep(*[[]] * 5, facts=runs), None, background))
    seen = evidence(examination)
    assert (seen["n_run"], seen["n_cut_short"], seen["n_running"], seen["n_never_run"]) == (
        2,
        2,
        1,
        1,
    )
