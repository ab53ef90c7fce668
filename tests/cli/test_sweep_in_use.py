"""Commands without SWEEP take the one used last in the folder, and say so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive.sweeps import KEY
from tests.cli.archived import WHEN
from wbtools.archive import ArchiveWriter, SweepHeader, SweepKey

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "wbtools" / "demo" / "textures"
RUN_8 = "run 8 = dusty-sweep-8 (n623p52f), best 0.3687 after 3 of 27 reports"
NEED_A_SWEEP = [
    ["audit-terminations"],
    ["replicate", "--run", "8"],
    ["rank"],
    ["doctor"],
    ["importance"],
    ["simulate", "--rule", "none", "--orders", "2"],
    ["verify", "--run", "8"],
    ["compare"],
]
USED_LAST = re.compile(r"sweep: (.+) \(used last in this folder, (<1|\d+) (?:s|min) ago\)")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, with its archive in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["replicate", "8"], "did you mean --run 8?"),
        (["replicate", "demo"], "pass --run 8, --run best, --run gem, or --run failed"),
        (["replicate", "demo", "--run", "8,13"], "takes several, as --run 8 --run 13"),
        (["replicate", "demo", "--run", "999"], "pass a number, a name, an id, `best` or `gem`"),
        (["replicate", "demo", "--run", "dusty-sweep-9"], "did you mean 'dusty-sweep-8'?"),
    ],
    ids=" ".join,
)
def test_a_run_that_cannot_be_meant_is_hinted_at(wbtools, words, hint):
    answer = wbtools(*words)
    assert (answer.code, answer.out) == (2, "")
    assert hint in answer.err.splitlines()[-1]


def used_last(err):
    match = USED_LAST.search(err)
    return match and match[1]


COMMANDS = """\
set -eu
wbtools() { "$PYTHON" -m wbtools "$@"; }
wbtools make-sweep bayes-hyperband --metric val/acc --goal maximize --program train.py >sweep.yaml
wbtools audit-terminations demo >audit.txt
wbtools replicate --run 8
"""


def test_a_script_types_the_users_three_commands_in_an_empty_folder(folder):
    typed = subprocess.run(
        ["sh", "-c", COMMANDS],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert typed.returncode == 0, typed.stderr
    assert "# Run 8 of sweep t3xtur35 again: dusty-sweep-8 (id n623p52f)" in typed.stdout
    assert used_last(typed.stderr) == "demo"
    assert RUN_8 in typed.stderr.splitlines()
    assert "method: bayes" in (folder / "sweep.yaml").read_text()
    assert "t3xtur35 · textures" in (folder / "audit.txt").read_text()


@pytest.mark.parametrize("words", NEED_A_SWEEP, ids=lambda words: words[0])
def test_every_command_that_takes_a_sweep_takes_the_one_used_last(wbtools, words):
    wbtools("doctor", "demo", "-q")
    assert used_last(wbtools(*words).err) == "demo"


def test_the_line_wins_then_the_variable_then_what_was_used_last(wbtools, folder, monkeypatch):
    shutil.copytree(DEMO / "wandb", folder / "wandb")
    shutil.copy(DEMO / "sweep.yaml", folder)
    result = wbtools("doctor")
    assert "sweep: the one in the present folder" in result.err
    wbtools("doctor", "demo")
    assert used_last(wbtools("doctor").err) == "demo"
    monkeypatch.setenv("WBTOOLS_SWEEP", "./wandb")
    assert "sweep: ./wandb ($WBTOOLS_SWEEP)" in wbtools("doctor").err
    assert "sweep: " not in wbtools("doctor", "demo").err
    monkeypatch.delenv("WBTOOLS_SWEEP")
    assert used_last(wbtools("doctor").err) == "demo"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["audit-terminations", "./no-such-folder"], id="one that is not there"),
        pytest.param(["replicate", "demo", "--run", "999"], id="a run that is none"),
        pytest.param(["compare", "demo", "table.csv"], id="several at once"),
        pytest.param(["lint", "table.csv"], id="no sweep"),
    ],
)
def test_nothing_is_remembered_of(wbtools, folder, words):
    (folder / "table.csv").write_text("run_id,val/acc\na,1.0\nb,0.5\n")
    wbtools(*words)
    assert "sweep: ./table.csv, the only table here" in wbtools("doctor").err


@pytest.mark.parametrize("words", NEED_A_SWEEP, ids=lambda words: words[0])
def test_a_line_that_needs_a_sweep_and_has_none_is_wrong(wbtools, folder, words):
    answer = wbtools(*words)
    assert (answer.code, answer.out) == (2, "")
    *_, error, hint = answer.err.splitlines()
    assert error == (
        "error: no sweep is named, and neither run files nor an archived sweep nor a table lie here"
    )
    assert hint.startswith("hint: name the folder that holds them")
    assert wbtools(*words[:1], "./", *words[1:]).code == 3  # it is named, and holds nothing
    (folder / "wandb").mkdir()
    (folder / "wandb" / "run-x.wandb").write_bytes(b"")
    assert wbtools(*words).code == 3  # there is something, which allows no answer


def test_runs_that_are_selected_are_not_those_of_the_sweep_used_last(wbtools):
    wbtools("doctor", "demo")
    ranked = wbtools("rank", "--group", "g1", "--metric", "val/acc:maximize")
    assert "error: no sweep is named" in ranked.err
    assert "demo" not in ranked.err.splitlines()[0]


def test_an_archive_that_is_no_path_fails_no_command_that_needs_none(wbtools):
    assert wbtools("doctor", "demo", "--archive", "~no-such-user-here/x").code == 0


@pytest.mark.parametrize("words", [["replicate", "demo", "--run", "8"], ["doctor"]])
def test_a_working_folder_that_was_deleted_is_said_to_be(wbtools, folder, monkeypatch, words):
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    answer = wbtools(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "error: the working folder has been deleted" in answer.err


def test_another_folder_has_another_last_sweep(wbtools, folder, monkeypatch):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(folder / "archive"))
    wbtools("doctor", "demo")
    (folder / "other").mkdir()
    monkeypatch.chdir(folder / "other")
    assert "error: no sweep is named" in wbtools("doctor").err


def test_a_sweep_that_was_fetched_is_the_one_used_last(site, wbtools):
    site.server.load_sweep(
        "acme",
        "ocr",
        "v5inrfwe",
        runs=[],
        config={"method": "random", "metric": {"name": "loss", "goal": "minimize"}},
    )
    assert wbtools("fetch", "acme/ocr/v5inrfwe").code == 0
    assert used_last(wbtools("doctor").err) == "acme/ocr/v5inrfwe"


def test_a_hostile_name_is_shown_harmlessly(wbtools, folder):
    name = "x\x1b]0;y\x07"
    shutil.copytree(DEMO / "wandb", folder / name / "wandb")
    shutil.copy(DEMO / "sweep.yaml", folder / name)
    wbtools("doctor", f"./{name}")
    again = wbtools("doctor")
    assert again.code == 0
    assert "\x1b" not in again.err
    assert used_last(again.err)


@pytest.mark.parametrize("command", ["audit-terminations", "doctor", "rank", "importance"])
def test_the_only_archived_sweep_is_taken_and_several_are_named(wbtools, two_runs, command):
    options = [] if command == "doctor" else ["--metric", "val/acc:max"]
    alone = wbtools(command, "--offline", *options, "-q")
    assert "sweep: acme/ocr/v5inrfwe (2 runs), the only archived one" in alone.err
    assert alone.code in {0, 3}  # two runs are too few for some
    assert "no sweep is named" not in alone.err
    shutil.rmtree(two_runs / ".wbtools" / "last-sweeps", ignore_errors=True)
    other = SweepKey(base_url=KEY.base_url, entity="acme", project="ocr", name="another0")
    with ArchiveWriter.open(two_runs / ".wbtools") as archive:
        archive.begin(SweepHeader(key=other))
        archive.finish(other, as_of=WHEN)
    answer = wbtools(command, "--offline", *options)
    assert answer.code == 2
    *_, error, hint = answer.err.splitlines()
    assert error == "error: no sweep is named, and 2 are archived"
    assert hint == "hint: name one: acme/ocr/v5inrfwe (2 runs), acme/ocr/another0 (0 runs)"


def test_one_table_is_taken_and_several_are_named(wbtools, folder):
    (folder / "$(x).CSV").write_text("run_id,val/acc\na,1.0\nb,0.5\n")
    taken = wbtools("rank", "--metric", "val/acc:max")
    assert (taken.code, "sweep: ./$(x).CSV, the only table here" in taken.err) == (0, True)
    assert used_last(wbtools("rank", "--metric", "val/acc:max").err) == "./$(x).CSV"
    shutil.rmtree(folder / ".wbtools")
    (folder / "more.csv").write_text("a,b\n1,2\n")
    answer = wbtools("rank", "--metric", "val/acc:max")
    assert answer.code == 2
    assert answer.err.endswith("hint: name one: './$(x).CSV', ./more.csv\n")


@pytest.mark.parametrize("command", ["audit-terminations", "doctor", "importance", "rank"])
def test_all_runs_are_those_of_this_folder_and_not_of_the_sweep_used_last(wbtools, folder, command):
    shutil.copytree(DEMO, folder / "demo")
    assert wbtools("audit-terminations", "./demo").code == 0
    told = wbtools(command, "--all", "--limit", "1").err
    assert "used last" not in told
    assert "the one in the present folder" in told
