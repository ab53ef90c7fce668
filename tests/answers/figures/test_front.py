"""Cost against regret: every rule with both intervals, and a line over those that none beats."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.simulation.test_simulate import partly, whole
from tests.answers.figures.checks import check_figure, marks_of
from tests.answers.simulate.test_answer import HOSTILE, answer_of, done
from wbtools.answers.figures.figure_data import CurveMark, DotMark, IntervalMark
from wbtools.answers.figures.front import front_figure
from wbtools.model import Goal, Metric


@pytest.fixture(scope="module")
def answers():
    return {
        "whole": done(whole(n=20)),
        "partly": done(partly(), rules=("hyperband(min_iter=2)", "top(asha(eta=4),k=1)", "none")),
        "several": done(whole(), partly(), rules=("median(grace=3)", "fixed(n=6)"), poll_s=30.0),
        "only outside wandb": done(whole(n=20), rules=("asha(eta=2)", "patience(n=4)")),
    }


def test_every_rule_stands_at_its_means_and_the_two_that_matter_have_intervals(answers):
    simulation = answers["whole"]
    data = front_figure(simulation)
    upright = [mark for mark in marks_of(data, IntervalMark) if not mark.is_horizontal]
    dots = marks_of(data, DotMark)
    assert len(upright) + len(dots) == len(simulation.tried)
    assert {mark.category.key for mark in upright} <= {"rule-advised", "rule-own"}
    costs = [rule.over_orders("cost_share").times(100) for rule in simulation.tried]
    misses = [rule.over_orders("regret") for rule in simulation.tried]
    assert {(mark.at, mark.low, mark.estimate, mark.high) for mark in upright} | {
        (dot.x, dot.y) for dot in dots
    } <= {
        place
        for cost, miss in zip(costs, misses, strict=True)
        for place in (
            (cost.estimate, miss.low, miss.estimate, miss.high),
            (cost.estimate, miss.estimate),
        )
    }


def test_bars_do_not_press_the_front_together(answers):
    data = front_figure(answers["whole"])
    low, high = data.panels[0].y.limits
    means = [dot.y for dot in marks_of(data, DotMark)]
    means += [mark.estimate for mark in marks_of(data, IntervalMark) if not mark.is_horizontal]
    assert low <= min(means) <= max(means) <= high
    assert max(means) > low + 0.8 * (high - low)


def test_the_line_joins_the_front_from_the_cheapest_on(answers):
    simulation = answers["whole"]
    (line,) = marks_of(front_figure(simulation), CurveMark)
    assert line.x.tolist() == [
        rule.over_orders("cost_share").estimate * 100 for rule in simulation.front
    ]
    assert (np.diff(line.x) >= 0).all()
    assert (np.diff(line.y) <= 0).all()


def test_the_legend_names_the_recommended_rule_and_the_title_what_it_would_do(answers):
    simulation = answers["whole"]
    data = front_figure(simulation)
    advised = str(simulation.advice.rule.rule)
    assert data.legend[0].label == f"recommended: {advised}"
    assert data.title.startswith(f"{advised} would save ")
    drawn = [mark for mark in marks_of(data, IntervalMark) if mark.category.key == "rule-advised"]
    assert len(drawn) == 2


@pytest.mark.parametrize("name", ["whole", "partly", "several", "only outside wandb"])
def test_every_answer_can_be_drawn(answers, name):
    data = front_figure(answers[name])
    label = data.panels[0].y.label
    assert ("distance from the median" in label) == (name == "several")
    check_figure(data, "single", "double")


def test_hostile_names_are_text(answers):
    simulation = answers["partly"]
    (scenario,) = simulation.scenarios
    named = {"sweep_id": HOSTILE, "metric": Metric(name=HOSTILE, goal=Goal.MINIMIZE)}
    renamed = replace(scenario, **named)
    check_figure(front_figure(answer_of(simulation, scenarios=(renamed,))))
