"""Checkpoints in artifacts that a run logged, and among the files that W&B keeps of it."""

import pytest

from tests.analysis.sweeps import BEGIN
from tests.app.checkpoint_searches import artifact, chosen, put, searched
from wbtools.errors import DataError, Interrupted, UsageError
from wbtools.model.checkpoint import CheckpointLayout, CheckpointPlace, ListedFile

pytestmark = pytest.mark.usefixtures("folder")


def test_artifacts_are_the_runs():
    logged = artifact(
        created_at=BEGIN,
        metadata={"original_filename": "epoch=3-step=20.ckpt"},
        aliases=("latest",),
    )
    (only,) = searched(artifacts=(logged,)).candidates
    assert (only.name, only.place) == ("acme/ocr/model-run1:v3", CheckpointPlace.ARTIFACT)
    assert (only.path_inside, only.is_folder) == ("model.ckpt", False)
    assert (only.epoch, only.step, only.written_at) == (4, 20, BEGIN)
    assert only.progress_from == "the artifact's metadata"
    assert only.because == "in an artifact of type model that the run logged"
    assert searched(artifacts=(logged,), asks_servers=False).candidates == ()


@pytest.mark.parametrize(
    ("facts", "path_inside", "is_folder", "layout"),
    [
        ({"files": ()}, "", True, CheckpointLayout.UNKNOWN),
        ({"files": (ListedFile(path="w.dat"),)}, "w.dat", False, CheckpointLayout.UNKNOWN),
        (
            {"files": tuple(ListedFile(path=f"w.{k}") for k in "ab")},
            "",
            True,
            CheckpointLayout.UNKNOWN,
        ),
        (
            {
                "files": (
                    ListedFile(path="trainer_state.json", n_bytes=5),
                    ListedFile(path="model.safetensors", n_bytes=5),
                )
            },
            "",
            True,
            CheckpointLayout.TRAINER,
        ),
    ],
)
def test_an_artifact_of_a_model_is_one_whatever_is_in_it(facts, path_inside, is_folder, layout):
    (only,) = searched(artifacts=(artifact(**facts),)).candidates
    assert (only.path_inside, only.is_folder, only.layout) == (path_inside, is_folder, layout)


def test_aliases_tell_how_far_it_is():
    logged = artifact(files=(), aliases=("latest", "epoch-3", "step_1200"))
    assert searched(artifacts=(logged,)).best.epoch == 3
    assert searched(artifacts=(logged,)).best.progress_from == "the artifact's aliases"


def test_artifacts_that_are_no_models_or_were_deleted_are_no_candidates():
    search = searched(
        artifacts=(
            artifact(type="dataset"),
            artifact(type="anything", files=(ListedFile(path="data.csv"),)),
            artifact("acme/ocr/model:v1", is_there=False, state="DELETED"),
        )
    )
    assert search.candidates == ()
    assert search.missing == ("artifact 'acme/ocr/model:v1' cannot be had: deleted",)


def test_files_that_wandb_keeps_count_where_they_are_not_here():
    files = (
        ListedFile(path="ckpt/model_3.pt", n_bytes=50, written_at=BEGIN),
        ListedFile(path="config.yaml", n_bytes=50),
    )
    (only,) = searched(files=files).candidates
    assert (only.name, only.place) == ("ckpt/model_3.pt", CheckpointPlace.RUN_FILE)
    put("wandb/run-20260101_000000-run1/files/ckpt/model_3.pt")
    (here,) = searched(files=files).candidates
    assert here.place is CheckpointPlace.DISK


def test_a_checkpoint_of_several_saved_files_is_all_of_them():
    """`run.save("last/*")`: the script fetches each, and the program gets the folder."""
    inner = ("trainer_state.json", "model.safetensors", "optimizer.pt", "scheduler.pt")
    for folder, name in (("last/", "last"), ("", ".")):
        files = tuple(ListedFile(path=f"{folder}{each}", n_bytes=50) for each in inner)
        (only,) = searched(files=files).candidates
        assert (only.name, only.place, only.is_folder) == (name, CheckpointPlace.RUN_FILE, True)
        assert {file.path for file in only.sources} == {file.path for file in files}


@pytest.mark.parametrize("kind", ["run", "offline-run"])
def test_where_no_server_is_asked_none_was_looked_at(kind):
    put(f"wandb/{kind}-20260101_000000-run1/files/requirements.txt")
    last = searched(asks_wandb=False).looked_at[-1]
    assert last.startswith("the artifacts in its run file")
    assert ("name the sweep as ENTITY/PROJECT/ID" in last) == (kind == "run")
    assert searched().looked_at[-1] == "the files that W&B keeps of it"


def test_a_server_that_does_not_answer_hides_nothing_that_is_here():
    put("runs/run1/model.pt")
    search = searched(error=DataError("it is away"))
    assert len(search.candidates) == 1
    assert search.missing == ("what W&B has of the run: it is away",)
    with pytest.raises(Interrupted):
        searched(error=Interrupted("stop"))


def test_an_artifact_is_chosen_by_its_name():
    gone = artifact("acme/ocr/gone:v1", is_there=False, state="DELETED")
    logged = {"artifacts": (artifact(), gone)}
    for text in ("acme/ocr/model-run1:v3", "model-run1:v3", "acme/ocr/model-run1:v3/model.ckpt"):
        assert chosen(text, **logged).path_inside == "model.ckpt"
    other = chosen("acme/other/model:latest", **logged)
    assert any("none of the artifacts" in doubt for doubt in other.doubts)
    assert (other.place, other.because) == (CheckpointPlace.ARTIFACT, "named by --checkpoint")
    for text in ("acme/ocr/gone:v1", "nothing", "", "model-run1", "a\0b"):
        with pytest.raises(UsageError, match="there is no checkpoint") as caught:
            chosen(text, **logged)
        assert "acme/ocr/model-run1:v3/model.ckpt" in caught.value.hint
