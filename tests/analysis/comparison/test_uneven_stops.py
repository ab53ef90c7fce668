"""A difference that uneven stops make is not sold as one between sides."""

import pytest

from tests.analysis.comparison.sides import answer, side
from wbtools.analysis.comparison import Over
from wbtools.answers.compare.answer import CompareAnswer
from wbtools.answers.compare.verdict import verdict

GOOD, POOR = 0.2, 0.8


def runs(n, value, n_cut, cut_value, name):
    """Completed runs near a value, and some that were cut short near another one."""
    full = [[1.0, value + k / 1000] for k in range(n)]
    return side(*full, *[[cut_value + k / 1000] for k in range(n_cut)], name=name, budget=2)


@pytest.mark.parametrize(
    ("first", "other", "over", "is_favored"),
    [
        ((12, GOOD, 12, POOR), (24, POOR, 0, 0), Over.COMPLETED, True),
        ((12, GOOD, 12, POOR), (12, POOR, 12, POOR), Over.COMPLETED, False),
        ((24, GOOD, 0, 0), (12, POOR, 12, POOR), Over.COMPLETED, False),
        ((24, GOOD, 0, 0), (12, GOOD, 12, POOR), Over.ALL, True),
        ((12, GOOD, 12, GOOD), (24, POOR, 0, 0), Over.ALL, False),
        ((12, GOOD, 12, GOOD), (12, GOOD, 0, 0), Over.COMPLETED, False),
    ],
    ids=[
        "the better side's poor runs were cut short",
        "as many on either side",
        "the worse side's were",
        "the worse side's runs did not come so far",
        "the better side's did not",
        "no difference shows",
    ],
)
def test_a_verdict_says_where_stops_speak_for_the_better_side(first, other, over, is_favored):
    comparison = answer(runs(*other, name="base"), runs(*first, name="tuned"), over=over)
    contrast = comparison.contrasts[1]
    assert contrast.favored_by_stops is is_favored
    words = verdict(contrast, comparison.question)
    assert ("only" in words or "as far as" in words) is is_favored
    tuned = CompareAnswer.of(comparison).to_dict()["sides"][1]
    assert tuned["is_favored_by_stops"] is is_favored


@pytest.mark.parametrize(
    ("over", "value", "of_cut", "of_whole", "what_counts"),
    [
        (Over.COMPLETED, POOR, "better", "worse", "only completed runs count"),
        (Over.ALL, GOOD, "worse", "better", "runs count as far as they came"),
    ],
    ids=["over completed runs", "over all runs"],
)
def test_a_verdict_names_the_side_whose_runs_were_cut_short(
    over, value, of_cut, of_whole, what_counts
):
    cut = runs(12, GOOD, 12, POOR, name="cut")
    whole = runs(24, value, 0, 0, name="whole")
    for base, other, word, named in (
        (whole, cut, of_cut, "that side"),
        (cut, whole, of_whole, "the baseline"),
    ):
        comparison = answer(base, other, over=over)
        words = verdict(comparison.contrasts[1], comparison.question)
        assert words == f"{word}, but {what_counts} and more runs of {named} were cut short"
