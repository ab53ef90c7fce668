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
    """Runs in every state, some without a value, some with NaN or a summary; all values differ."""
    runs = []
    for state in rng.choice(STATES, size=rng.integers(3, 12)):
        history = np.round(rng.normal(size=rng.integers(0, 5)), 9).tolist()
        logged = [x if rng.random() > 0.2 else None for x in history]
        silent = all(x is None for x in logged)
        summary = round(rng.normal(), 9) if silent and rng.random() > 0.5 else None
        runs.append({"state": str(state), "history": logged, "summary": summary})
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
    n_made_up = n_own = n_summarized = 0
    for case, theirs in zip(cases, ask_bayes(cases), strict=True):
        goal, runs = Goal(case["config"]["metric"]["goal"]), case["runs"]
        curves = [[np.nan if x is None else x for x in run["history"]] for run in runs]
        summaries = [{} if run["summary"] is None else {"loss": run["summary"]} for run in runs]
        facts = [
            {"state": RunState(run["state"]), "summary": summary}
            for run, summary in zip(runs, summaries, strict=True)
        ]
        recorded = sweep(*curves, facts=facts)
        context = check_context(recorded, question("none", goal), SweepBackground())
        imputed, guessed = imputed_runs(context, context.diagnosis)
        assert not guessed
        learned = [k for k, run in enumerate(runs) if run["state"] in LEARNED_FROM]
        in_summary = context.in_summary_alone()
        best = np.where(
            in_summary,
            [run["summary"] or np.nan for run in runs],
            context.diagnosis.outcomes.best,
        )
        known = [x for k in learned for x in (*curves[k], best[k]) if np.isfinite(x)]
        n_summarized += int((in_summary & ~imputed)[learned].sum())
        worst = max(known, key=lambda x: x * goal.sign) if known else 0.0
        expected = [worst if imputed[k] else best[k] for k in learned]
        assert theirs == pytest.approx(expected), case
        n_made_up += int(imputed[learned].sum())
        n_own += int((~imputed[learned]).sum())
    assert n_made_up > 1000
    assert n_own > 200
    assert n_summarized > 50
