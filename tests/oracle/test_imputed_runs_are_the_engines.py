"""Which runs teach bayes a made-up value is what W&B's own engine makes of them."""

import numpy as np
import pytest

from tests.analysis.sweeps import question, sweep
from wbtools.analysis.health import SweepBackground, check_context
from wbtools.analysis.health.search_checks import imputed_runs
from wbtools.model import Goal, RunState

pytestmark = pytest.mark.slow

LEARNED_FROM = ("finished", "failed", "crashed", "killed")
STATES = (*LEARNED_FROM, "running", "preempted", "pending")


def sweeps_of(rng):
    """Runs in every state, some without a value, some with NaN; all values differ."""
    runs = []
    for state in rng.choice(STATES, size=rng.integers(3, 12)):
        history = np.round(rng.normal(size=rng.integers(0, 5)), 9).tolist()
        runs.append(
            {"state": str(state), "history": [x if rng.random() > 0.2 else None for x in history]}
        )
    goal = str(rng.choice(list(Goal)))
    config = {
        "method": "bayes",
        "metric": {"name": "m", "goal": goal, "impute": "worst"},
        "parameters": {"lr": {"min": 0.0, "max": 1.0}},
    }
    return {"config": config, "runs": runs}


def test_made_up_values_on_random_sweeps(ask_bayes):
    rng = np.random.default_rng(0)
    cases = [sweeps_of(rng) for _ in range(500)]
    n_made_up = n_own = 0
    for case, theirs in zip(cases, ask_bayes(cases), strict=True):
        goal, runs = Goal(case["config"]["metric"]["goal"]), case["runs"]
        curves = [[np.nan if x is None else x for x in run["history"]] for run in runs]
        recorded = sweep(*curves, facts=[{"state": RunState(run["state"])} for run in runs])
        context = check_context(recorded, question("none", goal), SweepBackground())
        imputed, guessed = imputed_runs(context, context.diagnosis)
        assert not guessed
        learned = [k for k, run in enumerate(runs) if run["state"] in LEARNED_FROM]
        best = context.diagnosis.outcomes.best
        known = [x for k in learned for x in curves[k] if np.isfinite(x)]
        worst = max(known, key=lambda x: x * goal.sign) if known else 0.0
        expected = [worst if imputed[k] else best[k] for k in learned]
        assert theirs == pytest.approx(expected), case
        n_made_up += int(imputed[learned].sum())
        n_own += int((~imputed[learned]).sum())
    assert n_made_up > 1000
    assert n_own > 200
