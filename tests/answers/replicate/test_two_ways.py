"""What the page of `replicate` says of going on, of running again, and of checkpoints."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.analysis.test_continue_or_rerun import checkpoint, stopped
from tests.answers.forms import check_all_forms, check_widths
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.continue_or_rerun import continue_or_rerun
from wbtools.answers.replicate.answer import PlannedReplica, ReplicateAnswer, SourceRun
from wbtools.replication.criteria import plan_of

WHOLE = checkpoint(
    epoch=5.0, n_bytes=40_000_000, written_at=datetime(2025, 3, 1, 12, 31, tzinfo=UTC)
)
CUT_OFF = checkpoint(
    name="checkpoints/epoch=9.ckpt",
    epoch=9.0,
    is_whole=False,
    doubts=("it is half as large as the others of its folder",),
)


def answer(*checkpoints, continues=None, name="train.py"):
    audit, row = stopped()
    ways = continue_or_rerun(audit, row, continues)
    run = SourceRun(
        audit=row, plan=None, failure=None, n_replicas=1, ways=ways, checkpoints=checkpoints
    )
    replica = PlannedReplica(
        run=row.run,
        name="amber-sweep-8-continued",
        group="wbtools-run0008",
        changed={},
        command=("python", name),
        config=None,
        variables=(),
        cost_h=ways.continue_h if continues else ways.rerun_h,
        checkpoint=continues,
    )
    return ReplicateAnswer(
        sweep=audit.sweep,
        metric=audit.question.rank_by,
        target="shell",
        runs=(run,),
        replicas=(replica,),
        findings=(),
        notes=(),
        text="",
    )


def test_a_continued_run_has_its_checkpoints_and_both_ways_on_its_page(golden):
    found = answer(WHOLE, CUT_OFF, continues=WHOLE)
    golden("continued.txt", found.to_text())
    check_all_forms(found)
    check_widths(found, 20, 40, 80, 160)


def test_the_headline_says_whether_runs_go_on_or_are_run_again():
    assert answer(continues=WHOLE).headline == "run 8 of v5inrfwe continued: 1.7 h"
    assert answer().headline == "run 8 of v5inrfwe again: 1 replica, 2.2 h"
    both = answer(continues=WHOLE)
    mixed = replace(both, runs=both.runs * 2, replicas=both.replicas + answer().replicas)
    assert mixed.headline == "2 runs of v5inrfwe: 1 continued, 1 run again, 3.9 h"


def test_data_hold_both_ways_and_every_candidate():
    found = answer(WHOLE, CUT_OFF, continues=WHOLE).to_dict()
    (run,) = found["runs"]
    assert (round(run["cost_continue_h"], 6), round(run["cost_full_h"], 6)) == (1.7, 2.2)
    assert run["p_gone_on"] > 0.99
    assert [each["is_usable"] for each in run["checkpoints"]] == [True, False]
    assert found["replicas"][0]["checkpoint"]["name"] == "checkpoints/last.ckpt"
    (again,) = answer().to_dict()["replicas"]
    assert again["checkpoint"] is None


def test_a_doubt_is_said_once_and_a_time_as_people_write_it():
    cut = replace(CUT_OFF, doubts=("it is cut off: it is empty",))
    text = answer(replace(WHOLE, written_at=datetime(2025, 3, 1, 12, 31, 5, 160967, UTC)), cut)
    words = text.to_text()
    assert words.count("cut off") == 1
    assert "  2025-03-01 12:31 UTC  " in words
    assert not cut.is_usable


def test_another_budget_has_neither_the_hours_nor_the_odds_of_the_recorded_one():
    found = answer(WHOLE)
    (run,) = found.runs
    audit, row = stopped()
    for share, is_there in ((1.0, True), (2.0, False)):
        plan = plan_of(audit, row, (), changed=(), n_replicas=1, fallback=None, share=share)
        text = replace(found, runs=(replace(run, plan=plan),)).to_text()
        assert ("Continue or run again" in text) is is_there


def test_hostile_checkpoints_reach_no_terminal():
    for name in HOSTILE_NAMES.values():
        text = answer(checkpoint(name=name, doubts=(name,))).to_text()
        assert not {"\x1b", "\x9b", "\u202e", "\ud83d"} & {*text}
