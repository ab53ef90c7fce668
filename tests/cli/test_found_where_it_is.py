"""Every command takes a bare sweep id wherever the sweep is; its next commands can be pasted."""

import io
import os
import shlex
import shutil
import subprocess
import sys

import pytest

import wbtools as library
from tests.cli.site import ROOT
from tests.cli.test_fetch import NO_METRIC, history, some_runs
from tests.sources.local.wandb_writer import simple_run, write_run
from wbtools.analysis.importance import forest
from wbtools.app.opening.sweep_choice import SweepChoice
from wbtools.cli.which_sweep import ask_which

DEMO = ROOT / "wbtools" / "demo" / "textures"
LOCAL, FETCHED = "t3xtur35", "v5inrfwe"
AUDIT = "audit-terminations"
COMMANDS = [
    ([AUDIT], 0),
    (["rank"], 0),
    (["compare", "--group-by", "hidden"], 0),
    (["doctor"], 0),
    (["importance"], 0),
    (["simulate", "--rule", "none", "--orders", "2"], 0),
    (["forecast", "sweep.yaml", "--runs", "4", "--like"], 0),
    (["replicate", "--run", "8"], 0),
    (["verify", "--run", "8"], 3),  # there are no replicas yet
    (["make-sweep", "--from"], 0),
]


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A folder with run files, and nobody signed in anywhere."""
    work, home = tmp_path / "work", tmp_path / "home"
    home.mkdir()
    shutil.copytree(DEMO / "wandb", work / "wandb")
    shutil.copy(DEMO / "sweep.yaml", work)
    monkeypatch.chdir(work)
    monkeypatch.delenv("WBTOOLS_ARCHIVE")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / "netrc"))
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
    return work


@pytest.fixture
def fetched(site, wbtools, monkeypatch):
    """A working folder with an archive alone, whose user has signed out."""
    rule = {"type": "hyperband", "min_iter": 3, "eta": 2, "strict": True}
    config = {**NO_METRIC, "metric": {"name": "loss", "goal": "minimize"}, "early_terminate": rule}
    runs = some_runs(6)
    for k, run in enumerate(runs[3:]):
        run.history = history(3, k)
        run.facts = {"state": "killed", "exit_code": None, "stopped": True, "should_stop": True}
    site.server.load_sweep("acme", "ocr", FETCHED, runs=runs, config=config)
    assert wbtools("fetch", f"acme/ocr/{FETCHED}").code == 0
    shutil.rmtree(site.work / ".wbtools" / "last-sweeps")
    monkeypatch.delenv("WANDB_API_KEY")
    return site.work


def next_lines(result):
    lines = [line for line in result.err.splitlines() if line.startswith("next: wbtools ")]
    return [shlex.split(line.removeprefix("next: wbtools ")) for line in lines]


@pytest.mark.parametrize(("words", "code"), COMMANDS, ids=[words[0] for words, _ in COMMANDS])
@pytest.mark.usefixtures("local")
def test_every_command_takes_the_id_of_run_files_here(wbtools, monkeypatch, words, code):
    monkeypatch.setattr(forest, "N_FORESTS", 3)
    monkeypatch.setattr(forest, "N_TREES", 8)
    result = wbtools(*words, LOCAL)
    assert (result.code, "not signed in to http://127.0.0.1:1\n" in result.err) == (code, True)
    assert "sweep: ./wandb, 36 runs; not from W&B's server: " in result.err
    assert result.out or code
    if words[0] in {"rank", "doctor"}:  # what was used last means the same without the question
        again = wbtools(*words)
        assert f"sweep: ./wandb#{LOCAL} (used last in this folder" in again.err
        assert again.out == result.out


@pytest.mark.usefixtures("local")
def test_next_commands_can_be_pasted_with_run_files_alone(wbtools):
    commands = next_lines(wbtools(AUDIT, LOCAL))
    assert [words[:2] for words in commands] == [[AUDIT, LOCAL], ["replicate", LOCAL]]
    assert [wbtools(*words).code for words in commands] == [0, 0]


@pytest.mark.usefixtures("fetched")
def test_next_commands_can_be_pasted_with_an_archive_alone(wbtools):
    told = f"sweep: archive .wbtools, acme/ocr/{FETCHED}, 6 runs, fetched"
    result = wbtools(AUDIT, FETCHED)
    assert told in result.err
    commands = next_lines(result)
    assert commands[0][:2] == [AUDIT, FETCHED]
    for words in (*commands, ["rank"], ["doctor", FETCHED, "--offline"]):
        again = wbtools(*words)
        assert (again.code, told in again.err) == (0, True)
    assert f"sweep: acme/ocr/{FETCHED} (used last" in wbtools("doctor", "--offline").err
    exported = wbtools("archive", "export", FETCHED)
    assert (exported.code, exported.out[:7]) == (0, "run_id,")
    mistyped = wbtools("archive", "export", "v5inrfew")
    assert (mistyped.code, "did you mean 'v5inrfwe'?" in mistyped.err) == (2, True)


def test_two_sweeps_of_one_id_are_named_with_what_to_type(wbtools, fetched):
    for n in range(3):
        records = simple_run(f"other{n}", sweep_id=FETCHED, entity="me", project="toys")
        write_run(fetched / "my runs" / "wandb", records, f"other{n}")
    result = wbtools(AUDIT, FETCHED, "--offline")
    *_, error, hint = result.err.splitlines()
    assert (result.code, error) == (2, f"error: '{FETCHED}' means 2 sweeps")
    assert hint == (
        f"hint: name one: acme/ocr/{FETCHED} (archive .wbtools, 6 runs, fetched <1 s ago), "
        f"'./my runs/wandb#{FETCHED}' (./my runs/wandb, 3 runs)"
    )
    for words, n_runs in (
        ([f"acme/ocr/{FETCHED}"], 6),
        ([f"./my runs/wandb#{FETCHED}", "--metric", "loss:min"], 3),
    ):
        result = wbtools(AUDIT, *words, "--offline")
        assert (result.code, f"{n_runs} runs: " in result.out) == (0, True)


def test_who_sits_at_a_terminal_is_asked(monkeypatch):
    choices = [SweepChoice(reference=f"a/b{n}/x\x1b[31m", words=f"{n} runs") for n in (1, 2)]

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for typed, expected in (("2\n", 1), ("x\n3\n1\n", 0), ("\n", None), ("", None)):
        shown = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        monkeypatch.setattr(sys, "stderr", shown)
        answer = ask_which("'x' means 2 sweeps", choices)
        assert answer == (None if expected is None else choices[expected])
        assert "\x1b" not in shown.getvalue()
        assert "  2  $'a/b2/x\\x1b\\x5b31m' (2 runs)\n" in shown.getvalue()
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert ask_which("'x' means 2 sweeps", choices) is None


def test_what_is_found_here_loads_no_client(local):
    """Nobody is signed in, so that nothing is asked; nor is it for the demo or a path."""
    program = """
import sys
from wbtools.cli.app import main
for sys.argv[2] in sys.argv[3:]:
    words, sys.argv = sys.argv, [*sys.argv[:3], "-q"]
    try:
        main()
    except SystemExit as end:
        assert not end.code
    sys.argv = words
assert not {"wandb", "httpx"} & set(sys.modules), "a client"
"""
    words = [sys.executable, "-c", program, "doctor", "", LOCAL, "./wandb", "demo"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(words, cwd=local, env=env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("20 checks of 36 runs") == 3


@pytest.mark.usefixtures("local")
def test_the_library_finds_it_too():
    sweep = library.load_sweep(LOCAL, [])
    assert (len(sweep.runs), str(sweep.ref)) == (36, f"./wandb#{LOCAL}")
    with pytest.raises(library.WbtoolsError) as caught:
        library.load_sweep("t3xtur53")
    assert "did you mean 't3xtur35'?" in caught.value.hint
