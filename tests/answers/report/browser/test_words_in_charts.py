"""Words beside the marks of charts: where they stand, at every width of the screen and on paper."""

import pytest

pytestmark = pytest.mark.slow

PAPER = 680
OVERLAPS = """(panel, kinds) => {
  const words = [...panel.querySelectorAll('text.label')].filter((node) => node.textContent);
  const boxes = words.map((node) => node.getBoundingClientRect());
  const others = kinds
    ? [...panel.querySelectorAll(kinds)].map((node) => node.getBoundingClientRect())
    : boxes;
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  return boxes.flatMap((box, i) =>
    others.flatMap((other, k) =>
      (kinds || k < i) && meet(box, other) ? [`${words[i].textContent} on ${k}`] : []));
}"""


def overlaps(panel, kinds=None):
    """Words of a panel that stand on each other, or on elements of these kinds."""
    return panel.evaluate(f"(panel) => ({OVERLAPS})(panel, {kinds!r})".replace("None", "null"))


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_two_words_of_a_panel_stand_on_each_other(opened, width):
    shown = opened("demo", width=width)
    panels = shown.page.locator(".panel").all()
    assert len(panels) > 10
    found = [overlaps(panel) for panel in panels]
    assert [words for words in found if words] == []


@pytest.mark.parametrize("width", [820, 1440])
def test_what_is_said_of_an_interval_stands_on_none(opened, width):
    shown = opened("demo", width=width)
    panel = shown.panel("curves")
    words = panel.locator("text.label.interval")
    assert words.count() == 3
    assert overlaps(panel, "svg.marks line.interval") == []


@pytest.mark.parametrize("width", [820, 1440])
def test_every_band_and_the_end_of_a_full_run_are_labelled(opened, width):
    shown = opened("demo", width=width)
    words = shown.panel("curves").locator("text.label.rule").all_text_contents()
    assert {"band 2", "band 6", "band 18", "full run: 27"} <= set(words)


def test_the_name_of_a_dot_stands_on_no_dot(opened):
    shown = opened("demo", width=1440)
    for figure in ("thresholds", "distribution"):
        panels = shown.page.locator(f'[data-figure="{figure}"] .panel')
        assert panels.locator("text.label.dot").count() >= 1
        for panel in panels.all():
            assert overlaps(panel, "svg.marks path.mark.dot") == []


@pytest.mark.parametrize("width", [390, 1440])
def test_chances_stand_right_of_all_that_is_drawn(opened, width):
    shown = opened("demo", width=width)
    panel = shown.panel("gems")
    words = panel.locator("text.label.text")
    assert words.count() > 3
    left = "(all) => Math.min(...all.map((node) => node.getBoundingClientRect().left))"
    right = "(all) => Math.max(...all.map((node) => node.getBoundingClientRect().right))"
    drawn = panel.locator("svg.marks .mark, g.grid line")
    assert words.evaluate_all(left) >= drawn.evaluate_all(right)


def test_on_paper_charts_are_drawn_for_its_width_and_no_table_is_wider(opened):
    shown = opened("demo", width=1440)
    page = shown.page
    width_of = "document.querySelector('[data-figure=curves] svg.marks').getAttribute('width')"
    before = page.evaluate(width_of)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(width_of) == str(PAPER) != before
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    widths = page.locator("main table:visible").evaluate_all(
        "(all) => all.map((table) => table.getBoundingClientRect().width)"
    )
    assert len(widths) > 5
    assert max(widths) <= PAPER
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(width_of) == before


def test_columns_of_numbers_are_named_by_their_table(opened):
    shown = opened("demo")
    aligned = shown.page.evaluate(
        """() => {
          const table = document.querySelector('#parameters table.sortable');
          table.className = 'sortable n2';
          return [1, 2].map((k) =>
            getComputedStyle(table.querySelector(`td:nth-child(${k})`)).textAlign);
        }"""
    )
    assert aligned == ["left", "right"]


def test_a_row_is_as_high_as_its_text_on_the_screen(opened):
    shown = opened("demo", width=1440)
    rows = shown.page.locator("#ends > .scroll tbody tr:visible")
    heights = rows.evaluate_all("(all) => all.map((row) => row.getBoundingClientRect().height)")
    assert max(heights) < 1.5 * min(heights)
