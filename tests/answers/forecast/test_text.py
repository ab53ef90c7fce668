"""The page of a forecast: what is shown when much, little or something odd is known."""

import csv
import io
import json
from fractions import Fraction

import pytest

from wbtools.answers.forecast.csv_text import COLUMNS, render_forecast_csv
from wbtools.answers.forecast.json_text import render_forecast_json
from wbtools.answers.forecast.text import render_forecast
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.model.forecast import (
    LEVEL,
    CurveSource,
    Forecast,
    MissingInput,
    ReportDistribution,
    SweepForecast,
    SweepPlan,
)
from wbtools.model.interval import Interval

HOSTILE = "=cmd|'\x1b[2J\u202e`<b>*x*\nnext: rm -rf ~"


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


def done(*sweeps, **said):
    return Forecast(sweeps=sweeps, total=None, n_agents=1, **said)


def lacking(what):
    return MissingInput(what=what, option="--budget", value="REPORTS")


def test_what_other_people_wrote_reaches_no_terminal_and_no_markdown():
    odd = plain(HOSTILE, name=HOSTILE, budget_from=HOSTILE, missing=(lacking(HOSTILE),))
    for page in (Page(width=80), MarkdownPage()):
        for sweeps in ((odd,), (odd, plain())):
            shown = render_forecast(done(*sweeps), page)
            assert "\x1b" not in shown
            assert "\u202e" not in shown
            assert "\nnext:" not in shown
    row = render_forecast_csv(done(odd)).splitlines()[1]
    assert row.startswith(("\"'=cmd", "'=cmd"))
    assert len(render_forecast_csv(done(odd)).splitlines()) == 2


def test_markdown_escapes_marks():
    shown = render_forecast(done(plain(HOSTILE)), MarkdownPage())
    assert "<b>" not in shown
    assert "*x*" not in shown


def test_files_of_one_name_are_told_apart_by_their_paths():
    two = render_forecast(done(plain("a/s.yaml"), plain("b/s.yaml")), Page(width=100))
    assert "a/s.yaml" in two
    assert "b/s.yaml" in two
    apart = render_forecast(done(plain("a/s.yaml"), plain("b/t.yaml")), Page(width=100))
    assert "a/s.yaml" not in apart


def test_runs_that_differ_in_length_have_no_one_budget():
    lengths = ReportDistribution(reports=(3, 9), shares=(0.5, 0.5))
    swept = plain(lengths=lengths, bands=(4, 12), budget_from="epochs is swept from 3 to 9")
    shown = render_forecast(done(swept), Page(width=100))
    assert "budget 3 to 9 reports, 6 on average (epochs is swept from 3 to 9)" in shown
    assert "1.0 h a full run on average" in shown
    assert "3 … 9" in render_forecast(done(swept, plain()), Page(width=160))
    (row,) = csv.DictReader(io.StringIO(render_forecast_csv(done(swept))))
    assert (row["budget_reports"], row["budget_mean_reports"]) == ("9", "6.0")
    answer = json.loads(render_forecast_json(done(swept)))["sweeps"][0]["plan"]
    assert (answer["budget_least_reports"], answer["budget_mean_reports"]) == (3, 6.0)


@pytest.mark.parametrize("width", [10, 20, 33, 60, 80, 200])
def test_no_line_is_wider_than_the_page(width):
    shown = render_forecast(
        done(plain(name="a name " * 9, missing=(lacking("word " * 30),))), Page(width=width)
    )
    assert max(map(len, shown.splitlines())) <= width


def test_an_ascii_terminal_gets_ascii():
    assert render_forecast(done(plain("s\u00fc\u00df.yaml")), Page(unicode=False)).isascii()


def test_json_holds_nothing_that_json_does_not_know():
    curves = CurveSource(name="x", n_curves=1, n_complete=1, horizon=2, is_packaged=False)
    sweep_forecast = plain(reports_per_epoch=Fraction(1, 3), bands=(3, 9), n_runs=None)
    text = render_forecast_json(done(sweep_forecast, evidence=(curves,)))
    read = json.loads(text)
    assert text == json.dumps(read, indent=2, sort_keys=True) + "\n"
    (sweep,) = read["sweeps"]
    assert sweep["plan"]["reports_per_epoch"] == pytest.approx(1 / 3)
    assert sweep["bands"] == [{"reports": 3, "epoch": 9.0, "n_runs": None}]
    assert sweep["plan"]["n_bands_beyond"] == 1
    assert sweep["best_stopped"] is None


def test_csv_leaves_what_is_unknown_empty():
    head, row = render_forecast_csv(
        done(SweepForecast(plan=SweepPlan(source="s.yaml")))
    ).splitlines()
    assert head.split(",") == list(COLUMNS)
    assert row == "s.yaml" + "," * (len(COLUMNS) - 1) + "0"
