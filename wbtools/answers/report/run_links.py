"""The pages of runs and of reports on a W&B server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from wbtools.model import Run, SweepRef

_API: str = "https://api.wandb.ai"
_APP: str = "https://wandb.ai"


def run_url(ref: SweepRef, run: Run) -> str | None:
    """Where a run stands on W&B; None where nothing says that it came from there.

    Args:
        ref: The sweep's own; its texts are other people's, and each is quoted as one part.
        run: One of its runs.
    """
    if ref.base_url is None or not ref.entity or not ref.project:
        return None
    base = _app(ref.base_url)
    if urlsplit(base).scheme not in {"http", "https"}:
        return None
    parts = (ref.entity, ref.project, "runs", run.id)
    return "/".join([base, *(quote(part, safe="") for part in parts)])


def report_url(base_url: str, entity: str, project: str, title: str, report_id: str) -> str:
    """Where a W&B Report stands.

    Args:
        base_url: Of its server.
        entity: Whose project it is in.
        project: In which project.
        title: As people read it; W&B finds the report by its id alone.
        report_id: W&B's own.
    """
    words = "-".join(re.findall(r"\w+", title)) or "report"
    parts = (entity, project, "reports", f"{words}--{report_id}")
    return "/".join([_app(base_url), *(quote(part, safe="=") for part in parts)])


def _app(base_url: str) -> str:
    """The address at which people see what a server has."""
    base = base_url.rstrip("/")
    return _APP if base == _API else base
