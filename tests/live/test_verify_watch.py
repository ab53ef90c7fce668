"""`verify --watch`: running replicas on a server, told report by report, then judged."""

from unittest.mock import Mock

import numpy as np
import pytest

from tests.answers.samples import HOSTILE_NAMES
from tests.answers.verify.test_continued import ANSWERS
from tests.app.test_fetched_replicas import CONFIG, run
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun, load_runs
from wbtools.app.audit import audit_reference
from wbtools.app.opening.question import AuditOptions
from wbtools.app.replica_search import ReplicaSearch, VerifyOptions
from wbtools.archive import keep_plan
from wbtools.errors import DataError, Unreachable, UsageError
from wbtools.live.replica_watch import ReplicaWatch
from wbtools.live.verify_watch import watch_replicas
from wbtools.model import ContinuedFrom, Criterion, Goal, ReplicationPlan

SWEEP = "acme/ocr/v5inrfwe"
OPTIONS = VerifyOptions(run="stopped1", success=("0.5",))


class Replicas:
    """Replicas on the server that make a report each time the watch pauses."""

    def __init__(self, reach, curves, *, starts=0, names=None):
        self.reach, self.curves, self.starts = reach, curves, starts
        self.names = names or {}
        self.n_pauses = 0
        stopped = {"state": "killed", "exit_code": None, "stopped": True}
        runs = [
            run("stopped1", (0.2, 0.4), **stopped),
            run("full0001", (0.1, 0.2, 0.3, 0.35), lr=0.01),
            run("full0002", (0.1, 0.2, 0.3, 0.33), lr=0.02),
        ]
        self.server.switches.heartbeat_timeout_s = 1e9
        self.server.load_sweep("acme", "ocr", "v5inrfwe", config=CONFIG, runs=runs)
        if not starts:
            self.start()

    @property
    def server(self):
        return self.reach.server

    @property
    def runs(self):
        return self.server.state.projects["acme", "ocr"].runs

    def start(self):
        config = {"opt.lr": 6.797303101020006e-05}
        replicas = [
            LoadedRun(
                name=name,
                history=RowHistory(),
                config=config | {"seed": seed},
                summary={},
                facts={
                    "state": "running",
                    "exit_code": None,
                    "group": "wbtools-stopped1",
                    "display_name": self.names.get(name, name),
                },
            )
            for seed, name in enumerate(self.curves)
        ]
        load_runs(self.server.state, "acme", "ocr", replicas)

    def pause(self, _seconds):
        self.n_pauses += 1
        assert self.n_pauses < 40, "the watch goes on for ever"
        if self.n_pauses == self.starts:
            self.start()
        for name, curve in self.curves.items():
            replica = self.runs.get(name)
            if replica is None or replica.state != "running":
                continue
            step = replica.history.n_rows
            replica.history.rows.append(
                {"_step": step, "_timestamp": 1.7e9 + step, "acc": curve[step]}
            )
            replica.updated_at += 1
            if replica.history.n_rows == len(curve):
                replica.state, replica.exit_code = "finished", 0

    def watch(self, pause=None, options=OPTIONS, **session):
        with self.reach.session(**session) as open_session:
            return watch_replicas(
                SWEEP, options, AuditOptions(), open_session, poll_s=1.0, pause=pause or self.pause
            )

    def notes(self, *words):
        return [note for note in self.reach.notes if all(word in note for word in words)]


def test_each_report_is_told_once_and_the_verdict_follows(reach):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.55)})
    watched = replicas.watch()
    assert not watched.was_interrupted
    assert str(watched.verification.verdict) == "success"
    for k, words in enumerate(
        (
            "report 1: 0.2000; original 0.2000: equal to the original",
            "report 2: 0.4000; original 0.4000: equal to the original",
            "further than the original came; best so far 0.4500, a success reaches 0.5000",
            "further than the original came; best so far 0.5500, which reaches a success (0.5000)",
        ),
        start=1,
    ):
        (told,) = replicas.notes(f"report {k}:")
        assert told.endswith(words)
    assert replicas.notes("replica 1 (again000), seed 0 has ended after 4 reports: completed")
    assert replicas.n_pauses == 4


