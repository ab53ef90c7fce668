"""Checkpoints in listings that real libraries wrote, whole and cut off."""

import pytest

from tests.sources.checkpoints.listings import files_of, sizes_of
from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.layouts import not_called, recognised

SEEN = {
    "accelerate": [("checkpoint_0", "PyTorch", True, None, None, True, True)],
    "distributed": [("step_10", "PyTorch", True, None, 10, True, None)],
    "joblib": [("state_epoch_3.joblib", "joblib", False, 3, None, None, None)],
    "keras": [
        ("backup", "Keras", True, None, None, True, None),
        *((f"cp-000{n}.weights.h5", "Keras", False, None, None, None, False) for n in (1, 2, 3)),
        *((f"model.0{n}.keras", "Keras", False, None, None, None, None) for n in (1, 2, 3)),
    ],
    "lightgbm": [("lightgbm_model.txt", "LightGBM", False, None, None, None, None)],
    "lightning": [
        *(
            (
                f"checkpoints/epoch={n - 1}-step={2 * n}.ckpt",
                "Lightning",
                False,
                n,
                2 * n,
                None,
                None,
            )
            for n in (1, 2, 3)
        ),
        ("checkpoints/last.ckpt", "Lightning", False, None, None, None, None),
    ],
    "orbax": [
        ("alone/step_7", "Orbax", True, None, 7, True, None),
        ("manager/1", "Orbax", True, None, 1, True, None),
        ("manager/2", "Orbax", True, None, 2, True, None),
    ],
    "sharded": [("export", "safetensors", True, None, None, True, False)],
    "trainer": [
        *(
            (f"checkpoint-{n}", "Hugging Face Trainer", True, None, n, True, True)
            for n in (2, 4, 6)
        ),
        ("final", "safetensors", True, None, None, True, False),
    ],
    "xgboost": [
        ("model.json", "XGBoost", False, None, None, None, None),
        ("xgb_2.ubj", "XGBoost", False, None, None, None, None),
        ("xgb_4.ubj", "XGBoost", False, None, None, None, None),
    ],
}


def facts_of(each):
    progress = (each.epoch, each.step)
    return (each.path, each.layout, each.is_folder, *progress, each.is_whole, each.has_schedule)


def seen_in(sizes, **more):
    return sorted(recognised(files_of(sizes), **more), key=lambda each: each.path)


@pytest.mark.parametrize("library", SEEN)
def test_what_a_real_library_wrote_is_recognised(library):
    assert [facts_of(each) for each in seen_in(sizes_of(library))] == SEEN[library]


@pytest.mark.parametrize(
    ("library", "without", "path", "lacks"),
    [
        ("trainer", "checkpoint-6/trainer_state.json", "checkpoint-6", "trainer_state.json, which"),
        ("trainer", "checkpoint-6/model.safetensors", "checkpoint-6", "no weights"),
        ("sharded", "export/model-00002-of-00002.safetensors", "export", "1 of the 2 files"),
        ("distributed", "step_10/.metadata", "step_10", ".metadata, which is written last"),
        ("keras", "backup/latest.weights.h5", "backup", "no weights"),
    ],
)
def test_a_folder_that_lacks_a_part_is_cut_off(library, without, path, lacks):
    cut = next(each for each in seen_in(sizes_of(library, without)) if each.path == path)
    assert cut.is_whole is False
    assert lacks in cut.lacks


def test_a_trainer_that_saved_no_schedule_has_none():
    sizes = sizes_of("trainer", "checkpoint-6/scheduler.pt")
    last = next(each for each in seen_in(sizes) if each.path == "checkpoint-6")
    assert (last.is_whole, last.has_schedule) == (True, False)


