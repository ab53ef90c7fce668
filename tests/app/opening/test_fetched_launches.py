"""How a fetched run was started: read from its files once, then from the archive."""

import json

import pytest

from tests.app.fetching.test_fetch import SWEEP, curve, put
from tests.server.loading import LoadedRun
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.sources.side_files import LAUNCH_FILES

METADATA = {
    "program": "/home/someone/train.py",
    "codePath": "src\\train.py",
    "args": ["--lr=0.0005134333170096499", "--note", "a b"],
    "python": "3.10.4",
    "git": {"remote": "https://host.example/acme/ocr.git", "commit": "c0ffee"},
}


@pytest.fixture
def files(reach):
    put(reach, [LoadedRun(name="r", history=curve(5))])
    files = reach.server.state.projects["acme", "ocr"].runs["r"].files
    files["wandb-metadata.json"] = json.dumps(METADATA).encode()
    files["requirements.txt"] = b"numpy==1.26.4\n\ntorch==2.1.0\n"
    files["diff.patch"] = b"--- a/x\n+++ b/x\n"
    files["output.log"] = b"x" * 100
    return files


def launch(reach, **wishes):
    with reach.session(**wishes) as session:
        recording = open_sweep(SWEEP, session)
        (run,) = recording.read(("loss",)).runs
        return recording.launch_record(run)


def test_the_files_that_wandb_keeps_say_it(reach, files):
    record = launch(reach)
    assert record.program == METADATA["program"]
    assert record.argv == tuple(METADATA["args"])
    assert record.code_path == "src\\train.py"
    assert (record.git_commit, record.python) == ("c0ffee", "3.10.4")
    assert record.requirements == ("numpy==1.26.4", "torch==2.1.0")
    assert record.diff == files["diff.patch"].decode()
    asked = [request for request in reach.server.log.all("storage") if request.method == "GET"]
    assert len(asked) == 3
    assert not any(request.signed_in for request in asked)


def test_asked_once_it_is_known_offline(reach, files):
    record = launch(reach)
    files.clear()
    assert launch(reach) == record
    assert launch(reach, offline=True) == record


def test_a_run_without_files_tells_nothing(reach, files):
    files.clear()
    record = launch(reach)
    assert (record.program, record.argv, record.requirements) == (None, None, ())


def test_files_that_wandb_keeps_have_the_bounds_of_local_ones(reach, files, monkeypatch):
    limits = dict.fromkeys(LAUNCH_FILES, len(files["diff.patch"]))
    limits["wandb-metadata.json"] = len(files["wandb-metadata.json"])
    monkeypatch.setattr("wbtools.sources.wandb_api.run_files.LARGEST_BYTES", limits)
    record = launch(reach)
    assert record.diff == files["diff.patch"].decode()
    assert record.program == METADATA["program"]
    assert record.requirements == ()
