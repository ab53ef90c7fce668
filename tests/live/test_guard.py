"""The guard as terminator: whom it stops, and whom it never does."""

import re

import numpy as np
import pytest

from tests.live.world import (
    HYPERBAND,
    LEVELS,
    World,
    line,
    redecided,
    six_runs,
    statuses,
)
from wbtools.app.opening.question import AuditOptions
from wbtools.errors import BusyError, UsageError
from wbtools.live.running_sweep import RunningSweep
from wbtools.model import DecisionStatus
from wbtools.rules.grammar import parse_rule
from wbtools.sources.wandb_api import changes


def test_it_stops_whom_the_rule_stops_and_each_once(reach):
    sweep = six_runs(reach)
    outcome = sweep.guard(HYPERBAND)
    stopped = {name for name, run in sweep.runs.items() if run.state == "killed"}
    assert stopped == {"c", "d", "f"}  # of six, the best int(6 / 3) + 1 survive
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}
    (decision, *_) = outcome.decisions
    assert (decision.n_reports, decision.band, decision.threshold) == (2, 2, 0.5)
    assert decision.n_peers == 6
    assert decision.by == str(parse_rule(HYPERBAND))
    assert outcome.ended_by == "sweep_over"
    # Three reports of each, which lie a second apart, as those of the completed runs.
    assert outcome.saved_h == pytest.approx(3 * 3 / 3600)


def test_it_decides_likewise_where_larger_is_better(reach):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "maximize"},
        "parameters": {"lr": {"min": 0, "max": 1}},
    }
    curves = {name: line(-level, 5) for name, level in LEVELS.items()}
    sweep = World(reach, curves, config=config)
    outcome = sweep.guard(f"preserve({HYPERBAND},value=-0.6)")
    assert sorted(sweep.asked_to_stop()) == ["d", "f"]
    numbers = {(each.run_id, each.value, each.threshold) for each in outcome.decisions}
    assert numbers == {("c", -0.6, -0.5), ("d", -0.9, -0.5), ("f", -0.8, -0.5)}


def test_every_stop_follows_from_what_was_recorded_at_its_moment(reach):
    """Who re-decides on the journal's basis and the archived curves decides the same."""
    dice = np.random.default_rng(3)
    curves = {f"r{k}": dice.random(20).tolist() for k in range(12)}
    sweep = World(reach, curves)
    sweep.guard(f"top({HYPERBAND},k=2)")
    assert redecided(reach.folder, f"top({HYPERBAND},k=2)") == set(sweep.asked_to_stop())


def test_a_dry_run_changes_nothing(reach):
    sweep = six_runs(reach)
    outcome = sweep.guard(HYPERBAND, acts=False)
    assert all(run.state == "finished" for run in sweep.runs.values())
    assert "WbtoolsStopRun" not in sweep.server.log.operations()
    assert statuses(outcome) == {DecisionStatus.DRY_RUN: 3}
    assert any("dry run: nothing is stopped" in note for note in reach.notes)
    assert sum("would stop" in note for note in reach.notes) == 3


@pytest.mark.parametrize(
    ("rule", "spared", "by"),
    [
        (f"preserve({HYPERBAND},value=0.6)", {"c"}, "preserve(value=0.6)"),
        (f"top({HYPERBAND},k=4)", {"c"}, "top(k=4)"),
        (f"until(top({HYPERBAND},k=5),runs=99)", {"c", "d", "f"}, "until(runs=99)"),
    ],
)
def test_whom_a_guard_spares_is_never_stopped(reach, rule, spared, by):
    sweep = six_runs(reach)
    outcome = sweep.guard(rule)
    killed = {"c", "d", "f"} - spared
    assert {name for name, run in sweep.runs.items() if run.state == "killed"} == killed
    spared_runs = [each for each in outcome.decisions if each.status is DecisionStatus.SPARED]
    assert {each.run_id for each in spared_runs} >= spared
    assert by in {each.by for each in spared_runs}


def test_what_may_beat_the_best_is_spared(reach):
    """A run that falls below all others is behind at the band, and projected to win."""
    curves = {f"a{k}": line(0.5 + k / 100, n=27) for k in range(8)}
    late = {"gem": line(0.66, n=27, slope=0.014), "flat": line(0.95, n=27)}
    sweep = World(reach, curves | late, n_agents=8)
    outcome = sweep.guard("projected(until(hyperband(min_iter=9,eta=3),runs=1),p=0.003)")
    assert not any("nothing is projected" in note for note in reach.notes)
    assert "gem" not in sweep.asked_to_stop()
    assert "flat" in sweep.asked_to_stop()
    spared = {each.run_id: each.by for each in outcome.decisions if each.status == "spared"}
    assert spared["gem"] == "projected(p=0.003)"


