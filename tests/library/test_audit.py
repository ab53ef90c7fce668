"""`load_sweep` and `audit`: the numbers and the errors of the command line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import wbtools
from tests.answers.samples import from_curves, rising
from tests.readme import output
from wbtools.model import Goal

OCR = Path(__file__).parents[1] / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
CASES = {
    "the demo": ("demo", {}),
    "another rule": ("demo", {"early_terminate": "hyperband(min_iter=9,eta=3,strict=false)"}),
    "another bar and budget": ("demo", {"target": 0.565, "budget": 30}),
    "everything said": (
        "demo",
        {"metric": "val/acc", "goal": "maximize", "early_terminate": "none"},
    ),
    "a run table": (str(OCR), {"metric": "val/hmean", "goal": "maximize"}),
}


def numbers(text):
    """An audit as a document, without the moment at which it was made."""
    document = json.loads(text)
    assert document["sweep"].pop("as_of")
    return document


@pytest.mark.parametrize(("reference", "options"), CASES.values(), ids=CASES)
def test_library_and_command_line_give_the_same_numbers(reference, options):
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    printed = numbers(output(["audit-terminations", reference, *words, "--format", "json"]))
    assert numbers(wbtools.audit(reference, **options).to_json()) == printed
    sweep = wbtools.load_sweep(reference)
    loaded = numbers(wbtools.audit(sweep, **options).to_json())
    for run in printed["runs"]:  # a sweep that is loaded says of no folder to look into
        run["checkpoint_looked_for"] = False
    assert loaded == printed


def test_a_path_object_is_a_reference():
    sweep = wbtools.load_sweep(OCR)
    assert len(sweep.runs) == 12
    audit = wbtools.audit(OCR, metric="val/hmean", goal=Goal.MAXIMIZE)
    assert [row.run.id for row in audit.rows] == [run.id for run in sweep.runs]


@pytest.mark.parametrize(
    ("metrics", "loaded"),
    [
        pytest.param(
            None, ["val/acc", "epoch", "lr"], id="by default its own, the epoch, the learning rate"
        ),
        pytest.param("train/loss", ["train/loss"], id="a single name is one metric"),
        pytest.param(["val/acc", "train/loss"], ["val/acc", "train/loss"], id="several"),
        pytest.param([], [], id="none"),
    ],
)
def test_the_metrics_that_are_asked_for_are_loaded(metrics, loaded):
    assert list(wbtools.load_sweep("demo", metrics).curves) == loaded


@pytest.mark.parametrize("metrics", ["train/loss", []], ids=["another metric", "no metric"])
def test_a_sweep_without_the_metric_is_no_run_table(metrics):
    with pytest.raises(wbtools.UsageError, match="loaded without curves of 'val/acc'") as caught:
        wbtools.audit(wbtools.load_sweep("demo", metrics))
    assert caught.value.hint == "load it with metrics=['val/acc']"


def test_runs_can_be_left_out_before_an_audit():
    sweep = wbtools.load_sweep("demo")
    curves = sweep.curves["val/acc"]
    first = replace(
        curves,
        run_ids=curves.run_ids[:20],
        **{
            name: getattr(curves, name)[:20].copy()
            for name in (
                "values", "steps", "times_s", "n_reports", "n_nonfinite", "first_nonfinite_step"
            )
        },
    )  # fmt: skip
    audit = wbtools.audit(replace(sweep, runs=sweep.runs[:20], curves={"val/acc": first}))
    assert len(audit.rows) == 20
    assert audit.question.rule.source == "sweep.yaml"


def test_a_sweep_that_came_from_nowhere_is_audited_if_all_is_said():
    sweep = from_curves([rising(0.9, 0.1, 22), rising(0.8, 0.1, 10)]).sweep
    nowhere = replace(sweep, ref=replace(sweep.ref, path="/no/such/folder"))
    said = {"metric": "val/hmean", "goal": "maximize"}
    audit = wbtools.audit(nowhere, **said, early_terminate="hyperband(min_iter=10,eta=2)")
    assert audit.question.metric.name == "val/hmean"
    with pytest.raises(wbtools.UsageError, match="no file or folder"):
        wbtools.audit(nowhere, **said)


BAD = {
    "no such path": (("./nowhere",), {}, "UsageError", "there is no file or folder"),
    "a metric that nobody logged": (
        ("demo",),
        {"metric": "val_acc", "goal": "maximize"},
        "DataError",
        "'val_acc'",
    ),
    "an unknown goal": (("demo",), {"metric": "val/acc", "goal": "up"}, "UsageError", "'up'"),
    "a rule with a typing error": (
        ("demo",),
        {"early_terminate": "hyperband(min_itr=2)"},
        "UsageError",
        "min_itr",
    ),
    "a target that nothing beats": (("demo",), {"target": np.nan}, "UsageError", "target=nan"),
    "a budget of nothing": (("demo",), {"budget": 0}, "UsageError", "budget=0"),
    "a sweep file that is not there": (("demo",), {"sweep_file": "no.yaml"}, "UsageError", "no"),
}


@pytest.mark.parametrize(("words", "options", "kind", "said"), BAD.values(), ids=BAD)
def test_errors_are_those_of_the_command_line(words, options, kind, said):
    with pytest.raises(getattr(wbtools, kind)) as caught:
        wbtools.audit(*words, **options)
    assert isinstance(caught.value, wbtools.WbtoolsError)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_metric_that_is_not_loaded_and_misspelled_is_guessed():
    with pytest.raises(wbtools.UsageError) as caught:
        wbtools.audit(wbtools.load_sweep("demo"), metric="val_acc", goal="maximize")
    assert caught.value.hint == "did you mean 'val/acc'?"


@pytest.mark.parametrize("goal", ["max", "maximize", Goal.MAXIMIZE])
def test_a_goal_has_a_short_word(goal):
    audit = wbtools.audit("demo", metric="val/acc", goal=goal, early_terminate="none")
    assert audit.question.metric.goal is Goal.MAXIMIZE


def test_runs_of_a_loaded_sweep_are_not_chosen_again():
    with pytest.raises(wbtools.UsageError, match="this one was"):
        wbtools.audit(wbtools.load_sweep("demo"), group="g1")


def test_a_loaded_sweep_is_refused_where_one_is_opened():
    with pytest.raises(wbtools.UsageError, match="in memory") as caught:
        wbtools.rank(wbtools.load_sweep("demo"))
    assert "'demo" in caught.value.hint


def test_one_run_is_shown_alone_and_is_refused_before_curves_are_read():
    sweep = wbtools.load_sweep("demo")
    for source in ("demo", sweep):
        audit = wbtools.audit(source, run="ivory-sweep-5")
        assert audit.run.run.number == 5
        assert [row["run_number"] for row in audit.to_dict()["runs"]] == [5]
        assert audit.to_frame()["run_number"].tolist() == [5]
        assert len(audit.rows) == 36
        with pytest.raises(wbtools.UsageError, match="no run '99'"):
            wbtools.audit(source, run=99)


@pytest.mark.parametrize("show_secrets", [False, True])
def test_what_an_answer_shows_is_masked_and_its_attributes_are_data(show_secrets):
    sweep = wbtools.load_sweep("demo")
    secret = [replace(run, config={**run.config, "api_key": "hunter2"}) for run in sweep.runs]
    audit = wbtools.audit(replace(sweep, runs=tuple(secret)), show_secrets=show_secrets)
    assert audit.rows[0].run.config["api_key"] == "hunter2"
    for text in (str(audit.to_dict()), audit.to_json(), audit.to_csv(), audit.to_frame().to_csv()):
        assert "api_key" in text
        assert ("hunter2" in text) is show_secrets