def test_replicas_that_have_not_begun_are_waited_for(reach):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.45)}, starts=3)
    watched = replicas.watch()
    assert str(watched.verification.verdict) == "failure"
    waiting = "no replica has written anything yet (W&B group wbtools-stopped1): waiting"
    assert len(replicas.notes(waiting)) == 1


def test_a_replica_is_held_against_the_noise_of_the_others(reach):
    curves = {
        "again000": (0.2, 0.42, 0.5, 0.6),
        "again001": (0.22, 0.1, 0.1, 0.1),
        "again002": (0.22, 0.41, 0.5, 0.6),
        "again003": (0.22, 0.43, 0.5, 0.6),
    }
    replicas = Replicas(reach, curves)
    replicas.watch()
    (behind,) = replicas.notes("(again001), seed 1, report 2:")
    half = 4.3027 * (4 / 3) ** 0.5 * np.std([0.4, 0.41, 0.43], ddof=1)  # seed 0 is the original's
    low, high = 1.24 / 3 - half, 1.24 / 3 + half
    seeds = f"95 % of seeds: {low:.4f} to {high:.4f}"
    assert f"original 0.4000, 0.3000 worse ({seeds}): outside, as 1 report in 20 is" in behind
    (fine,) = replicas.notes("(again003), seed 3, report 2:")
    assert fine.endswith("on track")


def test_nan_and_spikes_are_told(reach):
    curve = (*(0.2 + k / 100 for k in range(24)), 0.05, float("nan"), 0.5)
    replicas = Replicas(reach, {"again000": curve})
    replicas.watch()
    (spike,) = replicas.notes("SPIKE")
    assert "report 25: 0.0500" in spike
    (nan,) = replicas.notes("NaN or infinite")
    assert nan.endswith("1 new report is NaN or infinite, 1 in all")


def test_of_many_new_reports_the_latest_are_told(reach):
    curve = tuple(0.2 + k / 100 for k in range(30))
    replicas = Replicas(reach, {"again000": curve})
    for _ in range(29):
        replicas.pause(0)
    replicas.n_pauses = 0
    replicas.watch()
    assert replicas.notes("17 reports more before these are not shown")
    assert len(replicas.notes("seed 0, report ")) == 13
    assert not replicas.notes("report 17:")


def test_an_interruption_gives_the_answer_so_far(reach):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.55)})

    def pause(seconds):
        if replicas.n_pauses == 2:
            raise KeyboardInterrupt
        replicas.pause(seconds)

    watched = replicas.watch(pause)
    assert watched.was_interrupted
    assert str(watched.verification.verdict) == "undecided"
    assert watched.verification.replicas[0].n_reports == 2


def test_an_interruption_before_any_replica_has_no_answer(reach):
    def pause(_seconds):
        raise KeyboardInterrupt

    watched = Replicas(reach, {"again000": (0.2,)}, starts=5).watch(pause)
    assert (watched.was_interrupted, watched.verification) == (True, None)


def test_a_server_that_fails_for_a_while_is_asked_again(reach, monkeypatch):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.55)})
    find, looks, waited = ReplicaSearch.find, iter(range(99)), []

    def failing(self):
        if next(looks) in {1, 2}:
            msg = "the server does not answer"
            raise Unreachable(msg)
        return find(self)

    def pause(seconds):
        waited.append(seconds)
        replicas.pause(seconds)

    monkeypatch.setattr(ReplicaSearch, "find", failing)
    watched = replicas.watch(pause)
    assert str(watched.verification.verdict) == "success"
    assert waited[:4] == [1.0, 2.0, 4.0, 1.0]
    assert replicas.notes("no look: the server does not answer; again in 2 s")