@pytest.mark.parametrize(
    "sizes",
    [
        {"model.pt": 0},
        {"model.pt.tmp": 10},
        {"tmp-checkpoint-6/model.safetensors": 9, "tmp-checkpoint-6/trainer_state.json": 9},
        {"7.orbax-checkpoint-tmp-17/_METADATA": 9},
        {"checkpoint-6/model.safetensors": 0, "checkpoint-6/trainer_state.json": 9},
        {"saved/saved_model.pb": 9},
        {"ckpt-3.data-00000-of-00002": 9, "ckpt-3.index": 9},
    ],
)
def test_what_is_empty_unfinished_or_in_parts_is_cut_off(sizes):
    (cut,) = recognised(files_of(sizes))
    assert cut.is_whole is False
    assert cut.lacks


def test_tensorflow_finds_its_newest_whole_checkpoint_in_its_folder():
    sizes = {"tf/checkpoint": 1}
    for n in (9, 10, 11):
        sizes |= {f"tf/ckpt-{n}.index": 2, f"tf/ckpt-{n}.data-00000-of-00001": 3}
    del sizes["tf/ckpt-11.index"]
    (found,) = recognised(files_of(sizes))
    assert (found.path, found.layout, found.is_whole) == ("tf", CheckpointLayout.KERAS, True)
    assert sorted(file.path for file in found.files) == [
        "tf/ckpt-10.data-00000-of-00001",
        "tf/ckpt-10.index",
    ]


def test_a_name_that_says_nothing_is_as_far_as_its_folder():
    (found,) = recognised(files_of({"epoch_7/model.pt": 3}))
    assert (found.epoch, found.progress_from) == (7, "its folder's name")


@pytest.mark.parametrize(
    ("path", "names", "progress"),
    [
        ("e1234567/model.pt", ("e1234567", "amber-sweep-3"), (None, None, None)),
        ("model-amber-sweep-3.pt", ("ab12cd34", "amber-sweep-3"), (None, None, None)),
        ("Amber-Sweep-3/model_7.pt", ("ab12cd34", "amber-sweep-3"), (None, None, 7)),
        ("amber-sweep-31/epoch_2.pt", ("ab12cd34", "amber-sweep-3"), (2, None, None)),
        ("it77ab12/epoch=2.ckpt", ("it77ab12", "x"), (3, None, None)),
        ("model_5.pt", ("5", "", "run.*"), (None, None, 5)),
        ("step12ab/checkpoint-6/trainer_state.json", ("step12ab", "s"), (None, 6, None)),
        ("e1234567/trainer_state.json", ("e1234567", "s"), (None, None, None)),
    ],
)
def test_what_a_run_is_called_is_no_progress(path, names, progress):
    (found,) = recognised(files_of({path: 3}))
    seen = not_called(found, names)
    assert (seen.epoch, seen.step, seen.number) == progress
    assert seen.path == found.path
    assert bool(seen.progress_from) == (progress[0] is not None or progress[1] is not None)


def test_the_root_of_a_listing_may_be_the_checkpoint():
    sizes = {path.removeprefix("checkpoint-6/"): n for path, n in sizes_of("trainer").items()}
    files = {path: n for path, n in sizes.items() if "/" not in path}
    (found,) = recognised(files_of(files))
    assert (found.path, found.layout, found.is_folder) == ("", CheckpointLayout.TRAINER, True)


def test_the_trainers_folder_of_the_last_model_hides_no_checkpoint_in_it():
    sizes = sizes_of("trainer") | {"trainer_state.json": 5, "model.safetensors": 5}
    assert {"", "checkpoint-2", "checkpoint-6"} <= {each.path for each in seen_in(sizes)}


def test_a_hostile_listing_ends():
    deep = "a/" * 5_000 + "model.pt"
    many = {f"folder{k}/state{k}.pt": 1 for k in range(3_000)}
    assert len(recognised(files_of({deep: 1} | many))) == 3_000


def test_sizes_and_times_are_those_of_all_files():
    (found,) = seen_in(sizes_of("distributed"))
    assert found.n_bytes == sum(sizes_of("distributed").values())
    assert found.written_at is not None
