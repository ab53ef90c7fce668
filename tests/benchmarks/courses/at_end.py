"""A metric that is logged once, at the end, with or without other things on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.courses.learning import Network, Problem, batches, draw_problem
from tests.benchmarks.courses.patience import EPOCHS
from tests.benchmarks.courses.program import Settings

if TYPE_CHECKING:
    from tests.benchmarks.courses.program import Config, Log, Program

LAST = ("test_acc", "test/accuracy", "final_score", "accuracy", "cv_score", "score", "best_val_acc")


def draw(rng: np.random.Generator) -> Program:  # noqa: C901 - its settings first
    at = Settings(rng)
    problem = draw_problem(rng)
    folded = at.chance(0.25)
    lr = at.search("lr", distribution="log_uniform_values", min=0.001, max=0.5)
    width = at.search_or_fix("hidden_size", [4, 8, 16], searched=0.5)
    some = at.pick([5, 10, 20], [8, 12], [10, 30])
    epochs = at.search_or_fix(at.pick(*EPOCHS), some, searched=0.35, hidden=0.2)
    batch = at.search_or_fix("batch_size", [16, 32, 64], searched=0.5)
    if at.chance(0.2):
        at.fix(at.pick("max_steps", "n_iter", "max_iter"), 1000)
    folds = at.fix(at.pick("n_folds", "cv", "k"), at.pick(3, 5)) if folded else None
    by_loss = at.chance(0.3)
    metric = at.pick("test_loss", "final_loss", "rmse") if by_loss else at.pick(*LAST)
    on_the_way = at.pick("nothing", "epochs", "epochs", "batches", "lr")
    counted = at.pick("epoch", None)
    with_others, stops = at.chance(0.4), at.chance(0.25)

    def fit(
        problem: Problem, config: Config, rng: np.random.Generator, log: Log, weight: float
    ) -> Network:
        network = Network(problem, width(config), rng)
        best, bad = np.inf, 0
        for epoch in range(epochs(config)):
            losses = []
            for rows in batches(len(problem.x), batch(config), rng):
                losses.append(network.step(problem.x[rows], problem.y[rows], lr(config)))
                if on_the_way == "batches":
                    log.log({"loss": losses[-1]})
            log.wait(weight)
            data: dict[str, Any] = {} if counted is None else {counted: epoch}
            if on_the_way == "epochs":
                log.log({"train_loss": sum(losses) / len(losses)} | data)
            elif on_the_way == "lr":
                log.log({"learning_rate": lr(config)} | data)
            loss = network.evaluate(problem.x_val, problem.y_val)[0]
            best, bad = (loss, 0) if loss < best else (best, bad + 1)
            if stops and bad >= 3:
                break
        return network

    def train(config: Config, rng: np.random.Generator, log: Log) -> None:
        scores = []
        for part in _parts(problem, 1 if folds is None else folds(config)):
            network = fit(part, config, rng, log, 1.0 if folds is None else 0.3)
            scores.append(network.evaluate(part.x_val, part.y_val)[0 if by_loss else 1])
            if folds is not None:
                log.log({"fold_score": scores[-1], "fold": len(scores)})
        log.wait(0.5)
        others = {"train_time": 3.0, "n_parameters": 100} if with_others else {}
        log.log({metric: float(np.mean(scores))} | others)

    return at.program(metric, "minimize" if by_loss else "maximize", train)


def _parts(problem: Problem, n: int) -> list[Problem]:
    if n == 1:
        return [problem]
    return [
        Problem(
            np.delete(problem.x, np.s_[k::n], axis=0),
            np.delete(problem.y, np.s_[k::n]),
            problem.x[k::n],
            problem.y[k::n],
            problem.n_classes,
        )
        for k in range(n)
    ]
