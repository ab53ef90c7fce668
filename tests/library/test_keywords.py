"""Keywords: the names of the command's options, with one meaning in every function."""

import inspect
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import wbtools as wb
import wbtools.demo
from wbtools.cli.app import command_line
from wbtools.library.keywords import options_as_keywords

DEMO = Path(wbtools.demo.__file__).parent / "textures"
COMMANDS = {
    name: name.replace("_", "-")
    for name in (
        *("rank", "compare", "importance", "doctor", "simulate", "forecast", "replicate"),
        *("verify", "make_sweep", "lint", "expand_grid", "fetch", "report"),
    )
} | {"audit": "audit-terminations"}
OF_THE_LINE = {
    "form", "output", "plot", "force", "color", "quiet", "verbose", "limit",
    "fail_on", "return", "context",
}  # fmt: skip
"""How an answer is laid out, and where it goes."""
OF_SLURM = {
    "time_limit_min", "gpus", "cpus", "mem_gb", "partition", "account", "qos", "array_limit",
    "log", "directives", "setup",
}  # fmt: skip
"""The fields of `SlurmOptions`."""
OTHERWISE = {"filters": "filter", "set_": "set", "setting": "set", "zipped": "zip"}
"""What typer's functions call otherwise than the option is called."""
NOT_IN_THE_LIBRARY = {
    "rank": {"plan"},  # a file of commands
    "verify": {"track_record"},
    "make_sweep": {"create", "entity", "project", "listing", "series"},
}
SEVERAL = {
    "agents",  # what starts them, or how many there are
    "budget", "metric", "rule", "seed_key",  # one, or several
    "group_by", "stopped", "to",  # among other words
    "seeds",  # of commands, or of replicas
    # one, or several that are tried
    "method",  # of a search, or of a projection
    "poll",  # how often W&B's own looks come in a forecast, or those at replicas
    "parameter",  # which are looked at, or what they are to be
    "without",  # a parameter, or a sweep
}  # fmt: skip
"""What a command calls by the same word as another one."""


def options_of(command):
    (registered,) = command_line([command]).registered_commands
    names = set(registered.callback.__annotations__) - OF_THE_LINE
    if names & OF_SLURM:
        names = {*names - OF_SLURM, "slurm"}
    return {OTHERWISE.get(name, name) for name in names}


@pytest.mark.parametrize(("function", "command"), COMMANDS.items(), ids=COMMANDS)
def test_keywords_are_the_options_of_the_command(function, command):
    keywords = set(inspect.signature(getattr(wb, function)).parameters)
    assert keywords == options_of(command) - NOT_IN_THE_LIBRARY.get(function, set())


def test_a_keyword_means_the_same_everywhere():
    meanings = defaultdict(set)
    for function in (*COMMANDS, "load_sweep"):
        for name, parameter in inspect.signature(getattr(wb, function)).parameters.items():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                meanings[name].add((parameter.annotation, parameter.default))
    several = {name for name, found in meanings.items() if len(found) > 1}
    assert several == SEVERAL
    assert {"goal", "offline", "archive", "filter", "tag", "sweep_file"} <= set(meanings) - several


