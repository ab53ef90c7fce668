import dataclasses
import io
import itertools
import subprocess
import sys
from xml.dom import minidom
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.answers.samples import (
    LIMITS,
    SAMPLES,
    at_the_limits,
    from_curves,
    hostile,
    many,
    question,
    rising,
    twelve,
)
from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.draw import drawn
from wbtools.answers.figures.draw_axes import log_ticks
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    BarMark,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RibbonMark,
    RuleMark,
    TextMark,
)
from wbtools.answers.figures.palette import BAND, series
from wbtools.answers.figures.style import NotebookFigure, save
from wbtools.errors import UsageError
from wbtools.model import Goal, Metric


def draw(data, out, *, width="double", **form):
    save(drawn(data, width=width), out, **form)


WIDTHS = ["single", pytest.param("double", marks=pytest.mark.slow)]  # the narrow one is the harder


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_drawn(name):
    out = io.BytesIO()
    draw(curves_figure(SAMPLES[name]()), out, dots_per_inch=40)
    assert out.getvalue().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("SVG", b"<?x")],
)
def test_the_suffix_names_the_format_and_the_bytes_are_reproducible(tmp_path, suffix, begins):
    paths = [tmp_path / f"{k}.{suffix}" for k in range(2)]
    for path in paths:
        draw(curves_figure(twelve()), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(begins)


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(UsageError, match="'docx'"):
        draw(curves_figure(twelve()), tmp_path / "x.docx")


def test_hostile_text_is_drawn_as_text():
    out = io.BytesIO()
    draw(curves_figure(hostile()), out, file_format="svg")
    ET.fromstring(out.getvalue())  # noqa: S314 - we wrote it


@pytest.mark.parametrize(
    "name", ["\ufffe", "a -- b --", "<script>", "&amp; &", "]]>", "\x00\x0b", "\ud800", "-"]
)
def test_a_hostile_metric_makes_no_broken_svg(name):
    audit = from_curves([rising(0.9, 0.1, 22), rising(0.95, 0.1, 10)], names=[name, name])
    metric = Metric(name=name, goal=Goal.MAXIMIZE)
    asked = question(metric=metric, rank_by=metric, sweep_name=name)
    curves = {name: audit.sweep.curves["val/hmean"]}
    sweep = dataclasses.replace(audit.sweep, curves=curves)
    out = io.BytesIO()
    draw(
        curves_figure(dataclasses.replace(audit, question=asked, sweep=sweep)),
        out,
        file_format="svg",
    )
    minidom.parseString(out.getvalue())  # noqa: S318 - we wrote it


@pytest.fixture
def sheets(monkeypatch):
    """The sheets that were drawn, laid out."""
    figures = []

    class Kept(NotebookFigure):
        def savefig(self, *args, **kwargs):
            super().savefig(*args, **kwargs)
            figures.append(self)

    monkeypatch.setattr("wbtools.answers.figures.style.NotebookFigure", Kept)
    return figures


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a short one", id="short"),
        pytest.param("word " * 60, id="many words"),
        pytest.param("W" * 100, id="one wide word"),
        pytest.param("\u540d" * 100, id="wide characters"),
    ],
)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_no_words_above_or_below_are_cut_off(name, width, sheets):
    data = dataclasses.replace(curves_figure(twelve()), title=name, setting=name, notes=(name,))
    draw(data, io.BytesIO(), width=width, dots_per_inch=100)
    sheet = sheets[0]
    title, setting, note = sheet.texts
    boxes = [text.get_window_extent() for text in (title, setting, *sheet.legends, note)]
    for box in boxes:
        assert box.x0 >= 0
        assert box.x1 <= sheet.bbox.width
        assert 0 <= box.y0 < box.y1 <= sheet.bbox.height
    above = [*boxes[:-1], sheet.axes[0].bbox, boxes[-1]]
    for upper, lower in itertools.pairwise(above):
        assert lower.y1 <= upper.y0 + 1
    assert title.get_text().count("\n") <= 5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("asked", [None, 2, 7])
@pytest.mark.parametrize("sample", ["twelve runs", "a loss", "forty runs"])
def test_no_label_lies_on_another(sample, asked, width, sheets):
    audit = SAMPLES[sample]()
    row = None if asked is None or asked >= len(audit.rows) else audit.rows[asked]
    draw(curves_figure(audit, row), io.BytesIO(), width=width, dots_per_inch=100)
    texts = [text for text in sheets[0].axes[0].texts if text.get_text()]
    assert texts
    boxes = [text.get_window_extent() for text in texts]
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second)
    assert all(box.x0 >= 0 and box.x1 <= sheets[0].bbox.width for box in boxes)


