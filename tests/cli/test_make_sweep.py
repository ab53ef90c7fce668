"""`wbtools make-sweep` from the words of the command line to the file."""

import math
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.lint import lint

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "tests" / "data" / "seeds"
EXAMPLES = (ROOT / "sweep_templates" / "EXAMPLES.md").read_text()
COMMANDS = re.findall(r"^wbtools (make-sweep (?!--series).+)$", EXAMPLES, re.MULTILINE)
WANTED = yaml.safe_load((SEEDS / "sweep_requirements.yaml").read_text())
OCR = SEEDS / "ocr_v5inrfwe_runs.csv"


def named(text):
    """The example that writes a sweep of this name."""
    return next(command for command in COMMANDS if f"--name {text} " in command)


def clean(text):
    return [
        finding
        for finding in lint(text.encode(), source="s")
        if finding.severity >= Severity.WARNING
    ]


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: command.split("--name ")[1].split()[0]
)
def test_an_example_is_clean(wbtools, command):
    result = wbtools(*shlex.split(command))
    assert result.code == 0
    assert clean(result.out) == []


def same_parameters(written, wanted):
    for name, body in wanted.items():
        if "values" in body or "value" in body:
            assert written[name] == body
        else:
            kind = {"log": "log_uniform_values", "linear": "uniform"}[body["scale"]]
            assert written[name] == {"distribution": kind, "min": body["min"], "max": body["max"]}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("ocr", WANTED["ocr_v5inrfwe"]),
        ("ocr-refined", WANTED["ocr_v5inrfwe"]["refined"]),
        ("ocr-hybrid", WANTED["ocr_v5inrfwe"]["hybrid"]),
    ],
)
def test_the_ocr_sweeps_are_what_was_required(wbtools, name, wanted):
    result = wbtools(*shlex.split(named(name)))
    file = yaml.safe_load(result.out)
    assert file["run_cap"] == wanted["runs"]
    same_parameters(file["parameters"], wanted["parameters"])
    for key, value in WANTED["ocr_v5inrfwe"]["fixed"].items():
        assert file["parameters"][key] == {"value": value}
    rule = wanted["early_terminate"]
    if rule == "none":
        assert "early_terminate" not in file
        return
    kept = {key: rule[key] for key in ("type", "min_iter", "eta")}
    assert file["early_terminate"] == {**kept, "strict": True}
    assert "s is left out" in result.err
    if "preserve_threshold" in rule:
        assert file["description"] == "never stop a run with val/hmean above 0.965"
        assert "# Wanted: never stop a run with val/hmean above 0.965." in result.out


def test_the_default_template_is_written_with_its_comments(wbtools):
    result = wbtools("make-sweep")
    template = (ROOT / "sweep_templates" / "bayes-hyperband.yaml").read_text()
    assert yaml.safe_load(result.out) == yaml.safe_load(template)
    comments = [line.strip() for line in template.splitlines() if line.strip().startswith("#")]
    assert [x.strip() for x in result.out.splitlines() if x.strip().startswith("#")] == comments


def test_templates_are_listed_found_and_clean(wbtools):
    shown = wbtools("make-sweep", "--list").out
    assert str(ROOT / "sweep_templates" / "EXAMPLES.md") in shown
    names = sorted(path.stem for path in (ROOT / "sweep_templates").glob("*.yaml"))
    assert names == [
        "bayes-full",
        "bayes-hyperband",
        "grid",
        "grid-seeds",
        "hydra-bayes-hyperband",
        "random-hyperband",
    ]
    for name in names:
        assert re.search(rf"^{name}( \(default\))?\n    .*When: ", shown, re.MULTILINE)
        assert clean(wbtools("make-sweep", name).out) == []
        assert clean((ROOT / "sweep_templates" / f"{name}.yaml").read_text()) == []


def test_own_templates_win(wbtools, tmp_path, monkeypatch):
    mine, ours = tmp_path / "mine", tmp_path / "ours"
    for folder, cap in ((mine, 1), (ours, 2)):
        folder.mkdir()
        rest = "program: t.py\nmethod: random\nparameters: {a: {value: 1}}\n"
        (folder / "grid.yaml").write_text(f"# Ours\nrun_cap: {cap}\n{rest}")
    monkeypatch.setenv("WBTOOLS_TEMPLATES", str(ours))
    assert yaml.safe_load(wbtools("make-sweep", "grid").out)["run_cap"] == 2
    from_folder = wbtools("make-sweep", "grid", "--template-dir", mine)
    assert yaml.safe_load(from_folder.out)["run_cap"] == 1
    assert wbtools("make-sweep", "grid", "--template-dir", tmp_path / "no").code == 2
    result = wbtools("make-sweep", "gird")
    assert result.code == 2
    assert "bayes-full" in result.err


