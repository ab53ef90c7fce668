"""What `simulate` says of the demo against its runs trained to the end: a table of the docs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import wbtools.demo
from tests.readme import HOW_SURE
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.session import Session
from wbtools.rules.grammar import parse_rule

TRUTH = Path(wbtools.demo.__file__).parent / "textures" / "truth.json"
RULES = (
    "asha(min_iter=1,eta=4)",
    "hyperband(min_iter=1,eta=3,strict=true)",
    "hyperband(min_iter=3,eta=3,strict=true)",
    "hyperband(min_iter=3,eta=2,strict=true)",
    "hyperband(max_iter=27,s=1,strict=false)",
)


@pytest.fixture(scope="module")
def answer_and_truth():
    from wbtools.analysis.simulation.scenario import scenario

    with Session() as access:
        recording = open_sweep("demo", access)
        question = resolve_question(AuditOptions(), recording)
        sweep = recording.read([question.metric.name])
    as_recorded = scenario(sweep, question, load_weights())
    true_runs = {run["number"]: run for run in json.loads(TRUTH.read_text())["runs"].values()}
    values = (
        np.array([true_runs[run.number]["full_curve"] for run in sweep.runs]) * as_recorded.sign
    )
    n, width = values.shape
    report_s = as_recorded.sample_completions(np.random.default_rng(0)).report_s
    whole = replace(
        as_recorded,
        seen=Trajectories(
            values=values,
            n_reports=np.full(n, width),
            report_s=report_s,
            end_s=report_s[:, -1],
            sign=as_recorded.sign,
        ),
        full=np.ones(n, dtype=bool),
        cut=np.zeros(n, dtype=bool),
        draws={},
    )
    rules = [parse_rule(text) for text in RULES]
    return [
        {simulated.rule: simulated for simulated in simulate([ground], rules, Setup()).tried}
        for ground in (as_recorded, whole)
    ]


@pytest.mark.parametrize("rule", RULES)
def test_the_answer_is_near_the_truth(answer_and_truth, rule):
    answer, truth = (by_rule[parse_rule(rule)] for by_rule in answer_and_truth)
    saved, really = (
        1 - simulated.over_orders("cost_share").estimate for simulated in (answer, truth)
    )
    assert saved == pytest.approx(really, abs=0.02)
    said, missed = answer.over_orders("regret"), truth.over_orders("regret")
    interval = f"{said.estimate:.4f} ({said.low:.4f} to {said.high:.4f})"
    row = f"| `{rule}` | {saved:.0%} | {really:.0%} | {interval} | {missed.estimate:.4f} |"
    assert re.sub(r"(\d)%", r"\1 %", row) in HOW_SURE.read_text()


def test_most_intervals_hold_the_truth(answer_and_truth):
    answer, truth = answer_and_truth
    held = 0
    for rule, simulated in answer.items():
        said = simulated.over_orders("regret")
        held += said.low <= truth[rule].over_orders("regret").estimate <= said.high
    assert f"{held} of {len(RULES)} intervals hold the true mean" in HOW_SURE.read_text()
