"""CSV run tables: one run a row, W&B's own UI export or one that somebody wrote. No curves.

A table does not tell configuration from results, so every column is kept as both; what a column
means is read off its name only where W&B's export or common use fixes it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wbtools.errors import DataError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Run, RunState, Sweep, SweepRef

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

_LARGEST_BYTES = 512 * 2**20
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
_ID = ("id", "run_id", "runid")
_NAME = ("name", "run", "run_name", "display_name")
_NUMBER = ("run_number", "number", "run_no")
_STATE = ("state", "status")
_CREATED = ("created", "created_at", "createdat")
_RUNTIME = ("runtime", "_runtime", "runtime_s", "_wandb.runtime")
_REPORTS = ("epochs_trained", "n_reports", "reports", "epochs_run", "epochs_completed")
_WHOLE = re.compile(r"[+-]?\d{1,18}\Z")
_STATES = {
    "finished": RunState.FINISHED,
    "completed": RunState.FINISHED,
    "complete": RunState.FINISHED,
    "done": RunState.FINISHED,
    "success": RunState.FINISHED,
    "failed": RunState.FAILED,
    "error": RunState.FAILED,
    "crashed": RunState.CRASHED,
    "killed": RunState.KILLED,
    "terminated": RunState.KILLED,
    "stopped": RunState.KILLED,
    "pruned": RunState.KILLED,
    "early stopped": RunState.KILLED,
    "running": RunState.RUNNING,
    "pending": RunState.PENDING,
    "preempted": RunState.PREEMPTED,
    "preempting": RunState.PREEMPTING,
}


def read_table(path: Path) -> Sweep:
    """Read a run table.

    Args:
        path: A CSV file in UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab.

    Raises:
        DataError: It cannot be read, has no rows, or repeats a column.
    """
    frame = _frame(path)
    columns = {str(name).strip().lower(): str(name) for name in reversed(list(frame.columns))}
    number_column = _first(columns, _NUMBER)
    records = frame.to_dict("records")
    runs = [
        _run(place, record, columns, number_column) for place, record in enumerate(records, start=1)
    ]
    findings = []
    ids = [run.id for run in runs]
    if len(set(ids)) < len(ids):
        runs, repeated = _kept_apart(runs)
        findings.append(
            Finding(
                code="WBT112",
                severity=Severity.WARNING,
                confidence=Confidence.HIGH,
                subject="sweep",
                title=f"{repeated} rows repeat a run id; they are kept apart",
                hint="look whether the table holds the same runs twice",
            )
        )
    return Sweep(
        ref=SweepRef(sweep_id=path.stem, path=str(path)),
        runs=tuple(runs),
        as_of=datetime.fromtimestamp(path.stat().st_mtime, tz=UTC),
        origin=f"run table {path.name}, {len(runs)} rows, no curves",
        findings=tuple(findings),
    )


def numeric_columns(sweep: Sweep) -> dict[str, int]:
    """Columns that hold numbers, and in how many rows."""
    counts: dict[str, int] = {}
    for run in sweep.runs:
        for key, value in run.summary.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                counts[key] = counts.get(key, 0) + 1
    return counts


def _frame(path: Path) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - half a second that only run tables need

    try:
        if path.stat().st_size > _LARGEST_BYTES:
            msg = f"{path} is larger than 512 MiB"
            raise DataError(msg, "keep one row a run and the columns you need")
        text = _decode(path.read_bytes(), path)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise DataError(msg, "check the path and its permissions") from None
    head = text.lstrip().split("\n", 1)[0]
    if "\0" in text or not head:
        msg = f"{path} is {'no text' if head else 'empty'}"
        raise DataError(msg, "a run table is a CSV with a header and one run a row")
    separator = max(",;\t", key=head.count)
    try:
        header = next(csv.reader(io.StringIO(text), delimiter=separator))
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, skipinitialspace=True, dtype=str, na_filter=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, csv.Error) as error:
        msg = f"{path} is no CSV table: {' '.join(str(error).split())}"
        raise DataError(msg, "a run table is a CSV with a header and one run a row") from None
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"{path} has the column {twice[0]!r} {names.count(twice[0])} times"
        raise DataError(msg, "rename one of them; which one holds the values nobody can tell")
    if not isinstance(frame.index, pd.RangeIndex):
        msg = f"{path} has more cells in a row than its header has columns"
        raise DataError(msg, "a run table is a CSV with a header and one run a row")
    if frame.empty:
        msg = f"{path} has a header but no rows"
        raise DataError(msg, "export the table again, one run a row")
    return frame


def _decode(data: bytes, path: Path) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    msg = f"{path} is neither UTF-8, UTF-16 nor Windows-1252"
    raise DataError(msg, "save it as UTF-8")


def _run(
    place: int,
    record: Mapping[Hashable, object],
    columns: Mapping[str, str],
    number_column: str | None,
) -> Run:
    def cell(names: Sequence[str]) -> object:
        column = _first(columns, names)
        return None if column is None else _known(record[column])

    values = {
        str(key).strip(): known
        for key, value in record.items()
        if (known := _known(value)) is not None
    }
    number = cell((number_column.strip().lower(),)) if number_column is not None else None
    name = cell(_NAME)
    trailing = re.search(r"-(\d{1,9})\Z", name) if isinstance(name, str) else None
    if isinstance(number, int | float) and float(number).is_integer():
        number, number_from = int(number), "table"
    elif trailing is not None:
        number, number_from = int(trailing[1]), "name"
    else:
        number, number_from = place, "order"
    state = cell(_STATE)
    reports = cell(_REPORTS)
    runtime = cell(_RUNTIME)
    run_id = cell(_ID)
    return Run(
        id=str(run_id if run_id is not None else name if name is not None else f"row-{place}"),
        name=str(name if name is not None else run_id if run_id is not None else f"run {number}"),
        number=number,
        number_from=number_from,
        state=_STATES.get(str(state).strip().lower(), RunState.UNKNOWN),
        created_at=_moment(cell(_CREATED)),
        runtime_s=float(runtime) if isinstance(runtime, int | float) else None,
        config=values,
        summary=values,
        n_reports=int(reports) if isinstance(reports, int) and reports >= 0 else None,
    )


def _first(columns: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _known(cell: object) -> object:
    """A cell as a whole number, a number to the last digit, a truth value or text; None if empty.

    `NaN` is how exports write a missing or diverged value: nothing is known then either.
    """
    text = str(cell).strip()
    if not text or text.lower() in {"nan", "null", "none"}:
        return None
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        return int(text) if _WHOLE.match(text) else float(text)
    except ValueError:
        return text


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _kept_apart(runs: list[Run]) -> tuple[list[Run], int]:
    seen: dict[str, int] = {}
    apart = []
    for run in runs:
        seen[run.id] = seen.get(run.id, 0) + 1
        apart.append(run if seen[run.id] == 1 else replace(run, id=f"{run.id}~{seen[run.id]}"))
    return apart, len(runs) - len(seen)
