"""What an archive holds, for people, spreadsheets and scripts (`wbtools archive ls`)."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from wbtools.answers.csv_cells import csv_table
from wbtools.answers.json_document import json_document
from wbtools.answers.layout import Cell, TextColumn
from wbtools.archive import ChosenBy
from wbtools.text.numbers import count, size
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wbtools.answers.layout import Page
    from wbtools.archive import ArchivedSweep, ArchiveLocation

SCHEMA: Final = "wbtools.archive/1"
_WHY: Final = {
    ChosenBy.OPTION: "as --archive says",
    ChosenBy.ENVIRONMENT: "as WBTOOLS_ARCHIVE says",
    ChosenBy.WORKING_FOLDER: "in the working folder",
    ChosenBy.CACHE: "in the user's cache",
}
WHOLE: Final = "whole"
INCOMPLETE: Final = "incomplete"
UNFINISHED: Final = "unfinished"
_MEANING: Final = {
    UNFINISHED: "unfinished: a fetch of it did not end; `wbtools fetch` goes on from there",
    INCOMPLETE: "incomplete: some of its curves lack rows; `wbtools fetch` asks for them again",
}
_DELETED: Final = (
    "deleted: of these runs, so many are no longer on W&B (or may no longer be seen); they are kept"
    " here, exports mark them with `missing_since`, other commands leave them out"
)
_COLUMNS: Final = (
    TextColumn(title="sweep", keep=0, least=16),
    TextColumn(title="name", keep=5, least=8),
    TextColumn(title="server", keep=6, least=10),
    TextColumn(title="runs", keep=0, right=True),
    TextColumn(title="metrics", keep=3, least=10),
    TextColumn(title="rows", keep=2, right=True),
    TextColumn(title="size", keep=3, right=True),
    TextColumn(title="as of (UTC)", keep=1),
    TextColumn(title="kept", keep=0),
)


def kept_words(sweep: ArchivedSweep) -> str:
    """`whole`, `unfinished` (no fetch has ended, or one was cut), or `incomplete`."""
    if sweep.unfinished is not None or sweep.as_of is None:
        return UNFINISHED
    return WHOLE if sweep.complete else INCOMPLETE


def render_list(place: ArchiveLocation, sweeps: Sequence[ArchivedSweep], page: Page) -> str:
    """Write the list for people.

    Args:
        place: Where the archive lives, and why there.
        sweeps: What it holds.
        page: What to write it on, empty.
    """
    where = f"archive {sanitize(place.path, limit=0)} ({_WHY[place.chosen_by]})"
    if not sweeps:
        page.say(f"{where} is empty: `wbtools fetch SWEEP` fills it", hang=2)
    else:
        n_bytes = sum(sweep.n_bytes for sweep in sweeps)
        page.flow([where, f"{count(len(sweeps), 'sweep')}, {size(n_bytes)}"])
    if place.note is not None:
        page.say(sanitize(place.note, limit=0), hang=2)
    if sweeps:
        page.gap()
        statuses = [kept_words(sweep) for sweep in sweeps]
        page.table(_COLUMNS, [_row(sweep) for sweep in sweeps])
        for word, meaning in _MEANING.items():
            if word in statuses:
                page.say(f"({meaning})", indent=2, hang=2, style="dim")
        if any(sweep.n_missing for sweep in sweeps):
            page.say(f"({_DELETED})", indent=2, hang=2, style="dim")
    return str(page)


def _row(sweep: ArchivedSweep) -> list[Cell]:
    head, status = sweep.head, kept_words(sweep)
    as_of = UNKNOWN if sweep.as_of is None else f"{sweep.as_of.astimezone(UTC):%Y-%m-%d %H:%M}"
    return [
        Cell(sanitize(head.key)),
        Cell(sanitize(head.display_name or UNKNOWN)),
        Cell(sanitize(head.key.base_url.partition("://")[2] or head.key.base_url)),
        Cell(_runs(sweep)),
        Cell(sanitize(", ".join(sanitize(name) for name in sweep.metrics)) or UNKNOWN),
        Cell(f"{sweep.n_rows:,}"),
        Cell(size(sweep.n_bytes)),
        Cell(as_of),
        Cell(status, "" if status == WHOLE else "yellow"),
    ]


def _runs(sweep: ArchivedSweep) -> str:
    return f"{sweep.n_runs}" + (f" ({sweep.n_missing} deleted)" if sweep.n_missing else "")


_FIELDS: Final = (
    "base_url",
    "entity",
    "project",
    "kind",
    "id",
    "name",
    "state",
    "n_runs",
    "n_missing_runs",
    "n_expected_runs",
    "metrics",
    "n_rows",
    "n_bytes",
    "as_of",
    "kept",
)


def _facts(sweep: ArchivedSweep) -> dict[str, object]:
    head, key = sweep.head, sweep.head.key
    values = (
        key.base_url,
        key.entity,
        key.project,
        str(key.kind),
        key.name,
        head.display_name,
        head.state,
        sweep.n_runs,
        sweep.n_missing,
        head.n_expected_runs,
        list(sweep.metrics),
        sweep.n_rows,
        sweep.n_bytes,
        _time(sweep.as_of),
        kept_words(sweep),
    )
    return dict(zip(_FIELDS, values, strict=True))


def render_list_json(place: ArchiveLocation, sweeps: Sequence[ArchivedSweep]) -> str:
    """Write the list as one JSON document, `wbtools.archive/1`: sorted keys, ASCII only."""
    document = {
        "schema": SCHEMA,
        "folder": str(place.path),
        "chosen_by": str(place.chosen_by),
        "note": place.note,
        "sweeps": [_facts(sweep) for sweep in sweeps],
    }
    return json_document(document)


def render_list_csv(sweeps: Sequence[ArchivedSweep]) -> str:
    """Write the list as CSV, one row a sweep; the names of the metrics are a JSON list."""
    rows = [_facts(sweep) for sweep in sweeps]
    for facts in rows:
        facts["metrics"] = json.dumps(facts["metrics"], ensure_ascii=False)
    return csv_table(_FIELDS, (facts.values() for facts in rows))


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
