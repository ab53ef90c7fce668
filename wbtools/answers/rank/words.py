"""What a leaderboard says, in words: what was counted, what differs, what only seems to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.analysis.alignment import Link
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.checkpoint import Checkpoint
from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.answers.termination_words import completion_words, unknown_end_words
from wbtools.model import Goal
from wbtools.stats.differences import least_p_together
from wbtools.stats.student import LEVEL
from wbtools.text.masking import masked_config
from wbtools.text.numbers import Scale, count, listed, p_value
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.model import Metric
    from wbtools.stats.differences import Difference

_MOST_PARAMETERS: Final = 8
_LONGEST_VALUE: Final = 24
_MOST_NAMED: Final = 4
_IN_WORDS = {
    Link.COUNT: "at the report of the same number, as both have equally many",
    Link.BEFORE: "at the last report before it",
    Link.AFTER: "at the first report after it",
}


def short_names(names: Sequence[str]) -> dict[str, str]:
    """The last parts of dotted names where no other name ends so."""
    leaves = [name.rpartition(".")[2] for name in names]
    return {
        name: sanitize(leaf if leaves.count(leaf) == 1 else name, limit=40)
        for name, leaf in zip(names, leaves, strict=True)
    }


class Labels:
    """What configurations are called: the parameters in which they differ."""

    def __init__(self, names: Sequence[str], *, show_secrets: bool = False) -> None:
        """Remember the names that differ."""
        self._short = short_names(names)
        self._show_secrets = show_secrets

    @property
    def title(self) -> str:
        """The one parameter that differs, whose value then stands alone; else `configuration`."""
        return next(iter(self._short.values())) if len(self._short) == 1 else "configuration"

    def of(self, parameters: Mapping[str, object]) -> str:
        """`lr=0.00125 hidden=64`; the value alone where only one parameter differs."""
        shown = {name: parameters[name] for name in self._short if name in parameters}
        masked = masked_config(shown, show_secrets=self._show_secrets)
        texts = {name: _value(masked[name]) for name in shown}
        if len(self._short) == 1 and texts:
            return next(iter(texts.values()))
        parts = [f"{self._short[name]}={text}" for name, text in texts.items()]
        if len(parts) > _MOST_PARAMETERS:
            parts = [*parts[:_MOST_PARAMETERS], f"and {len(parts) - _MOST_PARAMETERS} more"]
        return " ".join(parts) or ("the same everywhere" if not self._short else "none of these")

    def of_each(self, name: str, values: Sequence[object]) -> list[str]:
        """One parameter's values; a dash where there is none."""
        masked = [masked_config({name: value}, show_secrets=self._show_secrets) for value in values]
        return [UNKNOWN if config[name] is None else _value(config[name]) for config in masked]


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return sanitize(value, limit=_LONGEST_VALUE)


def p_words(row: Row) -> str:
    """The adjusted p of a row against the first."""
    return UNKNOWN if row.versus is None else p_value(row.versus.p_adjusted)


def runs_words(runs: Sequence[RunMeasurement]) -> str:
    """Their numbers, or ids where they have none or share it."""
    shared = Counter(measurement.run.number for measurement in runs)
    return listed(
        (
            sanitize(run.number_or_id if shared[run.number] == 1 else run.id, limit=20)
            for run in (measurement.run for measurement in runs)
        ),
        most=_MOST_NAMED,
    )


def bound_words(row: Row, metric: Metric, scale: Scale) -> str:
    """`>= 0.5660`, for what is cut short would have come to that or a better value."""
    if row.reached is None:
        return UNKNOWN
    return f"{'≥' if metric.goal is Goal.MAXIMIZE else '≤'} {scale.show(row.reached)}"


def moment_words(ranking: Ranking) -> str:
    """When the runs were read."""
    at, metrics = ranking.question.at, ranking.question.metrics
    lead = sanitize(metrics[0].name)
    if at.moment is Checkpoint.BEST:
        return f"each run where its {lead} is best" if len(metrics) > 1 else "each run at its best"
    if at.moment is Checkpoint.BEST_EACH:
        return "every metric at its own best"
    return "each run's last report" if at.moment is Checkpoint.LAST else f"all at step {at.step}"


