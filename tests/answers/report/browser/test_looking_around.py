"""The demo's page in a browser: hover, isolate, brush, filter, sort, by mouse and by keyboard."""

import math

import pytest

pytestmark = pytest.mark.slow

HALF = 0.5
STOPPED_GEM = '[data-figure="curves"] svg.marks path.mark.curve.is-strong[transform]'


def is_within(mark, ranges):
    """Whether a curve has a report inside of the ranges."""
    x = mark.get("x") or [mark["x0"] + step for step in range(len(mark["y"]))]
    (left, right), (low, high) = (ranges.get(name) or (-math.inf, math.inf) for name in "xy")
    return any(
        left <= at <= right and low <= value <= high
        for at, value in zip(x, mark["y"], strict=True)
        if value is not None
    )


def runs_within(shown, figure, ranges):
    curves = [mark for mark in shown.marks(figure) if mark["type"] == "curve"]
    return {mark["run"] for mark in curves if is_within(mark, ranges)}


def shown_rows(shown):
    """The run ids of the rows that are shown, of tables with a row a run."""
    rows = shown.page.locator("main tr[data-runs]:not(.out)")
    return set(" ".join(rows.evaluate_all("(all) => all.map((row) => row.dataset.runs)")).split())


def test_it_opens_without_a_complaint_and_every_figure_is_drawn(opened):
    shown = opened("demo")
    figures = shown.page.locator("figure.chart")
    assert figures.count() == len(shown.data["figures"]) > 5
    for figure in figures.all():
        assert figure.locator("svg.marks .mark").count() > 0
        assert figure.locator("figcaption strong").text_content().strip()


def test_hovering_tells_run_value_report_and_configuration(opened):
    shown = opened("demo")
    shown.point_at(shown.page.locator(STOPPED_GEM).first)
    gem = next(run for run in shown.data["runs"].values() if run["kind"] == "gem")
    curve = next(mark for mark in shown.marks("curves") if mark.get("em") == "strong")
    words = shown.tooltip
    assert gem["called"] in words
    assert f"{curve['y'][-1]:.4g}" in words
    assert str(len(curve["y"])) in words
    assert set(gem["config"]) <= set(words.split("\n"))
    shown.page.mouse.move(2, 2)
    assert not shown.tooltip


def test_a_click_isolates_a_run_everywhere_and_another_shows_all(opened):
    shown = opened("demo")
    everything = shown_rows(shown)
    place = shown.point_at(shown.page.locator(STOPPED_GEM).first)
    shown.page.mouse.click(*place)
    assert shown.count == "1 of 36 runs"
    (gem,) = (run_id for run_id, run in shown.data["runs"].items() if run["kind"] == "gem")
    assert shown_rows(shown) == {gem} < everything
    front = shown.panel("curves").locator("svg.front path.mark.curve")
    assert "none" in front.evaluate_all("(all) => all.map((path) => getComputedStyle(path).fill)")
    shown.page.mouse.click(*place)
    assert shown.count == "All 36 runs"
    assert shown_rows(shown) == everything


def test_dragging_over_curves_keeps_the_runs_that_pass_there(opened):
    shown = opened("demo")
    shown.drag(shown.layer("curves"), (0.4, 0.2), (0.6, 0.5))
    (ranges,) = shown.ranges()
    kept = runs_within(shown, "curves", ranges)
    assert 0 < len(kept) < 36
    assert shown.count == f"{len(kept)} of 36 runs"
    assert shown_rows(shown) <= kept
    front = shown.panel("curves").locator("svg.front path.mark.curve:not([transform])")
    curves = [mark for mark in shown.marks("curves") if mark["type"] == "curve"]
    drawn = shown.panel("curves").locator("svg.marks path.mark.curve:not([transform])").count()
    of_no_run = drawn - len(curves)
    assert front.count() == of_no_run + sum(mark["run"] in kept for mark in curves)
    shown.page.keyboard.press("Escape")
    assert shown.count == "All 36 runs"
    assert front.count() == 0


def test_two_axes_of_parallel_coordinates_are_brushed_together(opened):
    shown = opened("demo")
    box = shown.layer("parallel")
    kept = []
    for axis in (0, 1):
        column = shown.panel("parallel").locator("g.brush rect.overlay").nth(axis).bounding_box()
        x = (column["x"] + HALF * column["width"] - box["x"]) / box["width"]
        shown.drag(box, (x, 0.12), (x, 0.55))
        kept.append(int(shown.count.split()[0]))
    assert len(shown.ranges()) == 2
    assert 36 > kept[0] > kept[1]
    assert shown.page.locator(".chips li").count() == 2
    shown.page.locator(".chips li button").first.click()
    assert len(shown.ranges()) == 1


def test_the_form_filters_without_a_mouse(opened):
    shown = opened("demo")
    page = shown.page
    page.locator(".filter-form summary").focus()
    page.keyboard.press("Enter")
    axis = page.locator("select[name=axis]")
    offered = axis.locator("option").all_inner_texts()
    assert len(offered) == len(set(offered))
    assert {"lr", "dropout", "schedule", "val/acc"} <= set(offered)
    axis.select_option(label="lr")
    assert page.locator("input[name=from]").is_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    assert shown.count == "All 36 runs"
    axis.select_option(label="val/acc")
    page.locator("input[name=from]").focus()
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    kept = runs_within(shown, "curves", {"y": (0.5, math.inf)})
    assert shown.count == f"{len(kept)} of 36 runs"
    assert shown.status == f"{shown.count} shown"
    assert "val/acc: from 0.5" in page.locator(".chips").inner_text()


