"""A `.wandb` file being read: what its records have said so far, and from where it goes on.

A file that has grown is not read anew: whoever kept a `RunReading` goes on where it ended, and
comes to what one reading of the longer file comes to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model import NO_ROWS, Series
from wbtools.sources.local.leveldb_log import Damage, DamageKind, LogPlace, payloads
from wbtools.sources.local.metric_scan import MetricFinder, number
from wbtools.sources.local.protobuf import Message, WireError, record_body
from wbtools.sources.local.run_records import RunRecords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HISTORY: Final = 2
_SUMMARY: Final = 3
_LATEST_S: Final = 1e12  # no clock shows more Unix seconds
_LARGEST_STEP: Final = 2**63 - 1
_STEP: Final = MetricFinder("_step")
_TIMESTAMP: Final = MetricFinder("_timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What one `.wandb` file says. Texts are as the file holds them, "" and () where it is silent.

    Attributes:
        has_run: The file holds a run record.
        run_id: From the run record, else from the name of the file.
        sweep_id: None in SDK 0.12.2 to 0.15.4, also for runs of sweeps.
        started_at_s: Unix seconds; None if unknown.
        config: Flat, names dotted, W&B's own `_wandb` left out.
        summary: Flat, names dotted, all updates and removals applied; empty if not asked for.
        exit_code: What the exit record holds; None without such a record.
        exited: The file holds an exit record.
        preempting: The run announced that it is being preempted.
        resumed: The run went on from an earlier one of the same id.
        argv: None if the file does not say; SDKs before 0.19 only write it to a side file.
        series: The rows of each wanted metric; empty series where it was never logged.
        n_rows: History rows, whatever they hold.
        first_step: The step of the first of those.
        last_timestamp_s: The last sign of life, Unix seconds: the last history row that has a
            time, or the last system statistics if those are later.
        damage: What could not be read.
    """

    has_run: bool = False
    run_id: str = ""
    display_name: str | None = None
    entity: str = ""
    project: str = ""
    sweep_id: str | None = None
    group: str = ""
    job_type: str = ""
    tags: tuple[str, ...] = ()
    host: str = ""
    sdk_version: str = ""
    started_at_s: float | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    summary: Mapping[str, object] = field(default_factory=dict)
    exit_code: int | None = None
    exited: bool = False
    preempting: bool = False
    resumed: bool = False
    program: str | None = None
    argv: tuple[str, ...] | None = None
    git_commit: str | None = None
    gpu: str | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    n_rows: int = 0
    first_step: int | None = None
    last_timestamp_s: float | None = None
    damage: tuple[Damage, ...] = ()


class MetricRows:
    """The rows of one metric, growing.

    Attributes:
        finder: Finds the metric in a row.
    """

    __slots__ = ("_before", "_steps", "_times_s", "_values", "finder")

    def __init__(self, name: str, before: Series = NO_ROWS, *, is_nested: bool = False) -> None:
        """Start with the rows that were read before.

        Args:
            name: The metric's, as W&B shows it.
            before: Those rows.
            is_nested: As what the finder has come to expect.
        """
        self.finder = MetricFinder(name, is_nested=is_nested)
        self._before = before
        self._values: list[float] = []
        self._steps: list[int] = []
        self._times_s: list[float] = []

    def take(self, row: bytes) -> None:
        """Add the metric's value in `row`, if it is there and a number."""
        text = self.finder.text(row)
        if text is not None:
            value = number(text)
            if value is not None:
                time_s = number(_TIMESTAMP.text(row))
                self._steps.append(_step(row))
                self._values.append(value)
                known = time_s is not None and abs(time_s) < _LATEST_S
                self._times_s.append(time_s if time_s is not None and known else math.nan)

    def series(self) -> Series:
        """Give all rows as arrays."""
        before = self._before
        return Series(
            values=np.concatenate([before.values, np.array(self._values, dtype=np.float64)]),
            steps=np.concatenate([before.steps, np.array(self._steps, dtype=np.int64)]),
            times_s=np.concatenate([before.times_s, np.array(self._times_s, dtype=np.float64)]),
        )