def test_the_bars_label_stands_beside_the_curves_and_bands_above_them(sheets):
    draw(curves_figure(twelve()), io.BytesIO(), dots_per_inch=100)
    axes = sheets[0].axes[0]
    by_words = {text.get_text(): text.get_window_extent() for text in axes.texts}
    (bar,) = [box for words, box in by_words.items() if words.startswith("bar ")]
    assert bar.x0 >= axes.bbox.x1
    assert by_words["band 10"].y0 >= axes.bbox.y1
    at = axes.transData.transform((10, 1))[0]
    assert by_words["band 10"].x0 < at < by_words["band 10"].x1


def test_the_legend_tells_ends_by_shape_too(sheets):
    draw(curves_figure(twelve()), io.BytesIO())
    (legend,) = sheets[0].legends
    words = {text.get_text() for text in legend.get_texts()}
    assert words >= {"stopped by Hyperband", "ended otherwise"}
    by_words = {line.get_label(): line.get_marker() for line in legend.get_lines()}
    assert by_words["stopped by Hyperband"] != by_words["ended otherwise"]


ALL_MARKS = FigureData(
    name="all",
    title="Every mark",
    setting="on axes of every kind",
    n_columns=2,
    legend=(series(0, "a"), series(1, "b")),
    panels=(
        Panel(
            title="logarithmic",
            x=Axis(label="x", scale=AxisScale.LOG),
            y=Axis(label="y", scale=AxisScale.LOG, is_reversed=True),
            marks=(
                CurveMark(
                    category=series(0, "a"), x=np.array([1.0, 10.0, 1e3]), y=np.array([0, 1, 5.0])
                ),
                CurveMark(
                    category=series(1, "b"),
                    x=np.array([1.0, 5.0, 20.0, 30.0]),
                    y=np.array([2.0, np.nan, 3.0, 4.0]),
                    is_step=True,
                    is_dashed=True,
                    ends_with_shape=True,
                    label="with a gap",
                ),
                DotMark(category=series(1, "b"), x=-3.0, y=2.0, label="below any logarithm"),
                RibbonMark(
                    category=series(0, "a"),
                    x=np.array([1.0, 9.0]),
                    low=np.array([0.5, np.nan]),
                    high=np.array([2.0, 3.0]),
                    label="an area",
                ),
                TextMark(x=2.0, y=2.0, text="words", is_right=True),
            ),
        ),
        Panel(
            x=Axis(label="x", ticks=((0.0, "none"), (1.0, "all"))),
            y=Axis(label="", scale=AxisScale.NAMES, names=("first", "second"), is_reversed=True),
            marks=(
                BarMark(at=0, start=0.2, end=0.9, category=series(0, "a"), ends_with_shape=True),
                IntervalMark(
                    at=1,
                    low=0.1,
                    estimate=0.5,
                    high=0.8,
                    is_horizontal=True,
                    category=series(1, "b"),
                    label="an interval",
                ),
                IntervalMark(
                    at=1,
                    low=np.nan,
                    estimate=0.6,
                    high=np.nan,
                    is_horizontal=True,
                    category=series(1, "b"),
                    emphasis=Emphasis.FAINT,
                ),
                RuleMark(at=0.4, category=BAND, label="a rule"),
                RuleMark(at=1, category=BAND, is_horizontal=True, start=0.1, end=0.3, label="cut"),
            ),
        ),
        Panel(x=Axis(label="nothing"), y=Axis(label="", scale=AxisScale.LOG), marks=()),
    ),
)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "file_format", ["svg", *(pytest.param(each, marks=pytest.mark.slow) for each in ("png", "pdf"))]
)
def test_every_mark_is_drawn_on_every_axis_the_same_twice(file_format, width):
    pictures = [io.BytesIO(), io.BytesIO()]
    for out in pictures:
        draw(ALL_MARKS, out, width=width, file_format=file_format)
    assert pictures[0].getvalue() == pictures[1].getvalue()


def test_the_sheet_is_as_wide_as_a_journals_column_or_page_and_as_high_as_its_names():
    assert drawn(ALL_MARKS, width="single").get_size_inches()[0] == 3.5
    assert drawn(ALL_MARKS).get_size_inches()[0] == 7.2
    few, many_names = (
        dataclasses.replace(
            ALL_MARKS,
            panels=(
                dataclasses.replace(
                    ALL_MARKS.panels[1],
                    y=Axis(label="", scale=AxisScale.NAMES, names=tuple(map(str, range(n)))),
                ),
            ),
        )
        for n in (10, 30)
    )
    heights = [drawn(data).get_size_inches()[1] for data in (few, many_names)]
    assert heights[1] - heights[0] == pytest.approx(20 * 0.15)


