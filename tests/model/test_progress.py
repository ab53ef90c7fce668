"""Which logged series tells how far training had come."""

import pytest

from wbtools.model.progress import (
    is_inner_loop,
    progress_name,
    progress_names,
    units_of_key,
    words_about_progress,
)


@pytest.mark.parametrize(
    ("names", "keys", "expected"),
    [
        (["loss", "epoch"], [], "epoch"),
        (["train/epoch", "train/global_step"], ["num_train_epochs"], "train/epoch"),
        (["train/epoch", "train/global_step"], ["max_steps"], "train/global_step"),
        (["trainer/global_step", "epoch"], [], "epoch"),
        (["time/total_timesteps", "episode"], ["total_timesteps"], "time/total_timesteps"),
        (["time/total_timesteps", "episode"], ["num_episodes"], "episode"),
        (["boosting_round"], ["max_iter"], "boosting_round"),
        (["model/epoch", "epoch"], ["epochs"], "epoch"),
        (["epoch_time", "steps_per_second", "val/epoch_loss"], ["epochs"], None),
        ([], ["epochs"], None),
    ],
)
def test_the_series_that_counts_what_is_configured(names, keys, expected):
    assert progress_name(dict.fromkeys(names, 100), keys) == expected


def test_a_series_that_is_too_long_is_left_alone():
    assert progress_name({"global_step": 5_000_001, "train/epoch": 10}) == "train/epoch"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("epochs", ["epoch"]),
        ("trainer.max_epochs", ["epoch"]),
        ("max_iter", ["round", "step"]),
        ("n-episodes", ["episode"]),
        ("lr", []),
    ],
)
def test_what_a_configured_number_counts(key, words):
    assert [unit.word for unit in units_of_key(key)] == words


@pytest.mark.parametrize(
    ("key", "others", "expected"),
    [
        ("n_epochs", ["gamma"], True),
        ("ppo.n_epochs", ["ppo.gae_lambda"], True),
        ("n_epochs", ["lr"], False),
        ("total_timesteps", ["gamma"], False),
    ],
)
def test_an_inner_loop_is_no_length(key, others, expected):
    assert is_inner_loop(key, [key, *others]) is expected


def test_names_that_count_training():
    logged_names = ["val/loss", "trainer/global_step", "Epoch", "train.epoch", "epochs_left", "lr"]
    assert progress_names(logged_names) == ["Epoch", "train.epoch", "trainer/global_step"]


def test_the_last_words_of_keys_tell_progress_as_whole_keys_do():
    sizes = {"epoch": 9, "global_step": 9}
    for keys in (["trainer.max-steps", "lr"], ["ppo.n_epochs", "ppo.gamma"], ["data.path"]):
        words = words_about_progress(keys)
        assert progress_name(sizes, words) == progress_name(sizes, keys)
    assert words_about_progress(f"some.{k}" for k in range(99)) == set()
    assert words_about_progress(["a.max_steps", "b.max-steps"]) == {"max_steps"}