STORIES = {
    "a quoted text stays a text": (["-p", "v='0.1'"], {"v": {"value": "0.1"}}),
    "an exponent is a number": (["-p", "v=1e-4"], {"v": {"value": 1e-4}}),
    "a body in W&B's keys": (["-p", "v={min: 1, max: 3}"], {"v": {"min": 1, "max": 3}}),
    "arguments by name": (
        ["-p", "v=uniform(max=2, min=1)"],
        {"v": {"distribution": "uniform", "max": 2, "min": 1}},
    ),
    "probabilities": (
        ["-p", "v=categorical_w_probabilities([a,b],[0.25,0.75])", "--method", "random"],
        {"v": {"values": ["a", "b"], "probabilities": [0.25, 0.75]}},
    ),
    "nested names": (
        ["-p", "m.opt.lr=uniform(0.1,0.2)", "-p", "m.n=3", "--nested"],
        {
            "m": {
                "parameters": {
                    "opt": {
                        "parameters": {"lr": {"distribution": "uniform", "min": 0.1, "max": 0.2}}
                    },
                    "n": {"value": 3},
                }
            }
        },
    ),
}


@pytest.mark.parametrize(("words", "parameters"), STORIES.values(), ids=STORIES.keys())
def test_parameters_in_words(wbtools, words, parameters):
    extra = ["-p", "z=[1,2]"]
    file = yaml.safe_load(wbtools("make-sweep", *words, *extra).out)
    assert file["parameters"] == {**parameters, "z": {"values": [1, 2]}}