def test_arrows_go_through_runs_enter_isolates_and_escape_shows_all(opened):
    shown = opened("demo")
    shown.panel("curves").focus()
    seen = []
    for _ in range(3):
        shown.page.keyboard.press("ArrowDown")
        seen.append(shown.status)
    assert len(set(seen)) == 3
    shown.page.keyboard.press("ArrowLeft")
    assert shown.status != seen[-1]
    assert shown.status.split(",")[0] == seen[-1].split(",")[0]
    shown.page.keyboard.press("ArrowUp")
    assert shown.status == seen[1]
    shown.page.keyboard.press("Enter")
    assert shown.count == "1 of 36 runs"
    shown.page.keyboard.press("Escape")
    assert shown.count == "All 36 runs"


def test_a_heading_sorts_its_table_up_and_down(opened):
    shown = opened("demo")
    table = shown.page.locator("#ends > .scroll table.sortable")
    heads = table.locator("th")
    numbers = next(
        k
        for k in range(heads.count())
        if table.locator(f"tbody td:nth-child({k + 1})[data-value]").count() > 5
    )
    cells = table.locator(f"tbody td:nth-child({numbers + 1})")
    for order in ("ascending", "descending"):
        heads.nth(numbers).locator("button").click()
        assert heads.nth(numbers).get_attribute("aria-sort") == order
        texts = cells.evaluate_all("(all) => all.map((cell) => cell.dataset.value ?? null)")
        values = [float(text) for text in texts if text is not None]
        assert values == sorted(values, reverse=order == "descending")
        assert texts[len(values) :] == [None] * (len(texts) - len(values))
    assert table.locator("th[aria-sort]").count() == 1


def test_of_a_long_table_the_first_rows_are_shown_until_all_are_asked_for(opened):
    shown = opened("demo")
    data = shown.page.locator('figure[data-figure="curves"] details.data')
    data.locator("summary").click()
    rows = data.locator("tbody tr")
    shown_now = data.locator("tbody tr:not(.beyond)")
    assert rows.count() > shown_now.count() == 50
    data.get_by_role("button", name="Show all").click()
    assert shown_now.count() == rows.count()


def test_a_table_keeps_its_room_while_rows_are_left_out(opened):
    shown = opened("demo")
    frame = shown.page.locator("#ends > .scroll")
    frame.scroll_into_view_if_needed()
    before = frame.bounding_box()["height"]
    shown.page.locator(".filter-form summary").click()
    shown.page.locator("select[name=run]").select_option(index=3)
    assert frame.locator("tbody tr:not(.out)").count() == 1
    assert abs(frame.bounding_box()["height"] - before) <= 1


def test_a_row_tells_its_run_and_a_click_isolates_it(opened):
    shown = opened("demo")
    row = shown.page.locator("#gems > .scroll tbody tr").nth(1)
    place = shown.point_at(row.locator("td").first)
    (run_id,) = row.get_attribute("data-runs").split()
    run = shown.data["runs"][run_id]
    assert run["called"] in shown.tooltip
    assert set(run["config"]) <= set(shown.tooltip.split("\n"))
    shown.page.mouse.click(*place)
    assert shown.count == "1 of 36 runs"
    assert shown_rows(shown) == {run_id}


def test_a_click_takes_the_run_that_the_note_is_of(opened):
    shown = opened("demo")
    box = shown.layer("curves")
    for share in (0.2, 0.4, 0.6):
        at = box["x"] + share * box["width"], box["y"] + 0.55 * box["height"]
        shown.page.mouse.move(*at)
        called = shown.tooltip.split("\n")[0]
        shown.page.mouse.click(*at)
        assert shown.count == ("1 of 36 runs" if called else "All 36 runs")
        if called:
            assert called in shown.page.locator(".chips").inner_text()
        shown.page.keyboard.press("Escape")


def test_thresholds_are_drawn_over_curves(opened):
    shown = opened("demo")
    look = "node.classList[1] + ' ' + getComputedStyle(node).strokeWidth"
    marks = shown.panel("curves").locator("svg.marks .mark")
    looks = marks.evaluate_all(f"(all) => all.map((node) => {look})")
    last_curve = max(k for k, words in enumerate(looks) if words.startswith("curve"))
    assert looks[last_curve:].count("rule 2.2px") == 3


def test_a_parameter_of_a_dotted_name_is_told_by_its_own_values(opened):
    shown = opened("demo")
    shown.page.evaluate(
        """() => {
          for (const run of runs.values()) {
            run.config = { "optim.lr": run.config.lr, "model.width": run.config.hidden };
          }
        }"""
    )
    names = shown.page.evaluate("page.figures.parallel.panels[0].x.names")
    column = shown.panel("parallel").locator("g.brush rect.overlay").nth(names.index("lr"))
    box = shown.layer("parallel")
    place = column.bounding_box()
    x = (place["x"] + HALF * place["width"] - box["x"]) / box["width"]
    shown.drag(box, (x, 0.12), (x, 0.55))
    words = shown.page.locator(".chips").inner_text()
    (ids,) = shown.page.evaluate("[...selection.filters.values()].map(({runs}) => [...runs])")
    values = [shown.data["runs"][run_id]["config"]["lr"] for run_id in ids]
    kept = [min(values), max(values)]
    assert words.startswith("lr: ")
    low, high = (float(word) for word in words.split("\n")[0][4:].split(" to "))
    assert [low, high] == [pytest.approx(value, rel=1e-3) for value in kept]
