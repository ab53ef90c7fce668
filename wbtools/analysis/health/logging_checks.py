"""Checks of what was logged: how often, whether it says anything, and whether all of it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.findings import Confidence, Severity
from wbtools.model.configuration import leaf
from wbtools.model.progress import EPOCHS, units_of_name
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wbtools.analysis.health.check_context import CheckContext
    from wbtools.model import Curves

_FEWEST_RUNS: Final = 3
_FEWEST_REPORTS: Final = 3
_MANY_STEPS: Final = 100
_PAIRED: Final = 0.9


@check("WBD202", counts_reports=True)
def several_an_epoch(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The metric is logged more than once per epoch.

    Hyperband counts reports, not epochs: with two reports an epoch `min_iter: 10` looks at epoch
    5. Where every value comes twice in a row, two callbacks log the same number. Judged by what
    finished runs made of the epochs in their configuration; two have to agree.

    Bad:
        early_terminate: {type: hyperband, min_iter: 10}     # meant: epoch 10
        wandb.log({"val/loss": loss})    # at the end of an epoch, in the training loop
        wandb.log({"val/loss": loss})    # and again in a callback
    Good:
        early_terminate: {type: hyperband, min_iter: 10}
        wandb.log({"val/loss": loss})    # once an epoch
    """
    diagnosis = context.diagnosis
    if diagnosis is None or diagnosis.curves is None:
        yield NotJudged(context.why_no_curves())
        return
    budget, rule = diagnosis.outcomes.budget, diagnosis.verdicts.rule
    ratio = budget.reports_per_unit
    named = () if budget.progress is None else units_of_name(budget.progress)
    is_epochs = EPOCHS in named or (budget.key is not None and leaf(budget.key) in EPOCHS.keys)
    if not is_epochs:
        yield NotJudged("nothing counts epochs: no run logged them, and no setting names them")
        return
    if ratio is None or budget.n_support < 2:  # noqa: PLR2004 - two that agree
        yield NotJudged("it takes two finished runs to show how many reports an epoch has")
        return
    if ratio <= 1:
        return
    twice = _share_of_twins(diagnosis.curves)
    meant = "" if rule is None else f"; the first band, {count(rule.bands[0], 'report')}, is epoch "
    epoch = None if rule is None else budget.in_units(rule.bands[0])
    again = ratio == 2 and twice >= _PAIRED  # noqa: PLR2004 - twice
    yield CheckResult(
        title=f"{float(ratio):g} reports per epoch"
        + (", every value twice in a row" if again else "")
        + (f"{meant}{epoch:g}" if epoch is not None else ""),
        evidence={
            "n": budget.n_support,
            "reports_per_epoch": float(ratio),
            "n_reports_before_training": budget.n_before,
            "same_as_the_one_before_share": twice,
            "epochs_from": budget.key or budget.progress,
        },
        hint="log the metric once an epoch, or count the bands in reports",
        severity=Severity.WARNING if rule is not None or again else Severity.INFO,
    )


def _share_of_twins(curves: Curves) -> float:
    """Of reports 2, 4, 6, …, the share that equals the report before it."""
    width = curves.values.shape[1] // 2 * 2
    first, second = curves.values[:, 0:width:2], curves.values[:, 1:width:2]
    n_pairs = int(np.isfinite(second).sum())
    return float((first == second).sum() / n_pairs) if n_pairs else 0.0


