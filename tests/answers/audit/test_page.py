import dataclasses
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.answers.audit.pages import page_of
from tests.answers.samples import (
    LIMITS,
    SAMPLES,
    a_loss,
    at_the_limits,
    from_a_server,
    many,
    no_completed_run,
    nothing_lost,
    question,
    run_table,
    running_and_lost,
    sparse_ranking,
    still_running,
    twelve,
    with_nan,
)
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.text.numbers import listed, percent, probability

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SEEDS = Path(__file__).parents[2] / "data" / "seeds"
WIDTHS = (20, 40, 80, 160)
GONE_ON, AGAIN = "gone on", "run again"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_is_as_agreed(name, golden):
    golden(f"{name.replace(' ', '-')}.txt", page_of(SAMPLES[name](), width=100))


def test_a_page_on_the_narrowest_terminals(golden):
    golden("twelve-runs-40.txt", page_of(twelve(), width=40))


def test_the_table_of_all_runs(golden):
    text = page_of(twelve(), width=160, all_runs=True)
    golden("twelve-runs-all.txt", text)
    assert "--all-runs" not in text


def test_twelve_runs_in_ascii(golden):
    text = page_of(twelve(), width=100, unicode=False)
    assert text.isascii()
    golden("twelve-runs-ascii.txt", text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_exceeds_the_terminal_and_nothing_reaches_it_raw(name, width):
    for unicode in (True, False):
        text = page_of(SAMPLES[name](), width=width, unicode=unicode, limit=0, all_runs=True)
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
        pytest.param({}, 3, id="three if nothing is said"),
        pytest.param({"limit": 10}, 10, id="ten of 26"),
        pytest.param({"limit": 25}, 26, id="a single row more is shown, not counted"),
        pytest.param({"limit": 0}, 26, id="zero means all"),
    ],
)
def test_gems_beyond_the_limit_are_counted(limit, shown):
    audit = many(40)
    text = page_of(audit, width=100, **limit)
    table = text[text.index(AGAIN) : text.index("Why they ended")]
    assert len(re.findall(r"(?m)^ +\d+ amber-sweep-", table)) == shown
    hidden = audit.gems[shown:]
    counted = f"… and {26 - shown} more, none above"
    assert (counted in table) == bool(hidden)
    if hidden:
        most = max(row.projection.p_repeat for row in hidden)
        words = probability(most, may_be_sure=False).removeprefix("<")
        assert f"none above {words} if run again (--limit 0 shows all)" in table


