"""Figures from a reference to what they show: only the analysis that each needs is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.analysis.simulation.recommend import recommend
from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.distribution import distribution_figure
from wbtools.answers.figures.front import front_figure
from wbtools.answers.figures.gems import gems_figure
from wbtools.answers.figures.importance import importance_figure
from wbtools.answers.figures.leaderboard import leaderboard_figure
from wbtools.answers.figures.parallel import parallel_figure
from wbtools.answers.figures.race import race_figure
from wbtools.answers.figures.slices import pairs_figure, slices_figure
from wbtools.answers.figures.thresholds import thresholds_figure
from wbtools.answers.figures.timeline import timeline_figure
from wbtools.answers.rank.answer import RankAnswer
from wbtools.answers.simulate.answer import SimulateAnswer
from wbtools.app.audit import audit_reference
from wbtools.app.compare import CompareOptions, compare_references
from wbtools.app.importance import find_importance
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.run_names import select_run
from wbtools.app.rank import RankOptions, rank_references
from wbtools.app.simulate import simulate_references
from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.importance import Importance
    from wbtools.answers.figures.figure_data import FigureData
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session


class FigureKind(StrEnum):
    """What `wbtools plot` draws."""

    CURVES = "curves"
    TIMELINE = "timeline"
    GEMS = "gems"
    THRESHOLDS = "thresholds"
    DISTRIBUTION = "distribution"
    IMPORTANCE = "importance"
    PARALLEL = "parallel"
    SLICES = "slices"
    PAIRS = "pairs"
    FRONT = "front"
    RACE = "race"
    LEADERBOARD = "leaderboard"


_OF_AUDITS: Final[dict[FigureKind, Callable[[Audit], FigureData]]] = {
    FigureKind.GEMS: gems_figure,
    FigureKind.DISTRIBUTION: distribution_figure,
}
OF_A_RUN: Final[dict[FigureKind, Callable[[Audit, RunAudit | None], FigureData]]] = {
    FigureKind.CURVES: curves_figure,
    FigureKind.TIMELINE: timeline_figure,
    FigureKind.THRESHOLDS: thresholds_figure,
}
"""Figures in which a run may stand out."""
_OF_PARAMETERS: Final[dict[FigureKind, Callable[[Audit, Importance | None], FigureData]]] = {
    FigureKind.PARALLEL: parallel_figure,
    FigureKind.SLICES: slices_figure,
    FigureKind.PAIRS: pairs_figure,
}
_OF_SEVERAL: Final = (FigureKind.FRONT, FigureKind.RACE, FigureKind.LEADERBOARD)
_HINTS: Final = {
    FigureKind.RACE: "a table needs reports or times of all runs, and several sides: --group-by",
    FigureKind.LEADERBOARD: "--against needs a number that runs hold; without it, a full run",
}
_GROUPED: Final = (FigureKind.RACE, FigureKind.LEADERBOARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotOptions:
    """What the user says of a figure.

    Attributes:
        question: What is said of the sweeps.
        run: The run to highlight; None for none.
        is_zoomed: Whether to show only what matters.
        group_by: Make a side, or a configuration, of every value of it.
        against: What a leaderboard's values are set against.
    """

    question: AuditOptions = field(default_factory=AuditOptions)
    run: str | None = None
    is_zoomed: bool = False
    group_by: str | None = None
    against: str | None = None


def figure_of(
    kind: FigureKind,
    references: Sequence[str],
    options: PlotOptions,
    session: Session,
    selection: Selection | None = None,
) -> FigureData:
    """What a figure shows of what the user calls SWEEP.

    Args:
        kind: Which figure.
        references: One, or several where the figure is of several.
        options: What the user says beyond that.
        session: How to reach W&B's servers; closed by the caller.
        selection: Runs by group, tag and filter in place of sweeps.

    Raises:
        UsageError: An option or several sweeps do not go with the figure; or a reference, the
            metric or a run cannot be right, or is ambiguous.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    check_plot(kind, references, options)
    data = _figure_of(kind, references, options, session, selection)
    if not data.panels:
        raise DataError(data.title, _HINTS.get(kind, "`wbtools doctor` says what is recorded"))
    return data


