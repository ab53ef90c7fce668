"""The answer of `fetch`: what it brought into the archive, a sweep each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.archive.answer import key_columns
from wbtools.answers.columns import Column, Record, Rows
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.layout import Page
    from wbtools.archive import Fetched


def is_whole(fetched: Fetched) -> bool:
    """Whether the server gave everything that was asked for."""
    return not fetched.n_incomplete and not fetched.n_too_large and fetched.listed_all


_FETCHED: Final[Record[Fetched]] = Record(
    "FetchedSweep",
    *key_columns(lambda fetched: fetched.head.key),
    Column("metrics", list[str], "Metrics whose curves were asked for."),
    Column("n_runs", int, "Runs that the server has."),
    Column(
        "n_fetched_runs",
        int,
        "Runs that were new, had changed or lacked a metric, and were fetched.",
        of="n_asked",
    ),
    Column("n_rows", int, "Rows that were written."),
    Column(
        "n_incomplete",
        int,
        "Curves that the server did not give in full, now or in an earlier fetch.",
    ),
    Column("n_too_large", int, "Runs of which something was left out, as it fits into no answer."),
    Column("listed_all", bool, "Whether the server listed every run that it says there is."),
    Column("is_whole", bool, "Whether everything that was asked for is in the archive.", is_whole),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class FetchAnswer(Answer):
    """What a fetch brought.

    Attributes:
        sweeps: What was done, a sweep each; one that was cut before its end is not among them.
    """

    name: ClassVar = "fetch"
    table: ClassVar = "sweeps"
    record: ClassVar[Record[FetchAnswer]] = Record(
        "Fetch",
        Column("sweeps", Rows(_FETCHED), "Sweeps that were fetched, in the order of the fetch."),
    )

    sweeps: tuple[Fetched, ...]

    @property
    def headline(self) -> str:
        """`2 sweeps, 36 runs, 12 fetched`."""
        n_runs = sum(fetched.n_runs for fetched in self.sweeps)
        n_fetched = sum(fetched.n_asked for fetched in self.sweeps)
        n_sweeps = count(len(self.sweeps), "sweep")
        return f"{n_sweeps}, {count(n_runs, 'run')}, {n_fetched} fetched"

    @property
    def is_whole(self) -> bool:
        """Whether the server gave everything that was asked for."""
        return all(map(is_whole, self.sweeps))

    def _write(self, page: Page) -> None:
        """Write a line a sweep."""
        for fetched in self.sweeps:
            page.say(", ".join(_parts(fetched)), hang=2)


def _parts(fetched: Fetched) -> list[str]:
    n_metrics = len(fetched.metrics)
    metrics = f"{n_metrics} metrics" if n_metrics > 1 else "".join(fetched.metrics)
    parts = [f"{sanitize(fetched.head.key)}: {count(fetched.n_runs, 'run')}"]
    if not fetched.n_asked:
        parts.append("nothing new")
    else:
        noun = "row" if fetched.n_rows == 1 else "rows"
        rows = f"{fetched.n_rows:,} {noun} of {sanitize(metrics)}"
        parts += [f"{fetched.n_asked} fetched", rows if metrics else "no curves"]
    if fetched.n_incomplete:
        is_are = "is" if fetched.n_incomplete == 1 else "are"
        parts.append(
            f"{count(fetched.n_incomplete, 'curve')} {is_are} incomplete: the server did not send"
            " every row; the next fetch asks again"
        )
    if fetched.n_too_large:
        parts.append(f"left out as too large: {count(fetched.n_too_large, 'run')}")
    if not fetched.listed_all:
        parts.append("the server says that it has more runs than it lists")
    return parts
