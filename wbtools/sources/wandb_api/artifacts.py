"""What a run logged as artifacts, and the files in them. They are only listed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import FieldsUnknown
from wbtools.model.checkpoint import ListedFile, LoggedArtifact
from wbtools.sources.artifact_listings import (
    LEADS_OUT,
    MOST_FILES,
    MOST_METADATA,
    any_leads_out,
    is_own_type,
)
from wbtools.sources.local.json_items import NameBudget, json_value
from wbtools.sources.timestamps import utc_time
from wbtools.sources.wandb_api import documents
from wbtools.sources.wandb_api.decoding import count_of
from wbtools.sources.wandb_api.shapes import Paging, list_in, nodes_of, object_at, object_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.sources.wandb_api.server import Server

MOST_LOOKED_INTO: Final = 100
"""Artifacts whose files are listed: the newest that can be had."""
_MOST_ARTIFACTS: Final = 20_000
"""More than any run is known to log; W&B's own, a version of every table, are among them."""
_ARTIFACTS_A_PAGE: Final = 100
_LOOKED_INTO_AT_ONCE: Final = 10
_MOST_CHARACTERS: Final = 2**24
"""Of names and aliases that one list may keep, and as many of metadata; the rest is left out."""
_LONGEST_TEXT: Final = 4_096
_VERSION: Final = re.compile(r"v\d+")
"""W&B keeps a version's number among its aliases too."""
_COMMITTED: Final = "COMMITTED"


def run_artifacts(
    server: Server, entity: str, project: str, run: str
) -> tuple[list[LoggedArtifact], bool]:
    """List what a run logged and may be a model, the newest first.

    Those that W&B makes by itself are left out. An artifact that was deleted or never committed is
    listed, and so is one whose files would be written outside the folder that it is downloaded to:
    neither can be had.

    Args:
        server: Where the run is.
        entity: Who owns the project.
        project: Its name.
        run: The run's id.

    Returns:
        The artifacts, and whether there are some that were not listed, or whose files were not. A
        server that knows no artifacts has none.

    Raises:
        DataError: As `Transport.ask`, or there are too many.
    """
    try:
        listed, is_cut = _listed(server, entity, project, run)
    except FieldsUnknown:
        return [], False
    # What was logged at the same moment keeps the server's order, which is that of the versions.
    order = sorted(range(len(listed)), key=lambda k: (_created(listed[k][1]), k), reverse=True)
    newest = [listed[k] for k in order]
    there = [artifact_id for artifact_id, artifact in newest if artifact.is_there]
    files = _files(server, there[:MOST_LOOKED_INTO])
    artifacts = [
        _with_files(artifact, files.get(artifact_id, ())) for artifact_id, artifact in newest
    ]
    return artifacts, is_cut or len(there) > MOST_LOOKED_INTO


def _created(artifact: LoggedArtifact) -> float:
    return artifact.created_at.timestamp() if artifact.created_at is not None else 0.0


def _listed(
    server: Server, entity: str, project: str, run: str
) -> tuple[list[tuple[str, LoggedArtifact]], bool]:
    """Give all that a run logged with their ids, in the server's order, without their files.

    Returns:
        They, and whether there are more: the server broke off, or their names are too long.
    """
    found: dict[str, LoggedArtifact | None] = {}
    names, metadata = NameBudget(_MOST_CHARACTERS), NameBudget(_MOST_CHARACTERS)
    paging = Paging(f"the artifacts of the run {run}", most=_MOST_ARTIFACTS)
    while paging.goes_on:
        variables = {
            "entity": entity,
            "project": project,
            "run": run,
            "cursor": paging.cursor,
            "perPage": _ARTIFACTS_A_PAGE,
        }
        answer = server.ask(documents.artifacts, variables)
        connection = object_at(answer.data, "project", "run", "outputArtifacts")
        for node in nodes_of(connection):
            found[node["name"]] = _artifact(node, f"{entity}/{project}", names, metadata)
        paging.turn(connection, n_known=len(found), n_counted=None)
        answer.share.release()
    kept = [(known_id, artifact) for known_id, artifact in found.items() if artifact is not None]
    return kept, paging.broke_off or names.exceeded


def _artifact(
    node: Mapping[str, Any], where: str, names: NameBudget, metadata: NameBudget
) -> LoggedArtifact | None:
    """Read a node; None for what W&B made by itself, or what has no name."""
    kind = _text((object_in(node, "artifactType") or {}).get("name"))
    collection = _text((object_in(node, "artifactSequence") or {}).get("name"))
    if is_own_type(kind) or not collection or not names.grants(len(kind) + len(collection)):
        return None
    version, state = count_of(node.get("versionIndex")), _text(node.get("state"))
    aliases = tuple(
        alias
        for given in list_in(node, "aliases")
        if isinstance(given, dict)
        and (alias := _text(given.get("alias")))
        and not _VERSION.fullmatch(alias)
        and names.grants(len(alias))
    )
    name = f"{where}/{collection}"
    return LoggedArtifact(
        name=name if version is None else f"{name}:v{version}",
        type=kind,
        aliases=aliases,
        # Without a number no command can ask for it.
        is_there=state in {_COMMITTED, ""} and version is not None,
        state=state,
        n_bytes=count_of(node.get("size")),
        created_at=utc_time(node.get("createdAt")),
        metadata=_metadata(node.get("metadata"), metadata),
    )


def _metadata(text: object, budget: NameBudget) -> Mapping[str, object] | None:
    if not isinstance(text, str) or len(text) > MOST_METADATA or not budget.grants(len(text)):
        return None
    value = json_value(text)
    return value if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""


def _files(server: Server, ids: Sequence[str]) -> dict[str, tuple[ListedFile, ...]]:
    """List the files of artifacts, of several in one request; none of those that do not tell."""
    files: dict[str, tuple[ListedFile, ...]] = {}
    budget = NameBudget(_MOST_CHARACTERS)
    for first in range(0, len(ids), _LOOKED_INTO_AT_ONCE):
        some = ids[first : first + _LOOKED_INTO_AT_ONCE]
        variables = {
            "perPage": MOST_FILES,
            **{f"a{k}": artifact_id for k, artifact_id in enumerate(some)},
        }
        try:
            answer = server.ask(partial(documents.artifact_files, len(some)), variables)
        except FieldsUnknown:
            break
        for k, artifact_id in enumerate(some):
            connection = object_in(object_in(answer.data, f"a{k}") or {}, "files")
            some_files = map(_file, islice(nodes_of(connection), MOST_FILES))
            files[artifact_id] = tuple(file for file in some_files if budget.grants(len(file.path)))
        answer.share.release()
    return files


def _file(node: Mapping[str, Any]) -> ListedFile:
    return ListedFile(
        path=_text(node.get("displayName")) or node["name"],
        n_bytes=count_of(node.get("sizeBytes")),
        written_at=utc_time(node.get("updatedAt")),
    )


def _with_files(artifact: LoggedArtifact, files: Sequence[ListedFile]) -> LoggedArtifact:
    if any_leads_out(file.path for file in files):
        return replace(artifact, files=tuple(files), is_there=False, state=LEADS_OUT)
    return replace(artifact, files=tuple(files))
