"""What sources know of a run's artifacts and saved files."""

import pytest

from tests.app.fetching.test_fetch import SWEEP, curve, put
from tests.server.artifacts import load_artifact
from tests.server.loading import LoadedRun
from tests.sources.local.wandb_writer import run_record, write_run
from tests.sources.test_logged_artifacts import artifact_record, staged
from wbtools.app.opening.in_memory import InMemorySource
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.sources.wandb_api.artifacts import MOST_LOOKED_INTO


@pytest.fixture
def state(reach):
    put(reach, [LoadedRun(name="r", history=curve(5))])
    return reach.server.state


def listed(reach, **wishes):
    """Names of artifacts, and paths of saved files."""
    with reach.session(**wishes) as session:
        source = open_sweep(SWEEP, session)
        sweep = source.read(("loss",))
        artifacts, files = (
            ask(sweep.runs[0]) for ask in (source.logged_artifacts, source.saved_files)
        )
        in_memory = InMemorySource(sweep)
        assert not in_memory.logged_artifacts(sweep.runs[0])
        assert not in_memory.saved_files(sweep.runs[0])
    return [artifact.name for artifact in artifacts], [file.path for file in files]


def test_a_server_is_asked_anew_and_the_archive_has_none(reach, state):
    load_artifact(state, "acme", "ocr", "model", run="r", files={"m.npz": 3})
    state.projects["acme", "ocr"].runs["r"].files["saved.npz"] = b"123"
    assert listed(reach) == (["acme/ocr/model:v0"], ["saved.npz"])
    load_artifact(state, "acme", "ocr", "model", run="r", files={"m.npz": 3})
    assert listed(reach) == (["acme/ocr/model:v1", "acme/ocr/model:v0"], ["saved.npz"])
    assert listed(reach, offline=True) == ([], [])
    assert not any("looked" in note for note in reach.notes)


def test_more_than_is_looked_into_is_told(reach, state, monkeypatch):
    monkeypatch.setattr("wbtools.sources.wandb_api.saved_files.MOST_SAVED", 1)
    for _ in range(MOST_LOOKED_INTO + 1):
        load_artifact(state, "acme", "ocr", "model", run="r", files={"m.npz": 3})
    files = state.projects["acme", "ocr"].runs["r"].files
    files.update({f"{k}.npz": b"1" for k in range(501)})
    artifacts, saved = listed(reach)
    assert len(artifacts) == MOST_LOOKED_INTO + 1
    assert len(saved) == 500
    assert any("run r logged many artifacts: only the newest 100" in note for note in reach.notes)
    assert any("W&B keeps many files of run r: only" in note for note in reach.notes)


def test_run_files_tell_what_an_offline_run_logged(reach, tmp_path):
    home = tmp_path / "project" / "wandb"
    record = artifact_record(entries=[("m.npz", 4, staged(tmp_path, "tmp1"))], aliases=["best"])
    write_run(home, [run_record(sweep_id="sw33p1d0"), record])
    with reach.session() as session:
        source = open_sweep(str(home), session)
        (run,) = source.read(()).runs
        assert [artifact.name for artifact in source.logged_artifacts(run)] == [
            "acme/ocr/model:best"
        ]
        assert source.saved_files(run) == ()
