"""Draw a sweep of one kind, run it, and keep the truth of every run."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.courses import at_end, boosting, episodes, patience, steps
from tests.benchmarks.courses.pool import Life, Reports, run_pool, sending_times
from tests.benchmarks.courses.program import Config, Log, Program, Row
from wbtools.model import Goal
from wbtools.rules.hyperband import Hyperband

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "patience": patience.draw,
    "steps": steps.draw,
    "boosting": boosting.draw,
    "episodes": episodes.draw,
    "at-end": at_end.draw,
}
FILE_NAMES = ("sweep.yaml", "sweep.yaml", "sweep.yml", "configs/sweep.yaml", "sweep_random.yaml")
STOP_CODES = (None, None, None, 255, 255, 255, 1, 1, 143, 0)
"""How a stopped run ends: killed by its agent, by ctrl-c, by an exception, by its own handler, or
as if nothing had happened, which is how a trainer that catches the order to stop ends."""
MOST_RUNS, MOST_RECORDED = 40, 10


class Truth(StrEnum):
    """Why a run ended."""

    COURSE = "ran its course"
    STOPPED = "stopped by hyperband"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class RecordedRun:
    """One run as it is to be written; no `exit_code` where no record of its exit is."""

    id: str
    name: str
    config: Config
    start_s: float
    rows: list[Row]
    exit_code: int | None
    truth: Truth


@dataclass(frozen=True, kw_only=True)
class RecordedSweep:
    """A sweep and its truth.

    Attributes:
        file: The sweep file's name below the project's folder; None where it is not there.
        by_sdk: To be recorded by W&B's own SDK.
    """

    id: str
    kind: str
    program: Program
    method: str
    rule: Hyperband | None
    file: str | None
    by_sdk: bool
    runs: list[RecordedRun] = field(default_factory=list)

    @property
    def n_stopped(self) -> int:
        return sum(run.truth is Truth.STOPPED for run in self.runs)

    def contents(self) -> dict[str, Any]:
        """The sweep file's."""
        rule = {} if self.rule is None else {"early_terminate": self.rule.as_block()}
        return {
            "program": "train.py",
            "method": self.method,
            "metric": {"name": self.program.metric, "goal": self.program.goal},
            **rule,
            "parameters": self.program.parameters,
        }


@dataclass(frozen=True)
class _Course:
    """What a run logs if nobody stops it, and how it ends then."""

    config: Config
    rows: list[Row]
    truth: Truth


def draw_sweep(
    kind: str, seed: int, *, with_rule: bool, by_sdk: bool = False, most_runs: int = MOST_RUNS
) -> RecordedSweep:
    """Draw a sweep and run it: the same arguments give the same sweep.

    `with_rule` gives it Hyperband, `by_sdk` few runs, for W&B's SDK takes a second a run.
    """
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode()), with_rule, by_sdk])
    program = KINDS[kind](rng)
    method = "grid" if rng.random() < 0.15 else str(rng.choice(["random", "random", "bayes"]))
    if method == "grid":
        program = _on_a_grid(program)
    n_runs = int(rng.integers(8, min(MOST_RECORDED if by_sdk else MOST_RUNS, most_runs) + 1))
    courses = _courses(program, method, n_runs, rng)
    sign = Goal(program.goal).sign
    reports = [Reports.of(course.rows, program.metric, sign) for course in courses]
    rule = _rule(rng, [len(each.values) for each in reports]) if with_rule else None
    last_s = [course.rows[-1].time_s if course.rows else 5.0 for course in courses]
    lives = run_pool(reports, last_s, rule, int(rng.choice([1, 2, 4, 4, 8])), rng)
    began_s = 1.70e9 + float(rng.integers(10**7))
    stop_code = STOP_CODES[int(rng.integers(len(STOP_CODES)))]
    sweep_id = f"{kind[:2]}{seed % 1000:03d}{'hb' if with_rule else 'no'}{'s' if by_sdk else 'w'}"
    return RecordedSweep(
        id=sweep_id,
        kind=kind,
        program=program,
        method=method,
        rule=rule,
        file=None if rng.random() < 0.2 else str(rng.choice(FILE_NAMES)),
        by_sdk=by_sdk,
        runs=[
            _recorded(
                f"{sweep_id[:5]}{row:03d}",
                f"amber-sweep-{row + 1}",
                began_s,
                stop_code,
                course,
                life,
            )
            for row, (course, life) in enumerate(zip(courses, lives, strict=True))
        ],
    )


