"""Lint's answer: findings as editors read them, and in all other forms."""

from tests.answers.forms import HOSTILE, check_all_forms
from wbtools.answers.answer import render
from wbtools.answers.formats import Format
from wbtools.answers.layout import Page
from wbtools.answers.lint.answer import LintAnswer
from wbtools.findings import Confidence, Finding, Severity


def an_answer(n=3):
    findings = tuple(
        Finding(
            code=f"WBS0{10 + k}",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            subject=HOSTILE,
            title=f"{HOSTILE} is odd",
            hint=HOSTILE,
            fix="x" if k else None,
            location=f"{HOSTILE}:{k + 1}:7",
        )
        for k in range(n)
    )
    return LintAnswer(findings=findings, n_files=2)


def test_every_form_of_hostile_findings_is_text():
    check_all_forms(an_answer())
    check_all_forms(LintAnswer(findings=(), n_files=1))


def test_data_has_places_and_what_can_be_mended():
    frame = an_answer().to_frame()
    assert frame["line"].tolist() == [1, 2, 3]
    assert frame["is_fixable"].tolist() == [False, True, True]


def test_a_line_a_finding_and_those_beyond_the_limit_are_counted():
    text = an_answer(6).to_text(limit=2)
    assert text.count("warning WBS0") == 2
    assert "… and 4 more findings" in text
    assert text.endswith("6 warnings in 2 files\n")


def test_github_shows_each_beside_its_line():
    log = render(an_answer(1), Format.GITHUB, Page())
    assert log.count("\n") == 1
    assert ",line=1,col=7,title=WBS010::" in log
