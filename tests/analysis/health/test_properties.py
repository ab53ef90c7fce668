"""What must not change a finding: the order of runs, the sign with the goal, the unit."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.sweeps import CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.health import CHECKS, SweepBackground, check_context, examine
from wbtools.model import Curves, Goal, RunState
from wbtools.sweepfile.space import Range

values = st.sampled_from([-8.0, -1.0, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 64.0, float("nan")])
curve = st.lists(values, max_size=9)
FAILED = {"state": RunState.FAILED, "exit_code": 1}
KINDS = [FINISHED, FAILED, CUT_OFF, {"state": RunState.KILLED}, {"state": RunState.RUNNING}]


@st.composite
def recorded(draw):
    """A sweep, some of it recorded badly; a metric whose name suggests no goal."""
    curves = draw(st.lists(curve, min_size=1, max_size=24))
    facts = [
        draw(st.sampled_from(KINDS))
        | {
            "host": draw(st.sampled_from(["a", "b", None])),
            "config": {"lr": draw(st.sampled_from([0.001, 0.01, 0.1])), "epochs": 8},
        }
        for _ in curves
    ]
    recording = sweep(*curves, facts=facts)
    return replace(recording, curves={"m": replace(recording.curves["loss"], metric="m")})


def judged(recording, goal=Goal.MINIMIZE):
    """Findings and silences, without the order in which runs are named."""
    asked = question("hyperband(min_iter=2,eta=2,strict=true)", goal, method="bayes")
    metric = replace(asked.metric, name="m")
    asked = replace(asked, metric=metric, rank_by=metric)
    known = SweepBackground(space={"lr": Range(low=0.001, high=0.1, kind="log_uniform_values")})
    examination = examine(check_context(recording, asked, known))
    findings = {
        (finding.code, finding.severity, finding.confidence, finding.subject, finding.title)
        for finding in examination.findings
    }
    numbers = {
        (finding.code, finding.subject, name): value
        for finding in examination.findings
        for name, value in finding.evidence.items()
        if name.startswith(("n_", "p_", "wasted")) or name == "n"
    }
    return findings, numbers, {(check.code, check.why) for check in examination.unjudged}


def mapped(recording, change):
    curves = recording.curves["m"]
    values = change(curves.values.copy())
    return replace(recording, curves={"m": replace(curves, values=values)})


@settings(max_examples=60, deadline=None)
@given(recorded())
def test_negating_values_and_goal_changes_nothing(recording):
    assert judged(mapped(recording, np.negative), Goal.MAXIMIZE)[2] == judged(recording)[2]
    ours, theirs = judged(recording), judged(mapped(recording, np.negative), Goal.MAXIMIZE)
    strip = {("WBD204",), ("WBD223",)}  # their titles name the value and the goal
    for our_findings, their_findings in zip(ours[:1], theirs[:1], strict=True):
        assert {x[:3] for x in our_findings} == {x[:3] for x in their_findings}
        assert {x for x in our_findings if (x[0],) not in strip} == {
            x for x in their_findings if (x[0],) not in strip
        }
    assert ours[1] == theirs[1]


@settings(max_examples=60, deadline=None)
@given(recorded())
def test_another_unit_changes_nothing(recording):
    ours, theirs = judged(recording), judged(mapped(recording, lambda x: x * 1024.0))
    assert {x for x in ours[0] if x[0] != "WBD204"} == {x for x in theirs[0] if x[0] != "WBD204"}
    assert {x[:3] for x in ours[0]} == {x[:3] for x in theirs[0]}
    assert ours[1:] == theirs[1:]


@settings(max_examples=60, deadline=None)
@given(recorded(), st.randoms(use_true_random=False))
def test_the_order_of_runs_changes_nothing(recording, dice):
    order = list(range(len(recording.runs)))
    dice.shuffle(order)
    curves = recording.curves["m"]
    rows = {
        name: getattr(curves, name)[order]
        for name in (
            "values",
            "steps",
            "times_s",
            "n_reports",
            "n_nonfinite",
            "first_nonfinite_step",
        )
    }
    shuffled = Curves(metric="m", run_ids=tuple(curves.run_ids[k] for k in order), **rows)
    other = replace(recording, runs=tuple(recording.runs[k] for k in order), curves={"m": shuffled})
    assert judged(other) == judged(recording)


extreme = st.sampled_from([1e308, -1e308, 5e-324, 0.0, -0.0, float("inf"), float("nan"), 1e-300])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(extreme, max_size=8), min_size=1, max_size=12), st.sampled_from(Goal))
def test_numbers_at_the_ends_of_floats_break_nothing(curves, goal):
    recording = sweep(*curves, facts=[FINISHED] * len(curves))
    examination = examine(
        check_context(recording, question("hyperband(min_iter=2)", goal), SweepBackground())
    )
    assert examination.n_checks == len(CHECKS)
    assert all(finding.evidence["n"] >= 0 for finding in examination.findings)
