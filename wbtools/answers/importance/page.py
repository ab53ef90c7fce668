"""What matters in a sweep, as a page: whether anything does, the evidence, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.importance.association import Measure
from wbtools.answers.audit.words import title_parts
from wbtools.answers.findings.page import run_names, write_findings
from wbtools.answers.importance.parameters import INTERACTION, PARAMETER
from wbtools.answers.importance.values import VALUE, mean_words
from wbtools.answers.importance.words import (
    alike_words,
    bin_words,
    caveats,
    censoring_words,
    edge_words,
    ends_words,
    forest_words,
    runs_parts,
    shown_name,
    verdict_words,
)
from wbtools.answers.limits import limit_of_secondary, limit_rows, rows_left
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wbtools.analysis.importance.assess import Failures, Importance
    from wbtools.analysis.importance.association import Association
    from wbtools.answers.importance.answer import ImportanceAnswer
    from wbtools.answers.importance.values import RegionRow
    from wbtools.answers.layout import Page


def write_importance(answer: ImportanceAnswer, page: Page, *, findings: bool = True) -> None:
    """Write whether anything matters first, then the parameters, their values, and what limits it.

    Args:
        answer: The answer.
        page: What to write it on; its `limit` is of parameters, whose values all are shown.
        findings: Whether to write what is wrong with the recording.
    """
    page.title(title_parts(answer.audit))
    sweep, question = answer.audit.sweep, answer.audit.question
    inferred = question.rank_by.goal_is_inferred
    source = [f"metric: {sanitize(question.metric_source, limit=0)}"] if inferred else []
    page.flow([*runs_parts(answer), *source])
    page.verdict("What matters?", verdict_sentence(answer))
    page.gap()
    if answer.parameters:
        _parameters(page, answer)
    page.points(forest_words(answer))
    if answer.parameters:
        _values(page, answer)
    _pairs(page, answer)
    _said(page, "Stopped runs", _stopping_words(answer, answer.regions(answer.stopping)))
    _said(page, "Failed runs", _failure_words(answer.failures, answer.regions(answer.failures)))
    edges = (edge_words(edge, show_secrets=answer.show_secrets) for edge in answer.edges)
    _said(page, "Best runs at a bound", edges)
    _said(page, "Correlated parameters", map(alike_words, answer.alike))
    limits = [*censoring_words(answer), *caveats(answer)]
    limits += table_parts(sweep.origin, sweep.table)
    _said(page, "What limits this", limits, limit=0)
    if findings and answer.findings:
        page.heading("Findings")
        write_findings(page, answer.findings, run_names(sweep.runs).get)


def verdict_sentence(answer: ImportanceAnswer) -> str:
    """The verdict as a sentence; a parameter's name stays as it is written."""
    sentences = [
        f"{words[0].upper()}{words[1:]}" if words.startswith(("no parameter ", "all ")) else words
        for words in verdict_words(answer)
    ]
    return " ".join(f"{sentence}." for sentence in sentences)


def _parameters(page: Page, answer: ImportanceAnswer) -> None:
    rows = answer.parameter_rows
    n_censored = answer.n_projected + answer.n_bounds
    same = {
        *(["n_with_value"] if all(row.found.n == answer.n for row in rows) else []),
        *(
            ["n_censored"]
            if all(row.found.association.n_censored == n_censored for row in rows)
            else []
        ),
    }
    columns = [column for column in PARAMETER.titled if column.key not in same]
    titles = page.rows(columns, rows, noun="parameter")
    shown = limit_rows(answer.parameters, page.limit)
    page.points(*_legend(answer, titles, [found.association for found in shown]), style="dim")
    reasons: dict[str, list[str]] = {}
    for found in shown:
        if found.association.abstained_because is not None:
            why = found.association.abstained_because
            reasons.setdefault(why, []).append(shown_name(found.name))
    for why, names in reasons.items():
        page.points(f"No correlation for {', '.join(names)}: {sanitize(why, limit=0)}.")


def _legend(
    answer: ImportanceAnswer, titles: Sequence[str], associations: Sequence[Association]
) -> Iterator[str]:
    """What the columns mean that were shown, a line each."""
    metric = sanitize(answer.audit.question.rank_by.name)
    measures = {association.measure for association in associations}
    if Measure.RANK_CORRELATION in measures:
        yield (
            f"correlation: Spearman's rank correlation with {metric} (95 %); + where larger values "
            "do better"
        )
    if Measure.CORRELATION_RATIO in measures:
        yield (
            "ratio: correlation ratio between its values, or parts of its range; without a sign, "
            "as the best may lie in the middle"
        )
    if any(association.bounds is not None for association in associations):
        yield (
            "two ends without an estimate: the correlation lies between them, whatever the runs "
            "that were cut short would have reached"
        )
    n = count(sum(each.association.strength is not None for each in answer.parameters), "parameter")
    legend = {
        "significant": f"significant: at 5 %, Holm-corrected for {n}",
        "V with stops": "V with stops: Cramér's V of its values, as grouped below, and being "
        "stopped (p Holm-corrected)",
        "permutation importance": "permutation importance: share of the variance that forests "
        "explain less when it is shuffled; it may exceed 100 %",
        "main effect": "main effect: share of the variance of the forests' prediction that it "
        "brings alone",
        "total effect": "total effect: that share with what it brings together with others",
        "best at": "best at: where a run is predicted to beat the largest share of the others",
    }
    yield from (words for title, words in legend.items() if title in titles)


def _values(page: Page, answer: ImportanceAnswer) -> None:
    """What the runs came to, by the values of the first few parameters."""
    shown = limit_rows(answer.parameters, limit_of_secondary(page.limit))
    rows = answer.value_rows(shown)
    empty = {
        *(["n_censored"] if not any(row.part.n_censored for row in rows) else []),
        *(["n_failed"] if not answer.failures.n_failed else []),
    }
    columns = [column for column in VALUE.titled if column.key not in empty]
    essential = [column for column in columns if not column.keep]
    if not page.fits(essential, [[column.cell(row) for column in essential] for row in rows]):
        columns = [
            column.placed(title="mean", right=True, show=mean_words)
            if column.key == "mean"
            else column
            for column in columns
        ]
    page.heading("By value")
    cells = [[column.cell(row) for column in columns] for row in rows]
    page.table(columns, cells, below=rows_left(len(answer.parameters) - len(shown), "parameter"))


def _pairs(page: Page, answer: ImportanceAnswer) -> None:
    if not answer.forest_means_something or not answer.interactions:
        return
    page.heading("Interactions")
    surely = [interaction for interaction in answer.interactions if interaction.share.low > 0]
    if surely:
        page.rows(INTERACTION.titled, surely)
        return
    n = count(len(answer.interactions), "pair")
    page.say(f"None of {n} is shown to matter beyond its members (95 %).", indent=2)


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


def _failure_words(failures: Failures, regions: Sequence[RegionRow]) -> Iterator[str]:
    """How many runs broke, and where more than elsewhere; nothing if none did."""
    if not failures.n_failed:
        return
    where = "" if regions else "; no values of a parameter have significantly more"
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
    where = (
        "" if regions or stopping.surely else "; no values of a parameter have significantly more"
    )
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
        f"{row.region.n_inside} of {inside.n} {happened} ({ends_words(inside)}), elsewhere "
        f"{row.region.n_outside} of {outside.n} ({ends_words(outside)})."
    )
