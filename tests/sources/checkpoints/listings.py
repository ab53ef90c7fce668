"""Listings for tests: by hand, and those that real libraries left (see tests/recording)."""

import json
from datetime import UTC, datetime
from pathlib import Path

from wbtools.model.checkpoint import ListedFile

RECORDED = json.loads(
    (Path(__file__).parents[2] / "data" / "checkpoints" / "listings.json").read_text()
)


def files_of(sizes):
    """Files by path, with sizes, all of one time."""
    written_at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        ListedFile(path=path, n_bytes=n_bytes, written_at=written_at)
        for path, n_bytes in sizes.items()
    ]


def sizes_of(library, *without):
    """What a real library wrote, but for some files."""
    sizes = RECORDED[library]["sizes"]
    assert set(without) <= set(sizes)
    return {path: n for path, n in sizes.items() if path not in without}
