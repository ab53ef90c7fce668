"""What people type, and the one line that helps them: nothing on stdout, exit 2, no traceback."""

import re

import pytest

from tests.archive.sweeps import KEY
from tests.cli.archived import RUNS, SELECTED, WHEN, a_page
from wbtools.archive import ArchiveWriter, SweepHeader
from wbtools.cli import misnomers
from wbtools.cli.app import COMMANDS, command_line

SWEEP = (
    "parameters: {lr: {min: 0.1, max: 1.0}}\nmethod: random\nmetric: {name: a, goal: maximize}\n"
)

TYPED = [
    # a run
    ("audit-terminations demo --run 5,8", "name one: --run 5; `wbtools replicate` takes several"),
    ("replicate demo --run 5,8", "takes several, as --run 5 --run 8"),
    ("audit-terminations demo --run #5", "did you mean --run 5?"),
    ("audit-terminations demo --run run5", "did you mean --run 5?"),
    ("audit-terminations demo --run run-05", "did you mean --run 5?"),
    ("audit-terminations demo --run 0", "pass a number, a name, an id, `best` or `gem`"),
    ("audit-terminations demo --run", "write --run RUN"),
    ("audit-terminations demo --runs 5", "did you mean --run or --all-runs?"),
    ("audit-terminations demo -run 5", "did you mean --run?"),
    ("audit-terminations demo --Run 5", "did you mean --run?"),
    ("audit-terminations demo --run 5 --run 8", "give it once"),
    ("audit-terminations demo 8", "did you mean --run 8?"),
    ("replicate 8", "did you mean --run 8?"),
    ("verify 8", "did you mean --run 8?"),
    ("replicate demo", "pass --run 8, --run best, --run gem, or --run failed"),
    # a sweep
    ("audit-terminations demo demo", "name one sweep; rank, compare and simulate take several"),
    ("audit-terminations dmeo", "did you mean 'demo'?"),
    *((f"rank {name}", "name a wandb/ folder") for name in ("demo.csv", "./memo")),
    ("rank d1e2m3o4 --offline", "fetch it once without --offline"),
    ("rank help", "`wbtools help COMMAND` or --help shows a command's help"),
    ("doctor https://wandb.ai/a/b/runs/abcdefgh?nw=x", "that is a run: name its sweep"),
    (
        "verify https://wandb.ai/a/b/runs/abcdefgh",
        "that is a run: name its sweep and --run abcdefgh",
    ),
    ("audit-terminations --sweep t3xtur35", "name the sweep right behind the command"),
    ("audit-terminations demo --project P", "name the sweep as ENTITY/PROJECT/ID"),
    ("audit-terminations demo --entity E", "name the sweep as ENTITY/PROJECT/ID"),
    ("fetch", "`wbtools fetch --help` explains it"),
    ("fetch demo", "write an id, ENTITY/PROJECT/ID, ENTITY/PROJECT, or a page address"),
    # a metric, a goal, a rule
    ("audit-terminations demo --metric", "write --metric NAME[:GOAL]"),
    ("audit-terminations demo --metric --run 5", "write --metric NAME[:GOAL]"),
    ("audit-terminations demo --metrics val/acc", "did you mean --metric?"),
    ("audit-terminations demo --goal maximise", "did you mean maximize?"),
    ("audit-terminations demo --goal higher", "did you mean maximize?"),
    ("audit-terminations demo --maximize", "did you mean --goal maximize?"),
    ("audit-terminations demo --target high", "write --target VALUE, as a number alone"),
    ("rank demo --rank-by val/acc", "did you mean --metric NAME[:GOAL]?"),
    (
        "audit-terminations demo --early-terminate hyperband",
        "write it like --early-terminate 'hyperband(min_iter=10,eta=2)'",
    ),
    (
        "audit-terminations demo --early-terminate 'hyperband(min_iter=3 eta=2)'",
        "write 'hyperband(min_iter=3,eta=2)'",
    ),
    ("simulate demo --rule hyperbnd(min_iter=3)", "did you mean 'hyperband'?"),
    ("simulate demo --rules median", "did you mean --rule RULE?"),
    # numbers
    ("audit-terminations demo --budget -3", "write a number from 1 to 1000000000"),
    ("audit-terminations demo --budget 1e3", "write --budget 1000"),
    ("audit-terminations demo --budget 27epochs", "the number alone, in REPORTS: --budget 27"),
    ("audit-terminations demo --limit -1", "write a number of at least 0"),
    ("audit-terminations demo --limit all", "write --limit 0 for all"),
    ("audit-terminations demo --limit nan", "write --limit ROWS, as a number alone"),
    ("rank demo --least-distance 2", "write a number from 0 to 1"),
    ("replicate demo --run 5 --to slurm --time-limit 12:00:00", "--time-limit 720, in minutes"),
    ("replicate demo --run 5 --to slurm --mem 32GB", "the number alone, in GIB: --mem 32"),
    ("replicate demo --run 5 --seed 1", "did you mean --seeds or --seed-key?"),
    ("replicate demo --run 5 --seeds 1-5", "write --seeds 1,2,3,4,5"),
    ("forecast s.yaml --runs 5 --runs 0", "write a number from 1 to 1000000000"),
    ("rank demo --limit=", "write --limit ROWS, as a number alone"),
    ("rank demo --goal", "write --goal minimize|maximize|min|max"),
    ("rank demo --offline=yes", "write --offline alone, or leave it out"),
    ("rank demo --diverse 3 --seeds 1..3", "write --seeds 1,2,3"),
    # where the answer goes, and in which form
    ("audit-terminations demo -o /dev/stdout", "leave -o out"),
    ("audit-terminations demo -o -", "leave -o out"),
    ("audit-terminations demo -output x.json", "did you mean --output?"),
    ("audit-terminations demo --ouput x.json", "did you mean --output"),
    ("audit-terminations demo -o answer.htm", "end the file in .txt, .md, .csv, .json or .html"),
    ("audit-terminations demo -o answer.yaml", "end the file in .txt, .md, .csv, .json or .html"),
    ("audit-terminations demo --format yaml", "`wbtools audit-terminations --help` explains it"),
    ("audit-terminations demo --format markdown", "did you mean md?"),
    ("audit-terminations demo --json", "did you mean --format json?"),
    ("archive --json", "options go behind its commands, ls and export"),
    ("archive ls --csv", "did you mean --format csv?"),
    ("archive export --format json", "`wbtools archive export --help` explains it"),
    ("audit-terminations demo --plot x.gif", "let the name end in .png, .svg, .pdf: x.svg"),
    ("compare demo --plot plot", "let the name end in .png, .svg, .pdf: plot.svg"),
    ("audit-terminations demo --color yes", "did you mean always?"),
    ("audit-terminations demo --no-color", "did you mean --color never?"),
    # options of others, and of nobody
    ("audit-terminations demo --seeds 1", "it is an option of rank and replicate"),
    ("audit-terminations demo --slurm", "`wbtools audit-terminations --help` lists the options"),
    ("replicate demo --run 5 --slurm", "did you mean --to slurm?"),
    ("replicate demo --run 5 --to bash", "did you mean shell?"),
    ("replicate demo --run 5 --dry-run", "leave it out: wbtools starts no training"),
    ("make-sweep grid --create --dry-run", "without --create nothing is made on W&B"),
    ("lint s.yaml --fix --check", "there is no dry run: without --fix no file is changed"),
    ("fetch a/b/c --dry-run", "fetch writes into the archive, and changes nothing on W&B"),
    ("replicate demo --run 5 --yes", "pass --to enqueue too, or leave --yes out"),
    ("doctor demo --fix", "it is an option of lint"),
    ("rank demo --top 5", "did you mean --limit ROWS?"),
    ("compare demo --by lr", "did you mean --group-by NAME?"),
    ("fetch a/b/c --offline", "expand-grid and 10 more"),
    ("fetch a/b/c --api-key 0123456789", "set WANDB_API_KEY"),
    ("audit-terminations demo -x", "`wbtools audit-terminations --help` lists the options"),
    # parameters
    ("importance demo --parameter lrr", "did you mean 'lr'?"),
    ("importance demo --parameter MISSPELT", "the parameters are 'batch_size', "),
    ("--show-completion zsh", "it is for the shell that runs it: run it alone, in that shell"),
    ("importance demo --without hiden", "did you mean 'hidden'?"),
    ("importance demo --param lr", "did you mean --parameter NAME?"),
    # sweep files
    ("make-sweep --template bayes", "name it right behind the command"),
    ("make-sweep bayes-full --method bayesian", "did you mean bayes?"),
    ("make-sweep bayes-full --run-cap 0", "write a number of at least 1"),
    ("expand-grid g.yaml --output-dir x", "did you mean --out-dir FOLDER?"),
    ("expand-grid g.yaml --only failed", "`wbtools expand-grid --help` explains it"),
    ("forecast s.yaml --run 30", "did you mean --runs?"),
    ("forecast s.yaml --epochs 30", "did you mean --budget REPORTS, in reports of the metric, "),
    ("forecast s.yaml --workers 3", "did you mean --agents NUMBER?"),
    ("lint", "`wbtools lint --help` explains it"),
    ("lint s.yaml --strict", "did you mean --fail-on info?"),
    ("rule wbs12", "did you mean WBS012?"),
    ("rule WBS012 WBS013", "`wbtools rule --help` shows what it takes"),
    # commands
    ("audit demo", "did you mean audit-terminations?"),
    ("gems demo", "`wbtools audit-terminations SWEEP`"),
    ("draw demo", "wbtools plot curves SWEEP"),
    ("share demo", "`wbtools report SWEEP -o page.html`"),
    ("plot demo", "choose one: `wbtools plot --help`"),
    ("export demo", "`wbtools archive export SWEEP"),
    ("download x", "`wbtools fetch SWEEP`"),
    ("sync x", "`wandb sync` uploads run files; `wbtools fetch SWEEP`"),
    ("replay demo", "`wbtools simulate SWEEP`"),
    ("rerun demo", "`wbtools replicate SWEEP --run 8`"),
    ("validate x", "`wbtools lint FILE`"),
    ("check x", "`wbtools doctor SWEEP`"),
    ("grid x", "`wbtools expand-grid FILE`"),
    ("init", "`wbtools make-sweep`"),
    ("sweep x", "`wbtools make-sweep`"),
    ("login", "`wandb login`"),
    ("archive list", "did you mean ls?"),
    ("archive rm x", "`wbtools archive --help` lists the commands"),
    ("demo", "wbtools audit-terminations demo"),
    ("t3xtur35 --run 5", "wbtools audit-terminations t3xtur35 --run 5"),
    ("-v", "`wbtools --version` shows the version"),
    ("--verbose rank demo", "`wbtools --version` shows the version"),
    ("--json rank demo", "options go behind the command"),
    ("--json", "name a command first"),
    ("help rank demo", "`wbtools help rank` shows its help"),
    ("help archive ls x", "`wbtools help archive` shows its help"),
    ("help nothing", "`wbtools --help` lists the commands"),
]


