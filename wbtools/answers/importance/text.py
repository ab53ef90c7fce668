"""What matters in a sweep, as a page: whether anything does, the evidence, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.audit.words import title_parts
from wbtools.answers.importance.outcome_words import (
    failure_words,
    stopping_verdict,
    stopping_words,
    stops_words,
)
from wbtools.answers.importance.words import (
    alike_words,
    association_words,
    best_words,
    bin_words,
    caveats,
    censoring_words,
    edge_words,
    forest_words,
    interaction_name,
    interval_words,
    runs_words,
    shown_name,
    verdict_words,
)
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.answers.layout import Page
    from wbtools.model.interval import Interval

_BOUNDS = (
    "two ends without an estimate: the least and the most, whatever stopped runs would have become"
)
_LEGEND = {
    "correlation": "correlation: Spearman's rank correlation with how runs stand (95 %), + where "
    "more of it does better; a ratio, which has no sign, is the correlation ratio between its "
    "values, or parts of its range, as where the best lies in the middle",
    "sure": "sure: the correlation holds among all parameters",
    "V with stops": "V with stops: Cramér's V of its values, as in the table below, and being "
    "stopped (p after Holm's correction)",
    "permutation importance": "permutation importance: share of the variance that forests explain "
    "less when it is shuffled",
    "main effect": "main effect: share of the variance of the forests' prediction that it brings "
    "alone",
    "total effect": "total effect: that share with what it brings together with others",
    "best at": "best at: where a run is predicted to beat the largest share of the others",
}
_HEADING = "bold"
_COLUMNS = (
    TextColumn(title="parameter", keep=0, least=12),
    TextColumn(title="runs", keep=0, right=True),
    TextColumn(title="censored", keep=6, right=True),
    TextColumn(title="correlation", keep=0),
    TextColumn(title="sure", keep=1),
    TextColumn(title="V with stops", keep=1),
    TextColumn(title="permutation importance", keep=2),
    TextColumn(title="main effect", keep=4),
    TextColumn(title="total effect", keep=3),
    TextColumn(title="best at", keep=5),
)
_BIN_COLUMNS = (
    TextColumn(title="parameter", keep=0, least=12),
    TextColumn(title="value", keep=0),
    TextColumn(title="runs", keep=0, right=True),
    TextColumn(title="censored", keep=3, right=True),
    TextColumn(title="mean", keep=0, right=True),
    TextColumn(title="95 %", keep=1),
    TextColumn(title="sd", keep=2, right=True),
    TextColumn(title="median", keep=4, right=True),
    TextColumn(title="best reached", keep=5, right=True),
    TextColumn(title="stopped", keep=1, right=True),
    TextColumn(title="failed", keep=2, right=True),
)
_PAIR_COLUMNS = (
    TextColumn(title="pair", keep=0),
    TextColumn(title="share beyond each alone", keep=0),
)


def render_importance(
    importance: Importance, page: Page, *, limit: int = 10, show_secrets: bool = False
) -> str:
    """Write what matters.

    Args:
        importance: The answer.
        page: What to write it on, empty.
        limit: Parameters and pairs that are listed (one or two more are shown rather than
            counted); 0 for all.
        show_secrets: Mask no value.
    """
    page.flow(title_parts(importance.audit), style=_HEADING)
    sweep = importance.audit.sweep
    page.flow(table_parts(sweep.origin, sweep.table))
    question = importance.audit.question
    inferred = question.rank_by.goal_is_inferred
    source = [f"metric: {sanitize(question.metric_source, limit=0)}"] if inferred else []
    page.flow([runs_words(importance), *source])
    page.gap()
    page.flow(["What matters"], style=_HEADING)
    verdict = [*stopping_verdict(importance.stopping), *verdict_words(importance)]
    page.say(" ".join(verdict), indent=2)
    page.say(forest_words(importance), indent=2)
    shown = limit_rows(importance.parameters, limit)
    if shown:
        _parameters(page, importance, shown, show_secrets=show_secrets)
        _bins(page, importance, shown, show_secrets=show_secrets)
    _pairs(page, importance, limit)
    _said(page, "Stopped", stopping_words(importance), limit)
    _said(page, "Failures", failure_words(importance), limit)
    edges = [edge_words(optimum, show_secrets=show_secrets) for optimum in importance.edges]
    _said(page, "At a bound", edges, limit)
    _said(page, "Together", map(alike_words, importance.alike), limit)
    _said(page, "Limits", [*censoring_words(importance), *caveats(importance)], 0)
    return str(page)


def _parameters(
    page: Page, importance: Importance, shown: Sequence[ParameterImportance], *, show_secrets: bool
) -> None:
    page.gap()
    rows = [_row(importance, parameter, show_secrets=show_secrets) for parameter in shown]
    titles = page.table(_COLUMNS, rows, below=rows_left(len(importance.parameters) - len(shown)))
    legend = [_LEGEND[title] for title in titles if title in _LEGEND]
    if any(parameter.association.bounds is not None for parameter in shown):
        legend.insert(1, _BOUNDS)
    page.say(f"({'; '.join(legend)})", indent=2, hang=2, style="dim")
    reasons: dict[str, list[str]] = {}
    for parameter in shown:
        if parameter.association.abstained_because is not None:
            reasons.setdefault(parameter.association.abstained_because, []).append(
                shown_name(parameter.name)
            )
    for why, names in reasons.items():
        page.say(f"No correlation for {', '.join(names)}: {sanitize(why, limit=0)}.", indent=2)


def _row(
    importance: Importance, assessment: ParameterImportance, *, show_secrets: bool
) -> list[Cell]:
    association = assessment.association
    forest = importance.forest_means_something
    return [
        Cell(shown_name(assessment.name)),
        Cell(str(assessment.n)),
        Cell(str(association.n_censored)),
        Cell(association_words(association)),
        Cell("yes" if association.stands else "no", "green" if association.stands else "dim"),
        _stops_cell(importance.stopping, assessment),
        Cell(interval_words(assessment.permutation) if forest else ""),
        Cell(interval_words(assessment.main_effect) if forest else ""),
        Cell(interval_words(assessment.total_effect) if forest else ""),
        Cell(best_words(assessment, show_secrets=show_secrets) if forest else ""),
    ]


def _stops_cell(stopping: Stopping | None, assessment: ParameterImportance) -> Cell:
    sure = stopping is not None and stopping.by_parameter[assessment.name].stands
    return Cell(stops_words(stopping, assessment.name), "green" if sure else "dim")


def _bins(
    page: Page, importance: Importance, shown: Sequence[ParameterImportance], *, show_secrets: bool
) -> None:
    page.gap()
    page.flow(["By value"], style=_HEADING)
    scale = Scale.of(row.best for row in importance.audit.rows)
    rows = []
    for parameter in shown:
        for k, part in enumerate(parameter.bins):
            name = "" if k else shown_name(parameter.name)
            rows.append(
                [
                    Cell(name),
                    Cell(bin_words(parameter.name, part, show_secrets=show_secrets)),
                    *_bin_cells(part, scale, stopped=importance.stopping is not None),
                ]
            )
    page.table(_BIN_COLUMNS, rows)


def _bin_cells(part: Bin, scale: Scale, *, stopped: bool) -> list[Cell]:
    mean = part.mean
    interval = UNKNOWN if mean is None else " … ".join(scale.apart(mean.low, mean.high))
    return [
        Cell(str(part.n)),
        Cell(str(part.n_censored)),
        Cell(scale.show(None if mean is None else mean.estimate)),
        Cell(interval),
        Cell(scale.show(part.sd)),
        Cell(scale.show(part.median)),
        Cell(scale.show(part.best)),
        Cell(_of_all(part.n_stopped, part.stopped) if stopped else ""),
        Cell(_of_all(part.n_failed, part.failed)),
    ]


def _of_all(n: int, share: Interval | None) -> str:
    return UNKNOWN if share is None else f"{n}/{share.n}"


def _pairs(page: Page, importance: Importance, limit: int) -> None:
    if not importance.forest_means_something or not importance.interactions:
        return
    page.gap()
    page.flow(["Pairs"], style=_HEADING)
    surely = [interaction for interaction in importance.interactions if interaction.share.low > 0]
    if not surely:
        n = count(len(importance.interactions), "pair")
        page.say(f"No pair of {n} surely brings anything beyond its members.", indent=2)
        return
    shown = limit_rows(surely, limit)
    rows = [
        [Cell(interaction_name(interaction)), Cell(interval_words(interaction.share))]
        for interaction in shown
    ]
    page.table(_PAIR_COLUMNS, rows, below=rows_left(len(surely) - len(shown)))


def _said(page: Page, title: str, sentences: Iterable[str], limit: int) -> None:
    every = list(sentences)
    if not every:
        return
    page.gap()
    page.flow([title], style=_HEADING)
    shown = limit_rows(every, limit)
    for sentence in shown:
        page.say(sentence, indent=2, hang=2)
    others = rows_left(len(every) - len(shown))
    if others:
        page.say(others, indent=2, style="dim")
