"""Replication plans and what became of them: `plans/`, one JSON file a replicated run.

Names come from other people, so a file is called by their digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.documents import read_document, write_document
from wbtools.archive.permissions import make_folder, make_subfolder
from wbtools.errors import DataError
from wbtools.model import (
    ContinuedFrom,
    Criterion,
    Expectation,
    Goal,
    ReplicationPlan,
    Verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER: Final = "plans"
_MOST_PLANS: Final = 20
_SCHEMA: Final = "wbtools.replication/1"
_REPLICATED: Final = "verified"
_CONTINUED: Final = "verified_continued"


def keep_plan(archive: Path, plan: ReplicationPlan) -> ReplicationPlan | None:
    """Keep a plan, in place of an earlier one of the same run, metric, changed names and kind.

    Those that change other names stay, as their replicas may have run; so do plans of replicas
    beside those that continue the run. Runs that were enqueued for the earlier one are not lost.

    Returns:
        The plan that it replaces; None without another one.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    earlier = kept_plans(archive, plan.sweep, plan.run_id)
    before = next((other for other in earlier if _key(other) == _key(plan)), None)
    if before is not None:
        enqueued = tuple(dict.fromkeys((*before.enqueued, *plan.enqueued)))
        plan = replace(plan, enqueued=enqueued)
    others = [asdict(other) for other in earlier if other is not before][: _MOST_PLANS - 1]
    known = read_document(_path(archive, plan.sweep, plan.run_id), _SCHEMA)
    content = {**known, "plan": asdict(plan), "earlier": others}
    _write(archive, plan.sweep, plan.run_id, content)
    return None if before == plan else before


def _key(plan: ReplicationPlan) -> tuple[str, frozenset[str], bool]:
    return plan.metric, frozenset(plan.changed), plan.continues is not None


def kept_plans(archive: Path, sweep: str, run_id: str) -> tuple[ReplicationPlan, ...]:
    """The plans of a run, the latest first; what was kept and is none is left out."""
    document = read_document(_path(archive, sweep, run_id), _SCHEMA)
    earlier = document.get("earlier")
    entries = [document.get("plan"), *(earlier if isinstance(earlier, list) else ())]
    plans = (_read(entry, sweep, run_id) for entry in entries)
    return tuple(plan for plan in plans if plan is not None)


def _read(plan: object, sweep: str, run_id: str) -> ReplicationPlan | None:
    if not isinstance(plan, dict) or (plan.get("sweep"), plan.get("run_id")) != (sweep, run_id):
        return None
    try:
        criteria = tuple(
            Criterion(**{**criterion, "goal": Goal(criterion["goal"])})
            for criterion in plan.pop("criteria")
            if criterion["success"] is not None  # JSON's word for what was larger than a float
        )
        expected, continues = plan.pop("expectation"), plan.pop("continues", None)
        return ReplicationPlan(
            **{**plan, "goal": Goal(plan["goal"])}
            | {name: tuple(plan.get(name, ())) for name in ("changed", "varied", "enqueued")},
            criteria=criteria,
            continues=None if continues is None else _continued_from(continues),
            expectation=None if expected is None else Expectation(**expected),
        )
    except (TypeError, ValueError, KeyError):
        return None


def _continued_from(content: Mapping[str, Any]) -> ContinuedFrom:
    """From where a plan continues a run.

    Raises:
        TypeError: A document says what cannot be right.
    """
    known = ContinuedFrom(**content)
    counts = [n for n in (known.epoch, known.step, known.n_reports) if n is not None]
    if not (
        isinstance(known.checkpoint, str)
        and all(isinstance(n, int | float) and 0 <= n < math.inf for n in counts)
        and all(isinstance(text, str | None) for text in (known.resume_name, known.run_id))
        and all(isinstance(n, int | None) for n in (known.step, known.n_reports))
        and all(isinstance(flag, bool) for flag in (known.is_same_run, known.is_doubted))
    ):
        raise TypeError
    return known


def keep_outcome(archive: Path, outcome: Verified) -> None:
    """Keep what became of a replication beside its plan.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    known = read_document(_path(archive, outcome.sweep, outcome.run_id), _SCHEMA)
    name = _CONTINUED if outcome.is_continued else _REPLICATED
    _write(archive, outcome.sweep, outcome.run_id, {**known, name: asdict(outcome)})


def kept_outcome(archive: Path, sweep: str, run_id: str) -> Verified | None:
    """What became of a run's replication, or else of the run that went on; None without either."""
    return next(_outcomes(read_document(_path(archive, sweep, run_id), _SCHEMA)), None)


def outcomes(archive: Path) -> Iterator[Verified]:
    """All that was verified, by file name."""
    with contextlib.suppress(OSError):
        for path in sorted((archive / FOLDER).glob("*.json")):
            yield from _outcomes(read_document(path, _SCHEMA))


def _outcomes(document: Mapping[str, Any]) -> Iterator[Verified]:
    """What was verified of one run: its replicas, then what continued it."""
    for name in (_REPLICATED, _CONTINUED):
        outcome = _outcome(document.get(name))
        if outcome is not None:
            yield outcome


def _outcome(content: object) -> Verified | None:
    """What was verified; None where a document says nothing of it that could be right."""
    if not isinstance(content, dict):
        return None
    with contextlib.suppress(TypeError):
        outcome = Verified(**content)
        texts = outcome.sweep, outcome.run_id, outcome.metric, outcome.verdict
        counts = outcome.n_beat, outcome.n_within
        numbers = outcome.mean, outcome.p_repeat, outcome.p_gone_on, outcome.level
        if (
            all(isinstance(text, str) for text in texts)
            and isinstance(outcome.n_replicas, int)
            and isinstance(outcome.is_continued, bool)
            and all(isinstance(n, int | None) for n in counts)
            and all(isinstance(number, int | float | None) for number in numbers)
        ):
            return outcome
    return None


def _path(archive: Path, sweep: str, run_id: str) -> Path:
    name = json.dumps([sweep, run_id]).encode()
    return archive / FOLDER / f"{hashlib.blake2b(name, digest_size=12).hexdigest()}.json"


def _write(archive: Path, sweep: str, run_id: str, content: dict[str, Any]) -> None:
    path = _path(archive, sweep, run_id)
    try:
        make_folder(archive)
        make_subfolder(path.parent)
        write_document(path, _SCHEMA, content, archive=archive)
    except OSError as error:
        msg = f"{path.parent} cannot be written: {error.strerror or error}"
        raise DataError(msg, "name another folder with --archive") from None
