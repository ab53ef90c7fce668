"""One answer in all its forms: they validate, agree, and run nothing that stands in a name."""

import io
import json
import re
from functools import cache

import jsonschema
import pandas as pd
from rich.cells import cell_len

from tests.schemas import schema_of
from wbtools.answers.answer import render
from wbtools.answers.csv_cells import cell
from wbtools.answers.formats import Format
from wbtools.answers.frame import dtype_of
from wbtools.answers.layout import Page

HOSTILE = "\x1b[2Jx\u202e|`<script>alert(1)</script>*\n::error::%0A$(id)"
"""A name that would clear a terminal, reverse a line, run a script, and log GitHub's error."""
CORPUS = (
    *(HOSTILE, "</td></tr></table><script>x</script>", '"><img src=x onerror=alert(1)>'),
    *("&lt;b&gt;", "]]>", "<!--", "[a](javascript:alert(1))", "# title", "| a | b |", "```", "~~~"),
    *("=cmd()", "\t=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "::error::x", "##[error]x"),
    *("\ud800", "\ufffe", "\x00", "\r\n", "a\u2028b", "\u202eabc", "\u200b", "\ufeffx", "\x9b31m"),
    *("", " ", "'", '"', ",", ";", "\\", "$(id)", "`id`", "x" * 5_000, "nan", "NA", "null", "שלום"),
)
"""Names as other people write them, or would."""
WIDTHS = (60, 80, 120, 200)
"""Of terminals."""
_TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z]+=\"[a-z]+\")*)>")
_TAGS = {
    *("section", "h2", "h3", "p", "strong", "small", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


@cache
def _validator(answer):
    schema = schema_of(answer)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_all_forms(answer):
    """Check that every form of an answer can be written, and is harmless."""
    _check_json(answer)
    _check_table(answer)
    _check_html(render(answer, Format.HTML, Page()))
    assert "\n" not in repr(answer)
    for text in (
        repr(answer),
        *(answer.to_text(width=width, limit=limit) for width in (40, 120) for limit in (0, 3)),
        *(render(answer, form, Page()) for form in Format if form is not Format.GITHUB),
        *([render(answer, Format.GITHUB, Page())] if hasattr(answer, "findings") else []),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\n::error::" not in text


def check_widths(answer, *widths, least=0):
    """Check that no line is wider than the terminal, nor than what cannot be cut."""
    for width in widths:
        text = answer.on(Page(width=width, unicode=False))
        assert text.isascii()
        assert max(map(cell_len, text.splitlines())) <= max(width, least)


def check_verdict_first(answer, *, upto=8):
    """Check that the verdict begins a page at every usual width, so that nobody has to scroll."""
    for width in WIDTHS:
        page = Page(width=width)
        lines = answer.on(page).splitlines()
        verdict = page._verdict
        assert verdict
        start = lines.index(verdict[0])
        assert lines[start : start + len(verdict)] == verdict
        assert start + min(len(verdict), 2) <= upto, "\n".join(lines[: start + len(verdict)])


def _check_json(answer):
    document = json.loads(answer.to_json())
    assert answer.to_json().isascii()
    _validator(type(answer)).validate(document)
    assert document == answer.to_dict()


def _check_table(answer):
    columns, rows = answer._table()
    frame = answer.to_frame()
    assert list(frame.columns) == [column.key for column in columns]
    frame.columns = names = [cell(column.key) for column in columns]
    assert len(frame) == len(rows) == len(answer.to_dict()[answer.table])
    kinds = {cell(column.key): dtype_of(column.kind) for column in columns}
    times = [name for name, kind in kinds.items() if kind.startswith("datetime")]
    read = pd.read_csv(
        io.StringIO(answer.to_csv()),
        dtype={name: kind for name, kind in kinds.items() if name not in times},
        keep_default_na=False,
        na_values={name: [""] for name in names},
    )
    assert list(read.columns) == names
    for name, kind in kinds.items():
        expected = frame[name]
        if kind == "object":
            texts = expected.map(cell)
            pd.testing.assert_series_equal(
                read[name].fillna("").astype(object), texts.astype(object), check_names=False
            )
        elif name in times:
            assert pd.to_datetime(read[name], utc=True).tolist() == expected.tolist()
        else:
            pd.testing.assert_series_equal(read[name], expected, rtol=1e-15)


def _check_html(text):
    rest = _TAG.sub("", text)
    assert "<" not in rest
    assert ">" not in rest
    assert {tag[1] for tag in _TAG.findall(text)} <= _TAGS
