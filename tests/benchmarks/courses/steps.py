"""Evaluation every N steps, with the batch size searched, the epochs searched, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.courses.learning import Network, batches, draw_problem, scheduled
from tests.benchmarks.courses.program import Settings

if TYPE_CHECKING:
    import numpy as np

    from tests.benchmarks.courses.program import Config, Log, Program

STYLES = (
    {
        "epochs": ("num_train_epochs",),
        "batch": ("per_device_train_batch_size",),
        "every": ("eval_steps",),
        "metrics": (("eval/loss", "eval/accuracy"), ("eval/loss", "eval/f1")),
        "epoch": "train/epoch",
        "step": "train/global_step",
    },
    {
        "epochs": ("epochs", "max_epochs", "n_epochs", "num_epochs", "trainer.max_epochs"),
        "batch": ("batch_size", "bs", "train_batch_size", "data.batch_size"),
        "every": ("eval_every", "val_check_interval", "eval_interval", "log_interval"),
        "metrics": (("val_loss", "val_acc"), ("val/loss", "val/acc"), ("dev_loss", "dev_acc")),
        "epoch": "epoch",
        "step": "global_step",
    },
)


def draw(rng: np.random.Generator) -> Program:  # noqa: C901, PLR0915 - its settings first
    at = Settings(rng)
    problem = draw_problem(rng, int(rng.integers(160, 500)))
    n = len(problem.x)
    style = at.pick(*STYLES)
    lr = at.search(
        at.pick("lr", "learning_rate"), distribution="log_uniform_values", min=0.0005, max=0.3
    )
    sizes = at.pick([8, 16, 32], [16, 32, 64], [8, 16, 32, 64], [4, 8, 16])
    what = at.pick("batch", "batch", "both", "epochs")
    some = at.pick([3, 5], [2, 3, 4], [5, 10], [4, 6, 8])
    batch_name, epochs_name = at.pick(*style["batch"]), at.pick(*style["epochs"])
    if what == "epochs":
        batch = at.fix(batch_name, at.pick(*sizes))
    else:
        batch = at.search(batch_name, values=sizes)
    epochs = (
        at.fix(epochs_name, at.pick(*some))
        if what == "batch"
        else at.search(epochs_name, values=some)
    )
    max_steps = None
    if what == "batch" and at.chance(0.15):
        max_steps = at.fix(at.pick("max_steps", "total_steps"), at.pick(100, 150))
    pieces = (
        at.search("gradient_accumulation_steps", values=[1, 2]) if at.chance(0.15) else lambda _: 1
    )
    every = at.search_or_fix(
        at.pick(*style["every"]), at.pick([5], [10], [20], [10, 20]), searched=0.08, hidden=0.4
    )
    schedule = at.fix("lr_scheduler_type", at.pick("linear", "cosine", "constant"), hidden=0.5)
    drops_last = at.chance(0.4)
    names = at.pick(*style["metrics"])
    by_loss = at.chance(0.5)
    metric, goal = (names[0], "minimize") if by_loss else (names[1], "maximize")
    counted = at.pick("epoch", "step", "both", "nothing", "nothing")
    given, apart = at.chance(0.35), at.chance(0.2)
    last, before = at.chance(0.4), at.chance(0.2)
    train_every = at.pick(0, 1, 5, 10)
    closing = at.chance(0.3)

    def train(config: Config, rng: np.random.Generator, log: Log) -> None:  # noqa: C901 - a trainer
        network = Network(problem, 12, rng)
        size = batch(config) * pieces(config)
        per_epoch = max(1, n // size if drops_last else -(-n // size))
        total = per_epoch * epochs(config) if max_steps is None else max_steps(config)

        def counts(step: int) -> dict[str, Any]:
            found: dict[str, Any] = {}
            if counted in {"epoch", "both"}:
                found[style["epoch"]] = step / per_epoch
            if counted in {"step", "both"}:
                found[style["step"]] = step
            return found

        def report(step: int) -> None:
            loss, score = network.evaluate(problem.x_val, problem.y_val)
            log.wait(0.15)
            at_step = step if given else None
            data = {names[0]: loss, names[1]: score}
            log.report(data, counts(step), at_step, apart=apart)

        if before:
            report(0)
        step = 0
        while step < total:
            for rows in batches(n, size, rng)[:per_epoch]:
                if step == total:
                    break
                rate = scheduled(schedule(config), lr(config), step / total)
                loss = network.step(problem.x[rows], problem.y[rows], rate)
                step += 1
                log.wait(0.85 / every(config))
                if train_every and step % train_every == 0:
                    log.log({"train/loss": loss} | counts(step), step if given else None)
                if step % every(config) == 0:
                    report(step)
        if last and step % every(config):
            report(step)
        if closing:
            log.log({"train_runtime": 12.3, "total_flos": 1e9} | counts(step))

    return at.program(metric, goal, train)
