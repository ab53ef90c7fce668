"""What a sweep file says about its cost, and where each number comes from."""

from fractions import Fraction

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wbtools.errors import DataError
from wbtools.planning.forecast_file import ForecastFileOptions, ReferenceSweep, plan_of_file

RULE = "early_terminate: {type: hyperband, min_iter: 5, eta: 3, strict: true}\n"
BAYES = "method: bayes\nmetric: {name: loss, goal: minimize}\nrun_cap: 20\n"
LR = "lr: {min: 0.1, max: 0.2}"


def file(top=BAYES, rule=RULE, parameters=LR):
    return f"program: t.py\n{top}{rule}parameters: {{{parameters}}}\n".encode()


def plan(content, like=None, **said):
    return plan_of_file(content, "s.yaml", ForecastFileOptions(**said), like).plan


LENGTHS = {
    "a constant number of epochs is the budget": (
        "epochs: {value: 50}",
        {},
        (50, "epochs: 50, 1 report per epoch is assumed", 1),
    ),
    "a single listed value is a constant": (
        "trainer.max_epochs: {values: [22]}",
        {},
        (22, "trainer.max_epochs: 22, 1 report per epoch is assumed", 1),
    ),
    "two reports an epoch double it": (
        "epochs: {value: 50}",
        {"reports_per_epoch": Fraction(2)},
        (100, "epochs: 50, by --reports-per-epoch", 2),
    ),
    "a report every third epoch": (
        "epochs: {value: 50}",
        {"reports_per_epoch": Fraction(1, 3)},
        (16, "epochs: 50, by --reports-per-epoch", Fraction(1, 3)),
    ),
    "the user's budget wins, and epochs tell reports an epoch": (
        "epochs: {value: 50}",
        {"budget": 25},
        (25, "--budget", Fraction(1, 2)),
    ),
    "a budget without epochs": ("z: {value: 3}", {"budget": 25}, (25, "--budget", None)),
    "the plainest name counts": (
        "warm.epochs: {value: 5}, epochs: {value: 50}",
        {},
        (50, "epochs: 50, 1 report per epoch is assumed", 1),
    ),
}


@pytest.mark.parametrize(("parameters", "said", "wanted"), LENGTHS.values(), ids=LENGTHS.keys())
def test_how_long_a_run_is(parameters, said, wanted):
    sweep_plan = plan(file(parameters=f"{LR}, {parameters}"), **said)
    assert (sweep_plan.budget, sweep_plan.budget_from, sweep_plan.reports_per_epoch) == wanted


UNKNOWN = {
    "nothing says": ("z: {value: 3}", "nothing says how long a run is"),
    "epochs are swept without bounds": (
        "epochs: {distribution: normal, mu: 20, sigma: 2}",
        "epochs is swept, but not over whole numbers",
    ),
    "epochs are swept over texts": ("epochs: {values: [few, 20]}", "epochs is swept, but not over"),
    "the inner loop of a policy gradient": (
        "n_epochs: {values: [3, 10]}, gae_lambda: {value: 0.9}",
        "nothing says how long a run is",
    ),
    "steps are no reports": ("max_steps: {value: 9000}", "max_steps: 9000 counts steps"),
    "a schedule is a hint": ("T_max: {value: 24}", "(T_max is 24)"),
    "a text is no number": ("epochs: {value: many}", "nothing says how long a run is"),
    "truth is no number": ("epochs: {value: true}", "nothing says how long a run is"),
    "no epochs at all": ("epochs: {value: 0}", "nothing says how long a run is"),
    "endless epochs": ("epochs: {value: .inf}", "nothing says how long a run is"),
    "fewer reports than one": ("epochs: {value: 0.5}", "nothing says how long a run is"),
}


