"""The README says what is true: its examples, its picture and its claims about the demo."""

import json
import re
import shlex
from pathlib import Path

import pytest

import wbtools.demo
from tests import readme
from wbtools.app.audit import audit_reference

DEMO = Path(wbtools.demo.__file__).parent / "textures"
TEXT = " ".join(readme.README.read_text().split())


@pytest.mark.parametrize(("words", "shown"), readme.examples(), ids=lambda text: text[:40])
def test_an_example_shows_what_the_program_prints(words, shown):
    assert readme.output(shlex.split(words)) == shown


def test_there_are_examples_and_both_commands():
    assert readme.examples()
    assert set(readme.commands()) == {"demo", "tests"}


def test_the_picture_is_the_present_output():
    shown, present = (re.findall(r"<text[^>]*>([^<]*)<", svg) for svg in pictures())
    assert shown == present
    assert len(shown) > 50


def pictures() -> tuple[str, str]:
    return readme.PICTURE.read_text(), readme.picture()


@pytest.fixture(scope="module")
def demo():
    return audit_reference("demo")


@pytest.fixture(scope="module")
def truth():
    return {
        run["number"]: run for run in json.loads((DEMO / "truth.json").read_text())["runs"].values()
    }


def test_what_the_audit_says_of_the_demo(demo):
    assert "P(at least one gem) = .34, expected number 1.0" in TEXT
    assert round(demo.outcome.p_any, 2) == 0.34
    assert round(demo.outcome.expected_gems, 1) == 1.0
    assert "first is run 5, .34, at 19 of 27 reports" in TEXT
    first = demo.gems[0]
    assert (first.run.number, first.n_reports, first.budget) == (5, 19, 27)
    assert round(first.projection.p_gem, 2) == 0.34
    assert "run 13 is second, run 16 fifth, run 23 eighth" in TEXT
    ranks = {row.run.number: row.gem_rank for row in demo.gems}
    assert (ranks[13], ranks[16], ranks[23]) == (2, 5, 8)


def test_what_the_truth_is(demo, truth):
    assert {number for number, run in truth.items() if run["gem"]} == {13, 16, 23}
    assert "there are 3: runs 13, 16 and 23" in TEXT
    best = {number: run["best_over_full_budget"] for number, run in truth.items()}
    assert f"{best[5]:.4f} against a bar of {demo.incumbent.value:.4f}" in TEXT
    margins = [f"{best[number] - demo.incumbent.value:.4f}" for number in (16, 13, 23)]
    assert f"beat the bar by {margins[0]}, {margins[1]} and {margins[2]}" in TEXT
    holds = {
        row.run.number: row.projection.low <= best[row.run.number] <= row.projection.high
        for row in demo.gems
    }
    inside, n = sum(holds.values()), len(holds)
    assert holds[13]
    assert holds[16]
    assert holds[23]
    assert (
        f"{inside} of {n} hold the true value, that is {inside / n:.0%}".replace("%", " %") in TEXT
    )


def test_every_stop_has_the_band_at_which_the_engine_decided(demo, truth):
    assert "explains 31 of 32 stops at every moment and the last one at some" in TEXT
    fit = demo.strict_fit
    assert (fit.n_explained, fit.n_ambiguous, fit.n_stops) == (31, 1, 32)
    for row in demo.gems:
        assert row.explanation.band == truth[row.run.number]["stop"]["band"]


def test_what_was_recorded_begins_what_was_trained_afterwards(demo, truth):
    curves = demo.sweep.curves["val/acc"]
    for row, run in enumerate(demo.sweep.runs):
        n = curves.n_reports[row]
        assert curves.values[row, :n].tolist() == truth[run.number]["full_curve"][:n]
