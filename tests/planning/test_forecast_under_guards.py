"""Forecasts under rules that W&B does not have: what a guard would save, and what it may lose."""

import numpy as np
import pytest

from tests.planning.test_forecast import bank, parallel
from wbtools.errors import UsageError
from wbtools.model.forecast import SweepPlan
from wbtools.planning.forecast import forecast
from wbtools.planning.forecast_file import PlannedSweep
from wbtools.planning.simulation_draws import SimulatedSweep
from wbtools.rules.grammar import parse_rule


def guarded(text, **said):
    rule = parse_rule(text)
    fields = {"n_runs": 12, "budget": 20, **said}
    plan = SweepPlan(
        source="s.yaml", rule=text, bands=rule.bands, judges_from=rule.first_stop, **fields
    )
    return PlannedSweep(plan=plan, rule=rule)


SAVED = {
    "every run is stopped": (guarded("fixed(n=5)"), 0.75),
    "the first three run their course": (guarded("until(fixed(n=5),runs=3)"), 0.75 * 9 / 12),
    "nobody ever completes": (guarded("until(fixed(n=5),runs=13)"), 0.0),
    "reports in fewer steps": (guarded("fixed(n=250)", budget=1000), 0.75),
    "runs by a part of them": (
        guarded("until(fixed(n=2),runs=200)", n_runs=400, budget=4),
        0.25,
    ),
    "nobody is better for that long": (guarded("patience(n=3)"), 0.0),
}


@pytest.mark.parametrize(("asked", "saved"), SAVED.values(), ids=SAVED)
def test_any_rule_is_forecast(asked, saved):
    (sweep,) = forecast([asked], [parallel()], n_draws=10).sweeps
    assert sweep.saved.estimate == pytest.approx(saved)
    assert sweep.plan.is_stopped


def test_runs_that_crash_are_no_completed_ones():
    crashing = bank(np.ones((30, 20)), n_reports=[10] * 30)
    (sweep,) = forecast([guarded("until(fixed(n=5),runs=1)")], [crashing], n_draws=4).sweeps
    assert sweep.to_the_end.estimate == 0
    assert sweep.saved.estimate == pytest.approx(0.5)


def test_a_guard_loses_the_best_less_often():
    crossing = np.linspace(np.arange(30), -2.0 * np.arange(30), 20).T
    plain = "hyperband(min_iter=3,eta=3)"
    rules = [plain, f"top({plain},k=12)", f"until({plain},runs=12)"]
    lost = [
        forecast([guarded(rule)], [bank(crossing)], n_draws=20).sweeps[0].best_stopped
        for rule in rules
    ]
    assert [risk.share.estimate > 0.8 for risk in lost] == [True, False, False]


def test_a_rule_that_compares_reports_has_no_more_steps_than_the_curves():
    asked = SimulatedSweep.of(guarded("patient(fixed(n=1),n=10)", budget=100).plan,
                              parse_rule("patient(fixed(n=1),n=10)"), 1, 20)  # fmt: skip
    assert (asked.n_steps, str(asked.rule)) == (20, "patient(fixed(n=1),n=2)")
    rungs = guarded("top(asha(min_iter=100,eta=3),k=3)", budget=1000, n_runs=400)
    asked = SimulatedSweep.of(rungs.plan, rungs.rule, 1, 20)
    assert (asked.rule.innermost.at, asked.rule.k) == ((20, 60, 180), 2)
    with pytest.raises(UsageError, match=r"patience\(n=3\) looks at single reports") as caught:
        forecast([guarded("patience(n=3)", budget=100)], [parallel()])
    assert "n=5 or more" in caught.value.hint
