"""A checkpoint that is further than its run came, or at its end already, is in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.analysis.sweeps import BEGIN
from tests.analysis.test_continue_or_rerun import checkpoint, stopped
from wbtools.analysis.checkpoint_progress import RunLength

ENDED_AT = BEGIN + timedelta(hours=1)


def doubts(length, *, late_s=0, **progress):
    written_at = ENDED_AT + timedelta(seconds=late_s)
    return length.doubts(checkpoint(written_at=written_at, **progress), ENDED_AT)


@pytest.fixture(scope="module")
def length():
    """Of a run that made 10 reports of 22, an epoch and 6 min each."""
    return RunLength.of(*stopped())


@pytest.mark.parametrize("late_s", [-600, 0, 90_000])
def test_at_the_end_of_the_budget_nothing_is_left_to_train(length, late_s):
    (over,) = doubts(length, late_s=late_s, epoch=22.0)
    assert over == "training was over in it: epoch 22 of 22"
    (beyond,) = doubts(length, late_s=late_s, epoch=999_999_999.0)
    assert beyond.startswith("training was over in it")


def test_further_than_the_lost_end_of_a_record_accounts_for(length):
    assert [epoch for epoch in range(22) if doubts(length, epoch=float(epoch))] == [*range(13, 22)]
    assert doubts(length, epoch=13.0) == ("it is of epoch 13, and the run made 10 reports",)
    quick = replace(length, report_s=20.0)
    assert [epoch for epoch in range(22) if doubts(quick, epoch=float(epoch))] == [*range(17, 22)]


def test_written_after_the_run_and_further_than_it_came_is_of_another_process(length):
    """A continuation that saved into the run's own folder."""
    quick = replace(length, report_s=0.1)
    assert doubts(quick, epoch=12.0) == ()
    assert doubts(quick, epoch=11.0, late_s=1560) == ()
    (other,) = doubts(quick, epoch=12.0, late_s=1560)
    assert other == (
        "it is of epoch 12, and the run made 10 reports; it was written 26 min after the run had "
        "ended: by another process that went on"
    )


def test_where_nothing_translates_or_counts_nothing_is_doubted(length):
    assert doubts(length, step=99_999) == ()
    assert doubts(RunLength(), epoch=99.0) == ()
    assert doubts(replace(length, n_made=None), epoch=21.0) == ()
    assert length.doubts(checkpoint(epoch=11.0), None) == ()


def test_of_a_run_that_came_to_its_end_the_last_checkpoint_is_at_the_end():
    audit, _ = stopped()
    full = next(row for row in audit.rows if row.n_reports == 22)
    assert doubts(RunLength.of(audit, full), epoch=22.0) == ()


def test_reports_that_are_not_recorded(length):
    ahead = [length.n_unrecorded(checkpoint(epoch=float(epoch))) for epoch in (5, 10, 12)]
    assert ahead == [0, 0, 2]
    assert length.n_unrecorded(checkpoint(step=5)) == 0
