"""Where a continuation begins, by each kind of evidence, and what is said of the joint."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wbtools.analysis.verification.joined_curve import (
    LARGE_JUMP,
    CurvePart,
    JointEvidence,
)
from wbtools.analysis.verification.joint_place import place_joint
from wbtools.model import ContinuedFrom

CURVE = np.round(1 - 1 / np.arange(2.0, 42.0), 6)
"""A run of forty reports that nobody stopped."""


def part(values, progress=None, *, counter="epoch", steps=None):
    values = np.asarray(values, dtype=float)
    n = len(values)
    return CurvePart(
        values=values,
        steps=np.arange(n) if steps is None else np.asarray(steps),
        counter="" if progress is None else counter,
        progress=None if progress is None else np.asarray(progress, dtype=float),
    )


def cut(stop, checkpoint, counts, **more):
    """A run of forty reports stopped after `stop`, and gone on with after report `checkpoint`."""
    counts = np.asarray(counts, dtype=float)
    before = part(CURVE[:stop], counts[:stop], **more)
    return before, part(CURVE[checkpoint:], counts[checkpoint:], **more)


@given(
    stop=st.integers(2, 39),
    back=st.integers(0, 10),
    first=st.integers(0, 1),
    per_epoch=st.integers(1, 4),
    step=st.sampled_from([1, 50]),
)
def test_a_count_of_training_says_it_wherever_it_begins(stop, back, first, per_epoch, step):
    counts = first * step + np.arange(40) // per_epoch * step
    checkpoint = max(0, stop - back) // per_epoch * per_epoch
    assume(checkpoint > 0)  # else it began anew
    joint = place_joint(*cut(stop, checkpoint, counts))
    assert (joint.after, joint.evidence) == (checkpoint, JointEvidence.COUNTER)
    assert joint.match.n_compared == stop - checkpoint
    assert (joint.match.first_difference, joint.n_missing) == (None, 0)


@pytest.mark.parametrize("per_epoch", [1, 2, 4])
@pytest.mark.parametrize("first", [0, 1])
def test_missing_reports_are_counted(first, per_epoch):
    counts = first + np.arange(40) // per_epoch
    stop = 5 * per_epoch + (per_epoch > 1)
    joint = place_joint(*cut(stop, 8 * per_epoch, counts))
    assert (joint.after, joint.n_missing) == (stop, 8 * per_epoch - stop)
    assert joint.has_gap


@pytest.mark.parametrize(
    ("counts", "counter", "checkpoint", "is_unrecorded"),
    [
        (1 + np.arange(40), "epoch", {"epoch": 8}, True),
        (np.arange(40), "epoch", {"epoch": 8}, True),
        (np.arange(40) // 2, "epoch", {"epoch": 4}, True),
        (np.arange(1, 41) / 4, "epoch", {"epoch": 2}, True),
        (50 * np.arange(1, 41), "global_step", {"step": 400}, True),
        (50 * np.arange(1, 41) - 1, "global_step", {"step": 400}, True),
        (1 + np.arange(40), "epoch", {"epoch": 7}, False),
        (1 + np.arange(40), "epoch", {"epoch": 5}, False),
        (1 + np.arange(40), "epoch", {"epoch": 12}, False),
        (1 + np.arange(40), "epoch", {"step": 8}, False),
        (1 + np.arange(40), "epoch", {"epoch": 8, "is_doubted": True}, False),
        (1 + np.arange(40), "epoch", None, False),
    ],
)
def test_reports_that_a_checkpoint_shows_to_have_been_made_are_no_doubt(
    counts, counter, checkpoint, is_unrecorded
):
    """The run came to report 8, and W&B had written 6 of these when it was killed."""
    continues = None if checkpoint is None else ContinuedFrom(checkpoint="", **checkpoint)
    joint = place_joint(*cut(6, 8, counts, counter=counter), continues)
    assert (joint.after, joint.n_missing) == (6, 2)
    assert joint.is_unrecorded is is_unrecorded
    assert joint.has_gap is not is_unrecorded


def test_an_epoch_that_was_begun_is_gone_on_with():
    joint = place_joint(*cut(6, 6, np.arange(40) // 4))
    assert (joint.after, joint.n_missing, joint.match.n_compared) == (6, 0, 0)


@pytest.mark.parametrize(
    ("counts", "counter", "continues", "after"),
    [
        (np.arange(40), "epoch", ContinuedFrom(checkpoint="", epoch=8), 8),
        (np.arange(40) + 1, "epoch", ContinuedFrom(checkpoint="", epoch=8), 8),
        (np.arange(40) // 2, "epoch", ContinuedFrom(checkpoint="", epoch=4), 8),
        (np.arange(1, 41) / 4, "epoch", ContinuedFrom(checkpoint="", epoch=2), 8),
        (np.arange(1, 41) * 50, "global_step", ContinuedFrom(checkpoint="", step=400), 8),
        (np.arange(1, 41) * 50 - 1, "global_step", ContinuedFrom(checkpoint="", step=400), 8),
        (None, "", ContinuedFrom(checkpoint="", epoch=2), 8),
    ],
    ids=["from 0", "from 1", "two an epoch", "parts of epochs", "steps", "steps from 0", "none"],
)
def test_what_the_checkpoint_says_is_taken_where_the_continuation_counts_nothing(
    counts, counter, continues, after
):
    before = part(CURVE[:12], None if counts is None else counts[:12], counter=counter)
    joint = place_joint(before, part(CURVE[8:]), continues, 4.0)
    assert (joint.after, joint.evidence) == (after, JointEvidence.CHECKPOINT)


def test_a_count_that_begins_again_is_told_and_not_believed():
    before, after = part(CURVE[:12], np.arange(12)), part(CURVE[12:], np.arange(28))
    joint = place_joint(before, after, ContinuedFrom(checkpoint="", epoch=12))
    assert (joint.after, joint.counter_restarts, joint.is_anew) == (12, True, False)


def test_weights_that_were_not_restored_are_a_new_beginning_whatever_it_counts():
    before, after = cut(12, 12, np.arange(40))
    joint = place_joint(before, part(CURVE[:28], after.progress))
    assert (joint.is_anew, joint.after, joint.is_equal) == (True, 0, True)


def test_a_checkpoint_from_before_the_first_report_is_no_new_beginning():
    before, after = part(CURVE[:12], np.arange(12)), part(CURVE, np.arange(40))
    joint = place_joint(before, after, ContinuedFrom(checkpoint="", epoch=0))
    assert (joint.after, joint.is_anew, joint.match.n_compared) == (0, False, 12)
    assert place_joint(before, after).is_anew


def test_steps_that_a_program_sets_say_it_and_a_row_more_does_not():
    before = part(CURVE[:12], steps=np.arange(12) * 10)
    joint = place_joint(before, part(CURVE[10:] + 1e-4, steps=np.arange(10, 40) * 10))
    assert (joint.after, joint.evidence) == (10, JointEvidence.STEP)
    joint = place_joint(before, part(CURVE[12:], steps=np.arange(1, 29) * 10))
    assert (joint.after, joint.evidence) == (12, JointEvidence.ASSUMED)


def test_a_constant_curve_says_nothing():
    ones = np.ones(10)
    joint = place_joint(part(ones), part(ones))
    assert (joint.after, joint.evidence, joint.is_anew) == (10, JointEvidence.ASSUMED, False)


def test_without_reports_before_the_continuation_stands_alone():
    joint = place_joint(part([]), part(CURVE))
    assert (joint.after, joint.evidence, joint.jump) == (0, JointEvidence.NO_REPORTS, None)
    joint = place_joint(part(CURVE[:5], np.arange(5)), part([], []))
    assert (joint.after, joint.match.n_compared, joint.jump) == (5, 0, None)


@pytest.mark.parametrize(("n", "most"), [(4, 0.04), (6, 0.02), (10, 0.01)])
def test_an_honest_joint_is_rarely_called_a_jump(n, most):
    random = np.random.default_rng(7)
    curves = [
        random.normal(size=(700, 20)),
        random.normal(size=(700, 20)).cumsum(axis=1),
        20 / np.arange(1, 21) + random.normal(size=(700, 20)),
    ]
    for kind in curves:
        found = [
            place_joint(part(c[:n], np.arange(n)), part(c[n:], np.arange(n, 20))).has_large_jump
            for c in kind
        ]
        assert np.mean(found) <= most


def test_a_jump_is_seen_unless_reports_that_both_made_are_equal():
    before, after = cut(12, 12, np.arange(40))
    assert not place_joint(before, after).has_large_jump
    joint = place_joint(before, part(CURVE[:28] + 0.01, after.progress))
    assert joint.has_large_jump
    assert joint.jump == pytest.approx(CURVE[0] + 0.01 - CURVE[11])
    assert abs(joint.jump) > LARGE_JUMP * joint.usual_jump
    noisy = CURVE.copy()
    noisy[10:] -= 0.4
    repeated = part(noisy[:12], np.arange(12)), part(noisy[10:], np.arange(10, 40))
    assert not place_joint(*repeated).has_large_jump


@given(
    old=st.lists(st.floats(-1e308, 1e308), max_size=8),
    new=st.lists(st.floats(-1e308, 1e308), max_size=8),
    counts=st.lists(st.floats(-1e308, 1e308), min_size=16, max_size=16),
)
def test_whatever_was_logged_the_joint_lies_in_the_curve(old, new, counts):
    before, after = part(old, counts[: len(old)]), part(new, counts[8 : 8 + len(new)])
    joint = place_joint(before, after, ContinuedFrom(checkpoint="", epoch=counts[0]), 2.0)
    assert 0 <= joint.after <= len(old)
    assert joint.n_missing >= 0
