"""What each early-termination rule costs against what it misses, and the rules none beats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    Axis,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, Category
from wbtools.answers.figures.value_range import zoomed_range
from wbtools.answers.simulate.page import verdict_words
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.simulation.simulate import SimulatedRule
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.answers.simulate.answer import SimulateAnswer
    from wbtools.model.interval import Interval

_PERCENT: Final = 100.0
_LONGEST_METRIC: Final = 40
_LONGEST_RULE: Final = 40
_MOST_LABELLED: Final = 3
_ON_FRONT: Final = Category("rule-front", "on the Pareto front", "#0072b2", "#56b4e9", "square")
_BEATEN: Final = Category(
    "rule-beaten", "another is cheaper and misses less", "#8a949e", "#77818b", "circle"
)
_ADVISED: Final = Category("rule-advised", "recommended", "#00704f", "#2cc79a", "star")
_OWN: Final = Category("rule-own", "the sweep's own rule", "#d55e00", "#f0924a", "diamond")


def front_figure(simulation: SimulateAnswer) -> FigureData:
    """Read off cost and regret of every rule that was tried, with their intervals.

    Args:
        simulation: Of one sweep or several; regret of several is a share.
    """
    is_single = len(simulation.scenarios) == 1
    regret, factor = ("regret", 1.0) if is_single else ("regret_share", _PERCENT)
    points = [
        (
            rule,
            rule.over_orders("cost_share").times(_PERCENT),
            rule.over_orders(regret).times(factor),
        )
        for rule in simulation.tried
    ]
    categories = {id(rule): _category(simulation, rule) for rule in simulation.tried}
    labelled = _labelled(simulation, categories)
    named = {
        category: replace(category, label=f"{category.label}: {_rule(rule)}")
        for rule in simulation.tried
        if (category := categories[id(rule)]) in {_ADVISED, _OWN}
    }
    marks: list[Mark] = []
    for rule, cost, miss in sorted(points, key=lambda point: _prominence(categories[id(point[0])])):
        marks += _marks(rule, cost, miss, categories[id(rule)], labelled)
    front = [(cost.estimate, miss.estimate) for rule, cost, miss in points if rule.on_front]
    x, y = np.array(front, dtype=np.float64).reshape(-1, 2).T
    line = CurveMark(category=_ON_FRONT, x=x, y=y, is_step=True)
    shown = zoomed_range([0.0, *(miss.estimate for _, _, miss in points)])
    orders = f"{count(simulation.setup.n_orders, 'order')} of arrival"
    metric = sanitize(simulation.scenarios[0].metric.name, limit=_LONGEST_METRIC)
    what = f"in {metric}" if is_single else "% of the distance from the median run to the best"
    sweeps = listed(sanitize(each.sweep_id, limit=40) for each in simulation.scenarios)
    title = verdict_words(simulation, simulation.advice, simulation.scale).split("; ")[0]
    return FigureData(
        name="front",
        title=sanitize(title.removesuffix("."), limit=0),
        setting=(f"{sweeps} · {count(len(simulation.tried), 'rule')} replayed in {orders}"),
        panels=(
            Panel(
                x=Axis(label="compute used, % of all runs in full"),
                y=Axis(label=f"regret, {what}", limits=(shown.low, shown.high)),
                marks=(RuleMark(at=0.0, category=BAND, is_horizontal=True), line, *marks),
            ),
        ),
        legend=tuple(
            named.get(category, category)
            for category in (_ADVISED, _OWN, _ON_FRONT, _BEATEN)
            if category in categories.values()
        ),
        notes=(
            f"Shapes: means over {orders}; bars: at least 90 % of them. Lower left is better.",
            "Regret: how much the best run, in full, would have been better than what was reached.",
        ),
        description=(
            "Every rule by the compute that it uses and the regret that it leaves; a line joins "
            f"those that no other rule beats. {title}"
        ),
    )


def _category(simulation: SimulateAnswer, rule: SimulatedRule) -> Category:
    if simulation.advice.rule is not None and rule.rule == simulation.advice.rule.rule:
        return _ADVISED
    if any(
        scenario.own is not None and rule.rule == scenario.own for scenario in simulation.scenarios
    ):
        return _OWN
    return _ON_FRONT if rule.on_front else _BEATEN


def _prominence(category: Category) -> int:
    return [_BEATEN, _ON_FRONT, _OWN, _ADVISED].index(category)


def _labelled(simulation: SimulateAnswer, categories: dict[int, Category]) -> set[int]:
    """A few rules of the front, evenly over it, whose names stand beside them."""
    front = [id(rule) for rule in simulation.front if categories[id(rule)] is _ON_FRONT]
    spread = np.unique(np.linspace(0, len(front) - 1, min(_MOST_LABELLED, len(front))).astype(int))
    return {front[k] for k in spread.tolist()}


def _rule(rule: SimulatedRule) -> str:
    return sanitize(rule.rule, limit=_LONGEST_RULE)


def _marks(
    rule: SimulatedRule, cost: Interval, miss: Interval, category: Category, labelled: set[int]
) -> list[Mark]:
    """A rule at its means; the recommended one and the sweep's own with their intervals."""
    label = _rule(rule) if id(rule) in labelled else ""
    if category not in {_ADVISED, _OWN}:
        dot = DotMark(category=category, label=label, x=cost.estimate, y=miss.estimate)
        return [dot]
    across = IntervalMark(
        at=miss.estimate,
        low=cost.low,
        estimate=cost.estimate,
        high=cost.high,
        category=category,
        is_horizontal=True,
        emphasis=Emphasis.STRONG,
    )
    upright = IntervalMark(
        at=cost.estimate,
        low=miss.low,
        estimate=miss.estimate,
        high=miss.high,
        category=category,
        label=label,
        emphasis=Emphasis.STRONG,
    )
    return [across, upright]