def title_parts(ranking: Ranking) -> list[str]:
    """What was ranked, by what."""
    by = ", then ".join(
        f"{metric.goal} {sanitize(metric.name)}" for metric in ranking.question.metrics
    )
    n = len(ranking.board.rows)
    metric_source = ranking.question.metric_source
    return [
        ", ".join(sanitize(source.name) for source in ranking.sources),
        f"{count(ranking.n_runs, 'run')} of {count(n, 'configuration')}",
        by,
        moment_words(ranking),
        *([] if metric_source == "--metric" else [f"metric: {sanitize(metric_source)}"]),
    ]


def counted_words(ranking: Ranking) -> Iterator[str]:
    """Which runs stand in a mean, and why the others do not."""
    yield f"{count(ranking.n_counted, 'run')} counted."
    if ranking.question.at.moment is not Checkpoint.STEP:
        yield from _completion_words(ranking)
    silent = ranking.n_silent
    if silent:
        metric = sanitize(ranking.question.metrics[0].name)
        at = ranking.question.at
        where = f" at step {at.step}" if at.moment is Checkpoint.STEP else ""
        yield f"{count(silent, 'run')} {'has' if silent == 1 else 'have'} no {metric}{where}."


def _completion_words(ranking: Ranking) -> Iterator[str]:
    n_by, stopped = ranking.n_by_completion, ranking.question.stopped
    cut = {each: n for each, n in n_by.items() if each.ended_early}
    n = sum(cut.values())
    if n:
        were = " and ".join(completion_words(cut))
        if stopped is StoppedRuns.AS_IS:
            yield f"{were}: counted as if full runs (--stopped as-is)."
        elif stopped is StoppedRuns.PROJECTED:
            yield (
                f"{were}: in no mean; a configuration without a full run is ranked by what its "
                "best one would have come to."
            )
        else:
            yield (
                f"{were}: in no mean, for what a run reached until then is only a bound of what it "
                "would have come to."
            )
    if n_by[Completion.RUNNING]:
        yield f"{n_by[Completion.RUNNING]} still running: in no mean."
    if n_by[Completion.UNKNOWN]:
        yield unknown_end_words(n_by[Completion.UNKNOWN], ranking.n_unknown_short, ranking.n_runs)


def verdict_words(ranking: Ranking, scale: Scale, labels: Labels) -> Iterator[str]:
    """What the tests say of the differences to the first, and no more."""
    ranked = [row for row in ranking.board.ranked if row.lead is not None]
    if len(ranked) < 2:  # noqa: PLR2004 - one has nothing to differ from
        return
    first, n = ranked[0], ranking.board.n_compared
    if not n:
        yield (
            f"No difference to the first can be tested: {_why_untested(ranked)}. More seeds can "
            "tell (replicate --seeds)."
        )
        return
    behind = [row for row in ranked if row.is_behind]
    open_ = [row for row in ranked[1:] if row.is_behind is False]
    name = labels.of(first.configuration.parameters)
    level = f"at {100 * (1 - LEVEL):.0f} % (Welch's t, Holm over {count(n, 'comparison')})"
    if behind:
        if_normal = ", if values are normal" if any(map(_is_doubted, behind)) else ""
        yield f"{name} is better than {len(behind)} of {count(n, 'other')} {level}{if_normal}."
    if open_:
        near = open_[0]
        whom = "The second" if near is ranked[1] else f"Rank {near.rank}"
        gap = "" if near.versus is None else scale.signed(near.versus.difference)
        verb = "is" if len(open_) == 1 else "are"
        yield (
            f"{len(open_)} {verb} not told apart from the first {level}. {whom}: {gap}, 95 % "
            f"interval {_interval(near, scale)} (of this pair alone), p = {p_words(near)} after "
            "Holm."
        )
    untested = len(ranked) - 1 - n
    if untested:
        yield f"{untested} cannot be tested: one run, or no spread, on a side."
    yield from _permutation_words(behind, [row.versus for row in ranked if row.versus is not None])


