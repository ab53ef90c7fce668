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
    guarded,
    no_completed_run,
    no_rule,
    noisy_rewards,
    run_table,
    sparse_ranking,
    still_running,
    twelve,
    with_nan,
)


def zoom(audit, number, **how):
    row = next(row for row in audit.rows if row.run.number == number)
    return page_of(audit, row, **how)


@pytest.mark.parametrize(
    ("name", "audit", "number"),
    [
        pytest.param("the-gem", twelve, 8, id="the gem"),
        pytest.param("the-bar", twelve, 3, id="the run that set the bar"),
        pytest.param("a-stop", twelve, 9, id="a run that the rule stopped"),
        pytest.param("of-a-table", run_table, 8, id="a run without a curve"),
        pytest.param("only-nan", with_nan, 3, id="a run of nothing but NaN"),
        pytest.param("sparse-ranking", sparse_ranking, 8, id="a run ranked by another metric"),
        pytest.param("unrankable", noisy_rewards, 29, id="a run like any other"),
        pytest.param("no-rule", no_rule, 8, id="a run of a sweep without a rule"),
        pytest.param("guarded", guarded, 8, id="a run that the guard stopped"),
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
        text = page_of(audit, row, width=width, unicode=width > 40)
        assert max(map(cell_len, text.splitlines())) <= width
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_of_a_run_that_goes_on_the_moment_is_told():
    audit = from_a_server()
    are_dated = ["as of" in page_of(audit, row) for row in audit.rows]
    assert are_dated == [False, False, True]
    assert "as of" not in page_of(still_running(), still_running().rows[2])


def test_gains_of_completed_runs_are_told():
    assert re.search(r"3 completed runs gained 0\.\d+ … 0\.\d+ after report 10", zoom(twelve(), 8))


def test_the_gains_are_the_projections():
    audit = twelve()
    projection = audit.rows[7].projection
    gains = re.search(r"gained (\S+) … (\S+) after", zoom(audit, 8)).groups()
    assert [float(text) for text in gains] == pytest.approx(
        [projection.gain_low, projection.gain_high], abs=1e-4
    )


def test_reports_of_two_metrics_are_never_mixed():
    text = " ".join(zoom(sparse_ranking(), 8, width=120).split())
    assert "reports 10/22 of val/hmean" in text
    assert "at report 5 of test/hmean" in text
    assert "(epoch 5)" not in text
    assert "after report 5 of test/hmean" in text
    assert "12 reports of val/hmean were left" in text
    assert "it counts reports of val/hmean" in text
    assert "test/hmean by its own report" in text


def test_the_axis_ends_at_the_budget_only_for_the_rules_metric():
    def axis(audit):
        lines = zoom(audit, 8, unicode=False).splitlines()
        return lines[next(k for k, line in enumerate(lines) if " +---" in line) + 1].split()

    assert axis(twelve())[-1] == "22"
    assert axis(sparse_ranking())[-1] == "5"


def test_what_nothing_explains_is_called_so_with_and_without_a_rule():
    for audit in (run_table(), twelve()):
        assert "Cut short, and nothing explains why;" in zoom(audit, 8)
    assert "the rule cannot be judged (low confidence)." in zoom(run_table(), 8)


def with_odds(p_gem, p_repeat):
    """Twelve runs, all stopped ones of which have this chance."""
    audit = twelve()
    projections = [
        row.projection and dataclasses.replace(row.projection, p_gem=p_gem, p_repeat=p_repeat)
        for row in audit.rows
    ]
    rows = [
        dataclasses.replace(row, projection=projection)
        for row, projection in zip(audit.rows, projections, strict=True)
    ]
    return dataclasses.replace(audit, rows=tuple(rows))


ANSWERS = {
    "a run that was better": (twelve, 8, "its 0.9660 already beats 0.9648 (run 3)"),
    "a run that the rule stopped": (
        lambda: with_odds(0.11, 0.12),
        12,
        "Stopped by Hyperband at epoch 10; 11 % that it would have beaten 0.9648 (run 3), had",
    ),
    "one without a chance": (
        lambda: with_odds(0.11, 0.12),
        12,
        "had it gone on, 12 % if run again. Not worth a re-run.",
    ),
    "one with a chance": (
        lambda: with_odds(0.5, 0.45),
        7,
        "had it gone on, 45 % if run again. Worth a re-run (2.2 h).",
    ),
    "the bar": (twelve, 3, "Completed; the best completed run, with 0.9648."),
    "another that completed": (twelve, 2, "Completed; its best is 0.9630, the bar is 0.9648 (run"),
    "one that goes on": (still_running, 3, "Still running; its 0.9700 already beats 0.9601"),
    "one without a curve": (run_table, 7, "nobody can tell whether it would have beaten 0.9647"),
    "one without a value": (with_nan, 3, "it logged no finite value of val/hmean."),
    "no bar": (no_completed_run, 1, "no run completed, so there is no bar to beat."),
}


@pytest.mark.parametrize(("audit", "number", "said"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer_about_a_run_comes_first(audit, number, said):
    head, _, _ = zoom(audit(), number, width=160).partition("W&B state")
    assert said in " ".join(head.split())


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
def test_numbers_near_the_limits_are_told(curves):
    audit = at_the_limits(curves)
    for row in audit.rows:
        for unicode in (True, False):
            text = page_of(audit, row, width=100, unicode=unicode)
            assert not re.search(r"\d{40}", text)


def test_what_a_guard_wrote_is_shown_harmless_and_what_it_lacked_is_told():
    bad = "\x1b[31m\u202e[bold]x\n"
    stop = {"rule": bad, "by": bad, "metric": bad, "value": None, "threshold": None, "n_asked": 3}
    text = zoom(guarded(**stop, n_peers=0, band=0), 8, width=90)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
    assert "[bold]x" in text
    assert "At report 10 (epoch 10) of " in text
    assert ": no value." in text
    assert "W&B was asked 3 times" in text
