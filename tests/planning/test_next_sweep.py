"""The next sweep holds the best run, stays in its bounds, and drops nothing without evidence."""

import math
import random

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.planning import random_runs
from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun
from wbtools.findings import Severity
from wbtools.model import Goal, Metric, Run
from wbtools.planning.narrowing import NarrowedRange, decide
from wbtools.planning.next_sweep import NextSweepOptions, SearchStage, next_sweep
from wbtools.sweepfile.draft import Draft, write_draft
from wbtools.sweepfile.kinds import KINDS
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.space import Choice, Constant, Range, SearchSpace, axis_of, observed_space

LR = Range(low=1e-4, high=1e-2, kind="log_uniform_values")


def run(config, worst, *, censored=False, best=None):
    return CensoredRun(
        run=Run(id=f"run-{worst}", name="x", number=1, number_from="order", config=config),
        worst=worst,
        likely=worst,
        best=(float("-inf") if best is None else best) if censored else worst,
        censored=censored,
        value=-worst,
    )  # fmt: skip


def standings(*tried):
    return CensoredOutcomes(tried=tuple(sorted(tried, key=lambda run: run.worst)), n_silent=0)


@pytest.fixture(scope="module")
def plans():
    rng = random.Random(21)  # noqa: S311 - reproducible
    return [random_runs.plan(rng) for _ in range(300)]


def test_the_best_run_lies_in_the_new_space_and_the_space_in_its_bounds(plans):
    for space, outcomes, ask, plan in plans:
        best = outcomes.tried[0].config
        for decision in plan.decisions:
            axis, body = space[decision.name], decision.body
            if isinstance(axis, Constant):
                assert body == axis.body
            elif isinstance(axis, Choice):
                left = body.get("values", [body.get("value")])
                assert best[decision.name] in left
                assert set(left) <= set(axis.values)
            else:
                slack = 1e-9 * axis.high + (axis.q or 0.0)
                assert body["min"] - slack <= best[decision.name] <= body["max"] + slack
                if not ask.extend:
                    assert axis.low - slack <= body["min"] < body["max"] <= axis.high + slack


def test_every_next_sweep_is_clean(plans):
    for _, _, _, plan in plans:
        text = write_draft(plan.draft)
        found = [
            finding
            for finding in lint(text.encode(), source="s")
            if finding.severity >= Severity.WARNING
        ]
        assert {finding.code for finding in found} <= {"WBS032"}, text


def test_a_wider_margin_never_narrows_more():
    rng = random.Random(4)  # noqa: S311 - reproducible
    for _ in range(100):
        outcomes = random_runs.tried(rng, {"lr": random_runs.BODIES["lr"]}, 20)
        axis = axis_of(random_runs.BODIES["lr"])
        top = tuple(outcomes.tried[:4])
        wide, narrow = (
            decide(
                "lr",
                axis,
                NarrowedRange(top=top, margin=margin, extend=False, level=0.05),
                outcomes,
            ).body
            for margin in (0.5, 0.1)
        )
        assert wide["min"] <= narrow["min"] < narrow["max"] <= wide["max"]


def test_ranges_are_widened_on_their_own_scale():
    top = tuple(run({"lr": lr}, k) for k, lr in enumerate([1e-3, 5e-4, 2e-3]))
    body = decide(
        "lr", LR, NarrowedRange(top=top, margin=0.5, extend=False, level=0.05), standings(*top)
    ).body
    span = math.log(2e-3 / 5e-4)
    assert math.log(5e-4 / body["min"]) == pytest.approx(span / 2, abs=0.02)
    assert math.log(body["max"] / 2e-3) == pytest.approx(span / 2, abs=0.02)


def test_a_stopped_run_counts_as_what_it_would_likely_have_become():
    completed = [run({"a": k}, k) for k in range(8)]
    late = CensoredRun(
        run=completed[7].run, worst=9.0, likely=0.5, best=-1.0, censored=True, value=-9.0
    )
    outcomes = standings(*completed, late)
    assert late in outcomes.top(0.25, 2)
    without = CensoredRun(
        run=completed[7].run, worst=9.0, likely=9.0, best=-np.inf, censored=True, value=-9
    )
    assert without not in standings(*completed, without).top(0.25, 2)


