"""The guard as terminator: whom it stops, whom it never does, and what it survives."""

import re
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.live.world import SWEEP, World, line, redecided
from wbtools.app.opening.question import AuditOptions
from wbtools.archive import Archive
from wbtools.errors import BusyError, DataError, SignInError, UsageError
from wbtools.live.running_sweep import RunningSweep
from wbtools.model import DecisionStatus
from wbtools.rules.grammar import parse_rule
from wbtools.sources.wandb_api import changes

HYPERBAND = "hyperband(min_iter=2,eta=3)"
LEVELS = {"a": 0.1, "b": 0.5, "c": 0.6, "d": 0.9, "e": 0.3, "f": 0.8}


def world(reach, n=5, **more):
    curves = {name: line(level, n) for name, level in LEVELS.items()}
    return World(reach, **{"curves": curves} | more)


def statuses(outcome):
    return Counter(decision.status for decision in outcome.decisions)


def looks(reach):
    with Archive.open(reach.folder) as archive:
        (sweep,) = archive.sweeps()
        return archive.guard_looks(sweep.head.key)


def test_it_stops_whom_the_rule_stops_and_each_once(reach):
    sweep = world(reach)
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


def test_every_stop_follows_from_what_was_recorded_at_its_moment(reach):
    """Who re-decides on the journal's basis and the archived curves decides the same."""
    dice = np.random.default_rng(3)
    curves = {f"r{k}": dice.random(20).tolist() for k in range(12)}
    sweep = World(reach, curves)
    sweep.guard(f"top({HYPERBAND},k=2)")
    assert redecided(reach.folder, f"top({HYPERBAND},k=2)") == set(sweep.asked_to_stop())


def test_a_dry_run_changes_nothing(reach):
    sweep = world(reach)
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
    sweep = world(reach)
    outcome = sweep.guard(rule)
    killed = {"c", "d", "f"} - spared
    assert {name for name, run in sweep.runs.items() if run.state == "killed"} == killed
    told = [each for each in outcome.decisions if each.status is DecisionStatus.SPARED]
    assert {each.run_id for each in told} >= spared
    assert by in {each.by for each in told}


def test_what_may_beat_the_best_is_spared(reach):
    """A run that falls below all others is behind at the band, and projected to win."""
    curves = {f"a{k}": line(0.5 + k / 100, n=27) for k in range(8)}
    sweep = World(reach, curves | {"gem": line(0.9, n=27, slope=0.033), "late": line(0.95, n=27)})
    spared = sweep.guard(f"projected({HYPERBAND},p=0.02)")
    # Nobody has completed before the first band is reached: then nothing can be projected.
    assert any("until one has, nothing is projected" in note for note in reach.notes)
    assert statuses(spared)[DecisionStatus.ENDED] > 0


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


def test_a_server_that_is_away_stops_nobody_and_ends_nothing(reach, monkeypatch):
    sweep, away = world(reach), iter(range(3))

    def pause(_s):
        if next(away, None) is None:
            sweep.server.faults.clear()
        else:
            sweep.server.faults.rates = {"500": 1.0}
        sweep.turn()

    from wbtools.sources.wandb_api import retries, transport

    impatient = retries.RetryPolicy(give_up_after_s=0.0, least_tries=1, first_wait_s=0.0)
    monkeypatch.setattr(
        transport.Transport.__init__,
        "__kwdefaults__",
        {
            **transport.Transport.__init__.__kwdefaults__,
            "patience": impatient,
        },
    )
    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.n_failed == 3
    assert sum("nothing is stopped; again in" in note for note in reach.notes) == 3
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_a_metric_that_no_run_logs_is_refused_once_a_run_is_through(reach):
    sweep = world(reach)
    outcome = sweep.guard(HYPERBAND, options=AuditOptions(metric="los:min"))
    assert "logged a number under 'los'" in outcome.error.message
    assert "loss" in outcome.error.hint
    assert outcome.ended_by == "failed"
    assert sweep.asked_to_stop() == []


def test_a_run_that_vanishes_is_left_out(reach):
    sweep = world(reach)

    def pause(_s):
        sweep.turn()
        if sweep.turns == 1:
            project = sweep.server.state.project("acme", "ocr")
            del project.runs["d"]

    sweep.guard(HYPERBAND, pause=pause)
    # It sets no threshold any more, for W&B's engine either: of five, two survive.
    assert sorted(sweep.asked_to_stop()) == ["b", "c", "f"]