@pytest.mark.parametrize(("line", "helps"), TYPED, ids=[line for line, _ in TYPED])
def test_a_typical_mistake_gets_one_line_that_helps(wbtools, home, monkeypatch, line, helps):
    monkeypatch.setenv("WBTOOLS_CACHE", "off")
    (home / "s.yaml").write_text(SWEEP)
    words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", line)]
    result = wbtools(*words)
    assert (result.code, result.out) == (2, "")
    said, hint = result.err.splitlines()
    assert said.startswith("error: ")
    assert hint.startswith("hint: ")
    assert helps in hint
    for leak in ("Value error", "Input should", "Possible options", "Traceback", "'None'"):
        assert leak not in result.err
    assert sorted(path.name for path in home.iterdir()) == ["s.yaml"]


def test_what_is_given_is_said_harmlessly(wbtools):
    for words in (["audit\x1b[2J"], ["rank", "demo", "--\x1b[2Jx"], ["rank", "--limit", "\x1b[2J"]):
        result = wbtools(*words)
        assert (result.code, "\x1b" in result.err) == (2, False)
    assert "0123" not in wbtools("rank", "demo", "--api-key=0123").err


def test_a_run_of_an_archived_sweep_says_of_which(wbtools, two_runs, monkeypatch):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(two_runs / ".wbtools"))
    page = f"{KEY.base_url}/{KEY.entity}/{KEY.project}/runs/aaaaaaaa?nw=x"
    for command, more in (("verify", " --run aaaaaaaa"), ("rank", "")):
        said = wbtools(command, page)
        assert said.code == 2
        assert f"hint: that is a run of {KEY}: name that{more}\n" in said.err


