"""A forecast in every form: what is shown when much, little or something odd is known."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.answers.forms import HOSTILE, check_all_forms, check_verdict_first, check_widths
from wbtools.answers.forecast.answer import ForecastAnswer
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import Goal, Metric
from wbtools.model.forecast import (
    LEVEL,
    ByTask,
    CurveSource,
    MissingInput,
    ReportDistribution,
    Risk,
    SweepForecast,
    SweepPlan,
    Total,
)
from wbtools.model.interval import Interval


def sure(value):
    return Interval(estimate=value, low=value, high=value, level=LEVEL)


def plain(source="s.yaml", **said):
    """A sweep that stops nobody."""
    plan_fields = {"n_runs": 3, "budget": 9, "hours_per_run": 1.0, **said}
    return SweepForecast(
        plan=SweepPlan(source=source, **plan_fields),
        reports=sure(27),
        full_reports=27,
        hours=sure(3.0),
        full_hours=3.0,
        days=sure(3 / 24),
        full_days=3 / 24,
        saved=sure(0.0),
    )


def answered(*sweeps, **said):
    return ForecastAnswer(sweeps=sweeps, n_agents=1, **{"total": None, **said})


def lacking(what):
    return MissingInput(what=what, option="--budget", value="REPORTS")


def stopped(source, **said):
    """A sweep whose rule stops runs, on two tasks."""
    share = Interval(estimate=0.5, low=0.4, high=0.6, level=LEVEL)
    few = Interval(estimate=2.5, low=1, high=4, level=LEVEL)
    task = ByTask(name="cartpole", saved=share, p_best_stopped=0.1, p_top_stopped=0.2, unseen=0.0)
    metric = Metric(name=source, goal=Goal.MAXIMIZE)
    return replace(
        plain(source, bands=(3, 8, 27), metric=metric, reports_per_epoch=Fraction(1, 3), **said),
        reached=(few, few),
        to_the_end=few,
        saved=share,
        best_stopped=Risk(share=share, how="by how the 2 tasks differ"),
        top_stopped=Risk(share=share, how="by how the 2 tasks differ"),
        by_task=(task, replace(task, name=source, unseen=0.25)),
        n_simulated=80,
    )


CURVES = (
    CurveSource(name="cartpole", n_curves=9, n_complete=9, horizon=9, is_packaged=False),
    CurveSource(
        name=HOSTILE,
        n_curves=9,
        n_complete=3,
        horizon=9,
        is_packaged=False,
        is_complete=False,
        hours_per_run=2.0,
        natural_savings=0.1,
    ),
)
STATES = {
    "nothing known": answered(SweepForecast(plan=SweepPlan(source="s.yaml"))),
    "stops nobody": answered(plain()),
    "stops some": answered(stopped("s.yaml"), evidence=CURVES),
    "hostile": answered(
        stopped(
            HOSTILE,
            name=HOSTILE,
            rule=HOSTILE,
            budget_from=HOSTILE,
            series=HOSTILE,
            narrows=HOSTILE,
        ),
        evidence=CURVES,
    ),
    "several": answered(
        stopped("s.yaml"),
        plain(HOSTILE, rule_problem=HOSTILE),
        plain("=cmd()", missing=(lacking(HOSTILE),)),
        total=Total(n_runs=9, days=sure(2.5), full_days=5.0, saved=sure(0.5)),
        evidence=CURVES,
    ),
    "several unknown": answered(plain("a.yaml"), plain("b.yaml"), total=Total()),
}


@pytest.mark.parametrize("answer", STATES.values(), ids=STATES.keys())
def test_every_form_is_written_and_runs_nothing(answer):
    check_all_forms(answer)
    check_widths(answer, 10, 20, 33, 60, 80, 200)
    check_verdict_first(answer, upto=14 if answer is STATES["hostile"] else 8)
    assert "<script>" not in answer.on(MarkdownPage())


def test_files_of_one_name_are_told_apart_by_their_paths():
    two = answered(plain("a/s.yaml"), plain("b/s.yaml")).to_text()
    assert "a/s.yaml" in two
    assert "b/s.yaml" in two
    apart = answered(plain("a/s.yaml"), plain("b/t.yaml")).to_text()
    assert "a/s.yaml" not in apart


def test_runs_that_differ_in_length_have_no_one_budget():
    lengths = ReportDistribution(reports=(3, 9), shares=(0.5, 0.5))
    swept = plain(lengths=lengths, bands=(4, 12), budget_from="epochs is swept from 3 to 9")
    answer = answered(swept)
    shown = answer.to_text()
    assert "budget 3 to 9 reports, 6 on average" in shown
    assert "3 to 9 reports, 6 on average: epochs is swept from 3 to 9" in shown
    assert "1.0 h a full run on average" in shown
    assert "3 … 9" in answered(swept, plain()).to_text(width=160)
    (sweep,) = answer.to_dict()["sweeps"]
    found = [sweep[f"budget_{which}reports"] for which in ("least_", "mean_", "")]
    assert found == [3, 6.0, 9]


def test_the_bands_and_what_each_task_says_are_told():
    answer = STATES["stops some"].to_dict()
    (sweep,) = answer["sweeps"]
    assert sweep["bands_reports"] == [3, 8]
    assert sweep["n_bands_beyond"] == 1
    known = {"band": 1, "band_reports": 3, "epoch": 9.0}
    assert sweep["bands"][0] == known | {"n_runs": 2.5, "n_runs_low": 1, "n_runs_high": 4}
    assert sweep["reports_per_epoch"] == pytest.approx(1 / 3)
    assert [task["n_complete"] for task in answer["tasks"]] == [9, 3]
    assert {task["file"] for task in answer["tasks"]} == {"s.yaml"}


def test_what_is_unknown_is_null_and_empty():
    answer = STATES["nothing known"]
    (sweep,) = answer.to_dict()["sweeps"]
    assert sweep["used_h"] is sweep["best_stopped_share"] is sweep["metric"] is None
    assert answer.to_dict()["total"] is None
    _, row = answer.to_csv().splitlines()
    assert row.startswith("s.yaml,,,,")


def test_files_and_bands_are_limited_only_where_asked():
    many = answered(*(plain(f"{k}.yaml") for k in range(20)), total=Total(n_runs=60))
    shown = many.to_text(limit=3)
    assert "17 more files (--limit 0 shows all) (time: one sweep after the other" in shown
    assert "total" in shown
    assert "19.yaml" in many.to_text(limit=0)
    banded = replace(plain(budget=900), reached=(sure(1.0),) * 20)
    banded = replace(banded, plan=replace(banded.plan, bands=tuple(range(1, 21))))
    shown = answered(banded).to_text(limit=3)
    assert "17 more bands (--limit 0 shows all)" in shown
    assert "  end " in shown


def test_it_is_said_in_one_line():
    assert repr(STATES["stops some"]) == (
        "<forecast: s.yaml: about 3.0 h of run time for 3 runs, 50 % less than all runs in full. "
        "The best run is stopped early in 50 % of simulated sweeps.>"
    )
    several = "3 sweeps: about 2.5 d with 1 agent for 9 runs, 50 % less than all runs in full."
    assert repr(STATES["several"]) == f"<forecast: {several}>"
    assert repr(STATES["nothing known"]) == "<forecast: s.yaml: not known.>"
    stops_nobody = answered(plain(bands=(9, 27)))
    assert "; the rule can stop no run." in repr(stops_nobody)
    assert "; without early termination, every run goes to its end." in repr(answered(plain()))
    untold = replace(plain(missing=(lacking("why"),)), hours=None, reports=None, saved=None)
    assert "at most 3.0 h of run time for 3 runs" in repr(answered(untold))