def test_a_value_is_dropped_only_on_evidence():
    axis = Choice(values=("a", "b"))
    good = [run({"x": "a"}, k / 10) for k in range(8)]
    bad = [run({"x": "b"}, 5 + k / 10) for k in range(6)]
    stopped = [run({"x": "b"}, 5 + k / 10, censored=True) for k in range(6)]
    projected = [run({"x": "b"}, 5 + k / 10, censored=True, best=4.0) for k in range(6)]
    for others, kept in (
        (bad, {"value": "a"}),
        (stopped, {"values": ["a", "b"]}),
        (projected, {"value": "a"}),
        (bad[:2], {"values": ["a", "b"]}),
    ):
        outcomes = standings(*good, *others)
        narrowed = NarrowedRange(top=outcomes.tried[:3], margin=0.1, extend=False, level=0.05)
        decision = decide("x", axis, narrowed, outcomes)
        assert decision.body == kept
        assert f"b: {'dropped' if kept == {'value': 'a'} else 'kept'}" in " ".join(decision.why)


@pytest.mark.parametrize(
    ("goal", "sign", "impute", "words"),
    [
        (Goal.MAXIMIZE, -1, "latest", "takes its last value"),
        (Goal.MINIMIZE, 1, None, "a run without any as 0.0"),
    ],
)
def test_bayes_learns_from_stopped_runs_where_a_silent_one_is_no_best(goal, sign, impute, words):
    tried = [
        CensoredRun(
            run=Run(id=f"run-{k}", name="x", number=k, number_from="order", config={"lr": 1e-3}),
            worst=sign * value,
            likely=sign * value,
            best=-math.inf,
            censored=k > 2,
            value=value,
        )
        for k, value in enumerate((0.9, 0.8, 0.7, 0.6, 0.5, 0.4), start=1)
    ]
    rule = {"type": "hyperband", "min_iter": 2, "eta": 3}
    plan = next_sweep(
        standings(*tried),
        SearchSpace(axes={"lr": LR}),
        Draft(data={"method": "bayes", "early_terminate": rule}),
        Metric(name="m", goal=goal),
        NextSweepOptions(),
    )
    assert plan.draft.data["metric"].get("impute") == impute
    assert words in plan.draft.notes["metric",][0]


def test_of_sweeps_in_which_nothing_matters_one_in_twenty_drops_a_value():
    rng = random.Random(6)  # noqa: S311 - reproducible
    names = {name: {"values": list(range(k))} for name, k in (("a", 2), ("b", 3), ("c", 4))}
    space = SearchSpace(axes={name: axis_of(body) for name, body in names.items()})
    metric = Metric(name="m", goal=Goal.MINIMIZE)
    n_dropped = 0
    for _ in range(300):
        outcomes = random_runs.tried(rng, names, 30)
        plan = next_sweep(outcomes, space, Draft(data={}), metric, NextSweepOptions())
        n_dropped += any(
            len(decision.body.get("values", [0])) < len(names[decision.name]["values"])
            for decision in plan.decisions
        )
    assert n_dropped <= 0.08 * 300


def test_scores_order_only_what_is_certain():
    outcomes = standings(run({}, 1), run({}, 2, censored=True), run({}, 3, censored=True, best=2.5))
    assert outcomes.scores.tolist() == [1, 1, -2]


@pytest.mark.parametrize(
    ("kind", "values", "low", "high"),
    [("uniform", [0.02, 0.5, 0.98], 0.0, 1.0), ("uniform", [1.0, 9.0, 20.0], 0.0, 30.0)],
    ids=["a share stays a share", "what was positive stays so"],
)
def test_guessed_bounds_stay_sensible(kind, values, low, high):
    axis = Range(low=min(values), high=max(values), kind=kind, known=False)
    top = tuple(run({"x": value}, k) for k, value in enumerate(values))
    body = decide(
        "x", axis, NarrowedRange(top=top, margin=0.5, extend=False, level=0.05), standings(*top)
    )
    assert (body.body["min"], body.body["max"]) == (low, pytest.approx(high, rel=0.02))


