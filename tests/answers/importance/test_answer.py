"""What matters, in every form that it is given."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.importance.runs import audited
from tests.answers.forms import (
    HOSTILE,
    WIDTHS,
    check_all_forms,
    check_verdict_first,
    check_widths,
)
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.importance import assess, forest
from wbtools.answers.answer import render
from wbtools.answers.formats import Format
from wbtools.answers.importance.answer import ImportanceAnswer
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.findings import Confidence, Finding, Severity

RNG = np.random.default_rng(0)
RATES = 10 ** RNG.uniform(-4, -1, 60)


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest, "N_FORESTS", 4)
        patch.setattr(forest, "N_TREES", 12)
        yield


def answered(found):
    return ImportanceAnswer.of(assess(found, None))


def twelve():
    """Too few for a forest, all kinds of parameters."""
    configs = [
        {
            "lr": round(float(RATES[k]), 6),
            "batch": 2 ** (4 + k % 3),
            "opt": "adam" if k % 2 else "sgd",
            "layers": [8, 8] if k % 3 else [16],
            "clip": 0.1 * k if k % 2 else None,
            "out": f"/runs/{k}",
            "epochs": 2,
        }
        for k in range(12)
    ]
    return answered(audited([1 + 0.1 * (k * 5 % 12) for k in range(12)], configs))


def sixty():
    """A clear peak, an interaction, divergence at high rates."""
    configs = [{"lr": float(x), "opt": "ab"[k % 2], "wd": k % 7 / 7} for k, x in enumerate(RATES)]
    loss = [
        None if x > 0.03 and k % 3 else abs(np.log10(x) + 3) + (k % 2) for k, x in enumerate(RATES)
    ]
    return answered(audited(loss, configs))


def hostile():
    """Every name and every value is someone else's text."""
    texts = [*HOSTILE_NAMES.values(), HOSTILE]
    configs = [
        {text: [k % 3, text][k % 2] for text in texts}
        | {"api_key": ["sk-very", "sk-secret"][k % 2], "opt": texts[k % 3]}
        for k in range(12)
    ]
    return answered(audited([float(k * 7 % 12) for k in range(12)], configs))


def names_only():
    """Nothing varies but a name for each run."""
    return answered(audited([float(k) for k in range(9)], [{"out": f"r{k}"} for k in range(9)]))


MADE = {"names only": names_only(), "twelve": twelve(), "hostile": hostile()}


@pytest.fixture(scope="module", params=["names only", "twelve", "hostile", "sixty"])
def answer(request):
    return sixty() if request.param == "sixty" else MADE[request.param]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_screen_at_usual_widths(golden, width):
    golden(f"importance-twelve-{width}.txt", MADE["twelve"].to_text(width=width))


def test_the_page_as_markdown(golden):
    golden("importance-twelve.md", MADE["twelve"].on(MarkdownPage()))


def test_every_form_is_written_and_runs_nothing(answer):
    check_all_forms(answer)
    check_widths(answer, 20, 40, 80, 160)
    check_verdict_first(answer)


def test_every_estimate_has_an_interval_or_a_reason(answer):
    found = answer.to_dict()
    for parameter in found["parameters"]:
        assert (parameter["association"] is None) == (parameter["abstained_because"] is not None)
        for name in ("association", "permutation_importance", "main_effect", "total_effect"):
            ends = [parameter[f"{name}{end}"] for end in ("_low", "", "_high")]
            assert ends == [None] * 3 or ends == sorted(ends)
    names = list(dict.fromkeys(value["parameter"] for value in found["values"]))
    assert names == [parameter["parameter"] for parameter in found["parameters"]]


def test_secrets_are_masked_everywhere_unless_asked_for():
    masked = MADE["hostile"]
    shown = replace(masked, show_secrets=True)
    for form in (Format.TEXT, Format.MARKDOWN, Format.HTML, Format.JSON):
        assert "sk-secret" not in render(masked, form, Page(width=200, limit=0))
        assert "sk-secret" in render(shown, form, Page(width=200, limit=0))
    assert "sk-secret" not in masked.to_csv()


