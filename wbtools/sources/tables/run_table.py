"""CSV run tables, one run a row, by any tool or somebody's own script. No curves.

Where a table does not tell configuration from results, a column is kept as both, unless its name
says what it is: who the run was, how it ended (neither), or how far it came (a result). Which of
them are parameters is judged once the metric is known (`parameter_columns`). A column `group` is
the run's W&B group and may be a parameter.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Run, RunState, Sweep, SweepRef, TableReading
from wbtools.sources.local.json_items import NameBudget, flattened
from wbtools.sources.run_numbers import number_runs
from wbtools.sources.tables.cells import (
    duration_s,
    elapsed_s,
    exit_code,
    keeps_none,
    known,
    mapping,
    state,
    whole,
)
from wbtools.sources.tables.columns import (
    CREATED,
    EXIT_CODE,
    GROUP,
    HEARTBEAT,
    ID,
    NAME,
    NUMBER,
    REPORTS,
    RUNTIME,
    RUNTIME_H,
    SHOULD_STOP,
    STATE,
    STOPPED,
    SWEEP,
    TAGS,
    Columns,
)
from wbtools.sources.tables.csv_file import read_csv
from wbtools.sources.tables.table_format import TableFormat, format_of
from wbtools.sources.timestamps import utc_time
from wbtools.sweepfile.kinds import is_number
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.sources.tables.csv_file import CsvFile

_MOST_NAMED: Final = 20
_LARGEST_NUMBER: Final = 10**9
_ELAPSED: Final = ("duration",)
_MAPPINGS: Final = ("config", "summary")


def read_table(path: Path, sweep_id: str | None = None) -> Sweep:
    """Read a run table.

    Args:
        path: A CSV file in UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab.
            In the latter two, `0,5` is a number.
        sweep_id: Keep only the rows that have this in W&B's column `Sweep`.

    Raises:
        UsageError: It holds several sweeps and none, or another one, is asked for.
        DataError: It cannot be read, has no rows, or repeats a column; or its rows are groups or
            reports.
    """
    file = read_csv(path)
    table_format = format_of(file.columns, file.rows[0])
    if table_format is TableFormat.WANDB_GROUPS:
        msg = f"{path} is {table_format}: a row holds the means of several runs"
        raise DataError(msg, "take the grouping off the page's table, and export it again")
    if table_format is TableFormat.WBTOOLS_ROWS:
        msg = f"{path} is {table_format}: a row is one report, not a run"
        raise DataError(
            msg,
            "name the archived sweep itself, which has the curves (wbtools archive ls lists it), "
            "or write a row a run: wbtools archive export ID --runs -o runs.csv",
        )
    columns = Columns(file.columns, table_format)
    columns = Columns(file.columns, table_format, without=_misnamed(file, columns))
    rows = _of_one_sweep(list(enumerate(file.rows, start=1)), columns, sweep_id, path)
    reader = _RowReader.of(file, columns, table_format)
    named = [
        (columns.text(row, NAME), run)
        for place, row in rows
        if (run := reader.run(place, row)) is not None
    ]
    if not named:
        msg = f"no row of {path} holds a configuration that can be read"
        raise DataError(msg, "export the runs anew; a spreadsheet cuts long cells")
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
        origin=f"{path.name}: {table_format}, {count(len(runs), 'row')}, no curves",
        findings=(*findings, *_unreadable(len(rows) - len(named), len(rows))),
        table=TableReading(
            format=str(table_format),
            tells_parameters=table_format.tells_parameters,
        ),
    )


def _misnamed(file: CsvFile, columns: Columns) -> set[str]:
    """Columns that are called like a run's number or state, and hold no numbers or states of runs.

    A `number` that comes twice numbers no runs, and a `status` of PPO, SAC or DQN is no state.
    """
    misnamed = set()
    number, state_column = columns.first(NUMBER), columns.first(STATE)
    if number is not None:
        cells = [text for row in file.rows if (text := row[number].strip())]
        misnamed |= {number} if 2 * len({*cells}) <= len(cells) else set()
    if state_column is not None:
        states = [state(text) for row in file.rows if (text := row[state_column].strip())]
        known_states = [each for each in states if each is not RunState.UNKNOWN]
        misnamed |= {state_column} if states and not known_states else set()
    return misnamed


def numeric_columns(sweep: Sweep) -> dict[str, int]:
    """Columns that hold numbers, and in how many rows."""
    counts: dict[str, int] = {}
    for run in sweep.runs:
        for key, value in run.summary.items():
            if is_number(value):
                counts[key] = counts.get(key, 0) + 1
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowReader:
    """How the rows of one table are read.

    Attributes:
        textual: Columns in which `none` is one choice among others.
    """

    columns: Columns
    format: TableFormat
    decimal_comma: bool
    textual: frozenset[str]

    @classmethod
    def of(cls, file: CsvFile, columns: Columns, table_format: TableFormat) -> _RowReader:
        """Look into the columns of a file."""
        textual = frozenset(
            column
            for column in file.columns
            if keeps_none((row[column] for row in file.rows), decimal_comma=file.decimal_comma)
        )
        return cls(
            columns=columns,
            format=table_format,
            decimal_comma=file.decimal_comma,
            textual=textual,
        )

    def run(self, place: int, row: dict[str, str]) -> Run | None:
        """Read a row; None where it holds a mapping that cannot be read.

        The run has no number until `_numbered` gives it one, unless the table does.
        """
        columns = self.columns
        contents = self._contents(row)
        if contents is None:
            return None
        config, summary = contents

        def cell(names: Sequence[str]) -> object:
            text = columns.text(row, names)
            if text is None:
                return next((summary[name] for name in names if name in summary), None)
            return known(text, decimal_comma=self.decimal_comma)

        number = whole(cell(NUMBER))
        is_numbered = number is not None and 0 <= number <= _LARGEST_NUMBER
        reports = whole(cell(REPORTS))
        name = columns.text(row, NAME)
        run_id = columns.text(row, ID)
        is_own = self.format is TableFormat.WBTOOLS
        return Run(
            id=run_id or name or f"row-{place}",
            name=name or run_id or "",
            number=number if is_numbered else None,
            number_from="table" if is_numbered else None,
            state=state(columns.text(row, STATE)),
            exit_code=exit_code(cell(EXIT_CODE)),
            created_at=utc_time(columns.text(row, CREATED)),
            runtime_s=_runtime_s(columns, row, cell(RUNTIME), cell(RUNTIME_H)),
            group=columns.text(row, GROUP),
            heartbeat_at=utc_time(columns.text(row, HEARTBEAT)) if is_own else None,
            stopped=_flag(cell(STOPPED)) if is_own else None,
            should_stop=_flag(cell(SHOULD_STOP)) if is_own else None,
            tags=_tags(columns.text(row, TAGS) or ""),
            config=config,
            summary=summary,
            n_reports=reports if reports is not None and reports >= 0 else None,
        )

    def _contents(
        self, row: dict[str, str]
    ) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
        """Configuration and summary."""
        if self.format is TableFormat.WANDB_SCRIPT:
            nested = [mapping(self.columns.text(row, (name,)) or "{}") for name in _MAPPINGS]
            config, summary = (None if each is None else _flat(each) for each in nested)
            return None if config is None or summary is None else (config, summary)
        values = {
            column: value
            for column, text in row.items()
            if self.columns.is_result(column) and (value := self._value(column, text)) is not None
        }
        return {
            self.format.parameter_name(column): value
            for column, value in values.items()
            if self.columns.is_config(column)
        }, {
            self.format.result_name(column): value
            for column, value in values.items()
            if not (self.format.tells_parameters and self.columns.is_config(column))
        }

    def _value(self, column: str, text: str) -> object:
        is_textual = column in self.textual
        return known(text, decimal_comma=self.decimal_comma, keeps_none=is_textual)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _tags(text: str) -> tuple[str, ...]:
    """A run's tags, separated by commas, or as the JSON list that `archive export` writes."""
    parts: Sequence[object] = text.split(",")
    if text.startswith("["):
        with suppress(ValueError, RecursionError):
            parts = json.loads(text)
    return tuple(tag for part in parts if isinstance(part, str) and (tag := part.strip()))


