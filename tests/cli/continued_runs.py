"""Small projects whose run 1 was stopped, and what goes on with it; for tests of `verify`."""

import json
from pathlib import Path

from tests.sources.local.wandb_writer import START_S, exit_record, history, run_record, write_run
from wbtools.archive import keep_plan
from wbtools.model import Criterion, Goal, ReplicationPlan

SWEEP = "sw33p1d0"
YAML = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
parameters: {lr: {min: 0, max: 1}, seed: {value: 0}, epochs: {value: 10}}
"""
CURVE = (0.11, 0.22, 0.31, 0.39, 0.46, 0.52, 0.57, 0.61, 0.64, 0.66)
"""What the run would have reported, had nobody stopped it after 5 of 10 reports."""
FULL = [value - 0.05 for value in CURVE]


def write(
    folder,
    run_id,
    values,
    *,
    first=0,
    code=0,
    group="",
    sweep="",
    at=0,
    epoch=True,
    name="",
    **config,
):
    """A run that begins with a report of epoch `first`; `epoch=False` logs no epoch."""
    begun = START_S + 1000 * at
    records = [
        run_record(
            run_id,
            start_s=begun,
            config={"lr": 0.5, "seed": 0, "epochs": 10} | config,
            display_name=name or f"name-sweep-{1 if run_id == 'stopped1' else at + 1}",
            **({"sweep_id": sweep} if sweep else {}),
            **({"run_group": group} if group else {}),
        ),
        *(
            history(
                k, {"acc": value} | ({"epoch": first + k} if epoch else {}), time_s=begun + k + 1
            )
            for k, value in enumerate(values)
        ),
    ]
    write_run(folder, [*records, *([] if code is None else [exit_record(code)])], run_id,
              stamp=f"20240101_0000{at:02d}")  # fmt: skip


def make_project(folder, *, epoch=True):
    """A sweep of four: run 1 was stopped after 5 of 10 reports, ahead of all others."""
    (folder / "sweep.yaml").write_text(YAML)
    write(folder / "wandb", "stopped1", CURVE[:5], code=255, sweep=SWEEP, epoch=epoch)
    for k in range(1, 4):
        values = [value - k / 100 for value in FULL]
        write(folder / "wandb", f"full000{k}", values, lr=k / 10, at=k, sweep=SWEEP, epoch=epoch)
    return folder


def goes_on(project, values, *, run_id="goeson01", of="stopped1", group="stopped1", at=20, **more):
    config = {"wbtools/continues": of} if of else {}
    write(project / "wandb", run_id, values, group=f"wbtools-{group}", at=at, **config | more)


def plan(*, continues=None, **more):
    """Keep a plan as `replicate` does; with `continues`, one to continue the run."""
    criterion = Criterion(
        metric="acc", goal=Goal.MAXIMIZE, success=0.6, acceptable=0.6, source="the bar"
    )
    facts = {
        "sweep": SWEEP, "run_id": "stopped1", "metric": "acc", "goal": Goal.MAXIMIZE,
        "criteria": (criterion,), "continues": continues,
    }  # fmt: skip
    keep_plan(Path(".wbtools"), ReplicationPlan(**facts | more))


def verified(wbtools, *words):
    result = wbtools("verify", ".", "--run", "1", *words)
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json", *words).out)
    return result, " ".join(result.out.split()), answer


def joint_of(answer, place=0):
    (replica,) = answer["replicas"]
    return replica["joined"]["joints"][place]
