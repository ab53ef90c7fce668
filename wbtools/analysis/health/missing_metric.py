"""The check of runs without the metric: what they logged instead, and where else it stands."""

from __future__ import annotations

from itertools import compress, islice
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.analysis.text_values import text_instead
from wbtools.findings import Severity
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.health.check_context import CheckContext

_MOST_NAMES: Final = 8


@check("WBD201", Severity.ERROR)
def never_logged(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs never logged the sweep's metric, or logged it under another name.

    Hyperband never stops such a run, and bayes takes its value to be the worst of the sweep, or,
    while no run has any, 0.0. Names must match exactly: `val_loss` is not
    `val/loss`. Bayes learns from a number that stands only in the run's summary; Hyperband does
    not see it.

    Bad:
        metric: {name: val/loss, goal: minimize}    # in the sweep file
        wandb.log({"val_loss": loss})               # in the program
    Good:
        metric: {name: val/loss, goal: minimize}
        wandb.log({"val/loss": loss})
    """
    diagnosis = context.diagnosis
    if diagnosis is None:
        yield NotJudged(context.why_no_curves())
        return
    summarized = context.in_summary_alone()
    silent = _silent(diagnosis) & ~context.going() & ~summarized
    n_silent, name = int(silent.sum()), diagnosis.question.metric.name
    near, names = _names(context, name)
    hint = f"{near}log the metric under the name in the sweep file, or correct the name there"
    yield from _in_summaries(context, diagnosis, summarized & _silent(diagnosis))
    if not n_silent:
        return
    badly = int((silent & context.ended_badly()).sum())
    evidence = {
        "n": context.n_runs,
        "n_silent": n_silent,
        "n_ended_badly": badly,
        **names,
        "run_ids": context.named(silent),
    }
    text = text_instead(compress(context.sweep.runs, silent), name)
    if text is not None:
        why, hint = text
        title = f"{n_silent} of {count(context.n_runs, 'run')} hold no number under {name!r}: {why}"
        yield CheckResult(
            title=title,
            evidence=evidence,
            hint=hint,
            severity=Severity.ERROR if n_silent == context.n_runs else Severity.WARNING,
        )
        return
    if diagnosis.curves is None:
        yield CheckResult(
            title=f"{n_silent} of {count(context.n_runs, 'row')} hold no number under {name!r}",
            evidence=evidence,
            hint=hint if near else "these runs ended badly, or their values were not recorded",
            severity=Severity.ERROR if n_silent == context.n_runs else Severity.WARNING,
        )
        return
    if n_silent == context.n_runs:
        n = context.n_runs
        who = "the run logged no number" if n == 1 else f"none of {n} runs logged a number"
        title = f"{who} under {name!r}"
        yield CheckResult(title=title, evidence=evidence, hint=hint)
        return
    also = f", {badly} of which ended badly" if badly else ""
    yield CheckResult(
        title=f"{n_silent} of {count(context.n_runs, 'run')} never logged {name!r}{also}",
        evidence=evidence,
        hint=hint
        if near and badly < n_silent
        else "look at their logs: they ended before they logged it",
        severity=Severity.WARNING,
    )


def _in_summaries(
    context: CheckContext, diagnosis: Diagnosis, summarized: NDArray[np.bool_]
) -> Iterator[CheckResult]:
    """Runs that hold the metric in their summary and never reported it."""
    n, name = int(summarized.sum()), diagnosis.question.metric.name
    if not n:
        return
    rule = diagnosis.verdicts.rule
    near, names = _names(context, name)
    yield CheckResult(
        title=f"{n} of {count(context.n_runs, 'run')} hold {name!r} only in their summary and "
        "never logged it" + ("" if rule is None else ": Hyperband can stop none of them"),
        evidence={
            "n": context.n_runs,
            "n_in_summary": n,
            **names,
            "run_ids": context.named(summarized),
        },
        hint=f"{near}log it after every epoch: wandb.log({{{name!r}: value}})",
        severity=Severity.INFO if rule is None else Severity.WARNING,
    )


def _names(context: CheckContext, name: str) -> tuple[str, dict[str, object]]:
    """The nearest logged name as the beginning of a hint, and the logged names as evidence."""
    background = context.background
    near = {metric: background.logged[metric] for metric in background.near}
    others = {} if near or name in background.logged else background.logged
    names: dict[str, object] = {
        "near_names": near,
        "logged_names": dict(islice(others.items(), _MOST_NAMES)),
        "n_files_looked_into": background.n_looked_into,
    }
    if not near:
        return "", names
    first, n_first = next(iter(near.items()))
    at_least = "" if background.n_looked_into is None else "at least "
    return f"{at_least}{n_first} logged {first!r}; ", names


def _silent(diagnosis: Diagnosis) -> NDArray[np.bool_]:
    """`bool [N]` runs without any number of the metric, NaN included."""
    curves = diagnosis.curves
    if curves is not None:
        return curves.is_silent
    return ~np.isfinite(diagnosis.outcomes.best)
