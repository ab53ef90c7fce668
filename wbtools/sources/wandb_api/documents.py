"""The GraphQL documents, and what an old server may lack of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEEDED: Final = frozenset(
    {
        *(f"Run.{field}" for field in ("id", "name", "state", "config", "historyLineCount")),
        *(f"Sweep.{field}" for field in ("name", "config")),
    }
)
"""Without any of the other fields a sweep can still be read, and is marked as what is unknown."""

_LISTED: Final = "name displayName state createdAt heartbeatAt updatedAt running historyLineCount"
_RUN: Final = (
    f"{_LISTED} config summaryMetrics historyKeys exitcode stopped shouldStop"
    " sweepName tags group jobType commit host"
)
_LOGGED: Final = "name historyLineCount historyKeys config summaryMetrics"
LOOKED_INTO: Final = 4
"""Runs whose names and configurations come with a listing, to plan by: neighbours differ little."""
_SWEEP: Final = "name displayName state config createdAt updatedAt runCount"
_STOPPABLE: Final = "id name state stopped tags"
_UNKNOWN_FIELD: Final = re.compile(
    r"Cannot query field ['\"](?P<field>\w+)['\"] on type ['\"](?P<type>\w+)['\"]"
)

VIEWER: Final = "query WbtoolsViewer { viewer { entity } }"

PROJECTS: Final = """
query WbtoolsProjects($entity: String!) {
  models(entityName: $entity, first: 100) { edges { node { name } } }
}
"""

HISTORY: Final = """
query WbtoolsHistory(
  $entity: String!, $project: String!, $run: String!,
  $minStep: Int64!, $maxStep: Int64!, $samples: Int!
) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { history(minStep: $minStep, maxStep: $maxStep, samples: $samples) }
  }
}
"""

PARQUET: Final = """
query WbtoolsParquet($entity: String!, $project: String!, $run: String!, $keys: [String!]!) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { parquetHistory(liveKeys: $keys) { parquetUrls liveData } }
  }
}
"""


FILES: Final = """
query WbtoolsFiles($entity: String!, $project: String!, $run: String!, $names: [String!]!) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { files(names: $names, first: 50) { edges { node { name directUrl } } } }
  }
}
"""

_ARTIFACT: Final = "state size createdAt versionIndex metadata"
_ARTIFACT_FILE: Final = "displayName sizeBytes updatedAt"

FEATURES: Final = "query WbtoolsFeatures { serverInfo { features { name isEnabled } } }"

RUN_NOW: Final = """
query WbtoolsRunNow($entity: String!, $project: String!, $run: String!) {
  project(name: $project, entityName: $entity) { run(name: $run) { name displayName state config } }
}
"""


def listing(without: Iterable[str] = ()) -> str:
    """What is needed to see which runs changed.

    With `$withSweep` the sweep itself too, and with `$lookInto` what the first few runs logged.
    """
    return f"""
query WbtoolsListing(
  $entity: String!, $project: String!, $sweep: String!, $withSweep: Boolean!,
  $lookInto: Boolean!, $filters: JSONString!, $cursor: String, $perPage: Int!
) {{
  project(name: $project, entityName: $entity) {{
    {_kept("Project", "runCount(filters: $filters)", without)}
    sweep(sweepName: $sweep) @include(if: $withSweep) {{ {_kept("Sweep", _SWEEP, without)} }}
    runs(filters: $filters, first: $perPage, after: $cursor, order: "+created_at") {{
      pageInfo {{ endCursor hasNextPage }}
      edges {{ node {{ {_kept("Run", _LISTED, without)} }} }}
    }}
    first: runs(filters: $filters, first: {LOOKED_INTO}, order: "+created_at")
      @include(if: $lookInto) {{
      edges {{ node {{ {_kept("Run", _LOGGED, without)} }} }}
    }}
  }}
}}
"""


def runs(without: Iterable[str] = ()) -> str:
    """A page of runs with their configurations and sampled curves."""
    return f"""
query WbtoolsRuns(
  $entity: String!, $project: String!, $filters: JSONString!, $perPage: Int!,
  $specs: [JSONString!]!
) {{
  project(name: $project, entityName: $entity) {{
    runs(filters: $filters, first: $perPage, order: "+created_at") {{
      pageInfo {{ hasNextPage }}
      edges {{ node {{ {_kept("Run", _RUN, without)} sampledHistory(specs: $specs) }} }}
    }}
  }}
}}
"""


def stoppable(without: Iterable[str] = ()) -> str:
    """How some runs stand, and by which ids W&B stops or tags them."""
    return f"""
