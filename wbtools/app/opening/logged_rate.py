"""Read a sweep for an audit: the metrics that it asks for, and the logged learning rate if any."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wbtools.analysis.learning_rate import rate_name
from wbtools.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep


def read_with_rate(
    source: SweepSource,
    metrics: Sequence[str],
    on_file: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Read metrics, and with them one more series at most.

    What a sweep logged is known before it is read; of one that was never fetched, only afterwards:
    then what is lacking is fetched once more, and done without if that fails.

    Args:
        source: An opened sweep.
        metrics: Logged names.
        on_file: Called with (files read, files in all) while curves are read.
    """
    known = source.sizes() if metrics else {}
    sweep = source.read((*metrics, *rate_in(known, metrics)), on_file)
    if known or not sweep.curves:
        return sweep
    rate = rate_in(source.sizes(), metrics)
    if rate:
        # The answer does not depend on it.
        with suppress(DataError):
            return source.read((*metrics, *rate), on_file)
    return sweep


def rate_in(sizes: Mapping[str, int], metrics: Sequence[str]) -> tuple[str, ...]:
    """The one name under which a sweep logged its learning rate, or nothing.

    Args:
        sizes: How many values the curves of each logged name would hold.
        metrics: Names that are read anyhow.
    """
    name = rate_name(
        {logged_name: n for logged_name, n in sizes.items() if logged_name not in metrics}
    )
    return () if name is None else (name,)
