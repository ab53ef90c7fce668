"""Read a sweep's metrics together with what was logged beside them that a diagnosis needs.

That is the series that tells how far training had come (an epoch, a step) and, for projections, the
learning rate. Every command that says how far runs came reads them through here, so that none
knows less of a run than another; and here it is said which runs hold several trainings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.analysis.learning_rate import rate_name
from wbtools.analysis.several_trainings import several_trainings
from wbtools.app.observer import UNOBSERVED, Observer
from wbtools.errors import DataError
from wbtools.model.progress import progress_name, units_of_name, words_about_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep


def read_with_context(
    source: SweepSource,
    metrics: Sequence[str],
    observer: Observer = UNOBSERVED,
    *,
    with_rate: bool = False,
) -> Sweep:
    """Read metrics, and with them the series that tells how far training had come, if there is one.

    What a sweep logged is known before it is read, as far as some of its runs tell. Where reading
    tells more, what is lacking is read once more; where that fails it is said and done without.

    Args:
        source: An opened sweep.
        metrics: Logged names.
        observer: Told how far the reading is.
        with_rate: Read the learning rate too, for projections.
    """
    learns = source.learns_by_reading
    context = context_of(source, metrics, with_rate=with_rate)
    on_file = observer.stage("reading runs")
    sweep = source.read((*metrics, *context), on_file)
    if learns and sweep.curves:
        expected = context
        context = context_of(source, metrics, with_rate=with_rate)
        if context != expected:
            try:
                sweep = source.read((*metrics, *context), on_file)
            except DataError as error:
                # There is an answer without it, which may know less of how far runs came.
                source.tell(f"{' and '.join(context)} could not be read: {error.message}")
    found = several_trainings(sweep, metrics)
    return replace(sweep, findings=(*sweep.findings, *found)) if found else sweep


def with_summaries(source: SweepSource, sweep: Sweep) -> Sweep:
    """The same sweep with its runs' summaries, which may hold what no curve does.

    Args:
        source: Where it was read from; to read summaries takes as long there as to read curves.
        sweep: As it was read.
    """
    found = {run.id: run.summary for run in source.read_summaries(()).runs}
    runs = [replace(run, summary=found.get(run.id, run.summary)) for run in sweep.runs]
    return replace(sweep, runs=tuple(runs))


def context_of(source: SweepSource, metrics: Sequence[str], *, with_rate: bool) -> tuple[str, ...]:
    """The logged names that a diagnosis of these metrics needs beside them, as far as is known.

    Args:
        source: Some of whose configurations tell what its runs count.
        metrics: Names that are read anyhow; without any, nothing is needed.
        with_rate: Whether the learning rate is one of them.
    """
    if not metrics:
        return ()
    others = {name: n for name, n in source.sizes().items() if name not in metrics}
    counts = {name: n for name, n in others.items() if units_of_name(name)}
    # They may have to be looked for; where there is nothing to choose, they are not.
    configs = source.some_configs if len(counts) > 1 else ()
    keys = {word for config in configs for word in words_about_progress(config)}
    progress = progress_name(counts, keys)
    rate = rate_name(others) if with_rate else None
    return tuple(name for name in (progress, rate) if name is not None)
