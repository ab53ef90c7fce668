"""Small files that W&B keeps of a run: its metadata, its packages, its uncommitted changes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wbtools.errors import TooLarge
from wbtools.sources.side_files import LARGEST_BYTES
from wbtools.sources.wandb_api import documents
from wbtools.sources.wandb_api.shapes import nodes_of, object_at

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
    node = object_at(server.ask(documents.FILES, variables).data, "project", "run", "files")
    wanted = set(names)
    files: dict[str, str] = {}
    for file in nodes_of(node):
        name, address = file["name"], file.get("directUrl")
        if name in wanted and isinstance(address, str):
            wanted.remove(name)
            data = io.BytesIO()
            try:
                server.transport.download(address, data, most_bytes=LARGEST_BYTES[name])
            except TooLarge:
                continue
            files[name] = data.getvalue().decode("utf-8", "replace")
    return files
