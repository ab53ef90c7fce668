"""Boosted trees: a report a round, with early stopping or without, rounds searched or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from tests.benchmarks.courses.learning import draw_problem
from tests.benchmarks.courses.program import Settings

if TYPE_CHECKING:
    from tests.benchmarks.courses.program import Config, Log, Program

ROUNDS = ("n_estimators", "num_boost_round", "num_rounds", "iterations", "n_rounds", "max_iter")
PATIENCE = ("early_stopping_rounds", "early_stopping_round", "n_iter_no_change", "es_rounds")
LOSSES = ("validation_0-logloss", "valid_0_logloss", "val_logloss", "eval/logloss", "test-logloss")
ERRORS = ("validation_0-error", "val_error", "eval/error")


def draw(rng: np.random.Generator) -> Program:  # noqa: C901, PLR0915 - its settings first
    at = Settings(rng)
    problem = draw_problem(rng, int(rng.integers(80, 160)), 2)
    eta = at.search(
        at.pick("learning_rate", "eta", "lr"), distribution="log_uniform_values", min=0.02, max=0.6
    )
    depth = at.search(at.pick("max_depth", "depth"), values=[1, 2, 3, 4])
    if at.chance(0.6):
        share = at.search("subsample", distribution="uniform", min=0.5, max=1.0)
    else:
        share = at.fix("subsample", 0.8)
    stops = at.chance(0.75)
    longest = at.pick(40, 60, 80, 120)
    if at.chance(0.5 if stops else 0.8):
        name = at.pick(*ROUNDS)
        if at.chance(0.5):
            rounds = at.search(name, values=[longest // 4, longest // 2, longest])
        else:
            rounds = at.search(name, distribution="int_uniform", min=longest // 4, max=longest)
    else:
        rounds = at.fix(at.pick(*ROUNDS), longest)
    patience = at.fix(at.pick(*PATIENCE), at.pick(3, 5, 10, 15), hidden=0.45) if stops else None
    by_loss = at.chance(0.7)
    metric = at.pick(*LOSSES) if by_loss else at.pick(*ERRORS)
    monitors_loss = by_loss or at.chance(0.3)
    counted = at.pick("epoch", "iteration", "round", "boosting_round", None, None)
    first, every, given = at.pick(0, 1), at.pick(1, 1, 1, 5), at.chance(0.2)
    also_train, apart, closes = at.chance(0.5), at.chance(0.15), at.chance(0.5)
    slack = at.pick(0.0, 0.0, 0.0, 1e-3)

    def train(config: Config, rng: np.random.Generator, log: Log) -> None:
        y, y_val = problem.y.astype(float), problem.y_val.astype(float)
        score, score_val = np.zeros(len(y)), np.zeros(len(y_val))
        best, best_at = np.inf, 0
        for n in range(rounds(config)):
            rows = np.flatnonzero(rng.random(len(y)) < share(config))
            rows = rows if len(rows) > 4 else np.arange(len(y))
            tree = DecisionTreeRegressor(
                max_depth=depth(config), min_samples_leaf=3, random_state=n
            )
            tree.fit(problem.x[rows], (y - _probability(score))[rows])
            score += eta(config) * 4 * tree.predict(problem.x)
            score_val += eta(config) * 4 * tree.predict(problem.x_val)
            loss, error = _logloss(y_val, score_val), float(((score_val > 0) != y_val).mean())
            log.wait(1.0 / every)
            if (n + 1) % every == 0:
                step = n if given else None
                extra: dict[str, Any] = {} if counted is None else {counted: n + first}
                if also_train:
                    extra["train-logloss"] = _logloss(y, score)
                data = {metric: loss if by_loss else error}
                log.report(data, extra, step, apart=apart)
            value = loss if monitors_loss else error
            if value < best - slack:
                best, best_at = value, n
            if patience is not None and n - best_at >= patience(config):
                break
        if closes:
            log.log({"best_iteration": best_at, "best_score": float(best)})

    return at.program(metric, "minimize", train)


def _probability(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(score, -30, 30)))


def _logloss(y: np.ndarray, score: np.ndarray) -> float:
    p = np.clip(_probability(score), 1e-9, 1 - 1e-9)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())
