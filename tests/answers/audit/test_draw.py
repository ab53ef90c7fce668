import dataclasses
import io
import subprocess
import sys
from xml.dom import minidom
from xml.etree import ElementTree as ET

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
from wbtools.answers.audit.draw import drawn
from wbtools.answers.audit.figure import figure
from wbtools.answers.figures.style import NotebookFigure, save
from wbtools.errors import UsageError
from wbtools.model import Goal, Metric


def draw(data, out, *, size_in=(9.0, 5.0), **form):
    save(drawn(data, size_in=size_in), out, **form)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_drawn(name):
    out = io.BytesIO()
    draw(figure(SAMPLES[name]()), out, dots_per_inch=40)
    assert out.getvalue().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("SVG", b"<?x")],
)
def test_the_suffix_names_the_format_and_the_bytes_are_reproducible(tmp_path, suffix, begins):
    paths = [tmp_path / f"{k}.{suffix}" for k in range(2)]
    for path in paths:
        draw(figure(twelve()), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(begins)


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(UsageError, match="'docx'"):
        draw(figure(twelve()), tmp_path / "x.docx")


def test_hostile_text_is_drawn_as_text():
    out = io.BytesIO()
    draw(figure(hostile()), out, file_format="svg")
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
    draw(figure(dataclasses.replace(audit, question=asked, sweep=sweep)), out, file_format="svg")
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
    "sweep_name",
    [
        pytest.param("a short one", id="short"),
        pytest.param("word " * 60, id="many words"),
        pytest.param("W" * 100, id="one wide word"),
        pytest.param("\u540d" * 100, id="wide characters"),
    ],
)
@pytest.mark.parametrize("inches", [9.0, 5.0])
@pytest.mark.filterwarnings("ignore:Glyph")
def test_no_title_is_cut_off(sweep_name, inches, sheets):
    audit = twelve(asked=question(sweep_name=sweep_name))
    draw(figure(audit), io.BytesIO(), size_in=(inches, 5.0), dots_per_inch=100)
    sheet = sheets[0]
    title = sheet.axes[0].title if sheet.axes[0].title.get_text() else sheet.axes[0]._left_title
    box = title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= sheet.bbox.width
    assert box.y1 <= sheet.bbox.height
    assert title.get_text().count("\n") <= 1


@pytest.mark.parametrize("asked", [None, 2, 7])
def test_the_bars_label_stands_beside_the_curves(asked, sheets):
    audit = twelve()
    draw(
        figure(audit, None if asked is None else audit.rows[asked]), io.BytesIO(), dots_per_inch=100
    )
    sheet = sheets[0]
    axes = sheet.axes[0]
    (label,) = [text for text in axes.texts if text.get_text().startswith("bar ")]
    box = label.get_window_extent()
    assert box.x0 >= axes.bbox.x1
    assert box.x1 <= sheet.bbox.width
    others = [text.get_window_extent() for text in axes.texts if text is not label]
    others.append(axes.get_legend().get_window_extent())
    assert others[-1].x0 >= axes.bbox.x1
    assert not any(box.overlaps(other) for other in others)


def test_the_legend_tells_hyperband_from_other_ends(sheets):
    draw(figure(twelve()), io.BytesIO())
    words = {text.get_text() for text in sheets[0].axes[0].get_legend().get_texts()}
    assert words >= {"stopped by Hyperband", "ended otherwise"}


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("file_format", ["png", "svg", "pdf"])
def test_numbers_near_the_limits_are_drawn(curves, file_format):
    out = io.BytesIO()
    draw(figure(at_the_limits(curves)), out, file_format=file_format, dots_per_inch=40)
    assert out.getvalue()


@pytest.mark.slow
def test_two_thousand_runs_are_drawn():
    out = io.BytesIO()
    draw(figure(many(2000)), out, dots_per_inch=40)
    assert out.getvalue()


def test_pyplot_stays_out():
    code = (
        "import sys, wbtools.answers.audit.draw, wbtools.answers.audit.answer;"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
