"""A page of 500 runs with up to 200 reports: small enough to send, quick enough to look around in."""

import pytest

from tests.answers.report.browser.reactions import REACTIONS, reaction_ms

pytestmark = pytest.mark.slow

MOST_BYTES = 2_000_000
MOST_TIMES_SLOWER = 3


def test_it_opens_without_a_complaint_and_is_small_enough_to_send(opened, page_file):
    shown = opened("big")
    assert page_file("big").stat().st_size < MOST_BYTES
    assert shown.count == "All 500 runs"
    assert len(shown.marks("curves")) >= 500


def test_reactions_take_at_most_three_times_as_long_as_on_a_small_page(opened):
    small, large = reaction_ms(opened("demo")), reaction_ms(opened("big"))
    ratios = {name: large[name] / small[name] for name in REACTIONS}
    assert max(ratios.values()) <= MOST_TIMES_SLOWER, (ratios, small, large)
