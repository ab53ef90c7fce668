"""What matters in a sweep, as a page: whether anything does, the evidence, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.audit.words import title_parts
from wbtools.answers.importance.words import (
    alike_words,
    best_words,
    bin_words,
    caveats,
    censoring_words,
    edge_words,
    failure_words,
    forest_words,
    interaction_name,
    interval_words,
    runs_words,
    shown_name,
    verdict_words,
)
from wbtools.answers.layout import Cell, Column
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.answers.layout import Page

_GOES = (
    "goes with the result: rank correlation (95 %), + where more of it does better; without a sign "
    "the correlation ratio of its values"
)
_HEADING = "bold"
_COLUMNS = (
    Column(title="parameter", keep=0, least=12),
    Column(title="runs", keep=0, right=True),
    Column(title="censored", keep=6, right=True),
    Column(title="goes with the result", keep=0),
    Column(title="sure", keep=1),
    Column(title="lost without it", keep=2),
    Column(title="share alone", keep=4),
    Column(title="with others", keep=3),
    Column(title="best at", keep=5),
)
_BIN_COLUMNS = (
    Column(title="parameter", keep=0, least=12),
    Column(title="value", keep=0),
    Column(title="runs", keep=0, right=True),
    Column(title="censored", keep=3, right=True),
    Column(title="mean", keep=0, right=True),
    Column(title="95 %", keep=1),
    Column(title="sd", keep=2, right=True),
    Column(title="median", keep=4, right=True),
    Column(title="best reached", keep=5, right=True),
    Column(title="failed", keep=2, right=True),
)
_PAIR_COLUMNS = (
    Column(title="pair", keep=0),
    Column(title="share beyond each alone", keep=0),
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
    page.flow([runs_words(importance)])
    page.gap()
    page.flow(["What matters"], style=_HEADING)
    page.say(" ".join(verdict_words(importance)), indent=2)
    page.say(forest_words(importance), indent=2)
    shown = limit_rows(importance.parameters, limit)
    if shown:
        _parameters(page, importance, shown, show_secrets=show_secrets)
        _bins(page, importance, shown, show_secrets=show_secrets)
    _pairs(page, importance, limit)
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
    legend = [_GOES, "sure: holds among all parameters"]
    if "lost without it" in titles:
        legend.append(
            "lost without it: share of the variance that forests explain less when it is shuffled"
        )
    if "with others" in titles:
        legend.append("share alone, with others: of the variance of the forests' prediction")
    if "best at" in titles:
        legend.append("best at: where a run is predicted to beat the largest share of the others")
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
    ordered = assessment.parameter.ordered
    forest = importance.forest_means_something
    return [
        Cell(shown_name(assessment.name)),
        Cell(str(assessment.n)),
        Cell(str(association.n_censored)),
        Cell(interval_words(association.strength, with_sign=ordered)),
        Cell("yes" if association.stands else "no", "green" if association.stands else "dim"),
        Cell(interval_words(assessment.permutation) if forest else ""),
        Cell(interval_words(assessment.main_effect) if forest else ""),
        Cell(interval_words(assessment.total_effect) if forest else ""),
        Cell(best_words(assessment, show_secrets=show_secrets) if forest else ""),
    ]


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
                    *_bin_cells(part, scale),
                ]
            )
    page.table(_BIN_COLUMNS, rows)


def _bin_cells(part: Bin, scale: Scale) -> list[Cell]:
    mean = part.mean
    interval = UNKNOWN if mean is None else " … ".join(scale.apart(mean.low, mean.high))
    failed = UNKNOWN if part.failed is None else f"{part.n_failed}/{part.failed.n}"
    return [
        Cell(str(part.n)),
        Cell(str(part.n_censored)),
        Cell(scale.show(None if mean is None else mean.estimate)),
        Cell(interval),
        Cell(scale.show(part.sd)),
        Cell(scale.show(part.median)),
        Cell(scale.show(part.best)),
        Cell(failed),
    ]


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
