"""Which runs ran their course: the audit's causes, and silence where a source says nothing."""

from datetime import UTC, datetime

import pytest

from tests.analysis.ranking.runs import measured
from tests.answers.samples import NO_RULE, question, run, sweep
from wbtools.analysis.diagnosis.causes import Cause
from wbtools.analysis.ranking.configurations import Completion
from wbtools.analysis.ranking.endings import end_of, endings
from wbtools.model import RunState

SILENT = measured(1).run
ENDS = {
    "completed": (run(1), Cause.COMPLETED, Completion.FULL),
    "stopped by its trainer": (run(1), Cause.OWN_EARLY_STOP, Completion.FULL),
    "still running": (run(1), Cause.RUNNING, Completion.RUNNING),
    "stopped by the rule": (run(1), Cause.HYPERBAND, Completion.STOPPED),
    "crashed": (run(1), Cause.CRASHED, Completion.STOPPED),
    "unexplained, though something is known": (
        run(1, state=RunState.KILLED),
        Cause.UNEXPLAINED,
        Completion.STOPPED,
    ),
    "unexplained, though it gave a last sign of life": (
        run(1, heartbeat_at=datetime(2026, 1, 1, tzinfo=UTC)),
        Cause.UNEXPLAINED,
        Completion.STOPPED,
    ),
    "unexplained, for nobody says anything": (SILENT, Cause.UNEXPLAINED, Completion.UNKNOWN),
}


@pytest.mark.parametrize(("one", "cause", "expected"), ENDS.values(), ids=ENDS.keys())
def test_what_a_cause_says_of_a_value(one, cause, expected):
    assert end_of(one, cause) is expected


def test_the_runs_of_a_sweep_end_as_the_audit_says():
    runs = [
        run(1, state=RunState.FINISHED, exit_code=0, config={"epochs": 4}),
        run(2, state=RunState.KILLED, config={"epochs": 4}),
        run(3, state=RunState.RUNNING, config={"epochs": 4}),
    ]
    curves = [[0.1, 0.2, 0.3, 0.4], [0.1, 0.2], [0.1]]
    found = endings(sweep(runs, curves), question(rule=NO_RULE))
    assert found == [Completion.FULL, Completion.STOPPED, Completion.RUNNING]
