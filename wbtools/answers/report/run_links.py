"""The page of a run on the W&B server that it came from."""

from __future__ import annotations

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
    base = _APP if ref.base_url.rstrip("/") == _API else ref.base_url.rstrip("/")
    if urlsplit(base).scheme not in {"http", "https"}:
        return None
    parts = (ref.entity, ref.project, "runs", run.id)
    return "/".join([base, *(quote(part, safe="") for part in parts)])