query WbtoolsStoppable(
  $entity: String!, $project: String!, $filters: JSONString!, $perPage: Int!
) {{
  project(name: $project, entityName: $entity) {{
    runs(filters: $filters, first: $perPage) {{
      edges {{ node {{ {_kept("Run", _STOPPABLE, without)} }} }}
    }}
  }}
}}
"""


def sweep_at_work(without: Iterable[str] = ()) -> str:
    """How a sweep and its agents stand, and by which id W&B changes it."""
    dropped = frozenset(without)
    agents = "agents { edges { node { name heartbeatAt } } }"
    if dropped & {"Sweep.agents", "Agent.heartbeatAt"}:
        agents = ""
    return f"""
query WbtoolsSweepAtWork($entity: String!, $project: String!, $sweep: String!) {{
  project(name: $project, entityName: $entity) {{
    sweep(sweepName: $sweep) {{ {_kept("Sweep", "id state", dropped)} {agents} }}
  }}
}}
"""


def sweeps(without: Iterable[str] = ()) -> str:
    """All sweeps of a project, a page at a time."""
    return f"""
query WbtoolsSweeps($entity: String!, $project: String!, $cursor: String) {{
  project(name: $project, entityName: $entity) {{
    sweeps(first: 100, after: $cursor) {{
      pageInfo {{ endCursor hasNextPage }}
      edges {{ node {{ {_kept("Sweep", _SWEEP, without)} }} }}
    }}
  }}
}}
"""


def sweep_in_each(n_projects: int) -> str:
    """One sweep id looked for in so many projects at once, named `$p0` and so on."""
    declared = ", ".join(f"$p{k}: String!" for k in range(n_projects))
    asked = "\n".join(
        f"  p{k}: project(name: $p{k}, entityName: $entity)"
        " { sweep(sweepName: $sweep) { name } }"
        for k in range(n_projects)
    )
    return f"query WbtoolsWhere($entity: String!, $sweep: String!, {declared}) {{\n{asked}\n}}"


def artifacts(without: Iterable[str] = ()) -> str:
    """What a run logged, a page at a time; an artifact's id stands where others have a name."""
    return f"""
query WbtoolsArtifacts(
  $entity: String!, $project: String!, $run: String!, $cursor: String, $perPage: Int!
) {{
  project(name: $project, entityName: $entity) {{
    run(name: $run) {{
      outputArtifacts(first: $perPage, after: $cursor) {{
        pageInfo {{ endCursor hasNextPage }}
        edges {{
          node {{
            name: id
            {_kept("Artifact", _ARTIFACT, without)}
            artifactType {{ name }}
            artifactSequence {{ name }}
            aliases {{ alias }}
          }}
        }}
      }}
    }}
  }}
}}
"""


def artifact_files(n_artifacts: int, without: Iterable[str] = ()) -> str:
    """The files of so many artifacts at once, whose ids are `$a0` and so on."""
    declared = ", ".join(f"$a{k}: ID!" for k in range(n_artifacts))
    asked = "\n".join(
        f"  a{k}: artifact(id: $a{k}) {{ files(first: $perPage) {{ edges {{ node {{ name"
        f" {_kept('File', _ARTIFACT_FILE, without)} }} }} }} }}"
        for k in range(n_artifacts)
    )
    return f"query WbtoolsArtifactFiles($perPage: Int!, {declared}) {{\n{asked}\n}}"


def saved_files(without: Iterable[str] = ()) -> str:
    """The files that W&B keeps of a run, a page at a time."""
    return f"""
query WbtoolsSavedFiles(
  $entity: String!, $project: String!, $run: String!, $cursor: String, $perPage: Int!
) {{
  project(name: $project, entityName: $entity) {{
    run(name: $run) {{
      files(first: $perPage, after: $cursor) {{
        pageInfo {{ endCursor hasNextPage }}
        edges {{ node {{ name {_kept("File", "sizeBytes updatedAt", without)} }} }}
      }}
    }}
  }}
}}
"""


def unknown_fields(messages: Iterable[str]) -> frozenset[str]:
    """`Type.field` of what a server does not know and the documents can do without."""
    found = (match for message in messages for match in _UNKNOWN_FIELD.finditer(message))
    return frozenset(f"{match['type']}.{match['field']}" for match in found) - _NEEDED


def _kept(kind: str, fields: str, without: Iterable[str]) -> str:
    """The fields of a type without those that the server lacks; one goes with its arguments."""
    dropped = frozenset(without)
    found = re.findall(r"(\w+)(\([^)]*\))?", fields)
    kept = (f"{name}{more}" for name, more in found if f"{kind}.{name}" not in dropped)
    return " ".join(kept) or "__typename"
