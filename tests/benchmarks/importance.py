"""Do stopped runs, treated as censored, bring importances nearer to those of the full data?

`python -m tests.benchmarks.importance FOLDER` reads replayed sweeps whose stopped runs were trained
to the end in truth (`sweeps.jsonl.gz` and `truth.jsonl.gz`), gives each treatment what the sweep's
user could see, and compares what it says with what the completed data say. Projections are by the
model that never saw the sweep's task. Figures are means over tasks; the interval is the 5th and
95th percentile of a bootstrap over sweeps. `--forests N` asks forests too, on N sweeps a task.
"""

import argparse
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from tests.benchmarks.gems import catch_up, predict_loto
from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun, gehan_scores
from wbtools.analysis.importance.association import measure_each
from wbtools.analysis.importance.forest import grow
from wbtools.analysis.importance.imputed_outcomes import ImputedOutcomes, imputed_outcomes
from wbtools.analysis.importance.parameters import VariedParameter, read_parameters
from wbtools.model import Run
from wbtools.sweepfile.space import Axis, Choice, Range

KINDS = {
    "uniform": "uniform",
    "log_uniform": "log_uniform_values",
    "int_log_uniform": "log_uniform_values",
    "int_uniform": "int_uniform",
}


def read(folder: Path) -> Iterator[tuple[dict, dict]]:
    """Sweeps as their users saw them, with the truth."""
    with gzip.open(folder / "truth.jsonl.gz", "rt") as file:
        truth = {entry["sweep_id"]: entry["runs"] for entry in map(json.loads, file)}
    with gzip.open(folder / "sweeps.jsonl.gz", "rt") as file:
        for sweep in map(json.loads, file):
            yield sweep, truth[sweep["sweep_id"]]


def space_of(sweep: dict) -> dict[str, Axis]:
    """What was searched, in the package's words."""
    space: dict[str, Axis] = {}
    for name, (kind, *rest) in sweep["space"].items():
        if kind == "choice":
            space[name] = Choice(values=tuple(dict.fromkeys(rest[0])))
        else:
            space[name] = Range(low=rest[0], high=rest[1], kind=KINDS[kind])
    return space


