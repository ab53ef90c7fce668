import re

import pytest
from rich.cells import cell_len

from tests.report.samples import SAMPLES, no_rule, run_table, twelve, with_nan
from wbtools.report.run_text import render_run_text


def zoom(audit, number, **how):
    row = next(row for row in audit.rows if row.run.number == number)
    return render_run_text(audit, row, **how)


@pytest.mark.parametrize(
    ("name", "audit", "number"),
    [
        pytest.param("the-gem", twelve, 8, id="the gem"),
        pytest.param("the-bar", twelve, 3, id="the run that set the bar"),
        pytest.param("a-stop", twelve, 9, id="a run that the rule stopped"),
        pytest.param("of-a-table", run_table, 8, id="a run without a curve"),
        pytest.param("only-nan", with_nan, 3, id="a run of nothing but NaN"),
        pytest.param("no-rule", no_rule, 8, id="a run of a sweep without a rule"),
    ],
)
def test_the_page_about_one_run(name, audit, number, golden):
    golden(f"run-{name}.txt", zoom(audit(), number, width=90))


def test_the_page_in_ascii_on_a_narrow_terminal(golden):
    golden("run-narrow-ascii.txt", zoom(twelve(), 8, width=44, unicode=False))


@pytest.mark.parametrize("width", [20, 40, 80, 160])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_page_fits(name, width):
    audit = SAMPLES[name]()
    for row in audit.rows[:10]:
        text = render_run_text(audit, row, width=width, unicode=width > 40)
        assert max(map(cell_len, text.splitlines())) <= width
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_gains_of_completed_runs_are_told():
    assert re.search(r"3 completed runs gained 0\.\d+ … 0\.\d+ after report 10", zoom(twelve(), 8))
