"""Everything that changes something on W&B's servers; no other module may.

A function a change. It is called by the user's explicit word only, such as `--create`: never by
default, and never for a question. Before it changes anything it says what and where, to the user
through `note` and to the log `wbtools.changes`. Only `app` and `live` import this module (a
contract in `pyproject.toml`); that no other one sends a mutation or calls what writes in W&B's SDK,
`tests/test_architecture.py` holds.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, Unreachable, UsageError, WbtoolsError
from wbtools.sources.wandb_api import sdk_scheduler
from wbtools.sources.wandb_api.credentials import credentials_for, settings
from wbtools.sources.wandb_api.retries import ONCE
from wbtools.text.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.sources.wandb_api.responses import StoppableRun, SweepAtWork
    from wbtools.sources.wandb_api.server import Server

_LOG: Final = logging.getLogger("wbtools.changes")

_STOP: Final = """
mutation WbtoolsStopRun($id: ID!) { stopRun(input: {id: $id}) { success } }
"""
_TAG: Final = """
mutation WbtoolsTagRun($id: String!, $tags: [String!]) {
  upsertBucket(input: {id: $id, tags: $tags}) { bucket { id } }
}
"""
_ENQUEUE: Final = """
mutation WbtoolsEnqueueRun($id: ID!, $config: JSONString!, $displayName: String) {
  enqueueSweepRun(input: {id: $id, config: $config, displayName: $displayName}) {
    id runQueueItemId
  }
}
"""
_PUBLISH: Final = """
mutation WbtoolsPublishReport(
  $entityName: String, $projectName: String, $type: String, $name: String,
  $displayName: String, $description: String, $spec: String!
) {
  upsertView(input: {
    entityName: $entityName, projectName: $projectName, type: $type, name: $name,
    displayName: $displayName, description: $description, createdUsing: WANDB_SDK, spec: $spec
  }) { view { id } inserted }
}
"""


def create_sweep(
    config: Mapping[str, Any],
    *,
    entity: str | None,
    project: str | None,
    prior_runs: Sequence[str],
    note: Callable[[str], None],
) -> str:
    """Register a sweep, only by the user's explicit word; what the SDK prints goes to stderr.

    Args:
        config: The sweep file as data.
        entity: Whose it is; None leaves it to W&B.
        project: Likewise.
        prior_runs: Ids of runs to attach.
        note: Told what is created, and where.

    Returns:
        `entity/project/id`, as `wandb agent` takes it.

    Raises:
        SignInError: Nobody is signed in; nothing is changed.
        DataError: W&B refuses, or cannot be reached.
    """
    base_url = settings().base_url
    credentials_for(base_url)  # the SDK would ask, or say it less clearly
    import wandb  # noqa: PLC0415 - nearly a second, and only this needs it
    from wandb.errors import Error  # noqa: PLC0415

    place = "/".join(part for part in (entity, project) if part) or "the default project"
    _announce(f"creating a sweep in {place} on {base_url}", note)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            sweep_id = wandb.sweep(
                dict(config), entity=entity, project=project, prior_runs=list(prior_runs) or None
            )
    except (Error, ValueError, OSError) as error:
        msg = f"W&B did not register the sweep: {' '.join(str(error).split())}"
        raise DataError(msg, "look at the entity, the project, and who is signed in") from None
    # Where it went, the SDK says in the environment alone.
    parts = (os.environ.get("WANDB_ENTITY"), os.environ.get("WANDB_PROJECT"), sweep_id)
    return "/".join(part for part in parts if part)


def request_stop(
    server: Server, run: StoppableRun, *, called: str, where: str, note: Callable[[str], None]
) -> None:
    """Ask W&B to stop a run, only by the user's explicit word.

    It is what the button in the page of a run does, and `Run.stop` of the SDK from 0.31 on: W&B
    flags the run, and its program hears of it from its agent or with its next transmission. To ask
    twice, or of a run that has ended, changes nothing.

    Args:
        server: Signed in.
        run: As it stands.
        called: What the user calls it.
        where: Its sweep and server, for people.
        note: Told what is stopped, and where.

    Raises:
        DataError: W&B refuses, or cannot be reached.
    """
    _announce(f"stopping run {called} of {where}", note)
    answer = server.ask(_STOP, {"id": run.storage_id})
    answered = answer.data.get("stopRun")
    answer.share.release()
    if not (isinstance(answered, dict) and answered.get("success")):
        msg = f"W&B did not stop run {called}"
        raise DataError(
            msg, "look whether you may stop runs of this project: they are its members'"
        )


def add_tag(
    server: Server,
    run: StoppableRun,
    tag: str,
    *,
    called: str,
    where: str,
    note: Callable[[str], None],
) -> None:
    """Add a tag to a run, only by the user's explicit word; those that it has stay.

    Args:
        server: Signed in.
        run: As it stands, its tags known: W&B replaces all of them at once.
        tag: At most 64 characters.
        called: What the user calls the run.
        where: Its sweep and server, for people.
        note: Told what is changed, and where.

    Raises:
        DataError: W&B refuses, or cannot be reached.
    """
    tags = [*(run.tags or ()), tag]
    _announce(f"tagging run {called} of {where}: {tag}", note)
    server.ask(_TAG, {"id": run.storage_id, "tags": tags}).share.release()


def give_to_agents(
    server: Server,
    sweep: SweepAtWork,
    config: Mapping[str, object],
    *,
    name: str,
    called: str,
    where: str,
    note: Callable[[str], None],
) -> str:
    """Enqueue a run for a sweep's agents, only by the user's explicit word.

    It is what `Sweep.enqueue_run` of the SDK does. It is asked once: a second time it would be a
    second run.

    Args:
        server: Signed in, and able to.
        sweep: As it stands.
        config: Parameters by name, nested ones as mappings; no NaN and no infinity.
        name: The run's display name.
        called: The same for people.
        where: The sweep and its server, for people.
        note: Told what is enqueued, and where.

    Returns:
        The run's id.

    Raises:
        DataError: W&B refuses, or does not say that it was enqueued.
    """
    _announce(f"enqueuing run {called} in {where}", note)
    wrapped = {key: {"value": value} for key, value in config.items()}
    variables = {
        "id": sweep.storage_id,
        "config": json.dumps(wrapped, allow_nan=False),
        "displayName": name,
    }
    try:
        answer = server.transport.ask(_ENQUEUE, variables, patience=ONCE)
    except Unreachable as error:
        msg = f"W&B does not say whether run {called} was enqueued: {error.message}"
        raise DataError(msg, "look at the sweep's page before you enqueue it again") from None
    answered = answer.data.get("enqueueSweepRun")
    answer.share.release()
    run_id = answered.get("id") if isinstance(answered, dict) else None
    if not isinstance(run_id, str) or not run_id:
        msg = f"W&B did not enqueue run {called}"
        raise DataError(msg, "look whether you may add runs to this project: its members may")
    return run_id


def publish_report(
    server: Server,
    *,
    entity: str,
    project: str,
    name: str,
    title: str,
    description: str,
    spec: str,
    is_draft: bool,
    base_url: str,
    note: Callable[[str], None],
) -> str:
    """Create a W&B Report, only by the user's explicit word.

    Args:
        server: Signed in.
        entity: Whose project it is for.
        project: In which project; it has to be there.
        name: By which W&B tells it from others: letters and digits, never used before.
        title: At most 128 characters.
        description: Below the title.
        spec: Its blocks, W&B's JSON.
        is_draft: Whether only whoever is signed in sees it.
        base_url: Of the server.
        note: Told what is created, and where.

    Returns:
        W&B's id of it.

    Raises:
        DataError: W&B refuses, or cannot be reached.
    """
    kind = "a draft of a report" if is_draft else "a report"
    _announce(f"creating {kind} in {entity}/{project} on {base_url}", note)
    answer = server.ask(
        _PUBLISH,
        {
            "entityName": entity,
            "projectName": project,
            "type": "runs/draft" if is_draft else "runs",
            "name": name,
            "displayName": title,
            "description": description,
            "spec": spec,
        },
    )
    answered = answer.data.get("upsertView")
    answer.share.release()
    view = answered.get("view") if isinstance(answered, dict) else None
    view_id = view.get("id") if isinstance(view, dict) else None
    if not isinstance(view_id, str):
        msg = f"W&B did not create the report in {entity}/{project}"
        raise DataError(msg, "look at the project's name, and whether you may write to it")
    return view_id


def run_scheduler(
    entity: str,
    project: str,
    sweep_id: str,
    *,
    base_url: str,
    stops: sdk_scheduler.Stops,
    batch_size: int,
    poll_interval_s: float,
    note: Callable[[str], None],
) -> sdk_scheduler.SchedulerEnd:
    """Drive a sweep by W&B's own scheduler with a guard inside, only by the user's explicit word.

    Args:
        entity: Whose sweep it is.
        project: In which project.
        sweep_id: Its short id.
        base_url: Of the server that has it.
        stops: Ids of running runs in, ids of those to stop now out; called in another thread.
        batch_size: How many runs are kept under way.
        poll_interval_s: Seconds between two looks of W&B's scheduler.
        note: Told what is changed, and where; then which rule holds, and what went wrong.

    Returns:
        Why the scheduler ended.

    Raises:
        SignInError: Nobody is signed in; nothing is changed.
        UsageError: The sweep is on another server than W&B's client is set up for.
        DataError: There is no such scheduler here, or it failed.
    """
    configured = settings().base_url
    if base_url != configured:
        msg = f"the sweep is on {base_url}, and W&B's client is set up for {configured}"
        raise UsageError(msg, f"set WANDB_BASE_URL={base_url}")
    credentials = credentials_for(configured)
    place = f"{entity}/{project}/{sweep_id} on {configured}"
    _announce(f"scheduling the sweep {place}: its runs are proposed, stopped, and ended", note)

    def tell(text: str) -> None:
        note(_masked(text, credentials.secrets))

    try:
        return sdk_scheduler.run_guarded_scheduler(
            entity,
            project,
            sweep_id,
            stops=stops,
            tell=tell,
            batch_size=batch_size,
            poll_interval_s=poll_interval_s,
        )
    except WbtoolsError as error:
        error.reword(lambda text: _masked(text, credentials.secrets))
        raise


def _masked(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _announce(change: str, note: Callable[[str], None]) -> None:
    _LOG.info(change)
    note(change)
