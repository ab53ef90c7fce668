"""The answer of `archive ls`: the sweeps that are kept, how much of each, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.layout import Cell
from wbtools.archive import ArchivedKind, ArchivedSweep, ArchiveLocation, ChosenBy
from wbtools.text.numbers import count, size
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.answers.layout import Page
    from wbtools.archive import SweepKey

R = TypeVar("R")

_WHY: Final = {
    ChosenBy.OPTION: "by --archive",
    ChosenBy.ENVIRONMENT: "by WBTOOLS_ARCHIVE",
    ChosenBy.WORKING_FOLDER: "in the working folder",
    ChosenBy.CACHE: "in the user's cache",
}


class Kept(StrEnum):
    """How much of a sweep is in the archive."""

    WHOLE = "whole"
    INCOMPLETE = "incomplete"
    UNFINISHED = "unfinished"


_MEANING: Final = {
    Kept.UNFINISHED: "unfinished: a fetch of it did not end; `wbtools fetch` goes on from there",
    Kept.INCOMPLETE: "incomplete: rows of some curves are missing; `wbtools fetch` asks for them",
}
_DELETED: Final = (
    "deleted: so many of these runs are no longer on W&B (or are hidden from you); they are kept"
    " here, exports mark them with `missing_since`, other commands leave them out"
)


def kept(sweep: ArchivedSweep) -> Kept:
    """Whole, unfinished (no fetch has ended, or one was cut), or incomplete."""
    if sweep.unfinished is not None or sweep.as_of is None:
        return Kept.UNFINISHED
    return Kept.WHOLE if sweep.complete else Kept.INCOMPLETE


_KEY: Final[tuple[Column[SweepKey], ...]] = (
    Column(
        "base_url",
        str,
        "URL of the W&B server.",
        title="server",
        keep=6,
        least=10,
        show=lambda key: sanitize(key.base_url.rpartition("://")[2]),
    ),
    Column("entity", str, "W&B's entity (user or team) that owns it."),
    Column("project", str, "W&B's project of the sweep."),
    Column("kind", ArchivedKind, "Kind of the row: a sweep, or a selection of runs outside one."),
    Column(
        "sweep_id",
        str,
        "W&B's id of the sweep, or the words of a selection of runs.",
        of="name",
        title="sweep",
        least=16,
        show=sanitize,
    ),
)


def key_columns(get: Callable[[R], SweepKey]) -> list[Column[R]]:
    """Which sweep or selection of runs a row is about."""
    return [column.inside(get) for column in _KEY]


_SWEEP: Final[Record[ArchivedSweep]] = Record(
    "ArchivedSweep",
    *key_columns(lambda sweep: sweep.head.key),
    Column(
        "name",
        str | None,
        "The sweep's display name.",
        of="head.display_name",
        title="name",
        keep=5,
        least=8,
    ),
    Column("state", str | None, "The server's word for how the sweep is.", of="head.state"),
    Column(
        "n_runs",
        int,
        "Runs that are archived.",
        title="runs",
        show=lambda sweep: (
            f"{sweep.n_runs}" + (f" ({sweep.n_missing} deleted)" if sweep.n_missing else "")
        ),
    ),
    Column(
        "n_missing_runs",
        int,
        "Archived runs that the last whole fetch did not find on the server any more.",
        of="n_missing",
    ),
    Column(
        "n_expected_runs",
        int | None,
        "How many runs the server says there are.",
        of="head.n_expected_runs",
    ),
    Column(
        "metrics",
        list[str],
        "The metrics whose curves are archived, the one of most runs first.",
        title="metrics",
        keep=3,
        least=10,
        show=lambda sweep: sanitize(", ".join(map(sanitize, sweep.metrics))) or UNKNOWN,
    ),
    Column(
        "n_rows",
        int,
        "Rows over all runs and metrics.",
        title="rows",
        keep=2,
        show=lambda sweep: f"{sweep.n_rows:,}",
    ),
    Column(
        "n_bytes",
        int,
        "Bytes of the rows as they are archived.",
        title="size",
        keep=3,
        show=lambda sweep: size(sweep.n_bytes),
    ),
    Column(
        "as_of",
        datetime | None,
        "Up to when the archive speaks; null before any fetch ended.",
        title="as of (UTC)",
        keep=1,
        show=lambda sweep: (
            UNKNOWN if sweep.as_of is None else f"{sweep.as_of.astimezone(UTC):%Y-%m-%d %H:%M}"
        ),
    ),
    Column(
        "kept",
        Kept,
        "How much of the sweep is there: whole, incomplete (some curves lack rows) or "
        "unfinished (a fetch of it did not end).",
        kept,
        title="kept",
        show=lambda sweep: Cell(kept(sweep), "" if kept(sweep) is Kept.WHOLE else "yellow"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ArchiveAnswer(Answer):
    """What fetched sweeps are kept.

    Attributes:
        place: Where the archive lives, and why there.
        sweeps: What it holds, in the order in which they came.
    """

    name: ClassVar = "archive"
    table: ClassVar = "sweeps"
    record: ClassVar[Record[ArchiveAnswer]] = Record(
        "Archive",
        Column("folder", str, "Where the archive lives.", lambda answer: str(answer.place.path)),
        Column("chosen_by", ChosenBy, "What chose the folder.", of="place.chosen_by"),
        Column(
            "note", str | None, "Why the folder is not where one would expect it.", of="place.note"
        ),
        Column(
            "sweeps", Rows(_SWEEP), "Sweeps that are archived, in the order in which they came."
        ),
    )

    place: ArchiveLocation
    sweeps: tuple[ArchivedSweep, ...]

    @property
    def headline(self) -> str:
        """`3 sweeps, 1.2 MB in .wbtools/archive.sqlite`."""
        return f"{self._holdings} in {sanitize(self.place.path)}"

    @property
    def _holdings(self) -> str:
        n_bytes = sum(sweep.n_bytes for sweep in self.sweeps)
        return f"{count(len(self.sweeps), 'sweep')}, {size(n_bytes)}"

    def _write(self, page: Page) -> None:
        """Write where the archive is, and a line a sweep."""
        where = f"archive {sanitize(self.place.path, limit=0)} ({_WHY[self.place.chosen_by]})"
        if not self.sweeps:
            page.say(f"{where} is empty: `wbtools fetch SWEEP` fills it", hang=2)
        else:
            page.flow([where, self._holdings])
        if self.place.note is not None:
            page.say(sanitize(self.place.note, limit=0), hang=2)
        if not self.sweeps:
            return
        page.gap()
        first = _SWEEP.pick("sweep_id", "name", "base_url")
        others = [column for column in _SWEEP.titled if column not in first]
        page.rows([*first, *others], self.sweeps, noun="sweep")
        states = set(map(kept, self.sweeps))
        for state, meaning in _MEANING.items():
            if state in states:
                page.say(f"({meaning})", indent=2, hang=2, style="dim")
        if any(sweep.n_missing for sweep in self.sweeps):
            page.say(f"({_DELETED})", indent=2, hang=2, style="dim")
