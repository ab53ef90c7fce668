"""Names, parameters and values that try to be markup or programs stay text in the browser."""

import pytest

from tests.answers.report.browser.pages import HOSTILE

pytestmark = pytest.mark.slow


def test_nothing_of_theirs_runs_or_becomes_an_element(opened):
    shown = opened("hostile")
    page = shown.page
    for place in range(page.locator(".panel").count()):
        page.locator(".panel").nth(place).focus()
        page.keyboard.press("ArrowDown")
    assert page.evaluate("globalThis.pwned") is None
    assert page.evaluate("({}).polluted") is None
    n_elements = page.evaluate(
        "[...document.querySelectorAll('main img, main script, [onload], [onerror]')].length"
    )
    assert n_elements == 0


def test_a_tooltip_shows_a_name_as_it_is_written(opened):
    shown = opened("hostile")
    panel = shown.panel("curves")
    panel.focus()
    seen = []
    for _ in HOSTILE:
        shown.page.keyboard.press("ArrowDown")
        seen.append(shown.tooltip)
    assert any("<script>window.pwned = 1</script>" in words for words in seen)
    assert not any("\x1b" in words or "\N{RIGHT-TO-LEFT OVERRIDE}" in words for words in seen)


def test_the_longest_name_makes_nothing_wider_than_the_screen(opened):
    shown = opened("hostile", width=390)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_run_with_a_hostile_name_is_isolated_and_sorted_like_any(opened):
    shown = opened("hostile")
    choice = shown.page.locator("select[name=run]")
    shown.page.locator(".filter-form summary").click()
    choice.select_option(index=1)
    assert shown.count == f"1 of {len(HOSTILE)} runs"
    for button in shown.page.locator("table.sortable th button").all()[:6]:
        button.evaluate("(node) => node.click()")
