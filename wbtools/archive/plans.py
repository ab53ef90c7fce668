"""Replication plans and what became of them: `plans/`, one JSON file a replicated run.

They are no fetched data, so they need no transaction with it: each file appears whole or not at
all, and the last writer wins. Names come from other people, so a file is called by their digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.connection import make_folder
from wbtools.errors import DataError
from wbtools.model import Criterion, Expectation, Goal, ReplicationPlan, Verified
from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = "plans"
_SCHEMA: Final = "wbtools.replication/1"
_LARGEST_BYTES: Final = 1024 * 1024


def keep_plan(archive: Path, plan: ReplicationPlan) -> None:
    """Keep a plan, in place of an earlier one of the same run.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    _write(archive, plan.sweep, plan.run_id, {"plan": asdict(plan)})


def kept_plan(archive: Path, sweep: str, run_id: str) -> ReplicationPlan | None:
    """The plan of a run; None if none was kept, or what was kept is none."""
    told = _read(_path(archive, sweep, run_id)).get("plan")
    if not isinstance(told, dict) or (told.get("sweep"), told.get("run_id")) != (sweep, run_id):
        return None
    try:
        criteria = tuple(
            Criterion(**{**one, "goal": Goal(one["goal"])}) for one in told.pop("criteria")
        )
        expected = told.pop("expectation")
        return ReplicationPlan(
            **{**told, "goal": Goal(told["goal"]), "changed": tuple(told["changed"])},
            criteria=criteria,
            expectation=None if expected is None else Expectation(**expected),
        )
    except (TypeError, ValueError, KeyError):
        return None


def keep_outcome(archive: Path, outcome: Verified) -> None:
    """Keep what became of a replication beside its plan.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    known = _read(_path(archive, outcome.sweep, outcome.run_id))
    known.pop("schema", None)
    _write(archive, outcome.sweep, outcome.run_id, {**known, "verified": asdict(outcome)})


def outcomes(archive: Path) -> Iterator[Verified]:
    """All that was verified, by file name."""
    with contextlib.suppress(OSError):
        for path in sorted((archive / FOLDER).glob("*.json")):
            told = _read(path).get("verified")
            if isinstance(told, dict):
                with contextlib.suppress(TypeError):
                    yield Verified(**told)


def _path(archive: Path, sweep: str, run_id: str) -> Path:
    name = json.dumps([sweep, run_id]).encode()
    return archive / FOLDER / f"{hashlib.blake2b(name, digest_size=12).hexdigest()}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(read_regular(path, _LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and told.get("schema") == _SCHEMA else {}


def _write(archive: Path, sweep: str, run_id: str, content: dict[str, Any]) -> None:
    path = _path(archive, sweep, run_id)
    text = json.dumps({"schema": _SCHEMA, **_without_odd_numbers(content)}, indent=1)
    temporary: Path | None = None
    try:
        make_folder(archive)
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".plan-", delete=False) as file:
            temporary = Path(file.name)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        msg = f"{path.parent} cannot be written: {error.strerror or error}"
        raise DataError(msg, "name another folder with --archive") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _without_odd_numbers(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _without_odd_numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_odd_numbers(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