class RunReading:
    """What was read of a run file so far.

    Attributes:
        with_summary: The summary records are taken too.
        facts: What records have said that are neither rows nor summaries.
        rows: By metric.
        n_rows: History rows, whatever they hold.
        first_step: The step of the first of those.
        last_time_s: The time of the last row that has one, as it is written there.
        place: From where to go on when the file has grown.
        damage: What could not be used, up to the end of the file as it is.
    """

    def __init__(self, metrics: Sequence[str] = (), *, with_summary: bool = False) -> None:
        """Start with nothing."""
        self.with_summary = with_summary
        self.facts = RunRecords()
        self.rows = {metric: MetricRows(metric) for metric in dict.fromkeys(metrics)}
        self.n_rows = 0
        self.first_step: int | None = None
        self.last_time_s: float | None = None
        self.place = LogPlace()
        self.damage: list[Damage] = []

    def take(self, data: bytes) -> None:
        """Take what was not taken yet.

        Args:
            data: The whole file; up to `place` it must be what it was before.
        """
        self.damage = damage = list(self.place.damage)
        facts, wanted, with_summary = self.facts, list(self.rows.values()), self.with_summary
        n_rows, first_step = self.n_rows, self.first_step
        last_row = b""
        for offset, payload in payloads(data, damage, self.place):
            try:
                kind, start, end = record_body(payload)
                if kind == HISTORY:
                    row = payload[start:end]
                    if b"_timestamp" in row:
                        last_row = row
                    else:
                        _check(row)
                    if first_step is None:
                        first_step = _step(row)
                    for rows in wanted:
                        rows.take(row)
                    n_rows += 1
                elif kind == _SUMMARY:
                    if with_summary:
                        facts.summary.add(payload[start:end], offset)
                else:
                    facts.take(kind, payload[start:end], offset)
            except (WireError, IndexError):
                damage.append(
                    Damage(kind=DamageKind.CONTENT, offset=offset, n_bytes=len(payload)),
                )
        self.n_rows, self.first_step = n_rows, first_step
        if last_row:
            self.last_time_s = _time_s(last_row)

    def lacks(self, metrics: Sequence[str], *, with_summary: bool) -> bool:
        """Whether anything of this was not read."""
        return (with_summary and not self.with_summary) or not self.rows.keys() >= set(metrics)

    def leave_out(self, other: RunReading) -> None:
        """Ask no more for what another reading has, before anything is taken."""
        self.rows = {name: rows for name, rows in self.rows.items() if name not in other.rows}
        self.with_summary = self.with_summary and not other.with_summary

    def add(self, other: RunReading) -> None:
        """Add what another reading of the same bytes has taken."""
        self.rows |= other.rows
        if other.with_summary:
            self.with_summary, self.facts = True, other.facts

    @property
    def is_doubtful(self) -> bool:
        """Whether a record is no message; what that costs depends on what was looked for in it."""
        if self.with_summary:
            self.facts.summary.tree()
        kinds = {damage.kind for damage in self.damage}
        return DamageKind.CONTENT in kinds or bool(self.facts.summary.malformed)

    def answer(self, metrics: Sequence[str], *, with_summary: bool, name: str) -> RunFile:
        """Give what the file says; what was read beside it makes no difference.

        Args:
            metrics: Some of those that were read.
            with_summary: Give the summary too, if it was read.
            name: The file's stem, for files without a run record.
        """
        facts = self.facts
        answers = facts.answers(with_summary=with_summary, name=name)
        damage = list(self.damage)
        if with_summary:
            damage += [
                Damage(kind=DamageKind.CONTENT, offset=offset, n_bytes=size)
                for offset, size in facts.summary.malformed
            ]
        if facts.dropped_names:
            damage.append(Damage(kind=DamageKind.NAMES, offset=0, n_bytes=0))
        times_s = [facts.stats_at_s, self.last_time_s]
        return RunFile(
            **answers,
            series={metric: self.rows[metric].series() for metric in dict.fromkeys(metrics)},
            n_rows=self.n_rows,
            first_step=self.first_step,
            last_timestamp_s=max(
                (at for at in times_s if at is not None and abs(at) < _LATEST_S), default=None
            ),
            damage=tuple(damage),
        )


def _check(row: bytes) -> None:
    """Take apart a row such as no SDK writes, without a time; the search may pass over its faults.

    Raises:
        WireError: It is no message.
    """
    for item in Message(row).chunks(1):
        Message(item)


def _step(row: bytes) -> int:
    """Give a row's step: the `_step` item, else `history.step.num`, which is absent for 0."""
    text = _STEP.text(row)
    if text is not None:
        try:
            step = int(text)
        except ValueError:
            value = number(text)
            step = int(value) if value is not None and math.isfinite(value) else 0
    else:
        step = Message(row).message(2).number(1)
    return step if -_LARGEST_STEP <= step <= _LARGEST_STEP else 0


def _time_s(row: bytes) -> float | None:
    """Give the timestamp of the last row that has one."""
    try:
        return number(_TIMESTAMP.text(row))
    except (WireError, IndexError):
        return None
