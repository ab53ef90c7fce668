"""The page and the data of `simulate`: goldens, widths, hostile names, one answer in all forms."""

from dataclasses import replace

import pytest

from tests.analysis.simulation.test_simulate import curves, partly, whole
from tests.analysis.sweeps import FINISHED, question, sweep
from tests.answers.forms import check_all_forms, check_verdict_first, check_widths
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.answers.simulate.answer import SimulateAnswer
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Goal, Metric
from wbtools.rules.grammar import parse_rule

HOSTILE = "\x1b[31m|$(x)\u202e"


def done(*sweeps, rules=(), **setup):
    scenarios = [scenario(recorded, question("none")) for recorded in sweeps]
    asked = [parse_rule(text) for text in rules]
    return answer_of(
        simulate(scenarios, asked, Setup(**({"n_orders": 10, "n_workers": 2} | setup)))
    )


def answer_of(simulation, **more):
    changed = replace(simulation, **more)
    return SimulateAnswer.of(changed, advice=recommend(changed))


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


@pytest.mark.parametrize("name", ["whole", "several", "few", "only outside wandb"])
def test_page(golden, answers, name):
    shown = answers[name].on(Page(width=110, limit=12))
    golden(f"simulate_{name.replace(' ', '_')}.txt", shown)
    check_all_forms(answers[name])
    check_verdict_first(answers[name])


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_page_on_screens(golden, answers, width):
    golden(f"simulate_partly_{width}.txt", answers["partly"].to_text(width=width))


@pytest.mark.parametrize("name", ["whole", "several"])
def test_no_line_is_wider_than_the_terminal(answers, name):
    check_widths(answers[name], 20, 40, 80, 200, least=54)


def test_markdown_and_hostile_names(answers):
    simulation = answers["partly"]
    renamed = replace(
        simulation.scenarios[0], sweep_id=HOSTILE, metric=Metric(name=HOSTILE, goal=Goal.MINIMIZE)
    )
    answer = answer_of(simulation, scenarios=(renamed,))
    check_all_forms(answer)
    shown = answer.on(MarkdownPage())
    assert "```\nearly_terminate:\n  type: hyperband" in shown or "Nothing:" in shown
    assert "| --: |" in shown


def test_json_is_the_same_answer(answers):
    answer = answers["several"].to_dict()
    assert answer["schema"] == "wbtools.simulate/1"
    assert [rule["rule"] for rule in answer["rules"]] == ["fixed(n=6)", "median(grace=3)"]
    first = answers["several"].tried[0]
    assert answer["rules"][0]["cost_share"] == first.over_orders("cost_share").estimate
    assert answer["rules"][0]["n_orders"] == 10
    assert answer["rules"][0]["regret"] is None
    assert answer["results"][1]["regret"] == first.over_orders("regret", sweep=1).estimate
    assert answer["setup"]["poll_s"] == 30.0
    assert answer["sweeps"][1]["n_by_completion"]["censored"] == 6
    assert answer["recommendation"]["rule"] is None
    assert "none saves compute" in answer["recommendation"]["abstained_because"]
    whole_answer = answers["whole"].to_dict()
    assert whole_answer["recommendation"]["early_terminate"]["type"] == "hyperband"
    assert whole_answer["rules"][0]["regret"] is not None


def test_csv_has_a_row_a_rule_and_sweep(answers):
    rows = answers["several"].to_frame()
    assert list(zip(rows["rule"], rows["sweep_id"], strict=True)) == [
        ("fixed(n=6)", "abcdefgh"),
        ("fixed(n=6)", "abcdefgh"),
        ("median(grace=3)", "abcdefgh"),
        ("median(grace=3)", "abcdefgh"),
    ]
    assert rows["cost_share_low"][0] <= rows["cost_share"][0]


def test_findings_are_said_sweep_by_sweep(answers):
    finding = Finding(
        code="WBT128",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=HOSTILE,
    )
    first, second = answers["several"].scenarios
    answer = answer_of(
        answers["several"],
        scenarios=(first, replace(second, sweep_id="other", findings=(finding,))),
    )
    check_all_forms(answer)
    assert [found["sweep_id"] for found in answer.to_dict()["findings"]] == ["other"]
    text = answer.to_text(limit=0)
    assert text.count("Findings in") == 1
    assert "Findings in other\n  warning WBT128: " in text