@pytest.mark.parametrize("limit", [3, 10, 0])
def test_the_table_of_all_runs_has_all_runs(limit):
    text = page_of(many(40), width=100, limit=limit, all_runs=True)
    table = text[text.index("rank  run") : text.index("Findings")]
    assert len(re.findall(r"(?m)^ +\d+ +\d+  ", table)) == 40


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        pytest.param(twelve, "Yes: run 8 was cut short at 0.9660", id="a gem is named at once"),
        pytest.param(
            nothing_lost,
            "Unlikely: none of the 5 stopped runs is worth re-running; only <1 % that run 7, run "
            "again, beats 0.9602 (run 1).",
            id="a no is said as plainly",
        ),
        pytest.param(run_table, "the share in other people's sweeps", id="priors are named"),
        pytest.param(run_table, "without curves no early-termination rule", id="no rule judged"),
        pytest.param(run_table, "0.9535 ± 0.0294 over 12 runs", id="mean and spread"),
        pytest.param(run_table, "0.9620 ± 0.0026 without run 1", id="and without outliers"),
        pytest.param(with_nan, "1 of 4 runs logged nothing under", id="of whom nothing is known"),
        pytest.param(
            twelve, "explains 4 of 9 stops; 5 it does not explain", id="what is explained"
        ),
        pytest.param(
            a_loss, "1 (run 4) depends on when W&B looked", id="what depends on the moment"
        ),
        pytest.param(
            twelve,
            "mode: strict, though not written (lenient explains 4 of 9 stops)",
            id="both modes",
        ),
        pytest.param(twelve, "41 % saved", id="what the sweep saved"),
        pytest.param(
            twelve, "or if its configuration is run again", id="what the percentages mean"
        ),
        pytest.param(run_table, "9 cut short (unexplained)", id="runs that nothing explains"),
        pytest.param(twelve, "stopped by the band at epoch 10: 4", id="stops by their band"),
        pytest.param(a_loss, "stopped by the band at report 9: 4", id="or by the report"),
        pytest.param(
            still_running,
            "Run 3 is still running and already better than 0.9601 (run 2): 0.9700.",
            id="a run that goes on and is better",
        ),
        pytest.param(
            running_and_lost,
            "None of the 5 stopped runs is worth re-running",
            id="a run that goes on beside stopped ones",
        ),
        pytest.param(
            no_completed_run,
            "Nobody can tell: no run completed, so there is no bar to beat. Set one with --target.",
            id="nothing to beat",
        ),
        pytest.param(
            from_a_server,
            "(0 % saved) · as of 2025-03-31 12:00 UTC",
            id="when a server was asked",
        ),
        pytest.param(
            sparse_ranking, "budget: 22 reports of val/hmean", id="whose reports the budget counts"
        ),
        pytest.param(
            sparse_ranking,
            "values: test/hmean, reports: val/hmean",
            id="whose numbers a table shows",
        ),
    ],
)
def test_what_is_said(audit, said):
    assert said in " ".join(page_of(audit(), width=160).split())


def test_what_three_cost_and_cover_is_said():
    audit = twelve()
    three = listed([str(row.run.number) for row in audit.gems[:3]])
    share = next(percent(recovery.share) for recovery in audit.outcome.recovery if recovery.k == 3)
    text = " ".join(page_of(audit, width=160).split())
    assert f"Re-running {three} takes 6.6 h and covers {share} of the expected loss." in text


def test_all_runs_of_a_table_are_ranked():
    text = page_of(run_table(), width=100, all_runs=True)
    ranks = re.findall(r"(?m)^ +(\d+) +\d+  (?:completed|unexplained)", text)
    assert ranks == [str(k) for k in range(1, 13)]


def test_a_table_of_two_metrics_says_whose_its_numbers_are():
    text = page_of(sparse_ranking(), width=160, all_runs=True)
    assert "rank and best: test/hmean; the other numbers: val/hmean" in text


def test_two_runs_with_one_number_are_told_apart_by_id():
    audit = twelve()
    twin = dataclasses.replace(audit.rows[7].run, number=7)
    rows = list(audit.rows)
    rows[7] = dataclasses.replace(rows[7], run=twin)
    text = page_of(dataclasses.replace(audit, rows=tuple(rows)), width=100)
    assert "Yes: run 7 (run0008) was cut short" in text


def _with_chances(*p_repeats, p_any=0.0):
    """The answer where the stopped runs, in the order of the table, have these chances."""
    audit, chances, rows = nothing_lost(), iter(p_repeats), []
    for row in audit.rows:
        if row.projection is not None:
            p = next(chances, 0.0)
            projection = dataclasses.replace(row.projection, p_repeat=p, expected_gain=p / 100)
            place = sum(earlier.projection is not None for earlier in rows)
            row = dataclasses.replace(row, projection=projection, gem_rank=place + 1)  # noqa: PLW2901
        rows.append(row)
    outcome = dataclasses.replace(audit.outcome, p_any=p_any)
    return dataclasses.replace(audit, rows=tuple(rows), outcome=outcome)


def _answer(audit):
    text = " ".join(page_of(audit, width=100).split())
    return text[text.index("Is there a gem?") + 16 : text.index("Why they ended")]