def test_a_run_of_a_fetched_selection_is_of_its_sweep_alone(wbtools, two_runs, monkeypatch):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(two_runs / ".wbtools"))
    with ArchiveWriter.open(two_runs / ".wbtools") as archive:
        archive.begin(SweepHeader(key=SELECTED))
        pages = [a_page("bbbbbbbb", "loss", [1.0])]
        archive.put_page(SELECTED, RUNS[1:2], pages, cursor=None)
        archive.finish(SELECTED, as_of=WHEN)
    refused = wbtools("rank", f"{KEY.base_url}/{KEY.entity}/{KEY.project}/runs/bbbbbbbb")
    assert f"hint: that is a run of {KEY}: name that\n" in refused.err


def test_help_is_a_command_too(wbtools):
    assert wbtools("help") == wbtools("--help")
    assert wbtools("help", "rank") == wbtools("rank", "--help")
    assert wbtools("help", "archive", "ls").out.startswith("Usage: wbtools archive ls")
    assert wbtools("-V").out == wbtools("--version").out


def test_a_flag_and_the_same_value_may_be_repeated(wbtools):
    again = ("rule", "WBS012"), ("archive", "ls", "-q", "-q", "--limit", "3", "--limit", "3")
    assert [wbtools(*words).code for words in again] == [0, 0]


def test_nothing_is_called_a_misnomer_that_is_a_command():
    assert not set(misnomers.COMMANDS) & {*COMMANDS, "help"}


def test_every_option_that_a_misnomer_offers_is_one():
    from typer.main import get_group

    commands = get_group(command_line()).commands
    leaves = [
        leaf
        for each in commands.values()
        for leaf in getattr(each, "commands", {"": each}).values()
    ]
    options = {name for leaf in leaves for option in leaf.params for name in option.opts}
    offered = {
        meant.split()[0]
        for ways in misnomers.OPTIONS.values()
        for meant in ways
        if meant.startswith("-")
    }
    assert offered <= options