def _runtime_s(
    columns: Columns, row: dict[str, str], seconds: object, hours: object
) -> float | None:
    """How long a run was at work: in seconds, else in hours, else as Optuna writes it."""
    if columns.first(RUNTIME) is not None or seconds is not None:
        return duration_s(seconds)
    if columns.first(RUNTIME_H) is not None:
        return duration_s(hours, unit_s=3600.0)
    return elapsed_s(columns.text(row, _ELAPSED))


def _unreadable(n: int, n_rows: int) -> Iterator[Finding]:
    if n:
        yield Finding(
            code="WBT134",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            subject="sweep",
            title=f"{n} of {count(n_rows, 'row')} hold a mapping that cannot be read; left out",
            evidence={"n_rows": n},
            hint="only literals are read, and a spreadsheet cuts long cells: export the runs anew",
        )


def _flat(nested: Mapping[str, object]) -> Mapping[str, object]:
    """A run's configuration or summary by dotted names."""
    return {k: v for k, v in flattened(nested, NameBudget()).items() if v is not None}


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
        hint="check whether the table holds the same runs twice",
    )
    return apart, [finding]


def _of_one_sweep(
    rows: list[tuple[int, dict[str, str]]], columns: Columns, sweep_id: str | None, path: Path
) -> list[tuple[int, dict[str, str]]]:
    """Keep the rows of the sweep that is asked for; all, if none is and there is but one."""
    sweeps = Counter(text for _, row in rows if (text := columns.text(row, SWEEP)) is not None)
    names = [f"{path}#{sweep} ({count(n, 'run')})" for sweep, n in sweeps.most_common(_MOST_NAMED)]
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
    return [(place, row) for place, row in rows if columns.text(row, SWEEP) == sweep_id]
