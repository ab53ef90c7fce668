"""README and documentation say what is true: examples, the picture, claims about the demo."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

import wbtools.demo
from tests import readme
from wbtools.app.audit import audit_reference
from wbtools.cli.app import COMMANDS, command_line

DEMO = Path(wbtools.demo.__file__).parent / "textures"
TEXT = " ".join(readme.HOW_SURE.read_text().split())
EXAMPLES = readme.examples()


@pytest.mark.parametrize("words", EXAMPLES, ids=lambda words: words[:40])
def test_an_example_shows_what_the_program_prints(words):
    assert EXAMPLES[words] == dict.fromkeys(EXAMPLES[words], readme.printed(words))


def test_there_are_examples_and_both_commands():
    assert len(EXAMPLES) > 10
    assert set(readme.commands()) == {"demo", "loop", "tests"}


def test_the_readme_is_short():
    assert len(readme.README.read_text().splitlines()) <= 120


def test_the_readmes_numbers_are_those_of_the_benchmarks():
    readme_text = " ".join(readme.README.read_text().split())
    rows = ("hit@3: a gem among the first three", "coverage of the 90 % intervals")
    (hit, wild_hit), (held, wild_held) = (
        [
            round(100 * float(share))
            for share in re.findall(rf"\| {re.escape(row)} \| \*\*(\.\d\d)", TEXT)
        ]
        for row in rows
    )
    assert f"among its first three in {hit} %" in readme_text
    assert f"90 % ranges hold {held} %" in readme_text
    assert f"it is {wild_hit} % and {wild_held} %" in readme_text
    assert "expects 1.9 gems and there are 3" in readme_text


def test_every_line_of_a_script_has_a_command_and_options_that_there_are():
    root = get_command(command_line())
    context = root.make_context("wbtools", ["archive"])
    for page, words in readme.lines():
        command, left = root, words
        while hasattr(command, "commands"):
            assert left, (page, words)
            name, *left = left
            assert name in command.commands, (page, words)
            command = command.commands[name]
        command.make_context(name, left, parent=context).close()  # raises where a word is wrong


def test_every_command_has_a_page_with_an_example_that_begins_with_it():
    shown = {(page, words[0]) for page, words in readme.lines()}
    shown |= {(page, words.split()[0]) for words, pages in EXAMPLES.items() for page in pages}
    assert {(f"docs/commands/{name}.md", name) for name in COMMANDS} <= shown


def test_the_picture_is_the_present_output():
    shown, present = (re.findall(r"<text[^>]*>([^<]*)<", svg) for svg in pictures())
    assert shown == present
    assert len(shown) > 40


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
    assert "P(at least one gem) = 71 %, expected number 1.9" in TEXT
    assert round(demo.outcome.p_any, 2) == 0.71
    assert round(demo.outcome.expected_gems, 1) == 1.9
    assert "first is run 5, 71 %, at 19 of 27 reports" in TEXT
    first = demo.gems[0]
    assert (first.run.number, first.n_reports, first.budget) == (5, 19, 27)
    assert round(first.projection.p_gem, 2) == 0.71
    assert "run 13 is third, run 16 fifth, run 23 ninth" in TEXT
    ranks = {row.run.number: row.gem_rank for row in demo.gems}
    assert (ranks[13], ranks[16], ranks[23]) == (3, 5, 9)


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
    assert "the one that does not is the gem 16" in TEXT
    assert [number for number, is_held in holds.items() if not is_held] == [16]
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
