"""A run that was stopped, went on, was stopped again, and goes on once more."""

import os
import signal
import subprocess
import time

import pytest

from tests.continuation.catalogue import EPOCHS, NUMPY
from tests.continuation.projects import STOPPED, reports, stopped_offline

pytestmark = pytest.mark.slow
WHERE = f". --run {STOPPED}"


def stopped_again(project, epoch):
    """Run `go.sh` until the end of an epoch, and end it as its user does."""
    with subprocess.Popen(
        ["sh", "go.sh"],
        cwd=project.folder,
        env=project.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        for line in shell.stdout:
            if line.startswith(f"epoch {epoch}:"):
                os.killpg(shell.pid, signal.SIGSTOP)
                time.sleep(1.5)  # the SDK writes every second here
                os.killpg(shell.pid, signal.SIGTERM)
                os.killpg(shell.pid, signal.SIGCONT)
    assert shell.returncode != 0


def test_it_goes_on_from_what_the_continuation_saved(tmp_path):
    project, _ = stopped_offline(tmp_path / "project", NUMPY)
    truth = project.never_stopped()
    project.sh(f"wbtools replicate {WHERE} --continue -o go.sh")
    stopped_again(project, 14)
    again = project.sh(f"wbtools replicate {WHERE} --continue | sh")
    assert reports(again.stdout) == {epoch: truth[epoch] for epoch in range(13, EPOCHS + 1)}
    verification, _ = project.verified(WHERE)
    (replica,) = verification["replicas"]
    assert (replica["n_reports"], replica["best"]) == (EPOCHS, min(truth.values()))
    joints = replica["joined"]["joints"]
    assert [joint["after_report"] for joint in joints] == [8, 12]
    assert [joint["first_difference_report"] for joint in joints] == [None, None]
