"""How wrong a simulation is that rests on curves which were cut short.

`python -m tests.benchmarks.censored CURVES` takes a folder of runs that were all trained to the end
(`runs.parquet`, `curves.parquet`, `manifest.json`). Some runs of each task are replayed under a
Hyperband setting, which cuts most of them short; from what is left, `wbtools simulate` answers what
the default grid of rules would have saved and missed. The whole curves tell the truth. Beside it
stands the naive answer, which takes the value at the stop for the end. Runs are projected by the
model that was fitted without the task and its family.
"""

import argparse
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.gems import weights_without
from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.analysis.simulation.grid import default_rules
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import Scenario, scenario
from wbtools.analysis.simulation.simulate import Setup, Simulation, simulate
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.app.model_weights import load_weights
from wbtools.model import Curves, Goal, Metric, Run, RunState, Series, Sweep, SweepRef
from wbtools.rules.grammar import parse_wandb_rule
from wbtools.rules.hyperband import Hyperband

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
METRIC = "metric"
N_WORKERS = 4
CUTS = ((0.02, 3, True), (0.1, 3, True), (0.1, 3, False), (0.2, 2, True))
"""Of the rules that cut the sweeps short: first band as a share of a run, eta, strict."""


def sweep_of(values: np.ndarray, begun: np.ndarray, n_reports: np.ndarray, configs: list) -> Sweep:
    """Runs that report once a minute, and end after so many reports."""
    runs, series = [], []
    for k, n in enumerate(n_reports.tolist()):
        since = float(begun[k]) * 60.0
        state = RunState.FINISHED if n == values.shape[1] else RunState.UNKNOWN
        runs.append(
            Run(
                id=f"r{k}",
                name=f"r{k}",
                number=k + 1,
                number_from="order",
                state=state,
                exit_code=0 if n == values.shape[1] else None,
                created_at=BEGIN + timedelta(seconds=since),
                heartbeat_at=BEGIN + timedelta(seconds=since + 60.0 * n),
                runtime_s=60.0 * n,
                config=configs[k],
            )
        )
        curve = Series(
            values=values[k, :n], steps=np.arange(n), times_s=since + 60.0 * np.arange(1, n + 1)
        )
        series.append((f"r{k}", curve))
    return Sweep(
        ref=SweepRef(sweep_id="replayed"),
        runs=tuple(runs),
        curves={METRIC: Curves.pack(METRIC, series)},
        as_of=BEGIN + timedelta(days=300),
    )


def stand(sweep: Sweep, goal: Goal, rule: str, horizon: int, task: str) -> Scenario:
    """The sweep as `wbtools simulate` sees it."""
    metric = Metric(name=METRIC, goal=goal)
    settings = parse_wandb_rule(rule)
    in_use = RuleInUse(
        status=RuleStatus.KNOWN if settings is not None else RuleStatus.NONE,
        settings=settings,
        source="the benchmark",
    )
    question = Question(
        metric=metric, metric_source="the benchmark", rule=in_use, rank_by=metric, budget=horizon
    )
    return scenario(sweep, question, load_weights(weights_without(task)))


def compare(answer: Simulation, truth: Simulation, tally: dict[str, list[float]], who: str) -> None:
    """Add the errors of every rule's means over the orders."""
    known = {simulated.rule: simulated for simulated in truth.tried}
    for simulated in answer.tried:
        other = known[simulated.rule]
        for name in ("cost_share", "regret_share", "best_stopped"):
            answered, true = simulated.over_orders(name), other.over_orders(name)
            tally[f"{who}: error of {name}"].append(answered.estimate - true.estimate)
            if name == "regret_share":
                inside = answered.low - 1e-12 <= true.estimate <= answered.high + 1e-12
                tally[f"{who}: interval holds the true mean regret"].append(float(inside))
        tally[f"{who}: unseen share"].append(simulated.over_orders("unseen_share").estimate)


