"""Tab: what is offered, from what lies here alone; hostile names are offered to no shell."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.archive.sweeps import KEY
from tests.cli import shells
from tests.server.running import running_server
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.cli.answer_shell import join_options
from wbtools.cli.app import COMMANDS

HOSTILE = (
    "$(touch pwned)", "`touch pwned`", "a;touch pwned", "\\$(touch pwned)", "'; touch pwned; '",
    '"; touch pwned; "', "new\nline", "\x1b[2J", "*", "a b", "~root", "=ls", "x)touch pwned(",
)  # fmt: skip
SCRIPT = """
import sys
from wbtools.cli.app import main
main()
"""


def put_runs(folder, sweep, metrics, *, at=0):
    run = f"run{at:05}"
    records = [run_record(run, config={"lr": at}, sweep_id=sweep)]
    records += [history(k, dict.fromkeys(metrics, k / 10)) for k in range(3)]
    write_run(folder, [*records, exit_record(0)], run, stamp=f"20240101_0000{at:02}")


def offers(line, **env):
    """What fish's protocol answers to a line, in a process of its own; its stderr is empty."""
    asked = {
        "_WBTOOLS_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": line,
        "PYTHONPATH": str(shells.ROOT),
    }
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **asked, **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    return [offer.split("\t")[0] for offer in result.stdout.splitlines()]


@pytest.fixture
def folder(home):
    put_runs(home / "wandb", "local123", ["val/acc", "train/loss"])
    return home


def offered(monkeypatch, capfd, line):
    """The same in this process."""
    from wbtools.cli import answer_shell, app

    class Ended(BaseException):
        pass

    def end(_code):
        raise Ended

    monkeypatch.setattr(answer_shell.os, "_exit", end)
    monkeypatch.setattr(answer_shell.signal, "setitimer", lambda *_: None)
    monkeypatch.setattr(answer_shell.signal, "signal", lambda *_: None)
    monkeypatch.setitem(sys.modules, "rich", sys.modules.get("rich"))
    monkeypatch.setattr(sys, "argv", ["wbtools"])
    monkeypatch.setenv("_WBTOOLS_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    with pytest.raises(Ended):
        app.main()
    out, err = capfd.readouterr()
    assert err == ""
    return [offer.split("\t")[0] for offer in out.splitlines()]


LINES = [
    ("wbtools ", [*COMMANDS]),
    ("wbtools re", ["report", "replicate"]),
    ("wbtools archive ", ["ls", "export"]),
    ("wbtools rank ", ["demo", "local123"]),
    ("wbtools rank demo ", ["local123"]),
    ("wbtools audit-terminations lo", ["local123"]),
    ("wbtools make-sweep --from l", ["local123"]),
    ("wbtools forecast s.yaml --like d", ["demo"]),
    ("wbtools expand-grid --without d", ["demo"]),
    ("wbtools rank ./wandb --metric ", ["train/loss", "val/acc"]),
    ("wbtools rank local123 --metric ", ["train/loss", "val/acc"]),
    ("wbtools audit-terminations demo --rank-by v", ["val/acc"]),
    ("wbtools audit-terminations runs.csv --metric ", ["lr", "f1"]),
    ("wbtools rank --metric ", []),
    ("wbtools rank nothing --metric ", []),
    ("wbtools rank acme/ocr/v5inrfwe --metric ", []),
    ("wbtools make-sweep bayes-", ["bayes-full", "bayes-hyperband"]),
    ("wbtools rule WBS01", [f"WBS01{k}" for k in range(8)]),
    ("wbtools rule pa", ["patience", "patient"]),
    ("wbtools lint --select WBS012,WBS014", ["WBS012,WBS014"]),
    ("wbtools doctor --ignore WBD21", [f"WBD21{k}" for k in range(10)]),
    ("wbtools rank --format j", ["json"]),
    ("wbtools make-sweep --method ", ["bayes", "random", "grid"]),
    ("wbtools replicate --style hydra-", ["hydra-append", "hydra-override"]),
    ("wbtools replicate --to s", ["shell", "slurm", "sweep"]),
    ("wbtools rank --sto", ["--stopped"]),
    ("wbtools nothing ", [*COMMANDS]),
    ("wbtools rank 'open ", ["demo", "local123"]),
]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_a_shell_is_offered(folder, monkeypatch, capfd, line, expected):
    (folder / "runs.csv").write_text("Name,State,lr,f1,bad name\na,finished,1,2,3\n")
    found = offered(monkeypatch, capfd, line)
    if line.endswith("WBD21"):
        assert found
        assert set(found) <= set(expected)
    else:
        assert sorted(found) == sorted(expected)


def test_archived_sweeps_and_their_metrics_are_offered(two_runs, monkeypatch, capfd):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(two_runs / ".wbtools"))
    assert offered(monkeypatch, capfd, "wbtools archive export ") == [KEY.name]
    assert offered(monkeypatch, capfd, "wbtools fetch ") == [KEY.name]
    assert offered(monkeypatch, capfd, "wbtools rank ") == ["demo", KEY.name]
    named = f"wbtools audit-terminations {KEY} --metric "
    assert set(offered(monkeypatch, capfd, named)) == {"val/acc", "loss"}
    elsewhere = "wbtools rank --archive ./nowhere "
    assert offered(monkeypatch, capfd, elsewhere) == ["demo"]


