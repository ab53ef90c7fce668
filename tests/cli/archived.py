"""Two runs in an archive, and what they logged."""

from datetime import UTC, datetime

import numpy as np

from tests.archive.sweeps import KEY, archived
from wbtools.archive import ArchivedKind, SeriesPage, SweepKey
from wbtools.model import RunState, Series

WHEN = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
OTHER = SweepKey(
    base_url="https://wandb.acme.example/x", entity="acme", project="ocr", name="v5inrfwe"
)
SELECTED = SweepKey(
    base_url=KEY.base_url,
    entity="acme",
    project="ocr",
    name="group:base line",
    kind=ArchivedKind.SELECTION,
)
VALUES = np.array([0.1, np.nan, np.inf, -np.inf, -0.0, 5e-324, 1 / 3, 1e300])
NAN_WITH_PAYLOAD = np.array([0x7FF8_0000_0000_0BAD], dtype=np.uint64).view(np.float64)
RUNS = [
    archived(
        "aaaaaaaa",
        name="amber-sweep-1",
        number_from="name",
        state=RunState.FINISHED,
        created_at=WHEN,
        exit_code=0,
        stopped=False,
        config={"lr": 1, "layers": [1, 2], "api_key": "s3cret", "mixed": "1", "flag": True},
        summary={"loss": float("nan")},
        argv=("t.py", "--token", "s3cret"),
        program="t.py --password=s3cret",
        tags=("a", "b,c"),
    ),
    archived(
        "bbbbbbbb",
        number=2,
        state=RunState.KILLED,
        created_at=WHEN.replace(hour=13),
        config={"lr": 0.5, "mixed": 1, "huge": 10**30, "none": None},
        summary={"loss": float("inf")},
    ),
]


def a_page(run_id, metric, values, **more):
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values), dtype=np.int64) * 10
    times_s = WHEN.timestamp() + steps / 8
    rows = Series(values=values, steps=steps, times_s=times_s)
    return SeriesPage(run_id=run_id, metric=metric, rows=rows, **more)
