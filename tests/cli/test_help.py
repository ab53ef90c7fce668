"""Help pages: whole sentences, sections in the order of the work, examples that run."""

import itertools
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_group

from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.cli.app import COMMANDS, SECTIONS, command_line
from wbtools.cli.help_pages import MOST_COLUMNS, examples_of

DEMO = Path(__file__).parents[2] / "wbtools" / "demo" / "textures"
GRID = "axes: {lr: [0.1, 0.01], batch_size: [1, 32, 64]}\n"
TABLE = "Name,State,lr,hidden,seed,val/acc\n" + "".join(
    f"run-{k},finished,{lr},{hidden},{k % 2},{0.5 + lr + hidden / 1000 + k / 100}\n"
    for k, (lr, hidden) in enumerate(itertools.product((0.1, 0.2, 0.3), (32, 64, 64)), start=1)
)
RULE = {"type": "hyperband", "min_iter": 2, "eta": 3}
SWEEP = {
    "method": "random",
    "metric": {"name": "val/acc", "goal": "maximize"},
    "early_terminate": RULE,
    "parameters": {"lr": {"min": 0.1, "max": 0.9}},
}


def _pages():
    """Every page by the words behind `wbtools` that ask for it, and its command."""
    group = get_group(command_line())
    yield (), group
    for name, command in group.commands.items():
        yield (name,), command
        for below, subcommand in getattr(command, "commands", {}).items():
            yield (name, below), subcommand


PAGES = dict(_pages())
EXAMPLES = [
    (example.words, words) for words, command in PAGES.items() for example in examples_of(command)
]
SLOW = re.compile(
    r"wbtools (?:simulate|importance demo|doctor demo|replicate|compare"
    r"|report demo -o report.md)|.* --(?:plot|stages) "
)
CODES = {"doctor": {0, 1}, "verify": {0, 1, 3}}


def test_the_commands_stand_in_sections_in_the_order_of_the_work(wbtools, golden):
    shown = wbtools("--help").out
    golden("help-100.txt", shown)
    places = [shown.index(f"\n{title}:\n") for title in SECTIONS]
    assert places == sorted(places)
    assert re.findall(r"^  ([a-z-]+)  ", shown.partition("\nOptions:")[0], re.MULTILINE) == [
        *COMMANDS
    ]


def test_a_page_is_wide_where_the_terminal_is_and_wraps_where_it_is_narrow(
    wbtools, golden, monkeypatch
):
    run = wbtools

    def page(columns, *words):
        monkeypatch.setenv("COLUMNS", str(columns))
        return run(*words, "--help").out

    golden("help-rank-60.txt", page(60, "rank"))
    golden("help-rank-120.txt", page(120, "rank"))
    assert page(200, "rank") == page(120, "rank")


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "wbtools")
def test_a_page_says_whole_sentences_and_shows_examples(wbtools, monkeypatch, words):
    command = PAGES[words]
    examples = examples_of(command)
    assert 2 <= len(examples) <= 3
    for example in examples:
        assert example.words.split()[: len(words) + 1] == ["wbtools", *words]
        assert example.purpose.endswith(".")
        assert example.purpose[0].isupper()
    for option in command.params:
        assert (option.help or "").rstrip().endswith("."), option.name
        assert "\\" not in option.help, "typer's script for zsh does not escape it"
        if option.param_type_name == "option" and not option.is_flag and not option.count:
            shown = option.get_help_record(get_context(command))[0]
            assert not re.search(r"<(str|int|float|path|list)", shown), option.name
    for columns in (60, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = wbtools(*words, "--help")
        assert (shown.code, shown.err) == (0, "")
        assert "...\n" not in shown.out.partition("\n\n")[2]
        body, _, lines = shown.out.partition("\nExamples:\n")
        assert all(f"\n  {example.words}\n" in f"\n{lines}" for example in examples)
        unbroken = re.compile(r"\S+\|\S+\|\S+$")  # the words that an option takes stand together
        width = min(columns, MOST_COLUMNS)
        assert [
            line for line in body.splitlines() if len(line) > width and not unbroken.search(line)
        ] == []


def get_context(command):
    return command.context_class(command, info_name=command.name)


def _write_replicas(folder):
    config = {"lr": 0.1, "seed": 1, "epochs": 27, "hidden": 64, "batch_size": 64}
    begun = run_record("rep00001", config=config, run_group="wbtools-cdflcn5a")
    reports = [history(k, {"val/acc": 0.3 + k / 100}) for k in range(27)]
    write_run(folder, [begun, *reports, exit_record(0)], "rep00001")


def _fill(folder):
    """What the examples name: run files, a table, sweep files, a program."""
    shutil.copytree(DEMO / "wandb", folder / "wandb")
    shutil.copy(DEMO / "sweep.yaml", folder)
    shutil.copy(DEMO / "train.py", folder)
    (folder / "runs.csv").write_text(TABLE)
    (folder / "grid.yaml").write_text(GRID)
    _write_replicas(folder / "replicas" / "wandb")


def _put(site):
    """The sweep and the project that the examples name, on the server."""
    rows = np.arange(9)
    runs = [
        LoadedRun(
            name=f"run{k:05}",
            history=ColumnHistory({"val/acc": rows / 10 + k / 100, "_timestamp": 1.7e9 + rows}),
            config={"lr": k / 10},
            facts={"tags": ["paper"]},
        )
        for k in range(1, 4)
    ]
    site.server.load_sweep("my-team", "vision", "t3xtur35", runs=runs, config=SWEEP)


@pytest.mark.usefixtures("small_forests")
@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=[pytest.mark.slow] if SLOW.match(line) else [])
        for line, _ in dict(EXAMPLES).items()
    ],
)
def test_every_example_runs(request, wbtools, tmp_path, monkeypatch, line):
    words = shlex.split(line)[1:]
    if "my-team" in line or words[:2] in (["archive", "ls"], ["archive", "export"]):
        site = request.getfixturevalue("site")
        _put(site)
        monkeypatch.setenv("HOME", str(site.work))
        if words[0] == "archive":
            assert wbtools("fetch", "my-team/vision/t3xtur35").code == 0
    else:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("WBTOOLS_ARCHIVE")
    _fill(Path.cwd())
    if "-o" in words:
        Path(words[words.index("-o") + 1]).unlink(missing_ok=True)
    result = wbtools(*words)
    assert result.code in CODES.get(words[0], {0}), result.err
    assert "error:" not in result.err
    assert result.out or any(word in words for word in ("-o", "--plan", "--fix")), result.err
    for option in ("-o", "--plan", "--plot"):
        if option in words:
            path = Path(words[words.index(option) + 1])
            assert any(each.stat().st_size for each in Path().glob(f"{path.stem}*"))
