"""Projections of replayed sweeps by named methods, by run id, in the metric's own units.

`predict` uses the shipped model, `predict_loto` the one that was fitted without the fold of the
sweep's own task (`tests/training/folds.py`), `catch_up` a share of what completed runs still
gained. Predictions are written into files by `python -m tests.training.score run`.
"""

from __future__ import annotations

from pathlib import Path

from tests.training.folds import fold
from tests.training.score_run import predict as predict_by
from wbtools.analysis.projection import Projector
from wbtools.app.model_weights import load_weights

WITHOUT = Path(__file__).parent / "without"
"""`fold-K.npz`: the models that never saw the families of fold K."""


def weights_without(task: str, folder: Path = WITHOUT) -> Path:
    """The model that never saw a task, nor any of its family.

    Raises:
        ValueError: No fold holds the task's family.
    """
    return folder / f"fold-{fold(task)}.npz"


def predict(sweep: dict) -> dict[str, dict]:
    """By the shipped model."""
    return predict_by(sweep, Projector.choose(load_weights()))


def predict_loto(sweep: dict) -> dict[str, dict]:
    """By the model that never saw the sweep's task."""
    return predict_by(sweep, Projector.choose(load_weights(weights_without(sweep["task"]))))


def catch_up(sweep: dict) -> dict[str, dict]:
    """By a share of what completed runs still gained."""
    return predict_by(sweep, Projector())
