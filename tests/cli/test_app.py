"""The door itself: no words, help, versions."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("words", [(), ("archive",)])
def test_no_command_shows_the_help_and_is_no_answer(wbtools, words):
    result = wbtools(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: wbtools")
    assert "\\n" not in result.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("audit", "x"), "audit-terminations"),
        (("AUDIT", "x"), "audit-terminations"),
        (("audit-term",), "audit-terminations"),
        (("termination", "x"), "audit-terminations"),
        (("repl",), "replicate"),
        (("make",), "make-sweep"),
        (("expand", "--help"), "expand-grid"),
        (("dotor",), "doctor"),
        (("archive", "exp"), "export"),
    ],
)
def test_a_part_of_a_commands_name_says_which_is_meant(wbtools, words, meant):
    result = wbtools(*words)
    assert (result.code, result.out) == (2, "")
    assert f"did you mean {meant}?" in result.err


@pytest.mark.parametrize("word", ["xyz", "a", "", "-", "\x1b[2J"])
def test_what_is_like_no_command_is_only_refused(wbtools, word):
    result = wbtools(word)
    assert result.code == 2
    assert "did you mean" not in result.err
    assert "\x1b" not in result.err


@pytest.mark.parametrize(
    ("raised", "is_shown"), [("KeyboardInterrupt", False), ("ValueError", True)]
)
def test_ctrl_c_while_an_object_goes_away_shows_no_traceback(raised, is_shown):
    program = f"""
import sys
from wbtools.cli import app
sys.argv = ["wbtools", "--version"]
class Going:
    def __del__(self):
        raise {raised}("odd")
def print_version(**_):
    Going()
    print("went on")
app.command_line = lambda _names: print_version
app.main()
"""
    result = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert "went on" in result.stdout
    assert ("Traceback" in result.stderr) == is_shown


@pytest.mark.parametrize(
    "words", [("compare", "demo", "nothing"), ("archive", "ls"), ("fetch", "a/b")]
)
def test_findings_are_refused_at_once_where_there_are_none(wbtools, words):
    result = wbtools(*words, "--format", "github")
    assert (result.code, result.out) == (2, "")
    assert "--format github shows findings" in result.err


def test_a_log_without_a_finding_is_empty(wbtools, tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text("method: random\nprogram: t.py\nparameters: {a: {min: 0.5, max: 2.5}}\n")
    (tmp_path / "t.py").write_text("import wandb\nrun = wandb.init()\nprint(run.config.a)\n")
    assert wbtools("lint", path, "--format", "github", "--select", "WBS01").out == ""
