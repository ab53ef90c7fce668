"""What the tests allow to say of sides: of each in a table's cell, of all in one sentence."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from wbtools.analysis.comparison import Over
from wbtools.answers.compare.words import between, scale_of
from wbtools.stats.differences import least_p_together
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import count, listed, p_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.comparison import Comparison, Contrast, Stage
    from wbtools.analysis.comparison.compare import CompareQuestion
    from wbtools.stats.differences import Difference
    from wbtools.text.numbers import Scale

_MOST_NAMED: Final = 3


class ContrastOutcome(Enum):
    """What the tests say of a difference of means; those that say more come first."""

    SHOWN = "shown"
    FAVORED_BY_STOPS = "favored by stops"
    IF_NORMAL = "if normal"
    NOT_SHOWN = "not shown"
    UNTESTED = "untested"


def outcome(contrast: Contrast) -> ContrastOutcome:
    """What the tests say of a side against the baseline."""
    difference = contrast.difference
    if difference is None or difference.p_adjusted is None:
        return ContrastOutcome.UNTESTED
    if contrast.favored_by_stops:
        return ContrastOutcome.FAVORED_BY_STOPS
    if difference.shows:
        return ContrastOutcome.SHOWN
    return ContrastOutcome.IF_NORMAL if difference.shows_by_welch else ContrastOutcome.NOT_SHOWN


def least_p(comparison: Comparison) -> float | None:
    """A p that permutation stays above, or at, whatever the values are."""
    contrasts = (each for each in comparison.contrasts if each is not None)
    return least_p_together([each.difference for each in contrasts if each.difference is not None])


def verdict(contrast: Contrast, question: CompareQuestion, least: float | None = None) -> str:
    """What the tests allow to say of a difference of means, for a cell of a table.

    Args:
        contrast: It, and its tests.
        question: Whose goal says which way is better.
        least: From `least_p` of all contrasts.
    """
    difference, found = contrast.difference, outcome(contrast)
    if found is ContrastOutcome.UNTESTED or difference is None:
        return f"cannot be tested: {contrast.why_not}"
    if found is ContrastOutcome.NOT_SHOWN:
        return "no difference shows"
    word = _word(difference, question)
    if found is ContrastOutcome.SHOWN:
        return f"{word}: the difference shows"
    if found is ContrastOutcome.FAVORED_BY_STOPS:
        return f"{word}, but {_uneven_words(word, question)}"
    if max(difference.least_p or 0.0, least or 0.0) >= 1 - LEVEL:
        return f"{word} if values are normal; too few runs to show it without"
    return f"{word} only if values are normal (permuted p {_permuted(difference)})"


def question_words(comparison: Comparison, names: Sequence[str]) -> str:
    """What the comparison is asked."""
    if comparison.stages:
        return "What did each stage gain?"
    base = names[comparison.question.baseline]
    contrasts = [k for k, each in enumerate(comparison.contrasts) if each is not None]
    if not any(map(_is_tested, comparison.contrasts)):
        return "Which side is best?"
    if len(contrasts) == 1:
        return f"Is {names[contrasts[0]]} better than {base}?"
    return f"Is any side better than {base}?"


def answer_words(comparison: Comparison, names: Sequence[str]) -> str:
    """What the tests allow to answer, in a sentence."""
    if comparison.stages:
        return _gain_words(comparison, names)
    tested = [each for each in comparison.contrasts if _is_tested(each)]
    if not tested:
        return _best_words(comparison, names)
    if len(tested) == len(comparison.sides) - 1 == 1:
        (contrast,) = tested
        return _pair_words(contrast, comparison) if contrast is not None else ""
    return "; ".join(_clauses(comparison, names))


def _gain_words(comparison: Comparison, names: Sequence[str]) -> str:
    scale = scale_of(comparison)
    gains = [
        f"{name} {_gained_words(stage, scale)}"
        for name, stage in zip(names, comparison.stages, strict=True)
        if stage.gain is not None
    ]
    if not gains:
        return "no stage has a value to compare with the one before"
    each = "" if len(gains) == 1 else ", each"
    return f"{listed(gains, most=_MOST_NAMED)}{each} against the best value of the stage before"


def _gained_words(stage: Stage, scale: Scale) -> str:
    """`gained 1.310`, `lost 0.340 (95 %: -0.510 … +0.020)`."""
    if not stage.gain:
        words = "gained nothing"
    else:
        words = "gained" if stage.gain > 0 else "lost"
        words += f" {scale.signed(stage.gain).lstrip('+-')}"
    if stage.low is None or stage.high is None:
        return words
    return f"{words} (95 %: {scale.signed(stage.low)} … {scale.signed(stage.high)})"


def _best_words(comparison: Comparison, names: Sequence[str]) -> str:
    sign = comparison.question.metric.goal.sign
    known = {
        k: each.best * sign for k, each in enumerate(comparison.summaries) if each.best is not None
    }
    if not known:
        return "no side has a value"
    best = min(known, key=lambda k: known[k])
    shown = scale_of(comparison).show(comparison.summaries[best].best)
    reasons = {each.why_not for each in comparison.contrasts if each and each.why_not}
    why = f": {min(reasons)}" if len(reasons) == 1 and not min(reasons).startswith("it ") else ""
    return f"{names[best]} has the best value ({shown}), but no difference can be tested{why}"


def _pair_words(contrast: Contrast, comparison: Comparison) -> str:
    """`no difference shows: +0.0020 (-0.0379 … +0.0419), p .769, 2 runs a side`."""
    difference, found, question = contrast.difference, outcome(contrast), comparison.question
    if difference is None:
        return f"it cannot be tested: {contrast.why_not}"
    word, more = _word(difference, question), ""
    if found is ContrastOutcome.NOT_SHOWN:
        lead = "no difference shows"
    elif found is ContrastOutcome.SHOWN:
        lead = "yes" if word == "better" else "no, it is worse"
    elif found is ContrastOutcome.FAVORED_BY_STOPS:
        lead, more = f"it looks {word}", f"; but {_uneven_words(word, question)}"
    else:
        lead = f"only if values are normal is it {word}"
        is_few = max(difference.least_p or 0.0, least_p(comparison) or 0.0) >= 1 - LEVEL
        more = (
            "; too few to show it by permutation"
            if is_few
            else f"; permuted p {_permuted(difference)}"
        )
    n, n_other = difference.n, difference.n_other
    runs = f"{count(n, 'run')} a side" if n == n_other else f"{n} and {n_other} runs"
    return f"{lead}: {_numbers(difference, scale_of(comparison))}, {runs}{more}"


def _clauses(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    """What is said of several sides, those of which more can be said first."""
    question, scale = comparison.question, scale_of(comparison)
    groups: dict[tuple[ContrastOutcome, str], list[str]] = {}
    reasons: set[str | None] = set()
    n_tested, numbers = sum(map(_is_tested, comparison.contrasts)), ""
    for name, contrast in zip(names, comparison.contrasts, strict=True):
        if contrast is None:
            continue
        found, difference = outcome(contrast), contrast.difference
        if found is ContrastOutcome.UNTESTED or difference is None:
            groups.setdefault((ContrastOutcome.UNTESTED, ""), []).append(name)
            reasons.add(contrast.why_not)
            continue
        word = "" if found is ContrastOutcome.NOT_SHOWN else _word(difference, question)
        shown = f"{name} ({scale.signed(difference.difference)}, p {_p(difference)})"
        if n_tested == 1:
            shown, numbers = name, f": {_numbers(difference, scale)}"
        groups.setdefault((found, word), []).append(shown)
    order = list(ContrastOutcome)
    for (found, word), sides in sorted(
        groups.items(), key=lambda item: (item[0][1] == "worse", order.index(item[0][0]))
    ):
        whom, verb = listed(sides, most=_MOST_NAMED), "is" if len(sides) == 1 else "are"
        if found is ContrastOutcome.SHOWN:
            yield f"{whom} {verb} {word}{numbers}"
        elif found is ContrastOutcome.FAVORED_BY_STOPS:
            look = "looks" if len(sides) == 1 else "look"
            yield f"{whom} {look} {word}, but {_uneven_words(word, question)}{numbers}"
        elif found is ContrastOutcome.IF_NORMAL:
            yield f"{whom} {verb} {word} only if values are normal{numbers}"
        elif found is ContrastOutcome.NOT_SHOWN:
            yield f"no difference shows for {whom}{numbers}"
        else:
            why = f" ({reasons.pop()})" if len(reasons) == 1 else ""
            yield f"{whom} cannot be tested{why}"


def _is_tested(contrast: Contrast | None) -> bool:
    return contrast is not None and outcome(contrast) is not ContrastOutcome.UNTESTED


def _numbers(difference: Difference, scale: Scale) -> str:
    shown = between(scale.signed, difference.difference, difference.low, difference.high)
    return f"{shown}, p {_p(difference)}"


def _p(difference: Difference) -> str:
    return p_value(difference.p_adjusted)


def _permuted(difference: Difference) -> str:
    return p_value(difference.p_permutation_adjusted)


def _word(difference: Difference, question: CompareQuestion) -> str:
    return "better" if difference.difference * question.metric.goal.sign < 0 else "worse"


def _uneven_words(word: str, question: CompareQuestion) -> str:
    """Why stops speak for the side that looks better."""
    better, worse = ("that side", "the baseline")[:: 1 if word == "better" else -1]
    if question.over is Over.COMPLETED:
        return f"only completed runs count and more runs of {better} were cut short"
    return f"runs count as far as they came and more runs of {worse} were cut short"