def main() -> None:
    """Cut, answer, compare."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("curves", type=Path)
    words.add_argument("--runs", type=int, default=60)
    words.add_argument("--orders", type=int, default=10)
    words.add_argument("--draws", type=int, default=2)
    words.add_argument("--every", type=int, default=1, help="try every so manyth rule only")
    asked = words.parse_args()
    runs = pd.read_parquet(asked.curves / "runs.parquet")
    table = pd.read_parquet(asked.curves / "curves.parquet", columns=["run_id", "epoch", METRIC])
    table = table.sort_values(["run_id", "epoch"])
    curves = {run: rows[METRIC].to_numpy() for run, rows in table.groupby("run_id")}
    tasks = json.loads((asked.curves / "manifest.json").read_text())
    goals = {entry["task"]: entry["goal"] for entry in listed(tasks)}
    tally: dict[str, list[float]] = defaultdict(list)
    rng = np.random.default_rng(11)
    for task, rows in runs.groupby("task"):
        goal = Goal(goals[str(task)])
        for share, eta, strict in CUTS:
            for _ in range(asked.draws):
                picked = rows.iloc[rng.permutation(len(rows))[: asked.runs]]
                values = np.array([curves[run] for run in picked["run_id"]])
                configs = [json.loads(text) for text in picked["config"]]
                one_sweep(str(task), goal, values, configs, (share, eta, strict), asked, tally)
        print(f"{task} done", flush=True)
    for name, measures in tally.items():
        x = np.array(measures)
        print(f"{name}: mean {x.mean():+.4f}, mean absolute {np.abs(x).mean():.4f}, n {len(x)}")


def one_sweep(task, goal, values, configs, cut, asked, tally) -> None:
    """Cut one sweep short, answer, compare with the truth."""
    n, horizon = values.shape
    share, eta, strict = cut
    settings = Hyperband(min_iter=max(1, round(share * horizon)), eta=eta, strict=strict)
    whole = Trajectories.at_equal_times(values * goal.sign)
    replayed = replay(settings, whole, n_workers=N_WORKERS, poll_s=0.0)
    full = sweep_of(values, replayed.started_s, np.full(n, horizon), configs)
    short = sweep_of(values, replayed.started_s, replayed.n_made, configs)
    # A seed of its own: the draws of different sweeps shall have nothing in common.
    seed = int(abs(values[:, 0]).sum() * 1e6) % 2**31
    setup = Setup(n_orders=asked.orders, n_workers=N_WORKERS, seed=seed)
    rules = default_rules(horizon)[:: asked.every]
    truth = simulate([stand(full, goal, "none", horizon, task)], rules, setup)
    ground = stand(short, goal, str(settings), horizon, task)
    answer = simulate([ground], rules, setup)
    compare(answer, truth, tally, "drawn")
    compare(simulate([_ended(ground)], rules, setup), truth, tally, "naive")
    advice = recommend(answer)
    tally["cut short, of the runs"].append(float(ground.cut.mean()))
    if advice.rule is not None:
        real = next(simulated for simulated in truth.tried if simulated.rule == advice.rule.rule)
        least = advice.tolerances[0]
        tally["advice given: promised share of fine replays"].append(advice.p_fine or 0.0)
        tally["advice given: true share of fine replays"].append(
            float(np.mean([score.regret <= least for score in real.scores[0]]))
        )
        tally["advice given: promised saving"].append(
            1 - advice.rule.over_orders("cost_share").estimate
        )
        tally["advice given: true saving"].append(1 - real.over_orders("cost_share").estimate)


def _ended(ground: Scenario) -> Scenario:
    """The value at the stop taken for the end."""
    return Scenario(
        sweep_id=ground.sweep_id,
        metric=ground.metric,
        seen=ground.seen,
        full=np.ones_like(ground.full),
        cut=np.zeros_like(ground.cut),
        horizon=ground.seen.n_reports,
        pace_s=ground.pace_s,
    )


def listed(manifest: object) -> list[dict]:
    """The manifest's tasks, whether they are a list or a mapping."""
    found = manifest.get("tasks", manifest) if isinstance(manifest, dict) else manifest
    if isinstance(found, dict):
        return [{"task": name} | entry for name, entry in found.items()]
    return found


if __name__ == "__main__":
    main()