def test_a_run_that_vanishes_between_the_look_and_the_stop(reach, monkeypatch):
    sweep = world(reach)
    from wbtools.sources.wandb_api.server import Server

    before = Server.stoppable

    def stoppable(self, entity, project, ids):
        sweep.server.state.project("acme", "ocr").runs.pop("d", None)
        return before(self, entity, project, ids)

    monkeypatch.setattr(Server, "stoppable", stoppable)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["b", "c", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3, DecisionStatus.WITHDRAWN: 1}
    assert any("is gone: W&B is not asked" in note for note in reach.notes)


def test_another_guard_on_the_same_sweep_is_refused(reach):
    sweep, refused = world(reach), []

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
    sweep, ask = world(reach), changes.request_stop

    def asking(*args, **more):
        World.guard(sweep, HYPERBAND, acts=False, once=True)
        return ask(*args, **more)

    monkeypatch.setattr(changes, "request_stop", asking)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["before it asks", "after it asked", "before it writes down"])
def test_a_guard_that_is_killed_leaves_nothing_half_done(reach, monkeypatch, moment):
    sweep, killed = world(reach), []
    ask = changes.request_stop

    def dying(*args, **more):
        if len(killed) == 1:
            return ask(*args, **more)
        killed.append(moment)
        if moment == "after it asked":
            ask(*args, **more)
        raise Killed

    if moment == "before it writes down":
        from wbtools.archive import ArchiveWriter

        keep = ArchiveWriter.keep_look

        def keep_look(self, *args):
            if not killed:
                killed.append(moment)
                raise Killed
            return keep(self, *args)

        monkeypatch.setattr(ArchiveWriter, "keep_look", keep_look)
    else:
        monkeypatch.setattr(changes, "request_stop", dying)
    with pytest.raises(Killed):
        sweep.guard(HYPERBAND)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome)[DecisionStatus.ENDED] == 3
    assert all(
        each.n_asked == 1 for each in outcome.decisions if each.status is DecisionStatus.ENDED
    )


def test_a_stop_without_effect_is_told_tried_again_and_counted_once(reach):
    sweep = world(reach, deaf=frozenset("d"))
    outcome = sweep.guard(HYPERBAND, patience_s=0.0)
    assert sweep.asked_to_stop().count("d") > 1
    assert [each.run_id for each in outcome.decisions].count("d") == 1
    (deaf,) = (each for each in outcome.decisions if each.run_id == "d")
    assert deaf.n_asked == sweep.asked_to_stop().count("d")
    assert any("goes on" in note and "asking again" in note for note in reach.notes)


def test_a_run_that_was_resumed_is_judged_anew_and_not_just_stopped_again(reach):
    sweep = world(reach)
    for _ in range(3):
        sweep.turn()
        sweep.guard(HYPERBAND, once=True)
    resumed = sweep.runs["d"]
    resumed.state, resumed.stopped = "running", False
    sweep.curves["d"] = [0.9, 0.9, 0.01, 0.01, 0.01]
    before = sweep.asked_to_stop().count("d")
    for _ in range(2):
        sweep.guard(f"preserve({HYPERBAND},value=0.05)", once=True, patience_s=0.0)
        sweep.turn()
    assert sweep.asked_to_stop().count("d") == before
    assert sweep.runs["d"].history.rows[-1]["loss"] == 0.01


def test_a_deaf_run_that_became_good_is_not_asked_again(reach):
    sweep = world(reach, deaf=frozenset("d"))
    sweep.curves["d"] = [0.9, 0.9, 0.01, 0.01, 0.01]
    outcome = sweep.guard(f"preserve({HYPERBAND},value=0.05)", patience_s=0.0)
    assert sweep.asked_to_stop().count("d") == 1
    assert "d" in outcome.completed


def test_an_old_look_is_not_acted_on(reach, monkeypatch):
    sweep, ages = world(reach), [1000.0]
    from wbtools.live.running_sweep import Look

    age = Look.age_s.fget
    monkeypatch.setattr(Look, "age_s", property(lambda look: ages.pop() if ages else age(look)))
    outcome = sweep.guard(HYPERBAND)
    assert outcome.n_failed == 1
    assert any("s old, and the runs have gone on since" in note for note in reach.notes)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_another_metric_set_on_w_and_b_stops_nobody(reach):
    sweep = world(reach)

    def pause(_s):
        sweep.sweep.config_text = sweep.sweep.config_text.replace("minimize", "maximize")
        sweep.turn()

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert sweep.asked_to_stop() == []
    assert "was by minimize 'loss' when the guard began" in outcome.error.message


