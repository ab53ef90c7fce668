"""The installed program in a process of its own: its streams, its signals, the shell around it."""

import os
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from tests.cli.test_audit_terminations import AUDIT, OCR


@pytest.fixture
def program():
    """The installed program in a process of its own."""
    return [sys.executable, "-m", "wbtools"]


def test_head_ends_quietly(program):
    words = shlex.join([*program, AUDIT, "demo", "--format", "json", "-q"])
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "{\n"
    assert result.stderr == ""


def test_an_ascii_terminal_gets_ascii(program):
    result = subprocess.run(
        [*program, AUDIT, "demo"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert result.stdout.isascii()


def test_control_characters_in_the_next_command_are_quoted_for_the_shell(
    program, wbtools, tmp_path
):
    table = tmp_path / "a\x1b]0;x\x07\n.csv"
    shutil.copy(OCR, table)
    result = wbtools(AUDIT, table, "--metric", "val/hmean", "--goal", "maximize")
    assert result.code == 0
    (line,) = result.err.splitlines()
    assert "\x1b" not in line
    pasted = line.replace("next: wbtools", shlex.join(program))
    again = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, check=True)
    assert "run 8" in again.stdout


STREAMS = {
    "stdout is closed": (">&-", 3, "stdout is closed"),
    "stdout is full": (">/dev/full", 3, "stdout cannot be written: No space left"),
    "stderr is closed": ("2>&-", 0, ""),
    "stderr is full": ("2>/dev/full", 0, ""),
    "nobody reads": ("| true", 0, ""),
}
SLOW = {"stdout is closed", "stderr is full", "nobody reads"}  # a whole process each


@pytest.mark.parametrize(
    ("how", "code", "complaint"),
    [
        pytest.param(*expected, id=name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name, expected in STREAMS.items()
    ],
)
def test_streams_that_fail(program, how, code, complaint):
    words = shlex.join([*program, AUDIT, "demo"])
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} {how}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
    assert "bug" not in result.stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_an_interrupted_audit_leaves_nothing_behind(tmp_path, number, code):
    program = (
        "import os, sys\n"
        "import wbtools.answers.figures.style as d\n"
        f"def stop(sheet, file, **more): file.write(b'half'); os.kill(os.getpid(), {int(number)})\n"
        "d.save = stop\n"
        "sys.argv = ['wbtools', 'audit-terminations', 'demo', '--plot', 'x.png']\n"
        "from wbtools.cli.app import main\n"
        "main()"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
    assert result.returncode == code
    assert not list(tmp_path.iterdir())
