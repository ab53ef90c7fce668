"""A trainer that stops itself: patience in many spellings, or a goal that it has reached."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.benchmarks.courses.learning import Network, batches, draw_problem, scheduled
from tests.benchmarks.courses.program import Settings

if TYPE_CHECKING:
    import numpy as np

    from tests.benchmarks.courses.program import Config, Log, Program

EPOCHS = (
    *("epochs", "max_epochs", "num_epochs", "n_epochs", "EPOCHS", "trainer.max_epochs"),
    *("num_train_epochs", "train.epochs", "nepochs", "max_ep", "total_epochs", "training.n_epochs"),
)
PATIENCE = (
    *(
        "patience",
        "early_stopping_patience",
        "es_patience",
        "early_stopping.patience",
        "stop_after",
    ),
    *("early_stopping", "max_bad_epochs", "n_iter_no_change", "callbacks.early_stopping.patience"),
    *("early_stop", "early_stopping_rounds", "wait_epochs", "tolerance_epochs"),
)
NAMES = (("val_loss", "val_acc"), ("val/loss", "val/accuracy"), ("valid_loss", "valid_acc"))


@dataclass
class Stopper:
    """Counts evaluations without an improvement by more than `min_delta`."""

    patience: int
    min_delta: float
    relative: bool
    late: bool
    best: float = math.inf
    bad: int = field(default=0)

    def stops(self, value: float) -> bool:
        margin = self.min_delta * (abs(self.best) if self.relative else 1.0)
        if value < self.best - (margin if math.isfinite(self.best) else 0.0):
            self.best, self.bad = value, 0
            return False
        self.bad += 1
        return self.bad > self.patience if self.late else self.bad >= self.patience


def draw(rng: np.random.Generator) -> Program:  # noqa: C901, PLR0915 - its settings first
    at = Settings(rng)
    problem = draw_problem(rng)
    lr = at.search(
        at.pick("lr", "learning_rate", "optim.lr"),
        distribution="log_uniform_values",
        min=0.001,
        max=at.pick(0.3, 1.0),
    )
    width = at.search_or_fix(at.pick("hidden", "width", "units"), [4, 8, 16, 32], searched=0.6)
    batch = at.search_or_fix(at.pick("batch_size", "bs"), [16, 32, 64], searched=0.4)
    longest = at.pick(20, 30, 40, 60, 100)
    epochs = at.search_or_fix(at.pick(*EPOCHS), [longest // 2, longest, longest * 2], searched=0.15)
    usual = at.pick(3, 5, 5, 7, 10)
    patience = at.search_or_fix(
        at.pick(*PATIENCE), [usual, usual + 2, usual * 2], searched=0.2, hidden=0.45
    )
    min_delta = at.fix("min_delta", at.pick(0.0, 0.0, 1e-4, 1e-3, 0.01, 0.03), hidden=0.6)
    if at.chance(0.2):
        at.fix(at.pick("lr_patience", "scheduler.patience", "plateau_patience"), 2)
    schedule = at.fix("scheduler", at.pick("none", "none", "cosine", "step"), hidden=0.5)
    decay = at.search("weight_decay", values=[0.0, 1e-4, 1e-2]) if at.chance(0.3) else None

    loss_name, acc_name = at.pick(*NAMES)
    by_loss = at.chance(0.55)
    metric, goal = (loss_name, "minimize") if by_loss else (acc_name, "maximize")
    as_best = at.chance(0.12)
    if as_best:
        metric = f"best_{metric}"
    monitors_loss = by_loss if at.chance(0.7) else not by_loss
    relative, late = at.chance(0.2), at.chance(0.4)
    least = at.pick(0, 0, 0, 0, 10)
    every = at.pick(1, 1, 1, 1, 1, 2)
    bar = at.pick(None, None, None, None, None, None, 0.8)
    counted = at.pick("epoch", "epoch", "epoch", "Epoch", "trainer/global_step", None)
    first, apart, steps_given = at.pick(0, 1), at.chance(0.3), at.chance(0.2)
    before, tests, again = at.chance(0.15), at.chance(0.25), at.chance(0.12)
    logs_batches = at.chance(0.2)

    def train(config: Config, rng: np.random.Generator, log: Log) -> None:  # noqa: C901 - a trainer
        network = Network(problem, width(config), rng)
        stopper = Stopper(patience(config), min_delta(config), relative, late)
        best, n_epochs = (math.inf if by_loss else -math.inf), epochs(config)

        def report(epoch: int, train_loss: float | None) -> float:
            nonlocal best
            loss, acc = network.evaluate(problem.x_val, problem.y_val)
            value = loss if by_loss else acc
            best = min(best, value) if by_loss else max(best, value)
            data: dict[str, Any] = {loss_name: loss, acc_name: acc}
            if as_best:
                data[metric] = best
            step = epoch if steps_given else None
            extra: dict[str, Any] = {} if train_loss is None else {"train_loss": train_loss}
            if counted is not None:
                extra[counted] = epoch
            log.report(data, extra, step, apart=apart)
            return loss if monitors_loss else -acc

        if before:
            log.wait(0.2)
            report(0, None)
        for epoch in range(n_epochs):
            rate = scheduled(schedule(config), lr(config), epoch / n_epochs)
            log.wait(1.0 / every)
            shrink = decay(config) if decay else 0.0
            losses = [
                network.step(problem.x[rows], problem.y[rows], rate, shrink)
                for rows in batches(len(problem.x), batch(config), rng)
            ]
            if logs_batches and not steps_given:
                log.log({"batch_loss": losses[-1]})
            if (epoch + 1) % every:
                continue
            value = report(epoch + (1 if before else first), sum(losses) / len(losses))
            if bar is not None and network.evaluate(problem.x_val, problem.y_val)[1] >= bar:
                break
            if stopper.stops(value) and epoch + 1 >= least:
                break
        if again:
            log.wait(0.3)
            loss, acc = network.evaluate(problem.x_val, problem.y_val)
            log.log({loss_name: loss, acc_name: acc} | ({metric: best} if as_best else {}))
        if tests:
            log.wait(0.3)
            log.log({"test_acc": network.evaluate(problem.x_val[::2], problem.y_val[::2])[1]})

    return at.program(metric, goal, train)