def tried(sweep: dict, predictions: dict | None) -> list[CensoredRun]:
    """The runs that have a value, lower is better."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    runs = []
    for number, run in enumerate(sweep["runs"], start=1):
        values = [sign * v for v in run["history"] if v is not None and np.isfinite(v)]
        if not values:
            continue
        worst, censored = min(values), run["state"] != "finished"
        likely = best = worst
        least = None
        if censored:
            prediction = None if predictions is None else predictions.get(run["run_id"])
            likely = worst if prediction is None else min(worst, sign * prediction["mean"])
            ends = (
                () if prediction is None else (sign * prediction["lo90"], sign * prediction["hi90"])
            )
            best = min(worst, *ends) if ends else -np.inf
            least = min(worst, max(ends)) if ends else None
        noun = Run(
            id=run["run_id"],
            name=run["run_id"],
            number=number,
            number_from="order",
            config=run["config"],
        )
        runs.append(
            CensoredRun(
                run=noun,
                worst=worst,
                likely=likely,
                best=best,
                censored=censored,
                value=worst,
                least=least,
            )
        )
    return sorted(runs, key=lambda run: run.worst)


def runs_of(runs: list[CensoredRun]) -> ImputedOutcomes:
    return imputed_outcomes(CensoredOutcomes(tried=tuple(runs), n_silent=0), 1.0)


class Intervals(ImputedOutcomes):
    """Projections as intervals that are compared, in place of drawn values."""

    @property
    def standings(self) -> np.ndarray:  # type: ignore[override]
        best = np.where(self.censored, self.best, self.worst)
        return ((gehan_scores(self.worst, best) / (self.n - 1) + 1) / 2)[None]


def as_intervals(runs: list[CensoredRun]) -> ImputedOutcomes:
    outcomes = runs_of(runs)
    return Intervals(
        tried=outcomes.tried,
        worst=outcomes.worst,
        likely=outcomes.likely,
        best=outcomes.best,
        least=outcomes.least,
        censored=outcomes.censored,
        sign=1.0,
    )


def final(runs: list[CensoredRun], values: dict[str, float] | None = None) -> list[CensoredRun]:
    """Runs taken for complete, at these values or at their best so far."""
    completed = []
    for run in runs:
        value = run.worst if values is None else values[run.run.id]
        completed.append(
            replace(
                run, worst=value, likely=value, best=value, least=None, censored=False, value=value
            )
        )
    return sorted(completed, key=lambda run: run.worst)


def treatments(sweep: dict) -> dict[str, Callable[[], ImputedOutcomes]]:
    """Ways to see a sweep of which some runs were stopped."""
    bare = tried(sweep, None)
    return {
        "completed runs only": lambda: runs_of([run for run in bare if not run.censored]),
        "stops at face value": lambda: runs_of(final(bare)),
        "stops as bounds (Gehan)": lambda: as_intervals(bare),
        "projected intervals (Gehan)": lambda: as_intervals(tried(sweep, predict_loto(sweep))),
        "imputed, catch-up": lambda: runs_of(tried(sweep, catch_up(sweep))),
        "imputed, learned": lambda: runs_of(tried(sweep, predict_loto(sweep))),
    }


def parameters_of(runs: ImputedOutcomes, space: dict[str, Axis]) -> list[VariedParameter]:
    return list(read_parameters(runs.configs, space, results=()).varied)


def strengths(
    runs: ImputedOutcomes, space: dict[str, Axis]
) -> dict[str, tuple[float, float, float]]:
    """Strength and interval by parameter, of the same measure whatever the runs say.

    That is the rank correlation; of categories the correlation ratio. Of those that it abstains
    from nothing.
    """
    associations = {}
    for parameter in parameters_of(runs, space):
        found = measure_each(parameter, runs)[0].strength
        if found is not None:
            associations[parameter.name] = (found.estimate, found.low, found.high)
    return associations


def permutations(
    runs: ImputedOutcomes, space: dict[str, Axis]
) -> dict[str, tuple[float, float, float]]:
    """Mean loss of forests without each parameter; nothing where none can be grown."""
    chosen = parameters_of(runs, space)
    if runs.n < 20 or not chosen or not np.ptp(runs.standings, axis=1).all():
        return {}
    lost = np.array([forest.lost for forest in grow(chosen, runs, None)]).mean(axis=0)
    return {parameter.name: (float(x), 0.0, 0.0) for parameter, x in zip(chosen, lost, strict=True)}


def compare(estimates: dict, true: dict) -> dict[str, float] | None:
    """Errors over the parameters of which the full data say something; silence counts as 0."""
    names = sorted(true)
    values = np.array([estimates.get(name, (0.0,))[0] for name in names])
    true_values = np.array([true[name][0] for name in names])
    errors = {
        "MAE": float(np.abs(values - true_values).mean()),
        "answers": float(np.mean([name in estimates for name in names])),
        "top": float(np.abs(values).argmax() == np.abs(true_values).argmax()),
    }
    if np.ptp(np.abs(values)) and np.ptp(np.abs(true_values)):
        errors["order"] = float(spearmanr(np.abs(values), np.abs(true_values)).statistic)
    answered = [name for name in names if name in estimates]
    if answered:
        inside = [estimates[name][1] <= true[name][0] <= estimates[name][2] for name in answered]
        errors["holds"] = float(np.mean(inside))
    return errors


def table(title: str, found: dict[str, list[tuple[str, dict[str, float]]]]) -> None:
    """A row a treatment: the mean over tasks, with the interval of a bootstrap over sweeps."""
    columns = ("MAE", "order", "top", "holds", "answers")
    print(f"\n{title}\n{'':30}" + "".join(f"{column:>22}" for column in columns))
    rng = np.random.default_rng(0)
    for name, rows in found.items():
        cells = []
        for column in columns:
            by_task = defaultdict(list)
            for task, row in rows:
                if column in row:
                    by_task[task].append(row[column])
            if not by_task:
                cells.append("")
                continue
            mean = np.mean([np.mean(errors) for errors in by_task.values()])
            drawn = [
                np.mean([np.mean(rng.choice(errors, len(errors))) for errors in by_task.values()])
                for _ in range(400)
            ]
            low, high = np.quantile(drawn, (0.05, 0.95))
            cells.append(f"{mean:.3f} ({low:.2f} to {high:.2f})")
        print(f"{name:30}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sweeps", type=int, default=24, help="of each task")
    parser.add_argument("--only-forests", action="store_true", help="those sweeps only")
    parser.add_argument("--forests", type=int, default=0, help="sweeps a task for forests")
    asked = parser.parse_args()
    begin, per_task = time.perf_counter(), defaultdict(int)
    single, forests = defaultdict(list), defaultdict(list)
    shares = []
    for sweep, truth in read(asked.folder):
        task = sweep["task"]
        per_task[task] += 1
        if per_task[task] > (asked.forests if asked.only_forests else asked.sweeps):
            continue
        sign, space = 1.0 if sweep["goal"] == "minimize" else -1.0, space_of(sweep)
        values = {
            key: sign * outcome["best"]
            for key, outcome in truth.items()
            if outcome["best"] is not None
        }
        full = runs_of(final(tried(sweep, None), values))
        true = strengths(full, space)
        if not true:
            continue
        with_forest = per_task[task] <= asked.forests and full.n >= 20
        by_forest = permutations(full, space) if with_forest else {}
        shares.append(np.mean([run["state"] != "finished" for run in sweep["runs"]]))
        for name, see in treatments(sweep).items():
            runs = see()
            single[name].append((task, compare(strengths(runs, space), true)))
            if with_forest:
                row = compare(permutations(runs, space), by_forest)
                row.pop("holds", None)
                forests[name].append((task, row))
    print(
        f"{len(shares)} sweeps of {len(per_task)} tasks, "
        f"{np.mean(shares):.0%} of their runs cut short"
    )
    table("association of each parameter alone, against that of the full data", single)
    if forests:
        table("permutation importance of forests, against that of the full data", forests)
    print(f"\n{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
