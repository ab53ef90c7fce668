"""Read what counts training (`epoch`, `global_step`), where rows alone do not join two metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError
from wbtools.model.curves import MOST_CONTEXT_VALUES
from wbtools.model.progress import progress_names

if TYPE_CHECKING:
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep

_MOST_COUNTERS: Final = 4


def with_counters(source: SweepSource, sweep: Sweep) -> Sweep:
    """The same sweep with the curves of its counters too.

    What cannot be had is done without: the answer says what joins the metrics then.

    Args:
        source: Where it was read from.
        sweep: With the curves of some metrics.
    """
    names = progress_names(name for name, n in source.sizes().items() if n <= MOST_CONTEXT_VALUES)
    names = [name for name in names if name not in sweep.curves][:_MOST_COUNTERS]
    if not names:
        return sweep
    try:
        read = source.read(names)
    except DataError:
        return sweep
    if [run.id for run in read.runs] != [run.id for run in sweep.runs]:
        return sweep
    return replace(sweep, curves={**sweep.curves, **{name: read.curves[name] for name in names}})
