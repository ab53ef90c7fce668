"""The audit, `simulate` and a replication's promise tell the same of a run: one set of numbers."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.analysis.sweeps import AS_OF, CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.audit import audit
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.simulation.scenario import scenario
from wbtools.app.model_weights import load_weights
from wbtools.model import Curves, Goal, RunState, Series, Sweep
from wbtools.replication.criteria import plan_of

WEIGHTS = load_weights()
BUDGET = 20


def recorded(seed: int, goal: Goal = Goal.MINIMIZE) -> Sweep:
    """Runs of every fate, with learning rates that only the log tells."""
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.arange(BUDGET) / rng.uniform(3, 12, (24, 1)))
    values = rng.uniform(0.1, 0.5, (24, 1)) + fall + rng.normal(0, 0.01, fall.shape)
    values[3, 4:6] = np.nan
    values[15, 2] = np.inf
    ends = [(BUDGET, FINISHED)] * 9
    ends += [(int(n), CUT_OFF) for n in rng.integers(1, BUDGET, 10)]
    ends += [(0, CUT_OFF), (6, {"state": RunState.FAILED, "exit_code": 1})]
    ends += [(5, {"state": RunState.RUNNING, "heartbeat_at": AS_OF - timedelta(seconds=5)})]
    ends += [(BUDGET, FINISHED), (3, CUT_OFF)]
    configs = [{"epochs": BUDGET, "width": int(w), "seed": 1} for w in rng.integers(8, 64, 24)]
    configs[1] = configs[0] | {"seed": 2}
    data = sweep(
        *[(goal.sign * curve[:n]).tolist() for curve, (n, _) in zip(values, ends, strict=True)],
        facts=[end | {"config": config} for (_, end), config in zip(ends, configs, strict=True)],
    )
    peak = 10 ** rng.uniform(-4, -1, 24)
    rates = [
        (
            run_id,
            Series(
                values=peak[k] * (1 - np.arange(n) / BUDGET) ** (k % 3),
                steps=np.arange(n),
                times_s=60.0 * np.arange(1, n + 1),
            ),
        )
        for k, (run_id, (n, _)) in enumerate(zip([run.id for run in data.runs], ends, strict=True))
    ]
    return replace(data, curves={**data.curves, "lr": Curves.pack("lr", rates)})


def drawn(data: Sweep, asked) -> dict[str, float]:
    """P(gem) by run id, as the ends that `simulate` draws imply it."""
    ground = scenario(data, asked, WEIGHTS)
    at_work = [run for run in data.runs if data.curves["loss"].n_reports[run.number - 1]]
    bar = asked.target
    bar = ground.seen.best[ground.full].min() if bar is None else bar * ground.sign
    return {at_work[row].id: float(np.mean(draws < bar)) for row, draws in ground.draws.items()}


@pytest.mark.parametrize(
    ("seed", "goal", "target"),
    [(0, Goal.MINIMIZE, None), (1, Goal.MAXIMIZE, None), (2, Goal.MINIMIZE, 0.3)],
)
def test_simulate_draws_from_what_the_audit_says(seed, goal, target):
    asked = question("none", goal, target=target)
    data = recorded(seed, goal)
    audited = audit(data, asked, weights=WEIGHTS)
    # A run that failed by itself might have been better, but no rule is to blame for its end.
    promised = {
        row.run.id: row.projection.p_gem
        for row in audited.rows
        if row.projection is not None and row.completion is not Completion.FAILED
    }
    implied = drawn(data, asked)
    assert len(promised) >= 10
    assert set(promised) <= set(implied)
    assert {run_id: implied[run_id] for run_id in promised} == pytest.approx(promised, abs=5e-4)
    ground = scenario(data, asked, WEIGHTS)
    assert ground.noise == audited.outcome.seed_noise
    assert ground.noise_from == audited.outcome.seed_noise_from


def test_completions_reach_the_bar_as_often_as_the_audit_says():
    data, asked = recorded(3), question("none")
    audited = audit(data, asked, weights=WEIGHTS)
    ground = scenario(data, asked, WEIGHTS)
    rng = np.random.default_rng(0)
    n = 300
    better = np.mean(
        [ground.sample_completions(rng).best < audited.incumbent.value for _ in range(n)], axis=0
    )
    ids = [run.id for run in data.runs if data.curves["loss"].n_reports[run.number - 1]]
    share = dict(zip(ids, better.tolist(), strict=True))
    for row in audited.gems:
        p = row.projection.p_gem
        assert share[row.run.id] == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n) + 2e-3)


def test_a_replication_is_promised_what_the_audit_says():
    audited = audit(recorded(4), question("none"), weights=WEIGHTS)
    row = audited.gems[0]
    plan = plan_of(audited, row, (), changed=("seed",), n_replicas=3, fallback=None)
    assert plan.expectation.p_repeat == row.projection.p_repeat
    assert plan.expectation.bar == audited.incumbent.value
    assert plan.seed_noise == audited.outcome.seed_noise


def test_progress_never_goes_back():
    """The stopped runs and one that runs yet are projected one after the other."""
    shares = []
    ground = scenario(
        recorded(3), question("none"), WEIGHTS, lambda done, of: shares.append(done / of)
    )
    assert len(ground.draws) > 1
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] > 0.5
