"""Which configuration is best, in a sentence, and how much of its lead can be told from luck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.reading_moment import ReadingMoment
from wbtools.answers.rank.words import p_words, runs_words
from wbtools.stats.differences import least_p_together
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import count, p_value, percent
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.answers.rank.words import Labels
    from wbtools.stats.differences import Difference
    from wbtools.text.numbers import Scale

_ALPHA: Final = percent(1 - LEVEL)
_BEST: Final = frozenset({ReadingMoment.BEST, ReadingMoment.BEST_EACH})
"""Moments of which what a run has reached is a bound on what it would have come to."""
_ENDS: Final = {Completion.RUNNING: "still running", Completion.FAILED: "failed"}


def verdict_words(ranking: Ranking, scale: Scale, labels: Labels) -> str:
    """Which configuration is first, with what, and how much of its lead can be told from luck.

    What was cut short and is better already is named: it has no rank, and may well be the best.
    """
    words = _ranked_words(ranking, scale, labels)
    better = _better_already(ranking, scale)
    return f"{words}; {better}" if better else words


def _better_already(ranking: Ranking, scale: Scale) -> str:
    """Which runs without a full value have reached more than the first; empty without any."""
    lead = ranking.board.ranked[0].lead if ranking.board.ranked else None
    if lead is None or ranking.question.at.moment not in _BEST:
        return ""
    sign = ranking.question.metrics[0].goal.sign
    found = [
        (run.values[0] * sign, run)
        for row in ranking.board.rows
        if row.rank is None
        for run in row.configuration.apart
        if run.values[0] is not None and run.values[0] * sign < lead.summary.mean * sign
    ]
    if not found:
        return ""
    value, best = min(found, key=lambda pair: pair[0])
    how = _ENDS.get(best.completion, "cut short")
    others = f", and so {_are(len(found) - 1)}" if len(found) > 1 else ""
    is_better = "is better" if lead.summary.n == 1 else "has reached a better value"
    reached = scale.show(value * sign)
    return f"run {runs_words([best])}, {how}, {is_better} already ({reached}){others}"


def _are(n_others: int) -> str:
    return "is 1 other" if n_others == 1 else f"are {n_others} others"


def _ranked_words(ranking: Ranking, scale: Scale, labels: Labels) -> str:
    """What can be said of full runs."""
    ranked = ranking.board.ranked
    if not ranked:
        return "no configuration has a rank, since none has a full run with a value"
    best, measured = ranked[0], [row for row in ranked if row.lead is not None]
    first = f"{_called(best, labels)}, {_value_words(best, scale)}"
    n_tied = sum(row.rank == 1 for row in ranked) - 1
    if n_tied:
        first += f", tied with {count(n_tied, 'other')}"
    if best.lead is None:
        if not measured:
            return first
        full = measured[0]
        return f"{first}; of full runs: {_called(full, labels)}, {_value_words(full, scale)}"
    if len(ranked) == 1:
        alone = len(ranking.board.rows) == 1
        return first if alone else f"{first}: no other configuration has a full run with a value"
    return f"{first}, {_lead_words(ranking, measured)}"


def _lead_words(ranking: Ranking, measured: Sequence[Row]) -> str:
    """What the tests say of the differences to the first, and no more.

    Args:
        ranking: The ranking.
        measured: The first, and all others that have values.
    """
    n, n_others = ranking.board.n_compared, len(measured) - 1
    if not n:
        return f"but {_why_untested(measured)}: no difference can be told from luck"
    behind = [row for row in measured if row.is_behind]
    n_open = sum(row.is_behind is False for row in measured)
    n_untested = n_others - n
    others = "the other" if n_others == 1 else f"all {n_others} others"
    rest = [
        *([f"{n_open} cannot be told apart from it"] if n_open else []),
        *([f"{n_untested} cannot be tested"] if n_untested else []),
    ]
    if not behind:
        untested = f" ({n_untested} of {n_others} cannot be tested)" if n_untested else ""
        whom = "the other" if n_others == 1 else f"any of the {n_others} others"
        return f"but no difference to {whom} shows at {_ALPHA}{untested}"
    if rest:
        others = f"{len(behind)} of {n_others} others"
    if_normal = ", if values are normal" if any(map(_is_doubted, behind)) else ""
    return "; ".join([f"better than {others} at {_ALPHA}{if_normal}", *rest])


def _called(row: Row, labels: Labels) -> str:
    """`lr=0.04 hidden=64 … (run 34)`."""
    counted = row.configuration.counted or row.configuration.apart
    runs = f"run {runs_words(counted)}" if len(counted) == 1 else f"runs {runs_words(counted)}"
    brief = labels.brief(row.configuration.parameters)
    return f"{brief} ({runs})" if brief else runs


def _value_words(row: Row, scale: Scale) -> str:
    """`mean 5.560 ± 0.115 over 3 runs`, `0.5687` of a single run, or a projection."""
    if row.lead is not None:
        n, mean, sd = row.lead.summary.n, scale.show(row.lead.summary.mean), row.lead.summary.sd
        if n == 1:
            return mean
        return f"mean {mean}{'' if sd is None else f' ± {scale.show(sd)}'} over {n} runs"
    if row.projected is None:
        return UNKNOWN
    low, high = scale.show(row.projected.low), scale.show(row.projected.high)
    return f"projected {scale.show(row.projected.estimate)} ({low} … {high})"


def test_words(ranking: Ranking, scale: Scale) -> Iterator[str]:
    """The nearest difference to the first, and whether a second test agrees with the first one."""
    measured = [row for row in ranking.board.ranked if row.lead is not None]
    behind = [row for row in measured if row.is_behind]
    near = next((row for row in measured if row.is_behind is False), None)
    if near is not None and near.versus is not None:
        yield (
            f"The nearest that can be tested is rank {near.rank}: "
            f"{scale.signed(near.versus.difference)} ({_interval(near, scale)}), p {p_words(near)}."
        )
    yield from _permutation_words(
        behind, [row.versus for row in measured if row.versus is not None]
    )


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
    words = (
        "A permutation test, which does not assume normal values, agrees for "
        f"{agreeing} of {len(tested)}"
    )
    alone = min(difference.least_p or 0.0 for difference in tested)
    n = sum(difference.p_permutation is not None for difference in together)
    least = least_p_together(together) or 0.0
    if alone >= 1 - LEVEL:
        words += f": with so few runs its p cannot be below {p_value(alone)}"
    elif least >= 1 - LEVEL:
        words += (
            f": with so few runs its p cannot be below {p_value(least)} after Holm's correction "
            f"for {count(n, 'comparison')}"
        )
    yield f"{words}."


def _why_untested(measured: Sequence[Row]) -> str:
    once = [row.lead is not None and row.lead.summary.n == 1 for row in measured]
    if all(once):
        return "every configuration has one run"
    if once[0]:
        return "it has one run"
    if all(once[1:]):
        return "each other has one run"
    return "no pair has two runs that differ on a side"


def _interval(row: Row, scale: Scale) -> str:
    if row.versus is None or row.versus.low is None:
        return UNKNOWN
    return f"{scale.signed(row.versus.low)} … {scale.signed(row.versus.high)}"
