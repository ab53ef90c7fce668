"""CSV run tables: one run a row, W&B's own UI export or one that somebody wrote. No curves.

A table does not tell configuration from results, so a column is kept as both, unless its name says
what it is: who the run was, how it ended (neither), or how far it came (a result). A column `group`
is the run's W&B group and may be a parameter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Run, Sweep, SweepRef
from wbtools.sources.run_numbers import number_runs
from wbtools.sources.tables.cells import duration_s, exit_code, known, state, whole
from wbtools.sources.tables.csv_file import read_csv
from wbtools.sources.timestamps import utc_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_MOST_NAMED: Final = 20
_LARGEST_NUMBER: Final = 10**9
_ID: Final = ("id", "run_id", "runid")
_NAME: Final = ("name", "run", "run_name", "display_name")
_NUMBER: Final = ("run_number", "number", "run_no")
_STATE: Final = ("state", "status")
_EXIT_CODE: Final = ("exit_code", "exitcode", "exit code", "return_code", "returncode")
_CREATED: Final = ("created", "created_at", "createdat")
_RUNTIME: Final = ("runtime", "_runtime", "runtime_s", "_wandb.runtime")
_RUNTIME_H: Final = ("runtime_hours", "runtime_h")
_REPORTS: Final = ("epochs_trained", "n_reports", "reports", "epochs_run", "epochs_completed")
_SWEEP: Final = ("sweep", "sweep_id")
_GROUP: Final = ("group",)
_OTHERS: Final = ("user", "notes", "note", "tags")
_BEST_AT: Final = ("best_epoch", "best_step")
_PROGRESS: Final = (
    *_REPORTS,
    *_BEST_AT,
    *("epoch", "_step", "_runtime", "_timestamp", "_wandb.runtime"),
)
_ABOUT_THE_RUN: Final = frozenset(
    {
        *_ID,
        *_NAME,
        *_NUMBER,
        *_STATE,
        *_EXIT_CODE,
        *_CREATED,
        *_RUNTIME,
        *_RUNTIME_H,
        *_SWEEP,
        *_OTHERS,
    }
    - {*_PROGRESS}
)


def read_table(path: Path, sweep_id: str | None = None) -> Sweep:
    """Read a run table.

    Args:
        path: A CSV file in UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab.
            In the latter two, `0,5` is a number.
        sweep_id: Keep only the rows that have this in W&B's column `Sweep`.

    Raises:
        UsageError: It holds several sweeps and none, or another one, is asked for.
        DataError: It cannot be read, has no rows, or repeats a column.
    """
    file = read_csv(path)
    columns = _Columns(file.columns)
    rows = _of_one_sweep(list(enumerate(file.rows, start=1)), columns, sweep_id, path)
    named = [
        (
            columns.text(row, _NAME),
            _run(place, row, columns, decimal_comma=file.decimal_comma),
        )
        for place, row in rows
    ]
    if all(run.created_at is not None for _, run in named):
        named.sort(key=lambda pair: pair[1].created_at or file.as_of)
    runs, findings = _kept_apart(_numbered(named))
    return Sweep(
        ref=SweepRef(
            sweep_id=sweep_id or path.stem,
            path=str(path) if sweep_id is None else f"{path}#{sweep_id}",
        ),
        runs=tuple(runs),
        as_of=file.as_of,
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


class _Columns:
    """The columns by what they mean; of names that differ only in case, the first means it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = {name.strip().lower(): name for name in reversed(names)}
        self._about = {self._exact[name] for name in _ABOUT_THE_RUN & self._exact.keys()}
        self._progress = {self._exact[name] for name in {*_PROGRESS} & self._exact.keys()}

    def first(self, names: Iterable[str]) -> str | None:
        """Give the first of these columns that there is."""
        return next((self._exact[name] for name in names if name in self._exact), None)

    def text(self, row: dict[str, str], names: Iterable[str]) -> str | None:
        """Give a cell as it stands; None if it is empty."""
        column = self.first(names)
        return None if column is None else row[column].strip() or None

    def is_config(self, column: str) -> bool:
        """Say whether a column may hold a parameter."""
        return column not in self._about and column not in self._progress

    def is_result(self, column: str) -> bool:
        """Say whether a column may hold a result."""
        return column not in self._about


