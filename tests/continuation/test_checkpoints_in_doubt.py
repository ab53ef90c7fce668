"""An offline run that was stopped, and what it left is cut, gone, older or newer than expected."""

import os
import shutil

import pytest

from tests.continuation.catalogue import EPOCHS, NUMPY
from tests.continuation.goings_on import GoneOn
from tests.continuation.projects import OTHER, STOPPED, stopped_offline

pytestmark = pytest.mark.slow
WHERE = f". --run {STOPPED}"
CONTINUE = f"wbtools replicate {WHERE} --continue"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The project, what the stopped run reported, and what it would have."""
    project, before = stopped_offline(tmp_path_factory.mktemp("doubt") / "project", NUMPY)
    return project, before, project.never_stopped()


@pytest.fixture
def stopped(recorded, tmp_path):
    """The same for one test, which may change the project's folder and `wbtools`' archive."""
    project = recorded[0]
    archive = project.tools / "archive"
    shutil.copytree(project.folder, tmp_path / "kept", symlinks=True)
    yield recorded
    shutil.rmtree(project.folder)
    shutil.copytree(tmp_path / "kept", project.folder, symlinks=True)
    shutil.rmtree(archive, ignore_errors=True)


def saved(project, epoch, run_id=STOPPED):
    return project.folder / "checkpoints" / run_id / f"epoch_{epoch:03d}.npz"


def test_without_a_checkpoint_nothing_is_started_and_the_rerun_is_offered(stopped):
    project, _, _ = stopped
    shutil.rmtree(project.folder / "checkpoints" / STOPPED)
    refused = project.sh(CONTINUE, 3)
    assert refused.stdout == ""
    error, hint = refused.stderr.splitlines()
    assert error.startswith("error: run 2 left no checkpoint that can be used; looked at: ")
    assert hint.startswith("hint: leave --continue out to run it again from the start")
    runs = sorted((project.folder / "wandb").iterdir())
    assert project.sh(f"{CONTINUE} 2>/dev/null | sh").stdout == ""
    assert sorted((project.folder / "wandb").iterdir()) == runs


def test_a_half_written_checkpoint_is_told_and_the_one_before_it_is_taken(stopped):
    project, before, truth = stopped
    last = saved(project, 8)
    was = last.stat()
    os.truncate(last, was.st_size // 2)
    os.utime(last, ns=(was.st_atime_ns, was.st_mtime_ns))
    gone_on = GoneOn.by_pipe(project, before, truth, WHERE)
    gone_on.check(4)
    (passed_over,) = [line for line in gone_on.notes.splitlines() if "epoch_008.npz" in line]
    assert "it may be cut off" in passed_over


@pytest.mark.parametrize("was_written", ["while the other run wrote", "later"])
def test_a_checkpoint_of_another_run_is_not_taken(stopped, was_written):
    """Programs that call every run's checkpoint `last.npz`, in one folder."""
    project, _, _ = stopped
    shutil.rmtree(project.folder / "checkpoints" / STOPPED)
    last = project.folder / "checkpoints" / "last.npz"
    shutil.copy2(saved(project, EPOCHS, OTHER), last)
    if was_written == "later":
        an_hour_later = last.stat().st_mtime + 3600
        os.utime(last, (an_hour_later, an_hour_later))
    refused = project.sh(CONTINUE, 3)
    assert refused.stdout == ""
    doubt = "it may be of run 1" if was_written != "later" else "after the run had ended"
    assert "in doubt, such as checkpoints/last.npz: it " in refused.stderr
    assert doubt in refused.stderr
    assert "name one with --checkpoint" in refused.stderr


def test_the_users_choice_is_taken(stopped):
    project, before, truth = stopped
    chosen = f"checkpoints/{STOPPED}/epoch_004.npz"
    gone_on = GoneOn.by_pipe(project, before, truth, WHERE, "--checkpoint", chosen)
    gone_on.check(4)


def test_a_checkpoint_that_goes_away_meanwhile_starts_nothing(stopped):
    project, _, _ = stopped
    project.sh(f"{CONTINUE} -o go.sh")
    saved(project, 8).unlink()
    refused = project.sh("sh go.sh", 2)
    assert refused.stdout == ""
    assert "nothing was started: the checkpoint" in refused.stderr


def test_a_checkpoint_later_than_the_record_leaves_a_gap_that_is_told(stopped):
    """What the SDK has not written when its process is killed is lost: up to 15 s of reports."""
    project, before, truth = stopped
    (record,) = project.folder.glob(f"wandb/offline-run-*/run-{STOPPED}.wandb")
    os.truncate(record, record.stat().st_size // 2)
    gone_on = GoneOn.by_pipe(project, before, truth, WHERE)
    assert gone_on.after == {k: truth[k] for k in range(9, EPOCHS + 1)}
    (joint,) = gone_on.replica["joined"]["joints"]
    n_known = joint["after_report"]
    assert 0 < n_known < 8
    assert joint["n_missing"] == 8 - n_known
    assert joint["is_unrecorded"]
    assert not gone_on.replica["joined"]["is_doubted"]
    assert "missing from the curve: the original had come that far" in gone_on.said
    assert "ahead of the run's record" in gone_on.notes
    assert gone_on.replica["best"] == min(truth.values())


def test_the_same_run_goes_on(stopped):
    project, before, truth = stopped
    gone_on = GoneOn.by_pipe(project, before, truth, WHERE, "--same-run")
    gone_on.check(8)
    assert "WBR319" in gone_on.notes
    assert gone_on.replica["run_id"] == STOPPED
    assert gone_on.replica["joined"]["is_same_run"]
