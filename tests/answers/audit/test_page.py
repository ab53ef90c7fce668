import dataclasses
import re

import pytest
from rich.cells import cell_len

from tests.answers.audit.pages import page_of
from tests.answers.samples import (
    LIMITS,
    SAMPLES,
    at_the_limits,
    from_a_server,
    many,
    nothing_lost,
    run_table,
    sparse_ranking,
    still_running,
    twelve,
    with_nan,
)
from wbtools.analysis.diagnosis.termination import Cause, Completion

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
WIDTHS = (20, 40, 80, 160)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_is_as_agreed(name, golden):
    golden(f"{name.replace(' ', '-')}.txt", page_of(SAMPLES[name](), width=100))


@pytest.mark.parametrize("width", WIDTHS)
def test_twelve_runs_at_every_width(width, golden):
    golden(f"twelve-runs-{width}.txt", page_of(twelve(), width=width))


def test_twelve_runs_in_ascii(golden):
    text = page_of(twelve(), width=100, unicode=False)
    assert text.isascii()
    golden("twelve-runs-ascii.txt", text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_exceeds_the_terminal_and_nothing_reaches_it_raw(name, width):
    for unicode in (True, False):
        text = page_of(SAMPLES[name](), width=width, unicode=unicode, limit=0)
        assert max(map(cell_len, text.splitlines())) <= width
        assert not UNSAFE.search(text)
        assert unicode or text.isascii()


def test_colour_changes_nothing_but_colour():
    audit = twelve()
    colored = page_of(audit, width=100, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == page_of(audit, width=100)


def test_the_environment_changes_nothing(monkeypatch):
    audit = twelve()
    before = page_of(audit, width=100, color=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "30", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert page_of(audit, width=100, color=True) == before


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        pytest.param(10, 10, id="ten rows of forty"),
        pytest.param(39, 40, id="a single row more is shown, not counted"),
        pytest.param(0, 40, id="zero means all"),
    ],
)
def test_rows_beyond_the_limit_are_counted(limit, shown):
    text = page_of(many(40), width=100, limit=limit)
    table = text[text.index("rank  run") : text.index("Findings")]
    assert len(re.findall(r"(?m)^ +\d+ +\d+  ", table)) == shown
    counted = f"… and {40 - shown} more (--limit 0 shows all)"
    assert (counted in table) == (shown < 40)


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        pytest.param(twelve, "Yes: run 8 already beats the bar", id="a gem is named at once"),
        pytest.param(
            nothing_lost, "Nothing worth re-running is expected.", id="a no is said as plainly"
        ),
        pytest.param(run_table, "8 of 9 candidates by a prior", id="priors are named as such"),
        pytest.param(run_table, "without curves no early-termination rule", id="no rule judged"),
        pytest.param(run_table, "0.9535 ± 0.0294 over 12 runs", id="mean and spread"),
        pytest.param(run_table, "0.9620 ± 0.0026 without run 1", id="and without outliers"),
        pytest.param(with_nan, "1 of 4 runs logged nothing under", id="of whom nothing is known"),
        pytest.param(twelve, "strict rule explains 4 of 9 stops, lenient 4", id="both modes"),
        pytest.param(twelve, "41 % saved", id="what the sweep saved"),
        pytest.param(
            twelve, "Re-running the first 3 of 9 (6.6 h) would recover", id="what three cost"
        ),
        pytest.param(
            twelve, "P(repeat): a fresh run of its configuration does", id="what the odds mean"
        ),
        pytest.param(run_table, "9 unexplained", id="runs that nothing explains"),
        pytest.param(
            still_running,
            "Still running and already better than the bar: run 3",
            id="a run that goes on and is better",
        ),
        pytest.param(
            from_a_server,
            "metric and rule: sweep.yaml as of 2025-03-31 12:00 UTC",
            id="when a server was asked",
        ),
        pytest.param(
            sparse_ranking, "budget 22 reports of val/hmean", id="whose reports the budget counts"
        ),
        pytest.param(
            sparse_ranking,
            "rank and best: test/hmean; the other numbers: val/hmean",
            id="whose numbers a table shows",
        ),
    ],
)
def test_what_is_said(audit, said):
    assert said in " ".join(page_of(audit(), width=160).split())


def test_all_runs_of_a_table_are_ranked():
    text = page_of(run_table(), width=100)
    ranks = re.findall(r"(?m)^ +(\d+) +\d+  (?:completed|unexplained)", text)
    assert ranks == [str(k) for k in range(1, 13)]


def test_two_runs_with_one_number_are_told_apart_by_id():
    audit = twelve()
    twin = dataclasses.replace(audit.rows[7].run, number=7)
    rows = list(audit.rows)
    rows[7] = dataclasses.replace(rows[7], run=twin)
    text = page_of(dataclasses.replace(audit, rows=tuple(rows)), width=100)
    assert "Yes: run 7 (run0008) already beats the bar" in text


