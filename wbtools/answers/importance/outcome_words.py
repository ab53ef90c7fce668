"""What runs came to, in words, by the values of their parameters: failures and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.importance.words import bin_words, shown_name
from wbtools.text.numbers import count, listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.importance.assess import Failures, Importance
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.answers.importance.values import RegionRow


def stopping_verdict(stopping: Stopping | None) -> Iterator[str]:
    """What surely goes with being stopped, in a sentence; nothing where that tells little."""
    if stopping is None:
        return
    if stopping.n_stopped == stopping.n_runs:
        yield f"All {count(stopping.n_runs, 'run')} were stopped, whatever their parameters."
        return
    known = [stops for stops in stopping.by_parameter.values() if stops.strength is not None]
    among = f"among {count(len(known), 'parameter')}, after Holm's correction"
    if stopping.surely:
        verb = "goes" if len(stopping.surely) == 1 else "go"
        what = listed(map(shown_name, stopping.surely))
        yield f"{what} surely {verb} with being stopped ({among})."
    elif known:
        yield f"No parameter surely goes with being stopped ({among})."


def failure_words(failures: Failures, regions: Sequence[RegionRow]) -> Iterator[str]:
    """How many runs broke, and where more than elsewhere; nothing if none did."""
    if not failures.n_failed:
        return
    where = "" if regions else "; nowhere clearly more than elsewhere"
    yield (
        f"{failures.n_failed} of {count(failures.n_runs, 'run')} failed: "
        f"{failures.n_diverged} reported NaN "
        f"or an infinity, {failures.n_broken} crashed or ended in an error{where}."
    )
    for region in regions:
        yield _region_words(region, "fail")


def stopping_words(importance: Importance, regions: Sequence[RegionRow]) -> Iterator[str]:
    """How many runs were stopped, and where more than elsewhere; nothing where that says little."""
    stopping = importance.stopping
    if stopping is None or stopping.n_stopped == stopping.n_runs:
        return
    where = "" if regions or stopping.surely else "; nowhere clearly more than elsewhere"
    left_out = importance.failures.n_runs - stopping.n_runs
    others = f" ({left_out} failed or still running are left out)" if left_out else ""
    yield f"{stopping.n_stopped} of {count(stopping.n_runs, 'run')} were stopped{others}{where}."
    for region in regions:
        yield _region_words(region, "were stopped")


def _region_words(row: RegionRow, happened: str) -> str:
    inside, outside = row.region.inside, row.region.outside
    values = bin_words(row.name, row.part, show_secrets=row.show_secrets)
    return (
        f"{shown_name(row.name)} {values}: "
        f"{row.region.n_inside} of {inside.n} {happened} ({percent(inside.low)} to "
        f"{percent(inside.high)}), elsewhere {row.region.n_outside} of {outside.n} "
        f"({percent(outside.low)} to {percent(outside.high)})."
    )