def test_names_that_are_too_many_to_read_are_thinned_out(sheets):
    panel = dataclasses.replace(
        ALL_MARKS.panels[1],
        y=Axis(label="", scale=AxisScale.NAMES, names=tuple(map(str, range(500)))),
    )
    draw(dataclasses.replace(ALL_MARKS, panels=(panel,)), io.BytesIO())
    sheets[0].draw_without_rendering()  # at the sheet's own resolution again, not the file's
    axes = sheets[0].axes[0]
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert len(boxes) > 20
    assert all(not first.overlaps(second) for first, second in itertools.pairwise(boxes))


def test_marks_that_look_alike_are_drawn_at_once(sheets):
    marks = tuple(
        DotMark(category=series(k % 2, "x"), x=float(k), y=float(k % 7)) for k in range(300)
    )
    panel = Panel(x=Axis(label="x"), y=Axis(label="y"), marks=marks)
    draw(FigureData(name="x", title="Dots", panels=(panel,)), io.BytesIO())
    assert [len(each.get_offsets()) for each in sheets[0].axes[0].collections] == [150, 150]


def test_many_faint_curves_are_one_picture(sheets):
    marks = tuple(
        CurveMark(
            category=series(0, "x"),
            x=np.arange(9.0),
            y=np.arange(9.0) * k,
            emphasis=Emphasis.FAINT,
        )
        for k in range(300)
    )
    panel = Panel(x=Axis(label="x"), y=Axis(label="y"), marks=marks)
    draw(FigureData(name="x", title="Curves", panels=(panel,)), io.BytesIO())
    (bundle,) = sheets[0].axes[0].collections
    assert bundle.get_rasterized()
    assert len(bundle.get_segments()) == 300


@pytest.mark.parametrize("width", WIDTHS)
def test_an_axis_says_what_it_is_within_its_length(width, sheets):
    words = "run, in the order in which they began, as far as anybody knows"
    names = Axis(label=words, scale=AxisScale.NAMES, names=("a", "b"))
    dot = DotMark(category=series(0, "x"), x=1.0, y=1.0)
    panel = Panel(x=Axis(label=f"{words} " * 3), y=names, marks=(dot,))
    data = FigureData(name="x", title="x", panels=(panel,))
    draw(data, io.BytesIO(), width=width, dots_per_inch=100)
    axes = sheets[0].axes[0]
    assert axes.yaxis.label.get_window_extent().height <= axes.bbox.height * 1.05
    assert axes.xaxis.label.get_window_extent().width <= axes.bbox.width * 1.05


def test_a_figure_without_panels_says_its_words():
    assert drawn(FigureData(name="x", title="Nothing", panels=())).texts[0].get_text() == "Nothing"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 30, [1, 2, 5, 10, 20]),
        (0.9, 700, [1, 3, 10, 30, 100, 300]),
        (1e-6, 1, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]),
    ],
)
def test_a_logarithmic_axis_has_plain_round_numbers(low, high, ticks):
    assert log_ticks(low, high) == ticks


def test_a_logarithmic_axis_has_few_ticks_however_far_it_reaches():
    assert 1 < len(log_ticks(1e-300, 1e300)) <= 7


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize(
    "file_format", ["svg", *(pytest.param(each, marks=pytest.mark.slow) for each in ("png", "pdf"))]
)
def test_numbers_near_the_limits_are_drawn(curves, file_format):
    out = io.BytesIO()
    draw(curves_figure(at_the_limits(curves)), out, file_format=file_format, dots_per_inch=40)
    assert out.getvalue()


@pytest.mark.slow
def test_two_thousand_runs_are_drawn():
    out = io.BytesIO()
    draw(curves_figure(many(2000)), out, dots_per_inch=40)
    assert out.getvalue()


def test_pyplot_stays_out():
    code = (
        "import sys, wbtools.answers.figures.draw, wbtools.answers.audit.answer;"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_pdf_holds_letters_that_journals_take():
    out = io.BytesIO()
    draw(curves_figure(twelve()), out, file_format="pdf")
    assert b"/Type3" not in out.getvalue()
    assert b"/FontFile2" in out.getvalue()


def test_thresholds_lie_on_the_curves():
    marks = curves_figure(twelve()).panels[0].marks
    kinds = [
        "threshold" if mark.category.key == "threshold" else type(mark).__name__ for mark in marks
    ]
    last_curve = max(k for k, kind in enumerate(kinds) if kind == "CurveMark")
    assert kinds.index("threshold") > last_curve
