"""Archived rows put together into a `Sweep`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.archive import reading
from wbtools.model import Curves, Sweep, SweepRef
from wbtools.sources.run_numbers import label_runs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from wbtools.archive.records import ArchivedSweep
    from wbtools.model import Run, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMetric:
    """One metric as the tables hold it.

    Attributes:
        ids: Table ids of the runs, in the order of the runs.
        flags: (sampled, complete) by table id; a run that was not asked has none.
        chunks: As `reading.metric_chunks` gives them.
    """

    ids: Sequence[int]
    flags: Mapping[int, tuple[bool, bool]]
    chunks: Sequence[tuple[object, ...]]


def sweep_of(
    archived: ArchivedSweep,
    runs: Sequence[Run],
    metrics: Mapping[str, StoredMetric],
    *,
    as_of: datetime,
    whole: bool,
    origin: str,
) -> Sweep:
    """Unpack and pack.

    Args:
        archived: The sweep.
        runs: By creation.
        metrics: By name.
        as_of: The moment up to which the archive speaks.
        whole: All runs were once fetched.
        origin: What was read, for people.

    Raises:
        ValueError: A chunk is damaged.
    """
    # Steps and times that metrics share are unpacked once.
    axes: dict[int, tuple[object, object]] = {}
    rows: dict[str, dict[int, Series]] = {
        name: reading.unpacked(metric.chunks, axes)  # type: ignore[arg-type]
        for name, metric in metrics.items()
    }
    origin_s = _origin_s(runs, rows.values())
    curves = {}
    for name, metric in metrics.items():
        of_runs = [
            (run.id, rows[name].get(id_, reading.EMPTY))
            for id_, run in zip(metric.ids, runs, strict=True)
        ]
        complete = whole and all(metric.flags.get(id_, (False, False))[1] for id_ in metric.ids)
        curves[name] = Curves.pack(name, of_runs, origin_s=origin_s, complete=complete)
    key = archived.head.key
    return Sweep(
        ref=SweepRef(
            sweep_id=key.name, entity=key.entity, project=key.project, base_url=key.base_url
        ),
        runs=_numbered(runs),
        curves=curves,
        as_of=as_of,
        origin=origin,
        configuration=archived.head.config,
    )


def _origin_s(runs: Sequence[Run], rows: Collection[Mapping[int, Series]]) -> float:
    """When the first run began, in seconds since the epoch: known, or else its first row."""
    begun = [run.created_at.timestamp() for run in runs if run.created_at is not None]
    if begun:
        return min(begun)
    firsts = (
        float(series.times_s.min(initial=math.inf)) for some in rows for series in some.values()
    )
    return min((at for at in firsts if math.isfinite(at)), default=0.0)


def _numbered(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Each run is archived by itself, so that only all of them tell their numbers."""
    labels = label_runs((run.id, run.name) for run in runs)
    return tuple(
        replace(run, number=label.number, number_from=label.number_from)
        for run, label in zip(runs, labels, strict=True)
    )
