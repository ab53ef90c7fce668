"""Artifacts as the server keeps them: versions of collections, their manifests and files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.server.state import Project, State

PENDING, COMMITTED, DELETED = "PENDING", "COMMITTED", "DELETED"


@dataclass(slots=True, kw_only=True)
class Artifact:
    """One version of a collection; it has a number once it is committed.

    Attributes:
        blobs: What was uploaded, by `key_of` the path in the artifact.
        manifest: As the SDK uploaded it, JSON.
    """

    id: str
    entity: str
    project: str
    collection: str
    type: str
    digest: str
    algorithm: str = "MANIFEST_MD5"
    run: str | None = None
    state: str = PENDING
    version: int | None = None
    description: str | None = None
    metadata: str | None = None
    aliases: list[str] = field(default_factory=list)
    created_at: float = 0.0
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifest: bytes = b""

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """What the manifest lists, by path."""
        return json.loads(self.manifest)["contents"] if self.manifest else {}

    @property
    def n_bytes(self) -> int:
        """Of all files."""
        return sum(entry.get("size") or 0 for entry in self.entries.values())


def key_of(path: str) -> str:
    """What a path in an artifact is called in addresses: it may hold anything."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def create(state: State, project: Project, artifact: Artifact) -> Artifact:
    """Put a new version beside the others, or give the one that holds the very same."""
    for known in project.artifacts:
        same = (known.collection, known.digest) == (artifact.collection, artifact.digest)
        if same and known.state == COMMITTED:
            _name_anew(project, known, artifact.aliases)
            return known
    artifact.created_at = state.now()
    project.artifacts.append(artifact)
    return artifact


def commit(project: Project, artifact: Artifact) -> None:
    """Number it, and take its aliases from others."""
    if artifact.state == PENDING:
        numbers = [
            known.version
            for known in project.artifacts
            if known.collection == artifact.collection and known.version is not None
        ]
        artifact.version = max(numbers, default=-1) + 1
        artifact.state = COMMITTED
    _name_anew(project, artifact, artifact.aliases)


def _name_anew(project: Project, artifact: Artifact, aliases: Sequence[str]) -> None:
    wanted = list(dict.fromkeys([*artifact.aliases, *aliases]))
    for known in project.artifacts:
        if known.collection == artifact.collection:
            known.aliases = [alias for alias in known.aliases if alias not in wanted]
    artifact.aliases = wanted


def versions(project: Project, collection: str) -> list[Artifact]:
    """The committed versions of a collection, the oldest first."""
    return [
        artifact
        for artifact in project.artifacts
        if artifact.collection == collection and artifact.state == COMMITTED
    ]


def member(project: Project, collection: str, alias: str) -> Artifact | None:
    """The version that an alias or `v3` names."""
    for artifact in versions(project, collection):
        if alias in {*artifact.aliases, f"v{artifact.version}"}:
            return artifact
    return None


def load_artifact(
    state: State,
    entity: str,
    project: str,
    collection: str,
    *,
    run: str | None = None,
    kind: str = "model",
    files: dict[str, int] | None = None,
    metadata: dict[str, Any] | None = None,
    aliases: Sequence[str] = ("latest",),
    artifact_state: str = COMMITTED,
) -> Artifact:
    """Put a version into a project whose files are lists of zeros.

    Args:
        state: The server's.
        entity: Who owns the project.
        project: Its name.
        collection: Its name.
        run: The id of the run that logged it.
        kind: Its type.
        files: Sizes by path.
        metadata: Of the program.
        aliases: Without its number.
        artifact_state: Such as `DELETED`.
    """
    home = state.make_project(entity, project)
    sizes = files or {}
    artifact = Artifact(
        id=f"artifact-{entity}-{project}-{len(home.artifacts)}",
        entity=entity,
        project=project,
        collection=collection,
        type=kind,
        digest=f"{len(home.artifacts):032x}",
        run=run,
        metadata=None if metadata is None else json.dumps(metadata),
        aliases=list(aliases),
        created_at=state.now() + len(home.artifacts),
        blobs={key_of(path): bytes(size) for path, size in sizes.items()},
        manifest=json.dumps(
            {
                "version": 1,
                "storagePolicy": "wandb-storage-policy-v1",
                "storagePolicyConfig": {"storageLayout": "V2"},
                "contents": {path: {"digest": "", "size": size} for path, size in sizes.items()},
            }
        ).encode(),
    )
    home.artifacts.append(artifact)
    if artifact_state != PENDING:
        commit(home, artifact)
        artifact.state = artifact_state
    return artifact
