"""`wbtools make-sweep --series`: from one description to its files and later commands."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from wbtools.cli.app import command_line
from wbtools.findings import Severity
from wbtools.sweepfile.lint import lint

ROOT = Path(__file__).parents[2]
SERIES = ROOT / "sweep_templates" / "series"
EXAMPLES = (ROOT / "sweep_templates" / "EXAMPLES.md").read_text()
WANTED = yaml.safe_load((ROOT / "tests/data/seeds/sweep_requirements.yaml").read_text())[
    "polsess_series3"
]
SMALL = """\
name: s
base: {template: random-hyperband, parameters: {lr: 'uniform(0.1,0.2)', epochs: 20}}
members:
  a: {run_cap: 3}
  b: {run_cap: 4, parameters: {epochs: 30, model: big}}
"""


@pytest.fixture
def series(tmp_path, monkeypatch, wbtools):
    """Write a description, and let it be made; the result and the files."""
    monkeypatch.chdir(tmp_path)

    def run(text, *words):
        Path("series.yaml").write_text(text)
        result = wbtools("make-sweep", "--series", "series.yaml", "-o", "out", *words)
        files = Path("out").iterdir() if Path("out").is_dir() else ()
        return result, {path.name: yaml.safe_load(path.read_text()) for path in files}

    return run


def clean(path):
    found = lint(path.read_bytes(), source="s")
    return not [finding for finding in found if finding.severity >= Severity.WARNING]


def test_the_four_model_series_is_what_was_required(wbtools, tmp_path):
    result = wbtools("make-sweep", "--series", SERIES / "four-models.yaml", "-o", tmp_path / "s")
    assert result.code == 0, result.err
    assert {path.stem for path in (tmp_path / "s").iterdir()} == set(WANTED["models"])
    for model, facts in WANTED["models"].items():
        path = tmp_path / "s" / f"{model}.yaml"
        file = yaml.safe_load(path.read_text())
        assert clean(path)
        assert f"wandb sweep {path}\n" in result.out
        assert file["name"] == f"series3-{model}"
        assert file["run_cap"] == facts["runs"]
        assert file["early_terminate"]["min_iter"] == facts["min_iter"]
        assert file["metric"] == {"name": "si_sdr", "goal": "maximize"}
        for name, body in WANTED["parameters"].items():
            kind = {"log": "log_uniform_values", "linear": "uniform"}[body["scale"]]
            written = {"distribution": kind, "min": body["min"], "max": body["max"]}
            assert file["parameters"][name] == written
        fixed = {**WANTED["fixed"], "epochs": facts["epochs"], "model": model}
        for name, value in fixed.items():
            assert file["parameters"][name] == {"value": value}


@pytest.mark.parametrize("path", sorted(SERIES.iterdir()), ids=lambda path: path.stem)
def test_a_shipped_series_is_shown_and_recognised(wbtools, path):
    assert f"```yaml\n{path.read_text()}```" in EXAMPLES
    assert f"series/{path.name}" in EXAMPLES
    result = wbtools("lint", path)
    assert (result.code, result.out.count("WBS")) == (0, 1)
    assert "WBS007" in result.out
    assert "wbtools make-sweep --series" in result.out


def test_a_members_words_win_over_the_bases_one_by_one(series):
    result, files = series(SMALL)
    assert result.code == 0
    assert {name: file["run_cap"] for name, file in files.items()} == {"a.yaml": 3, "b.yaml": 4}
    assert files["a.yaml"]["parameters"]["epochs"] == {"value": 20}
    assert files["b.yaml"]["parameters"] == {
        "lr": {"distribution": "uniform", "min": 0.1, "max": 0.2},
        "epochs": {"value": 30},
        "model": {"value": "big"},
    }
    assert result.out == ("# a\nwandb sweep out/a.yaml\n# b\nwandb sweep out/b.yaml\n")
    assert result.err == "next: wbtools forecast series.yaml\n"


def test_no_file_is_overwritten(series):
    series(SMALL)
    Path("out/b.yaml").write_text("mine")
    Path("out/a.yaml").unlink()
    result, _ = series(SMALL)
    assert result.code == 2
    assert "out/b.yaml exists already" in result.err
    assert not Path("out/a.yaml").exists()
    assert series(SMALL, "--force")[0].code == 0


def test_a_series_is_not_written_over_its_own_description(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SMALL)
    result = wbtools("make-sweep", "--series", "a.yaml", "-o", ".", "--force")
    assert result.code == 2
    assert Path("a.yaml").read_text() == SMALL


HOSTILE = {
    "a folder above": ("../../x", "x.yaml"),
    "an absolute path": ("/etc/passwd", "etc-passwd.yaml"),
    "a hidden file": (".bashrc", "bashrc.yaml"),
    "an option": ("-rf", "rf.yaml"),
    "a command": ("a; rm -rf ~ #", "a-rm--rf.yaml"),
    "a line end": ("a\\nrm x", "a-rm-x.yaml"),
    "an escape sequence": ("a\\e[31m", "a-31m.yaml"),
    "a long name": ("x" * 500, f"{'x' * 80}.yaml"),
    "a backslash": ("a\\\\..\\\\b", "a-..-b.yaml"),
}


@pytest.mark.parametrize(("name", "file"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_members_name_leads_nowhere_and_runs_nothing(series, name, file):
    result, files = series(SMALL.replace("  a:", f'  "{name}":'))
    assert result.code == 0, result.err
    assert set(files) == {file, "b.yaml"}
    assert set(Path().iterdir()) == {Path("out"), Path("series.yaml")}
    assert "\x1b" not in result.out
    for line in result.out.splitlines():
        assert line.startswith("#") or shlex.split(line)[:2] == ["wandb", "sweep"]


STAGES = """\
name: s
base: {template: bayes-hyperband, metric: reward, goal: maximize, hours_per_run: 1}
members:
  2k: {run_cap: 40, parameters: {lr: 'uniform(0.1,0.2)', note: {value: "it's; a b"}, epochs: 27}}
  4k:
    narrows: 2k
    stage: wide
    margin: 0.5
    run_cap: 30
    first_band: 3
    parameters: {note: {value: '1e-4,1e-2'}, size: [1, 2]}
    set: {project: 'a b'}
  8k: {narrows: 4k, stage: final, extend: true}
