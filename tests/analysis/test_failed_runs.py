"""Which runs failed, and how: by the causes of their ends, and by what they left."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.audit import audit
from wbtools.analysis.diagnosis.termination import Cause, Completion, surely
from wbtools.analysis.failed_runs import FailureKind, find_failed
from wbtools.model import RunState

FAILURES = {Cause.CRASHED, Cause.FAILED, Cause.PREEMPTED, Cause.LOST}


def audited(cause, n_reports=2):
    """Two runs that completed, the second with the configuration of a third, which ended so."""
    data = sweep(
        [9, 8, 7],
        [9, 8, 6],
        [9, 8],
        facts=[FINISHED | {"config": {"epochs": 3, "lr": lr}} for lr in (0.1, 0.2, 0.2)],
    )
    whole = audit(data, question("none"))
    last = replace(whole.rows[2], termination=surely(cause, "so"), n_reports=n_reports)
    return replace(whole, rows=(*whole.rows[:2], last))


@pytest.mark.parametrize("cause", Cause)
def test_a_run_failed_if_something_went_wrong(cause):
    failed = find_failed(audited(cause), {})
    ids = [run.row.run.id for run in failed.runs]
    assert ids == (["run3"] if cause in FAILURES else [])
    assert [row.run.id for row in failed.repeated] == ids
    is_cut_short = cause not in FAILURES and cause.completion is not Completion.FULL
    assert dict(failed.n_cut_short) == ({cause: 1} if is_cut_short else {})


def silent(cause, **facts):
    """The same, the third of which reported nothing."""
    whole = audited(cause, n_reports=0)
    run = replace(whole.rows[2].run, **{"exit_code": 1, "state": RunState.UNKNOWN, **facts})
    runs = (*whole.sweep.runs[:2], run)
    nothing = {
        name: replace(
            curves,
            values=np.where([[True], [True], [False]], curves.values, np.nan),
            steps=np.where([[True], [True], [False]], curves.steps, 0),
            times_s=np.where([[True], [True], [False]], curves.times_s, np.nan),
            n_reports=curves.n_reports * [1, 1, 0],
        )
        for name, curves in whole.sweep.curves.items()
    }
    rows = (*whole.rows[:2], replace(whole.rows[2], run=run))
    return replace(whole, sweep=replace(whole.sweep, runs=runs, curves=nothing), rows=rows)


@pytest.mark.parametrize("cause", Cause)
def test_a_run_that_never_reported_failed_unless_a_rule_stopped_it_or_it_runs(cause):
    (*runs,) = find_failed(silent(cause), {}).runs
    if cause in {Cause.HYPERBAND, Cause.GUARD, Cause.RUNNING}:
        assert not runs
    elif cause in FAILURES:
        assert [run.kind for run in runs] == [FailureKind.ENDED_BADLY]
    else:
        assert [run.kind for run in runs] == [FailureKind.NEVER_REPORTED]


@pytest.mark.parametrize(
    "facts", [{"summary": {"loss": 1.0}}, {"exit_code": 0}, {"state": RunState.FINISHED}], ids=str
)
def test_what_logged_anything_or_completed_has_not_failed(facts):
    assert not find_failed(silent(Cause.UNKNOWN, **facts), {}).runs
    only_internal = silent(Cause.UNKNOWN, summary={"_runtime": 3})
    assert len(find_failed(only_internal, {}).runs) == 1


def test_a_configuration_without_a_run_file_comes_last():
    found = find_failed(audited(Cause.CRASHED), {"x": {"lr": 0.3}, "y": {"epochs": 3, "lr": 0.1}})
    assert [(run.row.run.id, run.kind, run.row.has_run_file) for run in found.runs] == [
        ("run3", FailureKind.ENDED_BADLY, True),
        ("x", FailureKind.NO_RUN_FILE, False),
        ("y", FailureKind.NO_RUN_FILE, False),
    ]
    assert [row.run.id for row in found.repeated] == ["run3", "y"]
