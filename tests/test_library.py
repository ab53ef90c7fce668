"""`import wbtools`: as light as a name, and of one mind with the command line."""

import doctest
import json
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import wbtools
import wbtools.library
from tests.answers.samples import HOSTILE_NAMES, from_curves, hostile, rising, run, run_table
from tests.readme import output
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.audit.figure import figure as draw_figure
from wbtools.app.opening.run_names import select_run
from wbtools.cli.app import command_line
from wbtools.model import Goal, Sweep

OCR = Path(__file__).parent / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
HEAVY = {"wandb", "pandas", "pyarrow", "matplotlib", "numpy", "rich", "typer", "yaml"}
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


def loaded_by(program):
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys, json\nprint(json.dumps([*sys.modules]))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("program", "light"),
    [
        ("import wbtools; wbtools.__version__; dir(wbtools)", HEAVY),
        ("import wbtools; wbtools.WbtoolsError", HEAVY),
        ("import wbtools; wbtools.audit('demo')", {"wandb", "pandas", "pyarrow", "matplotlib"}),
        (
            "import wbtools; wbtools.to_frame(wbtools.load_sweep('demo'))",
            {"wandb", "matplotlib", "typer"},
        ),
        (
            "import wbtools; wbtools.plot(wbtools.audit('demo'))",
            {"wandb", "pandas", "matplotlib.pyplot", "typer"},
        ),
    ],
    ids=["import", "an error", "audit", "to_frame", "plot"],
)
def test_only_what_is_used_is_loaded(program, light):
    assert not light & loaded_by(program)


def test_the_names_are_those_that_are_promised():
    assert {"load_sweep", "audit", "to_frame", "plot", "WbtoolsError"} <= set(wbtools.__all__)
    assert set(wbtools.__all__) <= set(dir(wbtools))
    for name in wbtools.__all__:
        assert getattr(wbtools, name).__doc__
    with pytest.raises(AttributeError, match="no_such_name"):
        wbtools.no_such_name  # noqa: B018 - the look-up is the test


def test_the_examples_in_the_docstrings_are_true():
    failed, tried = doctest.testmod(wbtools.library)
    assert tried >= 12
    assert failed == 0


def numbers(text):
    """An audit as a document, without the moment at which it was made."""
    document = json.loads(text)
    assert document["sweep"].pop("as_of")
    return document


@pytest.mark.parametrize(("reference", "options"), CASES.values(), ids=CASES)
def test_library_and_command_line_give_the_same_numbers(reference, options):
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    printed = numbers(output(["audit-terminations", reference, *words, "--format", "json"]))
    assert numbers(AuditAnswer.of(wbtools.audit(reference, **options)).to_json()) == printed
    sweep = wbtools.load_sweep(reference)
    assert numbers(AuditAnswer.of(wbtools.audit(sweep, **options)).to_json()) == printed


def test_audit_has_the_options_of_the_command_that_change_its_numbers():
    (command,) = command_line(["audit-terminations"]).registered_commands
    options = set(command.callback.__annotations__)
    keywords = set(wbtools.audit.__kwdefaults__)
    assert keywords == options & keywords
    assert options - keywords == {
        "sweep", "run", "limit", "form", "output", "plot", "force", "show_secrets", "color",
        "quiet", "verbose",
        "all_runs", "group", "tag", "filters",  # which runs there are, as `sweep` says
    }  # fmt: skip


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
    "an unknown goal": (("demo",), {"metric": "val/acc", "goal": "max"}, "UsageError", "'max'"),
    "a rule with a typing error": (
        ("demo",),
        {"early_terminate": "hyperband(min_itr=2)"},
        "UsageError",
        "min_itr",
    ),
    "a target that nothing beats": (("demo",), {"target": np.nan}, "UsageError", "--target nan"),
    "a budget of nothing": (("demo",), {"budget": 0}, "UsageError", "--budget 0"),
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


# to_frame


def test_a_frame_has_one_row_a_run_and_masks_nothing():
    when = datetime(2026, 3, 1, tzinfo=UTC)
    runs = (
        run(1, config={"lr": 1, "api_key": "s3cret", "layers": [1, 2]}, created_at=when),
        run(2, config={"lr": 0.5}, exit_code=1, created_at=None, summary={"loss": np.inf}),
    )
    frame = wbtools.to_frame(Sweep(ref=run_table().sweep.ref, runs=runs))
    assert frame["config/api_key"].tolist() == ["s3cret", None]
    assert frame["config/layers"].tolist() == [[1, 2], None]
    assert frame["config/lr"].tolist() == [1.0, 0.5]
    assert frame["summary/loss"].tolist()[1] == np.inf
    assert frame["created_at"][0] == when
    assert pd.isna(frame["created_at"][1])
    assert frame["exit_code"].dtype == "Int64"
    assert frame["stopped"].dtype == "boolean"
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"


def test_a_frame_of_curves_has_the_reports_of_the_curves():
    sweep = wbtools.load_sweep("demo", ["val/acc", "train/loss"])
    frame = wbtools.to_frame(sweep, curves=True)
    assert frame["metric"].unique().tolist() == ["val/acc", "train/loss"]
    curves = sweep.curves["val/acc"]
    for place, sweep_run in enumerate(sweep.runs):
        rows = frame[(frame["run_id"] == sweep_run.id) & (frame["metric"] == "val/acc")]
        n = int(curves.n_reports[place])
        assert rows["report"].tolist() == list(range(1, n + 1))
        assert rows["value"].tolist() == curves.values[place, :n].tolist()  # noqa: PD011 - no frame's
        assert rows["step"].tolist() == curves.steps[place, :n].tolist()
        assert rows["time_s"].tolist() == curves.times_s[place, :n].tolist()
    assert len(frame) == sum(int(curves.n_reports.sum()) for curves in sweep.curves.values())


def test_frames_of_nothing_have_their_columns():
    nothing = Sweep(ref=run_table().sweep.ref, runs=())
    whole = wbtools.load_sweep("demo")
    assert wbtools.to_frame(nothing).empty
    assert wbtools.to_frame(nothing)["exit_code"].dtype == "Int64"
    empty, full = (wbtools.to_frame(sweep, curves=True) for sweep in (nothing, whole))
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_hostile_names_are_data_in_a_frame(name):
    sweep = Sweep(ref=run_table().sweep.ref, runs=(run(1, name=name, config={name: name}),))
    frame = wbtools.to_frame(sweep)
    assert frame["run_name"][0] == name
    assert frame[f"config/{name}"][0] == name


# plot


def test_a_plot_is_that_of_the_command_line_and_leaves_matplotlib_alone(tmp_path):
    before = dict(mpl.rcParams)
    audit = wbtools.audit("demo")
    figure = wbtools.plot(audit, run=5)
    assert dict(mpl.rcParams) == before
    expected = draw_figure(audit, select_run(audit, "5"))
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert [line.label for line in expected.lines if line.label]
    for line in expected.lines:
        assert not line.label or line.label in shown
    assert figure.axes[0].get_title(loc="left").replace("\n", " ") == expected.title
    assert [text.get_text() for text in wbtools.plot(audit).axes[0].texts] != shown
    for suffix in ("png", "svg", "pdf"):
        figure.savefig(tmp_path / f"a.{suffix}")
        assert (tmp_path / f"a.{suffix}").stat().st_size > 1000
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )
    with pytest.raises(wbtools.UsageError, match="no run '99'"):
        wbtools.plot(audit, run=99)


def test_a_plot_of_hostile_names_is_saved(tmp_path):
    figure = wbtools.plot(hostile())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        figure.savefig(tmp_path / "a.png", dpi=40)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