def test_that_nothing_can_be_projected_yet_is_said(reach):
    six_runs(reach).guard(f"projected({HYPERBAND},p=0.1)")
    assert any("until one has, nothing is projected" in note for note in reach.notes)


def test_a_diverged_run_is_stopped_whatever_the_rule(reach):
    curves = {"a": [0.1] * 8, "nan": [0.5, 0.4, float("nan"), *[0.1] * 5]}
    sweep = World(reach, curves)
    outcome = sweep.guard("diverged(none)")
    assert sweep.asked_to_stop() == ["nan"]
    (decision,) = outcome.decisions
    assert (decision.by, decision.value, decision.n_reports) == ("diverged", None, 2)


def test_runs_of_nan_alone_are_stopped_at_their_first(reach):
    sweep = World(reach, {"a": [float("nan")] * 6, "b": [float("nan")] * 6})
    sweep.guard("diverged(hyperband(min_iter=2))")
    assert sorted(sweep.asked_to_stop()) == ["a", "b"]
    assert all(run.history.n_rows == 1 for run in sweep.runs.values())


def test_another_guard_on_the_same_sweep_is_refused(reach):
    sweep, refused = six_runs(reach), []

    def pause(_s):
        if not refused:
            with pytest.raises(BusyError) as error:
                World.guard(sweep, HYPERBAND)
            refused.append(error.value)
            sweep.guard(HYPERBAND, acts=False, once=True)  # to look on is allowed
        sweep.turn()

    sweep.guard(HYPERBAND, pause=pause)
    (error,) = refused
    assert "another guard stops runs of acme/ocr/v5inrfwe" in error.message
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_who_only_looks_on_takes_nothing_back(reach, monkeypatch):
    """Not even what the other guard has decided and not asked for yet."""
    sweep, ask = six_runs(reach), changes.request_stop

    def asking(*args, **more):
        World.guard(sweep, HYPERBAND, acts=False, once=True)
        return ask(*args, **more)

    monkeypatch.setattr(changes, "request_stop", asking)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_a_stop_without_effect_is_told_tried_again_and_counted_once(reach):
    sweep = six_runs(reach, deaf=frozenset("d"))
    outcome = sweep.guard(HYPERBAND, patience_s=0.0)
    assert sweep.asked_to_stop().count("d") > 1
    assert [each.run_id for each in outcome.decisions].count("d") == 1
    (deaf,) = (each for each in outcome.decisions if each.run_id == "d")
    assert deaf.n_asked == sweep.asked_to_stop().count("d")
    assert any("goes on" in note and "asking again" in note for note in reach.notes)


@pytest.mark.parametrize(("went_on", "n_asked"), [(0.01, 1), (0.9, 2)])
def test_a_run_that_was_resumed_is_judged_anew(reach, went_on, n_asked):
    sweep = six_runs(reach)
    for _ in range(4):
        sweep.turn()
        sweep.guard(HYPERBAND, once=True)
    resumed = sweep.runs["d"]
    assert resumed.state == "killed"
    resumed.state, resumed.stopped = "running", False
    sweep.curves["d"] = [0.9, 0.9, *[went_on] * 3]
    sweep.turn()
    sweep.guard(f"preserve({HYPERBAND},value=0.05)", once=True, patience_s=0.0)
    assert sweep.asked_to_stop().count("d") == n_asked


def test_a_deaf_run_that_became_good_is_not_asked_again(reach):
    sweep = six_runs(reach, deaf=frozenset("d"))
    sweep.curves["d"] = [0.9, 0.9, 0.01, 0.01, 0.01]
    outcome = sweep.guard(f"preserve({HYPERBAND},value=0.05)", patience_s=0.0)
    assert sweep.asked_to_stop().count("d") == 1
    assert "d" in outcome.completed


def test_w_and_bs_own_rule_is_said_to_act_too(reach):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "early_terminate": {"type": "hyperband", "min_iter": 4},
        "parameters": {"lr": {"min": 0, "max": 1}},
    }
    six_runs(reach, config=config).guard(HYPERBAND)
    assert any("both act" in note for note in reach.notes)


def test_one_look_is_enough_for_cron(reach):
    sweep = six_runs(reach)
    for _ in range(3):
        sweep.turn()
        sweep.guard(HYPERBAND, once=True)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_runs_that_pass_several_bands_between_two_looks_are_said_to_be_judged_late(reach):
    sweep = six_runs(reach, n=12)
    sweep.guard(HYPERBAND, pause=lambda _s: sweep.turn(5))
    late = [note for note in reach.notes if "judged late" in note]
    assert len(late) == 1
    assert re.search(r"up to 5 reports between two looks", late[0])


@pytest.mark.parametrize("reference", ["demo", "./wandb", "acme/ocr"])
def test_what_is_no_sweep_on_a_server_is_refused(reach, reference):
    with reach.session() as session, pytest.raises(UsageError):
        RunningSweep(reference, session, AuditOptions())
