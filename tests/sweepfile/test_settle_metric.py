"""Where the goal of a metric comes from, and which names are clear enough to tell it."""

import pytest

from wbtools.errors import UsageError
from wbtools.model import AskedMetric, Goal, Metric
from wbtools.sweepfile.goal_names import clear_goal_of_name, contradicted, settle_metric

CLEAR = {
    Goal.MAXIMIZE: ("val/acc", "valAcc", "top5_acc", "episode_return", "best_si_sdr_db", "R2"),
    Goal.MINIMIZE: ("loss", "eval:loss", "loss:min_val", "val/loss.min", "bce_loss", "fnr"),
}
OPEN = (
    *("neg_loss", "-loss", "1-acc", "inverse_error", "neg_log_likelihood", "val/-loss"),
    *("error_accuracy", "accuracy_error", "dice_loss", "loss/accuracy", "acc_per_cost"),
    *("acc_drop", "loss_scale", "time_to_acc", "reward_penalty", "no_loss", "attack/accuracy"),
    *("score", "objective", "top1", "loss/top1", "kl", "elbo", "value", "", "max"),
)


def test_clear_names_tell_their_goal():
    for goal, names in CLEAR.items():
        assert {name: clear_goal_of_name(name) for name in names} == dict.fromkeys(names, goal)


@pytest.mark.parametrize("name", OPEN)
def test_where_words_contradict_or_say_nothing_the_goal_is_asked_for(name):
    with pytest.raises(UsageError, match="nothing says whether") as caught:
        settle_metric(AskedMetric(name=name))
    assert ":max" in caught.value.hint


def test_what_is_said_counts_before_the_file_and_the_file_before_the_name():
    own = Metric(name="loss", goal=Goal.MAXIMIZE, target=3.0)
    said = settle_metric(AskedMetric(name="loss", goal=Goal.MINIMIZE), own)
    assert (said.goal, said.target, said.goal_is_inferred) == (Goal.MINIMIZE, 3.0, False)
    by_file = settle_metric(AskedMetric(name="loss"), own)
    assert (by_file.goal, by_file.goal_is_inferred) == (Goal.MAXIMIZE, False)
    by_name = settle_metric(AskedMetric(name="val/loss"), own)
    assert (by_name.goal, by_name.target, by_name.goal_is_inferred) == (Goal.MINIMIZE, None, True)


def test_the_hint_can_be_pasted():
    with pytest.raises(UsageError) as caught:
        settle_metric(AskedMetric(name="a 'b'"), option="--rank-by")
    assert """--rank-by 'a '"'"'b'"'"':max'""" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "goal", "own", "words"),
    [
        ("val/acc", "minimize", "maximize", "; but sweep.yaml says maximize"),
        ("val/acc", "minimize", None, "; but its name says maximize"),
        ("val/loss", "maximize", "maximize", "; but its name says minimize"),
        ("val/acc", "maximize", "maximize", ""),
        ("score", "minimize", None, ""),
    ],
)
def test_what_speaks_for_the_other_goal_is_said(name, goal, own, words):
    metric = Metric(name=name, goal=Goal(goal))
    written = None if own is None else Metric(name=name, goal=Goal(own))
    assert contradicted(metric, written, "sweep.yaml") == words