def test_what_a_shell_would_evaluate_is_not_offered(home, monkeypatch, capfd):
    for at, name in enumerate(HOSTILE):
        put_runs(home / "wandb", name, [*HOSTILE, "fine/name"], at=at)
    assert offered(monkeypatch, capfd, "wbtools rank ") == ["demo"]
    assert offered(monkeypatch, capfd, "wbtools rank ./wandb/ --metric ") in ([], ["fine/name"])
    assert not (home / "pwned").exists()


def test_a_broken_archive_and_a_broken_folder_are_no_noise(home, monkeypatch, capfd):
    (home / ".wbtools").mkdir()
    (home / ".wbtools" / "archive.sqlite").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(home / ".wbtools"))
    (home / "wandb" / "run-20240101_000000-a").mkdir(parents=True)
    (home / "wandb" / "run-20240101_000000-a" / "run-a.wandb").write_bytes(b"\xff" * 99)
    assert offered(monkeypatch, capfd, "wbtools rank ") == ["demo"]


def test_a_program_asked_by_a_shell_loads_nothing_heavy_and_asks_no_server(folder, monkeypatch):
    with running_server() as server:
        for name, value in server.env(folder).items():
            monkeypatch.setenv(name, value)
        heavy = ["wandb", "pandas", "pyarrow", "matplotlib", "rich", "httpx"]
        program = f"{SCRIPT.strip().removesuffix('main()')}import os\n"
        program += (
            "end = os._exit\n"
            f"os._exit = lambda code: end(bool(set({heavy!r}) & "
            "{name for name, module in sys.modules.items() if module}))\nmain()\n"
        )
        asked = {
            "_WBTOOLS_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "_TYPER_COMPLETE_ARGS": "wbtools rank acme/ocr/v5inrfwe --metric ",
            "PYTHONPATH": str(shells.ROOT),
        }
        result = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, **asked}, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert not server.log.all("graphql")
    assert offers("wbtools rank lo") == ["local123"]


@pytest.mark.parametrize(
    ("words", "place", "joined", "then"),
    [
        (["wbtools", "rank", "--metric", "=", "va"], 4, "wbtools rank --metric va", 3),
        (["wbtools", "rank", "--metric", "="], 3, "wbtools rank --metric ", 3),
        (["wbtools", "rank", "--a", "=", "b", "x"], 5, "wbtools rank --a b x", 4),
        (["wbtools", "rank", "x"], 2, "wbtools rank x", 2),
    ],
)
def test_what_bash_splits_at_the_sign_is_joined(words, place, joined, then):
    env = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(place)}
    join_options(env)
    assert (env["COMP_WORDS"].split("\n"), env["COMP_CWORD"]) == (joined.split(" "), str(then))


needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"there is no {name} here")
    for name in ("bash", "zsh", "fish")
}


@pytest.fixture
def hostile_folder(folder):
    for at, name in enumerate(HOSTILE, start=1):
        put_runs(folder / "wandb", name, [*HOSTILE, "fine/name"], at=at)
    put_runs(folder / "wandb", "local123", [*HOSTILE, "fine/name"], at=40)
    return folder


@pytest.fixture
def shell_home(tmp_path_factory):
    return tmp_path_factory.mktemp("shell")


@pytest.mark.slow
@needs["bash"]
def test_bash_completes(hostile_folder, shell_home):
    def offered_by_bash(*words):
        found, errors = shells.bash_offers(
            ["wbtools", *words], len(words), hostile_folder, shell_home
        )
        assert errors == ""
        return found

    assert offered_by_bash("rep") == ["report", "replicate"]
    assert offered_by_bash("rank", "") == ["demo", "local123"]
    assert offered_by_bash("rank", "local123", "--metric", "v") == ["val/acc"]
    assert offered_by_bash("rank", "demo", "--metric", "=", "v") == ["val/acc"]
    assert offered_by_bash("rank", "demo", "--format", "j") == ["json"]
    assert offered_by_bash("rank", "'$(touch pwned)'", "") == ["demo", "local123"]
    assert "simulate" in shells.typed(
        "bash", "wbtools simu\t", hostile_folder, shell_home, "simulate "
    )
    assert not (hostile_folder / "pwned").exists()


@pytest.mark.slow
@needs["fish"]
def test_fish_completes(hostile_folder, shell_home):
    def offered_by_fish(line):
        found, errors = shells.fish_offers(line, hostile_folder, shell_home)
        assert errors == ""
        return found

    assert sorted(offered_by_fish("wbtools rep")) == ["replicate", "report"]
    assert offered_by_fish("wbtools rank ") == ["demo", "local123"]
    assert offered_by_fish("wbtools rank local123 --metric v") == ["val/acc"]
    assert offered_by_fish("wbtools rank ./wan") == ["./wandb/"]
    assert not (hostile_folder / "pwned").exists()


@pytest.mark.slow
@needs["zsh"]
@pytest.mark.parametrize(
    ("keys", "completed"),
    [
        ("wbtools simu\t", "simulate "),
        ("wbtools rank de\t", "demo "),
        ("wbtools rank local123 --metric v\t", "val/acc "),
        ("wbtools rank demo --stopp\t", "--stopped "),
        ("wbtools rank demo --\t", "--seed-key"),
        ("wbtools rank '$(touch pwned)' lo\t", "local123 "),
        ("wbtools rank ./wan\t", "./wandb/"),
    ],
)
def test_zsh_completes(hostile_folder, shell_home, keys, completed):
    shown = shells.typed("zsh", keys, hostile_folder, shell_home, completed)
    assert completed in shown
    assert "parse error" not in shown
    assert not (hostile_folder / "pwned").exists()


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_installs_itself(shell, shell_home):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    result = subprocess.run(
        [shell, "-c", "wbtools --install-completion; true"],
        env=shells.environment(shell_home), cwd=shell_home, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{shell} completion installed" in result.stdout
    written = [path for path in shell_home.rglob("*") if path.is_file() and path.name != "wbtools"]
    assert any("_WBTOOLS_COMPLETE" in path.read_text() for path in shell_home.rglob("*wbtools*")
               if path.is_file()), written  # fmt: skip


def test_a_pipe_that_is_called_like_a_table_is_not_waited_for(monkeypatch, capfd, home):
    os.mkfifo(home / "x.csv")
    assert offered(monkeypatch, capfd, "wbtools rank x.csv --metric ") == []
