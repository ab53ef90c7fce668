"""A sweep of replicas: what W&B's agent makes of it is what the script says."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replication.launches import by_config, replication
from tests.replication.test_scripts import CONFIGS, texts
from wbtools.errors import DataError
from wbtools.replication.changes import Changes
from wbtools.replication.command import launch_from_record, launch_from_sweep, launch_of_function
from wbtools.replication.styles import Style
from wbtools.replication.wandb_launcher import LAUNCHER
from wbtools.replication.yaml_targets import dumped, refuse_macro, sweep_yaml
from wbtools.sweepfile.spec import parse_spec

METRIC = {"name": "val/acc", "goal": "maximize"}


def written(what, **more):
    return yaml.safe_load(sweep_yaml(what, sweep_name="again", metric=METRIC, **more))


def agents_words(document, seed):
    """What `wandb agent` would start: `wandb.wandb_agent.Agent._command_run`, SDK 0.31."""
    from wandb.sdk.launch.sweeps import utils

    args = {
        name: {"value": parameter.get("value", seed)}
        for name, parameter in document["parameters"].items()
    }
    macros = utils.create_sweep_command_args({"args": args})
    macros |= {"env": ["/usr/bin/env"], "interpreter": ["python"]}
    words = []
    for word in utils.create_sweep_command(list(document["command"])):
        words += macros[word[2:-1]] if word.startswith("${") and word.endswith("}") else [word]
    return words


@settings(max_examples=80, deadline=None)
@given(
    config=CONFIGS,
    style=st.sampled_from(
        [Style.ARGPARSE, Style.SPACED, Style.FLAGS, Style.FIRE, Style.ABSL, Style.JSON]
    ),
)
def test_the_agent_says_what_the_script_says(config, style):
    config = {k: v for k, v in config.items() if "${" not in str(v)} | {"seed": 0}
    launch = by_config(config, style, "train.py")
    what = replication(launch, Changes(seeds=(42, 123)))
    document = written(what)
    for seed, replica in zip((42, 123), what.replicas, strict=True):
        said = agents_words(document, seed)
        assert said[:2] == ["/usr/bin/env", "WANDB_RUN_GROUP=wbtools-ab12cd34"]
        expected = texts(replica.launch.words())
        if style is Style.JSON:
            assert yaml.safe_load(said[-1]) == yaml.safe_load(expected[-1])
        else:
            assert sorted(said[2:]) == sorted(expected)


def test_no_early_termination_unless_it_is_kept():
    what = replication(by_config({"seed": 0}, Style.ARGPARSE), Changes(seeds=(1, 2)))
    assert "early_terminate" not in written(what)
    rule = {"type": "hyperband", "min_iter": 2}
    assert written(what, early_terminate=rule)["early_terminate"] == rule


def test_recorded_arguments_stand_in_the_command_but_for_those_that_vary():
    argv = ("fit", "--seed", "7", "--lr=0.1", "--verbose")
    what = replication(launch_from_record(("train.py",), argv, {"seed": 7}), Changes(seeds=(1, 2)))
    document = written(what)
    assert document["parameters"] == {"seed": {"values": [1, 2]}}
    assert agents_words(document, 2)[2:] == [
        "python", "train.py", "fit", "--lr=0.1", "--verbose", "--seed", "2",
    ]  # fmt: skip
    bare = written(replication(launch_from_record(("train.py",), argv, {})))
    assert agents_words(bare, 1)[2:] == ["python", "train.py", *argv]


def test_programs_that_are_told_by_wandb_stay_so():
    values = {"lr": 0.1, "nested": {"a": [1]}, "seed": 0}
    document = written(replication(launch_of_function(("t.py",), values), Changes(seeds=(1, 2))))
    assert agents_words(document, 2)[2:] == ["python", "-c", LAUNCHER, "t.py"]
    assert document["parameters"]["seed"] == {"values": [1, 2]}
    assert document["parameters"]["nested"] == {"value": {"a": [1]}}
    spec = parse_spec("program: t.py\ncommand: [python, t.py]\nparameters: {lr: {value: 1}}", "s")
    launch = launch_from_sweep(spec, ("t.py",), {"lr": 1}, "s")
    command = written(replication(launch))["command"]
    assert command == ["${env}", "WANDB_RUN_GROUP=wbtools-ab12cd34", "python", "t.py"]


def test_a_seed_that_is_an_argument_cannot_come_from_wandb_too():
    launch = launch_of_function(("t.py",), {"lr": 0.1, "seed": 0}, ("--sweep", "--seed", "0"))
    document = written(replication(launch))
    assert agents_words(document, 0)[5:] == ["t.py", "--sweep", "--seed", "0"]
    assert document["parameters"] == {"lr": {"value": 0.1}, "seed": {"value": 0}}
    with pytest.raises(DataError, match="other parameters from W&B"):
        written(replication(launch, Changes(seeds=(1, 2))))


def test_secrets_are_macros_of_wandbs():
    document = written(
        replication(by_config({"api_key": "s3cret", "seed": 0}, Style.ARGPARSE), Changes())
    )
    assert "--api_key=${envvar:SECRET_API_KEY}" in document["command"]
    assert "s3cret" not in str(document)


@pytest.mark.parametrize("text", ["${args}", "x ${envvar:HOME}"])
def test_what_wandb_would_take_for_a_macro_is_refused(text):
    what = replication(launch_from_record(("t.py",), (text,), {}))
    with pytest.raises(DataError, match="as a macro"):
        written(what)


@pytest.mark.parametrize(
    "text", ["a" * 900 + " ${envvar:HOME} " + "b" * 900, "${" + "c" * 900 + "}"]
)
def test_of_a_long_text_only_the_macro_is_shown(text):
    with pytest.raises(DataError, match="as a macro") as refused:
        refuse_macro(text)
    assert text[text.index("${") :][:14] in refused.value.message
    assert len(refused.value.message) < 150


@pytest.mark.parametrize(
    "text", ["1e-05", "3e6", "0o17", "-1E3", "1.e5", "12", "yes", "plain", "1e"]
)
def test_a_text_is_a_text_to_every_reader_of_yaml(text):
    line = dumped({"x": text}).removeprefix("x: ").rstrip("\n")
    assert yaml.safe_load(line) == text
    assert (line[0] == "'") is (text not in {"plain", "1e"})


def test_values_that_vary_must_be_sayable():
    what = replication(by_config({"seed": "a", "x": 1}, Style.HYDRA), Changes(seeds=("a b", "c,d")))
    with pytest.raises(DataError, match="agent cannot write"):
        written(what)
