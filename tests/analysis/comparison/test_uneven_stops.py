"""A difference that uneven stops make is not sold as one between sides."""

import pytest

from tests.analysis.comparison.sides import answer, side
from wbtools.analysis.comparison import Over
from wbtools.answers.compare.json_text import render_comparison_json
from wbtools.answers.compare.words import verdict

GOOD, POOR = 0.2, 0.8


def runs(n, value, n_cut, cut_value, name):
    """Completed runs near a value, and some that were cut short near another one."""
    full = [[1.0, value + k / 1000] for k in range(n)]
    return side(*full, *[[cut_value + k / 1000] for k in range(n_cut)], name=name, budget=2)


@pytest.mark.parametrize(
    ("first", "other", "over", "leans"),
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
def test_a_verdict_says_where_stops_speak_for_the_better_side(first, other, over, leans):
    comparison = answer(runs(*other, name="base"), runs(*first, name="tuned"), over=over)
    contrast = comparison.contrasts[1]
    assert contrast.leans_on_stops is leans
    words = verdict(contrast, comparison.question)
    assert ("only" in words or "as far as" in words) is leans
    assert ('"leans_on_stops": true' in render_comparison_json(comparison)) is leans
