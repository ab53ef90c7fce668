"""Small files that W&B keeps of a run: its metadata, its packages, its uncommitted changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import TooLarge
from wbtools.sources.wandb_api import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.sources.wandb_api.server import Server

_LARGEST_BYTES: Final = 16 * 1024 * 1024


def run_files(
    server: Server, entity: str, project: str, run: str, names: Sequence[str]
) -> dict[str, bytes]:
    """The files with these names, as far as the run has them; one beyond 16 MiB counts as absent.

    Args:
        server: Where the run is.
        entity: Who owns the project.
        project: Its name.
        run: The run's id.
        names: Such as `wandb-metadata.json`.

    Raises:
        DataError: As `Transport.ask`.
    """
    variables = {"entity": entity, "project": project, "run": run, "names": list(names)}
    answer = server.ask(documents.FILES, variables).data or {}
    found = ((answer.get("project") or {}).get("run") or {}).get("files") or {}
    files = {}
    for edge in found.get("edges") or ():
        node = edge.get("node") or {}
        if node.get("name") in names and isinstance(node.get("directUrl"), str):
            try:
                data = server.transport.download(node["directUrl"], most_bytes=_LARGEST_BYTES)
            except TooLarge:
                continue
            files[str(node["name"])] = data
    return files
