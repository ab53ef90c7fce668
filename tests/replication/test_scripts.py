"""What the scripts pass on, seen by a program under real shells: exactly the configuration."""

import json
import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replication.launches import (
    by_config,
    play,
    replication,
    run_of,
    shellcheck,
    slurm_script,
    with_stub,
)
from wbtools.errors import DataError
from wbtools.replication.changes import Changes
from wbtools.replication.command import launch_from_record, launch_from_sweep
from wbtools.replication.script import all_words
from wbtools.replication.shell_target import shell_script
from wbtools.replication.styles import Style, words_of
from wbtools.replication.words import secrets_in, variables_in
from wbtools.replication.yaml_targets import plain_yaml
from wbtools.sweepfile.spec import parse_spec

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "it's; touch pwned",
    'a "quoted" $HOME',
    "line\nend\n",
    "\n\n",
    "-rf",
    "--help",
    "\x1b]0;owned\x07",
    "a\u202eb\u200b",
    "\u201ccurly\u201d",
    "\u0440\u0430\u0443\u0440\u0430l",
    "名前 größe",
    "a\\nb\\",
    "%s%d%%",
    "*",
    "~/x",
    "!!",
    "",
    " ",
    "\t",
    "'",
    "a=b",
    "\udcff",
    "\u00a0",
    "\U0001f600",
    "#SBATCH --exclusive",
    "\n#SBATCH --exclusive",
]
TEXTS = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)


def names_no_secret(name):
    """Values under other names are left to the environment."""
    return not re.search("key|pass|token|auth|pat|pwd|dsn", name)


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,6}(\.[a-z]{1,3})?", fullmatch=True)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=2)
    ),
    max_leaves=4,
)
CONFIGS = st.dictionaries(
    NAMES.filter(names_no_secret),
    VALUES,
    min_size=1,
    max_size=5,
)
FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def texts(words):
    return ["".join(part for part in word) for word in words]


@FEW
@given(config=CONFIGS, name=TEXTS, shell=st.sampled_from(["bash", "dash"]))
def test_any_configuration_reaches_the_program_under_bash_and_dash(tmp_path, config, name, shell):
    for style in (Style.ARGPARSE, Style.SPACED, Style.FIRE):
        launch = by_config(config, style)
        script = shell_script(replication(launch, run=run_of(name=name), head=()))
        (record,) = play(script, tmp_path, shell)
        assert record["argv"] == texts(words_of(style, config))
        assert record["env"]["WANDB_NAME"] == f"{name}-replica"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["record.py", "recorded.jsonl"]


def replication_of(config, style, **facts):
    return replication(by_config(config, style), **facts)


@pytest.mark.slow
@FEW
@given(config=CONFIGS, shell=st.sampled_from(["bash", "dash"]))
def test_json_and_configuration_files_hold_equal_values(tmp_path, config, shell):
    (record,) = play(shell_script(replication_of(config, Style.JSON)), tmp_path, shell)
    assert repr(json.loads(record["argv"][0])) == repr(config)
    (record,) = play(shell_script(replication_of(config, Style.JSON_FILE)), tmp_path, shell)
    assert repr(json.loads(record["file"])) == repr(config)


@FEW
@given(config=CONFIGS.filter(lambda c: "\\udc" not in repr(c)))
def test_the_plain_configuration_is_read_back_as_it_was(config):
    assert repr(yaml.safe_load(plain_yaml(replication_of(config, Style.JSON)))) == repr(config)