def test_a_server_that_is_confused_for_a_moment_ends_nothing(reach, monkeypatch):
    sweep, refusals = world(reach), [1, 1]
    look = RunningSweep.look

    def looking(self, *never):
        if sweep.turns in {1, 2} and refusals:
            refusals.pop()
            msg = "W&B refuses the key"
            raise SignInError(msg)
        return look(self, *never)

    monkeypatch.setattr(RunningSweep, "look", looking)
    outcome = sweep.guard(HYPERBAND)
    assert outcome.n_failed == 2
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_an_archive_that_is_deleted_meanwhile_is_begun_anew(reach):
    sweep = world(reach)

    def pause(_s):
        if sweep.turns == 1:
            shutil.rmtree(reach.folder)
        sweep.turn()

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_w_and_bs_own_rule_is_said_to_act_too(reach):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "early_terminate": {"type": "hyperband", "min_iter": 4},
        "parameters": {"lr": {"min": 0, "max": 1}},
    }
    world(reach, config=config).guard(HYPERBAND)
    assert any("both act" in note for note in reach.notes)


def test_runs_are_tagged_where_that_is_asked_for(reach):
    sweep = world(reach)
    sweep.runs["d"].tags = ["mine"]
    sweep.guard(f"top({HYPERBAND},k=4)", annotate=True)
    tags = {name: run.tags for name, run in sweep.runs.items()}
    assert tags["d"] == ["mine", "wbtools-guard: report 2 0.9 needed 0.5"]
    assert tags["c"] == ["wbtools-guard spared: report 2 0.6 needed 0.5"]
    assert tags["a"] == []


def test_who_was_stopped_by_somebody_else_gets_no_tag(reach, monkeypatch):
    sweep = world(reach)
    from wbtools.sources.wandb_api.server import Server

    before = Server.stoppable

    def stoppable(self, entity, project, ids):
        sweep.runs["d"].stopped = True
        return before(self, entity, project, ids)

    monkeypatch.setattr(Server, "stoppable", stoppable)
    sweep.guard(HYPERBAND, annotate=True)
    assert sweep.runs["d"].tags == []
    assert sweep.runs["c"].tags
    assert any("told to stop by somebody else" in note for note in reach.notes)


def test_by_cron_too_a_run_is_tagged_once(reach):
    sweep = world(reach)
    for _ in range(4):
        sweep.turn()
        sweep.guard(f"top({HYPERBAND},k=4)", once=True, annotate=True)
    assert [len(sweep.runs[name].tags) for name in "abcdef"] == [0, 0, 1, 1, 0, 1]
    spared = [each for look in looks(reach) for each in look.decisions if each.run_id == "c"]
    assert len(spared) == 1


def test_tags_that_the_server_does_not_show_are_not_overwritten(reach):
    sweep = world(reach)
    sweep.server.switches.missing_fields = frozenset({"Run.tags"})
    sweep.runs["d"].tags = ["mine"]
    sweep.guard(HYPERBAND, annotate=True)
    assert sweep.runs["d"].tags == ["mine"]
    assert any("W&B does not say which tags it has" in note for note in reach.notes)
    sweep.server.log.clear()


def test_a_run_that_w_and_b_does_not_stop_leaves_the_others_guarded(reach, monkeypatch):
    sweep, ask = world(reach), changes.request_stop

    def asking(server, run, **more):
        if run.id == "c":
            msg = "W&B did not stop run c"
            raise DataError(msg, "ask its owner")
        ask(server, run, **more)

    monkeypatch.setattr(changes, "request_stop", asking)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 2, DecisionStatus.WITHDRAWN: 1}
    assert sum("W&B did not stop run c" in note for note in reach.notes) == 1