def test_three_refusals_in_a_row_end_it(reach, monkeypatch):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.55)})

    def refused(_self):
        msg = "the project is gone"
        raise DataError(msg)

    monkeypatch.setattr(ReplicaSearch, "find", refused)
    with pytest.raises(DataError, match="the project is gone"):
        replicas.watch()
    assert replicas.n_pauses == 2


def test_offline_nothing_can_be_watched(reach):
    replicas = Replicas(reach, {"again000": (0.2, 0.4, 0.45, 0.55)})
    with reach.session() as session:
        audit_reference(SWEEP, AuditOptions(), session)
    with pytest.raises(UsageError, match="--offline forbids that"):
        replicas.watch(offline=True)


def test_hostile_names_are_text(reach):
    hostile = "".join(HOSTILE_NAMES.values())
    replicas = Replicas(reach, {"again000": (0.2, 0.5)}, names={"again000": hostile})
    replicas.watch()
    assert replicas.notes("report 1:")
    assert all(letter.isprintable() for note in reach.notes for letter in note)


def test_a_run_that_goes_on_is_watched_by_its_own_reports(reach):
    replicas = Replicas(reach, {"goeson01": (0.45, 0.55)}, starts=99)
    load_runs(
        replicas.server.state,
        "acme",
        "ocr",
        [
            LoadedRun(
                name="goeson01",
                history=RowHistory(),
                config={
                    "opt.lr": 6.797303101020006e-05,
                    "seed": 0,
                    "wbtools/continues": "stopped1",
                },
                summary={},
                facts={"state": "running", "exit_code": None, "group": "wbtools-stopped1"},
            )
        ],
    )
    watched = replicas.watch()
    assert watched.verification.is_continued
    assert str(watched.verification.verdict) == "success"
    assert not replicas.notes("report 1:")
    assert not replicas.notes("report 2:")
    (first,) = replicas.notes("report 3:")
    assert first.endswith(
        "further than the original came; best so far 0.4500, a success reaches 0.5000"
    )
    assert replicas.notes("continued run", "report 4: 0.5500")
    assert replicas.notes("continued run", "has ended after 4 reports: completed")


def test_the_same_run_is_watched_as_it_goes_on(reach):
    replicas = Replicas(reach, {"stopped1": (0.2, 0.4, 0.45, 0.55)}, starts=99)
    plan = ReplicationPlan(
        sweep="v5inrfwe",
        run_id="stopped1",
        metric="acc",
        goal=Goal.MAXIMIZE,
        criteria=(
            Criterion(metric="acc", goal=Goal.MAXIMIZE, success=0.5, acceptable=0.5, source=""),
        ),
        continues=ContinuedFrom(checkpoint="c", is_same_run=True, n_reports=2),
    )
    keep_plan(reach.folder, plan)
    stopped = replicas.runs["stopped1"]
    rows = [{"_step": k, "_timestamp": 1.7e9 + k, "acc": v} for k, v in enumerate((0.2, 0.4))]
    stopped.history = RowHistory(rows)

    def pause(seconds):
        if replicas.n_pauses == 1:
            stopped.state, stopped.exit_code, stopped.stopped = "running", None, False
        replicas.pause(seconds)

    watched = replicas.watch(pause, VerifyOptions(run="stopped1"))
    assert replicas.notes("no continued run has written anything yet")
    assert replicas.notes("report 4: 0.5500")
    (member,) = watched.verification.replicas
    assert [part.n_reports for part in member.joined.parts] == [2, 2]
    assert watched.verification.original_reports == 2
    assert str(watched.verification.verdict) == "success"


def test_reports_after_a_gap_are_numbered_as_the_answer_has_them():
    session = Mock()
    ReplicaWatch(session, None).see(ANSWERS["gap"])
    notes = [call.args[0] for call in session.observer.note.call_args_list]
    assert "report 27: " in " ".join(notes)
    assert not any("report 13: " in note or "report 14: " in note for note in notes)
