"""Artifacts that offline runs logged, from the records of their run files."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from wandb.proto import wandb_internal_pb2 as pb

from tests.sources.local.wandb_writer import START_S, history, run_record, write_run
from wbtools.model.checkpoint import ListedFile
from wbtools.sources.artifact_listings import LEADS_OUT
from wbtools.sources.local.sweeps import find_sweeps, load
from wbtools.sources.logged_artifacts import logged_artifacts

STAGED_S = START_S + 60


def staged(tmp_path, name, n_bytes=4):
    path = tmp_path / "artifacts" / "staging" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(n_bytes))
    os.utime(path, (STAGED_S, STAGED_S))
    return str(path)


def artifact_record(name="model", digest="d1", *, entries=(), **fields):
    """`entries` are (path, bytes, local path)."""
    known = {"type": "model", "entity": "acme", "project": "ocr", **fields}
    record = pb.Record(num=5, artifact=pb.ArtifactRecord(name=name, digest=digest, **known))
    for path, n_bytes, local_path in entries:
        record.artifact.manifest.contents.add(path=path, size=n_bytes, local_path=local_path)
    return record


def logged(folder, run_id="abc12345", *, folders=()):
    (found,) = find_sweeps(folder)
    run = next(run for run in load(found, ()).runs if run.id == run_id)
    return logged_artifacts(run, found.files, folders)


def test_what_is_staged_can_be_had(tmp_path):
    weights = staged(tmp_path, "tmp1")
    record = artifact_record(
        entries=[("model.bin", 4, weights)], aliases=["best"], metadata='{"epoch": 3}'
    )
    write_run(tmp_path / "wandb", [run_record(), record])
    (artifact,) = logged(tmp_path)
    at = datetime.fromtimestamp(STAGED_S, UTC)
    assert (artifact.name, artifact.type) == ("acme/ocr/model:best", "model")
    assert artifact.files == (
        ListedFile(path="model.bin", n_bytes=4, written_at=at, local_path=weights),
    )
    assert (artifact.n_bytes, artifact.created_at) == (4, at)
    assert artifact.metadata == {"epoch": 3}
    assert artifact.is_there
    assert artifact.is_offline
    assert artifact.state == ""


def test_an_alias_names_the_newest_and_what_is_the_same_is_told_once(tmp_path):
    entries = [("model.bin", 4, staged(tmp_path, "tmp1"))]
    first, second = (
        artifact_record(digest=digest, entries=entries, aliases=aliases)
        for digest, aliases in (("d1", ["latest"]), ("d2", ["latest", "e2"]))
    )
    again = artifact_record(digest="d1", entries=entries, aliases=["best"])
    write_run(tmp_path / "wandb", [run_record(), first, second, again])
    artifacts = logged(tmp_path)
    assert [artifact.name for artifact in artifacts] == [
        "acme/ocr/model:best",
        "acme/ocr/model:e2",
    ]
    assert [artifact.aliases for artifact in artifacts] == [("best",), ("latest", "e2")]


def test_a_version_without_an_alias_is_named_by_its_digest(tmp_path):
    entries = [("model.bin", 4, staged(tmp_path, "tmp1"))]
    record = artifact_record(digest="3b7bc02e377bf347", entries=entries, entity="")
    write_run(tmp_path / "wandb", [run_record(), record])
    assert [artifact.name for artifact in logged(tmp_path)] == ["ocr/model:3b7bc02e"]


def test_all_attempts_count_and_no_other_run(tmp_path):
    entries = [("model.bin", 4, staged(tmp_path, "tmp1"))]
    for stamp, run_id, digest in (
        ("20240101_000000", "abc12345", "d1"),
        ("20240101_000900", "abc12345", "d2"),
        ("20240101_000000", "other123", "d3"),
    ):
        at_s = START_S + 500 * stamp.endswith("900")
        records = [
            run_record(run_id, start_s=at_s),
            history(0, {"loss": 1.0}, time_s=at_s + 1),
            artifact_record(digest=digest, entries=entries),
        ]
        write_run(tmp_path / "wandb", records, run_id, stamp)
    assert [artifact.name.partition(":")[2] for artifact in logged(tmp_path)] == ["d2", "d1"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"local_path": "/nowhere/at/all"}, "no longer"),
        ({"local_path": ""}, "no longer"),
        ({"local_path": "tmp1"}, "no longer"),
        ({"local_path": "/dev/zero"}, "no longer"),
        ({"local_path": "a\0b"}, "no longer"),
        ({"n_bytes": 5}, "changed"),
        ({"n_bytes": -4}, "changed"),
        ({"path": "../../.bashrc"}, LEADS_OUT),
        ({"path": "/etc/passwd"}, LEADS_OUT),
        ({"path": "a\\..\\..\\b"}, LEADS_OUT),
        ({"path": "C:/Windows"}, LEADS_OUT),
        *(({"path": path}, LEADS_OUT) for path in ("", ".", "./", "m.bin/", "a//m.bin", "./m.bin")),
    ],
)
def test_what_cannot_be_had_says_why(tmp_path, monkeypatch, changes, why):
    entry = {"path": "m.bin", "n_bytes": 4, "local_path": staged(tmp_path, "tmp1"), **changes}
    write_run(tmp_path / "wandb", [run_record(), artifact_record(entries=[entry.values()])])
    monkeypatch.chdir(tmp_path / "artifacts" / "staging")
    (artifact,) = logged(tmp_path)
    assert not artifact.is_there
    assert why in artifact.state


@pytest.mark.parametrize(
    ("place", "is_there"),
    [
        ("project/out/m.bin", True),
        ("project/.ssh/id_rsa", False),
        ("project/out/link", False),
        ("home/id_rsa", False),
        ("project/../home/id_rsa", False),
        ("artifacts/staging/../../home/id_rsa", False),
    ],
)
def test_what_a_run_file_names_elsewhere_is_not_handed_out(tmp_path, place, is_there):
    """A run file may be somebody else's: no script is to copy a key because it says so."""
    for name in ("project/out/m.bin", "project/.ssh/id_rsa", "home/id_rsa", "artifacts/staging/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(4))
    (tmp_path / "project/out/link").symlink_to(tmp_path / "home/id_rsa")
    record = artifact_record(entries=[("m.bin", 4, str(tmp_path / place))])
    write_run(tmp_path / "wandb", [run_record(), record])
    (artifact,) = logged(tmp_path, folders=[tmp_path / "project"])
    assert artifact.is_there is is_there
    assert [file.local_path is not None for file in artifact.files] == [is_there]
    assert is_there or "neither in the SDK's staging folder" in artifact.state
    (artifact,) = logged(tmp_path, folders=[Path("/")])
    assert not artifact.is_there


def test_what_wandb_makes_itself_is_no_model(tmp_path):
    entries = [("model.bin", 4, staged(tmp_path, "tmp1"))]
    records = [
        artifact_record(word, word, type=word, entries=entries)
        for word in ("job", "code", "run_table", "wandb-history", "checkpoint")
    ]
    write_run(tmp_path / "wandb", [run_record(), *records])
    assert [artifact.type for artifact in logged(tmp_path)] == ["checkpoint"]


def test_long_manifests_are_cut_and_those_in_files_never_opened(tmp_path):
    path = staged(tmp_path, "tmp1")
    many = artifact_record(entries=[(f"{k}.bin", 4, path) for k in range(1_500)])
    elsewhere = artifact_record("huge", "d2")
    elsewhere.artifact.manifest.manifest_file_path = "/dev/zero"
    write_run(tmp_path / "wandb", [run_record(), many, elsewhere])
    (artifact,) = logged(tmp_path)
    assert len(artifact.files) == 1_000
    assert artifact.n_bytes is None


def test_hostile_texts_are_kept_as_texts_and_hostile_metadata_left_aside(tmp_path):
    entries = [("a\n$(reboot)", 4, staged(tmp_path, "tmp1"))]
    record = artifact_record("x\n; rm", entries=entries, metadata="[" * 100_000)
    other = artifact_record("y", "d2", entries=entries, metadata="[1]")
    write_run(tmp_path / "wandb", [run_record(), record, other])
    last, first = logged(tmp_path)
    assert first.name == "acme/ocr/x\n; rm:d1"
    assert first.files[0].path == "a\n$(reboot)"
    assert (first.metadata, last.metadata) == (None, None)


@pytest.mark.slow
def test_what_the_sdk_logs_offline_is_found_where_it_staged_it(tmp_path):
    program = """
import wandb
run = wandb.init(project="p", mode="offline", id="abc12345")
for epoch in range(2):
    open("model.bin", "wb").write(b"x" * (1000 + epoch))
    artifact = wandb.Artifact("model", type="model", metadata={"epoch": epoch})
    artifact.add_file("model.bin")
    run.log_artifact(artifact, aliases=[f"epoch-{epoch}"])
run.finish()
"""
    env = {**os.environ, "HOME": str(tmp_path), "WANDB_DATA_DIR": str(tmp_path / "data")}
    words = [sys.executable, "-c", program]
    subprocess.run(words, cwd=tmp_path, env=env, check=True, capture_output=True, timeout=60)
    artifacts = logged(tmp_path / "wandb")
    assert [artifact.metadata for artifact in artifacts] == [{"epoch": 1}, {"epoch": 0}]
    assert all(artifact.is_there for artifact in artifacts)
    for artifact, n_bytes in zip(artifacts, (1001, 1000), strict=True):
        (file,) = artifact.files
        assert file.path == "model.bin"
        assert Path(file.local_path).stat().st_size == n_bytes
    assert [artifact.name for artifact in artifacts] == ["p/model:epoch-1", "p/model:epoch-0"]
