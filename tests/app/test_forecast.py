"""Forecasts by file name: the packaged curves, and recorded sweeps in their place."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import wbtools.demo
from tests.readme import HOW_SURE
from wbtools.app.forecast import PACKAGED, ForecastOptions, forecast_files, packaged_curves
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal
from wbtools.planning.curve_library import curves_of_sweep
from wbtools.planning.forecast_file import ForecastFileOptions

SWEEP = """\
program: t.py
method: random
metric: {name: acc, goal: maximize}
run_cap: 12
early_terminate: {type: hyperband, min_iter: 4, eta: 3, strict: true}
parameters: {lr: {min: 0.1, max: 0.2}, epochs: {value: 20}}
"""


@pytest.fixture
def sweep(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(SWEEP)
    return str(path)


def asked(*names, n=None, **said):
    ask = ForecastOptions(files=(ForecastFileOptions(),) * (n or len(names)), **said)
    with Session(offline=True) as session:
        return forecast_files(names, ask, session)


def test_the_packaged_curves_are_those_that_were_packed():
    tasks = json.loads(PACKAGED.with_suffix(".json").read_text())["tasks"]
    libraries = packaged_curves()
    assert [library.name for library in libraries] == sorted(tasks)
    assert PACKAGED.stat().st_size < 150_000
    for library in libraries:
        facts = tasks[library.name]
        assert library.values.shape == (facts["runs"], facts["reports"])
        packed = library.values.astype("<u2").tobytes()
        assert hashlib.sha256(packed).hexdigest() == facts["sha256"]
        assert (library.n_seen == facts["reports"]).all()
        assert library.is_packaged
        # Places among the different values: none is left out.
        assert np.array_equal(np.unique(library.values), np.arange(library.values.max() + 1))


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("{type: hyperband, max_iter: 27}", "WBS053"),
        ("{type: hyperband, min_iter: 3, eta: 1}", "WBS057"),
        ("{type: median, min_iter: 3}", "WBS051"),
        ("true", "WBS050"),
        ("{type: hyperband, max_iter: 2, s: 2, eta: 3}", "WBS055"),
    ],
)
def test_a_file_that_w_and_b_would_refuse_has_no_forecast(sweep, block, code):
    rule = "early_terminate: {type: hyperband, min_iter: 4, eta: 3, strict: true}"
    Path(sweep).write_text(SWEEP.replace(rule, f"early_terminate: {block}"))
    with pytest.raises(UsageError, match=code) as refused:
        asked(sweep)
    assert refused.value.hint.startswith("`wbtools lint ")


def test_without_a_recorded_sweep_the_packaged_curves_answer(sweep):
    (sweep_forecast,) = asked(sweep).sweeps
    assert sweep_forecast.n_simulated == 240
    assert 0.2 < sweep_forecast.saved.estimate < 0.6
    assert sweep_forecast.best_stopped.how == "by how the 6 tasks differ"


def test_the_demos_curves_know_its_own_rule_well(sweep, tmp_path):
    forecast = asked(sweep, like=("demo",))
    (source,) = forecast.evidence
    assert (source.name, source.n_curves, source.n_complete, source.horizon) == ("demo", 36, 4, 27)
    (sweep_forecast,) = forecast.sweeps
    assert source.hours_per_run == pytest.approx(12 / 3600, rel=0.1)
    assert sweep_forecast.plan.hours_per_run == pytest.approx(source.hours_per_run * 20 / 27)
    assert sweep_forecast.best_stopped.how == "as sure as 3.0 independent cases make it"
    file = tmp_path / "own.yaml"
    file.write_text(SWEEP.replace("min_iter: 4", "min_iter: 2").replace("20", "27"))
    (same,) = asked(str(file), like=("demo",)).sweeps
    assert 0 < same.by_task[0].unseen < sweep_forecast.by_task[0].unseen
    assert same.saved.low < 0.64 < same.saved.high


def test_the_demo_saved_what_was_to_be_expected_of_its_file():
    """`docs/how-sure.md` says so: 64 % saved, 73 % foretold."""
    file = str(Path(wbtools.demo.__file__).parent / "textures" / "sweep.yaml")
    (sweep_forecast,) = asked(file, n_agents=2).sweeps
    assert round(sweep_forecast.saved.estimate, 2) == 0.73
    assert (round(sweep_forecast.saved.low, 2), round(sweep_forecast.saved.high, 2)) == (0.62, 0.82)
    text = " ".join(HOW_SURE.read_text().split())
    assert "saved 64 %, foretold were 73 % (62 % to 82 %)" in text


def test_a_recorded_sweep_is_brought_into_form():
    """The demo maximizes: its best run is the lowest curve."""
    with Session(offline=True) as session:
        recording = open_sweep("demo", session)
        question = resolve_question(AuditOptions(), recording)
        sweep = recording.read([question.metric.name])
    library = curves_of_sweep(sweep, question, "demo", None)
    curves = sweep.curves["val/acc"]
    assert np.nanmin(library.values) == -np.nanmax(curves.values)
    assert library.n_reports.tolist() == curves.n_reports.tolist()
    assert (library.values.shape, library.n_cut) == ((36, 27), 32)
    first, second = (library.sample_completions(np.random.default_rng(seed)) for seed in (1, 2))
    assert first.n_reports.tolist() == [27] * 36
    assert np.isfinite(first.values).all()
    recorded = np.isfinite(library.values)
    assert np.array_equal(first.values[recorded], library.values[recorded])
    assert (first.values != second.values).any()


def test_files_come_in_order_with_what_is_said_of_each(sweep, tmp_path):
    other = tmp_path / "o.yaml"
    other.write_text(SWEEP.replace("run_cap: 12", "run_cap: 5"))
    ask = ForecastOptions(
        files=(ForecastFileOptions(hours_per_run=1.0), ForecastFileOptions(hours_per_run=2.0))
    )
    with Session(offline=True) as session:
        forecast = forecast_files([sweep, str(other)], ask, session)
    assert [sweep_forecast.full_hours for sweep_forecast in forecast.sweeps] == [12, 10]
    assert (forecast.total.n_runs, forecast.total.full_hours) == (17, 22)


def test_a_short_budget_keeps_runs_that_were_cut_before_its_first_report(tmp_path):
    path = tmp_path / "short.yaml"
    path.write_text(SWEEP.replace("value: 20", "value: 5").replace("iter: 4", "iter: 1"))
    forecast = asked(str(path), like=("demo",))
    assert forecast.evidence[0].n_curves == 36
    assert forecast.sweeps[0].reached[0].high == 12


WRONG = {
    "a file that is not there": (["no.yaml"], {}, UsageError, "no.yaml cannot be read"),
    "a folder": (["."], {}, UsageError, "a folder, not a file"),
    "a file named twice": (["{sweep}", "{sweep}"], {}, UsageError, "is named twice"),
    "a recorded sweep that is none": (["{sweep}"], {"like": ("./nowhere",)}, UsageError, "nowhere"),
}


@pytest.mark.parametrize(("names", "said", "kind", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right(sweep, names, said, kind, why):
    with pytest.raises(kind, match=why):
        asked(*(name.format(sweep=sweep) for name in names), **said)


def test_a_run_table_holds_no_curves(sweep, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("id,lr,acc,state\naaaaaaa1,0.1,0.5,finished\naaaaaaa2,0.2,0.6,finished\n")
    with pytest.raises(DataError, match="holds no curves of"):
        asked(sweep, like=(str(table),), metric="acc", goal=Goal.MAXIMIZE)


def test_a_rule_takes_the_place_of_the_files_own(sweep):
    own = asked(sweep).sweeps[0]
    same = asked(sweep, rule="hyperband(min_iter=4,eta=3,strict=true)").sweeps[0]
    assert (same.saved, same.best_stopped) == (own.saved, own.best_stopped)
    kept = asked(sweep, rule="top(hyperband(min_iter=4,eta=3,strict=true),k=12)").sweeps[0]
    assert kept.saved.estimate == 0
    assert kept.plan.rule == "top(hyperband(min_iter=4,eta=3,strict=true),k=12)"
    nobody = asked(sweep, rule="none").sweeps[0]
    assert (nobody.plan.rule, nobody.saved.estimate, nobody.n_simulated) == (None, 0, 0)


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("top(preserve(fixed(n=3),value=0.9),k=3)", "preserve(value=0.9)"),
        ("projected(fixed(n=3))", "projected(p=0.1)"),
        ("patience(n=3,min_delta=0.1)", "patience(n=3,min_delta=0.1)"),
        ("until(median(grace=3),runs=2)", "median(grace=3)"),
    ],
)
def test_packaged_curves_do_not_know_the_metrics_values(sweep, rule, part):
    with pytest.raises(UsageError) as caught:
        asked(sweep, rule=rule)
    assert caught.value.message.startswith(f"{part} goes by the metric's own values")
    assert "--like SWEEP" in caught.value.hint


def test_what_is_preserved_is_in_the_recorded_metrics_own_direction(sweep):
    """Accuracies: all are above 0, none is above 1."""
    saved = [
        asked(sweep, rule=f"preserve(fixed(n=5),value={value})", like=("demo",)).sweeps[0].saved
        for value in (0, 2)
    ]
    assert saved[0].estimate < 0.1
    assert saved[1].estimate == pytest.approx(0.75, abs=0.05)


@pytest.mark.slow
def test_promising_runs_are_projected_on_recorded_curves(sweep):
    rule = "until(projected(fixed(n=5),p={}),runs=3)"
    sure, never = (
        asked(sweep, rule=rule.format(p), like=("demo",)).sweeps[0].saved.estimate
        for p in (0.0001, 1)
    )
    assert sure < never
