"""Narrow one parameter to what the top runs support, with the evidence in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.model.configuration import same_value
from wbtools.sweepfile.numbers_in_yaml import yaml_value
from wbtools.sweepfile.space import Choice, Constant, Range
from wbtools.text.numbers import count, p_value
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun
    from wbtools.sweepfile.space import Axis

_EDGE: Final = 0.05
"""A run nearer to a bound than this share of the range sits at its edge."""
_LEAST_WIDTH: Final = 0.1
"""A span of top runs counts as at least this share of the range."""
_WHOLE_RANGE: Final = 0.8
_DIGITS: Final = 3
_EXACT: Final = 6  # decimals of a step that are not the noise of logarithms and back
_FEWEST_TO_DROP: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowingDecision:
    """What became of one parameter.

    Attributes:
        body: As the next sweep file has it.
        why: Sentences.
        at_edge: Whether the best run sits at an edge of the old range.
    """

    name: str
    body: dict[str, Any]
    why: tuple[str, ...]
    at_edge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowedRange:
    """How far to narrow.

    Attributes:
        top: The runs that the new ranges must hold, the best first.
        margin: Added on both sides, as a share of the top runs' span on the parameter's own scale.
        extend: Whether a range may leave its old bounds where the best run sits at an edge.
        level: A value is dropped if a random group of runs stands as badly less often than that.
    """

    top: tuple[CensoredRun, ...]
    margin: float
    extend: bool
    level: float


def decide(
    name: str, axis: Axis, narrowed: NarrowedRange, outcomes: CensoredOutcomes
) -> NarrowingDecision:
    """Decide on one parameter."""
    if isinstance(axis, Constant):
        return NarrowingDecision(name=name, body=dict(axis.body), why=("carried over.",))
    if isinstance(axis, Choice):
        return _choose(name, axis, outcomes, narrowed.level)
    return _narrow(name, axis, narrowed)


def _narrow(name: str, axis: Range, narrowed: NarrowedRange) -> NarrowingDecision:
    placed = [
        (place, outcome)
        for outcome in narrowed.top
        if not math.isnan(place := axis.encode(outcome.config.get(name)))
    ]
    if not placed:
        return NarrowingDecision(
            name=name,
            body=axis.body(axis.low, axis.high),
            why=("kept: none of the top runs has a number under this name.",),
        )
    places = [place for place, _ in placed]
    span = max(places) - min(places)
    best = placed[0][0]
    side = _edge(best)
    room = narrowed.margin * max(span, _LEAST_WIDTH)
    new_low, new_high = min(places) - room, max(places) + room
    if axis.known:
        new_low = max(new_low, -narrowed.margin if narrowed.extend and side < 0 else 0.0)
        new_high = min(new_high, 1 + narrowed.margin if narrowed.extend and side > 0 else 1.0)
        if narrowed.extend and side:
            new_low = -narrowed.margin if side < 0 else new_low
            new_high = 1 + narrowed.margin if side > 0 else new_high
    bounds = _rounded(axis, new_low, new_high)
    bounds = _within(axis, bounds, side if narrowed.extend else 0)
    return NarrowingDecision(
        name=name,
        body=axis.body(*bounds),
        why=tuple(_reasons(axis, narrowed, placed, bounds, side)),
        at_edge=axis.known and side != 0,
    )


def _edge(place: float) -> int:
    """-1 at the lower edge, 1 at the upper, 0 inside."""
    return -1 if place < _EDGE else 1 if 1 - place < _EDGE else 0


def _rounded(axis: Range, low: float, high: float) -> tuple[float, float]:
    """Bounds in values, rounded outwards to a few digits, whole numbers or steps.

    Args:
        axis: On whose scale they are.
        low: The lower one, a position.
        high: The upper one.
    """
    bottom, top = axis.decode(low), axis.decode(high)
    step = 1.0 if axis.whole else axis.q
    if step is not None:
        bottom = math.floor(round(bottom / step, _EXACT)) * step
        top = math.ceil(round(top / step, _EXACT)) * step
        return bottom, top if top > bottom else bottom + step
    return _digits(bottom, math.floor), _digits(top, math.ceil)


def _digits(value: float, rounding: Any) -> float:  # noqa: ANN401 - math.floor or math.ceil
    if value == 0:
        return 0.0
    exponent = math.floor(math.log10(abs(value))) - _DIGITS + 1
    scaled = rounding(round(value / 10.0**exponent, _EXACT))
    return float(f"{scaled}e{exponent}")


def _within(axis: Range, bounds: tuple[float, float], free_side: int) -> tuple[float, float]:
    low, high = bounds
    if axis.low >= 0:
        low = max(low, 0.0)  # what was never negative does not become so
    if axis.known:
        low = low if free_side < 0 else max(low, axis.low)
        high = high if free_side > 0 else min(high, axis.high)
    elif axis.low >= 0 and axis.high <= 1:
        high = min(high, 1.0)  # a share, as far as anybody can tell
    if axis.logarithmic and low <= 0:
        low = axis.low
    return (low, high) if low < high else (axis.low, axis.high)


def _reasons(
    axis: Range,
    narrowed: NarrowedRange,
    placed: list[tuple[float, CensoredRun]],
    bounds: tuple[float, float],
    side: int,
) -> list[str]:
    places = [place for place, _ in placed]
    n_stopped = sum(outcome.censored for _, outcome in placed)
    ends = [axis.decode(end) for end in (min(places), max(places))]
    bounds_words = "bounds" if axis.known else "extremes that were tried"
    scale = "log" if axis.logarithmic else "linear"
    sentences = [
        (
            f"{len(placed)} top runs ({n_stopped} of them not completed) lie from {ends[0]:.3g} to "
            f"{ends[1]:.3g}; the best, run {sanitize(placed[0][1].run.number_or_id)}, at "
            f"{axis.decode(placed[0][0]):.4g}."
        ),
        (
            f"{bounds_words} {axis.low:.4g} to {axis.high:.4g}, "
            f"now {bounds[0]:.4g} to {bounds[1]:.4g} ({scale} scale, margin {narrowed.margin:g})."
        ),
    ]
    if max(places) - min(places) >= _WHOLE_RANGE:
        sentences.append(
            "The top runs are spread over the whole range: this parameter matters little."
        )
    if side and axis.known:
        edge = "lower" if side < 0 else "upper"
        consequence = "it was extended." if narrowed.extend else "--extend would go beyond it."
        sentences.append(f"The best run lies at the {edge} bound; {consequence}")
    return sentences


def _choose(name: str, axis: Choice, outcomes: CensoredOutcomes, level: float) -> NarrowingDecision:
    groups = {
        index: [
            place
            for place, outcome in enumerate(outcomes.tried)
            if same_value(outcome.config.get(name), value)
        ]
        for index, value in enumerate(axis.values)
    }
    kept, sentences = [], []
    for index, value in enumerate(axis.values):
        members = groups[index]
        p = outcomes.p_no_worse(members) if members else 1.0
        drop = len(members) >= _FEWEST_TO_DROP and 0 not in members and p < level
        if not drop:
            kept.append(value)
        sentences.append(_choice_words(value, members, outcomes, p, level, drop=drop))
    if len(kept) == 1:
        return NarrowingDecision(name=name, body={"value": kept[0]}, why=tuple(sentences))
    return NarrowingDecision(name=name, body={"values": kept}, why=tuple(sentences))


def _choice_words(
    value: object,
    members: list[int],
    outcomes: CensoredOutcomes,
    p: float,
    level: float,
    *,
    drop: bool,
) -> str:
    shown, n = yaml_value(value), len(members)
    if not members:
        return f"{shown}: kept, never tried."
    n_stopped = sum(outcomes.tried[place].censored for place in members)
    best = outcomes.tried[members[0]]
    facts = f"({n_stopped} not completed, best {best.value:.4g})"
    if 0 in members:
        return f"{shown}: kept, the best run is among its {count(n, 'run')} {facts}."
    if n < _FEWEST_TO_DROP:
        return f"{shown}: kept, its {count(n, 'run')} {facts} are too few to judge."
    chance, limit = p_value(p), p_value(level)
    tested = f"(p {chance if chance.startswith('<') else f'= {chance}'}, limit {limit})"
    do = "do worse" if drop else "are not shown to do worse"
    word = "dropped" if drop else "kept"
    return f"{shown}: {word}, its {n} runs {facts} {do} than {n} drawn at random {tested}."
