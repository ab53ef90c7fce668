"""A sweep on the protocol server whose runs report when a test says so, and heed stops or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.app.opening.question import AuditOptions
from wbtools.archive import Archive
from wbtools.live.guard import guard
from wbtools.live.options import GuardOptions
from wbtools.live.running_sweep import RunningSweep
from wbtools.model import DecisionStatus, SweepView
from wbtools.rules.grammar import parse_rule

SWEEP = "acme/ocr/v5inrfwe"
START = 1.7e9


@dataclass
class World:
    """A running sweep.

    Attributes:
        reach: The server, and how commands reach it.
        curves: What each run reports, by its id, if nobody stops it.
        deaf: Runs that go on though they are told to stop.
        lasts: Looks after which the test gives up.
        n_agents: Runs at work at a time; the others wait.
    """

    reach: object
    curves: dict
    config: dict | None = None
    deaf: frozenset = frozenset()
    lasts: int = 60
    n_agents: int = 10**6
    turns: int = 0
    events: list = field(default_factory=list)

    def __post_init__(self):
        self.server.switches.heartbeat_timeout_s = 1e9
        runs = [
            LoadedRun(
                name=name,
                history=RowHistory(),
                config={"lr": k},
                summary={},
                facts={
                    "state": "running" if k < self.n_agents else "pending",
                    "exit_code": None,
                },
            )
            for k, name in enumerate(self.curves)
        ]
        self.server.load_sweep(
            "acme", "ocr", "v5inrfwe", runs=runs, config=self.config, sweep_state="RUNNING"
        )

    @property
    def server(self):
        return self.reach.server

    @property
    def sweep(self):
        return self.server.state.sweep("acme", "ocr", "v5inrfwe")

    @property
    def runs(self):
        return {run.name: run for run in self.server.state.sweep_runs(self.sweep)}

    def turn(self, n=1):
        """Every run at work makes its next n reports; who was told to stop, or is through, ends."""
        self.turns += 1
        assert self.turns <= self.lasts, "the guard goes on for ever"
        for name, run in list(self.runs.items()):
            if run.state != "running":
                continue
            if run.stopped and name not in self.deaf:
                run.state = "killed"
            else:
                self._report(run, n)
            run.updated_at += 1
        waiting = (run for run in self.runs.values() if run.state == "pending")
        n_at_work = sum(run.state == "running" for run in self.runs.values())
        for run, _ in zip(waiting, range(self.n_agents - n_at_work), strict=False):
            run.state = "running"
        if all(run.ended for run in self.runs.values()):
            self.sweep.state = "FINISHED"

    def _report(self, run, n):
        n_rows = run.history.n_rows
        for step, value in enumerate(self.curves[run.name][n_rows : n_rows + n], n_rows):
            run.history.rows.append({"_step": step, "_timestamp": START + step, "loss": value})
        if run.history.n_rows == len(self.curves[run.name]):
            run.state, run.exit_code = "finished", 0

    def guard(self, rule="none", *, pause=None, options=None, session=None, **more):
        """Guard the sweep to its end; a turn passes at each pause."""
        given = {"acts": True, "poll_s": 1.0, "rule": parse_rule(rule)} | more
        with session or self.reach.session() as open_session:
            running = RunningSweep(SWEEP, open_session, options or AuditOptions())
            turn = pause or (lambda _s: self.turn())
            return guard(running, GuardOptions(**given), open_session, pause=turn)

    def asked_to_stop(self):
        """Run ids in the order in which W&B was asked to stop them, as the server saw it."""
        by_storage_id = {encoded(run.id): name for name, run in self.runs.items()}
        return [
            by_storage_id.get(request.variables["id"], request.variables["id"])
            for request in self.server.log.all("graphql")
            if request.operation == "WbtoolsStopRun" and request.status == 200
        ]


def encoded(storage_id):
    """As the server writes the ids of its nodes."""
    import base64

    return base64.b64encode(storage_id.encode()).decode()


def redecided(folder, rule):
    """Decide anew on what the journal says was known at each look, and on the archived curves.

    What was decided then has to be the same, look by look.

    Returns:
        Ids of the runs that W&B was asked to stop, by the journal.
    """
    with Archive.open(folder) as archive:
        (archived,) = archive.sweeps()
        sweep = archive.load(archived.head.key, ["loss"])
        looks = archive.guard_looks(archived.head.key)
    curves, asked = sweep.curves["loss"], []
    for look in looks:
        known = [row for row, run in enumerate(sweep.runs) if run.id in look.basis]
        assert len(known) == len(look.basis)
        basis = [look.basis[sweep.runs[row].id] for row in known]
        n_reports = np.array([run.n_reports for run in basis])
        inside = np.arange(curves.values.shape[1]) < n_reports[:, None]
        values = np.where(inside, curves.values[known], np.nan)
        is_whole = np.array([run.is_whole for run in basis])
        worst = np.max(values, initial=-np.inf, where=inside & is_whole[:, None])
        view = SweepView(
            values=np.where(is_whole[:, None], values, worst),
            n_reports=n_reports,
            n_nonfinite=np.array([run.n_nonfinite for run in basis]),
            active=np.array([run.active for run in basis]),
            completed=np.array([run.completed for run in basis]),
        )
        stop = parse_rule(rule).decide(view).stop
        decided = {
            each.run_id for each in look.decisions if each.status is not DecisionStatus.SPARED
        }
        assert decided == {sweep.runs[known[row]].id for row in np.flatnonzero(stop)}
        asked += [each.run_id for each in look.decisions if each.status.was_asked]
    assert len(asked) == len(set(asked))
    return set(asked)


def line(level, n=12, slope=0.0):
    """A curve that stays at a level, or falls from it."""
    return [level - slope * k for k in range(n)]


HYPERBAND = "hyperband(min_iter=2,eta=3)"
LEVELS = {"a": 0.1, "b": 0.5, "c": 0.6, "d": 0.9, "e": 0.3, "f": 0.8}


def six_runs(reach, n=5, **more):
    """Six runs that stay at a level; by `HYPERBAND` the three worst are stopped at report 2."""
    curves = {name: line(level, n) for name, level in LEVELS.items()}
    return World(reach, **{"curves": curves} | more)


def statuses(outcome):
    return Counter(decision.status for decision in outcome.decisions)


def looks(reach):
    with Archive.open(reach.folder) as archive:
        (sweep,) = archive.sweeps()
        return archive.guard_looks(sweep.head.key)
