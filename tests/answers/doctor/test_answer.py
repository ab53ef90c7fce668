"""The doctor's page, as people see it."""

import json
from dataclasses import replace

import pytest

from tests.analysis.health.charts import examined
from tests.analysis.sweeps import FINISHED
from tests.answers.forms import check_all_forms, check_verdict_first
from wbtools.analysis.health import Unjudged
from wbtools.answers.doctor.answer import DoctorAnswer
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.findings import Confidence
from wbtools.model import RunState

NAN = float("nan")
FALL = [1.0, 0.8, 0.6, 0.5, 0.45, 0.4]
HOSTILE = "\x1b[2Jbox\u202e%0A::error::|`*"
FAILED = {"state": RunState.FAILED, "exit_code": 1, "host": HOSTILE}


def diagnosed(*curves, **more):
    return DoctorAnswer.of(examined(*curves, **more))


def ill():
    """A sweep with several things wrong with it, on a host with a hostile name."""
    good = [FINISHED | {"host": "box", "config": {"lr": k % 6, "seed": 0}} for k in range(8)]
    return diagnosed(
        *[[value + k for value in FALL] for k in range(8)],
        *[[1.0, NAN]] * 4,
        [],
        facts=[*good, *[FAILED] * 5],
        rule="hyperband(min_iter=2,eta=3,strict=true)",
        ask={"method": "bayes", "sweep_name": "ill"},
        known={"impute": "worst", "logged": {"train_loss": 12}, "near": ("train_loss",)},
    )


def page(width=100, *, unicode=True, limit=10):
    return Page(width=width, unicode=unicode, limit=limit)


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        *((f"doctor-{width}.txt", page(width)) for width in (60, 80, 120, 200)),
        ("doctor-40-ascii.txt", page(40, unicode=False)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_page(golden, name, sheet):
    golden(name, ill().on(sheet))


def test_the_page_as_markdown(golden):
    golden("doctor.md", ill().on(MarkdownPage()))


def test_a_sweep_without_a_finding(golden):
    healthy = diagnosed(FALL, FALL, FALL)
    golden("doctor-healthy.txt", healthy.on(page()))
    check_verdict_first(healthy)
    n_silent = len({check.code for check in healthy.unjudged})
    assert f"<doctor: {20 - n_silent} of 20 checks could be made; they found nothing" in repr(
        healthy
    )


@pytest.mark.parametrize(
    ("n_made", "words"),
    [
        (20, "nothing was found by 20 checks of 3 runs"),
        (12, "12 of 20 checks could be made; they found nothing"),
        (2, "2 of 20 checks could be made; they found nothing, too few for an all-clear"),
        (0, "none of 20 checks could be made, so that nothing is known"),
    ],
)
def test_few_checks_are_no_all_clear(n_made, words):
    silent = tuple(Unjudged(code=f"WBD{k}", about="a", why="b") for k in range(20 - n_made))
    healthy = DoctorAnswer.of(diagnosed(FALL, FALL, FALL), n_checks=20, unjudged=silent)
    assert healthy.headline == words


def test_the_limit_counts_what_it_hides():
    short = ill().on(page(limit=1))
    assert short.count("WBD2") < ill().on(page(limit=0)).count("WBD2")
    assert "more findings (--limit 0 shows all)" in short


def test_every_form_holds_it_and_hostile_names_do_nothing():
    answer = ill()
    assert HOSTILE in {run.host for run in answer.context.sweep.runs}
    check_all_forms(answer)
    check_verdict_first(answer)
    doubted = replace(answer.findings[0], confidence=Confidence.LOW)
    alone = DoctorAnswer.of(answer, findings=(doubted,))
    assert repr(alone).startswith("<doctor: 1 warning: perhaps 1 of 13 runs never logged 'loss'")
    assert "5 warnings: 1 of 13 runs never logged 'loss'" in repr(answer)
    assert "WBD234" in answer.to_text(limit=0)


def test_json_holds_every_finding_and_what_was_not_judged():
    answer = ill()
    document = json.loads(answer.to_json())
    assert document["schema"] == "wbtools.doctor/1"
    assert [finding["code"] for finding in document["findings"]] == [
        finding.code for finding in answer.findings
    ]
    assert all("n" in finding["evidence"] for finding in document["findings"])
    assert {check["code"] for check in document["not_judged"]} == {
        check.code for check in answer.unjudged
    }
    assert document["metric"] == {
        "name": "loss",
        "goal": "minimize",
        "goal_is_inferred": False,
        "target": None,
    }


def test_csv_has_a_row_a_finding():
    answer = ill()
    frame = answer.to_frame()
    assert frame["code"].tolist() == [finding.code for finding in answer.findings]
    assert frame["evidence"][0]["n"] > 0
    assert answer.to_csv().startswith("code,severity,confidence,")


def test_a_sweep_without_a_metric_is_an_answer_too():
    answer = DoctorAnswer.of(ill(), context=replace(ill().context, diagnosis=None))
    assert answer.to_dict()["metric"] is answer.to_dict()["n_by_completion"] is None
    check_all_forms(answer)
