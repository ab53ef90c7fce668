import io
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from tests.report.samples import SAMPLES, hostile, many, twelve
from wbtools.errors import UsageError
from wbtools.report.draw import draw
from wbtools.report.figure import figure


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


def test_two_thousand_runs_are_drawn():
    out = io.BytesIO()
    draw(figure(many(2000)), out, dots_per_inch=40)
    assert out.getvalue()


def test_pyplot_stays_out():
    code = (
        "import sys, wbtools.report.draw, wbtools.report.text;"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
