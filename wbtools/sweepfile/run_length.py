"""How many epochs a sweep file gives its runs: the one place that says so, swept or not."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.model.configuration import leaf
from wbtools.model.progress import EPOCHS, is_inner_loop
from wbtools.sweepfile.grid_cells import grid_axes
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.space import Range, axis_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wbtools.sweepfile.document import Document, ParameterEntry

LONGEST: Final = 10**9
"""More epochs than any run makes; such numbers are not read."""
_MOST_LISTED: Final = 1000
_N_QUANTILES: Final = 201
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDistribution:
    """The numbers of epochs that a sweep's runs may have; one for a constant.

    Attributes:
        name: The parameter that says so, dotted.
        epochs: From 1, ascending, without repeats; of a long range 201 that stand for all.
        shares: Share of the runs that have each, from 0 to 1; they add up to 1.
        first_cells: Runs that are made of a grid that has more cells; None if all are made.
    """

    name: str
    epochs: tuple[int, ...]
    shares: tuple[float, ...]
    first_cells: int | None = None

    @property
    def shortest(self) -> int:
        """The fewest epochs of a run."""
        return self.epochs[0]

    @property
    def longest(self) -> int:
        """The most epochs of a run."""
        return self.epochs[-1]

    @property
    def is_swept(self) -> bool:
        """Whether runs differ in length."""
        return len(self.epochs) > 1

    def share_below(self, epochs: float) -> float:
        """Share of the runs that are shorter than that."""
        return math.fsum(
            share for n, share in zip(self.epochs, self.shares, strict=True) if n < epochs
        )


def run_length(document: Document, n_runs: int | None = None) -> EpochDistribution | None:
    """What a sweep file says about its runs' epochs; None if it says nothing that can be read.

    Of several parameters the likeliest name counts (`epochs` before `max_epochs`, a short path
    before a long one). What sets the length of an inner loop, as PPO's `n_epochs`, is passed over.
    Of a grid that has more cells than there are runs, W&B's engine fills the first ones.

    Args:
        document: The file.
        n_runs: Runs that there will be; None takes the file's `run_cap`.
    """
    readable = ((parameter, _counts(parameter)) for parameter in length_parameters(document))
    parameter, counts = next((entry for entry in readable if entry[1]), (None, {}))
    if parameter is None:
        return None
    first_cells, n_cells = _first_cells(document, n_runs), document.n_cells
    if len(counts) > 1 and n_cells and (first_cells or "values" in parameter.mapping):
        in_grid = _counts_of_first(document, parameter, first_cells or n_cells)
        counts, first_cells = (counts, None) if in_grid is None else (in_grid, first_cells)
    epochs, n = tuple(sorted(counts)), math.fsum(counts.values())
    return EpochDistribution(
        name=parameter.name,
        epochs=epochs,
        shares=tuple(counts[length] / n for length in epochs),
        first_cells=first_cells,
    )


def _first_cells(document: Document, n_runs: int | None) -> int | None:
    """How many cells of a grid are run; None if all are, or the file is no grid."""
    n_cells = document.n_cells
    n = whole_number(document.top.get("run_cap")) if n_runs is None else n_runs
    return n if n_cells is not None and 0 < n < n_cells else None


def _counts_of_first(
    document: Document, parameter: ParameterEntry, n: int
) -> dict[int, float] | None:
    """How often each number of epochs comes in the first cells of a grid; None if not known.

    The engine sorts the parameters by name, level by level, and the last of them changes first.
    Source: `HyperParameterSet.from_config` and `grid_search_next_runs` of `sweeps` 0.3.0.
    """
    try:
        axes, _ = grid_axes(document.top)
    except UsageError:
        return None
    ordered = sorted(document.parameters, key=lambda entry: tuple(map(str, entry.path)))
    names = [entry.name for entry in ordered if entry.name in axes]
    inner = math.prod(len(axes[name]) for name in names[names.index(parameter.name) + 1 :])
    values = axes[parameter.name]
    cycles, rest = divmod(n, inner * len(values))
    counts: defaultdict[int, float] = defaultdict(float)
    for place, value in enumerate(values):
        counts[whole_number(value)] += cycles * inner + min(max(rest - place * inner, 0), inner)
    return {length: count for length, count in counts.items() if count}


def constant_length(name: str, epochs: int) -> EpochDistribution:
    """Runs of one length."""
    return EpochDistribution(name=name, epochs=(epochs,), shares=(1.0,))


def length_parameters(document: Document) -> list[ParameterEntry]:
    """The parameters that are to say how many epochs a run has, the likeliest first."""
    names = [parameter.name for parameter in document.parameters]
    return sorted(
        (
            parameter
            for parameter in document.parameters
            if leaf(parameter.name) in EPOCHS.keys and not is_inner_loop(parameter.name, names)
        ),
        key=lambda parameter: (
            EPOCHS.keys.index(leaf(parameter.name)),
            parameter.name.count("."),
            parameter.name,
        ),
    )


def whole_number(value: object) -> int:
    """A whole number from 1 that a run could have of anything; 0 for all else."""
    if not is_number(value) or not 0 < value <= LONGEST or value != int(value):
        return 0
    return int(value)


def _counts(parameter: ParameterEntry) -> dict[int, float]:
    """How often each number of epochs comes; empty if one of them is none."""
    axis = axis_of(parameter.mapping)
    counts: defaultdict[int, float] = defaultdict(float)
    if isinstance(axis, Range):
        for epochs in _of_range(axis):
            counts[epochs] += 1
    else:
        weights = _weights(parameter, axis.listed)
        for value, weight in zip(axis.listed, weights, strict=True):
            if weight:  # what is never drawn is no length
                counts[whole_number(value)] += weight
    return {} if 0 in counts else counts


def _weights(parameter: ParameterEntry, listed: tuple[object, ...]) -> Iterable[float]:
    written = parameter.mapping.get("probabilities")
    weights = written if isinstance(written, list) else []
    if len(weights) != len(listed) or not all(
        is_number(weight) and 0 <= weight < math.inf for weight in weights
    ):
        return [1.0] * len(listed)
    return [float(weight) for weight in weights]


def _of_range(axis: Range) -> Iterator[int]:
    """Numbers of epochs that come equally often; a fraction of an epoch is not run."""
    if not 1 <= axis.low <= axis.high <= LONGEST:
        yield 0
        return
    if axis.whole and axis.high - axis.low < _MOST_LISTED:
        yield from range(int(axis.low), int(axis.high) + 1)
        return
    step = (axis.q or 1.0) if axis.kind.startswith("q_") else 0.0
    for k in range(_N_QUANTILES):
        if step:  # no run draws a bound itself, from which it would be rounded away
            value = axis.decode((k + 0.5) / _N_QUANTILES)
            yield max(int(round(value / step) * step), 1)
        else:
            yield int(axis.decode(k / (_N_QUANTILES - 1)) + _ROUNDING)
