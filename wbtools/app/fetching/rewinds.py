"""Whether a run went on behind its archived rows, or was rewound, forked or written anew.

W&B can take a run back to an earlier step (`wandb.init(resume_from=…)`, a requeued run that begins
at a checkpoint): the rows behind that step are dropped, and others are logged at the same steps.
No run says that this has happened since a fetch. Its state changes as it does when a run goes on,
and neither its number of rows nor the value at its last archived step need differ: accuracies on a
small set, learning rates and epochs repeat themselves.

So the last archived rows are asked for again, and must come back with the same steps, values and
times. A history is appended to and cut off, never edited within: while its last archived row is
there, so is everything before it. A row that was logged again at the same step was logged later, by
a clock that counts microseconds, so that its time differs even where its value does not. Then the
rows that follow must add up with the archived ones to exactly as many as the server counts. In all
other cases the whole curve is fetched anew:

* the rows tell no time, or some of them do not;
* the server does not count, or counts something else;
* the run was preempted, or has fewer rows than it had (not even asked).

What could still deceive: a program that writes `_timestamp` itself, the same ones each time, and
logs the same values over as many last rows as are compared, and other ones before them. And a
history that somebody edits on the server, leaving its length and its last rows as they were. Both
are seen by a fetch with `--refresh` alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from wbtools.model import Series

OVERLAP: Final = 32
"""So many of the last archived rows are asked for again; one with its time would do."""


def is_witness(overlap: Series) -> bool:
    """Whether archived rows, one or more, can show that others follow: all tell their time."""
    return bool(np.isfinite(overlap.times_s).all())


def rows_behind(rows: Series, overlap: Series) -> Series | None:
    """The rows behind the archived ones; None if those are not the same any more.

    Args:
        rows: What the server gives now, by step, from the overlap's first step on or from before.
        overlap: The last archived rows, at least one.
    """
    last = overlap.steps[-1]
    n_known = int(np.searchsorted(rows.steps, last, side="right"))
    # Rows may share a step: the overlap may begin with the second of them.
    again = slice(max(0, n_known - len(overlap.steps)), n_known)
    is_same = (
        np.array_equal(rows.steps[again], overlap.steps)
        and np.array_equal(rows.values[again], overlap.values, equal_nan=True)
        and np.array_equal(rows.times_s[again], overlap.times_s)
    )
    if not is_same:
        return None
    return replace(
        rows,
        values=rows.values[n_known:],
        steps=rows.steps[n_known:],
        times_s=rows.times_s[n_known:],
    )
