"""What is said, and what is not, where which stopped runs were gems cannot be told."""

import dataclasses

import numpy as np
import pytest

from tests.answers.audit.pages import page_of
from tests.answers.samples import before_training, from_curves, noisy_rewards, rising, twelve
from tests.guards import guard_stop
from wbtools.analysis.audit import audit as audited
from wbtools.analysis.projection import Method
from wbtools.analysis.question import RuleInUse, RuleStatus
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.audit.gem_words import run_to_repeat, run_to_zoom, runs_to_repeat
from wbtools.answers.audit.unrankable_words import lottery_words
from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.figure_data import IntervalMark
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.run_names import select_run
from wbtools.errors import UsageError
from wbtools.model import RunState
from wbtools.rules.hyperband import Hyperband


def flat(audit, run=None):
    return " ".join(page_of(audit, run, width=300).split())


def with_ranking(audit, **changed):
    ranking = dataclasses.replace(audit.outcome.rankability, **changed)
    outcome = dataclasses.replace(audit.outcome, rankability=ranking)
    return dataclasses.replace(audit, outcome=outcome)


def stopped(audit):
    return [row for row in audit.rows if row.projection is not None]


def test_no_stopped_run_is_listed_or_advised():
    audit = noisy_rewards()
    assert audit.outcome.cannot_rank
    assert audit.gems == []
    assert run_to_repeat(audit) is None
    assert runs_to_repeat(audit) == []
    text = flat(audit)
    assert "had it gone on" not in text
    assert "Re-running" not in text
    assert "but which cannot be told: standing at report 3 says next to nothing" in text
    data = curves_figure(audit)
    marks = data.panels[0].marks
    assert not any(mark.label for mark in marks if getattr(mark, "run_id", None))
    assert not any(isinstance(mark, IntervalMark) for mark in marks)
    assert data.title.endswith("which would have won cannot be told")
    with pytest.raises(UsageError, match="which stopped runs were gems cannot be told"):
        select_run(audit, "gem")


def test_the_data_keep_every_chance_and_say_that_their_order_means_nothing():
    audit = noisy_rewards()
    said = AuditAnswer.of(audit).to_dict()
    ranking = said["outcome"]["rankability"]
    assert ranking["is_impossible"]
    assert ranking["n_runs"] == len(stopped(audit)) == said["outcome"]["n_candidates"]
    assert ranking["stopped_first_at"] == ranking["stopped_mostly_at"] == 3
    assert said["gem_run_ids"] == said["outcome"]["recovery"] == []
    assert {row["gem_rank"] for row in said["runs"]} == {None}
    p_gems = [row["p_gem"] for row in said["runs"] if row["p_gem"] is not None]
    assert len(p_gems) == ranking["n_runs"]
    assert ranking["p_random"] == pytest.approx(np.mean(p_gems))
    p_repeats = [row["p_repeat"] for row in said["runs"] if row["p_gem"] is not None]
    assert ranking["p_repeat_random"] == pytest.approx(np.mean(p_repeats))


@pytest.mark.parametrize("method", list(Method))
def test_only_methods_whose_odds_can_differ_tell_that_nothing_can_be_told(method):
    audit = noisy_rewards()
    weights = load_weights() if method is Method.LEARNED else None
    found = audited(audit.sweep, audit.question, method=method, weights=weights)
    can_tell = method in {Method.LEARNED, Method.CATCH_UP}
    assert (found.outcome.rankability.log_odds_sd is not None) == can_tell
    if not can_tell:
        assert not found.outcome.cannot_rank


def test_the_page_of_a_run_neither_ranks_nor_advises():
    audit = noisy_rewards()
    for row in stopped(audit)[:3]:
        text = flat(audit, row)
        assert "cannot be told: 5 % of the other stopped runs would have, and standing at" in text
        for unfounded in ("re-run.", "number 1 of", "is expected to gain", "By its chance"):
            assert unfounded not in text


def test_that_the_model_stepped_aside_is_told_though_nothing_is_listed():
    audit = noisy_rewards()
    outcome = dataclasses.replace(audit.outcome, fell_back_because="curves hardly move")
    told = flat(dataclasses.replace(audit, outcome=outcome))
    assert "Projected by catching up, not by the learned model: curves hardly move." in told


def test_a_headline_says_that_it_cannot_be_told():
    assert "which cannot be told" in repr(AuditAnswer.of(noisy_rewards()))


def test_who_runs_such_a_run_again_is_told_that_it_is_a_lottery():
    audit = noisy_rewards()
    full = next(row for row in audit.rows if row.projection is None)
    assert lottery_words(audit, [full]) == []
    assert (
        "at random, run again, beats the bar with a chance of 6 %"
        in lottery_words(audit, stopped(audit))[0]
    )
    assert lottery_words(twelve(), stopped(twelve())) == []


def test_a_run_that_is_better_than_the_bar_already_is_told_all_the_same():
    audit = noisy_rewards()
    best = stopped(audit)[0]
    curves = audit.sweep.curves["eval/return"]
    values = curves.values.copy()
    values[curves.run_ids.index(best.run.id), 2] = 170
    lucky = dataclasses.replace(curves, values=values)
    sweep = dataclasses.replace(audit.sweep, curves={"eval/return": lucky})
    found = audited(sweep, audit.question)
    assert found.outcome.cannot_rank
    assert [row.run.id for row in found.gems] == [best.run.id]
    assert select_run(found, "gem").run.id == best.run.id
    text = flat(found)
    assert f"Yes: run {best.run.number} was cut short" in text
    assert "About 1 of the 20 other stopped runs would have beaten" in text
    few = flat(with_ranking(found, p_random=0.0005))
    assert "With a chance of 1 %, one of the 20 other stopped runs would have beaten" in few
    assert run_to_zoom(found) is not None


