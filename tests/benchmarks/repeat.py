"""Is P(repeat) right? What it promised, against seeds of the same configuration that were run.

`python -m tests.benchmarks.repeat --data FOLDER [--bank RUNS.parquet]`, with `sweeps.jsonl.gz` and
`truth.jsonl.gz` of replayed sweeps: the truth names the run of the bank behind every run. The bank
itself holds the seeds that no sweep replayed. A stopped run is judged as an audit judges it, by the
model that never saw its task; whether its promise held is told by the runs of its configuration,
with other seeds, that are not in the sweep. (Of those that are, the completed ones set the bar and
the others were stopped for a reason.) To beat the best completed run is rare, so the same is asked
of easier bars too, which the audit takes as `--target`.

Sweeps of one task are replays of one bank, so a configuration comes back in many of them. Intervals
are of a bootstrap over configurations within tasks, with all that sweeps say of each.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.gem_table import written
from tests.benchmarks.gems import WITHOUT, weights_without
from tests.readme import HOW_SURE
from tests.training.score import lines_of
from tests.training.score_draws import percentiles
from tests.training.score_metrics import log_loss
from tests.training.score_run import snapshot_of
from tests.training.score_tables import between, number, table
from wbtools.analysis.gems import judge_gems
from wbtools.analysis.projection import Projector
from wbtools.analysis.seed_noise import seed_noise
from wbtools.app.model_weights import SHIPPED, load_weights
from wbtools.model.configuration import configuration_key, is_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BARS = {"the best completed run": 0.0, "the best quarter": 0.25, "the median": 0.5}
"""Quantiles of the completed runs' best values."""
_BINS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Promise:
    """What was said of one stopped run, and what fresh runs of its configuration did.

    Attributes:
        bar: Which, by its name.
        p_repeat: P(a fresh run beats the bar).
        p_gem: P(the run itself would have).
        beat: Share of the fresh runs that beat it.
        expected_gain: Over the bar, in the sweep's mean further gain of a stopped run.
        gain: What fresh runs gained on average, likewise.
    """

    task: str
    configuration: str
    bar: str
    p_repeat: float
    p_gem: float
    beat: float
    expected_gain: float
    gain: float


def bank(sweeps: Sequence[dict], truth: dict[str, dict]) -> dict[tuple[str, str], dict[str, float]]:
    """The best value of every run of a configuration, by (task, configuration) and run."""
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for sweep in sweeps:
        for run in sweep["runs"]:
            true = truth[sweep["sweep_id"]]["runs"][run["run_id"]]
            if run["config"] and true["best"] is not None:
                found[sweep["task"], key_of(run)][true["bank_run"]] = true["best"]
    return found


def with_bank(
    runs: dict[tuple[str, str], dict[str, float]], path: Path
) -> dict[tuple[str, str], dict[str, float]]:
    """The same with the runs of a bank: a table of `task`, `run_id`, `config` (JSON) and `best`."""
    import pyarrow.parquet as pq

    for run in pq.read_table(path, columns=["task", "run_id", "config", "best"]).to_pylist():
        if run["best"] is not None and math.isfinite(run["best"]):
            place = run["task"], key_of({"config": json.loads(run["config"])})
            runs.setdefault(place, {})[run["run_id"]] = run["best"]
    return runs


def key_of(run: dict) -> str:
    """Runs that differ in nothing but a seed have the same."""
    return configuration_key(run["config"], ignoring=is_seed)


def fresh(
    sweep: dict, truth: dict[str, dict], runs: dict[tuple[str, str], dict[str, float]]
) -> dict[int, np.ndarray]:
    """Best values of runs of the same configuration that are not in the sweep, by row."""
    true = truth[sweep["sweep_id"]]["runs"]
    inside = {true[run["run_id"]]["bank_run"] for run in sweep["runs"]}
    by_row = {}
    for row, run in enumerate(sweep["runs"]):
        others = runs.get((sweep["task"], key_of(run)), {})
        bests = [best for name, best in others.items() if name not in inside]
        if run["config"] and bests:
            by_row[row] = np.array(bests)
    return by_row