REFUSED = {
    "a word": (lambda: wb.rank("demo", stopped="appart"), "'appart' is not one of", "apart"),
    "a side's word": (lambda: wb.compare("demo", stopped="projected"), "is not one of", "rank"),
    "a stage": (lambda: wb.make_sweep(from_sweep="demo", stage="narow"), "stage", "narrow"),
    "a target": (lambda: wb.replicate("demo", 5, to="bash"), "to 'bash'", None),
    "a method": (lambda: wb.audit("demo", method="learnt"), "method", "learned"),
    "a number": (lambda: wb.simulate("demo", orders=0), "orders=0", "from 1 to"),
    "a share": (lambda: wb.rank("demo", diverse=2, least_distance=2), "least_distance=2", "1"),
    "a budget": (lambda: wb.doctor("demo", budget=-1), "budget=-1", "from 1 to"),
    "no time": (lambda: wb.load_sweep("demo", timeout=0), "timeout=0", "give 0.001 or more"),
    "less than none": (lambda: wb.simulate("demo", top=-1), "top=-1", "give 0 or more"),
    "no sweep": (wb.rank, "no sweep is named", "one sweep"),
    "no file": (wb.lint, "no file is named", "one file"),
    "no run": (lambda: wb.replicate("demo", []), "no run is named", "run=8"),
    "Slurm without a job": (
        lambda: wb.replicate("demo", 5, slurm=wb.SlurmOptions(gpus=1)), "options of Slurm",
        'to="slurm"',
    ),
    "Slurm without agents": (
        lambda: wb.make_sweep(slurm=wb.SlurmOptions(gpus=1)), "options of Slurm",
        'to="slurm"',
    ),
    "a value that is no value": (
        lambda: wb.replicate("demo", 5, set={"lr": object()}), "lr: a value of the type object",
        "a number",
    ),
    "a metric of no recorded sweep": (
        lambda: wb.forecast("plan.yaml", metric="acc"), "like names none", "leave them out",
    ),
    "values for other files": (
        lambda: wb.forecast("plan.yaml", runs=[1, 2]), "runs= is given 2 times for 1 files",
        "once for all",
    ),
    "a template and a sweep": (
        lambda: wb.make_sweep("grid", from_sweep="demo"), "'grid' and from_sweep= demo", "leave",
    ),
    "no grid": (wb.expand_grid, "no grid is named", 'without="SWEEP"'),
    "cells that nothing lacks": (
        lambda: wb.expand_grid("grid.yaml", only="never-run"), "only= chooses among",
        "with without=",
    ),
    "shards of a sweep": (
        lambda: wb.expand_grid("grid.yaml", to="sweep", shards=2), "shards= does not", 'to="slurm"',
    ),
    "Slurm without an array": (
        lambda: wb.expand_grid("grid.yaml", slurm=wb.SlurmOptions(gpus=1)), "options of Slurm",
        'to="slurm"',
    ),
    "all runs and some": (
        lambda: wb.audit("demo", all_runs=True, group="g"), "all_runs=True takes every run",
        "leave one",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_right_is_refused(call, message, hint):
    with pytest.raises(wb.UsageError) as caught:
        call()
    assert message in caught.value.message
    assert hint is None or hint in caught.value.hint


SAID = {
    "name the sweep with --without": "name the sweep with without=",
    "--run-cap 0 cannot be right": "run_cap=0 cannot be right",
    "write --to slurm": 'write to="slurm"',
    "--to (as here)": "to= (as here)",
    "pass --metric NAME:max or NAME:min; no": 'pass metric="NAME:max" or "NAME:min"; no',
    "--metric 'a b:max' and --goal minimize": "metric='a b:max' and goal=\"minimize\"",
    "--nested writes, --nested": "nested=True writes, nested=True",
    "--from a sweep, --all": "from_sweep= a sweep, --all",
    "--mem, --time-limit": "mem_gb=, time_limit_min=",
    "python t.py --lr=0.1 a--to": "python t.py --lr=0.1 a--to",
    "`wbtools rank --metric acc` or `--metric`": "`wbtools rank --metric acc` or `metric=`",
    "--set KEY=VALUE": "set= KEY=VALUE",
}


def test_options_are_called_keywords():
    words = dict.fromkeys(("run_cap", "without", "metric", "from_sweep", "mem_gb", "set"), ())
    words |= {"to": ("slurm",), "goal": ("minimize",), "time_limit_min": (), "nested": ()}
    assert {text: options_as_keywords(text, words, {"nested"}) for text in SAID} == SAID


def test_errors_of_functions_speak_of_keywords():
    with pytest.raises(wb.UsageError) as caught:
        wb.audit("demo", metric="epoch", early_terminate="none")
    error = caught.value
    assert error.hint == 'write metric="epoch:max" or "epoch:min"'
    assert error.__notes__ == [f"hint: {error.hint}"]
    with pytest.raises(wb.UsageError) as caught:
        wb.audit("demo", metric=":max")
    assert str(caught.value) == caught.value.message == "metric=':max' names no metric"


def test_an_error_without_a_hint_stays_without():
    error = wb.UsageError("--run")
    error.reword(str.upper)
    assert (error.message, error.hint, hasattr(error, "__notes__")) == ("--RUN", None, False)


@pytest.mark.parametrize(("function", "command"), COMMANDS.items(), ids=COMMANDS)
def test_numbers_have_the_bounds_of_the_options(function, command):
    (registered,) = command_line([command]).registered_commands
    called = getattr(wb, function)
    needed = ["demo", *([5] if function in {"replicate", "verify"} else [])]
    if function == "make_sweep":
        needed, called = [], partial(called, from_sweep="demo")
    refused = set()
    for name, parameter in inspect.signature(registered.callback).parameters.items():
        (option, *_) = getattr(parameter.annotation, "__metadata__", (None,))
        if name in OF_THE_LINE | OF_SLURM:
            continue
        for bound, step in ((getattr(option, "min", None), -1), (getattr(option, "max", None), 1)):
            if bound is not None:
                with pytest.raises(wb.UsageError, match=f"^{name}=.*cannot be right"):
                    called(*needed, **{name: bound + step})
                refused.add(name)
    assert refused


@pytest.mark.parametrize("chosen", [{"config.hidden": 64}, '{"config.hidden": 64}'])
def test_a_filter_is_a_mapping_or_its_json(chosen):
    audit = wb.audit(DEMO, filter=chosen, metric="val/acc", goal="max", early_terminate="none")
    assert [row.run.config["hidden"] for row in audit.rows] == [64] * 13


def test_values_of_numpy_are_written_as_pythons():
    values = {"lr": np.float32(0.5), "hidden": np.int64(64), "flag": np.bool_(True)}  # noqa: FBT003
    text = wb.replicate("demo", 5, set=values, force_set=True, seeds=np.arange(2)).text
    assert "--lr=0.5" in text
    assert "--hidden=64" in text
    assert "np." not in text


def test_codes_are_one_text_or_several():
    found = [wb.doctor("demo", select=codes).findings for codes in ("wbd212,WBD204", ["WBD212"])]
    assert [[each.code for each in findings] for findings in found] == [
        ["WBD212", "WBD204"],
        ["WBD212"],
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: wbtools.replicate(".", run="5", seed=1), ["'seed'", "did you mean seeds="]),
        (lambda: wbtools.verify("demo", 5, ofline=True), ["'ofline'", "did you mean offline="]),
        (lambda: wbtools.verify(run=5), ["'sweep'", "call it as verify(sweep, ...)"]),
        (lambda: wbtools.verify("demo", 5, zzzz=1), ["verify(): ", "'zzzz'"]),
    ],
    ids=["seed", "offline", "no sweep", "nothing near"],
)
def test_a_call_that_cannot_be_says_what_may_be_meant(call, words):
    with pytest.raises(TypeError) as caught:
        call()
    assert all(word in str(caught.value) for word in words)
