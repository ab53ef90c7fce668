"""How a local run was started, from its run file's environment record and its side files.

`files/wandb-metadata.json`, `requirements.txt`, `diff.patch`, and the parameters that a sweep's
agent left in `wandb/sweep-ID/config-RUN.yaml`. The run file wins over the side files; whatever is
missing, too large or malformed is as good as absent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wbtools.model import LaunchRecord
from wbtools.sources.local.leveldb_log import payloads
from wbtools.sources.local.local_file import LocalFile
from wbtools.sources.local.protobuf import Message, WireError, record_body
from wbtools.sources.local.run_file import read_head
from wbtools.sources.regular_files import read_regular
from wbtools.sources.side_files import (
    CONFIG,
    LARGEST_BYTES,
    LAUNCH_FILES,
    launch_facts,
    parse_config,
    read_side_file,
    read_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.model import Run
    from wbtools.sources.local.run_folders import LocalSweep

_ENVIRONMENT: Final = 26
_HEAD_BYTES: Final = 1024 * 1024
_SLACK_S: Final = 1.0


def read_launch_record(run: Run, files: Sequence[LocalFile]) -> LaunchRecord:
    """Say how a run was started.

    Args:
        run: As read; what it says of program, arguments and commit stands in where no file does.
        files: Those of its sweep, in any order; the run's last started attempt counts.
    """
    known = LaunchRecord(program=run.program, argv=run.argv, git_commit=run.git_commit)
    run_files = files_of(run, files)
    if not run_files:
        return known
    last = max(run_files, key=lambda file: file.folder.name if file.folder is not None else "")
    facts = _from_folder(last)
    if "sweep_parameters" in facts and len(run_files) < len(_with_id_of(run, files)):
        # Another run of this id was handed out later, and its agent wrote over what this one took.
        names = [name for name in facts["sweep_parameters"] if name in run.config]
        facts["sweep_parameters"] = {name: run.config[name] for name in names}
    return replace(known, **facts | _from_run_file(last.path))


def taken_configurations(sweep: LocalSweep) -> dict[str, dict[str, object]]:
    """What agents took of a sweep and left no run of, by the id of the run.

    By top-level name, nested values nested. What does not lie beside the sweep's runs, or cannot be
    read, is left out.
    """
    homes = sorted({file.home for file in sweep.files})
    taken: dict[str, dict[str, object]] = {}
    for run_id in sweep.lost:
        for home in homes:
            file = LocalFile(
                path=home, folder=None, home=home, run_id=run_id, sweep_id=sweep.sweep_id
            )
            place = file.sweep_config
            text = "" if place is None else read_text(place, LARGEST_BYTES[CONFIG])
            config = parse_config(text)
            if config:
                taken.setdefault(run_id, config)
    return taken


def files_of(run: Run, files: Sequence[LocalFile]) -> Sequence[LocalFile]:
    """Give the run's files; where ids repeat (`abc`, `abc~2`), those that began while it lived.

    Args:
        run: As read.
        files: Those of its sweep.
    """
    same_id = _with_id_of(run, files)
    if len(same_id) < 2 or run.created_at is None:  # noqa: PLR2004 - nothing to choose from
        return same_id
    first_s = run.created_at.timestamp()
    last_s = (run.heartbeat_at or run.created_at).timestamp()
    starts = [(read_head(file.path).started_at_s, file) for file in same_id]
    inside = [file for at, file in starts if at is not None and first_s <= at <= last_s + _SLACK_S]
    return inside or same_id


def _with_id_of(run: Run, files: Sequence[LocalFile]) -> list[LocalFile]:
    return [file for file in files if file.run_id == run.id.partition("~")[0]]


def _from_run_file(path: Path) -> dict[str, Any]:
    """Give what the environment record says; SDKs before 0.19 write none."""
    facts: dict[str, Any] = {}
    try:
        data = read_regular(path, _HEAD_BYTES)
    except OSError:
        return facts
    for _, payload in payloads(data, []):
        try:
            kind, start, end = record_body(payload)
            if kind != _ENVIRONMENT:
                continue
            environment = Message(payload[start:end])
            program = environment.text(6)
            git = environment.message(9)
            facts |= {
                "program": program or None,
                "argv": environment.texts(5) if program else None,
                "code_path": environment.text(8) or environment.text(7) or None,
                "is_notebook": bool(environment.text(15)) or None,
                "python": environment.text(2) or None,
                "git_remote": git.text(1) or None,
                "git_commit": git.text(2) or None,
            }
        except (WireError, IndexError):
            continue
    return {name: value for name, value in facts.items() if value is not None}


def _from_folder(file: LocalFile) -> dict[str, Any]:
    parameters = parse_config(
        "" if file.sweep_config is None else read_text(file.sweep_config, LARGEST_BYTES[CONFIG])
    )
    facts: dict[str, Any] = {"sweep_parameters": parameters} if parameters else {}
    if file.folder is None:
        return facts
    files = file.folder / "files"
    return facts | launch_facts({name: read_side_file(files, name) for name in LAUNCH_FILES})
