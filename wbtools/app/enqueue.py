"""Hand replicas to the agents of their own sweep, on W&B and only by the user's explicit word."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from wbtools.archive import keep_plan, kept_plans
from wbtools.errors import DataError, UsageError, WbtoolsError
from wbtools.model.configuration import same_value
from wbtools.sources.local.json_items import NameBudget, flattened
from wbtools.sources.wandb_api import changes
from wbtools.sources.wandb_api.run_queue import FEATURE, can_enqueue, runs_now, sweep_at_work
from wbtools.text.masking import holds_secret, masked_config
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated, ReplicateOptions
    from wbtools.model import ReplicationPlan, Run
    from wbtools.replication.changes import Replica
    from wbtools.sources.wandb_api.responses import SweepAtWork
    from wbtools.sources.wandb_api.server import Server

_OTHER_TARGETS: Final = (
    "--to shell or --to slurm runs it without the sweep, --to sweep in a new one"
)
_LONGEST_NAME: Final = 60
_LONGEST_CONFIG: Final = 1_500
_SILENT_AFTER: Final = timedelta(minutes=5)
"""An agent says every few seconds that it is there."""
_ENDED: Final = frozenset({"FINISHED", "CANCELED", "CANCELLED", "FAILED", "CRASHED", "STOPPED"})


def check_may_enqueue(options: ReplicateOptions, *, is_asked: bool, acts: bool) -> None:
    """Refuse what cannot be enqueued, before any work is done.

    Args:
        options: What the user says beside the sweep.
        is_asked: Whether replicas are to be enqueued, or it is to be said which would be.
        acts: Whether they really are.

    Raises:
        UsageError: `--yes` has nothing to change, or an option is about something else.
    """
    if not is_asked:
        if acts:
            msg = "--yes lets runs be enqueued, and --to enqueue is not given"
            raise UsageError(msg, "pass --to enqueue too, or leave --yes out")
        return
    if options.selection:
        msg = "--to enqueue hands runs to the agents of one sweep, and a selection has none"
        raise UsageError(msg, "name the sweep that the run is of")
    if options.continues is not None:
        msg = "--continue needs a script that sees to the checkpoint, and an agent runs none"
        raise UsageError(msg, "pass --to shell or --to slurm")
    about_scripts = {
        "--program": options.program is not None,
        "--style": options.style is not None,
        "--with-code": options.with_code,
        "--with-env": options.with_env,
    }
    given = [option for option, is_given in about_scripts.items() if is_given]
    if given:
        msg = f"{given[0]} is about a script, and --to enqueue leaves the start to the agents"
        raise UsageError(msg, f"leave {given[0]} out, or pass --to shell")


def check_on_server(audit: Audit) -> str:
    """The address of the server that the sweep is on.

    Args:
        audit: Of the sweep.

    Raises:
        UsageError: It was read from files.
    """
    ref = audit.sweep.ref
    if ref.base_url is None:
        where = sanitize(str(ref), limit=_LONGEST_NAME)
        msg = f"--to enqueue asks W&B's server, and the runs of {where} were read from files"
        raise UsageError(msg, f"name the sweep as ENTITY/PROJECT/SWEEP_ID; {_OTHER_TARGETS}")
    return ref.base_url


def enqueue(scripts: Replicated, session: Session, *, acts: bool) -> Replicated:
    """Enqueue one run a replica for the sweep's agents; what is in the sweep already stays alone.

    A replica is there already if a run of the sweep has its name and its values: so the same
    command, given again after a failure, enqueues what is left.

    Args:
        scripts: The replicas, with their plans.
        session: How to reach the server and the archive; its observer is told what is changed.
        acts: Whether to change anything; otherwise it is only said what would be.

    Returns:
        The same, with the ids of the enqueued runs in their plans, which are kept.

    Raises:
        UsageError: The sweep is on no server, the session is offline, or replicas cannot be told
            apart.
        SignInError: There are no credentials for the server.
        DataError: The server or the sweep takes no runs, or W&B refuses; the plans of what was
            enqueued before are kept.
    """
    base_url, ref = check_on_server(scripts.audit), scripts.audit.sweep.ref
    every = [replica for replicas in scripts.replicas for replica in replicas]
    _check_names(every)
    _check_values(every)
    note, server = session.observer.note, session.server(base_url)
    if not can_enqueue(server):
        msg = f"{base_url} hands no single runs to a sweep's agents: it lacks {FEATURE}"
        raise DataError(msg, _OTHER_TARGETS)
    entity, project = ref.entity or "", ref.project or ""
    sweep = sweep_at_work(server, entity, project, ref.sweep_id)
    if sweep is None:
        msg = f"the sweep {ref} is no longer on the server"
        raise DataError(msg, _OTHER_TARGETS)
    _check_state(sweep, str(ref), note)
    queue = _Queue(scripts, session, server, sweep, acts=acts)
    try:
        queue.go_through()
    except WbtoolsError as error:
        if queue.n_enqueued:
            message = error.message
            n = f"{queue.n_enqueued} of {count(len(every), 'replica')}"
            error.reword(lambda text: f"{text}; enqueued before: {n}" if text == message else text)
        raise
    return replace(scripts, plans=tuple(queue.plans))


class _Queue:
    """Replicas on their way into a sweep.

    Attributes:
        plans: One a run, with the ids of what was enqueued so far.
        n_enqueued: How many runs were enqueued.
    """

    def __init__(
        self,
        scripts: Replicated,
        session: Session,
        server: Server,
        sweep: SweepAtWork,
        *,
        acts: bool,
    ) -> None:
        self.plans = list(scripts.plans)
        self.n_enqueued = 0
        self._scripts, self._server, self._sweep, self._acts = scripts, server, sweep, acts
        self._note = session.observer.note
        self._archive = session.place(write=acts).path
        ref = scripts.audit.sweep.ref
        self._where = f"the sweep {ref} on {ref.base_url}"
        self._kept_runs = {plan.run_id for _, plan in scripts.verifiable}

    def go_through(self) -> None:
        """Enqueue every replica that is not there yet, or say that it would be."""
        if self._acts:
            for k, plan in enumerate(self.plans):
                self._keep(k, plan)  # so that a folder that cannot be written is found out before
        there = self._runs_there()
        for k, (row, replicas) in enumerate(
            zip(self._scripts.rows, self._scripts.replicas, strict=True)
        ):
            others = [run for run in there if run.id != row.run.id]
            for replica in replicas:
                self._put(k, replica, row.run, others)

    def _put(self, k: int, replica: Replica, original: Run, others: Sequence[Run]) -> None:
        name = _display_name(replica)
        called, values = sanitize(name, limit=_LONGEST_NAME), replica.launch.values
        same = next((run for run in others if run.name == name and _has(run, values)), None)
        if same is not None:
            self._note(
                f"run {called} is in the sweep already, as {sanitize(same.id)} ({same.state}), and"
                " is not enqueued again; another --name makes another run of it"
            )
            if self._acts:
                self._keep(k, _with(self.plans[k], same.id))
            return
        recorded = [key for key, value in values.items() if holds_secret(key, value)]
        if recorded:
            self._note(
                f"what looks like a secret goes to the sweep as the configuration of run "
                f"{sanitize(original.number_or_id)} on W&B has it: {sanitize(', '.join(recorded))}"
            )
        if not self._acts:
            shown = masked_config(values, exact=True)
            config = sanitize(
                ", ".join(f"{key} {value}" for key, value in shown.items()), limit=_LONGEST_CONFIG
            )
            self._note(f"would enqueue run {called} in {self._where}: {config}")
            return
        run_id = changes.give_to_agents(
            self._server,
            self._sweep,
            values,
            name=name,
            called=called,
            where=self._where,
            note=self._note,
        )
        self.n_enqueued += 1
        self._note(f"run {called} is enqueued as {sanitize(run_id)}")
        self._keep(k, _with(self.plans[k], run_id))

    def _keep(self, k: int, plan: ReplicationPlan) -> None:
        self.plans[k] = plan
        if plan.run_id in self._kept_runs:
            keep_plan(self._archive, plan)

    def _runs_there(self) -> list[Run]:
        """The sweep's runs, with those that were enqueued and are in no list yet."""
        ref, listed = self._scripts.audit.sweep.ref, list(self._scripts.audit.sweep.runs)
        kept = dict.fromkeys(
            run_id
            for plan in self.plans
            for earlier in kept_plans(self._archive, plan.sweep, plan.run_id)
            for run_id in earlier.enqueued
        )
        late = [run_id for run_id in kept if run_id not in {run.id for run in listed}]
        late_runs = runs_now(self._server, ref.entity or "", ref.project or "", late)
        there = [*listed, *late_runs]
        before = [
            f"{sanitize(run.name or '', limit=_LONGEST_NAME)} ({sanitize(run.id)}, {run.state})"
            for run in there
            if run.id in kept
        ]
        if before and not self._acts:
            self._note(f"enqueued before, by the kept plan: {', '.join(before)}")
        return there