@pytest.mark.parametrize(
    ("p_random", "p_any", "begins"),
    [
        (0.14, 0.9, "About 3 of the 21 stopped runs would have beaten"),
        (0.01, 0.2, "Possibly: 20 % that one of the 21 stopped runs would have beaten"),
        (0.001, 0.03, "Unlikely: 3 % that one of the 21 stopped runs would have beaten"),
    ],
)
def test_how_many_gems_there_are_is_told_first(p_random, p_any, begins):
    audit = with_ranking(noisy_rewards(), p_random=p_random)
    outcome = dataclasses.replace(audit.outcome, p_any=p_any)
    assert f"Is there a gem? {begins}" in flat(dataclasses.replace(audit, outcome=outcome))


def test_several_stops_are_told_as_such_and_when_standing_begins_to_tell():
    audit = noisy_rewards()
    several = flat(with_ranking(audit, reports=(3, 9, 3), tells_from_report=None))
    assert "at reports 3 to 9 (most often 3) says next to nothing" in several
    assert "mean rank correlation -0.01 among 39 completed runs" in several
    assert "At no report that could be measured does standing tell." in several
    assert "Standing begins to tell at report 14. Compare runs by a mean" in flat(audit)


def test_a_fresh_run_is_promised_its_own_chance_not_that_of_having_gone_on():
    text = flat(with_ranking(noisy_rewards(), p_random=0.3, p_repeat_random=0.1))
    chances = (
        "run again, beats the bar with a chance of 10 %, and at least one of any 3 with a chance"
    )
    assert f"One taken at random, {chances} of 27 %." in text


def test_means_are_advised_unless_first_reports_are_to_blame():
    audit = with_ranking(noisy_rewards(), n_before_training=5)
    assert "Compare runs by a mean over their last reports" in flat(audit)
    blamed = tuple(finding for finding in before_training().findings if finding.code == "WBT138")
    assert "Compare runs by a mean" not in flat(dataclasses.replace(audit, findings=blamed))


def test_stops_before_training_are_a_finding_that_matters_more():
    audit = before_training()
    found = audit.outcome.rankability
    assert (found.n_before_training, found.n_stopped) == (26, 37)
    assert [finding.code for finding in audit.findings if finding.severity > 1] == ["WBT138"]
    words = "26 of 37 stopped runs ended on a report made before training; set min_iter to 2"
    assert f"What matters more: {words} or more." in flat(audit)
    assert audit.gems


@pytest.mark.parametrize("status", [RuleStatus.NONE, RuleStatus.UNKNOWN])
def test_without_a_rule_no_band_is_to_blame(status):
    audit = before_training()
    rule = RuleInUse(status=status, settings=None, source="a test")
    codes = {
        finding.code
        for finding in audited(audit.sweep, dataclasses.replace(audit.question, rule=rule)).findings
    }
    assert ("WBT138" in codes) == (status is RuleStatus.UNKNOWN)


def test_a_guard_that_stops_on_first_reports_is_to_blame_without_a_rule_of_wandb():
    audit = before_training()
    stops = {
        row.run.id: guard_stop(row.run.id, decided_at=row.run.heartbeat_at, n_reports=1)
        for row in stopped(audit)
        if row.n_reports == 1
    }
    rule = RuleInUse(status=RuleStatus.NONE, settings=None, source="a test")
    data = dataclasses.replace(audit.sweep, guard_stops=stops)
    found = audited(data, dataclasses.replace(audit.question, rule=rule))
    said = "What matters more: 26 of 26 stopped runs ended on a report made before training"
    assert said in flat(found)


@pytest.mark.parametrize("first_band", [1, 2, 4])
def test_a_band_that_comes_later_is_not_to_blame(first_band):
    audit = before_training()
    rule = dataclasses.replace(audit.question.rule, settings=Hyperband(min_iter=first_band, eta=4))
    found = audited(audit.sweep, dataclasses.replace(audit.question, rule=rule))
    assert ("What matters more" in flat(found)) == (first_band == 1)


@pytest.mark.parametrize(("n_crashed", "title"), [(4, "22 of 33"), (26, None)])
def test_only_runs_that_the_rule_may_have_stopped_count(n_crashed, title):
    audit = before_training()
    on_first = [row.run.id for row in stopped(audit) if row.n_reports == 1][:n_crashed]
    runs = tuple(
        dataclasses.replace(run, state=RunState.PREEMPTED) if run.id in on_first else run
        for run in audit.sweep.runs
    )
    found = audited(dataclasses.replace(audit.sweep, runs=runs), audit.question)
    assert found.outcome.rankability.n_before_training == 26
    titles = [finding.title for finding in found.findings if finding.code == "WBT138"]
    said = f"{title} stopped runs ended on a report made before training"
    assert titles == ([] if title is None else [said])


def test_first_reports_of_usual_training_are_no_finding():
    audit = from_curves([rising(0.9 + k / 1000, 0.05, 22 if k % 2 else 1) for k in range(40)])
    assert audit.outcome.rankability.n_before_training == 0
    assert "What matters more" not in flat(audit)