@pytest.mark.parametrize("fault", [DataError("disk full"), ValueError("not positive definite")])
def test_what_fails_after_a_look_ends_nothing(reach, monkeypatch, fault):
    sweep, failures = world(reach), [fault, fault]
    import wbtools.live.at_work as module

    def deciding(*args, **more):
        if failures:
            raise failures.pop()
        return decide(*args, **more)

    decide = module.decide
    monkeypatch.setattr(module, "decide", deciding)
    outcome = sweep.guard(HYPERBAND)
    assert outcome.n_failed == 2
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_a_server_that_shows_no_stop_flags_is_asked_once(reach, monkeypatch):
    sweep, ask, killed = world(reach), changes.request_stop, []
    sweep.server.switches.show_stop_flags = False

    def dying(*args, **more):
        ask(*args, **more)
        if not killed:
            killed.append(True)
            raise Killed

    monkeypatch.setattr(changes, "request_stop", dying)
    with pytest.raises(Killed):
        sweep.guard(HYPERBAND)
    outcome = sweep.guard(HYPERBAND)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_a_dry_run_after_a_killed_guard_says_whom_it_would_stop(reach, monkeypatch):
    sweep = world(reach)

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(changes, "request_stop", die)
        with pytest.raises(Killed):
            sweep.guard(HYPERBAND)
    outcome = sweep.guard(HYPERBAND, acts=False, once=True)
    # Of the third, W&B may have heard already.
    assert outcome.would_stop
    assert statuses(outcome) == {DecisionStatus.DRY_RUN: 2}


def test_curves_that_are_not_whole_stop_nobody(reach, monkeypatch):
    """Two of six may be better than they look: then the one behind them would survive."""
    curves = {name: line(level, 5) for name, level in LEVELS.items()}
    sweep = World(reach, curves)
    monkeypatch.setattr(RunningSweep, "_unsure", lambda *_: frozenset({"d", "f"}))
    outcome = sweep.guard(HYPERBAND)
    # Of six, of whom two count as the worst there is, the third best may still be the last to live.
    assert sorted(sweep.asked_to_stop()) == ["c"]
    assert {each.threshold for each in outcome.decisions} == {0.5}
    assert not any(look.basis[name].is_whole for look in looks(reach) for name in ("d", "f"))


def test_half_a_listing_is_no_look(reach, monkeypatch):
    sweep, halves = world(reach), [True]
    from wbtools.sources.wandb_api.server import Server

    listing = Server.listing

    def listed(self, *args, **more):
        return replace(listing(self, *args, **more), complete=not halves)

    monkeypatch.setattr(Server, "listing", listed)
    with pytest.raises(DataError, match="more runs than it lists"):
        sweep.guard(HYPERBAND)
    halves.clear()

    def pause(_s):
        sweep.turn()
        halves[:] = [True] if sweep.turns in {2, 3} else []

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.n_failed == 2
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_ctrl_c_ends_it_with_its_answer(reach):
    sweep = world(reach)

    def pause(_s):
        sweep.turn()
        if sweep.turns == 4:
            raise KeyboardInterrupt

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.was_interrupted
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    with Archive.open(reach.folder) as archive:
        (sweep,) = archive.sweeps()
        (guarding,) = archive.guard_sessions(sweep.head.key)
    assert guarding.ended_at is not None


def test_one_look_is_enough_for_cron(reach):
    sweep = world(reach)
    for _ in range(3):
        sweep.turn()
        sweep.guard(HYPERBAND, once=True)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_while_the_archive_is_written_by_another_nothing_is_stopped(reach):
    from wbtools.archive import ArchiveWriter

    sweep, holding = world(reach), []

    def pause(_s):
        if sweep.turns in {1, 2}:
            if not holding:
                holding.append(ArchiveWriter.open(reach.folder))
        elif holding:
            holding.pop().close()
        sweep.turn()

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.n_failed >= 1
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_runs_that_pass_several_bands_between_two_looks_are_said_to_be_judged_late(reach):
    sweep = world(reach, n=12)
    sweep.guard(HYPERBAND, pause=lambda _s: sweep.turn(5))
    late = [note for note in reach.notes if "judged late" in note]
    assert len(late) == 1
    assert re.search(r"up to 5 reports between two looks", late[0])


@pytest.mark.parametrize("reference", ["demo", "./wandb", "acme/ocr"])
def test_what_is_no_sweep_on_a_server_is_refused(reach, reference):
    with reach.session() as session, pytest.raises(UsageError):
        RunningSweep(reference, session, AuditOptions())


def test_a_sweep_that_is_deleted_ends_the_guard(reach):
    sweep = world(reach)

    def pause(_s):
        sweep.server.state.project("acme", "ocr").sweeps.pop("v5inrfwe", None)

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.ended_by == "failed"
    assert f"no sweep '{SWEEP.rpartition('/')[2]}'" in outcome.error.message
