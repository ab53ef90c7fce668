"""How a metric and its goal are written: `NAME[:GOAL]`."""

import pytest

from wbtools.errors import UsageError
from wbtools.model import AskedMetric, Goal, Metric, parse_metric

READ = {
    "loss": ("loss", None),
    "val/acc:max": ("val/acc", Goal.MAXIMIZE),
    "val/acc:maximize": ("val/acc", Goal.MAXIMIZE),
    "loss:MIN": ("loss", Goal.MINIMIZE),
    "loss:Minimize": ("loss", Goal.MINIMIZE),
    "eval:loss": ("eval:loss", None),
    "eval:loss:min": ("eval:loss", Goal.MINIMIZE),
    "loss:min_val": ("loss:min_val", None),
    "loss:": ("loss:", None),
    "q:max:max": ("q:max", Goal.MAXIMIZE),
    "max": ("max", None),
}


@pytest.mark.parametrize(("text", "wanted"), READ.items(), ids=READ)
def test_only_a_last_part_that_is_a_goal_is_one(text, wanted):
    asked = parse_metric(text)
    assert (asked.name, asked.goal) == wanted


@pytest.mark.parametrize("name", ["loss", "q:max", "eval:loss", ":", "a b"])
def test_what_is_written_is_read_back(name):
    for goal in Goal:
        metric = Metric(name=name, goal=goal)
        assert parse_metric(metric.option_text) == AskedMetric(name=name, goal=goal)
        assert parse_metric(AskedMetric(name=name, goal=goal).option_text).name == name


def test_the_goal_is_said_once_or_twice_alike():
    assert parse_metric("acc", Goal.MAXIMIZE).goal is Goal.MAXIMIZE
    assert parse_metric("acc:max", Goal.MAXIMIZE).goal is Goal.MAXIMIZE
    with pytest.raises(UsageError, match="--metric 'acc:max' and --goal minimize contradict"):
        parse_metric("acc:max", Goal.MINIMIZE)


@pytest.mark.parametrize("text", ["", ":max"])
def test_a_metric_has_a_name(text):
    with pytest.raises(UsageError, match="names no metric") as caught:
        parse_metric(text, option="--rank-by")
    assert "--rank-by NAME, or NAME:max" in caught.value.hint


def test_a_goal_has_four_words():
    words = ("minimize", "MIN", "maximize", "Max")
    assert [Goal.parse(word).sign for word in words] == [1, 1, -1, -1]
    with pytest.raises(UsageError, match="'up' is not a goal") as caught:
        Goal.parse("up")
    assert "minimize or maximize" in caught.value.hint