def promises(
    sweep: dict, unit: float, reruns: dict[int, np.ndarray], weights_of: Callable[[str], Path]
) -> list[Promise]:
    """Of every stopped run whose configuration was run with another seed, for each bar."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    snapshot = snapshot_of(sweep)
    finals = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    if not len(finals) or not (snapshot.stopped[list(reruns)]).any():
        return []
    projector = Projector.choose(load_weights(weights_of(sweep["task"])))
    found = []
    for name, at in BARS.items():
        bar = float(np.quantile(finals, at, method="higher"))
        projections, _ = judge_gems(snapshot, bar, sign=sign, projector=projector)
        for row, projection in projections.items():
            if projection.p_repeat is None or row not in reruns:
                continue
            over = np.maximum(bar - sign * reruns[row], 0.0)
            found.append(
                Promise(
                    task=sweep["task"],
                    configuration=key_of(sweep["runs"][row]),
                    bar=name,
                    p_repeat=projection.p_repeat,
                    p_gem=projection.p_gem,
                    beat=float(np.mean(over > 0)),
                    expected_gain=(projection.expected_gain or 0.0) / unit,
                    gain=float(over.mean()) / unit,
                )
            )
    return found


def by_configuration(of: Sequence[Promise]) -> dict[str, list[list[Promise]]]:
    """Those of each configuration, by task."""
    groups: dict[tuple[str, str], list[Promise]] = defaultdict(list)
    for promise in of:
        groups[promise.task, promise.configuration].append(promise)
    tasks: dict[str, list[list[Promise]]] = defaultdict(list)
    for (task, _), members in groups.items():
        tasks[task].append(members)
    return tasks


def interval(
    of: Sequence[Promise], measure: Callable[[Sequence[Promise]], float], n: int = 400
) -> tuple[float, float]:
    """5th and 95th percentile of a measure over configurations drawn anew within tasks."""
    rng, tasks = np.random.default_rng(0), by_configuration(of)
    drawn = [
        measure(
            [
                promise
                for groups in tasks.values()
                for place in rng.integers(0, len(groups), len(groups))
                for promise in groups[place]
            ]
        )
        for _ in range(n)
    ]
    return percentiles(np.array(drawn))


def poisson_binomial(chances: Sequence[float]) -> tuple[int, int]:
    """Nine tenths of how many of independent events come true: fewest and most.

    `scipy.stats.poisson_binom` takes no more than 64 of them.
    """
    odds = np.ones(1)
    for p in chances:
        odds = np.convolve(odds, (1 - p, p))
    low, high = np.searchsorted(np.cumsum(odds), (0.05, 0.95))
    return int(low), int(high)


def skill(of: Sequence[Promise], chance: Callable[[Promise], float]) -> float:
    """1 - log-loss / that of the share seen, said of every run; NaN where nothing happened."""
    beat = np.array([promise.beat for promise in of])
    base = float(beat.mean())
    plain = log_loss(np.full(len(of), base), beat)
    loss = log_loss(np.array([chance(promise) for promise in of]), beat)
    return 1 - loss / plain if 0 < base < 1 else math.nan


def counted(of: Sequence[Promise]) -> list[str]:
    """Stopped runs, configurations, promised with the Poisson-binomial ends, seen with its own."""
    low, high = poisson_binomial([promise.p_repeat for promise in of])
    seen_low, seen_high = interval(of, lambda drawn: sum(promise.beat for promise in drawn))
    return [
        str(len(of)),
        str(sum(map(len, by_configuration(of).values()))),
        f"{sum(promise.p_repeat for promise in of):.1f} ({low} to {high})",
        f"{sum(promise.beat for promise in of):.1f} ({seen_low:.0f} to {seen_high:.0f})",
    ]


def reliability(of: Sequence[Promise]) -> list[list[str]]:
    """By what was promised: how many, the mean promise, and the share that came true."""
    rows = []
    for low, high in pairwise(_BINS):
        inside = [
            promise
            for promise in of
            if low <= promise.p_repeat < high or promise.p_repeat == high == 1
        ]
        if not inside:
            continue
        p = float(np.mean([promise.p_repeat for promise in inside]))
        within = f"{number(_share(inside))}{between(*interval(inside, _share))}"
        rows.append([f"{low:g} to {high:g}", *counted(inside)[:2], number(p), within])
    return rows


def _share(of: Sequence[Promise]) -> float:
    """Of fresh runs that beat the bar."""
    return float(np.mean([promise.beat for promise in of]))


def noise_ratios(
    sweeps: Sequence[dict], runs: dict[tuple[str, str], dict[str, float]]
) -> dict[str, tuple[int, float, float]]:
    """Configurations, seed noise as really measured, and as sweeps tell it, by task.

    Both are roots of mean squares over the configurations with several seeds of which one ran its
    course in a sweep; what sweeps tell is the median over those that hold it.
    """
    told: dict[tuple[str, str], list[float]] = defaultdict(list)
    for sweep in sweeps:
        noise, source = seed_noise(snapshot_of(sweep))
        for run in sweep["runs"]:
            place = sweep["task"], key_of(run)
            if source and run["state"] == "finished" and len(runs.get(place, ())) > 1:
                told[place].append(noise)
    by_task = {}
    for task in sorted({task for task, _ in told}):
        places = [place for place in told if place[0] == task]
        true = [np.var(list(runs[place].values()), ddof=1) for place in places]
        estimated = [np.median(told[place]) ** 2 for place in places]
        by_task[task] = (
            len(places),
            float(np.sqrt(np.mean(true))),
            float(np.sqrt(np.mean(estimated))),
        )
    return by_task


def without(folder: Path) -> Callable[[str], Path]:
    """The weights that never saw a task; the shipped ones of a task that is in no fold."""

    def file(task: str) -> Path:
        try:
            return weights_without(task, folder)
        except ValueError:
            return SHIPPED

    return file


def main() -> None:
    """Measure; with `--write`, put the tables on the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bank", type=Path)
    parser.add_argument("--weights", type=Path, default=WITHOUT)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sweeps = lines_of(given.data, "sweeps")
    truth = {true["sweep_id"]: true for true in lines_of(given.data, "truth")}
    runs, weights_of = bank(sweeps, truth), without(given.weights)
    if given.bank is not None:
        runs = with_bank(runs, given.bank)
    found: list[Promise] = []
    shipped = set()
    for sweep in sweeps:
        unit = truth[sweep["sweep_id"]]["scale"] or 1.0
        new = promises(sweep, unit, fresh(sweep, truth, runs), weights_of)
        shipped |= {promise.task for promise in new if weights_of(promise.task) == SHIPPED}
        found += new
    rows, easier = [], []
    for bar in BARS:
        of = [promise for promise in found if promise.bar == bar]
        gains = [
            number(float(np.mean([getattr(promise, name) for promise in of])))
            for name in ("expected_gain", "gain")
        ]
        skills = [number(skill(of, chance)) for chance in (lambda x: x.p_repeat, lambda x: x.p_gem)]
        rows.append([bar, *counted(of), *skills, *gains])
        easier += [
            [f"{task}: {bar}", *counted([promise for promise in of if promise.task == task])]
            for task in sorted({promise.task for promise in of})
        ]
    head = ["stopped runs", "configurations", "fresh runs promised to beat it", "that did"]
    more = ["log-loss skill", "of P(gem) in its place", "gain promised", "gained"]
    tables = {
        "repeats": table(["bar", *head, *more], rows),
        "repeats by task": table(["task and bar", *head], easier),
        "reliability": table(
            ["P(repeat)", "promises", "configurations", "mean", "came true"], reliability(found)
        ),
        "seed noise": table(
            ["task", "configurations", "seeds really differ by", "sweeps say"],
            [
                [task, str(n), f"{true:.3g}", f"{told:.3g}"]
                for task, (n, true, told) in noise_ratios(sweeps, runs).items()
            ],
        ),
    }
    if shipped:
        sys.stdout.write(f"by the shipped model: {', '.join(sorted(shipped))}\n\n")
    for name, text in tables.items():
        sys.stdout.write(f"{name}\n{text}\n")
    if given.write:
        page = HOW_SURE.read_text()
        for name in ("repeats", "seed noise"):
            page = written(page, name, tables[name])
        HOW_SURE.write_text(page)


if __name__ == "__main__":
    main()
