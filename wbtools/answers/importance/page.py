"""What matters in a sweep, as a page: whether anything does, the evidence, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.audit.words import title_parts
from wbtools.answers.findings.page import run_names, write_findings
from wbtools.answers.importance.parameters import INTERACTION, PARAMETER
from wbtools.answers.importance.values import VALUE
from wbtools.answers.importance.words import (
    alike_words,
    bin_words,
    caveats,
    censoring_words,
    edge_words,
    forest_words,
    runs_parts,
    shown_name,
    surely_words,
    verdict_words,
)
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wbtools.analysis.importance.assess import Failures, Importance
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.answers.importance.answer import ImportanceAnswer
    from wbtools.answers.importance.values import RegionRow
    from wbtools.answers.layout import Page

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


def write_importance(answer: ImportanceAnswer, page: Page) -> None:
    """Write whether anything matters first, then the parameters, their values, and what limits it.

    Args:
        answer: The answer.
        page: What to write it on; its `limit` is of parameters, whose values all are shown.
    """
    page.title(title_parts(answer.audit))
    sweep = answer.audit.sweep
    page.flow(table_parts(sweep.origin, sweep.table))
    question = answer.audit.question
    inferred = question.rank_by.goal_is_inferred
    source = [f"metric: {sanitize(question.metric_source, limit=0)}"] if inferred else []
    page.flow([*runs_parts(answer), *source])
    page.heading("What matters")
    page.say(" ".join([*_stopping_verdict(answer.stopping), *verdict_words(answer)]), indent=2)
    page.say(forest_words(answer), indent=2)
    if answer.parameters:
        _parameters(page, answer)
        page.heading("By value")
        rows = answer.value_rows(limit_rows(answer.parameters, page.limit))
        columns = VALUE.titled
        page.table(columns, [[column.cell(row) for column in columns] for row in rows])
    _pairs(page, answer)
    _said(page, "Stopped", _stopping_words(answer, answer.regions(answer.stopping)))
    _said(page, "Failures", _failure_words(answer.failures, answer.regions(answer.failures)))
    edges = (edge_words(edge, show_secrets=answer.show_secrets) for edge in answer.edges)
    _said(page, "At a bound", edges)
    _said(page, "Together", map(alike_words, answer.alike))
    limits = [*censoring_words(answer), *caveats(answer)]
    _said(page, "Limits", limits, limit=0)
    if answer.findings:
        page.heading("Findings")
        write_findings(page, answer.findings, run_names(sweep.runs).get)


def _parameters(page: Page, answer: ImportanceAnswer) -> None:
    page.gap()
    titles = page.rows(PARAMETER.titled, answer.parameter_rows)
    associations = {
        found.name: found.association for found in limit_rows(answer.parameters, page.limit)
    }
    legend = [_LEGEND[title] for title in titles if title in _LEGEND]
    if any(association.bounds is not None for association in associations.values()):
        legend.insert(1, _BOUNDS)
    page.say(f"({'; '.join(legend)})", indent=2, hang=2, style="dim")
    reasons: dict[str, list[str]] = {}
    for name, association in associations.items():
        if association.abstained_because is not None:
            reasons.setdefault(association.abstained_because, []).append(shown_name(name))
    for why, names in reasons.items():
        page.say(f"No correlation for {', '.join(names)}: {sanitize(why, limit=0)}.", indent=2)


def _pairs(page: Page, answer: ImportanceAnswer) -> None:
    if not answer.forest_means_something or not answer.interactions:
        return
    page.heading("Pairs")
    surely = [interaction for interaction in answer.interactions if interaction.share.low > 0]
    if surely:
        page.rows(INTERACTION.titled, surely)
        return
    n = count(len(answer.interactions), "pair")
    page.say(f"No pair of {n} surely brings anything beyond its members.", indent=2)


def _said(page: Page, title: str, sentences: Iterable[str], limit: int | None = None) -> None:
    every = list(sentences)
    if not every:
        return
    page.heading(title)
    shown = limit_rows(every, page.limit if limit is None else limit)
    for sentence in shown:
        page.say(sentence, indent=2, hang=2)
    others = rows_left(len(every) - len(shown))
    if others:
        page.say(others, indent=2, style="dim")


def _stopping_verdict(stopping: Stopping | None) -> Iterator[str]:
    """What surely goes with being stopped, in a sentence; nothing where that tells little."""
    if stopping is None:
        return
    if stopping.n_stopped == stopping.n_runs:
        yield f"All {count(stopping.n_runs, 'run')} were stopped, whatever their parameters."
        return
    known = [stops for stops in stopping.by_parameter.values() if stops.strength is not None]
    among = f"among {count(len(known), 'parameter')}, after Holm's correction"
    if stopping.surely:
        yield f"{surely_words(stopping.surely)} with being stopped ({among})."
    elif known:
        yield f"No parameter surely goes with being stopped ({among})."


def _failure_words(failures: Failures, regions: Sequence[RegionRow]) -> Iterator[str]:
    """How many runs broke, and where more than elsewhere; nothing if none did."""
    if not failures.n_failed:
        return
    where = "" if regions else "; nowhere clearly more than elsewhere"
    yield (
        f"{failures.n_failed} of {count(failures.n_runs, 'run')} failed: "
        f"{failures.n_diverged} reported NaN "
        f"or an infinity, {failures.n_broken} crashed or ended in an error{where}."
    )
    for region in regions:
        yield _region_words(region, "fail")


def _stopping_words(importance: Importance, regions: Sequence[RegionRow]) -> Iterator[str]:
    """How many runs were stopped, and where more than elsewhere; nothing where that says little."""
    stopping = importance.stopping
    if stopping is None or stopping.n_stopped == stopping.n_runs:
        return
    where = "" if regions or stopping.surely else "; nowhere clearly more than elsewhere"
    left_out = importance.failures.n_runs - stopping.n_runs
    others = f" ({left_out} failed or still running are left out)" if left_out else ""
    yield f"{stopping.n_stopped} of {count(stopping.n_runs, 'run')} were stopped{others}{where}."
    for region in regions:
        yield _region_words(region, "were stopped")


def _region_words(row: RegionRow, happened: str) -> str:
    inside, outside = row.region.inside, row.region.outside
    values = bin_words(row.name, row.part, show_secrets=row.show_secrets)
    return (
        f"{shown_name(row.name)} {values}: "
        f"{row.region.n_inside} of {inside.n} {happened} ({percent(inside.low)} to "
        f"{percent(inside.high)}), elsewhere {row.region.n_outside} of {outside.n} "
        f"({percent(outside.low)} to {percent(outside.high)})."
    )
