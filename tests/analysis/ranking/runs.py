"""Runs that were read, made of a few words."""

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.configurations import (
    GroupingKey,
    RunMeasurement,
    configurations,
)
from wbtools.analysis.ranking.leaderboard import leaderboard
from wbtools.model import Goal, Metric, Run

ACC = Metric(name="acc", goal=Goal.MAXIMIZE)
LOSS = Metric(name="loss", goal=Goal.MINIMIZE)


def measured(
    number, *values, completion=Completion.FULL, stage=0, projected=None, group=None, **config
):
    run = Run(
        id=f"run{number:04d}",
        name=f"amber-sweep-{number}",
        number=number,
        number_from="name",
        config=config,
        group=group,
        runtime_s=3600.0,
    )
    return RunMeasurement(
        run=run, stage=stage, values=values, completion=completion, projected=projected
    )


def seeded(values_by_lr, **more):
    """One configuration a learning rate, one seed a value."""
    runs = []
    for lr, values in values_by_lr.items():
        for seed, value in enumerate(values):
            runs.append(measured(len(runs) + 1, value, lr=lr, seed=seed, **more))
    return runs


def board(runs, metrics=(ACC,), identity=None, *, with_stopped=False):
    found = configurations(runs, identity or GroupingKey(), with_stopped=with_stopped)
    return leaderboard(found, metrics)