@pytest.mark.slow
@FEW
@given(config=CONFIGS)
def test_an_array_task_gets_the_same_words_as_a_script(tmp_path, config):
    what = replication(
        by_config(config | {"seed": 0}, Style.ARGPARSE), Changes(seeds=(1, 2), seed_key="seed")
    )
    script = slurm_script(what, gpus=1)
    by_task = [play(script, tmp_path, "bash", SLURM_ARRAY_TASK_ID=str(k)) for k in range(2)]
    in_a_row = play(shell_script(what), tmp_path)
    assert [record for (record,) in by_task] == in_a_row


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_hostile_text_is_inert_everywhere_and_linters_agree(tmp_path, value):
    run = run_of(id=value or "x", name=value)
    launch = by_config({"text": value, "seed": 0}, Style.ARGPARSE)
    what = replication(
        launch,
        Changes(seeds=(1, 2)),
        run,
        project=value,
        entity=value,
        head=(f"Run {value}", value),
        notes=(value, f"git {value}"),
    )
    shell, slurm = shell_script(what), slurm_script(what, partition="gpu")
    shellcheck(shell, slurm)
    for script in (shell, slurm, plain_yaml(what)):
        for line in script.split("\n"):
            assert line.replace("\t", "").replace("\u00a0", "").isprintable()
            assert line.startswith("# ") or line.isprintable()
            if line.startswith("#SBATCH"):
                assert re.fullmatch(r"#SBATCH --[a-z-]+=[\w%.,-]+", line)
    records = play(shell, tmp_path, "dash")
    assert [record["argv"][0] for record in records] == [f"--text={value}"] * 2
    assert records[0]["env"]["WANDB_RUN_GROUP"] == f"wbtools-{value or 'x'}"
    assert records[0]["env"]["WANDB_PROJECT"] == (value or None)
    assert not (tmp_path / "pwned").exists()
    assert yaml.safe_load(plain_yaml(what).split("---")[0])["text"] == value


def test_stdin_stays_the_scripts_own(tmp_path):
    (tmp_path / "read.py").write_text("import sys; print(len(sys.stdin.read()))")
    what = replication(
        launch_from_record(("record.py",), ("--seed", "1"), {"seed": 1}), Changes(seeds=(1, 2, 3))
    )
    assert len(play(shell_script(what), tmp_path, "bash")) == 3
    assert "</dev/null" in shell_script(what)


@pytest.mark.parametrize("value", ["a\0b", "\ud83d"], ids=ascii)
def test_what_no_command_line_can_carry_is_refused_and_json_carries_it(tmp_path, value):
    with pytest.raises(DataError, match="no command line can carry") as caught:
        shell_script(replication_of({"x": value}, Style.ARGPARSE))
    assert "--style json" in caught.value.hint
    (record,) = play(shell_script(replication_of({"x": value}, Style.JSON)), tmp_path)
    assert json.loads(record["argv"][0]) == {"x": value}
    assert yaml.safe_load(plain_yaml(replication_of({"x": value}, Style.JSON))) == {"x": value}


def test_an_option_that_cannot_be_said_is_refused():
    for name in ("a=b", "", "-x", "a b"):
        with pytest.raises(DataError, match="cannot be an option's name"):
            shell_script(replication_of({name: 1}, Style.ARGPARSE))


SECRETS = {"api_key": "s3cret", "db": "postgres://me:hunter2@db/x", "lr": 0.1}
SET = {"SECRET_API_KEY": "mine", "SECRET_DB": "yours"}


@pytest.mark.parametrize("style", list(Style))
def test_secrets_are_left_to_the_environment_and_named(tmp_path, style):
    script = shell_script(replication_of(SECRETS, style))
    assert "s3cret" not in script
    assert "hunter2" not in script
    assert "SECRET_API_KEY" in script
    shellcheck(script)
    if style is Style.CONFIG:
        return
    (record,) = play(script, tmp_path, **SET)
    got = " ".join(record["argv"]) + str(record["file"])
    assert "mine" in got
    assert "yours" in got


HARD_SECRETS = ['say "x"', "a\\b\\", "line\nend\n\n", "\ttab\r", "$(touch pwned)", "&/%s", "ü 名"]


@pytest.mark.parametrize("style", [Style.JSON, Style.JSON_FILE, Style.CONFIG])
@pytest.mark.parametrize("secret", HARD_SECRETS)
@pytest.mark.parametrize("target", [shell_script, slurm_script])
def test_json_holds_whatever_a_secret_is(tmp_path, style, secret, target):
    values = {"api_key": "s3cret", "lr": 0.1}
    script = target(replication_of(values, style))
    shellcheck(script)
    shell = ("bash",) if target is slurm_script else ("sh",)
    env = {"SECRET_API_KEY": secret, **with_stub(tmp_path)}
    (record,) = play(script, tmp_path, *shell, **env)
    if style is Style.CONFIG:
        assert yaml.safe_load(record["file"]) == {
            "api_key": {"value": secret}, "lr": {"value": 0.1}
        }  # fmt: skip
    text = record["argv"][0] if style is Style.JSON else record["file"]
    read = json.loads(text)
    assert (read["api_key"]["value"] if style is Style.CONFIG else read["api_key"]) == secret
    assert not (tmp_path / "pwned").exists()


