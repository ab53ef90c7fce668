"""What a leaderboard says in words of configurations and runs: what they are, and which counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.analysis.alignment import Link
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.analysis.ranking.reading_moment import ReadingMoment
from wbtools.answers.short_names import short_names
from wbtools.answers.termination_words import completion_words, unknown_end_words
from wbtools.model import Goal
from wbtools.text.masking import masked_config
from wbtools.text.numbers import Scale, count, listed, p_value
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.model import Metric

_MOST_PARAMETERS: Final = 8
_LONGEST_VALUE: Final = 24
_MOST_NAMED: Final = 4
_LONGEST_BRIEF: Final = 36
_LONGEST_TITLE: Final = 40
_IN_WORDS = {
    Link.COUNT: "at the report of the same number, as both have equally many",
    Link.BEFORE: "at the last report before it",
    Link.AFTER: "at the first report after it",
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

    @property
    def titles(self) -> list[str]:
        """The parameters that differ, by their short names."""
        return list(self._short.values())

    def values(self, parameters: Mapping[str, object]) -> dict[str, str]:
        """The values of those that a configuration has, by their short names."""
        shown = {name: parameters[name] for name in self._short if name in parameters}
        masked = masked_config(shown, show_secrets=self._show_secrets)
        return {self._short[name]: _value(masked[name]) for name in shown}

    def of(self, parameters: Mapping[str, object]) -> str:
        """`lr=0.00125 hidden=64`; the value alone where only one parameter differs."""
        values = self.values(parameters)
        if len(self._short) == 1 and values:
            return next(iter(values.values()))
        parts = [f"{name}={text}" for name, text in values.items()]
        if len(parts) > _MOST_PARAMETERS:
            parts = [*parts[:_MOST_PARAMETERS], f"and {len(parts) - _MOST_PARAMETERS} more"]
        return " ".join(parts) or ("the same everywhere" if not self._short else "none of these")

    def brief(self, parameters: Mapping[str, object]) -> str:
        """`lr=0.00125 hidden=64 …`, for sentences; empty where no parameter differs."""
        parts = [f"{name}={text}" for name, text in self.values(parameters).items()]
        shown = parts[:1]
        for part in parts[1:]:
            if len(" ".join([*shown, part])) > _LONGEST_BRIEF:
                return " ".join([*shown, "…"])
            shown.append(part)
        return " ".join(shown)

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
    lead = sanitize(metrics[0].name, limit=_LONGEST_TITLE)
    if at.moment is ReadingMoment.BEST:
        return f"each run where its {lead} is best" if len(metrics) > 1 else "each run at its best"
    if at.moment is ReadingMoment.BEST_EACH:
        return "every metric at its own best"
    return "each run's last report" if at.moment is ReadingMoment.LAST else f"all at step {at.step}"


def title_parts(ranking: Ranking) -> list[str]:
    """What was ranked, by what."""
    first, *next_ones = (
        f"{metric.goal} {sanitize(metric.name, limit=_LONGEST_TITLE)}"
        for metric in ranking.question.metrics
    )
    n = len(ranking.board.rows)
    metric_source = ranking.question.metric_source
    return [
        listed((sanitize(source.name, limit=_LONGEST_TITLE) for source in ranking.sources), most=4),
        f"{count(ranking.n_runs, 'run')} of {count(n, 'configuration')}",
        first,
        *(f"then {by}" for by in next_ones),
        moment_words(ranking),
        *([] if metric_source == "--metric" else [f"metric: {sanitize(metric_source)}"]),
    ]


def counted_parts(ranking: Ranking) -> list[str]:
    """How many runs count in a mean, and what became of the others."""
    question, n_by = ranking.question, ranking.n_by_completion
    parts = [f"{count(ranking.n_counted, 'run')} counted"]
    if question.at.moment is not ReadingMoment.STEP:
        ended = completion_words({each: n for each, n in n_by.items() if each.ended_early})
        if ended and question.stopped is StoppedRuns.AS_IS:
            parts.append(f"{' and '.join(ended)}, counted as full runs (--stopped as-is)")
        else:
            parts += ended
        parts += completion_words({Completion.RUNNING: n_by[Completion.RUNNING]})
    if ranking.n_silent:
        at = f" at step {question.at.step}" if question.at.moment is ReadingMoment.STEP else ""
        lead = sanitize(question.metrics[0].name, limit=_LONGEST_TITLE)
        parts.append(f"{count(ranking.n_silent, 'run')} without {lead}{at}")
    return parts


def completion_notes(ranking: Ranking) -> Iterator[str]:
    """Why runs that were cut short count in no mean, and what is taken of runs of unknown end."""
    n_by, question = ranking.n_by_completion, ranking.question
    if question.at.moment is ReadingMoment.STEP:
        return
    if question.stopped is not StoppedRuns.AS_IS and any(
        n for each, n in n_by.items() if each.ended_early
    ):
        yield "Runs that were cut short or failed (censored) count in no mean: " + (
            "a configuration without a full run is ranked by what its best run is projected to "
            "reach."
            if question.stopped is StoppedRuns.PROJECTED
            else "what such a run reached is only a bound on what it would have come to."
        )
    if n_by[Completion.UNKNOWN]:
        yield unknown_end_words(n_by[Completion.UNKNOWN], ranking.n_unknown_short, ranking.n_runs)


def merged_words(ranking: Ranking) -> Iterator[str]:
    """Runs that may or do belong together."""
    rows = ranking.board.rows
    if ranking.suspects:
        names = listed(map(sanitize, ranking.suspects), most=_MOST_NAMED)
        yield (
            "Seeds occur more than once, yet no two runs have the same configuration. Different in "
            f"nearly every run: {names}. If that is a result, name the parameters with --group-by."
        )
    copies = [copy for row in rows for copy in row.configuration.copies]
    if copies:
        names = listed((sanitize(copy.run.name, limit=40) for copy in copies), most=_MOST_NAMED)
        verb = "repeats" if len(copies) == 1 else "repeat"
        yield (
            f"{count(len(copies), 'run')} {verb} another one's configuration, seed and value under "
            f"another name: listed, not counted ({names})."
        )
    repeated = sum(row.configuration.n_repeated for row in rows)
    if repeated:
        yield (
            f"{count(repeated, 'run')} {'has' if repeated == 1 else 'have'} another one's "
            "configuration and seed but another value: counted, since the program is not "
            "deterministic."
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
            rows = f"{sanitize(metric)} was logged in other rows than the best {lead}"
            yield f"{rows}: it is read {listed(joined)}."
        if n := links[Link.NONE, None]:
            which = f"Which report of {sanitize(metric)} belongs to the best {lead}"
            yield f"{which} is unknown in {count(n, 'run')}: no value there."
