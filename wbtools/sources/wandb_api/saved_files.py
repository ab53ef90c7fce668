"""The files that W&B keeps of a run because its program saved them. They are only listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import ListedFile
from wbtools.sources.artifact_listings import any_leads_out
from wbtools.sources.local.json_items import NameBudget
from wbtools.sources.side_files import CONFIG, DIFF, REQUIREMENTS
from wbtools.sources.timestamps import utc_time
from wbtools.sources.wandb_api import documents
from wbtools.sources.wandb_api.decoding import count_of
from wbtools.sources.wandb_api.shapes import Paging, nodes_of, object_at

if TYPE_CHECKING:
    from wbtools.sources.wandb_api.server import Server

MOST_SAVED: Final = 20_000
_MOST_CHARACTERS: Final = 2**24
"""Of names that one list may keep."""
_FILES_A_PAGE: Final = 500
_OWN_NAMES: Final = frozenset({CONFIG, DIFF, REQUIREMENTS, "conda-environment.yaml", "output.log"})
_OWN_BEGINNINGS: Final = (
    "wandb-",
    "media/",
    "code/",
    "logs/",
    "artifact/",
    "diff_",
    "upstream_diff_",
)


def saved_files(
    server: Server, entity: str, project: str, run: str
) -> tuple[list[ListedFile], bool]:
    """List the files of a run, without those that W&B writes itself.

    A file whose name leads out of the folder it would be downloaded to is no file of `run.save`,
    and left out.

    Args:
        server: Where the run is.
        entity: Who owns the project.
        project: Its name.
        run: The run's id.

    Returns:
        The files, and whether there are more than are listed.

    Raises:
        DataError: As `Transport.ask`.
    """
    files: dict[str, ListedFile] = {}
    n_known = 0
    budget = NameBudget(_MOST_CHARACTERS)
    paging = Paging(f"the files of the run {run}", most=MOST_SAVED + _FILES_A_PAGE)
    while paging.goes_on and n_known < MOST_SAVED:
        variables = {
            "entity": entity,
            "project": project,
            "run": run,
            "cursor": paging.cursor,
            "perPage": _FILES_A_PAGE,
        }
        answer = server.ask(documents.saved_files, variables)
        connection = object_at(answer.data, "project", "run", "files")
        for node in nodes_of(connection):
            n_known += 1
            name = node["name"]
            if _is_own(name) or any_leads_out([name]):
                continue
            if budget.grants(len(name)):
                files[name] = ListedFile(
                    path=name,
                    n_bytes=count_of(node.get("sizeBytes")),
                    written_at=utc_time(node.get("updatedAt")),
                )
        paging.turn(connection, n_known=n_known, n_counted=None)
        answer.share.release()
    is_cut = paging.goes_on or paging.broke_off or budget.exceeded
    return list(files.values()), is_cut


def _is_own(name: str) -> bool:
    """Say whether W&B writes a file of this name itself."""
    return name in _OWN_NAMES or name.startswith(_OWN_BEGINNINGS)