@pytest.mark.parametrize(
    "body",
    [
        {"min": 1, "max": 97},
        {"distribution": "q_uniform", "min": 0, "max": 97, "q": 1},
        {"distribution": "q_log_uniform_values", "min": 1, "max": 97, "q": 1},
    ],
    ids=["whole", "steps", "steps on a logarithmic scale"],
)
@pytest.mark.parametrize("low", range(3, 40, 4))
def test_without_a_margin_the_bounds_are_the_very_values_of_the_top(body, low):
    top = tuple(run({"x": value}, k) for k, value in enumerate((low, low + 1, low + 7)))
    narrowed = NarrowedRange(top=top, margin=0.0, extend=False, level=0.05)
    found = decide("x", axis_of(body), narrowed, standings(*top)).body
    assert (found["min"], found["max"]) == (low, low + 7)


def test_nested_parameters_stay_nested():
    outcomes = standings(*(run({"m.lr": lr}, k) for k, lr in enumerate([1e-3, 2e-3, 3e-3])))
    paths = {"m.lr": ("parameters", "m", "parameters", "lr")}
    metric = Metric(name="loss", goal=Goal.MINIMIZE)
    plan = next_sweep(
        outcomes,
        SearchSpace(axes={"m.lr": LR}, paths=paths),
        Draft(data={}),
        metric,
        NextSweepOptions(),
    )
    file = yaml.safe_load(write_draft(plan.draft))
    assert list(file["parameters"]["m"]["parameters"]["lr"]) == ["distribution", "min", "max"]
    assert "# 3 top runs" in write_draft(plan.draft)


SOME = st.one_of(
    st.integers(-3, 10**18),
    st.floats(),
    st.text(max_size=3),
    st.none(),
    st.lists(st.integers(), max_size=3),
)
KEYS = ["min", "max", "q", "value", "values", "distribution", "mu", "probabilities"]
KINDS_OR_NONE = st.sampled_from([*KINDS, None])


@given(
    body=st.dictionaries(st.sampled_from(KEYS), SOME, min_size=1, max_size=5),
    kind=KINDS_OR_NONE,
    tried=st.lists(SOME, min_size=1, max_size=5),
    extend=st.booleans(),
)
def test_whatever_a_file_says_of_a_parameter_nothing_breaks(body, kind, tried, extend):
    body = body if kind is None else body | {"distribution": kind}
    outcomes = standings(*(run({"x": value}, k) for k, value in enumerate(tried)))
    metric = Metric(name="m", goal=Goal.MINIMIZE)
    space = SearchSpace(axes={"x": axis_of(body)})
    plan = next_sweep(outcomes, space, Draft(data={}), metric, NextSweepOptions(extend=extend))
    assert plan.decisions[0].why
    assert write_draft(plan.draft)


def test_the_final_stage_stops_no_run():
    outcomes = standings(*(run({"lr": lr}, k) for k, lr in enumerate([1e-3, 2e-3, 3e-3])))
    old = Draft(
        data={"early_terminate": {"type": "hyperband", "min_iter": 3}, "run_cap": 50, "count": 3}
    )
    metric = Metric(name="loss", goal=Goal.MINIMIZE)
    ask = NextSweepOptions(stage=SearchStage.FINAL)
    data = next_sweep(outcomes, SearchSpace(axes={"lr": LR}), old, metric, ask).draft.data
    assert (data["method"], data["run_cap"]) == ("bayes", 10)
    assert "early_terminate" not in data
    assert "count" not in data


def test_a_space_is_guessed_from_what_was_tried():
    configs = [
        {"lr": 10.0**-k, "n": k, "act": "ab"[k % 2], "c": 7, "m": k / 10, "_x": k, "wide": 10**k}
        for k in range(1, 9)
    ]
    space = observed_space(configs, {"m"})
    assert list(space) == ["lr", "n", "act", "c", "wide"]
    assert space["lr"] == Range(low=1e-8, high=0.1, kind="log_uniform_values", known=False)
    assert space["n"].kind == "int_uniform"
    assert space["act"] == Choice(values=("a", "b"))
    assert space["c"] == Constant(body={"value": 7})
