"""Runs as a table of typed columns: what is known of each, its configuration, its summary."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from wbtools.answers.columns import kind_of
from wbtools.text.masking import masked_config, masked_text, masked_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wbtools.archive import ArchivedRun
    from wbtools.model import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunColumn:
    """One column.

    Attributes:
        kind: What it holds: bool, int (64 bits), float, datetime or str; values may be None too.
        values: One a run; times are aware, and in a column of texts there may be anything that
            JSON knows: `as_text` makes it a text.
    """

    name: str
    kind: type
    values: Sequence[object]


_FIXED: Final[tuple[tuple[str, type, Callable[[Run], object]], ...]] = (
    ("run_id", str, lambda run: run.id),
    ("run_name", str, lambda run: run.name),
    ("run_number", int, lambda run: run.number),
    ("run_number_from", str, lambda run: run.number_from),
    ("state", str, lambda run: str(run.state)),
    ("created_at", datetime, lambda run: run.created_at),
    ("heartbeat_at", datetime, lambda run: run.heartbeat_at),
    ("runtime_s", float, lambda run: run.runtime_s),
    ("exit_code", int, lambda run: run.exit_code),
    ("stopped", bool, lambda run: run.stopped),
    ("should_stop", bool, lambda run: run.should_stop),
    ("git_commit", str, lambda run: run.git_commit),
    ("host", str, lambda run: run.host),
    ("gpu", str, lambda run: run.gpu),
    ("tags", str, lambda run: list(run.tags)),
    ("group", str, lambda run: run.group),
    ("job_type", str, lambda run: run.job_type),
    ("sdk_version", str, lambda run: run.sdk_version),
    ("n_reports", int, lambda run: run.n_reports),
    ("attempts", int, lambda run: run.attempts),
)


def run_columns(runs: Sequence[Run], *, show_secrets: bool) -> list[RunColumn]:
    """The columns of a table of runs.

    First what every run has, then `config/…` and `summary/…`, each sorted by name. Such a column
    is one of flags if all of its known values are, else of integers, else of numbers (if no
    integer would change by it), else of texts.

    Args:
        runs: One row each, in this order.
        show_secrets: Else values under names like `key` and `password` are `***`.
    """
    fixed = [RunColumn(name=name, kind=kind, values=[*map(of, runs)]) for name, kind, of in _FIXED]
    programs = [
        run.program if run.program is None or show_secrets else masked_text(run.program)
        for run in runs
    ]
    argv = [
        None if run.argv is None else masked_words(run.argv, show_secrets=show_secrets, exact=True)
        for run in runs
    ]
    return [
        *fixed,
        RunColumn(name="program", kind=str, values=programs),
        RunColumn(name="argv", kind=str, values=argv),
        *_flat("config", [run.config for run in runs], show_secrets=show_secrets),
        *_flat("summary", [run.summary for run in runs], show_secrets=show_secrets),
    ]


def archived_run_columns(archived: Sequence[ArchivedRun], *, show_secrets: bool) -> list[RunColumn]:
    """As `run_columns`, and `missing_since`: when the server was first found to lack the run."""
    columns = run_columns([each.run for each in archived], show_secrets=show_secrets)
    missing = [each.missing_since for each in archived]
    columns.insert(len(_FIXED), RunColumn(name="missing_since", kind=datetime, values=missing))
    return columns


def _flat(
    prefix: str, rows: Iterable[Mapping[str, object]], *, show_secrets: bool
) -> list[RunColumn]:
    columns: dict[str, list[object]] = {}
    n = 0
    for row in rows:
        for key, value in masked_config(row, show_secrets=show_secrets, exact=True).items():
            values = columns.setdefault(key, [])
            values.extend([None] * (n - len(values)))
            values.append(value)
        n += 1
    for values in columns.values():
        values.extend([None] * (n - len(values)))
    return [
        RunColumn(name=f"{prefix}/{key}", kind=kind_of(values), values=values)
        for key, values in sorted(columns.items())
    ]


def as_text(value: object) -> str | None:
    """A text as it is, anything else as JSON in which NaN and infinities may stand."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
