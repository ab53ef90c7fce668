"""Figures: answers as pictures, drawn as `wbtools plot` draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.compare.answer import CompareAnswer
from wbtools.answers.figures.forecast import forecast_figure
from wbtools.answers.figures.front import front_figure
from wbtools.answers.figures.importance import importance_figure
from wbtools.answers.figures.leaderboard import leaderboard_figure
from wbtools.answers.figures.race import race_figure
from wbtools.answers.figures.replicas import replicas_figure
from wbtools.answers.forecast.answer import ForecastAnswer
from wbtools.answers.importance.answer import ImportanceAnswer
from wbtools.answers.rank.answer import RankAnswer
from wbtools.answers.simulate.answer import SimulateAnswer
from wbtools.answers.verify.answer import VerifyAnswer
from wbtools.app.change_words import one_of
from wbtools.app.plot import OF_A_RUN, FigureKind, audit_figure, parameters_figure
from wbtools.errors import UsageError
from wbtools.library.keywords import in_keywords

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbtools.answers.figures.figure_data import FigureData


_Shown: TypeAlias = (
    CompareAnswer | ForecastAnswer | ImportanceAnswer | RankAnswer | SimulateAnswer | VerifyAnswer
)


@in_keywords
def plot(
    answer: AuditAnswer | _Shown,
    run: str | int | None = None,
    *,
    kind: Literal[
        "curves",
        "timeline",
        "gems",
        "thresholds",
        "distribution",
        "parallel",
        "slices",
        "pairs",
    ]
    | None = None,
    zoom: bool = False,
    width: Literal["single", "double"] = "double",
) -> Figure:
    """Draw an answer, as `wbtools plot` does.

    >>> import wbtools
    >>> figure = wbtools.plot(wbtools.audit("demo"), run=5)
    >>> figure.axes[0].get_xlabel()
    'reports of the metric'

    A comparison is drawn as a race, a simulation as the front of its rules, a leaderboard by its
    means or, with `against`, as the Pareto front; an audit has several figures.

    A notebook shows the figure where it ends a cell. It belongs to the caller: pyplot neither
    holds nor shows it, and its settings are neither used nor changed. `figure.savefig("sweep.svg")`
    saves it.

    Args:
        answer: From `wbtools.audit`, `compare`, `forecast`, `importance`, `rank`, `simulate` or
            `verify`.
        run: One run of an audit to highlight: its number, name or id.
        kind: Which figure: of an audit `curves`, `timeline`, `gems`, `thresholds` or
            `distribution`; of an audit or of importances `parallel`, `slices` or `pairs`, which
            importances put in their order. Without it, an audit's curves.
        zoom: Show only what matters of the curves.
        width: `single` for a journal's column of 3.5 inches, `double` for its page of 7.2.

    Raises:
        UsageError: The answer has no such figure, or no run or several runs are meant, or one of
            an answer that is not an audit.
    """
    from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib

    chosen = None if kind is None else one_of(FigureKind, kind, "kind")
    if not isinstance(answer, AuditAnswer):
        if run is not None or zoom:
            msg = f"{'zoom' if run is None else f'run {run!r}'}: only an audit is drawn by its runs"
            raise UsageError(msg, "leave it out, or plot the audit of the run's sweep")
        return drawn(_figure_data(answer, chosen), width=width)
    shown = chosen or FigureKind.CURVES
    name = None if run is None else str(run)
    if name is None and answer.run is not None and shown in OF_A_RUN:
        name = answer.run.run.id
    return drawn(audit_figure(shown, answer, run=name, is_zoomed=zoom), width=width)


def _figure_data(answer: _Shown, kind: FigureKind | None) -> FigureData:
    """What an answer that is not an audit shows."""
    if isinstance(answer, ImportanceAnswer):
        if kind is None:
            return importance_figure(answer)
        return parameters_figure(kind, answer.audit, answer)
    if kind is not None:
        msg = f"kind {kind!s}: the answer of {answer.name} has one figure"
        raise UsageError(msg, "leave it out")
    if isinstance(answer, CompareAnswer):
        return race_figure(answer)
    if isinstance(answer, SimulateAnswer):
        return front_figure(answer)
    if isinstance(answer, VerifyAnswer):
        return replicas_figure(answer)
    return leaderboard_figure(answer) if isinstance(answer, RankAnswer) else forecast_figure(answer)
