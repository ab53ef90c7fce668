"""Values in the name of a file tell whose it is."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.named_values import NamedValues

RUNS = [
    run(1, config={"optim.lr": 0.01, "seed": 0, "width": 64, "epoch": 1, "on": True}),
    run(2, config={"optim.lr": 0.00123, "seed": 0, "width": 64, "epoch": 2, "on": False}),
    run(3, config={"optim.lr": 0.01, "seed": 1, "width": 64, "weight_decay": 1e-4}),
    run(4, config={"optim.lr": float("inf"), "seed": 10, "weight_decay": 1e-2}),
]


@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        ("ckpt/sgd_lr0.01_seed0.joblib", {1}),
        ("ckpt/lr=0.01/model.pt", {1, 3}),
        ("ckpt/lr_0.001.pt", {2}),
        ("ckpt/lr1e-2-seed-1.pt", {3}),
        ("ckpt/seed10.pt", {4}),
        ("ckpt/wd/weight-decay1e-4.pt", {3}),
        ("ckpt/lr0.5.pt", None),
        ("ckpt/width64.pt", None),
        ("ckpt/epoch_2.pt", None),
        ("ckpt/on1.pt", None),
        ("ckpt/color0.01.pt", None),
        ("ckpt/lr0.01e999999.pt", None),
        ("ckpt/seed" + "9" * 9999, None),
        ("", None),
    ],
)
def test_a_name_fits_the_runs_that_had_its_values(path, numbers):
    fitting = NamedValues(RUNS).fitting(path)
    assert fitting == (None if numbers is None else {f"run{n}" for n in numbers})
