"""What holds for every figure of an audit."""

import io
from functools import partial
from xml.etree import ElementTree as ET

import pytest

from tests.answers.samples import LIMITS, SAMPLES, at_the_limits, hostile, twelve
from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.data_rows import data_rows
from wbtools.answers.figures.distribution import distribution_figure
from wbtools.answers.figures.draw import drawn
from wbtools.answers.figures.gems import gems_figure
from wbtools.answers.figures.style import save
from wbtools.answers.figures.thresholds import thresholds_figure
from wbtools.answers.figures.timeline import timeline_figure
from wbtools.errors import DataError
from wbtools.text.sanitize import sanitize

FIGURES = {
    "curves": curves_figure,
    "zoomed": partial(curves_figure, is_zoomed=True),
    "timeline": timeline_figure,
    "gems": gems_figure,
    "thresholds": thresholds_figure,
    "distribution": distribution_figure,
}


REFUSED = {
    "curves": set(),
    "zoomed": set(),
    "timeline": {"a run table"},
    "gems": {"no completed run", "noisy rewards", "not a number", "one run", "still running"},
    "thresholds": {"a run table", "guarded", "no rule", "unknown rule"},
    "distribution": set(),
}


def of(name, audit):
    """The figure, or None where the source does not allow it; `REFUSED` says which these are."""
    try:
        return FIGURES[name](audit)
    except DataError:
        return None


def test_figures_that_a_source_does_not_allow_are_refused_with_a_hint():
    refused = {name: set() for name in FIGURES}
    for name, figure in FIGURES.items():
        for sample, audit in SAMPLES.items():
            try:
                figure(audit())
            except DataError as error:
                refused[name].add(sample)
                assert error.hint  # noqa: PT017 - most are not refused
    assert refused == REFUSED


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    "file_format", ["svg", *(pytest.param(each, marks=pytest.mark.slow) for each in ("png", "pdf"))]
)
@pytest.mark.parametrize("width", ["single", pytest.param("double", marks=pytest.mark.slow)])
def test_a_figure_is_drawn_the_same_twice(name, file_format, width):
    pictures = []
    for _ in range(2):
        out = io.BytesIO()
        save(drawn(of(name, twelve()), width=width), out, file_format=file_format)
        pictures.append(out.getvalue())
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 1000


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_says_a_finding_in_safe_words(name, sample):
    data = of(name, SAMPLES[sample]())
    if data is None:
        return
    texts = [data.title, data.setting, data.description, *data.notes]
    for panel in data.panels:
        labels = [getattr(mark, "label", "") or getattr(mark, "text", "") for mark in panel.marks]
        texts += [panel.title, panel.x.label, panel.y.label, *panel.y.names, *labels]
    assert data.title
    assert data.title.startswith("wbtools guard") or data.title[0] == data.title[0].upper()
    assert not data.title.endswith(".")
    assert data.description.endswith(".")
    assert all(note.endswith(".") for note in data.notes)
    assert all(text == sanitize(text, limit=0) for text in texts)
    assert data_rows(data)[1]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
def test_numbers_near_the_limits_are_drawn(name, curves):
    data = of(name, at_the_limits(curves))
    if data is None:
        return
    out = io.BytesIO()
    save(drawn(data), out, file_format="svg")
    assert out.getvalue()


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_texts_are_drawn_as_text(name):
    out = io.BytesIO()
    save(drawn(of(name, hostile())), out, file_format="svg")
    ET.fromstring(out.getvalue())  # noqa: S314 - we wrote it
