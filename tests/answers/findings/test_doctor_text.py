"""The doctor's page, as people see it."""

import csv
import io
import json

import pytest

from tests.analysis.health.charts import examined
from tests.analysis.sweeps import FINISHED
from wbtools.answers.findings.doctor_csv_text import COLUMNS, render_examination_csv
from wbtools.answers.findings.doctor_json_text import render_examination_json
from wbtools.answers.findings.doctor_text import render_examination
from wbtools.answers.findings.github_log import render_examination_github
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import RunState

NAN = float("nan")
FALL = [1.0, 0.8, 0.6, 0.5, 0.45, 0.4]
HOSTILE = "\x1b[2Jbox\u202e%0A::error::|`*"
FAILED = {"state": RunState.FAILED, "exit_code": 1, "host": HOSTILE}


def ill():
    """A sweep with several things wrong with it, on a host with a hostile name."""
    good = [FINISHED | {"host": "box", "config": {"lr": k % 6, "seed": 0}} for k in range(8)]
    return examined(
        *[[value + k for value in FALL] for k in range(8)],
        *[[1.0, NAN]] * 4,
        [],
        facts=[*good, *[FAILED] * 5],
        rule="hyperband(min_iter=2,eta=3,strict=true)",
        ask={"method": "bayes", "sweep_name": "ill"},
        known={"impute": "worst", "logged": {"train_loss": 12}, "near": ("train_loss",)},
    )


def page(width=100, *, unicode=True, color=False):
    return Page(width=width, color=color, unicode=unicode)


@pytest.mark.parametrize(
    ("name", "sheet"),
    [("doctor.txt", page()), ("doctor-40-ascii.txt", page(40, unicode=False))],
    ids=["wide", "narrow and ASCII"],
)
def test_the_page(golden, name, sheet):
    golden(name, render_examination(ill(), sheet))


def test_the_page_as_markdown(golden):
    golden("doctor.md", render_examination(ill(), MarkdownPage()))


def test_a_sweep_without_a_finding(golden):
    golden("doctor-healthy.txt", render_examination(examined(FALL, FALL, FALL), page()))


def test_the_limit_counts_what_it_hides():
    short = render_examination(ill(), page(), limit=1)
    assert short.count("WBD2") < render_examination(ill(), page(), limit=0).count("WBD2")
    assert "more findings (--limit 0 shows all)" in short


@pytest.mark.parametrize(
    "render",
    [
        lambda examination: render_examination(examination, page()),
        lambda examination: render_examination(examination, page(20)),
        lambda examination: render_examination(examination, MarkdownPage()),
        render_examination_json,
        render_examination_csv,
        render_examination_github,
    ],
    ids=["text", "narrow", "Markdown", "JSON", "CSV", "GitHub"],
)
def test_hostile_names_do_nothing(render):
    text = render(ill())
    assert "WBD234" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n::error::" not in text


def test_json_holds_every_finding_and_what_was_not_judged():
    examination = ill()
    known = json.loads(render_examination_json(examination))
    assert known["schema"] == "wbtools.doctor/1"
    assert [finding["code"] for finding in known["findings"]] == [
        finding.code for finding in examination.findings
    ]
    assert all("n" in finding["evidence"] for finding in known["findings"])
    assert {check["code"] for check in known["not_judged"]} == {
        check.code for check in examination.unjudged
    }
    assert known["metric"] == {
        "name": "loss",
        "goal": "minimize",
        "goal_is_inferred": False,
    }


def test_csv_has_a_row_a_finding():
    examination = ill()
    rows = list(csv.DictReader(io.StringIO(render_examination_csv(examination))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["code"] for row in rows] == [finding.code for finding in examination.findings]
    assert json.loads(rows[0]["evidence"])["n"] > 0