def test_a_missing_secret_in_json_is_named_before_anything_starts(tmp_path):
    script = shell_script(replication_of(SECRETS, Style.JSON_FILE))
    with pytest.raises(AssertionError, match="SECRET_API_KEY: set it"):
        play(script, tmp_path)


def test_a_missing_secret_stops_the_script_before_anything_starts(tmp_path):
    script = shell_script(replication_of(SECRETS, Style.ARGPARSE))
    with pytest.raises(AssertionError, match="SECRET_API_KEY"):
        play(script, tmp_path)
    assert not (tmp_path / "recorded.jsonl").exists()


def test_a_variable_that_the_sweeps_command_reads_is_no_secret(tmp_path):
    text = "command: [python, record.py, '--root=${envvar:DATA_ROOT}/x', '--odd=${envvar:1A}']"
    spec = parse_spec(f"{text}\nparameters: {{lr: {{value: 1}}}}", "s.yaml")
    what = replication(launch_from_sweep(spec, None, {}, "s.yaml"))
    script = shell_script(what)
    assert ': "${DATA_ROOT?set it: the command of the sweep reads it}"' in script
    assert "secret" not in script
    assert secrets_in(all_words(what)) == ()
    assert variables_in(all_words(what)) == ("DATA_ROOT",)
    shellcheck(script)
    for root in ("/d $(x)", ""):
        (record,) = play(script, tmp_path, DATA_ROOT=root)
        assert record["argv"] == [f"--root={root}/x", "--odd=${envvar:1A}"]
    with pytest.raises(AssertionError, match="DATA_ROOT: set it"):
        play(script, tmp_path)


def test_recorded_arguments_hide_their_secrets_too():
    argv = ("--token", "s3cret", "--api-key=s3cret", "a://me:s3cret@h", "--lr", "0.1", "--key")
    script = shell_script(replication(launch_from_record(("t.py",), argv, {})))
    assert "s3cret" not in script
    assert "--lr 0.1" in script
    for name in ("SECRET_TOKEN", "SECRET_ARGUMENT_3"):
        assert name in script


FAKE_SBATCH = """\
#!/bin/bash
# What sbatch does with an array, one task after the other.
script=$1
array=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$script")
for task in $(seq 0 "${array:-0}"); do
  SLURM_ARRAY_TASK_ID=$task bash "$script" || exit 1
done
"""


def test_a_fake_sbatch_runs_the_array(tmp_path):
    what = replication(
        by_config({"seed": 0, "fold": 0, "lr": 0.0005134333170096499}, Style.HYDRA),
        Changes(seeds=(42, 123), folds=(0, 1)),
    )
    script = slurm_script(
        what, time_limit_min=120, gpus=1, mem_gb=32, partition="gpu,long", array_limit=2
    )
    for line in (
        "#SBATCH --array=0-3%2", "#SBATCH --time=120", "#SBATCH --mem=32G",
        "#SBATCH --gpus-per-node=1", "#SBATCH --partition=gpu,long",
    ):  # fmt: skip
        assert line in script.splitlines()
    shellcheck(script)
    (tmp_path / "job.sh").write_text(script)
    (tmp_path / "sbatch").write_text(FAKE_SBATCH)
    records = play("", tmp_path, "bash", "sbatch", "job.sh")
    assert [record["argv"][:2] for record in records] == [
        [f"seed={seed}", f"fold={fold}"] for seed in (42, 123) for fold in (0, 1)
    ]
    assert {record["argv"][2] for record in records} == {"lr=0.0005134333170096499"}
    assert len({record["env"]["WANDB_NAME"] for record in records}) == 4
    assert {record["env"]["WANDB_RUN_GROUP"] for record in records} == {"wbtools-ab12cd34"}