@pytest.mark.parametrize(
    ("p_repeat", "answer"),
    [
        (0.0, "Unlikely: none of the 5 stopped runs is worth re-running; only <1 % that run 7"),
        (0.149, "Unlikely: none of the 5 stopped runs is worth re-running; only 15 % that run 7"),
        (0.15, "Possibly: 15 % that run 7, run again, beats 0.9602 (run 1)."),
        (0.549, "Possibly: 55 % that run 7"),
        (0.55, "Probably: 55 % that run 7"),
        (0.8, "Very likely: 80 % that run 7"),
        (1.0, "Very likely: >99 % that run 7"),
    ],
)
def test_the_verdict_follows_the_chance_if_run_again(p_repeat, answer):
    assert _answer(_with_chances(p_repeat)).startswith(answer)


def test_no_chance_is_denied_that_the_table_shows():
    assert _answer(_with_chances(0.02, 0.3)).startswith("Possibly: 30 % that run 8, run again")
    many_small = _answer(_with_chances(0.1, 0.1, 0.1, 0.1, 0.1, p_any=0.4))
    assert many_small.startswith("Possibly, but no run stands out: 10 % that run 7, run again")
    assert "40 % that at least one of the 5 stopped runs would have, had it gone on" in many_small


def test_what_a_reader_would_not_expect_stands_right_below_the_answer():
    source = "--metric; goal maximize inferred from its name"
    asked = question(metric_source=source, metric_is_doubtful=True)
    audit = twelve(asked=asked, config={})
    budget = dataclasses.replace(audit.budget, reports=0 * audit.budget.reports)
    page = page_of(dataclasses.replace(audit, budget=budget), width=100)
    answer, rests = page.split("What this rests on")
    head = answer[: answer.index("run again  ")]
    assert f"  metric: {source}\n" in head
    assert "Nothing says how many reports a full run makes (--budget does)." in head
    assert source not in rests
    assert "budget" not in rests
    for audit, is_told in ((run_table(), True), (twelve(), False)):
        assert ("Mind the finding below: WBT108." in page_of(audit)) == is_told


def test_where_nothing_can_be_projected_nobody_can_tell():
    audit = run_table()
    rows = [row for row in audit.rows if row.run.number != 8]
    outcome = dataclasses.replace(audit.outcome, p_any=0.08, n_candidates=8)
    changed = dataclasses.replace(audit, rows=tuple(rows), outcome=outcome)
    assert _answer(changed).startswith(
        "Nobody can tell: there are no curves, so nothing shows how much runs still gain. In other "
        "people's sweeps 1 % of the stopped runs were gems; the chance that any of the 8 here is "
        "one is 8 %, as gems come several to a sweep."
    )
    assert _answer(changed).count("there are no curves") == 1


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
        assert "worth re-running" not in text
        assert "No run was stopped" not in text
        assert "nothing to re-run" not in text
        assert "run 8" in text[: text.index(GONE_ON)].lower()


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
    assert not (better and re.search("Unlikely|[Nn]o run was stopped|nothing to re-run", text))


@pytest.mark.parametrize("name", SAMPLES)
def test_one_word_for_running_again(name):
    audit = SAMPLES[name]()
    for width in WIDTHS:
        assert not re.search(r"(?i)\bresum|\brerun", page_of(audit, width=width))


def test_narrow_terminals_keep_the_chance_if_run_again_and_name_what_left():
    wide, narrow = (page_of(twelve(), width=width) for width in (160, 60))
    assert GONE_ON in wide
    assert "columns left out" not in wide
    table = narrow[narrow.index("  run  ") : narrow.index("Why they ended")]
    assert AGAIN in table.splitlines()[0]
    said = " ".join(table.split())
    assert re.search(r"\(columns left out at this width: .*full run \(90 %\)", said)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", sorted({*SAMPLES} - {"hostile names"}))
def test_the_verdict_stands_in_the_first_eight_lines(name, width):
    lines = page_of(SAMPLES[name](), width=width).splitlines()
    assert any(line.startswith("Is there a gem?  ") for line in lines[:8])


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
    assert re.search(r"used \d+ of 264 reports \(41 % saved\)", text)
