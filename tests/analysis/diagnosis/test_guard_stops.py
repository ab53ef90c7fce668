"""Stops by the guard: by its journal, by its tag, and what is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.analysis.diagnosis.ends import FLAGS, KEEP, STOP, UNFLAGGED, cause_of, end
from tests.analysis.sweeps import BEGIN, CUT_OFF, FINISHED, question, sweep
from tests.guards import guard_stop
from wbtools.analysis.audit import audit
from wbtools.analysis.diagnosis.causes import find_cause
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.analysis.grid_coverage import CellState, cover_grid
from wbtools.model import RunState
from wbtools.sweepfile.grid_cells import GridCells

STOPPED = {"stopped": True, "should_stop": False}
TAGGED = {"tags": ("mine", "wbtools-guard: report 10 0.55 needed 0.61")}
SPARED = {"tags": ("wbtools-guard spared: report 10", "wbtools-guardian")}
JOURNAL = {"guard_stop": guard_stop("run1")}

STORIES = {
    "the journal says so, and the flag is a person's": (
        end(state=RunState.KILLED, **STOPPED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "the journal says so, and no flag is kept": (
        end(state=RunState.KILLED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "the journal says so, though W&B's rule would keep it": (
        end(ruling=KEEP, exit_code=255, **STOPPED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "the program caught the order and left 0": (
        end(exit_code=0, **STOPPED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "an exit code of the program's own": (
        end(exit_code=1, **STOPPED, **JOURNAL),
        "guard",
        "MEDIUM",
    ),
    "it finished, and only other runs are flagged": (
        end(exit_code=0, **UNFLAGGED, **JOURNAL),
        "guard",
        "MEDIUM",
    ),
    "its handler of the signal reported a preemption": (
        end(state=RunState.PREEMPTED, **STOPPED, **JOURNAL),
        "guard",
        "MEDIUM",
    ),
    "the stop came too late": (
        end(n_reports=27, exit_code=0, **STOPPED, **JOURNAL),
        "completed",
        "HIGH",
    ),
    "it made what others made, cut off there": (
        end(n_reports=27, is_end_certain=False, state=RunState.KILLED, **STOPPED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "it goes on": (end(state=RunState.RUNNING, **STOPPED, **JOURNAL), "running", "HIGH"),
    "W&B calls it crashed, and it had missed its heartbeats when the guard decided": (
        end(state=RunState.CRASHED, silent_before_guard_s=120.0, **STOPPED, **TAGGED, **JOURNAL),
        "crashed",
        "MEDIUM",
    ),
    "W&B calls it crashed, and it was alive when the guard decided": (
        end(state=RunState.CRASHED, silent_before_guard_s=20.0, **STOPPED, **JOURNAL),
        "guard",
        "MEDIUM",
    ),
    "a server that tells no heartbeats": (
        end(state=RunState.KILLED, silent_before_guard_s=9e4, **STOPPED, **JOURNAL),
        "guard",
        "HIGH",
    ),
    "tagged and flagged, the journal elsewhere": (
        end(state=RunState.KILLED, **STOPPED, **TAGGED),
        "guard",
        "MEDIUM",
    ),
    "tagged and cut off, no flag kept, the journal elsewhere": (
        end(state=RunState.KILLED, **TAGGED),
        "guard",
        "LOW",
    ),
    "a tag is somebody's text: it finished": (
        end(exit_code=0, **TAGGED),
        "own_early_stop",
        "MEDIUM",
    ),
    "tagged as spared, and somebody else stopped it": (
        end(state=RunState.KILLED, **STOPPED, **SPARED),
        "killed",
        "MEDIUM",
    ),
    "a tag is somebody's text: it raised": (end(exit_code=1, **TAGGED), "failed", "HIGH"),
    "a tag is somebody's text: W&B's flags say that it was not told": (
        end(exit_code=255, **UNFLAGGED, **TAGGED),
        "killed",
        "MEDIUM",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_cause_follows_from_the_evidence(story):
    evidence, cause, confidence = STORIES[story]
    assert cause_of(evidence) == (cause, confidence)


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (
            {},
            (
                "wbtools guard stopped it at report 10: 0.5500 against 0.6100 "
                "(hyperband(min_iter=10,eta=3), 9 peers)"
            ),
        ),
        (
            {
                "value": None,
                "threshold": None,
                "n_peers": 0,
                "by": "diverged",
                "band": 0,
                "n_reports": 0,
            },
            "wbtools guard stopped it at report 0 (diverged)",
        ),
        (
            {"value": float("inf"), "threshold": None, "n_peers": 1, "by": "fixed(value=3)"},
            "wbtools guard stopped it at report 10: +inf (fixed(value=3), 1 peer)",
        ),
    ],
)
def test_the_reason_holds_the_numbers(decision, said):
    evidence = end(state=RunState.KILLED, guard_stop=guard_stop("run1", **decision), **STOPPED)
    assert find_cause(evidence).because == said


@pytest.mark.parametrize("known", [JOURNAL, TAGGED])
@pytest.mark.parametrize(("rule", "both"), [(STOP, True), (None, False)])
def test_where_both_acted_that_is_said(known, rule, both):
    found = find_cause(end(ruling=rule, state=RunState.KILLED, **FLAGS, **known))
    assert found.cause is Cause.GUARD
    assert ("W&B's own rule ordered its stop as well" in found.because) is both


def guarded(*, ends=CUT_OFF, n_stopped=6, **stop):
    """Three full runs, and others that a guard stopped at report 2."""
    curves = [
        [9, 8, 7, 6],
        [9, 8, 7, 5],
        [9, 8, 7, 4],
        *[[9, 8.1 + k / 9] for k in range(n_stopped)],
    ]
    killed = {"state": RunState.KILLED} | STOPPED | ends
    data = sweep(*curves, facts=[FINISHED] * 3 + [killed] * n_stopped)
    at = [run.created_at + timedelta(seconds=121) for run in data.runs]
    stops = {
        run.id: guard_stop(run.id, decided_at=moment, n_reports=2, band=2, **stop)
        for run, moment in zip(data.runs[3:], at[3:], strict=True)
    }
    return replace(data, guard_stops=stops)


def test_a_run_that_was_dead_when_the_guard_decided_is_not_its_stop():
    data = guarded(ends={"state": RunState.CRASHED, "exit_code": None})
    late = replace(data.guard_stops["run4"], decided_at=BEGIN + timedelta(hours=9))
    found = diagnose(
        replace(data, guard_stops={**data.guard_stops, "run4": late}), question("none")
    )
    causes = [termination.cause for termination in found.terminations]
    assert causes == [Cause.COMPLETED] * 3 + [Cause.CRASHED] + [Cause.GUARD] * 5


def test_an_audit_ranks_its_stops_and_blames_nobody_else():
    data = guarded(ends={"state": RunState.KILLED})
    audited = audit(data, question("none"))
    assert audited.count(Cause.GUARD) == 6
    assert {row.completion for row in audited.rows[3:]} == {Completion.CENSORED}
    assert len(audited.gems) == 6
    assert audited.rows[3].guard_stop == data.guard_stops["run4"]
    assert "WBT105" not in {finding.code for finding in audited.findings}
    without = audit(replace(data, guard_stops={}), question("none"))
    assert without.count(Cause.KILLED) == 6
    assert "WBT105" in {finding.code for finding in without.findings}


def test_its_stops_are_none_that_the_rule_of_wandb_must_explain():
    data, rule = guarded(ends={"state": RunState.KILLED}), "hyperband(min_iter=2,eta=2)"
    audited = audit(data, question(rule))
    assert audited.count(Cause.GUARD) == 6
    assert audited.strict_fit.n_stops == audited.lenient_fit.n_stops == 0
    assert audit(data, question(None)).guess is None
    bare = replace(data, guard_stops={}, runs=tuple(replace(r, stopped=None) for r in data.runs))
    assert audit(bare, question(rule)).strict_fit.n_stops == 6
    assert audit(bare, question(None)).guess is not None


@pytest.mark.parametrize("flags", [STOPPED, {"stopped": None, "should_stop": None}])
def test_the_lengths_of_its_stops_are_no_budget(flags):
    """Programs that catch the order and finish would else show how long a full run is."""
    data = guarded(ends=FINISHED | flags, n_stopped=9)
    found = diagnose(data, question("none"))
    assert found.outcomes.budget.typical == 4
    assert found.caused_by(Cause.GUARD).tolist() == [False] * 3 + [True] * 9
    alone = diagnose(data.of_runs(range(3, 12)), question("none"))
    assert alone.caused_by(Cause.GUARD).all()
    assert not alone.full.any()


def test_a_cell_that_it_stopped_was_run():
    data = guarded(ends={"state": RunState.KILLED, "config": {"a": 1}})
    cells = GridCells(axes={"a": (1, 2)})
    coverage = cover_grid(cells, data, diagnose(data, question("none")))
    assert coverage.states[3:] == (CellState.RUN,) * 6
    bare = replace(data, guard_stops={})
    coverage = cover_grid(cells, bare, diagnose(bare, question("none")))
    assert coverage.states[3:] == (CellState.CUT_SHORT,) * 6


@pytest.mark.parametrize(("n_of_the_guard", "trust"), [(8, "LOW"), (0, "MEDIUM")])
def test_its_stops_tell_no_habit_of_others(n_of_the_guard, trust):
    """Programs that catch the guard's order, where W&B's rule would have stopped them too."""
    data = guarded(ends=FINISHED | {"stopped": None, "should_stop": None}, n_stopped=9)
    stops = dict(list(data.guard_stops.items())[:n_of_the_guard])
    found = diagnose(replace(data, guard_stops=stops), question("hyperband(min_iter=2,eta=2)"))
    assert found.outcomes.asked_by_guard.sum() == n_of_the_guard
    other = found.terminations[-1]
    assert (other.cause, other.confidence.name) == (Cause.HYPERBAND, trust)
