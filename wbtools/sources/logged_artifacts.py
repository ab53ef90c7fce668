"""What a local run logged as artifacts, from the records of its run files.

An SDK that is offline copies the files of an artifact into a staging folder and notes in the run
file where they lie. These paths are asked for their size and time, and never opened. A run file may
be somebody else's: what it names elsewhere than in such a folder or in the project is nobody's
model, and no script may copy it. An SDK that is online gives artifacts to its server alone.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import ListedFile, LoggedArtifact
from wbtools.sources.artifact_listings import (
    LEADS_OUT,
    MOST_FILES,
    MOST_METADATA,
    any_leads_out,
    is_own_type,
)
from wbtools.sources.launch_records import files_of
from wbtools.sources.local.json_items import json_value
from wbtools.sources.local.leveldb_log import payloads
from wbtools.sources.local.protobuf import Message, WireError, record_body
from wbtools.sources.regular_files import read_regular
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.model import Run
    from wbtools.sources.local.local_file import LocalFile

_ARTIFACT: Final = 8
_MOST_ARTIFACTS: Final = 1_000
_NOT_STAGED: Final = "its files are no longer where the SDK put them aside"
_CHANGED: Final = "its files changed since they were logged"
_ELSEWHERE: Final = "it names files that lie neither in the SDK's staging folder nor in the project"
_STAGING: Final = ("artifacts", "staging")
"""The end of the folder that the SDK puts files aside in, below WANDB_DATA_DIR or the home."""
_DIGEST_CHARACTERS: Final = 8
_LATEST: Final = "latest"


def logged_artifacts(
    run: Run, files: Sequence[LocalFile], folders: Sequence[Path]
) -> list[LoggedArtifact]:
    """Give what a run logged as artifacts and may be a model, the newest first.

    Versions have no number before a server has them: they are named by the first of their aliases
    that says more than `latest`, or by the beginning of their digest. As on a server, an alias
    names the newest that got it.

    Args:
        run: As read.
        files: Those of its sweep, in any order; all attempts of the run count.
        folders: Of the project: a program may log a file that stays where it lies.
    """
    roots = tuple({os.path.realpath(folder) for folder in folders} - {os.sep})
    artifacts: list[LoggedArtifact] = []
    known: dict[tuple[str, str], int] = {}
    taken: set[tuple[str, str]] = set()
    mine = sorted(files_of(run, files), key=lambda file: str(file.folder or file.path))
    for file in reversed(mine):
        for record in reversed(list(_records(file.path))):
            aliases = [alias for alias in record.aliases if (record.name, alias) not in taken]
            taken.update((record.name, alias) for alias in aliases)
            place = known.get((record.name, record.digest))
            if place is not None:
                again = artifacts[place]
                artifacts[place] = replace(again, aliases=(*again.aliases, *aliases))
            elif len(artifacts) < _MOST_ARTIFACTS:
                known[record.name, record.digest] = len(artifacts)
                artifacts.append(_artifact(record, aliases, roots))
    return artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class _ArtifactRecord:
    name: str
    type: str
    digest: str
    aliases: tuple[str, ...]
    metadata: str
    manifest: Message


def _records(path: Path) -> Iterator[_ArtifactRecord]:
    """Give the artifact records of a run file, in its order, without those of W&B's own types."""
    try:
        data = read_regular(path, None)
    except OSError:
        return
    for _, payload in payloads(data, []):
        try:
            kind, start, end = record_body(payload)
            if kind != _ARTIFACT:
                continue
            record = Message(payload[start:end])
            manifest = record.message(12)
            # SDKs that write the manifest into a file of its own do so for 100,000 files and more.
            if manifest.text(5) or is_own_type(record.text(4)) or not record.text(5):
                continue
            yield _ArtifactRecord(
                name="/".join(filter(None, (record.text(3), record.text(2), record.text(5)))),
                type=record.text(4),
                digest=record.text(6),
                aliases=record.texts(11),
                metadata=record.text(8),
                manifest=manifest,
            )
        except (WireError, IndexError):
            continue


def _artifact(
    record: _ArtifactRecord, aliases: Sequence[str], roots: Sequence[str]
) -> LoggedArtifact:
    entries = record.manifest.chunks(4)
    staged = [_staged(entry, roots) for entry in islice(entries, MOST_FILES)]
    files = tuple(file for file, _ in staged)
    trouble = next((why for _, why in staged if why), "" if files else _NOT_STAGED)
    written = [file.written_at for file in files if file.written_at is not None]
    metadata = json_value(record.metadata) if len(record.metadata) <= MOST_METADATA else None
    # The SDK gives every version `latest` beside what the program calls it.
    telling = sorted(aliases, key=lambda alias: alias == _LATEST)
    version = next(iter(telling), "") or record.digest[:_DIGEST_CHARACTERS]
    return LoggedArtifact(
        name=f"{record.name}:{version}" if version else record.name,
        type=record.type,
        aliases=tuple(aliases),
        is_there=not trouble,
        state=trouble,
        n_bytes=sum(file.n_bytes or 0 for file in files) if len(files) == len(entries) else None,
        created_at=max(written, default=None),
        metadata=metadata if isinstance(metadata, dict) else None,
        files=files,
        is_offline=True,
    )


def _staged(entry: bytes, roots: Sequence[str]) -> tuple[ListedFile, str]:
    """Give a file of a manifest, and in words why it cannot be had from this machine.

    It has the time at which it was put aside, if it was.
    """
    try:
        fields = Message(entry)
    except WireError:
        return ListedFile(path=""), _NOT_STAGED
    path, local_path, n_bytes = fields.text(1), fields.text(6), fields.number(4)
    if any_leads_out([path]):
        return ListedFile(path=path), LEADS_OUT
    facts = _stat(local_path)
    if facts is None:
        return ListedFile(path=path, n_bytes=max(0, n_bytes)), _NOT_STAGED
    if not _may_be_staged(local_path, roots):
        return ListedFile(path=path, n_bytes=max(0, n_bytes)), _ELSEWHERE
    file = ListedFile(
        path=path,
        n_bytes=max(0, n_bytes),
        written_at=time_of(facts.st_mtime),
        local_path=local_path,
    )
    return file, "" if facts.st_size == n_bytes else _CHANGED


def _may_be_staged(path: str, roots: Sequence[str]) -> bool:
    """Whether a file lies where the SDK puts files aside, or in the project and not hidden."""
    real = os.path.realpath(path)
    if Path(real).parts[-3:-1] == _STAGING:
        return True
    return any(
        Path(real).is_relative_to(root)
        and not any(part.startswith(".") for part in Path(real).relative_to(root).parts)
        for root in roots
    )


def _stat(path: str) -> os.stat_result | None:
    """Look at a path that a run file names; None where no regular file is."""
    if not Path(path).is_absolute():
        return None
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None
