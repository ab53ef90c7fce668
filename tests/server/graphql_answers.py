"""A GraphQL document in, an HTTP status and a JSON text out. What is unknown is an error."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.utilities import print_schema

from tests.server.agents import SweepGoneError
from tests.server.artifact_nodes import ArtifactNodes
from tests.server.mutations import Mutations
from tests.server.nodes import Nodes
from tests.server.raw import Raw

if TYPE_CHECKING:
    from tests.server.state import State

_SCHEMA = Path(__file__).with_name("schema.graphql")


@lru_cache
def schema_without(missing_fields: frozenset[str]) -> GraphQLSchema:
    """The schema of a server that lacks some `Type.field`."""
    schema = build_schema(_SCHEMA.read_text(encoding="utf-8"))
    for name in missing_fields:
        kind, _, field = name.partition(".")
        del schema.type_map[kind].fields[field]  # type: ignore[attr-defined]
    return build_schema(print_schema(schema)) if missing_fields else schema


@lru_cache(maxsize=512)
def _checked(
    text: str, missing_fields: frozenset[str]
) -> tuple[DocumentNode | None, list[GraphQLError]]:
    try:
        document = parse(text, no_location=False)
    except GraphQLError as error:
        return None, [error]
    return document, validate(schema_without(missing_fields), document)


class GraphqlAnswers:
    """Answers documents about one state."""

    def __init__(self, state: State, base_url: str, signed_url: str) -> None:
        self.state = state
        self.nodes = Nodes(state, base_url, signed_url)
        self.artifacts = ArtifactNodes(self.nodes)
        self._mutations = {**Mutations(self.nodes).root(), **self.artifacts.mutations()}

    def answer(self, text: str, variables: dict[str, Any] | None) -> tuple[int, str, str | None]:
        """The status, the body, and what was wrong if something was unknown."""
        missing = frozenset(self.state.switches.missing_fields)
        document, errors = _checked(text, missing)
        if document is None or errors:
            return 400, _error_text(errors), "; ".join(error.message for error in errors)
        raw = Raw()
        result = execute_sync(
            schema_without(missing),
            document,
            root_value={**self._queries(), **self._mutations},
            context_value=raw,
            variable_values=variables or {},
        )
        if result.errors:
            if any(isinstance(e.original_error, SweepGoneError) for e in result.errors):
                return 404, json.dumps({"errors": [{"message": "sweep not found"}]}), None
            return 400, _error_text(result.errors), "; ".join(e.message for e in result.errors)
        return 200, raw.fill(json.dumps({"data": result.data})), None

    def _queries(self) -> dict[str, Any]:
        nodes, state = self.nodes, self.state

        def project(_info: Any, name: str | None = None, entityName: str | None = None, **_: Any):  # noqa: N803
            return nodes.project(state.project(entityName, name))

        def models(_info: Any, entityName: str | None = None, **query: Any):  # noqa: N803
            mine = [p for p in state.projects.values() if p.entity == (entityName or state.entity)]
            return nodes.page_of(
                [node for project in mine if (node := nodes.project(project))],
                query.get("first"),
                query.get("after"),
            )

        return {
            "viewer": nodes.viewer(),
            "serverInfo": {
                "features": [
                    {"name": name, "isEnabled": True} for name in sorted(state.switches.features)
                ],
                "cliVersionInfo": {"min_cli_version": "0.10.0", "max_cli_version": "0.99.0"},
                "latestLocalVersionInfo": None,
            },
            "entity": lambda _info, name=None: nodes.entity(name or state.entity),
            "project": project,
            "model": project,
            "models": models,
            "artifact": lambda _info, id: self.artifacts.node(self.artifacts.by_id(id)),  # noqa: A006 - the schema's word
        }


def operation_name(text: str) -> str | None:
    """The name of a document's first operation, or the names of its first fields."""
    try:
        document = parse(text)
    except GraphQLError:
        return None
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            if definition.name:
                return definition.name.value
            return ",".join(f.name.value for f in definition.selection_set.selections)  # type: ignore[attr-defined]
    return None


def _error_text(errors: list[GraphQLError]) -> str:
    return json.dumps({"errors": [error.formatted for error in errors], "data": None})
