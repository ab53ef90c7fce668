"""Folders are listed within limits, and no link leads out of them."""

import os

import pytest

from wbtools.sources.checkpoints import on_disk
from wbtools.sources.checkpoints.on_disk import SearchedFolders


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")


def paths_in(folder, **more):
    return [file.path for file in SearchedFolders().listing(folder, **more).files]


def test_files_are_listed_where_one_may_belong_to_a_checkpoint(tmp_path):
    put(tmp_path, "a/model.pt", "a/beside.txt", "b/notes.txt", "checkpoint-6/trainer_state.json")
    put(tmp_path, "checkpoint-6/whatever/part")
    assert paths_in(tmp_path) == [
        "a/beside.txt",
        "a/model.pt",
        "checkpoint-6/trainer_state.json",
        "checkpoint-6/whatever/part",
    ]
    (listed, *_) = SearchedFolders().listing(tmp_path).files
    assert (listed.n_bytes, listed.written_at is not None) == (5, True)


@pytest.mark.parametrize(
    "name", [".git", "node_modules", "site-packages", "wandb", ".wandb", "__pycache__", ".cache"]
)
def test_what_holds_no_checkpoints_of_the_project_is_not_entered(tmp_path, name):
    put(tmp_path, f"{name}/model.pt", "env/pyvenv.cfg", "env/model.pt", "model.pt")
    assert paths_in(tmp_path) == ["model.pt"]


def test_a_folder_of_checkpoints_is_named_in_its_paths(tmp_path):
    put(tmp_path, "epoch_7/weights.npz", "epoch_7/0.npz")
    listing = SearchedFolders().listing(tmp_path / "epoch_7", is_told=True)
    assert [each.path for each in listing.checkpoints] == ["epoch_7/0.npz", "epoch_7/weights.npz"]
    assert listing.checkpoints[0].epoch == 7
    assert listing.place("epoch_7/0.npz") == tmp_path / "epoch_7" / "0.npz"


def test_links_that_lead_out_are_told_and_not_followed(tmp_path):
    put(tmp_path, "outside/secret.pt", "inside/model_1.pt")
    inside = tmp_path / "inside"
    (inside / "last.pt").symlink_to(tmp_path / "outside/secret.pt")
    (inside / "checkpoints").symlink_to(tmp_path / "outside")
    (inside / "notes").symlink_to(tmp_path / "outside")
    (inside / "loop").symlink_to(inside)
    (inside / "latest.pt").symlink_to("model_1.pt")
    (inside / "self.pt").symlink_to("self.pt")
    listing = SearchedFolders().listing(inside)
    assert [file.path for file in listing.files] == ["model_1.pt"]
    assert listing.links_out == (
        ("checkpoints", str(tmp_path / "outside")),
        ("last.pt", str(tmp_path / "outside/secret.pt")),
    )


def test_the_links_that_wandb_makes_are_followed_where_they_lead_to_the_same_name(tmp_path):
    put(tmp_path, "project/ckpt/model.pt", "project/other.pt")
    files = tmp_path / "files"
    (files / "ckpt").mkdir(parents=True)
    (files / "ckpt/model.pt").symlink_to(tmp_path / "project/ckpt/model.pt")
    (files / "ckpt/last.pt").symlink_to(tmp_path / "project/other.pt")
    (files / "ckpt/gone.pt").symlink_to(tmp_path / "nowhere/ckpt/gone.pt")
    listing = SearchedFolders().listing(files, is_of_run=True)
    assert [(file.path, file.n_bytes) for file in listing.files] == [("ckpt/model.pt", 5)]
    assert [path for path, _ in listing.links_out] == ["ckpt/last.pt"]
    assert [path for path, _ in SearchedFolders().listing(files).links_out] == [
        "ckpt/gone.pt",
        "ckpt/last.pt",
        "ckpt/model.pt",
    ]


def test_pipes_are_no_files(tmp_path):
    put(tmp_path, "model.pt")
    os.mkfifo(tmp_path / "last.pt")
    assert paths_in(tmp_path) == ["model.pt"]


@pytest.mark.parametrize(
    "name", ["-rf.pt", "model\n1.pt", "\x1b[2Jmodel.pt", "a b;rm -rf.pt", "ckpt\udcff.pt"]
)
def test_hostile_names_are_names(tmp_path, name):
    put(tmp_path, name)
    assert paths_in(tmp_path) == [name]


def test_what_is_no_folder_is_empty(tmp_path):
    put(tmp_path, "model.pt")
    assert paths_in(tmp_path / "model.pt") == []
    assert paths_in(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    "limit", ["_MOST_FOLDERS", "_MOST_ENTRIES", "_DEEPEST", "_MOST_IN_FOLDER", "_MOST_S"]
)
def test_a_walk_ends_within_its_limits_and_says_so(tmp_path, monkeypatch, limit):
    put(tmp_path, *(f"a{k}/b/c/model_{k}.pt" for k in range(4)))
    assert SearchedFolders().listing(tmp_path).is_whole
    monkeypatch.setattr(on_disk, limit, -1 if limit == "_MOST_S" else 2)
    listing = SearchedFolders().listing(tmp_path)
    assert not listing.is_whole
    assert len(listing.files) < 4


def test_a_folder_is_walked_through_once(tmp_path):
    put(tmp_path, "model.pt")
    folders = SearchedFolders()
    listing = folders.listing(tmp_path)
    put(tmp_path, "last.pt")
    assert folders.listing(tmp_path) is listing
    assert len(paths_in(tmp_path)) == 2
