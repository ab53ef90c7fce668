"""`wbtools doctor` as a shell runs it."""

import json
import re
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"
AS_OF = re.compile(r'"as_of": "[^"]*"')  # files are read up to now


def test_the_demo(wbtools, golden):
    result = wbtools("doctor", "demo")
    assert result.code == 0
    golden("doctor-demo.txt", result.out)
    assert result.err.splitlines() == [
        "next: wbtools rule WBD212",
        "next: wbtools audit-terminations demo",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["--fail-on", "error"], 0),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "warning", "--ignore", "WBD212"], 0),
        (["--fail-on", "info", "--select", "WBD204"], 1),
    ],
    ids=["no gate", "only errors", "warnings", "what is ignored", "what is selected"],
)
def test_findings_close_a_gate_only_where_it_is_asked_for(wbtools, words, code):
    assert wbtools("doctor", "demo", "-q", *words).code == code


def test_forms_agree_and_go_to_files(wbtools, tmp_path):
    said = json.loads(wbtools("doctor", "demo", "--format", "json").out)
    found = [finding["code"] for finding in said["findings"]]
    for suffix, form in ((".md", "md"), (".csv", "csv"), (".json", "json")):
        out = tmp_path / f"doctor{suffix}"
        assert wbtools("doctor", "demo", "-q", "-o", out).code == 0
        printed = wbtools("doctor", "demo", "--format", form).out
        assert AS_OF.sub("", out.read_text()) == AS_OF.sub("", printed)
        assert all(code in out.read_text() for code in found)
    github = wbtools("doctor", "demo", "--format", "github").out
    assert github.startswith(
        "::warning title=WBD212::bayes was taught the worst value for 32 of 36 ended"
    )


def test_a_run_table_without_a_metric_is_no_error(wbtools):
    result = wbtools("doctor", DATA / "seeds" / "ocr_v5inrfwe_runs.csv")
    assert result.code == 0
    assert "nothing says which metric" in result.out
    assert result.err == ""


def test_a_sweep_that_is_not_there(wbtools):
    assert wbtools("doctor", "./nowhere").code == 2


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--select", "WBX"], "no finding's code begins with 'WBX'"),
        (["--select", "WBS012"], "`wbtools lint` reports it"),
        (["--select", "WBT101"], "`wbtools audit-terminations` reports it"),
        (["--select", "WBR"], "`wbtools replicate` reports it"),
        (["--select", "WBD21,WBS"], "--select WBS: `wbtools doctor` makes no such check"),
        (["--select", "WBD21", "--ignore", "WBD2"], "--ignore leaves out everything"),
    ],
)
def test_a_selection_without_any_check_is_refused(wbtools, words, refusal):
    result = wbtools("doctor", "demo", *words)
    assert result.code == 2
    assert refusal in result.err


@pytest.mark.parametrize("words", [["--select", "WBT11"], ["--ignore", "WBS,WBD212"]])
def test_findings_of_the_recording_can_be_chosen_and_others_ignored(wbtools, words):
    assert wbtools("doctor", "demo", *words).code == 0


def test_the_manual_has_every_check(wbtools):
    from wbtools.analysis.health import CHECKS

    index = wbtools("rule").out
    assert all(f"{code}  {check.title}" in index for code, check in CHECKS.items())
    page = wbtools("rule", "wbd212").out
    assert page.startswith("WBD212  warning, confidence high\n\nBayes was taught")
    assert "Good:" in page


def test_the_help_names_a_code_that_is_explained(wbtools):
    shown = " ".join(wbtools("doctor", "--help").out.split())
    assert "`wbtools rule WBD212` explains one" in shown


def test_the_next_audit_is_asked_with_the_same_rule(wbtools):
    result = wbtools("doctor", "demo", "--early-terminate", "none", "--budget", "27")
    assert (
        "next: wbtools audit-terminations demo --early-terminate none --budget 27\n" in result.err
    )
