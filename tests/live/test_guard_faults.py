"""What a guard survives, and what it never does for it: a run too many, or one twice."""

import shutil
from dataclasses import replace

import pytest

from tests.live.world import HYPERBAND, LEVELS, SWEEP, World, line, looks, six_runs, statuses
from wbtools.app.opening.question import AuditOptions
from wbtools.archive import Archive
from wbtools.errors import DataError, SignInError, Unreachable
from wbtools.live.running_sweep import RunningSweep
from wbtools.model import DecisionStatus
from wbtools.sources.wandb_api import changes


def test_a_server_that_is_away_stops_nobody_and_ends_nothing(reach, monkeypatch):
    sweep, away = six_runs(reach), iter(range(3))

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
    sweep = six_runs(reach)
    outcome = sweep.guard(HYPERBAND, options=AuditOptions(metric="los:min"))
    assert "logged a number under 'los'" in outcome.error.message
    assert "loss" in outcome.error.hint
    assert outcome.ended_by == "failed"
    assert sweep.asked_to_stop() == []


def test_a_run_that_vanishes_is_left_out(reach):
    sweep = six_runs(reach)

    def pause(_s):
        sweep.turn()
        if sweep.turns == 1:
            project = sweep.server.state.project("acme", "ocr")
            del project.runs["d"]

    sweep.guard(HYPERBAND, pause=pause)
    # It sets no threshold any more, for W&B's engine either: of five, two survive.
    assert sorted(sweep.asked_to_stop()) == ["b", "c", "f"]


def test_a_run_that_vanishes_between_the_look_and_the_stop(reach, monkeypatch):
    sweep = six_runs(reach)
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


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["before it asks", "after it asked", "before it writes down"])
def test_a_guard_that_is_killed_leaves_nothing_half_done(reach, monkeypatch, moment):
    sweep, killed = six_runs(reach), []
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


def test_an_old_look_is_not_acted_on(reach, monkeypatch):
    sweep, ages = six_runs(reach), [1000.0]
    from wbtools.live.running_sweep import Look

    age = Look.age_s.fget
    monkeypatch.setattr(Look, "age_s", property(lambda look: ages.pop() if ages else age(look)))
    outcome = sweep.guard(HYPERBAND)
    assert outcome.n_failed == 1
    assert any("s old, and the runs have gone on since" in note for note in reach.notes)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]


def test_another_metric_set_on_w_and_b_stops_nobody(reach):
    sweep = six_runs(reach)

    def pause(_s):
        sweep.sweep.config_text = sweep.sweep.config_text.replace("minimize", "maximize")
        sweep.turn()

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert sweep.asked_to_stop() == []
    assert "was by minimize 'loss' when the guard began" in outcome.error.message


def test_a_server_that_is_confused_for_a_moment_ends_nothing(reach, monkeypatch):
    sweep, refusals = six_runs(reach), [1, 1]
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
    sweep = six_runs(reach)

    def pause(_s):
        if sweep.turns == 1:
            shutil.rmtree(reach.folder)
        sweep.turn()

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert sorted(sweep.asked_to_stop()) == ["c", "d", "f"]
    assert statuses(outcome) == {DecisionStatus.ENDED: 3}


def test_a_run_that_w_and_b_does_not_stop_leaves_the_others_guarded(reach, monkeypatch):
    sweep, ask = six_runs(reach), changes.request_stop

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


def test_runs_whose_stops_never_get_through_do_not_starve_the_others(reach, monkeypatch):
    sweep, ask = six_runs(reach, n=12), changes.request_stop

    def asking(server, run, **more):
        if run.id in {"c", "d"}:
            msg = "permission denied"
            raise Unreachable(msg)
        ask(server, run, **more)

    monkeypatch.setattr(changes, "request_stop", asking)
    outcome = sweep.guard("hyperband(min_iter=2,max_iter=6,s=1,eta=3)")
    assert sweep.asked_to_stop() == ["f"]
    assert outcome.n_failed == 2


def test_a_rule_that_cannot_be_worked_out_ends_with_the_sweep(reach, monkeypatch):
    sweep = six_runs(reach)
    import wbtools.live.at_work as module

    def failing(*_, **__):
        msg = "not positive definite"
        raise ValueError(msg)

    monkeypatch.setattr(module, "decide", failing)
    outcome = sweep.guard(HYPERBAND)
    assert outcome.ended_by == "failed"
    assert "cannot be worked out" in outcome.error.message


@pytest.mark.parametrize("fault", [DataError("disk full"), ValueError("not positive definite")])
def test_what_fails_after_a_look_ends_nothing(reach, monkeypatch, fault):
    sweep, failures = six_runs(reach), [fault, fault]
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
    sweep, ask, killed = six_runs(reach), changes.request_stop, []
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
    sweep = six_runs(reach)

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
    sweep, halves = six_runs(reach), [True]
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
    sweep = six_runs(reach)

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


def test_while_the_archive_is_written_by_another_nothing_is_stopped(reach):
    from wbtools.archive import ArchiveWriter

    sweep, holding = six_runs(reach), []

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


def test_a_sweep_that_is_deleted_ends_the_guard(reach):
    sweep = six_runs(reach)

    def pause(_s):
        sweep.server.state.project("acme", "ocr").sweeps.pop("v5inrfwe", None)

    outcome = sweep.guard(HYPERBAND, pause=pause)
    assert outcome.ended_by == "failed"
    assert f"no sweep '{SWEEP.rpartition('/')[2]}'" in outcome.error.message


@pytest.mark.parametrize(("state", "n_turns"), [("CANCELED", 6), ("FINISHED", 12)])
def test_runs_that_wait_for_an_agent_may_begin_yet_unless_the_sweep_was_cancelled(
    reach, state, n_turns
):
    sweep = World(reach, {name: line(level, 6) for name, level in LEVELS.items()}, n_agents=3)

    def pause(_s):
        sweep.n_agents = 3 if state == "FINISHED" else 0
        sweep.turn()
        sweep.sweep.state = state

    outcome = sweep.guard("none", pause=pause)
    assert outcome.ended_by == "sweep_over"
    assert sweep.turns == n_turns
    ended = sum(run.state == "finished" for run in sweep.runs.values())
    assert ended == (3 if state == "CANCELED" else 6)
