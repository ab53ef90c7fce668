"""What the name of a file says of a checkpoint."""

import pytest

from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.names import read_name

LAYOUTS = {
    "epoch=11-step=1200.ckpt": CheckpointLayout.LIGHTNING,
    "last.ckpt": CheckpointLayout.LIGHTNING,
    "last-v1.ckpt": CheckpointLayout.LIGHTNING,
    "vae.ckpt": CheckpointLayout.TORCH,
    "checkpoint_12.pth.tar": CheckpointLayout.TORCH,
    "model_best.pt": CheckpointLayout.TORCH,
    "pytorch_model.bin": CheckpointLayout.TORCH,
    "model.03-0.25.keras": CheckpointLayout.KERAS,
    "cp-0003.weights.h5": CheckpointLayout.KERAS,
    "xgb_9.ubj": CheckpointLayout.XGBOOST,
    "model.json": CheckpointLayout.XGBOOST,
    "0010.model": None,
    "booster_10.model": CheckpointLayout.XGBOOST,
    "lgb.txt.snapshot_iter_10": CheckpointLayout.LIGHTGBM,
    "lightgbm_model.txt": CheckpointLayout.LIGHTGBM,
    "state_epoch_3.joblib": CheckpointLayout.JOBLIB,
    "checkpoint.pkl": CheckpointLayout.JOBLIB,
    "ckpt_12.npz": CheckpointLayout.NUMPY,
    "adapter.safetensors": CheckpointLayout.SAFETENSORS,
    "checkpoint_12": CheckpointLayout.UNKNOWN,
    "rl_model_10000_steps.zip": CheckpointLayout.UNKNOWN,
    "checkpoint.json": CheckpointLayout.UNKNOWN,
}
NO_CHECKPOINTS = [
    *("data.npz", "train.json", "train.pt", "test.npy", "dataset.pkl", "predictions_epoch_3.npz"),
    *("config.json", "model_config.json", "model.safetensors.index.json", "tokenizer.json"),
    *("metrics.json", "model_summary.txt", "requirements.txt", "notes.txt", "wandb-summary.json"),
    *("training_args.bin", "optimizer.pt", "rng_state.pth", "scaler.joblib", "x.npz", "train.py"),
    *("", ".", "-", "model", "archive.zip", "hparams.json", "label_encoder.pkl"),
]


@pytest.mark.parametrize(("name", "layout"), LAYOUTS.items())
def test_a_name_tells_the_library(name, layout):
    facts = read_name(name)
    assert (None if facts is None else facts.layout) == layout


@pytest.mark.parametrize("name", NO_CHECKPOINTS)
def test_what_lies_beside_checkpoints_is_none(name):
    assert read_name(name) is None


@pytest.mark.parametrize("name", ["0012.npz", "w.npy", "a.pkl", "epoch3.json"])
def test_where_checkpoints_are_said_to_lie_less_needs_to_tell(name):
    assert read_name(name) is None
    assert read_name(name, is_told=True) is not None


@pytest.mark.parametrize("name", ["data.npz", "metrics.pkl", "config.json", "train.npz"])
def test_data_is_no_checkpoint_even_there(name):
    assert read_name(name, is_told=True) is None


@pytest.mark.parametrize(
    ("name", "epoch", "step", "number"),
    [
        ("epoch=11-step=1200.ckpt", 11, 1200, None),
        ("epoch=3-val_loss=0.12.ckpt", 3, None, None),
        ("model_ep12.pt", 12, None, None),
        ("model_e7.pt", 7, None, None),
        ("net_epoch_12.5.pt", 12.5, None, None),
        ("step_1200.pt", None, 1200, None),
        ("ckpt-iter-50.pkl", None, 50, None),
        ("rl_model_10000_steps.zip", None, 10000, None),
        ("lgb.txt.snapshot_iter_10", None, 10, None),
        ("ckpt_12.npz", None, None, 12),
        ("model.03-0.25.keras", None, None, 3),
        ("resnet50_7.pt", None, None, 7),
        ("resnet50.pt", None, None, None),
        ("model_seed_3.pt", None, None, None),
        ("model_lr1e-4.pt", None, None, 4),
        ("07e01040.pt", None, None, None),
        ("model-07e01040.pt", None, None, None),
        ("e12.ckpt", 12, None, None),
        ("ep3_it40.ckpt", 3, 40, None),
        ("model_2026-01-02.pt", None, None, None),
        ("state1.pt", None, None, None),
        ("model_" + "9" * 5000 + ".pt", None, None, None),
    ],
)
def test_a_name_tells_how_far_the_training_had_come(name, epoch, step, number):
    progress = read_name(name).progress
    assert (progress.epoch, progress.step, progress.number) == (epoch, step, number)


@pytest.mark.parametrize(
    "name",
    [
        *("model.pt.tmp", "tmp_model.pt", "ckpt.tmp.npz", "model.pt.part", "model.pt~"),
        *("model.pt.incomplete", ".model.pt.Ab12Cd"),
    ],
)
def test_a_name_tells_that_it_is_still_written(name):
    assert read_name(name).is_temporary
    assert not read_name("template_model.pt").is_temporary


def test_the_best_and_weights_alone_are_known_by_name():
    assert read_name("bestModel.pt").is_best
    assert not read_name("last.ckpt").is_best
    assert read_name("latest.weights.h5").is_weights
    assert not read_name("model.keras").is_weights


def test_a_series_is_what_is_left_without_what_changes():
    series = {name: read_name(name).series for name in LAYOUTS if read_name(name)}
    assert series["epoch=11-step=1200.ckpt"] == series["last.ckpt"]
    assert series["model_best.pt"] != read_name("model_12.pt").series
    assert read_name("model_last.pt").series == read_name("model_12.pt").series