def _is_doubted(row: Row) -> bool:
    """Whether the test that assumes no normal noise was made and does not agree."""
    difference = row.versus
    return (
        difference is not None
        and difference.p_permutation_adjusted is not None
        and not difference.shows
    )


def _permutation_words(behind: Sequence[Row], together: Sequence[Difference]) -> Iterator[str]:
    """Whether the test that assumes no normal noise agrees with Welch's, where values are few.

    Args:
        behind: Whom Welch's test tells apart from the first.
        together: All differences to the first that are tested.
    """
    tested = [
        row.versus
        for row in behind
        if row.versus is not None and row.versus.p_permutation_adjusted is not None
    ]
    if not tested:
        return
    agreeing = sum(difference.shows for difference in tested)
    words = f"Permutation, which assumes no normal noise, agrees on {agreeing} of {len(tested)}"
    alone = min(difference.least_p or 0.0 for difference in tested)
    n = sum(difference.p_permutation is not None for difference in together)
    least = least_p_together(together) or 0.0
    if alone >= 1 - LEVEL:
        words += f": with so few seeds it cannot come below p = {p_value(alone)}"
    elif least >= 1 - LEVEL:
        words += (
            f": with so few seeds it cannot come below p = {p_value(least)} after Holm over "
            f"{count(n, 'comparison')}"
        )
    yield f"{words}."


def _why_untested(ranked: Sequence[Row]) -> str:
    once = [row.lead is not None and row.lead.summary.n == 1 for row in ranked]
    if all(once):
        return "every configuration has one run"
    if once[0]:
        return "it has one run"
    return "the others have one run" if all(once[1:]) else "one run, or no spread, on a side"


def _interval(row: Row, scale: Scale) -> str:
    if row.versus is None or row.versus.low is None:
        return UNKNOWN
    return f"{scale.signed(row.versus.low)} … {scale.signed(row.versus.high)}"


def merged_words(ranking: Ranking) -> Iterator[str]:
    """Runs that may or do belong together."""
    rows = ranking.board.rows
    if ranking.suspects:
        names = listed(map(sanitize, ranking.suspects), most=_MOST_NAMED)
        yield (
            "Seeds come more than once, yet no two runs are one configuration. What differs in "
            f"nearly every run: {names}. If that is a result, name the parameters with --group-by."
        )
    copies = [copy for row in rows for copy in row.configuration.copies]
    if copies:
        names = listed((sanitize(copy.run.name, limit=40) for copy in copies), most=_MOST_NAMED)
        verb = "repeats" if len(copies) == 1 else "repeat"
        yield (
            f"{count(len(copies), 'run')} {verb} another one under another name, configuration, "
            f"seed and value alike: listed, not counted ({names})."
        )
    repeated = sum(row.configuration.n_repeated for row in rows)
    if repeated:
        yield (
            f"{count(repeated, 'run')} {'has' if repeated == 1 else 'have'} configuration and seed "
            "of another one and other values: counted, for the program is not deterministic."
        )


def joined_words(ranking: Ranking) -> Iterator[str]:
    """How each metric was read at the first one's best; nothing of those in one row with it."""
    n_runs: dict[str, Counter[tuple[Link, str | None]]] = {}
    for source in ranking.sources:
        for alignment in source.alignments:
            n_runs.setdefault(alignment.metric, Counter()).update(alignment.n_runs)
    lead = sanitize(ranking.question.metrics[0].name)
    for metric, links in n_runs.items():
        joined = []
        for (link, counter), n in sorted(links.items(), key=str):
            if counter is not None:
                joined.append(f"where {sanitize(counter)} is the same ({count(n, 'run')})")
            elif link in _IN_WORDS:
                joined.append(f"{_IN_WORDS[link]} ({count(n, 'run')})")
        if joined:
            rows = f"{sanitize(metric)} stands in other rows than the best {lead}"
            yield f"{rows}: it is read {listed(joined)}."
        if n := links[Link.NONE, None]:
            which = f"which report of {sanitize(metric)} belongs to the best {lead}"
            yield f"Nothing tells {which} in {count(n, 'run')}: no value there."
