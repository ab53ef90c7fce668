"""What a leaderboard says, in words: what was counted, what differs, what only seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.checkpoint import Checkpoint
from wbtools.analysis.ranking.configurations import Completion
from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.model import Goal
from wbtools.stats.student import LEVEL
from wbtools.text.masking import masked_config
from wbtools.text.numbers import Scale, count, listed
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
_FEW: Final = 0.001


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
        masked = [masked_config({name: one}, show_secrets=self._show_secrets) for one in values]
        return [UNKNOWN if one[name] is None else _value(one[name]) for one in masked]


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return sanitize(value, limit=_LONGEST_VALUE)


def p_words(row: Row) -> str:
    """The adjusted p of a row against the first: `.031`, `<.001`; a p of 1 is one."""
    return UNKNOWN if row.versus is None else _p(row.versus.p_adjusted)


def _p(p: float | None) -> str:
    if p is None:
        return UNKNOWN
    if p < _FEW:
        return "<.001"
    return "1" if p > 1 - _FEW else f"{p:.3f}".lstrip("0")


def runs_words(runs: Sequence[RunMeasurement]) -> str:
    """Their numbers."""
    return listed((str(one.run.number) for one in runs), most=_MOST_NAMED)


def bound_words(row: Row, metric: Metric, scale: Scale) -> str:
    """`>= 0.5660`, for what is cut short would have come to that or a better value."""
    if row.reached is None:
        return UNKNOWN
    return f"{'≥' if metric.goal is Goal.MAXIMIZE else '≤'} {scale.show(row.reached)}"


def moment_words(done: Ranking) -> str:
    """When the runs were read."""
    at, metrics = done.question.at, done.question.metrics
    lead = sanitize(metrics[0].name)
    if at.moment is Checkpoint.BEST:
        return f"each run where its {lead} is best" if len(metrics) > 1 else "each run at its best"
    if at.moment is Checkpoint.BEST_EACH:
        return "every metric at its own best"
    return "each run's last report" if at.moment is Checkpoint.LAST else f"all at step {at.step}"


def title_parts(done: Ranking) -> list[str]:
    """What was ranked, by what."""
    by = ", then ".join(f"{one.goal} {sanitize(one.name)}" for one in done.question.metrics)
    n = len(done.board.rows)
    source = done.question.metric_source
    return [
        ", ".join(sanitize(one.name) for one in done.sources),
        f"{count(done.n_runs, 'run')} of {count(n, 'configuration')}",
        by,
        moment_words(done),
        *([] if source == "--metric" else [f"metric: {sanitize(source)}"]),
    ]


def counted_words(done: Ranking) -> Iterator[str]:
    """Which runs stand in a mean, and why the others do not."""
    ends, stopped = done.ends, done.question.stopped
    yield f"{count(done.n_counted, 'run')} counted."
    if ends[Completion.STOPPED]:
        n, were = ends[Completion.STOPPED], "was" if ends[Completion.STOPPED] == 1 else "were"
        if stopped is StoppedRuns.AS_IS:
            yield f"{n} of all {were} stopped early and {were} counted as if not (--stopped as-is)."
        elif stopped is StoppedRuns.PROJECTED:
            yield (
                f"{n} {were} stopped early: in no mean; a configuration without a full run is "
                "ranked by what its best one would have come to."
            )
        else:
            yield (
                f"{n} {were} stopped early: in no mean, for what it reached is only a bound of "
                "what a run would have come to."
            )
    if ends[Completion.RUNNING]:
        yield f"{count(ends[Completion.RUNNING], 'run')} still running: in no mean."
    unknown = ends[Completion.UNKNOWN]
    if unknown:
        whom = "any run" if unknown == done.n_runs else count(unknown, "run")
        full = "a full one" if unknown == 1 else "full ones"
        yield f"Nothing says how {whom} ended: taken for {full}."
    silent = done.n_silent
    if silent:
        what = sanitize(done.question.metrics[0].name)
        at = done.question.at
        where = f" at step {at.step}" if at.moment is Checkpoint.STEP else ""
        yield f"{count(silent, 'run')} {'has' if silent == 1 else 'have'} no {what}{where}."


def verdict_words(done: Ranking, scale: Scale, labels: Labels) -> Iterator[str]:
    """What the tests say of the differences to the first, and no more."""
    ranked = [row for row in done.board.ranked if row.lead is not None]
    if len(ranked) < 2:  # noqa: PLR2004 - one has nothing to differ from
        return
    first, n = ranked[0], done.board.n_compared
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
    yield from _permutation_words(behind)


def _is_doubted(row: Row) -> bool:
    """Whether the test that assumes no normal noise was made and does not agree."""
    one = row.versus
    return one is not None and one.p_permutation_adjusted is not None and not one.shows


def _permutation_words(behind: Sequence[Row]) -> Iterator[str]:
    """Whether the test that assumes no normal noise agrees with Welch's, where values are few."""
    tested = [
        row.versus
        for row in behind
        if row.versus is not None and row.versus.p_permutation_adjusted is not None
    ]
    if not tested:
        return
    agreeing = sum(one.shows for one in tested)
    words = f"Permutation, which assumes no normal noise, agrees on {agreeing} of {len(tested)}"
    least = min((2 if one.n == one.n_other else 1) / one.n_splits for one in tested)
    if least > 1 - LEVEL:
        words += f": with so few seeds it cannot come below p = {_p(least)}"
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


def merged_words(done: Ranking) -> Iterator[str]:
    """Runs that may or do belong together."""
    rows = done.board.rows
    if done.suspects:
        names = listed(map(sanitize, done.suspects), most=_MOST_NAMED)
        yield (
            "Seeds come more than once, yet no two runs are one configuration. What differs in "
            f"nearly every run: {names}. If that is a result, name the parameters with --group-by."
        )
    copies = [one for row in rows for one in row.configuration.copies]
    if copies:
        names = listed((sanitize(one.run.name, limit=40) for one in copies), most=_MOST_NAMED)
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
