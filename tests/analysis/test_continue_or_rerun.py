"""What it takes to go on with a run and what to run it again, and the odds of both."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.answers.samples import SAMPLES, twelve
from wbtools.analysis.continue_or_rerun import continue_or_rerun, hours_to_go_on
from wbtools.findings import Confidence
from wbtools.model import Checkpoint, CheckpointLayout, CheckpointPlace, ContinuedFrom
from wbtools.replication.criteria import plan_of


def checkpoint(**other):
    """One that nothing is known of but what is said."""
    defaults = {
        "name": "checkpoints/last.ckpt",
        "place": CheckpointPlace.DISK,
        "layout": CheckpointLayout.LIGHTNING,
        "because": "in the folder that ckpt_dir names",
        "confidence": Confidence.HIGH,
    }
    return Checkpoint(**{**defaults, **other})


def stopped():
    """An audit and its run 8: 10 of 22 epochs, a report each of 6 min."""
    audit = twelve()
    return audit, next(row for row in audit.rows if row.run.number == 8)


@pytest.mark.parametrize(
    ("progress", "left"),
    [
        pytest.param({"epoch": 10.0}, 12, id="where it was stopped"),
        pytest.param({"epoch": 5.0}, 17, id="before"),
        pytest.param({"epoch": 0.0}, 22, id="at its beginning"),
        pytest.param({"epoch": 4.5}, 18, id="in the middle of an epoch, which begins anew"),
        pytest.param({"epoch": 16.0}, 6, id="later than the last report, which was lost"),
        pytest.param({"epoch": 400.0}, 0, id="beyond its budget"),
        pytest.param({"step": 4000}, 12, id="a step where epochs are counted tells nothing"),
        pytest.param({}, 12, id="nothing says"),
        pytest.param({"epoch": float("nan")}, 12, id="no number"),
        pytest.param({"epoch": -3.0}, 22, id="a nonsense of a name"),
    ],
)
def test_going_on_takes_the_reports_from_the_checkpoint_on(progress, left):
    audit, row = stopped()
    assert hours_to_go_on(audit.budget, row, checkpoint(**progress)) == pytest.approx(left * 0.1)


def test_a_new_process_has_to_start_up_and_one_that_had_gone_on_would_not():
    audit, row = stopped()
    slow = replace(row, startup_h=0.3)
    for progress in ({"epoch": 10.0}, {}):
        assert hours_to_go_on(audit.budget, slow, checkpoint(**progress)) == pytest.approx(1.5)
    assert hours_to_go_on(audit.budget, slow, None) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("budget", "progress", "left"),
    [
        pytest.param(
            {"reports_per_unit": Fraction(2), "n_before": 1},
            {"epoch": 3.0},
            22 - 7,
            id="two reports an epoch and one before",
        ),
        pytest.param(
            {"reports_per_unit": Fraction(1, 100), "key": "max_steps"},
            {"step": 512, "epoch": 9.0},
            22 - 5,
            id="a report every 100 steps",
        ),
        pytest.param({"reports_per_unit": None}, {"epoch": 3.0}, 12, id="no translation"),
    ],
)
def test_progress_is_told_in_the_units_of_the_budget(budget, progress, left):
    audit, row = stopped()
    counted = replace(audit.budget, **budget)
    assert hours_to_go_on(counted, row, checkpoint(**progress)) == pytest.approx(left * 0.1)


def test_unknown_costs_stay_unknown():
    audit, row = stopped()
    unpaced = replace(row, report_s=None, cost_remaining_h=None, cost_full_h=None)
    assert hours_to_go_on(audit.budget, unpaced, checkpoint(epoch=5.0)) is None
    assert hours_to_go_on(audit.budget, unpaced, None) is None


def test_the_odds_are_those_of_the_audit():
    audit, row = stopped()
    ways = continue_or_rerun(audit, row, checkpoint(epoch=5.0))
    assert (ways.p_gone_on, ways.p_repeat) == (row.projection.p_gem, row.projection.p_repeat)
    assert (ways.continue_h, ways.rerun_h) == (pytest.approx(1.7), row.cost_full_h)
    assert ways.has_more_to_go


def test_there_is_nothing_to_go_on_with_once_a_run_ran_its_course():
    audit = twelve()
    ways = continue_or_rerun(audit, audit.rows[0])
    assert (ways.continue_h, ways.p_gone_on, ways.has_more_to_go) == (0, None, False)


def test_a_share_of_other_peoples_sweeps_is_no_odds_of_this_run():
    audit = SAMPLES["a run table"]()
    row = next(row for row in audit.gems if row.projection.p_gem < 1)
    ways = continue_or_rerun(audit, row)
    assert row.projection.abstained_because is not None
    assert ways.p_gone_on is None


def test_a_continued_run_costs_what_remains_and_is_promised_what_it_would_have_reached():
    audit, row = stopped()
    continues = ContinuedFrom(checkpoint="checkpoints/last.ckpt", epoch=5.0)
    plan = plan_of(
        audit,
        row,
        (),
        changed=("ckpt_path",),
        n_replicas=1,
        fallback=None,
        continues=continues,
        remaining_h=1.7,
    )
    assert plan.continues == replace(continues, n_reports=10)
    assert (plan.cost_h, plan.n_replicas) == (1.7, 1)
    promised = plan.expectation
    assert (promised.p_gone_on, promised.p_repeat) == (row.projection.p_gem, None)
    assert (promised.low, promised.high) == (row.projection.low, row.projection.high)
    assert promised.bar == audit.incumbent.value
    again = plan_of(audit, row, (), changed=(), n_replicas=1, fallback=None)
    assert (again.expectation.p_gone_on, again.continues) == (None, None)
    assert again.cost_h == row.cost_full_h


@pytest.mark.parametrize(
    ("share", "again", "continued"),
    [
        pytest.param(2.0, 0.3 + 4.4, 0.3 + 3.9, id="39 epochs more than the 5 that are held"),
        pytest.param(0.5, 0.3 + 1.1, 0.3 + 0.6, id="half, of which 5 epochs are held"),
        pytest.param(0.125, 0.3 + 0.275, 0.3, id="less than is held"),
    ],
)
def test_neither_the_start_up_nor_what_is_held_grows_with_the_budget(share, again, continued):
    audit, row = stopped()
    slow = replace(row, startup_h=0.3, cost_full_h=0.3 + 2.2)

    def cost(**other):
        return plan_of(
            audit, slow, (), changed=(), n_replicas=1, fallback=None, share=share, **other
        ).cost_h

    held = checkpoint(epoch=5.0)
    remaining_h = continue_or_rerun(audit, slow, held).continue_h
    origin = ContinuedFrom(checkpoint=held.name, epoch=5.0)
    assert cost() == pytest.approx(again)
    assert cost(continues=origin, remaining_h=remaining_h) == pytest.approx(continued)