"""


def test_later_stages_are_commands_that_write_them(series, wbtools):
    result, files = series(STAGES)
    assert result.code == 0, result.err
    assert set(files) == {"2k.yaml"}
    lines = result.out.splitlines()
    assert lines[1] == "wandb sweep out/2k.yaml"
    assert lines[2].startswith("# 4k, once 2k has run: SWEEP is")
    later = [shlex.split(line) for line in lines if line.startswith("wbtools make-sweep --from")]
    assert len(later) == 2
    for words in later:
        told = ["demo" if word == "SWEEP" else word for word in words[1:]]
        assert wbtools(*told).code == 0
    fourth = yaml.safe_load(Path("out/4k.yaml").read_text())
    assert fourth["name"] == "s-4k"
    assert (fourth["run_cap"], fourth["project"]) == (30, "a b")
    assert fourth["early_terminate"]["min_iter"] == 3
    assert fourth["parameters"]["note"] == {"value": "1e-4,1e-2"}
    assert fourth["parameters"]["size"] == {"values": [1, 2]}
    eighth = yaml.safe_load(Path("out/8k.yaml").read_text())
    assert "early_terminate" not in eighth
    assert eighth["run_cap"] == 10


def test_the_shipped_stages_can_be_followed(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = wbtools("make-sweep", "--series", SERIES / "stages.yaml", "-o", "stages", "-q")
    assert (result.code, result.err) == (0, "")
    assert [path.name for path in Path("stages").iterdir()] == ["2k.yaml"]
    assert re.findall(r"--parameter (\S+)", result.out) == ["samples=4000", "samples=8000"]


WRONG = {
    "an unknown key": ("run_cap: 3", "run_caps: 3", "did you mean run_cap?"),
    "a parameter beside the keys": ("run_cap: 3", "epochs: 3", "parameters: {epochs"),
    "an unknown key at the top": ("name: s", "nam: s", "did you mean name?"),
    "a cap that is no number": ("run_cap: 3", "run_cap: many", "must be a whole number from 1"),
    "a cap of nothing": ("run_cap: 3", "run_cap: 0", "must be a whole number from 1"),
    "a truth for a cap": ("run_cap: 3", "run_cap: true", "must be a whole number from 1"),
    "an unknown goal": ("run_cap: 3", "goal: up", "one of minimize, maximize"),
    "a name twice": ("  b:", "  a:", "is given twice"),
    "a name twice in the file's name": ("  b:", "  A:", "would be the same file"),
    "a name that is true": ("  b:", "  yes:", "cannot be called true"),
    "a name of nothing": ("  b:", "  '///':", "no file can be called"),
    "a member that is a list": ("{run_cap: 3}", "[3]", "is not a mapping"),
    "no members": ("members:", "others:", "no members"),
    "an unknown template": ("random-hyperband", "../secret.yaml", "there is no template"),
    "a template that is a file": ("random-hyperband", "series.yaml", "there is no template"),
    "a text that is a list": ("'uniform(0.1,0.2)'", "'0.1,0.2'", "lr: [0.1,0.2]"),
    "an unknown distribution": ("uniform(", "loguniform(", "log_uniform_values"),
    "a first band without a rule": (
        "run_cap: 3",
        "early_terminate: none, first_band: 3",
        "goes with a rule",
    ),
    "a first band beside max_iter": (
        "run_cap: 3",
        "early_terminate: 'hyperband(max_iter=9,s=2)', first_band: 3",
        "goes with",
    ),
    "a rule nobody knows": ("run_cap: 3", "early_terminate: median(grace=3)", "only hyperband"),
    "a language": ("epochs: 20", "lang: [no, de]", "no is false to YAML"),
    "a member's word": ("model: big", "model: on", "on is true to YAML"),
    "a number in base 60": ("epochs: 20", "epochs: 1:30", "base 60"),
    "exponents that are values": ("uniform(0.1", "log_uniform(0.1", "log_uniform_values(0.1,0.2)"),
    "what W&B refuses": ("run_cap: 3", "method: grid", "a grid cannot hold"),
    "what W&B does not know": ("run_cap: 3", "set: {max_runs: 3}", "did you mean 'run_cap'?"),
    "a stage without a sweep before": ("run_cap: 3", "stage: wide", "narrows: NAME"),
    "a sweep that comes later": ("run_cap: 3", "narrows: b", "no member before it"),
    "a sweep after itself": ("run_cap: 3", "narrows: a", "no member before it"),
    "a metric of its own": ("run_cap: 4", "narrows: a, metric: x", "comes from a"),
    "hours of nothing": ("run_cap: 3", "hours_per_run: 0", "a positive number"),
    "hours without end": ("run_cap: 3", "hours_per_run: .inf", "a positive number"),
    "a ratio by nothing": ("run_cap: 3", "reports_per_epoch: 1/0", "fraction such as 1/3"),
    "a bomb": ("name: s", "name: &a [&b [x,x], *b, *b]\nx: [*a, *a, *a]", "is not a key"),
    "itself": ("{run_cap: 3}", "&x [*x]", "not YAML"),
    "deep": ("{run_cap: 3}", "[" * 60 + "]" * 60, "not YAML"),
    "code": ("{run_cap: 3}", "!!python/object/apply:os.system [ls]", "not YAML"),
    "bytes": ("name: s", "name: \x00", "not YAML"),
}


@pytest.mark.parametrize(("old", "new", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right_is_refused_and_nothing_written(series, old, new, why):
    assert old in SMALL
    result, files = series(SMALL.replace(old, new, 1))
    assert result.code == 3, (result.out, result.err)
    assert why in result.err
    assert "hint: " in result.err
    assert (result.out, files) == ("", {})


def test_a_description_of_a_thousand_sweeps_is_refused(series):
    many = "\n".join(f"  m{k}: {{}}" for k in range(1000))
    result, files = series(f"members:\n{many}\n")
    assert (result.code, files) == (3, {})
    assert "1 to 200" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["grid"], ["-p", "a=1"], ["--from", "demo"], ["--name", "x"], ["--create"],
        ["--run-cap", 3], ["--preserve", 0], ["--nested"], ["--to", "slurm"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_the_description_says_all(series, words):
    result, files = series(SMALL, *words)
    assert (result.code, files) == (2, {})
    assert "--series takes" in result.err


def test_it_goes_into_a_folder(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(SMALL)
    assert "-o names no folder" in wbtools("make-sweep", "--series", "s.yaml").err
    assert "is not a folder" in wbtools("make-sweep", "--series", "s.yaml", "-o", "s.yaml").err
    assert "cannot be made" in wbtools("make-sweep", "--series", "s.yaml", "-o", "x/y").err
    assert wbtools("make-sweep", "--series", "no.yaml", "-o", "x").code == 2
    assert {path.name for path in Path().iterdir()} == {"s.yaml"}


CHOICES = {
    "goal": "minimize", "method": "grid", "command_style": "fire", "stage": "wide",
    "agents": "slurm",
}  # fmt: skip


def test_every_option_is_taken_or_refused(wbtools, tmp_path):
    """No option is passed over without a word."""
    command = typer.main.get_command(command_line()).commands["make-sweep"]
    (tmp_path / "s.yaml").write_text(SMALL)
    taken = set()
    for option in command.params:
        if option.name in {"series", "output", "listing", "template"}:
            continue
        words = [option.opts[0]]
        if not option.is_flag and option.name != "verbose":
            words.append(
                CHOICES.get(option.name, "3" if option.name != "template_dir" else tmp_path)
            )
        line = ("--series", tmp_path / "s.yaml", "-o", tmp_path / option.name, *words)
        result = wbtools("make-sweep", *line)
        if result.code == 0:
            taken.add(option.name)
        else:
            assert (result.code, option.opts[0] in result.err) == (2, True), (words, result.err)
            assert not (tmp_path / option.name).exists()
    assert taken == {"template_dir", "force", "quiet", "verbose"}


def test_the_answer_is_printed_and_nothing_is_written(series):
    result, files = series(SMALL + "  c: {narrows: a, stage: final}\n", "--format", "json")
    assert (result.code, files) == (0, {})
    answer = json.loads(result.out)
    assert [sweep["file"] for sweep in answer["sweeps"]] == [
        "out/a.yaml",
        "out/b.yaml",
        "out/c.yaml",
    ]
    assert [sweep["later"] is None for sweep in answer["sweeps"]] == [True, True, False]
    assert answer["sweeps"][2]["later"].startswith("wbtools make-sweep --from SWEEP")
    lengths = [p["value"] for p in answer["parameters"] if p["parameter"] == "epochs"]
    assert lengths == [20, 30, 20]
    assert "next: wbtools forecast series.yaml" in result.err
