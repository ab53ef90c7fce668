"""In how many rows each logged name of a run stands: as a page tells it, and as it is archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.sources.wandb_api.responses import FetchedRun


def history_keys(run: FetchedRun) -> dict[str, object] | None:
    """What the server counted of a run, as it is archived; None where it did not count.

    Names under which no numbers stand are kept apart.
    """
    if run.counts is None:
        return None
    numbers = {name: n for name, n in run.counts.items() if name in run.numbers}
    others = {name: n for name, n in run.counts.items() if name not in run.numbers}
    return {"keys": numbers, "others": others, "lastStep": run.last_step}


def names_in(history_keys: object) -> frozenset[str] | None:
    """All names that a run logged, as it is archived; None where the server did not count."""
    if not isinstance(history_keys, dict):
        return None
    counts = (history_keys.get("keys"), history_keys.get("others"))
    return frozenset(name for some in counts if isinstance(some, dict) for name in some)


def rows_in(history_keys: object) -> dict[str, int]:
    """Rows by name, of the names under which numbers stand, W&B's own (`_step`, …) left out.

    Args:
        history_keys: Of a run, as it is archived.
    """
    keys = history_keys.get("keys") if isinstance(history_keys, dict) else None
    return {
        name: n_rows
        for name, n_rows in (keys.items() if isinstance(keys, dict) else ())
        if n_rows and not name.startswith("_")
    }


def logged_rows(run: FetchedRun) -> dict[str, int]:
    """As `rows_in`, of a run as a page told it."""
    return rows_in(history_keys(run))