def _run(place: int, row: dict[str, str], columns: _Columns, *, decimal_comma: bool) -> Run:
    """Read a row; it has no number until `_numbered` gives it one, unless the table does."""

    def cell(names: Sequence[str]) -> object:
        return known(columns.text(row, names) or "", decimal_comma=decimal_comma)

    values = {
        column: value
        for column, text in row.items()
        if columns.is_result(column)
        and (value := known(text, decimal_comma=decimal_comma)) is not None
    }
    number = whole(cell(_NUMBER))
    is_numbered = number is not None and 0 <= number <= _LARGEST_NUMBER
    reports = whole(cell(_REPORTS))
    name = columns.text(row, _NAME)
    run_id = columns.text(row, _ID)
    return Run(
        id=run_id or name or f"row-{place}",
        name=name or run_id or "",
        number=number if is_numbered else None,
        number_from="table" if is_numbered else None,
        state=state(columns.text(row, _STATE)),
        exit_code=exit_code(cell(_EXIT_CODE)),
        created_at=utc_time(columns.text(row, _CREATED)),
        runtime_s=duration_s(cell(_RUNTIME))
        if columns.first(_RUNTIME) is not None
        else duration_s(cell(_RUNTIME_H), unit_s=3600.0),
        group=columns.text(row, _GROUP),
        config={k.strip(): v for k, v in values.items() if columns.is_config(k)},
        summary={k.strip(): v for k, v in values.items()},
        n_reports=reports if reports is not None and reports >= 0 else None,
    )


def _numbered(named: Sequence[tuple[str | None, Run]]) -> list[Run]:
    """Give every run its number: the table's, else that of its name, or its place if none has."""
    has_numbers = any(run.number is not None for _, run in named)
    numbers = number_runs([name for name, _ in named], by_place=not has_numbers)
    answers = []
    for (_, run), (number, number_from) in zip(named, numbers, strict=True):
        numbered = run
        if run.number is None:
            numbered = replace(run, number=number, number_from=number_from)
        answers.append(
            numbered if numbered.name else replace(numbered, name=f"run {numbered.number_or_id}")
        )
    return answers


def _kept_apart(runs: list[Run]) -> tuple[list[Run], list[Finding]]:
    """Give a suffix to an id that was there before."""
    how_often = Counter(run.id for run in runs)
    taken = set(how_often)
    next_suffix = dict.fromkeys(how_often, 1)
    apart = []
    for run in runs:
        suffix = next_suffix[run.id]
        unique = run.id if suffix == 1 else f"{run.id}~{suffix}"
        while suffix > 1 and unique in taken:
            suffix += 1
            unique = f"{run.id}~{suffix}"
        taken.add(unique)
        next_suffix[run.id] = suffix + 1
        apart.append(replace(run, id=unique))
    repeated = [run_id for run_id, n in how_often.items() if n > 1]
    if not repeated:
        return apart, []
    finding = Finding(
        code="WBT112",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=f"{len(runs) - len(how_often)} rows repeat a run id; they are kept apart",
        evidence={"n_rows": len(runs) - len(how_often), "ids": repeated[:_MOST_NAMED]},
        hint="look whether the table holds the same runs twice",
    )
    return apart, [finding]


def _of_one_sweep(
    rows: list[tuple[int, dict[str, str]]], columns: _Columns, sweep_id: str | None, path: Path
) -> list[tuple[int, dict[str, str]]]:
    """Keep the rows of the sweep that is asked for; all, if none is and there is but one."""
    sweeps = Counter(text for _, row in rows if (text := columns.text(row, _SWEEP)) is not None)
    names = [f"{path}#{sweep} ({n} runs)" for sweep, n in sweeps.most_common(_MOST_NAMED)]
    if len(sweeps) > _MOST_NAMED:
        names.append(f"and {len(sweeps) - _MOST_NAMED} more")
    if sweep_id is None:
        if len(sweeps) > 1:
            msg = f"{path} holds {len(sweeps)} sweeps"
            raise UsageError(msg, f"name one: {', '.join(names)}")
        return rows
    if sweep_id not in sweeps:
        msg = f"no sweep {sweep_id!r} in {path}"
        raise UsageError(
            msg,
            f"it has {', '.join(names)}" if names else "it has no column 'Sweep': name the file",
        )
    return [(place, row) for place, row in rows if columns.text(row, _SWEEP) == sweep_id]