@check("WBD203", counts_reports=True)
def rarely_logged(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The metric is logged once in hundreds of steps, or once per run.

    `_step` counts calls of `wandb.log`, Hyperband counts reports of the metric. A band that was
    meant in steps is never reached, and a run that reports once, at its end, can never be stopped.
    Judged on the middle distance between the reports of a run, over three runs or more.

    Bad:
        early_terminate: {type: hyperband, min_iter: 1000}
        wandb.log({"train/loss": loss})      # every step
        wandb.log({"val/loss": val_loss})    # every 500 steps: 20 reports in all
    Good:
        early_terminate: {type: hyperband, min_iter: 5}
        wandb.log({"train/loss": loss})
        wandb.log({"val/loss": val_loss})
    """
    diagnosis = context.diagnosis
    if diagnosis is None or diagnosis.curves is None:
        yield NotJudged(context.why_no_curves())
        return
    curves, rule = diagnosis.curves, diagnosis.verdicts.rule
    ended = np.array([run.has_finished for run in context.sweep.runs], dtype=bool)
    ended &= curves.n_reports > 0
    n_ended = int(ended.sum())
    if n_ended >= _FEWEST_RUNS and int(np.median(curves.n_reports[ended])) == 1:
        yield CheckResult(
            title=f"finished runs report the metric once, at step "
            f"{int(np.median(curves.steps[ended, 0]))}",
            evidence={"n": n_ended, "reports_a_run": 1},
            hint="log it after every epoch; no rule can stop a run before its first report",
            severity=Severity.INFO if rule is None else Severity.WARNING,
        )
        return
    gaps = _middle_gaps(curves)
    if len(gaps) < _FEWEST_RUNS:
        yield NotJudged(
            f"only {count(len(gaps), 'run')} reported the metric more than once; 3 are needed"
        )
        return
    gap, most = float(np.median(gaps)), int(curves.n_reports.max())
    if gap < _MANY_STEPS:
        return
    beyond = rule is not None and rule.bands[0] > most
    tail = f", but the first band lies at {rule.bands[0]}" if rule is not None and beyond else ""
    yield CheckResult(
        title=f"one report every {gap:g} steps, at most {count(most, 'report')} per run{tail}",
        evidence={
            "n": len(gaps),
            "steps_a_report": gap,
            "most_reports": most,
            "first_band_reports": None if rule is None else rule.bands[0],
        },
        hint="count bands in reports of the metric, not in steps",
        severity=Severity.WARNING if beyond else Severity.INFO,
    )


def _middle_gaps(curves: Curves) -> NDArray[np.float64]:
    """Median distance in `_step` of successive reports, for each run with two or more."""
    several = np.flatnonzero(curves.n_reports > 1).tolist()
    return np.array(
        [float(np.median(np.diff(curves.steps[row, : curves.n_reports[row]]))) for row in several]
    )


@check("WBD204")
def constant(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The metric never changes, in all runs or in some.

    A metric that is 0 in every report is usually computed wrongly (a whole-number division, an
    empty validation set); it gives Hyperband ties, which survive, and teaches bayes nothing. A
    single run whose metric never moves did not learn. Judged on runs with three reports or more;
    of a run table, on its values over the runs.

    Bad:
        acc = n_right // n_all               # 0 until all are right
        wandb.log({"val/acc": acc})
    Good:
        acc = n_right / n_all
        wandb.log({"val/acc": acc})
    """
    diagnosis = context.diagnosis
    if diagnosis is None:
        yield NotJudged(context.why_no_curves())
        return
    best, name = diagnosis.outcomes.best, diagnosis.question.metric.name
    curves = diagnosis.curves
    if curves is None:
        judged = np.isfinite(best)
        flat = judged
    else:
        judged = curves.n_reports >= _FEWEST_REPORTS
        flat = judged & (_spans(curves) == 0)
    n, n_flat = int(judged.sum()), int(flat.sum())
    if n < _FEWEST_RUNS:
        yield NotJudged(f"only {count(n, 'run')} with enough values of the metric; 3 are needed")
        return
    same = n_flat == n and len(np.unique(best[flat])) == 1
    evidence: dict[str, object] = {"n": n, "n_constant": n_flat}
    if same:
        value = float(best[flat][0])
        yield CheckResult(
            title=f"{name!r} is {value:g} in every report of all {count(n, 'run')}",
            evidence=evidence | {"value": value},
            hint="check how it is computed, and on which data",
            severity=Severity.ERROR,
        )
    elif n_flat and curves is not None:
        yield CheckResult(
            title=f"{name!r} never changes in {n_flat} of {count(n, 'run')} with 3 reports or more",
            evidence=evidence | {"run_ids": context.named(flat)},
            hint="these runs learned nothing, or the metric is computed from what never changes",
            severity=Severity.WARNING if 2 * n_flat >= n else Severity.INFO,
            confidence=Confidence.HIGH if n_flat == n else Confidence.MEDIUM,
        )


def _spans(curves: Curves) -> NDArray[np.float64]:
    """`float64 [N]` largest less smallest value of each run; NaN without any."""
    if not curves.values.shape[1]:
        return np.full(len(curves.run_ids), np.nan)
    span = np.fmax.reduce(curves.values, axis=1) - np.fmin.reduce(curves.values, axis=1)
    return np.asarray(span, dtype=np.float64)


@check("WBD205")
def incomplete_curves(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Curves are sampled, or rows are missing from them.

    W&B's panels and `run.history()` give a sample of long histories. A report that is missing
    shifts every later one against the bands, so that nobody can tell any longer which threshold
    stopped which run. wbtools counts every curve that it fetches against what the server says it
    has; this finding names what could not be fetched in full, or was cut.

    Bad:
        for row in run.history(samples=500): ...     # of 20,000 rows
    Good:
        wbtools fetch entity/project/ab12cd34        # again, when the server answers
    """
    curves = context.curves
    if curves is None:
        yield NotJudged(context.why_no_curves())
    elif not curves.complete:
        yield CheckResult(
            title=f"the curves of {curves.metric!r} are incomplete",
            evidence={"n": context.n_runs, "n_reports": int(curves.n_reports.sum())},
            hint="fetch the sweep again, which asks for the missing rows once more, or read the "
            "runs' own files",
        )
