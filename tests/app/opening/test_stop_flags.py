"""Stop flags that a server shows, hides or does not know, and what the audit says of it."""

import math

import numpy as np
import pytest

from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.app.audit import audit_reference

SWEEP = "acme/ocr/v5inrfwe"
RULE = {"early_terminate": {"type": "hyperband", "min_iter": 2, "eta": 2, "strict": True}}
FLAGS = {"stopped": True, "should_stop": True}
KILLED = {"state": "killed", "exit_code": None}
CRASHED = {"state": "crashed", "exit_code": None}
RUNNING = {"state": "running", "exit_code": None}


def run(k, n_rows, level, **facts):
    times = 1.7e9 + 1000 * k + 10.0 * np.arange(1, n_rows + 1)
    history = ColumnHistory({"loss": level - np.arange(n_rows) / 100, "_timestamp": times})
    began = {"created_at": times[0] - 10, "heartbeat_at": times[-1] + 1}
    return LoadedRun(name=f"run{k}", history=history, config={"epochs": 6}, facts=began | facts)


def load(reach, runs, rule=RULE):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"epochs": {"value": 6}},
        **rule,
    }
    sweep = reach.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=config)
    sweep.created_at = 1.7e9
    reach.server.switches.heartbeat_timeout_s = math.inf


def audit(reach, runs, rule=RULE):
    load(reach, runs, rule)
    with reach.session() as session:
        return audit_reference(SWEEP, session=session)


def cut_short(**flags):
    """Two full runs, one that Hyperband stopped, and one as bad whose machine went away."""
    return [
        run(1, 6, 1.0),
        run(2, 6, 0.9),
        run(3, 3, 5.0, **KILLED, **flags),
        run(4, 3, 9.0, **CRASHED),
    ]


def causes(audited):
    return [str(row.termination.cause) for row in audited.rows]


def test_flags_tell_the_stopped_from_the_crashed(reach):
    audited = audit(reach, cut_short(**FLAGS))
    assert causes(audited) == ["completed", "completed", "hyperband", "crashed"]
    assert [row.explanation.strict.ruling for row in audited.rows[2:]] == ["stop", "stop"]
    assert audited.findings == ()


@pytest.mark.parametrize(
    ("hide", "title"),
    [
        pytest.param(
            {"show_stop_flags": False},
            "W&B shows no stop flag on any of 2 runs that did not finish; it may not keep them",
            id="a server that clears them at a run's end",
        ),
        pytest.param(
            {"missing_fields": frozenset({"Run.stopped", "Run.shouldStop"})},
            "the server does not say which runs were asked to stop",
            id="a server that does not know them",
        ),
    ],
)
def test_without_flags_the_rule_is_relied_on_and_that_is_said(reach, hide, title):
    for name, value in hide.items():
        setattr(reach.server.switches, name, value)
    audited = audit(reach, cut_short(**FLAGS))
    assert causes(audited) == ["completed", "completed", "hyperband", "hyperband"]
    assert all("the rule stops it" in row.termination.because for row in audited.rows[2:])
    assert [(finding.code, finding.title) for finding in audited.findings] == [("WBT126", title)]
    reach.server.log.clear()  # the unknown fields are what this is about


@pytest.mark.parametrize(
    ("runs", "rule"),
    [
        pytest.param([run(1, 6, 1.0), run(2, 6, 0.9)], RULE, id="no run was cut short"),
        pytest.param(cut_short(), {}, id="no rule could have flagged any"),
        pytest.param([run(1, 6, 1.0), run(2, 3, 9.0, **RUNNING)], RULE, id="a run goes on"),
    ],
)
def test_flags_that_need_not_be_there_are_not_missed(reach, runs, rule):
    audited = audit(reach, runs, rule)
    assert "WBT126" not in [finding.code for finding in audited.findings]
