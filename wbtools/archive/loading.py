"""Archived rows put together into a `Sweep`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.archive.chunks import Axes, PackedRows, lengths, refuse_too_many, unpacked
from wbtools.model import NO_ROWS, Curves, Sweep, SweepRef
from wbtools.sources.run_numbers import label_runs
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from wbtools.archive.records import ArchivedRun, ArchivedSweep
    from wbtools.model import GuardDecision, Run, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMetric:
    """One metric as the tables hold it.

    Attributes:
        flags: (sampled, complete) by the runs' table ids; a run that was not asked has none.
        rows: Of all runs, one after the other; the first column is the run's table id.
    """

    flags: Mapping[int, tuple[bool, bool]]
    rows: PackedRows


def sweep_of(
    archived: ArchivedSweep,
    runs: Mapping[int, Run],
    metrics: Mapping[str, StoredMetric],
    *,
    guard_stops: Mapping[str, GuardDecision],
    as_of: datetime,
    whole: bool,
    origin: str,
) -> Sweep:
    """Unpack and pack.

    Args:
        archived: The sweep.
        runs: By table id, in the order of their creation.
        metrics: By name.
        guard_stops: As `Sweep` has them.
        as_of: The moment up to which the archive speaks.
        whole: All runs were once fetched.
        origin: What was read, for people.

    Raises:
        DataError: The curves would take too much memory.
        ValueError: A chunk is damaged.
    """
    _refuse_too_many(runs, metrics)
    axes: Axes = {}  # steps and times that metrics share are unpacked once
    rows = {name: unpacked(metric.rows, axes) for name, metric in metrics.items()}
    origin_s = _origin_s(runs.values(), rows.values())
    curves = {
        name: Curves.pack(
            name,
            [(run.id, rows[name].get(id_, NO_ROWS)) for id_, run in runs.items()],
            origin_s=origin_s,
            complete=whole and all(metric.flags.get(id_, (False, False))[1] for id_ in runs),
        )
        for name, metric in metrics.items()
    }
    key = archived.head.key
    return Sweep(
        ref=SweepRef(
            sweep_id=key.name, entity=key.entity, project=key.project, base_url=key.base_url
        ),
        runs=_numbered(runs.values()),
        curves=curves,
        as_of=as_of,
        origin=origin,
        configuration=archived.head.config,
        guard_stops=guard_stops,
    )


def by_creation(archived: ArchivedRun) -> tuple[bool, float, int, str]:
    """A key that sorts runs by creation, unknown times last.

    Servers tell whole seconds, in which several agents may begin a run each: then the numbers that
    W&B put into the names decide, then the ids.
    """
    run = archived.run
    began_s = 0.0 if run.created_at is None else run.created_at.timestamp()
    number = (run.number or 0) if run.number_from == "name" else 0
    return run.created_at is None, began_s, number, run.id


def _refuse_too_many(runs: Mapping[int, Run], metrics: Mapping[str, StoredMetric]) -> None:
    """Every curve of a metric takes as much as its longest one."""
    n_rows = longest = 0
    for metric in metrics.values():
        n_of_runs = lengths(metric.rows)
        longest_curve = max(n_of_runs.values(), default=0)
        n_rows += len(runs.keys() | n_of_runs.keys()) * longest_curve
        longest = max(longest, longest_curve)
    what = f"the curves of {count(len(metrics), 'metric')} of {count(len(runs), 'run')}"
    refuse_too_many(
        n_rows,
        f"{what}, up to {longest:,} rows each,",
        hint="ask for fewer metrics at a time; `wbtools archive export` unpacks a run at a time",
    )


def _origin_s(runs: Collection[Run], rows: Collection[Mapping[int, Series]]) -> float:
    """When the first run began, in seconds since the epoch: known, or else its first row."""
    begun = [run.created_at.timestamp() for run in runs if run.created_at is not None]
    if begun:
        return min(begun)
    firsts = (
        float(series.times_s.min(initial=math.inf)) for some in rows for series in some.values()
    )
    return min((at for at in firsts if math.isfinite(at)), default=0.0)


def _numbered(runs: Collection[Run]) -> tuple[Run, ...]:
    """Each run is archived by itself, so that only all of them tell their numbers."""
    labels = label_runs((run.id, run.name, run.created_at) for run in runs)
    return tuple(
        replace(run, number=label.number, number_from=label.number_from)
        for run, label in zip(runs, labels, strict=True)
    )
