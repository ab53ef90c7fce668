"""Artifacts as GraphQL sees them, and what the SDK may change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server import artifacts
from tests.server.artifacts import Artifact, key_of

if TYPE_CHECKING:
    from tests.server.nodes import Node, Nodes
    from tests.server.state import Project, Run


class ArtifactNodes:
    """Makes nodes of artifacts, and takes the mutations that concern them."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.state = nodes.state

    def mutations(self) -> Node:
        """Resolvers by the schema's names."""
        return {
            "createArtifact": self.create,
            "createArtifactManifest": self.create_manifest,
            "updateArtifactManifest": self.update_manifest,
            "createArtifactFiles": self.create_files,
            "commitArtifact": self.commit,
            "deleteArtifact": self.delete,
            "updateArtifact": self.update,
            "useArtifact": lambda _info, input: {  # noqa: A006 - the schema's word
                "artifact": self.node(self.by_id(input["artifactID"]))
            },
        }

    def of_project(self, project: Project) -> Node:
        """The fields of a project."""

        def kind(_info: Any, name: str) -> Node | None:
            names = {artifact.type for artifact in project.artifacts}
            return self.kind(project, name) if name in names else None

        def kinds(_info: Any, **query: Any) -> Node:
            names = dict.fromkeys(artifact.type for artifact in project.artifacts)
            return self.nodes.page_of([self.kind(project, name) for name in names], **query)

        def named(_info: Any, name: str, **_: Any) -> Node | None:
            artifact = artifacts.member(project, *_parts(name))
            return None if artifact is None else self.node(artifact)

        def membership(_info: Any, name: str) -> Node | None:
            return self.membership(project, *_parts(name))

        return {
            "artifactType": kind,
            "artifactTypes": kinds,
            "artifact": named,
            "artifactCollection": lambda _info, name: self.collection(project, name),
            "artifactCollectionMembership": membership,
        }

    def logged_by(self, run: Run, **query: Any) -> Node:
        """A page of what a run logged, deleted ones among them."""
        project = self.state.projects[run.entity, run.project]
        mine = [artifact for artifact in project.artifacts if artifact.run == run.name]
        return self.nodes.page_of([self.node(artifact) for artifact in mine], **query)

    def by_id(self, artifact_id: str) -> Artifact:
        """The artifact with this id."""
        for project in self.state.projects.values():
            for artifact in project.artifacts:
                if artifact.id == artifact_id:
                    return artifact
        msg = f"no artifact {artifact_id}"
        raise ValueError(msg)

    def node(self, artifact: Artifact) -> Node:
        """A version."""
        project = self.state.projects[artifact.entity, artifact.project]
        stamp = self.nodes.stamp(artifact.created_at)
        return {
            "__typename": "Artifact",
            "id": artifact.id,
            "artifactSequence": lambda _info: self.collection(project, artifact.collection),
            "versionIndex": artifact.version,
            "artifactType": {"id": f"type:{artifact.type}", "name": artifact.type},
            "description": artifact.description,
            "metadata": artifact.metadata,
            "ttlDurationSeconds": -2,
            "ttlIsInherited": True,
            "tags": [],
            "state": artifact.state,
            "size": artifact.n_bytes,
            "digest": artifact.digest,
            "digestAlgorithm": artifact.algorithm,
            "commitHash": artifact.digest,
            "fileCount": len(artifact.entries),
            "createdAt": stamp,
            "updatedAt": stamp,
            "aliases": lambda _info: [
                {
                    "id": f"alias:{alias}",
                    "alias": alias,
                    "artifactCollection": self.collection(project, artifact.collection),
                }
                for alias in artifact.aliases
            ],
            "currentManifest": self.manifest(artifact),
            "files": lambda _info, **query: self.files(artifact, **query),
        }

    def manifest(self, artifact: Artifact) -> Node:
        """Its manifest, whose address takes an upload and gives it back."""
        address = f"{self.nodes.signed_url}/artifacts/manifests/{artifact.id}?signature=test"
        file = {
            "id": f"manifest-file:{artifact.id}",
            "name": "wandb_manifest.json",
            "directUrl": address,
            "uploadUrl": address,
            "uploadHeaders": [],
        }
        return {"id": artifact.id, "file": file}

    def files(self, artifact: Artifact, names: list[str] | None = None, **query: Any) -> Node:
        """A page of its files."""
        chosen = [
            self._file(artifact, path, entry)
            for path, entry in sorted(artifact.entries.items())
            if not names or path in names
        ]
        return self.nodes.page_of(chosen, **query)

    def _file(self, artifact: Artifact, path: str, entry: Node) -> Node:
        return {
            "id": f"file:{artifact.id}:{path}",
            "name": path,
            "displayName": path,
            "directUrl": self._address(artifact, path),
            "url": self._address(artifact, path),
            "sizeBytes": entry.get("size") or 0,
            "digest": entry.get("digest"),
            "md5": entry.get("digest"),
            "storagePath": path,
            "updatedAt": self.nodes.stamp(artifact.created_at),
        }

    def _address(self, artifact: Artifact, path: str) -> str:
        where = f"{self.nodes.signed_url}/artifacts/files/{artifact.id}"
        return f"{where}/{key_of(path)}?signature=test"

    def kind(self, project: Project, name: str) -> Node:
        """A type of artifacts."""

        def of_type(collection: str) -> Node | None:
            return self.collection(project, collection)

        return {
            "__typename": "ArtifactType",
            "id": f"type:{project.id}:{name}",
            "name": name,
            "createdAt": self.nodes.stamp(project.created_at),
            "artifactCollection": lambda _info, name: of_type(name),
        }

    def collection(self, project: Project, name: str) -> Node | None:
        """A collection: here always a sequence, as programs make them."""
        known = [artifact for artifact in project.artifacts if artifact.collection == name]
        if not known:
            return None
        living = artifacts.versions(project, name)
        return {
            "__typename": "ArtifactSequence",
            "id": f"sequence:{project.id}:{name}",
            "name": name,
            "state": "READY",
            "digestAlgorithm": known[-1].algorithm,
            "project": lambda _info: self.nodes.project(project),
            "latestArtifact": lambda _info: self.node(living[-1]) if living else None,
            "artifactMembership": lambda _info, aliasName: self.membership(  # noqa: N803 - the schema's word
                project, name, aliasName
            ),
        }

    def membership(self, project: Project, collection: str, alias: str) -> Node | None:
        """A version as a member of its collection."""
        artifact = artifacts.member(project, collection, alias)
        if artifact is None:
            return None
        node = self.node(artifact)
        return {
            "__typename": "ArtifactCollectionMembership",
            "id": f"membership:{artifact.id}",
            "versionIndex": artifact.version,
            "createdAt": node["createdAt"],
            "aliases": node["aliases"],
            "artifactCollection": lambda _info: self.collection(project, collection),
            "artifact": node,
            "files": node["files"],
        }

    def create(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """A new version, pending until it is committed."""
        project = self.state.make_project(input.get("entityName"), input.get("projectName"))
        names = input.get("artifactCollectionNames") or [input.get("artifactCollectionName")]
        artifact = Artifact(
            id=f"artifact-{input.get('clientID') or len(project.artifacts)}"[:24],
            entity=project.entity,
            project=project.name,
            collection=names[0],
            type=input["artifactTypeName"],
            digest=input["digest"],
            algorithm=input.get("digestAlgorithm") or "MANIFEST_MD5",
            run=input.get("runName"),
            description=input.get("description"),
            metadata=input.get("metadata"),
            aliases=[given["alias"] for given in input.get("aliases") or []],
        )
        return {"artifact": self.node(artifacts.create(self.state, project, artifact))}

    def create_manifest(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """Where the manifest goes."""
        return {"artifactManifest": self.manifest(self.by_id(input["artifactID"]))}

    def update_manifest(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """The same once more."""
        return {"artifactManifest": self.manifest(self.by_id(input["artifactManifestID"]))}

    def create_files(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """Where files go, in the order in which they are named."""
        nodes = []
        for spec in input["artifactFiles"]:
            artifact = self.by_id(spec["artifactID"])
            address = self._address(artifact, spec["name"])
            nodes.append(
                {
                    **self._file(artifact, spec["name"], {}),
                    "uploadUrl": address,
                    "uploadHeaders": [],
                    "artifact": self.node(artifact),
                }
            )
        return {"files": {"edges": [{"node": node} for node in nodes], "pageInfo": None}}

    def commit(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """It can be had from now on."""
        artifact = self.by_id(input["artifactID"])
        artifacts.commit(self.state.projects[artifact.entity, artifact.project], artifact)
        return {"artifact": self.node(artifact)}

    def update(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """What is said of it."""
        artifact = self.by_id(input["artifactID"])
        for word in ("metadata", "description"):
            if input.get(word) is not None:
                setattr(artifact, word, input[word])
        return {"artifact": self.node(artifact)}

    def delete(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """It stays in the list of what its run logged, and nothing else gives it."""
        artifact = self.by_id(input["artifactID"])
        if artifact.aliases and not input.get("deleteAliases"):
            msg = "cannot delete an artifact that has aliases"
            raise ValueError(msg)
        artifact.state, artifact.aliases = artifacts.DELETED, []
        artifact.blobs.clear()
        return {"artifact": self.node(artifact)}


def _parts(name: str) -> tuple[str, str]:
    collection, _, alias = name.partition(":")
    return collection, alias or "latest"
