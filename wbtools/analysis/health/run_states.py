"""Checks of how runs ended: states that nobody updates, states that the curves contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.findings import Confidence, Severity
from wbtools.model import RunState
from wbtools.text.numbers import S_PER_H, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.health.check_context import CheckContext

_LONG_SILENCE_S: Final = 1800.0
_SHORT: Final = 0.5
_NO_BUDGET: Final = "no finished run shows how many reports a full run makes (pass --budget)"


@check("WBD231")
def stuck(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs are marked as running, but have shown no sign of life for half an hour or more.

    W&B's own clients send one every half minute, and its servers mark a run as crashed after about
    five minutes of silence. A run that stays "running" counts as being under way: bayes waits for
    its value, and a `run_cap` counts it. Judged at the moment of the fetch.

    Bad:
        state running, last sign of life 3 hours ago
    Good:
        state running, last sign of life 20 seconds ago
    """
    runs, as_of = context.sweep.runs, context.sweep.as_of
    going = [run for run in runs if run.state.is_going and run.exit_code is None]
    untold = sum(run.state is RunState.UNKNOWN and run.exit_code is None for run in runs)
    silences = [
        (run, (as_of - run.heartbeat_at).total_seconds())
        for run in going
        if run.heartbeat_at is not None
    ]
    quiet = [(run, silence) for run, silence in silences if silence >= _LONG_SILENCE_S]
    if quiet:
        yield CheckResult(
            title=f"{len(quiet)} of {count(len(runs), 'run')} are marked as running but have "
            "been silent for "
            f"{min(silence for _, silence in quiet) / S_PER_H:.1f} h or more",
            evidence={
                "n": len(going),
                "n_silent": len(quiet),
                "shortest_silence_h": min(silence for _, silence in quiet) / S_PER_H,
                "longest_silence_h": max(silence for _, silence in quiet) / S_PER_H,
                "run_ids": [run.id for run, _ in quiet],
            },
            hint="stop them on their page, or fetch again",
        )
    if len(silences) < len(going):
        yield NotJudged(
            f"{len(going) - len(silences)} of the running runs have no recorded last sign of life"
        )
    if untold:
        yield NotJudged(
            f"the source holds neither state nor exit code of {count(untold, 'run')}: they may "
            "have crashed or still be running"
        )


@check("WBD232", counts_reports=True)
def finished_short(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs are marked as finished, but made less than half of the budget.

    W&B takes exit code 0 for the whole story: panels show such a run beside full ones, and bayes
    takes its value as it is. Either the program swallows an error or an order to stop, or it ends
    by itself. Where the rule would have stopped the run just there, the finding says so; where a
    trainer's patience explains it, there is no finding.

    Bad:
        try: train()
        except RuntimeError: pass           # exit code 0 after 3 of 50 epochs
    Good:
        train()                             # an error ends the run as failed
    """
    if (diagnosis := context.diagnosis) is None:
        yield NotJudged(context.why_no_curves())
        return
    judged = _judged(diagnosis)
    if not judged.any():
        yield NotJudged(_NO_BUDGET)
        return
    finished = np.array([run.has_finished for run in context.sweep.runs], dtype=bool)
    n_made, budget = diagnosis.outcomes.n_made, diagnosis.outcomes.budget.reports
    short = judged & finished & (n_made < _SHORT * budget)
    waited = diagnosis.outcomes.best_at < diagnosis.outcomes.n_reports
    short &= ~(diagnosis.caused_by(Cause.OWN_EARLY_STOP) & waited)
    if not short.any():
        return
    ruled = short & diagnosis.caused_by(Cause.HYPERBAND, Cause.GUARD)
    n_short, n_ruled = int(short.sum()), int(ruled.sum())
    shares = n_made[short] / budget[short]
    whose = (
        "the guard stopped" if diagnosis.caused_by(Cause.GUARD)[ruled].all() else "the rule stops"
    )
    tail = f", {n_ruled} of them where {whose} them" if n_ruled else ""
    yield CheckResult(
        title=f"{n_short} of {int((judged & finished).sum())} finished runs made less than half of "
        f"the budget{tail}",
        evidence={
            "n": int((judged & finished).sum()),
            "n_short": n_short,
            "n_by_the_rule": n_ruled,
            "shortest_share": float(shares.min()),
            "run_ids": context.named(short & ~ruled if n_ruled < n_short else short),
        },
        hint="look at the ends of their logs; a program that fails has to exit with a code other "
        "than 0",
        severity=Severity.INFO if n_ruled == n_short else Severity.WARNING,
        confidence=_trust(diagnosis),
    )


@check("WBD233")
def whole_but_bad(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs made the full budget, but are marked as failed, crashed or killed.

    Their results are complete: what broke came later (saving, uploading, a test at the end, a time
    limit). But panels that show finished runs leave them out, and bayes takes their value to be
    the worst of the sweep. Run files without an exit record count too, with less confidence.

    Bad:
        for epoch in range(epochs): wandb.log({"val/loss": loss})
        torch.save(model, "/full/disk")     # raises
    Good:
        for epoch in range(epochs): wandb.log({"val/loss": loss})
        wandb.finish()
        torch.save(model, path)
    """
    if (diagnosis := context.diagnosis) is None:
        yield NotJudged(context.why_no_curves())
        return
    judged = _judged(diagnosis)
    if not judged.any():
        yield NotJudged(_NO_BUDGET)
        return
    runs = context.sweep.runs
    whole = judged & diagnosis.outcomes.budget.reached
    recorded = whole & np.array([run.state.ended_abnormally for run in runs], dtype=bool)
    untold = whole & np.array([run.state is RunState.UNKNOWN for run in runs], dtype=bool)
    untold &= np.array([run.exit_code is None and diagnosis.curves is not None for run in runs])
    bad = recorded | untold
    if not bad.any():
        return
    without = f", {int(untold.sum())} of them without any record of an exit" if untold.any() else ""
    yield CheckResult(
        title=f"{int(bad.sum())} of {count(int(whole.sum()), 'run')} that made the full "
        "budget did not end "
        f"as finished{without}",
        evidence={
            "n": int(whole.sum()),
            "n_bad": int(bad.sum()),
            "n_without_exit": int(untold.sum()),
            "run_ids": context.named(bad),
        },
        hint="their results are complete; look at what comes after training",
        confidence=_trust(diagnosis) if recorded.any() else Confidence.MEDIUM,
    )


def _judged(diagnosis: Diagnosis) -> NDArray[np.bool_]:
    """`bool [N]` runs that reported, and whose budget is known; none if it is merely assumed."""
    outcomes = diagnosis.outcomes
    if outcomes.budget.source == "config" and outcomes.budget.n_support == 0:
        return np.zeros(len(outcomes.runs), dtype=bool)
    return np.asarray((outcomes.n_made > 0) & (outcomes.budget.reports > 0), dtype=bool)


def _trust(diagnosis: Diagnosis) -> Confidence:
    """How sure the budget is: said, shown by several runs, or merely assumed."""
    budget = diagnosis.outcomes.budget
    if budget.source == "option" or (budget.source == "config" and budget.n_support > 1):
        return Confidence.HIGH
    return Confidence.MEDIUM if budget.n_support > 1 else Confidence.LOW
