"""What the reader is told of gains and logged rates, and of where the model steps aside."""

import numpy as np
import pytest

from tests.analysis.sweeps import CUT_OFF, FINISHED, question, sweep
from tests.answers.audit.pages import page_of
from wbtools.analysis.audit import audit
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.app.model_weights import load_weights
from wbtools.model import Curves, Series

RNG = np.random.default_rng(7)
ORDINARY = [(RNG.uniform(1, 2) + np.arange(1, 13) ** -0.5).tolist() for _ in range(12)]


def asked(curves, *, rates=None, **common):
    """Four completed runs and others cut off after three reports, by the learned model."""
    recorded_curves = [curve if k < 4 else curve[:3] for k, curve in enumerate(curves)]
    facts = [FINISHED] * 4 + [CUT_OFF] * (len(curves) - 4)
    data = sweep(*recorded_curves, facts=facts, config={"epochs": len(curves[0])}, **common)
    if rates is not None:
        rows = [
            (
                run.id,
                Series(
                    values=np.array(rates[: len(curve)], dtype=float),
                    steps=np.arange(len(curve)),
                    times_s=np.zeros(len(curve)),
                ),
            )
            for run, curve in zip(data.runs, recorded_curves, strict=True)
        ]
        data.curves["train/lr"] = Curves.pack("train/lr", rows)
    return audit(data, question("none"), weights=load_weights())


def told(audit, width=100):
    return " ".join(page_of(audit, width=width).split())


def told_of_first(audit):
    return " ".join(page_of(audit, audit.gems[0], width=300).split())


def test_gain_per_hour_is_the_expected_gain_by_the_cost_of_a_full_run():
    audit = asked(ORDINARY)
    first = audit.gems[0]
    assert first.projection.expected_gain > 0
    assert first.gain_per_h == pytest.approx(first.projection.expected_gain / first.cost_full_h)
    (row,) = AuditAnswer.of(audit, run=first).to_dict()["runs"]
    assert row["gain_per_h"] == first.gain_per_h
    assert row["expected_gain"] == first.projection.expected_gain
    assert f"over the bar, {first.gain_per_h:.2g} an hour" in told_of_first(audit)


def test_a_gain_whose_cost_is_unknown_has_no_hours():
    audit = asked(ORDINARY, heartbeat_at=None, runtime_s=None, created_at=None, report_s=0.0)
    first = audit.gems[0]
    assert (first.cost_full_h, first.gain_per_h) == (None, None)
    assert "over the bar." in told_of_first(audit)


def test_a_run_that_is_not_projected_has_no_gain():
    audit = asked([[1.0] * 12] * 12)
    assert {row.gain_per_h for row in audit.gems} == {None}
    assert "exactly the same value at the same report" in told(audit)
    assert "No projection: 100 % of all pairs of runs" in told_of_first(audit)


def test_the_reader_learns_that_the_model_steps_aside_and_why():
    audit = asked([np.repeat(curve[:3], 5).tolist() for curve in ORDINARY])
    words = "Projected by catching up, not by the learned model: "
    assert words in told(audit)
    assert words in told_of_first(audit)
    said = AuditAnswer.of(audit).to_dict()
    assert "repeat the one before" in said["outcome"]["fell_back_because"]
    assert {row["projection_method"] for row in said["runs"]} == {"catch-up", None}


def test_a_learning_rate_is_told_with_who_says_so():
    flat = told_of_first(asked(ORDINARY, rates=[1, 0.9, 0.6, *[0.1] * 9]))
    assert "still at 60 % of its peak (logged; nothing tells what was ahead)" in flat
    assert "learning rate" not in told_of_first(asked(ORDINARY))
    assert "learning rate" not in told_of_first(asked(ORDINARY, rates=[0] * 12))
