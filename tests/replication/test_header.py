"""The comments above a script: what is written, what it costs, and the other way to do it."""

from dataclasses import replace

import pytest

from tests.analysis.test_continue_or_rerun import checkpoint, stopped
from tests.answers.samples import twelve
from wbtools.analysis.continue_or_rerun import ContinueOrRerun, continue_or_rerun
from wbtools.model import ContinuedFrom
from wbtools.replication.criteria import plan_of
from wbtools.replication.header import effort_words, head_of, head_of_runs

FROM_5 = ContinuedFrom(checkpoint="checkpoints/last.ckpt", epoch=5.0, resume_name="ckpt_path")


def planned(audit, row, **other):
    return plan_of(audit, row, (), **{"changed": (), "n_replicas": 1, "fallback": None} | other)


def continued(audit, row, continues=FROM_5):
    return planned(audit, row, continues=continues, remaining_h=1.7)


def test_replicas_are_told_what_going_on_would_have_taken():
    audit, row = stopped()
    head = head_of(
        audit,
        row,
        planned(audit, row),
        None,
        origin="sweep ab12",
        version="1",
        ways=continue_or_rerun(audit, row),
    )
    assert head[0].startswith("Run 8 of sweep ab12 again: amber-sweep-8 (id ")
    assert head[-2] == (
        "replicas: 1, about 2.2 h at the run's own pace, >99 %; continue (if it left a "
        "checkpoint): 1.2 h, 100 % had it gone on (chances of beating the bar)"
    )
    assert sum("2.2 h" in words for words in head) == 1


def test_the_odds_are_those_of_each_replica():
    audit, row = stopped()
    words = effort_words(planned(audit, row, n_replicas=3), continue_or_rerun(audit, row))
    assert words.startswith("replicas: 3, about 6.6 h at the run's own pace, each >99 %; continue ")


def test_a_continued_run_says_from_where_and_what_a_fresh_one_would_take():
    audit, row = stopped()
    head = head_of(
        audit,
        row,
        continued(audit, row),
        None,
        origin="sweep ab12",
        version="1",
        ways=continue_or_rerun(audit, row, checkpoint(epoch=5.0)),
    )
    assert head[0].startswith("Run 8 of sweep ab12 continued from epoch 5: amber-sweep-8 (id ")
    assert head[1] == "checkpoint: checkpoints/last.ckpt"
    assert head[-2] == (
        "continued from epoch 5, about 1.7 h at the run's own pace, 100 % had it gone on; run "
        "again: 2.2 h, >99 % (chances of beating the bar)"
    )
    assert sum("1.7 h" in words for words in head) == 1


@pytest.mark.parametrize(
    ("continues", "said"),
    [
        pytest.param(ContinuedFrom(checkpoint="a"), "from its checkpoint", id="nothing says"),
        pytest.param(ContinuedFrom(checkpoint="a", step=900), "from step 900", id="a step"),
        pytest.param(ContinuedFrom(checkpoint="a", epoch=2.5), "from epoch 2.5", id="a half"),
    ],
)
def test_progress_is_said_as_far_as_it_is_known(continues, said):
    audit, row = stopped()
    plan = continued(audit, row, continues)
    assert effort_words(plan, continue_or_rerun(audit, row)).startswith(f"continued {said},")


def test_a_run_that_ran_its_course_has_one_way_only():
    audit = twelve()
    row = audit.rows[0]
    assert effort_words(planned(audit, row), continue_or_rerun(audit, row)) == (
        "replicas: 1, about 2.2 h at the run's own pace"
    )


def test_odds_of_the_recorded_configuration_are_not_told_of_another():
    audit, row = stopped()
    unprojected = replace(row, projection=None)
    for whose in (row, unprojected):
        ways = continue_or_rerun(audit, whose, checkpoint(epoch=5.0))
        assert "; " in effort_words(planned(audit, whose), ways)
        for way in ({}, {"continues": FROM_5, "remaining_h": 1.7}):
            budget = effort_words(planned(audit, whose, share=0.5, **way), ways)
            assert budget.endswith("at the run's own pace")
    ways = continue_or_rerun(audit, row)
    for way in ({}, {"continues": FROM_5, "remaining_h": 1.7}):
        other = effort_words(planned(audit, row, is_other=True, **way), ways)
        assert other.endswith("at the run's own pace")


def test_what_cannot_go_on_is_not_offered_to():
    audit, row = stopped()
    ways = continue_or_rerun(audit, row, is_refused=True)
    assert not ways.has_more_to_go
    assert effort_words(planned(audit, row), ways) == (
        "replicas: 1, about 2.2 h at the run's own pace, >99 % (chance of beating the bar)"
    )


def test_what_is_unknown_is_left_out():
    audit, row = stopped()
    plan = planned(audit, replace(row, cost_full_h=None))
    ways = ContinueOrRerun(
        checkpoint=None, continue_h=None, p_gone_on=0.4, rerun_h=None, p_repeat=None
    )
    assert effort_words(plan, ways) == (
        "replicas: 1; continue (if it left a checkpoint): 40 % had it gone on "
        "(chance of beating the bar)"
    )


def test_several_runs_say_which_are_continued():
    audit, row = stopped()
    other = next(row for row in audit.rows if row.run.number == 4)
    plans = [continued(audit, row), planned(audit, other)]
    head = head_of_runs(audit, [row, other], plans, {}, origin="sweep ab12", version="1")
    assert head[0] == "2 runs of sweep ab12 continued (1) or again (1)"
    assert head[2].endswith("of 22: continued from epoch 5")
    assert head[3].endswith("of 22")
    assert head[4] == "runs: 2, about 3.9 h at the runs' own pace"


def test_less_than_a_second_is_not_about_that():
    audit, row = stopped()
    plan = replace(continued(audit, row), cost_h=1e-5)
    words = effort_words(plan, continue_or_rerun(audit, row))
    assert words.startswith("continued from epoch 5, <1 s at the run's own pace, 100 % ")
