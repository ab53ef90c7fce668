"""Offline sweeps whose second run gets SIGTERM: found, gone on with by `sh`, verified."""

import pytest

from tests.continuation.catalogue import LIGHTGBM, LIGHTNING, SKLEARN, TRANSFORMERS, XGBOOST
from tests.continuation.goings_on import GoneOn
from tests.continuation.projects import STOPPED, stopped_offline

pytestmark = pytest.mark.slow
CASES = {
    "scikit-learn": (SKLEARN, 9, "--resume", "checkpoints/sgd_alpha0.01_seed0.joblib"),
    "LightGBM": (LIGHTGBM, 10, "init_model=", f"outputs/{STOPPED}/model_10.txt"),
    "XGBoost": (XGBOOST, 8, "--checkpoint=", f"-{STOPPED}/files/round_8.ubj"),
    "Lightning": (
        LIGHTNING,
        9,
        "--ckpt_path=",
        f"lightning_logs/{STOPPED}/checkpoints/epoch=8-step=900.ckpt",
    ),
    # The Trainer saves what it has just evaluated: whether it still did, is a matter of luck.
    "Trainer": (TRANSFORMERS, None, "--resume_from_checkpoint=", f"out/{STOPPED}/checkpoint-"),
}


@pytest.mark.parametrize(
    ("program", "last", "option", "checkpoint"), CASES.values(), ids=CASES.keys()
)
def test_a_stopped_run_goes_on_as_if_nobody_had_stopped_it(
    tmp_path, program, last, option, checkpoint
):
    project, before = stopped_offline(tmp_path / "project", program)
    truth = project.never_stopped()
    gone_on = GoneOn.by_pipe(project, before, truth, f". --run {STOPPED}")
    gone_on.check(min(gone_on.after) - 1 if last is None else last)
    assert checkpoint in gone_on.notes
    assert option in gone_on.script
