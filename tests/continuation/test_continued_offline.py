"""Offline sweeps whose second run gets SIGTERM: found, gone on with by `| sh`, verified."""

import pytest

from tests.continuation.catalogue import LIGHTGBM, SKLEARN, XGBOOST
from tests.continuation.goings_on import stopped_and_gone_on
from tests.continuation.projects import STOPPED

pytestmark = pytest.mark.slow
CASES = {
    "scikit-learn": (SKLEARN, 9, "--resume", "checkpoints/sgd_alpha0.01_seed0.joblib"),
    "LightGBM": (LIGHTGBM, 10, "init_model=", f"outputs/{STOPPED}/model_10.txt"),
    "XGBoost": (XGBOOST, 8, "--checkpoint=", f"-{STOPPED}/files/round_8.ubj"),
}


@pytest.mark.parametrize(
    ("program", "last", "option", "checkpoint"), CASES.values(), ids=CASES.keys()
)
def test_a_stopped_run_goes_on_as_if_nobody_had_stopped_it(
    tmp_path, program, last, option, checkpoint
):
    gone_on = stopped_and_gone_on(tmp_path, program)
    gone_on.check(last)
    assert checkpoint in gone_on.notes
    assert option in gone_on.script