def _figure_of(
    kind: FigureKind,
    references: Sequence[str],
    options: PlotOptions,
    session: Session,
    selection: Selection | None,
) -> FigureData:
    """The same, with or without anything to draw."""
    question = options.question
    if kind is FigureKind.FRONT:
        simulation = simulate_references(references, None, question, session, selection=selection)
        return front_figure(SimulateAnswer.of(simulation, advice=recommend(simulation)))
    if kind is FigureKind.RACE:
        compared = CompareOptions(question=question, by=options.group_by, is_single_enough=True)
        return race_figure(compare_references(references, compared, session, selection))
    if kind is FigureKind.LEADERBOARD:
        ranking = rank_references(references, _ranked_by(options), session, selection)
        return leaderboard_figure(RankAnswer.of(ranking))
    (reference,) = references
    if kind in _OF_AUDITS or kind in OF_A_RUN:
        audit = audit_reference(reference, question, session, run=options.run, selection=selection)
        return audit_figure(kind, audit, run=options.run, is_zoomed=options.is_zoomed)
    importance = find_importance(reference, session, question, selection=selection)
    if kind is FigureKind.IMPORTANCE:
        return importance_figure(importance)
    return parameters_figure(kind, importance.audit, importance)


def parameters_figure(
    kind: FigureKind, audit: Audit, importance: Importance | None = None
) -> FigureData:
    """What a figure shows of the parameters of a sweep.

    Args:
        kind: Parallel coordinates, slices or pairs.
        audit: The sweep.
        importance: Of the same sweep, which puts the parameters in order; None where it is not
            known.

    Raises:
        UsageError: It is another kind.
    """
    if kind not in _OF_PARAMETERS:
        msg = f"{kind} is no figure of parameters"
        raise UsageError(msg, f"these are {', '.join(_OF_PARAMETERS)}")
    return _OF_PARAMETERS[kind](audit, importance)


def audit_figure(
    kind: FigureKind, audit: Audit, *, run: str | None = None, is_zoomed: bool = False
) -> FigureData:
    """What a figure shows of an audit.

    Args:
        kind: Of an audit alone, or of its parameters, which are then not in order of importance.
        audit: The answer.
        run: The run to highlight; None for none.
        is_zoomed: Whether curves show only what matters.

    Raises:
        UsageError: An audit has no such figure, the figure does not go with a run or with
            zooming, or no run or several runs are meant.
    """
    check_plot(kind, (), PlotOptions(run=run, is_zoomed=is_zoomed))
    if kind in _OF_PARAMETERS:
        return parameters_figure(kind, audit)
    if kind in _OF_AUDITS:
        return _OF_AUDITS[kind](audit)
    if kind not in OF_A_RUN:
        msg = f"{kind} is no figure of an audit"
        known = ", ".join((*OF_A_RUN, *_OF_AUDITS, *_OF_PARAMETERS))
        raise UsageError(msg, f"an audit has {known}")
    row = None if run is None else select_run(audit, run)
    if is_zoomed:
        return curves_figure(audit, row, is_zoomed=True)
    return OF_A_RUN[kind](audit, row)


def check_plot(kind: FigureKind, references: Sequence[str], options: PlotOptions) -> None:
    """Refuse what does not go with a figure, before anything is read.

    Raises:
        UsageError: It is of one sweep and several are named, or an option is not about it.
    """
    if len(references) > 1 and kind not in _OF_SEVERAL:
        msg = f"{kind} is a figure of one sweep, and {len(references)} are named"
        raise UsageError(msg, f"of several: {', '.join(_OF_SEVERAL)}")
    given = {
        "--run": (options.run is not None, tuple(OF_A_RUN)),
        "--zoom": (options.is_zoomed, (FigureKind.CURVES,)),
        "--group-by": (options.group_by is not None, _GROUPED),
        "--against": (options.against is not None, (FigureKind.LEADERBOARD,)),
    }
    for option, (is_given, kinds) in given.items():
        if is_given and kind not in kinds:
            msg = f"{option} says nothing about {kind}"
            raise UsageError(msg, f"it is for {', '.join(kinds)}")


def _ranked_by(options: PlotOptions) -> RankOptions:
    """The same for a leaderboard, which knows one metric."""
    question = options.question
    metric = question.rank_by or question.metric
    return RankOptions(
        metrics=() if metric is None else (metric,),
        goal=None if question.rank_by is not None else question.goal,
        group_by=() if options.group_by is None else (options.group_by,),
        sweep_file=question.sweep_file,
        early_terminate=question.early_terminate,
        budget=question.budget,
        against=options.against,
    )
