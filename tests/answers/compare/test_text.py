"""The page of `compare`, as goldens; it fits every terminal and shows hostile names inert."""

import csv
import io
import json
import math
from functools import cache
from importlib import resources

import jsonschema
import pytest
from rich.cells import cell_len

from tests.analysis.comparison.sides import answer, random_curves, side, table
from tests.analysis.sweeps import FINISHED
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.comparison import Over
from wbtools.answers.compare.csv_text import render_comparison_csv
from wbtools.answers.compare.json_text import render_comparison_json
from wbtools.answers.compare.race_draw import draw_anytime
from wbtools.answers.compare.race_figure import MOST_LANES, anytime_figure
from wbtools.answers.compare.text import render_comparison
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import Goal, RunState

SCHEMA = json.loads(
    resources.files("wbtools.answers").joinpath("schemas/compare.schema.json").read_text("utf-8")
)


@cache
def two():
    return answer(
        side(*random_curves(1, n=12), name="tuned"),
        side(*random_curves(2, n=9), name="baseline"),
    )


@cache
def seeds():
    return answer(
        table([3.28, 2.7, 2.86], [50, 28, 37], [14.2, 7.7, 10.2], "ConvTasNet", Goal.MAXIMIZE),
        table([5.14, 5.26, 4.89], [50, 50, 50], [18.0, 18, 18], "SepFormer", Goal.MAXIMIZE),
        table([5.68, 5.45, 5.55], [21, 30, 30], [15.0, 37.5, 37.5], "SPMamba", Goal.MAXIMIZE),
        goal=Goal.MAXIMIZE,
        over=Over.ALL,
        in_stages=True,
    )


@cache
def one_sided():
    return answer(
        side([0.5, 0.4], [0.3, 0.2], name="a sweep"),
        side([math.nan], name="without a value"),
        side([0.4, 0.3], name="one run"),
        side([0.4], budget=2, name="all stopped"),
        table([0.3, 0.2], name="unknown cost"),
    )


@cache
def hostile():
    return answer(
        *(
            side([0.5, k / 9], [0.4, 0.3], name=name)
            for k, name in enumerate(HOSTILE_NAMES.values())
        )
    )


SAMPLES = {
    "two-sides": two,
    "three-seeds-in-stages": seeds,
    "one-sided": one_sided,
    "hostile": hostile,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page(golden, name):
    golden(f"compare-{name}.txt", render_comparison(SAMPLES[name](), Page(width=120)))


def test_the_page_on_other_paper(golden):
    page = Page(width=44, unicode=False)
    golden("compare-narrow-ascii.txt", render_comparison(seeds(), page, limit=1))
    golden("compare.md", render_comparison(seeds(), MarkdownPage()))


@pytest.mark.parametrize("width", [20, 60, 100])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_is_wider_than_the_terminal_or_moves_the_cursor(name, width):
    text = render_comparison(SAMPLES[name](), Page(width=width))
    assert max(map(cell_len, text.splitlines())) <= width
    assert all(line.isprintable() for line in text.splitlines())


def test_sides_beyond_the_limit_are_counted():
    comparison = answer(*(side([0.5], [0.1 * k], name=f"side {k}") for k in range(1, 21)))
    text = render_comparison(comparison, Page(width=100), limit=3)
    assert "… and 17 more (--limit 0 shows all)" in text
    assert "side 4" not in text
    assert "side 20" in render_comparison(comparison, Page(width=100), limit=0)


@pytest.mark.parametrize("name", SAMPLES)
def test_json_holds_the_curves_and_every_number(name):
    comparison = SAMPLES[name]()
    answered = json.loads(render_comparison_json(comparison))
    jsonschema.Draft202012Validator(SCHEMA).validate(answered)
    assert [summary["best"] for summary in answered["sides"]] == [
        summary.best for summary in comparison.summaries
    ]
    for race, found in zip(answered["races"], comparison.races, strict=True):
        assert [lane["total"] for lane in race["lanes"]] == [lane.total for lane in found.lanes]
        for lane in race["lanes"]:
            assert len(lane["points"]) in {0, 20}
            assert (lane["why_not"] is None) == (lane["total"] is not None)


@pytest.mark.parametrize("name", SAMPLES)
def test_csv_is_a_row_a_side_with_the_same_columns(name):
    comparison = SAMPLES[name]()
    rows = list(csv.DictReader(io.StringIO(render_comparison_csv(comparison))))
    assert len(rows) == len(comparison.sides)
    assert [row["best"] for row in rows] == [
        "" if summary.best is None else repr(summary.best) for summary in comparison.summaries
    ]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any(row["side"].startswith(("=", "+", "@")) for row in rows)


def test_the_picture_holds_what_was_recorded_and_resampled():
    comparison = two()
    data = anytime_figure(comparison)
    reports, hours = data.panels
    first = reports.lines[0]
    assert (first.x[-1], first.y[-1]) == (
        comparison.summaries[0].reports,
        comparison.summaries[0].best,
    )
    assert (first.y[1:] <= first.y[:-1]).all()
    assert (first.low <= first.typical).all()
    assert (first.typical <= first.high).all()
    assert hours.equal == pytest.approx(min(summary.hours for summary in comparison.summaries))
    unordered = anytime_figure(seeds()).panels[0].lines[0]
    assert (len(unordered.x), len(unordered.band_x) > 0) == (0, True)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_drawn(name):
    out = io.BytesIO()
    data = anytime_figure(SAMPLES[name]())
    assert max(len(panel.lines) for panel in data.panels) <= MOST_LANES
    draw_anytime(data, out, dots_per_inch=40)
    assert out.getvalue().startswith(b"\x89PNG\r\n\x1a\n")


def test_only_what_is_drawn_is_explained():
    unordered = " ".join(anytime_figure(seeds()).captions)
    assert "dashes and bands" in unordered
    assert "as recorded" not in unordered
    assert "lines: as recorded" in " ".join(anytime_figure(two()).captions)


UNKNOWN_END = {"state": RunState.UNKNOWN}


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((UNKNOWN_END, UNKNOWN_END), "runs of unknown end"),
        ((UNKNOWN_END, FINISHED), "runs completed or of unknown end"),
        ((FINISHED, FINISHED), "completed runs"),
    ],
    ids=["none completed", "some", "all"],
)
def test_the_page_says_which_runs_its_means_are_over(ends, words):
    sides = [
        table([0.1, 0.2, 0.3 + k], name=name, ends=end)
        for k, (name, end) in enumerate(zip("ab", ends, strict=True))
    ]
    page = render_comparison(answer(*sides), Page(width=120))
    assert f"means over {words}   baseline" in page
    assert f"Do the means differ?   {words}, each side less a" in page


def test_too_few_values_for_so_many_comparisons_are_said():
    """Of 4 and 4 values permutation gives .029 at least, and of two such comparisons .057."""
    sides = [
        table([shift + 0.01 * k for k in range(4)], name=name)
        for name, shift in (("a", 0.1), ("b", 0.5), ("c", 0.9))
    ]
    words = "better if values are normal; too few to show it without"
    page = " ".join(render_comparison(answer(*sides[:2]), Page(width=160)).split())
    assert "worse: the difference shows" in page
    page = " ".join(render_comparison(answer(*sides), Page(width=160)).split())
    assert page.count(words.replace("better", "worse")) == 2


def test_nothing_to_draw_is_said():
    data = anytime_figure(answer(table([0.1]), table([0.2])))
    out = io.BytesIO()
    draw_anytime(data, out, file_format="svg")
    assert (data.panels, len(data.captions)) == ((), 1)
    assert b"<svg" in out.getvalue()
