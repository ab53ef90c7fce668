"""Replicas against the run that they repeat: their curves, what was projected, what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    Axis,
    CurveMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAR, Category
from wbtools.answers.verify.page import verdict_words
from wbtools.text.numbers import Scale, count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import CheckedReplica, Verification
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.model import Criterion

_LONGEST: Final = 100
_LONGEST_SEED: Final = 12
_MOST_LABELS: Final = 6
_ORIGINAL: Final = Category("original", "the original", "#22303c", "#e3e8ec", "times")
_REPLICA: Final = Category("replica", "replica", "#0072b2", "#56b4e9", "circle")
_RUNNING: Final = Category("replica-short", "replica, not at its end", "#6b7580", "#a9b3bd", "plus")
_CONTINUED: Final = Category("continued", "continued", "#b0527f", "#e09dc1", "triangle")
_JOINT: Final = Category("joint", "joint", "#8a949e", "#77818b")
_OTHER: Final = Category("other", "another configuration", "#b58900", "#f0c541", "diamond")
_PROMISED: Final = Category("projected", "projected in full", "#00704f", "#2cc79a", "star")
_ACCEPTABLE: Final = Category("acceptable", "acceptable", "#8a949e", "#77818b")


def replicas_figure(verification: Verification) -> FigureData:
    """Lay out the replicas' curves against the original's, and what they were to reach.

    Args:
        verification: The answer; without curves it has no marks of runs.
    """
    plan, metric = verification.plan, sanitize(verification.plan.metric, limit=_LONGEST)
    marks = [
        *_rules(verification),
        *(mark for replica in verification.replicas for mark in _curves(replica, verification)),
        _original(verification),
        *_promise(verification),
    ]
    drawn = {mark.category.key for mark in marks if isinstance(mark, CurveMark | IntervalMark)}
    n = len(verification.counted)
    called = sanitize(verification.run.number_or_id, limit=40)
    return FigureData(
        name="replicas",
        title=verdict_words(verification).removesuffix(".").removesuffix(". In doubt: see below"),
        setting=" · ".join(
            [
                f"sweep {sanitize(plan.sweep, limit=40)}",
                f"{plan.goal} {metric}",
                f"{count(n, verification.noun)} of run {called}",
            ]
        ),
        panels=(
            Panel(x=Axis(label="reports of the metric"), y=Axis(label=metric), marks=tuple(marks)),
        ),
        legend=tuple(
            category
            for category in (_ORIGINAL, _CONTINUED, _REPLICA, _RUNNING, _OTHER, _PROMISED)
            if category.key in drawn
        ),
        notes=_notes(verification),
        description=(
            f"The curve of run {called} over {count(verification.original_reports, 'report')}, and "
            f"those of {count(n, verification.noun)}, with lines at what a success reaches and at "
            "what is acceptable."
        ),
    )


def _original(verification: Verification) -> CurveMark:
    return CurveMark(
        run_id=verification.run.id,
        label="original",
        category=_ORIGINAL,
        x=np.arange(1.0, len(verification.original_curve) + 1),
        y=verification.original_curve,
        emphasis=Emphasis.STRONG,
        ends_with_shape=True,
    )


def _curves(replica: CheckedReplica, verification: Verification) -> list[Mark]:
    """A replica's curve; of a run that went on, what is not the original's, and its joints."""
    joined = replica.joined
    if joined is None:
        return [_curve(replica, verification)]
    marks: list[Mark] = []
    end = joined.parts[0].n_reports
    for part, joint in zip(joined.parts[1:], joined.joints, strict=True):
        # It begins at the report before, unless reports between the two are missing.
        begin = end - 1 if end and not joint.n_missing else end
        y = replica.curve[begin : end + part.n_reports]
        marks.append(
            CurveMark(
                run_id=part.run.id,
                label="continued" if part is joined.parts[-1] else "",
                category=_CONTINUED,
                x=np.arange(len(y), dtype=np.float64) + part.first - (end - begin),
                y=y,
                emphasis=Emphasis.FAINT if replica.is_other else Emphasis.NORMAL,
                ends_with_shape=True,
            )
        )
        if joint.after:
            marks.append(
                RuleMark(
                    at=float(joint.after),
                    category=_JOINT,
                    label=f"goes on after report {joint.after}",
                    is_dashed=True,
                )
            )
        end += part.n_reports
    return marks


def _curve(replica: CheckedReplica, verification: Verification) -> CurveMark:
    is_labelled = len(verification.replicas) <= _MOST_LABELS and replica.seed is not None
    category = _REPLICA if replica.ended else _RUNNING
    return CurveMark(
        run_id=replica.run.id,
        label=f"seed {sanitize(replica.seed, limit=_LONGEST_SEED)}" if is_labelled else "",
        category=_OTHER if replica.is_other else category,
        x=np.arange(1.0, len(replica.curve) + 1),
        y=replica.curve,
        emphasis=Emphasis.FAINT if replica.is_other or replica.is_repeat else Emphasis.NORMAL,
        ends_with_shape=True,
    )


def _rules(verification: Verification) -> list[Mark]:
    criterion = _criterion(verification)
    if criterion is None:
        return []
    scale = Scale.of([criterion.success, criterion.acceptable])
    success, enough = scale.apart(criterion.success, criterion.acceptable)
    rules: list[Mark] = [
        RuleMark(
            at=criterion.success,
            is_horizontal=True,
            category=BAR,
            label=f"success {success}",
            is_dashed=True,
        )
    ]
    if criterion.acceptable is not None and criterion.acceptable != criterion.success:
        rules.append(
            RuleMark(
                at=criterion.acceptable,
                is_horizontal=True,
                category=_ACCEPTABLE,
                label=f"acceptable {enough}",
                is_dashed=True,
            )
        )
    return rules


def _criterion(verification: Verification) -> Criterion | None:
    plan = verification.plan
    return next((each for each in plan.criteria if each.metric == plan.metric), None)


def _promise(verification: Verification) -> list[Mark]:
    expectation, horizon = verification.expectation, verification.budget
    if expectation is None or expectation.median is None or horizon is None:
        return []
    ends = (expectation.low, expectation.high)
    low, high = (float("nan") if end is None else end for end in ends)
    return [
        IntervalMark(
            at=float(horizon),
            low=low,
            estimate=expectation.median,
            high=high,
            category=_PROMISED,
            run_id=verification.run.id,
            emphasis=Emphasis.STRONG,
        )
    ]


def _notes(verification: Verification) -> tuple[str, ...]:
    notes: list[str] = []
    expectation = verification.expectation
    if expectation is not None and expectation.level is not None and _promise(verification):
        notes.append(
            f"Bar at report {verification.budget}: the {percent(expectation.level)} interval of "
            "the best value that the audit projected for the run."
        )
    if verification.n_left_out:
        left = count(verification.n_left_out, "run")
        notes.append(f"{left} of another configuration than planned: drawn faint, counted nowhere.")
    if not verification.is_complete:
        notes.append("Curves are incomplete: reports are missing.")
    return tuple(notes)