def _with(plan: ReplicationPlan, run_id: str) -> ReplicationPlan:
    return replace(plan, enqueued=tuple(dict.fromkeys((*plan.enqueued, run_id))))


def _has(run: Run, values: Mapping[str, object]) -> bool:
    """Whether a run has all of these values, nested ones included."""
    flat = flattened(values, NameBudget())
    return all(name in run.config and same_value(run.config[name], flat[name]) for name in flat)


def _display_name(replica: Replica) -> str:
    """The name as UTF-8 can hold it."""
    return replica.name.encode(errors="replace").decode()


def _check_names(replicas: Iterable[Replica]) -> None:
    """Refuse names that mean several replicas.

    Raises:
        UsageError: There is one.
    """
    (name, n), *_ = Counter(map(_display_name, replicas)).most_common(1)
    if n > 1:
        called = sanitize(name, limit=_LONGEST_NAME)
        msg = f"{n} replicas are called {called}, and a sweep tells its runs by their names"
        raise UsageError(msg, "--name '{name}-{id}' tells them apart")


def _check_values(replicas: Iterable[Replica]) -> None:
    """Refuse what JSON cannot hold, and secrets that W&B does not have yet.

    Raises:
        DataError: There is such a value.
        UsageError: There is such a secret.
    """
    for replica in replicas:
        values = replica.launch.values
        for name, value in flattened(values, NameBudget()).items():
            if not _is_finite(value):
                msg = f"JSON has no {value}, and {sanitize(name)} has that value"
                raise DataError(msg, "--set gives another value, or pass --to shell")
        for name, value in replica.changed.items():
            if holds_secret(name, value):
                msg = f"{sanitize(name)} looks like a secret, and W&B would show its new value"
                raise UsageError(msg, "--to shell leaves it to the environment")


def _is_finite(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return not isinstance(value, float) or math.isfinite(value)


def _check_state(sweep: SweepAtWork, path: str, note: Callable[[str], None]) -> None:
    """Refuse a sweep that has ended, and say if no agent seems to be at work.

    Raises:
        DataError: It has ended.
    """
    if sweep.state in _ENDED:
        msg = f"the sweep {path} has ended ({sweep.state.lower()}): no agent takes a run of it"
        raise DataError(
            msg, f"`wandb sweep --resume {path}` and `wandb agent {path}` wake it; {_OTHER_TARGETS}"
        )
    if sweep.state == "PAUSED":
        note(
            f"the sweep {path} is paused: its agents take runs after `wandb sweep --resume {path}`"
        )
    if not sweep.tells_agents:
        return
    seen_at = sweep.agent_seen_at
    if seen_at is None or datetime.now(UTC) - seen_at > _SILENT_AFTER:
        last = "" if seen_at is None else f" since {seen_at:%Y-%m-%d %H:%M} UTC"
        note(f"no agent of the sweep is at work{last}: `wandb agent {path}` starts one")
