"""Offline sweeps whose second run gets SIGTERM: found, gone on with by `| sh`, verified."""

from dataclasses import dataclass

import pytest

from tests.continuation.catalogue import (
    EPOCHS,
    LIGHTGBM,
    LIGHTNING,
    SKLEARN,
    TRANSFORMERS,
    XGBOOST,
)
from tests.continuation.projects import STOPPED, Project, reports, stopped_offline

pytestmark = pytest.mark.slow
CASES = {
    "scikit-learn": (SKLEARN, "checkpoints/sgd_alpha0.01_seed0.joblib", 9, "--resume"),
    "LightGBM": (LIGHTGBM, f"outputs/{STOPPED}/model_10.txt", 10, "init_model="),
    "XGBoost": (XGBOOST, f"-{STOPPED}/files/round_8.ubj", 8, "--checkpoint="),
    "Lightning": (
        LIGHTNING,
        f"lightning_logs/{STOPPED}/checkpoints/epoch=8-step=900.ckpt",
        9,
        "--ckpt_path=",
    ),
    "Trainer": (TRANSFORMERS, f"out/{STOPPED}/checkpoint-", None, "--resume_from_checkpoint="),
}


@dataclass(frozen=True, kw_only=True)
class Continued:
    """A run that was stopped and gone on with.

    Attributes:
        before, after: What it reported, and what the run that goes on did, by epoch.
        truth: Reports of the run that nobody stopped.
        answer: What `replicate` found.
        script: What it wrote.
    """

    project: Project
    before: dict[int, float]
    after: dict[int, float]
    truth: dict[int, float]
    answer: dict
    script: str
    verification: dict


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request):
    return request.param


@pytest.fixture(scope="module")
def continued(case, tmp_path_factory):
    project, before = stopped_offline(tmp_path_factory.mktemp("offline") / "project", case[0])
    words = f"wbtools replicate . --run {STOPPED} --continue"
    answer = project.asked(words)
    project.sh(f"{words} -o go.sh")
    said = project.sh("sh go.sh").stdout
    return Continued(
        project=project,
        before=before,
        after=reports(said),
        truth=project.never_stopped(),
        answer=answer,
        script=(project.folder / "go.sh").read_text(),
        verification=project.asked(f"wbtools verify . --run {STOPPED}"),
    )


def test_the_run_was_stopped_before_its_end(continued):
    assert continued.truth.keys() == set(range(1, EPOCHS + 1))
    assert continued.before == {
        epoch: value for epoch, value in continued.truth.items() if epoch in continued.before
    }
    assert max(continued.before) < EPOCHS


def test_it_goes_on_after_its_checkpoint_and_makes_the_very_same_reports(case, continued):
    first = min(continued.after)
    assert first == (case[2] or max(continued.before)) + 1
    assert continued.after == {k: continued.truth[k] for k in range(first, EPOCHS + 1)}


def test_the_program_is_told_where_its_checkpoint_is(case, continued):
    (line,) = [line for line in continued.script.splitlines() if line.strip().startswith(case[3])]
    assert line
