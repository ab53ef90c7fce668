"""`wbtools verify --watch` as a user sees it: the verdict, the next command, exit codes."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest

from tests.cli.site import ROOT
from tests.cli.test_verify import project, replica
from wbtools.live.verify_watch import watch_replicas

__all__ = ["project"]


def test_a_watch_of_replicas_that_have_ended_gives_the_verdict_at_once(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py")
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    plain = wbtools("verify", ".", "--run", "1")
    watched = wbtools("verify", ".", "--run", "1", "--watch")
    assert (watched.code, watched.out) == (0, plain.out)
    assert "report 5: 0.5500: further than the original came" in watched.err
    assert "Go on with this configuration." in watched.err
    refused = wbtools("verify", ".", "--run", "1", "--poll", "5")
    assert (refused.code, "--watch is not given" in refused.err) == (2, True)


def test_ctrl_c_ends_a_watch_with_the_answer_so_far_and_says_how_to_go_on(
    wbtools, project, monkeypatch
):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setitem(watch_replicas.__kwdefaults__, "pause", interrupt)
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2")
    none = wbtools("verify", ".", "--run", "1", "--watch", "--success", "0.5")
    assert (none.code, none.out) == (130, "")
    (line,) = [line for line in none.err.splitlines() if line.startswith("next: ")]
    assert shlex.split(line) == [
        "next:", "wbtools", "verify", ".", "--run", "1", "--success", "0.5", "--watch",
    ]  # fmt: skip
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55), seed=1)
    result = wbtools("verify", ".", "--run", "1", "--watch")
    assert result.code == 130
    assert "1 of 2 planned replicas ended, and 1 has written nothing yet" in result.err
    assert "1 replica" in result.out
    record = json.loads(wbtools("verify", "--track-record", "--format", "json").out)
    assert record["verified"] == []


def test_the_replicas_are_drawn(wbtools, project):
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    result = wbtools("verify", ".", "--run", "1", "--plot", "replicas.svg")
    assert result.code == 0
    assert "<svg" in (project / "replicas.svg").read_text()
    assert wbtools("verify", ".", "--run", "1", "--plot", "replicas.txt").code == 2


def test_a_named_folder_may_be_empty_at_first_and_has_to_be_there(wbtools, project, monkeypatch):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setitem(watch_replicas.__kwdefaults__, "pause", interrupt)
    (project / "later").mkdir()
    waiting = wbtools("verify", ".", "--run", "1", "--replica", "later", "--watch")
    assert waiting.code == 130
    assert "no replica has written anything yet: waiting" in waiting.err
    absent = wbtools("verify", ".", "--run", "1", "--replica", "nowhere", "--watch")
    assert absent.code == 2
    assert "there is no file or folder 'nowhere'" in absent.err


@pytest.mark.slow
def test_sigterm_ends_a_watch_with_the_answer_so_far(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2")
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55), seed=1)
    program = shlex.join([sys.executable, "-m", "wbtools", "verify", ".", "--run", "1"])
    words = f"exec {program} --watch --poll 1"
    with subprocess.Popen(
        ["bash", "-c", words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        for line in watching.stderr:
            if "has written nothing yet" in line:
                break
        watching.send_signal(signal.SIGTERM)
        out, err = watching.communicate(timeout=60)
    assert watching.returncode == 130
    assert "1 replica 0.5500" in out
    assert "next: wbtools verify . --run 1 --poll 1 --watch" in err
