"""The demo's page as people read it: dark, narrow, printed, without scripts, by its commands."""

import pytest

pytestmark = pytest.mark.slow

WHITE = "rgb(255, 255, 255)"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
STROKE = "getComputedStyle(document.querySelector('svg.marks path.mark')).stroke"


def test_the_button_changes_light_and_dark_and_the_page_remembers(opened):
    shown = opened("demo", color_scheme="light")
    light = shown.page.evaluate(BACKGROUND), shown.page.evaluate(STROKE)
    assert light[0] == WHITE
    button = shown.page.get_by_role("button", name="Show the page dark")
    button.click()
    dark = shown.page.evaluate(BACKGROUND), shown.page.evaluate(STROKE)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    shown.open()
    assert shown.page.evaluate(BACKGROUND) == dark[0]
    shown.page.get_by_role("button", name="Show the page light").click()
    assert shown.page.evaluate(BACKGROUND) == WHITE


def test_it_begins_as_the_system_is(opened):
    assert opened("demo", color_scheme="dark").page.evaluate(BACKGROUND) != WHITE


def test_print_is_white_and_has_neither_buttons_nor_navigation(opened):
    shown = opened("demo", color_scheme="dark")
    shown.page.emulate_media(media="print")
    assert shown.page.evaluate(BACKGROUND) == WHITE
    for left_out in ("nav", "#filter", "button.copy", "svg.top"):
        assert not shown.page.locator(left_out).first.is_visible()
    assert shown.page.locator("figure.chart svg.marks").first.is_visible()
    assert shown.page.locator("section > .scroll table").first.is_visible()
    printed = shown.page.pdf()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000


def test_print_says_which_runs_are_shown(opened):
    shown = opened("demo")
    shown.page.locator(".filter-form summary").click()
    shown.page.locator("select[name=run]").select_option(index=3)
    shown.page.emulate_media(media="print")
    assert shown.page.locator("#filter .count").is_visible()
    assert shown.page.locator("#filter .chips").is_visible()
    assert not shown.page.locator("#filter button:visible").count()


@pytest.mark.parametrize("width", [390, 820])
def test_nothing_is_wider_than_the_screen(opened, width):
    shown = opened("demo", width=width)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    widths = shown.page.locator("svg.marks").evaluate_all(
        "(all) => all.map((svg) => svg.getBoundingClientRect().right)"
    )
    assert max(widths) <= width


def test_charts_are_drawn_anew_for_another_width(opened):
    shown = opened("demo", width=1200)
    chart = shown.panel("curves").locator("svg.marks")
    before = chart.get_attribute("width")
    shown.page.set_viewport_size({"width": 600, "height": 900})
    shown.page.wait_for_timeout(600)
    assert int(chart.get_attribute("width")) < 600 < int(before)


def test_without_scripts_the_words_and_tables_are_there(opened):
    shown = opened("demo", scripts=False)
    assert shown.page.locator("h1").is_visible()
    assert shown.page.locator(".verdict").is_visible()
    assert shown.page.locator("main tbody tr").count() > 36
    assert "JavaScript" in shown.page.locator("main").inner_text()
    assert not shown.page.locator("#filter").is_visible()


def test_a_command_is_copied(opened):
    shown = opened("demo", permissions=["clipboard-read", "clipboard-write"])
    box = shown.page.locator(".command-box").first
    box.get_by_role("button", name="Copy").click()
    box.get_by_role("button", name="Copied").wait_for()
    copied = shown.page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").inner_text()


def test_categories_are_told_by_shape_too(opened):
    shown = opened("demo")
    legend = shown.page.locator('[data-figure="curves"] .legend li')
    shapes = legend.locator("path").evaluate_all(
        "(all) => all.map((path) => path.getAttribute('d'))"
    )
    assert legend.count() == len(set(shapes)) > 1
