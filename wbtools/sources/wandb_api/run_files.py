"""Small files that W&B keeps of a run: its metadata, its packages, its uncommitted changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.errors import TooLarge
from wbtools.sources.side_files import LARGEST_BYTES
from wbtools.sources.wandb_api import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.sources.wandb_api.server import Server


def run_files(
    server: Server, entity: str, project: str, run: str, names: Sequence[str]
) -> dict[str, str]:
    """The texts of the side files with these names; one that is too large counts as absent.

    Args:
        server: Where the run is.
        entity: Who owns the project.
        project: Its name.
        run: The run's id.
        names: Of `LARGEST_BYTES`, such as `wandb-metadata.json`.

    Raises:
        DataError: As `Transport.ask`.
    """
    variables = {"entity": entity, "project": project, "run": run, "names": list(names)}
    answer = server.ask(documents.FILES, variables).data or {}
    found = ((answer.get("project") or {}).get("run") or {}).get("files") or {}
    files: dict[str, str] = {}
    for edge in found.get("edges") or ():
        node = edge.get("node") or {}
        name, address = node.get("name"), node.get("directUrl")
        if isinstance(name, str) and name in names and isinstance(address, str):
            try:
                data = server.transport.download(address, most_bytes=LARGEST_BYTES[name])
            except TooLarge:
                continue
            files[name] = data.decode("utf-8", "replace")
    return files