def test_secret_numbers_are_unknown_in_data_unless_asked_for():
    keys = [{"api_key": float(10**6 + k * k)} for k in range(32)]
    masked = answered(audited([float(k) for k in range(32)], keys))
    for answer, is_shown in ((masked, False), (replace(masked, show_secrets=True), True)):
        check_all_forms(answer)
        assert (answer.to_frame()["low"][0] == 10**6) == is_shown
        assert (answer.to_dict()["values"][0]["low"] is not None) == is_shown
        assert [math.isnan(bound.value) for bound in answer.at_a_bound] == [not is_shown]
        assert ("1e+06" in answer.to_text(width=200)) == is_shown


def test_what_forests_mean_is_shown_and_failures_are_named():
    answer = sixty()
    text = answer.to_text(width=200)
    assert "permutation importance" in text
    assert re.search(r"lr 0\.0\d+ … 0\.0\d+: \d+ of \d+ fail \(\d+ … \d+ %\), elsewhere 0", text)
    assert "reported NaN or an infinity" in text
    found = answer.to_dict()
    (region,) = found["failures"]["regions"]
    (value,) = (value for value in found["values"] if value["low"] == region["low"] is not None)
    assert (region["parameter"], region["n_inside"]) == ("lr", value["n_failed"])
    (lr,) = (row for row in found["parameters"] if row["parameter"] == "lr")
    points = [point for point in found["marginals"] if point["parameter"] == "lr"]
    best = max(points, key=lambda point: point["standing"])
    assert (lr["best_at"], lr["best_standing"]) == (best["value"], best["standing"])


def test_what_means_nothing_is_not_shown():
    answer = sixty()
    worthless = replace(
        answer.skill, explained=replace(answer.skill.explained, estimate=0.1, low=-0.2, high=0.4)
    )
    answer = replace(answer, skill=worthless)
    text = answer.to_text(width=200)
    assert "explain 10 % (-20 … 40 %) of the variance" in text
    assert "not shown to beat guessing, so their importances are left out" in text
    assert "permutation importance" not in text
    assert "Interactions" not in text
    assert not answer.to_frame()["forests_predict"].any()
    assert not answer.to_dict()["forest"]["predicts"]


def test_a_limit_is_kept_and_counted():
    text = MADE["twelve"].to_text(width=120, limit=2)
    assert "… and 3 more parameters (--limit 0 shows all)" in text
    assert "absent" not in text
    assert "absent" in MADE["twelve"].to_text(width=120, limit=0)


def test_it_is_said_in_one_line():
    assert repr(MADE["twelve"]) == (
        "<importance: 12 runs of abcdefgh: no parameter is shown to matter: none of 4 is "
        "significantly associated with loss (Holm-corrected); the strongest is layers, "
        "ratio .20 (.00 … .60)>"
    )


def test_the_verdict_names_what_matters():
    up, other = [0.1 * k for k in range(12)], [k * 7 % 12 for k in range(12)]
    falling = [10.0 - k for k in range(12)]
    two = answered(audited(falling, [{"lr": x, "wd": y} for x, y in zip(up, other, strict=True)]))
    words = "What matters? lr (+1.00) matters: significantly associated with loss (of 2 parameters"
    assert words in " ".join(two.to_text(width=200).split())
    one = answered(audited([float(k) for k in other], [{"lr": x} for x in up]))
    words = "What matters? lr is not shown to matter: its correlation with loss, "
    assert words in " ".join(one.to_text(width=200).split())
    assert "What matters? No parameter can be judged" in " ".join(
        MADE["names only"].to_text(width=200).split()
    )


def test_findings_have_a_section_only_where_there_are_any():
    audit = audited([float(k) for k in range(12)], [{"lr": 0.1 * k} for k in range(12)])
    assert "Findings" not in answered(audit).to_text(limit=0)
    finding = Finding(
        code="WBT114",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="run3",
        title=HOSTILE,
        hint="look",
    )
    milder = replace(finding, code="WBT111", severity=Severity.INFO)
    recorded = replace(audit.sweep, findings=(milder, finding))
    answer = answered(replace(audit, sweep=recorded))
    check_all_forms(answer)
    text = answer.to_text(limit=0)
    assert re.search(r"\nFindings\n  warning WBT114: run 3: .*\n      look\n  note WBT111: ", text)
    assert [found["code"] for found in answer.to_dict()["findings"]] == ["WBT114", "WBT111"]