@pytest.mark.parametrize(("parameters", "why"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_length_names_the_option_that_tells_it(parameters, why):
    sweep_plan = plan(file(parameters=f"{LR}, {parameters}"))
    assert sweep_plan.budget is None
    assert why in sweep_plan.missing[0].what
    assert str(sweep_plan.missing[0]).endswith(": --budget REPORTS")
    assert sweep_plan.bands_within == sweep_plan.bands


def test_a_run_that_is_too_short_for_one_report_has_no_budget():
    sweep_plan = plan(
        file(parameters=f"{LR}, epochs: {{value: 2}}"), reports_per_epoch=Fraction(1, 3)
    )
    assert sweep_plan.budget is None


def test_the_rules_own_max_iter_is_the_length_of_last_resort():
    rule = "early_terminate: {type: hyperband, max_iter: 27, s: 2, eta: 3}\n"
    sweep_plan = plan(file(rule=rule))
    assert (sweep_plan.budget, sweep_plan.budget_from, sweep_plan.bands) == (
        27,
        "max_iter of the rule",
        (3, 9),
    )
    assert plan(file(rule=rule, parameters=f"{LR}, epochs: {{value: 30}}")).budget == 30


SWEPT = {
    "a list": ("epochs: {values: [20, 10]}", {}, (20, 10, 15.0)),
    "a range": ("epochs: {min: 3, max: 12}", {}, (12, 3, 7.5)),
    "weights": (
        "epochs: {values: [10, 20], probabilities: [0.75, 0.25]}",
        {},
        (20, 10, 12.5),
    ),
    "what is never drawn": (
        "epochs: {values: [10, 20, 90], probabilities: [0.5, 0.5, 0]}",
        {},
        (20, 10, 15.0),
    ),
    "steps of q": ("epochs: {distribution: q_uniform, min: 10, max: 30, q: 10}", {}, (30, 10, 20)),
    "two reports an epoch": (
        "epochs: {values: [10, 20]}",
        {"reports_per_epoch": Fraction(2)},
        (40, 20, 30.0),
    ),
    "the user's word is the longest run's": (
        "epochs: {values: [10, 20]}",
        {"budget": 100},
        (100, 50, 75.0),
    ),
    "nested": ("m: {parameters: {epochs: {values: [4, 8]}}}", {}, (8, 4, 6.0)),
}


@pytest.mark.parametrize(("parameters", "said", "wanted"), SWEPT.values(), ids=SWEPT.keys())
def test_swept_epochs_are_lengths_between_the_shortest_and_the_longest(parameters, said, wanted):
    rule = "early_terminate: {type: hyperband, max_iter: 81, s: 2, eta: 3}\n"
    sweep_plan = plan(file(rule=rule, parameters=f"{LR}, {parameters}"), **said)
    lengths = sweep_plan.lengths
    assert (sweep_plan.budget, lengths.shortest) == wanted[:2]
    assert lengths.mean == sweep_plan.mean_budget == pytest.approx(wanted[2], abs=0.2)
    assert not any(missing.option == "--budget" for missing in sweep_plan.missing)


def test_a_pace_is_taken_over_the_average_length():
    like = ReferenceSweep(name="demo", horizon=30, hours_per_run=0.5)
    assert plan(file(parameters="epochs: {values: [15, 45]}"), like).hours_per_run == 0.5


def test_lengths_that_are_one_in_reports_are_no_lengths():
    sweep_plan = plan(
        file(parameters=f"{LR}, epochs: {{values: [20, 21]}}"), reports_per_epoch=Fraction(1, 10)
    )
    assert (sweep_plan.budget, sweep_plan.lengths) == (2, None)


def test_a_recorded_sweep_tells_what_nobody_else_does():
    like = ReferenceSweep(name="demo", horizon=27, hours_per_run=0.5)
    sweep_plan = plan(file(), like)
    assert (sweep_plan.budget, sweep_plan.budget_from) == (27, "as long as the runs of demo")
    pace = "at the median pace of the completed runs of demo"
    assert (sweep_plan.hours_per_run, sweep_plan.hours_from) == (0.5, pace)
    assert plan(file(), like, budget=54).hours_per_run == 1.0
    said = plan(file(parameters=f"{LR}, epochs: {{value: 9}}"), like, hours_per_run=2.0)
    assert (said.budget, said.hours_per_run, said.missing) == (9, 2.0, ())


GRID = "method: grid\nmetric: {name: loss, goal: minimize}\n"
RUNS = {
    "run_cap": (BAYES, LR, {}, (20, "run_cap")),
    "the user's word": (BAYES, LR, {"runs": 7}, (7, "--runs")),
    "a grid's cells": (GRID, "a: {values: [1, 2, 3]}, b: {min: 1, max: 4}", {}, (12, "grid")),
    "nested parameters count": (
        GRID,
        "m: {parameters: {a: {values: [1, 2]}}}, b: {value: 4}, c: {values: [1, 2]}",
        {},
        (4, "grid"),
    ),
    "a grid in steps of q": (
        GRID,
        "a: {distribution: q_uniform, min: 0, max: 1, q: 0.25}",
        {},
        (4, "grid"),
    ),
    "run_cap ends a grid": (f"{GRID}run_cap: 2\n", "a: {values: [1, 2, 3]}", {}, (2, "run_cap")),
    "a grid ends before its run_cap": (
        f"{GRID}run_cap: 9\n",
        "a: {values: [1, 2, 3]}",
        {},
        (3, "grid"),
    ),
    "a cap that is no number": ("method: random\nrun_cap: many\n", LR, {}, (None, "")),
    "no cap": ("method: random\n", LR, {}, (None, "")),
    "bounds the wrong way round": (GRID, "a: {min: 9, max: 1}", {}, (None, "")),
    "a grid over a range": (GRID, "a: {min: 0.5, max: 0.7}", {}, (None, "")),
}

BEYOND = {
    "a cap": ("method: random\nrun_cap: 99999999999\n", LR, "run_cap is not a number of runs"),
    "a cap of 0": ("method: random\nrun_cap: 0\n", LR, "run_cap is not a number of runs"),
    "a grid": (
        GRID,
        ", ".join(f"p{k}: {{min: 1, max: 10}}" for k in range(10)),
        "the grid has more than 1,000,000,000 cells",
    ),
}


@pytest.mark.parametrize(("top", "parameters", "why"), BEYOND.values(), ids=BEYOND.keys())
def test_more_runs_than_anybody_makes_are_not_cut_to_a_round_number(top, parameters, why):
    sweep_plan = plan(file(top, "", parameters))
    assert sweep_plan.n_runs is None
    assert any(missing.what.startswith(why) for missing in sweep_plan.missing)


@pytest.mark.parametrize(("top", "parameters", "said", "wanted"), RUNS.values(), ids=RUNS.keys())
def test_how_many_runs_there_are(top, parameters, said, wanted):
    sweep_plan = plan(file(top, "", parameters), **said)
    assert (sweep_plan.n_runs, sweep_plan.n_runs_from) == wanted
    assert any(missing.option == "--runs" for missing in sweep_plan.missing) is (wanted[0] is None)


BROKEN = {
    "max_iter without s": ("{type: hyperband, max_iter: 27}", "max_iter needs s"),
    "eta of 1": ("{type: hyperband, min_iter: 3, eta: 1}", "eta must be"),
    "another type": ("{type: median, min_iter: 3}", "W&B's engine knows only"),
    "no mapping": ("true", "early_terminate is not a mapping"),
    "no band": ("{type: hyperband, max_iter: 2, s: 2, eta: 3}", "no band"),
}


@pytest.mark.parametrize(("block", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_rule_that_cannot_run_says_why_and_has_no_bands(block, why):
    sweep_plan = plan(file(rule=f"early_terminate: {block}\n"))
    assert why in sweep_plan.rule_problem
    assert sweep_plan.bands == ()
    assert not sweep_plan.is_stopped


def test_bands_beyond_the_end_stop_nobody():
    sweep_plan = plan(file(parameters=f"{LR}, epochs: {{value: 15}}"))
    assert sweep_plan.bands_within == (5,)
    assert sweep_plan.bands[:3] == (5, 15, 45)
    assert not plan(file(parameters=f"{LR}, epochs: {{value: 5}}")).is_stopped


NONE = {
    "nothing": b"",
    "no mapping": b"[1, 2]",
    "no parameters": b"method: grid\n",
    "no YAML": b"a: [",
    "no text": b"\xff\xfe\x00",
    "an anchor that refers to itself": b"&a [*a]",
    "parameters that are a list": b"parameters: [1]",
}


@pytest.mark.parametrize("content", NONE.values(), ids=NONE.keys())
def test_what_is_no_sweep_file_is_refused_by_name(content):
    with pytest.raises(DataError, match=r"s\.yaml is no"):
        plan(content)


NUMBERS = [0, 1, -3, 2, 3, 27, 2.0, 2.5, 1e308, 10**400, float("inf"), float("nan")]
BODIES = [
    {"value": 3},
    {"values": [5]},
    {"values": [{"a": 1}]},
    {"min": 1, "max": 9},
    {"min": 9, "max": 1},
    {"distribution": "q_uniform", "min": 0, "max": 1, "q": 1e-300},
    {"parameters": {"epochs": {"value": 7}}},
    {"parameters": 3},
]
ODD = st.sampled_from([None, True, "3", "", "many", [], [1], [[1]], {}, *NUMBERS, *BODIES])
SETTINGS = st.dictionaries(
    st.sampled_from(["type", "min_iter", "max_iter", "s", "eta", "strict", "odd"]),
    ODD | st.just("hyperband"),
)


@settings(max_examples=60, deadline=None)
@given(
    top=st.dictionaries(
        st.sampled_from(["run_cap", "method", "metric", "name", "program"]),
        ODD | st.sampled_from(["grid", "bayes"]),
    ),
    rule=SETTINGS.map(lambda mapping: {"type": "hyperband", **mapping}) | ODD,
    parameters=st.dictionaries(
        st.sampled_from(["epochs", "max_epochs", "max_steps", "T_max", "lr", "m.epochs"]), ODD
    ),
)
def test_whatever_a_file_says_there_is_a_plan_or_a_reason(top, rule, parameters):
    written = {**top, "early_terminate": rule, "parameters": parameters}
    try:
        sweep_plan = plan(yaml.safe_dump(written).encode())
    except DataError:
        return
    assert sweep_plan.n_runs is None or 1 <= sweep_plan.n_runs <= 10**9
    assert sweep_plan.budget is None or 1 <= sweep_plan.budget <= 10**9
    assert list(sweep_plan.bands) == sorted(set(sweep_plan.bands))
    assert all(band >= 1 for band in sweep_plan.bands)
    assert (sweep_plan.budget is None) is any(
        missing.option == "--budget" for missing in sweep_plan.missing
    )