def _courses(program: Program, method: str, n_runs: int, rng: np.random.Generator) -> list[_Course]:
    """Train the configurations of a sweep, and break a few of the runs."""
    configs = list(itertools.islice(_configs(program, method, rng), n_runs))
    pace_s = float(np.exp(rng.uniform(np.log(1.0), np.log(90.0))))
    courses = [
        _Course(program.defaults | config, _trained(program, config, rng, pace_s), Truth.COURSE)
        for config in configs
    ]
    for row, truth in _broken(len(courses), rng).items():
        rows = _cut(courses[row].rows, program.metric, rng)
        courses[row] = replace(courses[row], rows=rows, truth=truth)
    return courses


def _recorded(
    run_id: str, name: str, began_s: float, stop_code: int | None, course: _Course, life: Life
) -> RecordedRun:
    """A run as it lived, in a sweep that `began_s` and whose stopped runs end with `stop_code`."""
    truth = Truth.STOPPED if life.stopped else course.truth
    code = {Truth.STOPPED: stop_code, Truth.FAILED: 1, Truth.LOST: None}.get(truth, 0)
    return RecordedRun(
        id=run_id,
        name=name,
        config=course.config,
        start_s=began_s + life.start_s,
        rows=_written(course.rows, life.end_s - life.start_s, is_killed=code is None),
        exit_code=code,
        truth=truth,
    )


def _written(rows: list[Row], length_s: float, *, is_killed: bool) -> list[Row]:
    """The rows in a run's file: of a killed run, those that had been written when it was killed."""
    if is_killed:
        sent_s = sending_times(rows).tolist()
        return [row for row, time_s in zip(rows, sent_s, strict=True) if time_s <= length_s]
    return [row for row in rows if row.time_s <= length_s + 1e-6]


def _trained(
    program: Program, config: Config, rng: np.random.Generator, pace_s: float
) -> list[Row]:
    log = Log(pace_s * float(rng.lognormal(0.0, 0.2)), float(rng.uniform(1.0, 20.0)))
    with np.errstate(all="ignore"):
        program.train(config, rng, log)
    return log.rows


def _on_a_grid(program: Program) -> Program:
    """A grid knows values only: some of each range."""
    parameters = {}
    for name, spec in program.parameters.items():
        if "min" in spec:
            some = np.geomspace(spec["min"], spec["max"], 6)
            is_whole = spec["distribution"] == "int_uniform"
            values = [round(v) if is_whole else float(f"{v:.3g}") for v in some.tolist()]
            parameters[name] = {"values": list(dict.fromkeys(values))}
        else:
            parameters[name] = spec
    return Program(
        metric=program.metric,
        goal=program.goal,
        parameters=parameters,
        defaults=program.defaults,
        train=program.train,
    )


def _configs(program: Program, method: str, rng: np.random.Generator) -> Iterator[Config]:
    if method == "grid":
        names = list(program.parameters)
        axes = [spec.get("values", [spec.get("value")]) for spec in program.parameters.values()]
        for point in itertools.product(*axes):
            yield dict(zip(names, point, strict=True))
        return
    while True:
        yield {name: _drawn(spec, rng) for name, spec in program.parameters.items()}


def _drawn(spec: dict[str, Any], rng: np.random.Generator) -> Any:
    if "value" in spec:
        return spec["value"]
    if "values" in spec:
        return spec["values"][int(rng.integers(len(spec["values"])))]
    low, high = spec["min"], spec["max"]
    if spec["distribution"] == "int_uniform":
        return int(rng.integers(low, high + 1))
    if spec["distribution"] == "log_uniform_values":
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(rng.uniform(low, high))


def _broken(n: int, rng: np.random.Generator) -> dict[int, Truth]:
    """Few runs of some sweeps fail, or are lost with their machine."""
    rows = rng.permutation(n).tolist()
    n_failed = int(rng.choice([0, 0, 0, 1, 2, 3]))
    n_lost = int(rng.choice([0, 0, 0, 0, 1, 2]))
    ends = [Truth.FAILED] * n_failed + [Truth.LOST] * n_lost
    return dict(zip(rows, ends, strict=False))


def _cut(rows: list[Row], metric: str, rng: np.random.Generator) -> list[Row]:
    """Break off somewhere before the last report."""
    last = max((k for k, row in enumerate(rows) if metric in row.data), default=0)
    return rows[: int(rng.integers(0, last + 1))]


def _rule(rng: np.random.Generator, n_reports: list[int]) -> Hyperband:
    """Settings that a person would write for runs of such a length."""
    usual = max(int(np.median(n_reports)), 1)
    strict = [None, True, False][int(rng.integers(3))]
    eta = [None, 2, 2, 3, 3, 4][int(rng.integers(6))]
    if rng.random() < 0.3:
        return Hyperband(
            max_iter=max(usual, 6), s=int(rng.integers(1, 3)), eta=eta or 2, strict=strict
        )
    firsts = [first for first in (1, 2, 3, 5, 10, 20) if first <= usual / 2] or [3]
    return Hyperband(min_iter=int(rng.choice(firsts)), eta=eta, strict=strict)