WRONG = {
    "no name": ["-p", "=3"],
    "an unknown distribution": ["-p", "a=loguniform(1,2)"],
    "a step is missing": ["-p", "a=q_uniform(1,2)"],
    "bounds the wrong way round": ["-p", "a=uniform(2,1)"],
    "a log of zero": ["-p", "a=log_uniform_values(0,1)"],
    "an argument too many": ["-p", "a=uniform(1,2,3)"],
    "a parameter twice": ["-p", "a=1", "-p", "a=2"],
    "no values": ["-p", "a=[]"],
    "a hostile YAML": ["-p", "a=!!python/object/apply:os.system [ls]"],
    "deep YAML": ["-p", "a=" + "[" * 500],
    "a rule nobody knows": ["--early-terminate", "median(grace=3)"],
    "a rule that cannot run": ["--early-terminate", "hyperband(max_iter=9)"],
    "a metric without a goal": ["--metric", "val/x"],
    "nested for Hydra": ["--nested", "--command-style", "hydra"],
    "a setting without a value": ["--set", "metric"],
    "a text that arrives as a number": ["--set", "parameters.v.value='1e-4'"],
    "a key that W&B refuses": ["--set", "max_runs=3"],
    "a grid of a range": ["--method", "grid"],
    "a template and --from": ["grid", "--from", "demo"],
    "a list without brackets": ["-p", "a=1e-4,1e-2"],
    "a range of Python": ["-p", "a=[1e-4:1e-2]"],
    "a program that a shell would have to run": ["--program", "cd x && python train.py"],
    "an interpreter alone": ["--program", "python"],
    "agents without a file": ["--to", "slurm"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right_is_refused(wbtools, words):
    result = wbtools("make-sweep", *words)
    assert (result.code, result.out) == (2, "")
    assert "hint: " in result.err


@pytest.mark.parametrize(
    ("style", "command"),
    [
        ("argparse", ["${env}", "${interpreter}", "${program}", "${args}"]),
        ("fire", ["${env}", "${interpreter}", "${program}", "${args}"]),
        ("hydra", ["${env}", "${interpreter}", "${program}", "${args_no_hyphens}"]),
        ("function", None),
    ],
)
def test_command_styles(wbtools, style, command):
    result = wbtools("make-sweep", "--command-style", style)
    file = yaml.safe_load(result.out)
    assert file.get("command") == command
    assert ("program" in file) is (style != "function")
    assert clean(result.out) == []


@pytest.mark.parametrize(
    ("strength", "min_iter", "eta"),
    [("conservative", 20, 2), ("balanced", 10, 3), ("aggressive", 5, 4)],
)
def test_strengths_go_by_the_length_of_a_run(wbtools, strength, min_iter, eta):
    file = yaml.safe_load(wbtools("make-sweep", "--early-terminate", strength).out)
    assert file["early_terminate"] == {
        "type": "hyperband",
        "min_iter": min_iter,
        "eta": eta,
        "strict": True,
    }
    words = ["-p", "epochs=200", "-p", "a=[1,2]", "--early-terminate", strength]
    longer = yaml.safe_load(wbtools("make-sweep", *words).out)
    assert longer["early_terminate"]["min_iter"] == 4 * min_iter


def test_settings_reach_any_key(wbtools):
    words = ["--set", "metric.target=1e-3", "--set", "project=ocr", "--set", "run_cap=null"]
    file = yaml.safe_load(wbtools("make-sweep", *words).out)
    assert (file["metric"]["target"], file["project"], "run_cap" in file) == (1e-3, "ocr", False)


def test_a_file_is_not_overwritten_and_the_next_command_is_whole(wbtools, tmp_path):
    path = tmp_path / "my sweep.yaml"
    result = wbtools("make-sweep", "-o", path)
    assert result.out == ""
    assert f"next: wbtools forecast '{path}'\nnext: wandb sweep '{path}'" in result.err
    assert wbtools("make-sweep", "-o", path).code == 2


def test_slurm_agents_without_a_sweep_take_it_as_their_argument(wbtools, tmp_path):
    path = tmp_path / "s.yaml"
    words = ["--name", "a b'; rm -rf ~", "--to", "slurm", "--agents", 3, "--count", 5]
    given = wbtools("make-sweep", "-o", path, *words, "--sbatch=--gres=gpu:1")
    assert given.code == 0
    assert f"the agents' script is {path.with_suffix('.sbatch')}\n" in given.err
    assert f"next: sbatch {path.with_suffix('.sbatch')} ENTITY/PROJECT/SWEEP_ID\n" in given.err
    script = path.with_suffix(".sbatch").read_text()
    assert "#SBATCH --job-name=a-b-rm--rf\n#SBATCH --array=0-2\n" in script
    assert "#SBATCH --gres=gpu:1\n" in script
    assert 'exec wandb agent --count 5 "$wbtools_sweep"' in script
    subprocess.run(["bash", "-n", path.with_suffix(".sbatch")], check=True)
    bad = wbtools("make-sweep", "-o", path, "--force", *words, "--sbatch=-x\nrm")
    assert bad.code == 2


def test_from_the_ocr_runs_keeps_the_best_run_strictly_inside(wbtools, tmp_path):
    sweep = tmp_path / "ocr.yaml"
    sweep.write_text(wbtools(*shlex.split(named("ocr"))).out)
    words = ["make-sweep", "--from", OCR, "--metric", "val/hmean", "--goal", "maximize"]
    best = WANTED["ocr_v5inrfwe"]["replicate_run_8"]["overrides"]
    for more in ([], ["--sweep-file", sweep], ["--sweep-file", sweep, "--stage", "final"]):
        out = wbtools(*words, *more, "--program", "runners/train.py").out
        file = yaml.safe_load(out)
        assert clean(out) == []
        assert "Best: run 8, 0.966, not completed." in out
        for name in ("optimizer.lr", "optimizer.weight_decay", "scheduler.eta_min"):
            body = file["parameters"][f"models.{name}"]
            assert body["min"] < best[f"models.{name}"] < body["max"]
            assert body["distribution"] == "log_uniform_values"
            above = out.split(f"  models.{name}:")[0].splitlines()[-3:]
            assert "top runs (2 of them not completed)" in "".join(above)
        assert file["parameters"]["models.scheduler.T_max"]["values"] == [20, 22, 24]
        assert "24: kept, the best run is among its 5 runs (5 not completed, best 0.966)." in out


def test_from_the_demo_carries_constants_and_attaches_completed_runs(wbtools, tmp_path):
    result = wbtools("make-sweep", "--from", "demo", "-o", tmp_path / "n.yaml", "--run-cap", 20)
    file = yaml.safe_load((tmp_path / "n.yaml").read_text())
    assert file["parameters"]["epochs"] == {"value": 27}
    assert file["run_cap"] == 20
    assert file["early_terminate"]["min_iter"] == 2
    (line,) = [x for x in result.err.splitlines() if x.startswith("next: wandb")]
    assert line.count(" -R ") == 4


def table(path, rows):
    path.write_text("id,lr,layers,seed,acc,state\n" + "\n".join(rows))
    return path


def test_the_same_configuration_is_followed_across_stages(wbtools, tmp_path):
    first = table(
        tmp_path / "8k.csv",
        [
            "aaaaaaa1,0.001,2,1,0.5,finished",
            "aaaaaaa2,0.01,3,1,0.7,killed",
            "aaaaaaa3,0.1,2,1,0.1,finished",
        ],
    )
    second = table(
        tmp_path / "16k.csv",
        [
            "bbbbbbb1,0.001,2,1,0.6,finished",
            "bbbbbbb2,0.01,3,1,0.8,finished",
            "bbbbbbb3,0.02,3,1,0.79,finished",
        ],
    )
    words = ["--from", first, "--from", second, "--metric", "acc", "--goal", "maximize"]
    out = wbtools("make-sweep", *words, "--program", "t.py", "--set", "parameters.state=null").out
    assert f"0.7 (stopped) in {first} -> 0.8 in {second}" in out
    assert f"0.5 in {first} -> 0.6 in {second}" in out
    assert yaml.safe_load(out)["parameters"]["seed"] == {"value": 1}


def test_a_range_leaves_its_bounds_only_when_told_to(wbtools, tmp_path):
    runs = table(
        tmp_path / "runs.csv",
        [f"ccccccc{k},{0.001 * 10 ** (k / 9)},{k % 2},1,{k / 10},finished" for k in range(10)],
    )
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(
        "program: t.py\nmethod: bayes\nmetric: {name: acc, goal: maximize}\nparameters:\n"
        "  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.01}\n"
        "  layers: {values: [0, 1]}\n  seed: {value: 1}\n"
    )
    words = ["make-sweep", "--from", runs, "--sweep-file", sweep]
    result = wbtools(*words)
    assert yaml.safe_load(result.out)["parameters"]["lr"]["max"] == 0.01
    assert "the best run lies at a bound of lr" in result.err
    wide = yaml.safe_load(wbtools(*words, "--extend").out)["parameters"]["lr"]
    assert wide["max"] == pytest.approx(10 ** (-2 + 0.25 * 2), rel=0.01)
    assert math.log(wide["min"]) > math.log(0.001)


@pytest.mark.slow
def test_lookup_works_from_a_wheel(tmp_path):
    """The wheel holds the templates inside the package; a checkout beside it."""
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    unpack = (
        f"import zipfile; zipfile.ZipFile({str(wheel)!r}).extractall({str(tmp_path / 'site')!r})"
    )
    subprocess.run([sys.executable, "-c", unpack], check=True)
    program = (
        "import wbtools, wbtools.app.templates as t\n"
        "print(t.shipped_folder()); print(len(t.templates()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == [str(tmp_path / "site" / "wbtools" / "sweep_templates"), "6"]


def test_lookup_works_from_an_editable_install():
    from wbtools.app.templates import shipped_folder, templates

    assert shipped_folder() == ROOT / "sweep_templates"
    assert len(templates()) == 6


HELP = {
    "lr=log_uniform_values(1e-4,1e-2)": ["-p"],
    "seed=[42,123]": ["-p"],
    "epochs=50": ["--method", "random", "-p"],
    "hyperband(min_iter=10,eta=3)": ["--early-terminate"],
    "top(hyperband(min_iter=10,eta=3),k=3)": ["--guard"],
    "metric.target=0.97": ["--set"],
    "project=ocr": ["--set"],
}


def test_every_example_in_the_help_runs(wbtools):
    shown = " ".join(wbtools("make-sweep", "--help").out.split())
    assert set(re.findall(r"'([^'\s]+=[^'\s]*)'", shown)) == set(HELP)
    for example, words in HELP.items():
        result = wbtools("make-sweep", *words, example)
        assert result.code == 0, result.err
    assert "--sbatch=--gres=gpu:1" in shown
    for strength in ("conservative", "balanced", "aggressive", "none"):
        assert strength in shown
        assert wbtools("make-sweep", "--early-terminate", strength).code == 0
