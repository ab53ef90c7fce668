"""What JSON state files and safetensors' headers tell of a checkpoint on disk."""

import json
import os
import struct

import pytest

from tests.sources.checkpoints.listings import RECORDED
from wbtools.model.checkpoint import ListedFile
from wbtools.sources.checkpoints.layouts import recognised
from wbtools.sources.checkpoints.state_files import looked_into


def looked(folder, sizes=None):
    """What a folder holds, with what its state files say."""
    sizes = sizes or {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    files = [
        ListedFile(path=name, n_bytes=sizes.get(name, path.stat().st_size))
        for name, path in names.items()
    ]
    return [looked_into(each, names) for each in recognised(files)]


def as_recorded(folder, library):
    """A library's files again: of their sizes, sparse, with the texts of state files."""
    recorded = RECORDED[library]
    for name, n_bytes in recorded["sizes"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(recorded["texts"].get(name, ""))
        os.truncate(path, n_bytes)


def tensors(path, n_bytes, **metadata):
    """A file of safetensors with one tensor of zeros."""
    content = {"w": {"dtype": "U8", "shape": [n_bytes], "data_offsets": [0, n_bytes]}}
    if metadata:
        content["__metadata__"] = metadata
    header = json.dumps(content).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(n_bytes))


def test_a_trainers_state_tells_epoch_and_step(tmp_path):
    as_recorded(tmp_path, "trainer")
    for n in (2, 4, 6):
        tensors(tmp_path / f"checkpoint-{n}/model.safetensors", 100)
    tensors(tmp_path / "final/model.safetensors", 100)
    found = {each.path: each for each in looked(tmp_path)}
    last = found["checkpoint-6"]
    assert (last.epoch, last.step, last.progress_from) == (3.0, 6, "trainer_state.json")
    assert last.is_whole


def test_keras_backup_tells_its_epoch(tmp_path):
    as_recorded(tmp_path, "keras")
    backup = next(each for each in looked(tmp_path) if each.path == "backup")
    assert (backup.epoch, backup.progress_from) == (3, "training_metadata.json")


@pytest.mark.parametrize("text", ['{"epoch": 3, "global_st', "", "[" * 100_000, "\udcff"])
def test_a_state_file_that_is_cut_off_says_so_of_its_checkpoint(tmp_path, text):
    folder = tmp_path / "checkpoint-6"
    tensors(folder / "model.safetensors", 10)
    (folder / "trainer_state.json").write_bytes(text.encode("utf-8", "surrogateescape") or b" ")
    (found,) = looked(tmp_path)
    assert found.is_whole is False
    assert "trainer_state.json" in found.lacks


@pytest.mark.parametrize(
    "state", [{"epoch": 1e400, "global_step": True}, {"epoch": "3", "global_step": -1}, {}]
)
def test_values_that_are_no_progress_are_left_aside(tmp_path, state):
    folder = tmp_path / "checkpoint-6"
    tensors(folder / "model.safetensors", 10)
    (folder / "trainer_state.json").write_text(json.dumps(state))
    (found,) = looked(tmp_path)
    assert (found.epoch, found.step, found.progress_from) == (None, 6, "its name")


def test_a_state_file_of_a_gigabyte_is_not_read(tmp_path):
    folder = tmp_path / "checkpoint-6"
    tensors(folder / "model.safetensors", 10)
    (folder / "trainer_state.json").write_text("{")
    os.truncate(folder / "trainer_state.json", 2**30)
    (found,) = looked(tmp_path)
    assert (found.step, found.is_whole) == (6, True)


def test_an_index_names_the_files_that_must_be_there(tmp_path):
    as_recorded(tmp_path, "sharded")
    index = tmp_path / "export/model.safetensors.index.json"
    content = json.loads(index.read_text())
    for n, n_bytes in ((1, 1_951_000), (2, 51_000)):
        tensors(tmp_path / f"export/model-0000{n}-of-00002.safetensors", n_bytes)
    (found,) = looked(tmp_path)
    assert found.is_whole
    content["metadata"]["total_size"] *= 2
    index.write_text(json.dumps(content))
    (found,) = looked(tmp_path)
    assert (found.is_whole, found.lacks[:17]) == (False, "it has 2.0 MB of ")
    content["weight_map"]["more"] = "model-00003-of-00003.safetensors"
    index.write_text(json.dumps(content))
    (found,) = looked(tmp_path)
    assert (found.is_whole, found.lacks[:17]) == (False, "1 of 3 files that")


def test_safetensors_that_are_cut_off_are_shorter_than_their_header_says(tmp_path):
    path = tmp_path / "model.safetensors"
    tensors(path, 1000, epoch="4", step="400")
    (whole,) = looked(tmp_path)
    assert (whole.is_whole, whole.epoch, whole.step) == (True, 4, 400)
    assert whole.progress_from == "its header"
    os.truncate(path, path.stat().st_size - 1)
    (cut,) = looked(tmp_path)
    assert cut.is_whole is False
    assert cut.lacks == "it has 1.1 kB of the 1.1 kB that its header says"


@pytest.mark.parametrize(
    ("data", "lacks"),
    [
        (b"\xff" * 7 + b"\x7f{}", "shorter than its header says"),
        (b"\x02", "shorter than its header says"),
        (struct.pack("<Q", 4) + b"[[[[", "header is damaged"),
        (struct.pack("<Q", 2**63) + b"{}", "shorter than its header says"),
    ],
)
def test_a_hostile_header_is_not_believed(tmp_path, data, lacks):
    (tmp_path / "model.safetensors").write_bytes(data)
    (found,) = looked(tmp_path)
    assert found.is_whole is False
    assert lacks in found.lacks


@pytest.mark.parametrize("entry", [7, {"data_offsets": "x"}, {"data_offsets": []}, {}])
def test_entries_of_a_header_that_say_nothing_are_left_aside(tmp_path, entry):
    header = json.dumps({"w": entry}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    (found,) = looked(tmp_path)
    assert found.is_whole


def test_a_pipe_is_not_waited_for(tmp_path):
    folder = tmp_path / "checkpoint-6"
    tensors(folder / "model.safetensors", 10)
    os.mkfifo(folder / "trainer_state.json")
    files = [
        ListedFile(path="checkpoint-6/model.safetensors", n_bytes=500),
        ListedFile(path="checkpoint-6/trainer_state.json", n_bytes=500),
    ]
    (found,) = recognised(files)
    assert looked_into(found, {file.path: tmp_path / file.path for file in files}).step == 6
