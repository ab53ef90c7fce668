import dataclasses
import re

import pytest
from rich.cells import cell_len

from tests.report.samples import SAMPLES, many, nothing_lost, run_table, twelve, with_nan
from wbtools.report.text import render_text

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
WIDTHS = (20, 40, 80, 160)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_is_as_agreed(name, golden):
    golden(f"{name.replace(' ', '-')}.txt", render_text(SAMPLES[name](), width=100))


@pytest.mark.parametrize("width", WIDTHS)
def test_twelve_runs_at_every_width(width, golden):
    golden(f"twelve-runs-{width}.txt", render_text(twelve(), width=width))


def test_twelve_runs_in_ascii(golden):
    text = render_text(twelve(), width=100, unicode=False)
    assert text.isascii()
    golden("twelve-runs-ascii.txt", text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_exceeds_the_terminal_and_nothing_reaches_it_raw(name, width):
    for unicode in (True, False):
        text = render_text(SAMPLES[name](), width=width, unicode=unicode, limit=0)
        assert max(map(cell_len, text.splitlines())) <= width
        assert not UNSAFE.search(text)
        assert unicode or text.isascii()


def test_colour_changes_nothing_but_colour():
    audit = twelve()
    colored = render_text(audit, width=100, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text(audit, width=100)


def test_the_environment_changes_nothing(monkeypatch):
    audit = twelve()
    before = render_text(audit, width=100, color=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "30", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert render_text(audit, width=100, color=True) == before


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        pytest.param(10, 10, id="ten rows of forty"),
        pytest.param(39, 40, id="a single row more is shown, not counted"),
        pytest.param(0, 40, id="zero means all"),
        pytest.param(None, 40, id="so does none"),
    ],
)
def test_rows_beyond_the_limit_are_counted(limit, shown):
    text = render_text(many(40), limit=limit, width=100, command="wbtools audit-terminations X")
    table = text[text.index("rank  run") : text.index("Findings")]
    assert len(re.findall(r"(?m)^ +\d+ +\d+  ", table)) == shown
    counted = f"… and {40 - shown} more (wbtools audit-terminations X --limit 0 shows all)"
    assert (counted in table) == (shown < 40)


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        pytest.param(twelve, "Yes: run 8 already beats the bar", id="a gem is named at once"),
        pytest.param(
            nothing_lost, "Nothing worth resuming is expected.", id="a no is said as plainly"
        ),
        pytest.param(run_table, "8 of 9 stopped runs by a prior", id="priors are named as such"),
        pytest.param(run_table, "without curves no early-termination rule", id="no rule judged"),
        pytest.param(run_table, "0.9535 ± 0.0294 over 12 runs", id="mean and spread"),
        pytest.param(run_table, "0.9620 ± 0.0026 without run 1", id="and without outliers"),
        pytest.param(with_nan, "it made no finite report", id="why nothing could be projected"),
        pytest.param(twelve, "strict rule explains 4 of 9 stops, lenient 4", id="both modes"),
        pytest.param(twelve, "41 % saved", id="what the sweep saved"),
    ],
)
def test_what_is_said(audit, said):
    assert said in " ".join(render_text(audit(), width=160).split())


def test_all_runs_of_a_table_are_ranked():
    text = render_text(run_table(), width=100)
    ranks = re.findall(r"(?m)^ +(\d+) +\d+  (?:completed|unexplained)", text)
    assert ranks == [str(k) for k in range(1, 13)]


def test_two_runs_with_one_number_are_told_apart_by_id():
    audit = twelve()
    twin = dataclasses.replace(audit.rows[7].run, number=7)
    rows = list(audit.rows)
    rows[7] = dataclasses.replace(rows[7], run=twin)
    text = render_text(dataclasses.replace(audit, rows=tuple(rows)), width=100)
    assert "Yes: run 7 (run0008) already beats the bar" in text
