"""Settings files and `wbtools config` as a shell meets them."""

import json
from pathlib import Path

import pytest

import wbtools as wb
from tests.server.running import running_server
from wbtools.app.create_sweep import create_sweep
from wbtools.sources.wandb_api import changes

DATA = Path(__file__).parents[1] / "data"
OCR = DATA / "seeds" / "ocr_v5inrfwe_runs.csv"
KEY = "0123456789abcdef" * 3
SWEEP = (
    "program: t.py\nmethod: random\nmetric: {name: loss, goal: minimize}\n"
    "parameters: {a: {values: [1, 2]}}\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("WBTOOLS_SETTINGS", raising=False)
    for name in ("WANDB_ENTITY", "WANDB_PROJECT", "WANDB_API_KEY", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("NETRC", str(tmp_path / "home" / ".netrc"))
    monkeypatch.chdir(tmp_path / "work")


def put(text, name="wbtools.toml"):
    Path(name).write_text(text)


def test_a_sweeps_own_metric_is_never_the_files(wbtools):
    before = wbtools("audit-terminations", "demo", "--format", "json").out
    put('metric = "train/loss:min"')
    after = wbtools("audit-terminations", "demo", "--format", "json")
    assert "val/acc" in after.out
    assert "train/loss" not in after.out
    assert json.loads(after.out) | {"sweep": 0} == json.loads(before) | {"sweep": 0}
    assert "metric:" not in after.err
    assert wbtools("rank", "demo", "-q", "--format", "json").out.count("train/loss") == 0


def test_the_files_metric_fills_in_where_nothing_says_one_and_is_said(wbtools):
    nothing = wbtools("audit-terminations", OCR)
    assert nothing.code == 2
    put('[tool.wbtools]\nmetric = "val/hmean:max"', "pyproject.toml")
    for command in ("audit-terminations", "doctor"):
        result = wbtools(command, OCR)
        assert result.code == 0, result.err
        assert "set in ./pyproject.toml" in result.out
        assert result.err.startswith("metric: val/hmean:max (./pyproject.toml)\n")
    ranking = json.loads(wbtools("rank", OCR, "-q", "--format", "json").out)
    assert ranking["metrics"][0]["goal"] == "maximize"
    assert ranking["metric_source"].startswith("set in ./pyproject.toml")
    assert wb.audit(str(OCR)).question.metric_source.startswith("set in ./pyproject.toml")


def test_the_line_wins_and_a_metric_that_was_not_logged_does_not_count(wbtools):
    put('metric = "val/other:max"')
    result = wbtools("audit-terminations", OCR)
    assert result.code == 2
    assert "'val/other' of ./wbtools.toml was not logged" in result.err
    named = wbtools("audit-terminations", OCR, "--metric", "val/hmean:min")
    assert "minimize val/hmean" in named.out
    assert "wbtools.toml" not in named.out + named.err


def test_the_files_goal_is_that_of_its_own_metric_alone(wbtools):
    put('metric = "val/hmean"\ngoal = "min"')
    named = wbtools("audit-terminations", OCR, "--metric", "val/hmean")
    assert "minimize val/hmean" in named.out
    assert "goal minimize: goal in ./wbtools.toml" in " ".join(named.out.split())
    ranked = wbtools("rank", OCR, "--metric", "val/hmean", "--format", "json").out
    assert json.loads(ranked)["metrics"][0]["goal"] == "minimize"
    put('metric = "val/hmean"\ngoal = "max"')  # which is no surprise
    page = " ".join(wbtools("audit-terminations", OCR, "--metric", "val/hmean").out.split())
    first, _, rest = page.partition("What this rests on")
    assert ("goal maximize:" in first, "goal maximize: goal in ./wbtools" in rest) == (False, True)


def test_a_shipped_template_gets_the_metric_and_a_users_own_keeps_its(wbtools):
    put('metric = "val/f1:max"')
    made = wbtools("make-sweep", "random-hyperband")
    assert "name: val/f1" in made.out
    assert "metric: val/f1:max (./wbtools.toml)" in made.err
    Path("own.yaml").write_text(SWEEP)
    assert "name: loss" in wbtools("make-sweep", "own.yaml").out
    assert "name: other" in wbtools("make-sweep", "grid", "--metric", "other:max").out


def test_a_job_for_slurm_is_filled_in_and_every_line_is_said(wbtools):
    put('[slurm]\ngpus = 1\nmem = 16\npartition = "gpu"\nsetup = ["module load cuda"]')
    line = ("replicate", "demo", "--run", "5", "--to", "slurm")
    script = wbtools(*line, "--mem", "32", "--sbatch=--gres=gpu:2")
    assert "#SBATCH --mem=32G" in script.out
    assert "#SBATCH --gres=gpu:2" in script.out
    assert "gpus-per-node" not in script.out
    assert "\nmodule load cuda\n" in script.out
    assert "slurm.setup: module load cuda (./wbtools.toml)\n" in script.err
    assert "slurm.partition: gpu (./wbtools.toml)\n" in script.err
    assert "slurm.gpus" not in script.err
    assert "slurm" not in wbtools("replicate", "demo", "--run", "5").err  # no job, no refusal
    put('[slurm]\nsetup = ["echo \'unfinished"]')
    refused = wbtools(*line)
    assert refused.code == 2
    assert "the settings in ./wbtools.toml, [slurm]: " in refused.err


def test_lint_takes_the_files_rules_unless_the_line_says_others(wbtools):
    Path("s.yaml").write_text(SWEEP)
    found = json.loads(wbtools("lint", "s.yaml", "--format", "json").out)["findings"]
    code = found[0]["code"]
    put(f'[lint]\nignore = ["{code}"]')
    result = wbtools("lint", "s.yaml")
    assert code not in result.out
    assert result.err == f"lint.ignore: {code} (./wbtools.toml)\n"
    assert code in wbtools("lint", "s.yaml", "--select", code).out
    assert not any(each.code == code for each in wb.lint("s.yaml").findings)
    put('[lint]\nselect = ["WBX"]')
    assert (
        "the settings in ./wbtools.toml, [lint]: no finding's code" in wbtools("lint", "s.yaml").err
    )


@pytest.mark.parametrize("words", [["demo"], ["./nowhere"]], ids=" ".join)
def test_a_broken_file_is_said_at_once_and_hinders_no_help(wbtools, words):
    put('metrik = "x"')
    result = wbtools("audit-terminations", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: the settings in ./wbtools.toml: there is no key 'metrik'\n"
        "hint: did you mean metric?\n"
    )
    assert wbtools("audit-terminations", "--help").code == 0
    assert wbtools("--version").code == 0
    assert wbtools("--help").code == 0


def test_the_archive_is_where_the_file_says_unless_the_environment_does(
    wbtools, monkeypatch, tmp_path
):
    put('archive = "kept"')
    assert "home" not in wbtools("archive", "ls").out  # WBTOOLS_ARCHIVE, as in every test
    monkeypatch.delenv("WBTOOLS_ARCHIVE")
    answer = json.loads(wbtools("archive", "ls", "--format", "json").out)
    assert (answer["folder"], answer["chosen_by"]) == (
        str(Path("kept").absolute()),
        "settings file",
    )
    put(f'archive = "{tmp_path}/scratch"')
    listed = wbtools("archive", "ls")
    assert listed.err == f"archive: {tmp_path}/scratch (./wbtools.toml)\n"
    assert wbtools("archive", "ls", "-q").err == ""


def test_entity_and_project_come_behind_the_environment_and_before_wandbs_files(
    wbtools, monkeypatch, tmp_path
):
    monkeypatch.delenv("WBTOOLS_ARCHIVE")
    with running_server() as server:
        for name, value in server.env(tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        for name in ("WANDB_ENTITY", "WANDB_PROJECT"):
            monkeypatch.delenv(name, raising=False)
        put('entity = "of-file"\nproject = "ocr"')
        (tmp_path / "home" / "settings").write_text("[default]\nentity = of-wandb\n")
        monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "home"))
        result = wbtools("audit-terminations", "ab12cd34")
        assert "entity: of-file (./wbtools.toml)" in result.err
        assert "of-file/ocr" in result.err
        monkeypatch.setenv("WANDB_ENTITY", "of-env")
        result = wbtools("audit-terminations", "ab12cd34")
        assert "of-env/ocr" in result.err
        assert "of-file" not in result.err


def test_what_is_created_on_wandb_goes_nowhere_that_a_file_says(monkeypatch):
    put('entity = "stranger"\nproject = "theirs"')
    where = {}
    monkeypatch.setattr(changes, "create_sweep", lambda _config, **place: where.update(place))
    create_sweep({"method": "grid"}, note=print)
    assert (where["entity"], where["project"]) == (None, None)


def test_config_says_what_holds_and_where_it_comes_from(wbtools, monkeypatch, golden):
    put('metric = "val/acc:max"\nentity = "me"\n[slurm]\nsetup = ["module load cuda", "a, b"]\n')
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("WANDB_ENTITY", "you")
    monkeypatch.setenv("WBTOOLS_ARCHIVE", "/scratch/kept")
    monkeypatch.setenv("WBTOOLS_CACHE", "off")
    monkeypatch.setenv("WANDB_BASE_URL", f"https://user:{KEY}@wandb.example")
    page = wbtools("config")
    assert (page.code, page.err) == (0, "")
    golden("config.txt", page.out.partition("\n")[2])
    answers = [wbtools("config", "--format", form).out for form in ("json", "csv", "md", "html")]
    assert not any(KEY in text for text in (page.out, *answers))
    answer = json.loads(answers[0])
    assert (answer["is_signed_in"], answer["sign_in_source"]) == (True, "WANDB_API_KEY")
    rows = {row["key"]: row for row in answer["settings"]}
    assert rows["entity"] | {"remark": ""} == {
        "key": "entity", "value": "you", "values": ["you"], "origin": "environment",
        "where": "WANDB_ENTITY", "remark": "",
    }  # fmt: skip
    assert rows["slurm.setup"]["values"] == ["module load cuda", "a, b"]
    assert wb.config().to_dict() == answer


def test_config_names_a_netrc_and_an_identity_token_without_asking(wbtools, monkeypatch, tmp_path):
    assert "signed in: no" in wbtools("config").out
    Path(tmp_path / "home" / ".netrc").write_text(
        f"machine wandb.example login user password {KEY}\n"
    )
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    assert f"yes, by {tmp_path}/home/.netrc" in " ".join(wbtools("config").out.split())
    Path("token").write_text("a.b.c")
    monkeypatch.setenv("WANDB_IDENTITY_TOKEN_FILE", "token")
    assert "yes, by identity token file token" in wbtools("config").out
    monkeypatch.setenv("WANDB_API_KEY", "short")
    assert "signed in: no" in wbtools("config").out


def test_no_key_and_no_password_that_a_setting_holds_is_shown(wbtools, monkeypatch):
    put(
        '[slurm]\nsetup = ["export WANDB_API_KEY=hidden1", "export https_proxy=http://me:hidden2@p"]\n'
        'sbatch = ["--export=ALL,HF_TOKEN=hidden3"]\n'
    )
    shown = [wbtools("config", "--format", form).out for form in ("text", "json", "csv")]
    script = wbtools("replicate", "demo", "--run", "5", "--to", "slurm")
    assert "hidden1" in script.out  # the script has to hold it
    for text in (*shown, script.err):
        assert "export WANDB_API_KEY=***" in text
        assert "hidden" not in text
    monkeypatch.setenv("WANDB_BASE_URL", "https://me:hidden4@wandb.example")
    assert "hidden" not in wbtools("config", "--format", "json").out
