"""Watching a sweep that W&B terminates itself: who is next, who should not be, who has died."""

import pytest

from tests.live.world import SWEEP, World, line
from wbtools.answers.guard.answer import GuardAnswer
from wbtools.app.opening.question import AuditOptions
from wbtools.errors import UsageError
from wbtools.live.command import GuardWords, guard_reference

CONFIG = {
    "method": "random",
    "metric": {"name": "loss", "goal": "minimize"},
    "early_terminate": {"type": "hyperband", "min_iter": 4, "eta": 2, "strict": True},
    "parameters": {"lr": {"min": 0, "max": 1}},
}
LEVELS = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.9}


def world(reach, **more):
    curves = {name: line(level, 10) for name, level in LEVELS.items()}
    return World(reach, **{"curves": curves, "config": CONFIG} | more)


def watch(sweep, pause=None, **words):
    with sweep.reach.session() as session:
        import wbtools.live.guard as module

        patch = pytest.MonkeyPatch()
        turn = pause or (lambda _s: sweep.turn())
        patch.setitem(module.guard.__kwdefaults__, "pause", turn)
        try:
            return guard_reference(SWEEP, GuardWords(poll_s=1.0, **words), AuditOptions(), session)
        finally:
            patch.undo()


def notes(sweep, *words):
    return [note for note in sweep.reach.notes if all(word in note for word in words)]


def test_who_is_next_is_told_before_and_at_the_band(reach):
    sweep = world(reach)
    for name in "abc":  # three are ahead of the last one
        sweep._report(sweep.runs[name], 4)

    def pause(_s):
        sweep.turn()
        last = sweep.runs["d"]
        if last.history.n_rows == 5:  # W&B has seen it too
            last.stopped = last.should_stop = True

    outcome = watch(sweep, pause)
    (ahead,) = notes(sweep, "run 4", "will be stopped at band 4, in 3 reports, unless it improves")
    assert "0.9000 now, 0.3000 needed among 4 runs" in ahead
    (now,) = notes(sweep, "run 4", "is about to be stopped at band 4: 0.9000 there")
    assert ahead[9:] != now[9:]
    (dead,) = notes(sweep, "W&B stopped run 4")
    assert "to run it again: wbtools replicate acme/ocr/v5inrfwe --run d" in dead
    assert outcome.way == "watch"
    assert outcome.decisions == ()
    assert [run.id for run in outcome.stopped_by_wandb] == ["d"]
    assert GuardAnswer.of(outcome).headline == "1 of 4 runs was stopped by W&B."
    assert "WbtoolsStopRun" not in sweep.server.log.operations()


def test_with_a_completed_run_the_chance_of_each_is_told(reach):
    sweep = world(reach)
    sweep._report(sweep.runs["a"], 10)
    watch(sweep)
    assert notes(sweep, "run 4", "chance of beating the best completed run:")


def test_diverged_runs_are_stopped_if_that_is_asked_for(reach):
    curves = {"a": [0.1] * 8, "nan": [0.5, float("nan"), *[0.1] * 6]}
    sweep = World(reach, curves, config=CONFIG)
    watch(sweep, stop_diverged=True)
    assert sweep.asked_to_stop() == []
    assert notes(sweep, "would stop run 2", "diverged")


def test_diverged_runs_are_stopped_by_the_users_word_alone(reach):
    curves = {"a": [0.1] * 8, "nan": [0.5, float("nan"), *[0.1] * 6]}
    sweep = World(reach, curves, config=CONFIG)
    outcome = watch(sweep, stop_diverged=True, acts=True)
    assert sweep.asked_to_stop() == ["nan"]
    assert outcome.way == "watch"


def test_a_sweep_without_a_rule_has_nothing_to_watch(reach):
    sweep = world(reach, config={**CONFIG, "early_terminate": None})
    with pytest.raises(UsageError, match="no early_terminate, and no rule is named"):
        watch(sweep)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"scheduler": True, "rule": "median"}, "without --yes nothing is done"),
        ({"scheduler": True, "acts": True}, "no rule is named by which"),
        ({"acts": True}, "no rule is named by which"),
        ({"rule": "median", "batch_size": 3}, "--scheduler is not given"),
        ({"scheduler": True, "acts": True, "rule": "median", "once": True}, "looks once"),
        ({"annotate": True, "rule": "median"}, "without --yes nothing is changed"),
        ({"rule": "hyperband(eta=3)"}, "it needs min_iter"),
        ({"rule": "topp(median)"}, "the rule 'topp' is not known"),
    ],
)
def test_words_that_cannot_be_right_are_refused_before_anything_is_asked(reach, words, message):
    with reach.session() as session, pytest.raises(UsageError, match=message):
        guard_reference(SWEEP, GuardWords(**words), AuditOptions(), session)
    assert reach.server.log.all("graphql") == []