VERDICTS = (
    "Nothing worth re-running is expected.",
    "Possible.",
    "About even.",
    "Likely.",
    "Very likely.",
)


def _said_with(p_any):
    audit = nothing_lost()
    outcome = dataclasses.replace(audit.outcome, p_any=p_any, expected_gems=p_any)
    return " ".join(page_of(dataclasses.replace(audit, outcome=outcome), width=100).split())


@pytest.mark.parametrize(
    ("p_any", "verdict"),
    [(0.0, 0), (0.149, 0), (0.15, 1), (0.4, 2), (0.6, 3), (0.749, 3), (0.75, 4), (1.0, 4)],
)
def test_the_verdict_follows_the_probability(p_any, verdict):
    text = _said_with(p_any)
    assert f"Is there a gem? {VERDICTS[verdict]} P(at least one)" in text
    assert sum(f" {words} " in text for words in VERDICTS) == 1


@pytest.mark.parametrize("p_any", [0.001, 0.04, 0.152, 0.52, 0.74, 0.96])
def test_the_expected_number_never_looks_smaller_than_the_probability(p_any):
    p, expected = re.search(
        r"P\(at least one\) = (\S+), expected number (\S+?)\.? ", _said_with(p_any)
    ).groups()
    assert float(expected.lstrip("<")) >= float(p.lstrip("<"))


@pytest.mark.parametrize(
    "cause", [cause for cause in Cause if cause.completion is not Completion.FULL]
)
@pytest.mark.parametrize("p_any", [0.0, 1.0])
def test_nothing_is_denied_while_a_cut_off_run_is_better_than_the_bar(cause, p_any):
    audit = twelve()
    rows = list(audit.rows)
    ended = dataclasses.replace(rows[7].termination, cause=cause)
    rows[7] = dataclasses.replace(rows[7], termination=ended)
    for n in (0, 9):
        outcome = dataclasses.replace(audit.outcome, p_any=p_any, n_candidates=n)
        changed = dataclasses.replace(audit, rows=tuple(rows), outcome=outcome)
        text = " ".join(page_of(changed, width=100).split())
        assert "Nothing worth" not in text
        assert "No run was stopped" not in text
        assert "nothing to re-run" not in text
        assert "run 8" in text[: text.index("P(gem)")]


@pytest.mark.parametrize("name", SAMPLES)
def test_no_sample_denies_what_its_rows_show(name):
    audit = SAMPLES[name]()
    sign = audit.question.rank_by.goal.sign
    better = audit.incumbent is not None and any(
        row.completion is not Completion.FULL
        and row.best is not None
        and row.best * sign < audit.incumbent.value * sign
        for row in audit.rows
    )
    text = page_of(audit, width=100)
    assert not (better and re.search("Nothing worth|No run was stopped|nothing to re-run", text))


@pytest.mark.parametrize("name", SAMPLES)
def test_one_word_for_running_again(name):
    audit = SAMPLES[name]()
    for width in WIDTHS:
        assert not re.search(r"(?i)\bresum|\brerun", page_of(audit, width=width))


def test_narrow_terminals_keep_the_first_probability_and_name_what_left():
    wide, narrow = (page_of(twelve(), width=width) for width in (160, 60))
    assert "P(repeat)" in wide
    assert "columns left out" not in wide[: wide.index("Why they ended")]
    table = narrow[narrow.index("  gem  run") : narrow.index("Why they ended")]
    assert "P(gem)" in table.splitlines()[0]
    said = " ".join(table.split())
    assert re.search(r"\(columns left out at this width: name, .*P\(repeat\)", said)
    assert "a fresh run" not in said


@pytest.mark.parametrize("seconds", [0.1, 1.7, 100, 5000])
def test_what_was_saved_agrees_with_its_share(seconds):
    audit = twelve()
    compute = dataclasses.replace(audit.compute, used_h=seconds / 3600, full_h=seconds / 3132)
    text = " ".join(page_of(dataclasses.replace(audit, compute=compute), width=100).split())
    used, full = re.search(r"used (\S+) \S+ of (\S+) \S+ \(13 % saved\)", text).groups()
    assert used != full


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_near_the_limits_are_told(curves, width):
    assert not re.search(r"\d{40}", page_of(at_the_limits(curves), width=width))


def test_runs_of_unknown_run_time_are_counted():
    audit = twelve()
    compute = dataclasses.replace(audit.compute, n_untimed=2)
    text = " ".join(page_of(dataclasses.replace(audit, compute=compute), width=100).split())
    assert re.search(r"used .* saved; run time not known for 2 runs\)", text)
    unknown = dataclasses.replace(compute, used_h=None, full_h=None)
    text = page_of(dataclasses.replace(audit, compute=unknown), width=100)
    assert "0 s" not in text
