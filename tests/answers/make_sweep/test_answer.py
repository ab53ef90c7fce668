"""The answer of `make-sweep`: its page as goldens, and every form of it."""

from pathlib import Path

import pytest

from tests.answers.forms import HOSTILE, check_all_forms, check_widths
from wbtools.answers.make_sweep.answer import MakeSweepAnswer
from wbtools.app.make_sweep_answer import drafted_sweep
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.session import Session
from wbtools.app.plan_next import plan_next
from wbtools.model import Goal
from wbtools.planning.next_sweep import NextSweepOptions
from wbtools.sweepfile.draft import write_draft
from wbtools.sweepfile.numbers_in_yaml import yaml_value

OCR = Path(__file__).parents[2] / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
PLAIN = """
name: plain
program: train.py
method: bayes
run_cap: 30
metric: {name: val/loss, goal: minimize}
early_terminate: {type: hyperband, min_iter: 10, eta: 3}
parameters:
  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.01}
  model: {parameters: {layers: {values: [2, 4]}, depth: {distribution: constant, value: 3}}}
  epochs: {value: 50}
  api_key: {value: hunter2}
"""


def answer_of(*texts, **more):
    return MakeSweepAnswer(
        sweeps=tuple(drafted_sweep(text, "sweep.yaml", **more) for text in texts)
    )


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = AuditOptions(metric="val/hmean", goal=Goal.MAXIMIZE)
    with Session(archive=tmp_path) as session:
        return plan_next([str(OCR)], options, NextSweepOptions(), session)[0]


def test_a_next_sweep_says_on_what_evidence(golden, plan):
    answer = answer_of(write_draft(plan.draft), plan=plan)
    golden("next-sweep.txt", answer.to_text())
    golden("next-sweep.md", answer._repr_markdown_())
    check_all_forms(answer)
    check_widths(answer, 20, 40, 80, 160)
    assert all(parameter["because"] for parameter in answer.to_dict()["parameters"])


def test_what_the_user_says_has_no_evidence(plan):
    plan.draft.data["parameters"]["models.scheduler.T_max"] = {"values": [20, 99]}
    answer = answer_of(write_draft(plan.draft), plan=plan)
    named = {parameter.name: parameter for parameter in answer.parameters}
    assert named["models.scheduler.T_max"].why == ()
    assert named["models.scheduler.T_max"].is_at_edge is None
    assert named["models.optimizer.lr"].why != ()


def test_every_kind_of_parameter_and_the_bands():
    answer = answer_of(PLAIN)
    check_all_forms(answer)
    frame = answer.to_frame().set_index("parameter")
    assert list(frame["is_searched"]) == [True, True, False, False, False]
    assert (frame.loc["lr", "min"], frame.loc["lr", "is_log_scale"]) == (0.0001, True)
    assert frame.loc["model.layers", "values"] == [2, 4]
    assert frame.loc["epochs", "value"] == 50
    (sweep,) = answer.to_dict()["sweeps"]
    assert (sweep["bands_reports"], sweep["run_cap"]) == ([10, 30], 30)
    assert repr(answer).startswith("<make_sweep: plain: searches 2 of 5 parameters; ")


def test_secrets_are_shown_to_who_asks():
    masked, shown = answer_of(PLAIN), answer_of(PLAIN, show_secrets=True)
    for text in (masked.to_json(), masked.to_csv(), masked.to_text(), masked._repr_html_()):
        assert "hunter2" not in text
    assert shown.to_dict()["sweeps"][0]["config"]["parameters"]["api_key"] == {"value": "hunter2"}
    assert "hunter2" in shown.to_csv()


def test_hostile_words_run_nothing():
    hostile = yaml_value(HOSTILE)
    text = f"name: {hostile}\nmethod: {hostile}\nmetric: {{name: {hostile}, goal: minimize}}\n"
    text += f"parameters: {{{hostile}: {{values: [{hostile}, '=cmd()']}}}}\n"
    answer = answer_of(text, text, remarks=[HOSTILE], later=HOSTILE)
    assert answer.parameters[0].name == HOSTILE
    check_all_forms(answer)
