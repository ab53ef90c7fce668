"""The page and the data of `simulate`: goldens, widths, hostile names, one answer in all forms."""

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.cells import cell_len
from wbtools.answers.simulate.csv_text import COLUMNS, render_simulation_csv
from wbtools.answers.simulate.json_text import render_simulation_json
from wbtools.answers.simulate.text import render_simulation

from tests.analysis.simulation.test_simulate import curves, partly, whole
from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import Goal, Metric
from wbtools.rules.grammar import parse_rule

HOSTILE = "\x1b[31m|$(x)\u202e"


def done(*sweeps, rules=(), **setup):
    scenarios = [scenario(recorded, question("none")) for recorded in sweeps]
    asked = [parse_rule(text) for text in rules]
    return simulate(scenarios, asked, Setup(**({"n_orders": 10, "n_workers": 2} | setup)))


@pytest.fixture(scope="module")
def answers():
    few = sweep(*curves(4, 6).tolist(), **FINISHED)
    return {
        "whole": done(whole(n=20)),
        "partly": done(partly(), rules=("hyperband(min_iter=2)", "top(asha(eta=4),k=1)", "none")),
        "several": done(whole(), partly(), rules=("median(grace=3)", "fixed(n=6)"), poll_s=30.0),
        "few": done(few),
        "only outside wandb": done(whole(n=20), rules=("asha(eta=2)", "patience(n=4)")),
    }


def text(answer, page):
    return render_simulation(answer, recommend(answer), page)


@pytest.mark.parametrize("name", ["whole", "partly", "several", "few", "only outside wandb"])
def test_page(golden, answers, name):
    shown = text(answers[name], Page(width=110, color=False, unicode=True))
    golden(f"simulate_{name.replace(' ', '_')}.txt", shown)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("name", ["whole", "several"])
def test_no_line_is_wider_than_the_terminal(answers, name, width):
    shown = text(answers[name], Page(width=width, color=False, unicode=False))
    assert max(cell_len(line) for line in shown.splitlines()) <= max(width, 54)
    assert shown.isascii()


def test_markdown_and_hostile_names(answers):
    simulation = answers["partly"]
    renamed = replace(
        simulation.scenarios[0], sweep_id=HOSTILE, metric=Metric(name=HOSTILE, goal=Goal.MINIMIZE)
    )
    shown = text(replace(simulation, scenarios=(renamed,)), MarkdownPage())
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "```\nearly_terminate:\n  type: hyperband" in shown or "Nothing:" in shown
    assert "| --: |" in shown
    answer = render_simulation_csv(replace(simulation, scenarios=(renamed,)))
    assert "\x1b" not in answer


def test_json_is_the_same_answer(answers):
    simulation = answers["several"]
    advice = recommend(simulation)
    answer = json.loads(render_simulation_json(simulation, advice))
    assert answer["schema"] == "wbtools.simulate/1"
    assert [rule["rule"] for rule in answer["rules"]] == ["fixed(n=6)", "median(grace=3)"]
    assert [len(rule["sweeps"]) for rule in answer["rules"]] == [2, 2]
    overall = answer["rules"][0]["overall"]["cost_share"]
    assert overall["estimate"] == simulation.tried[0].over_orders("cost_share").estimate
    assert overall["n"] == 10
    assert answer["rules"][0]["overall"].keys() ^ answer["rules"][0]["sweeps"][0].keys() == {
        "regret",
        "regret_if_no_gain",
    }
    assert answer["setup"]["poll_s"] == 30.0
    assert answer["sweeps"][1]["n_by_completion"]["censored"] == 6
    assert answer["recommendation"]["rule"] is None
    assert "no tried rule that W&B can run" in answer["recommendation"]["abstained_because"]
    whole_answer = json.loads(render_simulation_json(answers["whole"], recommend(answers["whole"])))
    assert whole_answer["recommendation"]["early_terminate"]["type"] == "hyperband"
    assert "regret" in whole_answer["rules"][0]["overall"]


def test_csv_has_a_row_a_rule_and_sweep(answers):
    rows = list(csv.DictReader(io.StringIO(render_simulation_csv(answers["several"]))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["rule"], row["sweep_id"]) for row in rows] == [
        ("fixed(n=6)", "abcdefgh"),
        ("fixed(n=6)", "abcdefgh"),
        ("median(grace=3)", "abcdefgh"),
        ("median(grace=3)", "abcdefgh"),
    ]
    assert float(rows[0]["cost_share_low"]) <= float(rows[0]["cost_share"])
