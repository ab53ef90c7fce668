"""The audit as a whole: what it says of small sweeps, and what must not change its answer."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.sweeps import AS_OF, BEGIN, CUT_OFF, FINISHED, question, run, sweep
from wbtools.analysis.audit import audit
from wbtools.analysis.diagnosis.termination import Cause, Decision
from wbtools.analysis.question import RuleStatus
from wbtools.errors import DataError
from wbtools.findings import Confidence
from wbtools.model import Curves, Goal, Metric, RunState, Sweep

FALLING = [[9 - 0.1 * k - j for j in range(6)] for k in range(4)]


def small() -> Sweep:
    """Two full runs, a promising one cut off at 2 of 6, and a hopeless one."""
    return sweep(
        [9, 8, 7, 6, 5, 4],
        [9, 8, 7, 6, 5, 3],
        [6, 5],
        [20, 19],
        facts=[FINISHED, FINISHED, CUT_OFF, CUT_OFF],
        config={"epochs": 6},
    )


def test_the_rule_says_who_was_stopped_and_who_was_not():
    audited = audit(small(), question("hyperband(min_iter=2,eta=2)"))
    causes = [row.termination.cause for row in audited.rows]
    assert causes == [Cause.COMPLETED, Cause.COMPLETED, Cause.UNEXPLAINED, Cause.HYPERBAND]
    kept, stopped = audited.rows[2].explanation, audited.rows[3].explanation
    assert kept.strict.ruling is Decision.KEEP
    assert (stopped.band, stopped.threshold, stopped.n_peers) == (2, 8.0, 4)
    assert (audited.strict_fit.n_explained, audited.strict_fit.n_stops) == (1, 2)
    assert (audited.incumbent.value, audited.incumbent.run_id) == (3.0, "run2")


def test_a_run_that_reported_nothing_is_no_stop_to_explain():
    data = sweep([5, 4, 3], [], facts=[FINISHED, CUT_OFF | {"heartbeat_at": None}])
    audited = audit(data, question("hyperband(min_iter=2,eta=2)"))
    assert audited.rows[1].termination.cause is Cause.UNKNOWN
    assert (audited.strict_fit.n_stops, audited.lenient_fit.n_stops) == (0, 0)


def test_a_run_that_has_just_begun_is_not_said_to_lack_the_metric():
    just_now = CUT_OFF | {"created_at": AS_OF - timedelta(seconds=20), "heartbeat_at": None}
    data = sweep([5, 4, 3], [], facts=[FINISHED, just_now])
    audited = audit(data, question("hyperband(min_iter=2,eta=2)"))
    assert audited.rows[1].termination.cause is Cause.RUNNING
    assert "WBT109" not in {finding.code for finding in audited.findings}


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 run ended before its time"), (2, "2 runs ended before their time")]
)
def test_short_runs_of_a_sweep_without_a_rule_are_one_or_several(n, said):
    failed = {"state": RunState.FAILED, "exit_code": 1}
    data = sweep([5, 4, 3], *[[6, 5]] * n, facts=[FINISHED] + [failed] * n, config={"epochs": 3})
    titles = {finding.code: finding.title for finding in audit(data, question("none")).findings}
    assert titles["WBT105"].endswith(said)


def test_the_promising_one_is_the_first_gem_and_costs_are_its_own():
    audited = audit(small(), question("hyperband(min_iter=2,eta=2)"))
    first = audited.gems[0]
    assert first.run.id == "run3"
    assert first.projection.p_gem > 0.1 > audited.gems[1].projection.p_gem
    assert first.projection.low <= first.projection.median <= first.projection.high <= 5
    assert first.cost_remaining_reports == 4
    assert first.cost_remaining_h == pytest.approx(4 * 60 / 3600)
    assert first.cost_full_h == pytest.approx((6 * 60 + 1) / 3600)


def test_a_stopped_run_that_is_above_the_bar_is_a_gem_for_certain():
    data = sweep([5, 4, 3], [2], facts=[FINISHED, CUT_OFF], config={"epochs": 3})
    projection = audit(data, question("none")).rows[1].projection
    assert projection.p_gem == 1.0
    assert 0 < projection.p_repeat <= 1.0


def test_fewer_completed_runs_widen_the_interval():
    def width(n_full: int) -> float:
        curves = [[9, 8, 7 - 0.1 * (k % 3)] for k in range(n_full)] + [[9.0]]
        facts = [FINISHED] * n_full + [CUT_OFF]
        audited = audit(sweep(*curves, facts=facts, config={"epochs": 3}), question("none"))
        assert audited.rows[-1].projection.n_support == n_full
        return audited.rows[-1].projection.high - audited.rows[-1].projection.low

    widths = [width(n) for n in (3, 9, 30, 90)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 1.1 * widths[-1]


def test_without_a_completed_run_it_abstains_and_gives_a_prior():
    data = sweep([5, 4], [6, 5], facts=[CUT_OFF] * 2, config={"epochs": 9})
    audited = audit(data, question("none"))
    assert audited.incumbent is None
    for row in audited.gems:
        assert row.projection.median is None
        assert "no run ran its course" in row.projection.abstained_because
        assert 0 < row.projection.p_gem < 0.05
    assert "WBT104" in {finding.code for finding in audited.findings}


def test_a_run_without_a_finite_report_is_no_candidate():
    data = sweep([5, 4], [np.nan, np.nan], facts=[FINISHED, CUT_OFF], config={"epochs": 2})
    audited = audit(data, question("none", budget=9))
    assert audited.rows[1].n_nonfinite == 2
    assert audited.rows[1].best is None
    assert audited.gems == []
    assert audited.outcome.n_candidates == 0


def test_a_target_is_the_bar():
    audited = audit(small(), question("none", target=4.5))
    assert (audited.incumbent.value, audited.incumbent.run_id) == (4.5, None)


def test_ranking_by_another_metric_than_the_rules():
    data = small()
    loss = data.curves["loss"]
    acc = Curves(
        metric="acc",
        run_ids=loss.run_ids,
        values=-loss.values[:, ::1] / 10,
        steps=loss.steps.copy(),
        times_s=loss.times_s.copy(),
        n_reports=loss.n_reports.copy(),
        n_nonfinite=loss.n_nonfinite.copy(),
        first_nonfinite_step=loss.first_nonfinite_step.copy(),
    )
    data = replace(data, curves={"loss": loss, "acc": acc})
    asked = question("hyperband(min_iter=2,eta=2)", rank_by=Metric(name="acc", goal=Goal.MAXIMIZE))
    audited = audit(data, asked)
    assert audited.incumbent.value == -0.3
    assert audited.rows[3].explanation.threshold == 8.0  # the rule still looks at the loss
    same = audit(small(), question("hyperband(min_iter=2,eta=2)"))
    assert [row.termination for row in audited.rows] == [row.termination for row in same.rows]


def test_a_failed_run_that_beats_the_bar_is_a_gem_too():
    failed = {"state": RunState.FAILED, "exit_code": 1}
    data = sweep([5, 4, 3], [2, 1], facts=[FINISHED, failed], config={"epochs": 3})
    row = audit(data, question("none")).rows[1]
    assert (row.termination.cause, row.projection.p_gem) == (Cause.FAILED, 1.0)


def test_programs_that_finish_when_told_to_stop_are_stopped_runs():
    rng = np.random.default_rng(0)
    curves, facts, at_band = [], [], []
    for _ in range(20):
        curve = [*(10 - np.arange(9) * rng.uniform(0.2, 1.0))]
        at_band.append(curve[2])
        stopped = curve[2] > sorted(at_band)[len(at_band) // 3]
        curves.append(curve[:3] if stopped else curve)
        facts.append(FINISHED)
    data = sweep(*curves, facts=facts, config={"epochs": 9})
    audited = audit(data, question("hyperband(min_iter=3,eta=3,strict=true)"))
    for row in audited.rows:
        short = row.n_reports == 3
        assert row.termination.cause is (Cause.HYPERBAND if short else Cause.COMPLETED)


def test_a_run_is_projected_over_its_own_budget():
    curves = [[10.0 - k for k in range(10)]] * 3 + [[10.0, 9.0]]
    facts = [FINISHED | {"config": {"epochs": 10}}] * 3 + [CUT_OFF | {"config": {"epochs": 5}}]
    row = audit(sweep(*curves, facts=facts), question("none")).rows[3]
    assert row.projection.horizon == 5
    assert row.projection.gain_high == 3.0


def test_infinite_results_of_a_table_are_no_results():
    runs = tuple(
        run(k, state=state, summary={"loss": value})
        for k, (state, value) in enumerate(
            [(RunState.FINISHED, 0.9), (RunState.KILLED, float("-inf"))], start=1
        )
    )
    audited = audit(Sweep(ref=small().ref, runs=runs, as_of=small().as_of), question("none"))
    assert audited.rows[1].best is None
    assert audited.gems == []


def test_runs_that_ended_for_another_reason_do_not_count_against_the_rule():
    typed = {"state": RunState.FAILED, "exit_code": 130}
    data = sweep(
        [5, 4, 3, 3], [4, 3, 2], [9], facts=[FINISHED, typed, CUT_OFF], config={"epochs": 4}
    )
    audited = audit(data, question("hyperband(min_iter=2,eta=2)"))
    assert audited.strict_fit.n_stops == 0


def test_every_other_report_nan_does_not_double_the_pace():
    curve = [1.0, np.nan] * 5
    data = sweep(curve, facts=[FINISHED], config={"epochs": 10})
    assert audit(data, question("none")).rows[0].report_s == pytest.approx(60.0, rel=0.15)


def test_a_run_that_still_runs_is_not_saved_compute():
    alive = {"state": RunState.RUNNING}
    data = sweep([3, 2, 1], [3], facts=[FINISHED, alive], config={"epochs": 3})
    assert audit(data, question("none")).compute.full_reports == 3


def test_unknown_times_are_said_and_do_not_make_every_early_band_a_moment():
    data = sweep([5, 4, 3, 2], [9, 2, 1], facts=[FINISHED, CUT_OFF], config={"epochs": 4})
    loss = data.curves["loss"]
    timeless = replace(loss, times_s=np.full(loss.times_s.shape, np.nan))
    audited = audit(
        replace(data, curves={"loss": timeless}),
        question("hyperband(min_iter=1,eta=2,strict=true)"),
    )
    assert "WBT117" in {finding.code for finding in audited.findings}
    assert audited.rows[1].explanation.strict.ruling is Decision.KEEP


def test_a_rule_that_cannot_run_is_a_finding_and_the_rest_is_said_all_the_same():
    audited = audit(small(), question("hyperband(max_iter=9)"))
    assert "WBT101" in {finding.code for finding in audited.findings}
    assert audited.verdicts.rule is None
    assert audited.gems


def test_an_unset_strict_takes_the_mode_that_explains_more():
    # Strict would stop run 2 at the band, lenient knows its better first value.
    data = sweep([5, 5, 5, 5], [1, 9, 4, 4], facts=[FINISHED, FINISHED], config={"epochs": 4})
    audited = audit(data, question("hyperband(min_iter=2,eta=3)"))
    assert audited.verdicts.strict_written is None
    assert audited.verdicts.rule.strict is False
    assert "WBT102" in {finding.code for finding in audited.findings}


def test_an_unknown_rule_is_looked_for_in_the_stops():
    rng = np.random.default_rng(0)
    curves, facts = [], []
    at_band: list[float] = []
    for _ in range(30):
        curve = list(np.cumsum(rng.normal(-0.2, 0.3, 7)) + 10)
        at_band.append(curve[3])
        stopped = curve[3] > sorted(at_band)[int(len(at_band) / 2)]
        curves.append(curve[:4] if stopped else curve)
        facts.append(CUT_OFF if stopped else FINISHED)
    data = sweep(*curves, facts=facts, config={"epochs": 7})
    guess = audit(data, question(None)).guess
    assert guess.n_explained == guess.n_stops == sum(f is CUT_OFF for f in facts)
    assert (guess.settings.min_iter, guess.settings.eta) == (4, 2)


def test_without_any_run_there_is_nothing_to_say():
    with pytest.raises(DataError, match="no runs"):
        audit(replace(small(), runs=(), curves={}), question("none"))


def test_without_any_value_the_metric_is_named():
    with pytest.raises(DataError, match="'loss'"):
        audit(sweep([np.nan], [np.nan]), question("none"))


@pytest.mark.parametrize("n", [1, 2])
def test_very_few_runs_get_an_answer(n):
    audited = audit(sweep(*[[3.0, 2.0]] * n, **FINISHED), question("hyperband(min_iter=1)"))
    assert len(audited.rows) == n
    assert audited.outcome.p_any == 0.0


curve = st.lists(st.floats(-4, 4).map(lambda x: round(x, 2)), min_size=1, max_size=6)
sweeps = st.lists(curve, min_size=2, max_size=7)


def judged(curves, goal=Goal.MINIMIZE, order=None):
    order = order or list(range(len(curves)))
    facts = [FINISHED if len(curve) >= 4 else CUT_OFF for curve in curves]
    names = [{"id": f"run{k + 1}", "name": f"amber-sweep-{k + 1}"} for k in range(len(curves))]
    data = sweep(
        *curves,
        starts=[7.0 * k for k in range(len(curves))],
        facts=[fact | name for fact, name in zip(facts, names, strict=True)],
        config={"epochs": 6},
    )
    loss = data.curves["loss"]
    take = {
        name: getattr(loss, name)[order].copy()
        for name in (
            "values",
            "steps",
            "times_s",
            "n_reports",
            "n_nonfinite",
            "first_nonfinite_step",
        )
    }
    data = replace(
        data,
        runs=tuple(data.runs[k] for k in order),
        curves={
            "loss": Curves(metric="loss", run_ids=tuple(loss.run_ids[k] for k in order), **take)
        },
    )
    audited = audit(data, question("hyperband(min_iter=2,eta=2)", goal))
    return {
        row.run.id: (
            row.termination.cause,
            row.explanation.strict.ruling,
            row.explanation.lenient.ruling,
            row.rank if order == sorted(order) else None,
            None if row.projection is None else round(row.projection.p_gem, 9),
            None
            if row.projection is None or row.projection.p_repeat is None
            else round(row.projection.p_repeat, 9),
        )
        for row in audited.rows
    }


@settings(deadline=None, max_examples=60)
@given(sweeps)
def test_negating_values_and_goal_changes_nothing(curves):
    negated = [[-value for value in curve] for curve in curves]
    assert judged(curves) == judged(negated, Goal.MAXIMIZE)


@settings(deadline=None, max_examples=60)
@given(sweeps, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(curves, random):
    order = random.sample(range(len(curves)), len(curves))
    without_rank = {key: (*v[:3], None, *v[4:]) for key, v in judged(curves).items()}
    shuffled = {key: (*v[:3], None, *v[4:]) for key, v in judged(curves, order=order).items()}
    assert shuffled == without_rank


def test_the_confidence_of_an_ambiguous_stop_is_low():
    # Both later runs reach the band after the first one has ended there: order decides.
    data = sweep(
        [5, 5, 5],
        [4, 4],
        [3, 3],
        starts=[0, 30, 90],
        facts=[CUT_OFF, FINISHED, FINISHED],
        config={"epochs": 4},
    )
    audited = audit(data, question("hyperband(min_iter=2,eta=3)", budget=4))
    row = audited.rows[0]
    assert row.explanation.strict.ruling is Decision.AMBIGUOUS
    assert row.termination.confidence is Confidence.LOW
    assert audited.question.rule.status is RuleStatus.KNOWN


def test_a_run_time_that_cannot_be_is_unknown_and_saves_nothing():
    begun = BEGIN
    known = {"state": RunState.FINISHED, "exit_code": 0, "runtime_s": 300.0}
    none = known | {"runtime_s": 0.0}  # three reports in no time
    before = known | {"runtime_s": None, "created_at": begun + timedelta(days=9)}
    for facts, used_h, n_untimed in (
        ([known, known], 600 / 3600, 0),
        ([known, none], 300 / 3600, 1),
        ([none, before], None, 2),
    ):
        data = sweep([3, 2, 1], [3, 2, 1], facts=facts, config={"epochs": 3})
        compute = audit(data, question("none")).compute
        assert compute.used_h == (None if used_h is None else pytest.approx(used_h))
        assert compute.n_untimed == n_untimed
        assert compute.full_reports == 6
