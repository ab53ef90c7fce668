"""What follows from a verification contradicts nothing that it found."""

from dataclasses import replace

import pytest

from tests.replication.launches import run_of
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.curve_match import CurveMatch, judge, overall
from wbtools.analysis.verification.next_step import MOST_SEEDS, NextStepKind, next_step
from wbtools.analysis.verification.outcome import CheckedReplica, Comparator, Verification
from wbtools.model import Criterion, Goal, ReplicationPlan
from wbtools.stats.student import chance_better, summarize

APART = CurveMatch(n_compared=9, first_difference=1, largest=0.1, largest_at=1)


def replica(k, best, *, completion=Completion.FULL, seed=None, **more):
    return CheckedReplica(
        run=run_of(id=f"rep{k}", number=k),
        n_reports=9,
        best=best,
        completion=completion,
        seed=k if seed is None else seed,
        curve_match=more.pop("curve_match", APART),
        differences=more.pop("differences", ()),
        **{"changed": ("seed",), **more},
    )


def of(replicas, *, success=0.9, acceptable=0.8, other=None, planned=1, criterion=True):
    values = [each.best for each in replicas if each.ended]
    bar = Criterion(metric="acc", goal=Goal.MAXIMIZE, success=success, acceptable=acceptable,
                    source="")  # fmt: skip
    judged = (judge(bar, values, max(planned, len(replicas))),) if criterion else ()
    comparator = None
    if other is not None:
        comparator = Comparator(
            name="run 2",
            run=run_of(id="other", number=2),
            summary=summarize([other]),
            chance=chance_better(values, [other], sign=-1.0),
        )
    verification = Verification(
        run=run_of(),
        original_reports=9,
        plan=ReplicationPlan(sweep="s", run_id="r", metric="acc", goal=Goal.MAXIMIZE,
                             criteria=(bar,), n_replicas=planned),
        plan_is_kept=True,
        group=None,
        replicas=tuple(replicas),
        judged=judged,
        comparator=comparator,
        verdict=overall(judged),
        budget=9,
    )  # fmt: skip
    return verification, next_step(verification)


def runs(values, **more):
    return [replica(k, value, **more) for k, value in enumerate(values, start=1)]


NEAR = (0.70, 0.79, 0.84)  # their mean is not acceptable, their interval reaches there


def test_as_many_seeds_are_offered_as_are_said_to_be_needed():
    verification, found = of(runs(NEAR), other=0.765)
    (judged,) = verification.judged
    assert found.step is NextStepKind.MORE_SEEDS
    assert found.n_seeds == judged.seeds_needed
    assert len(found.seeds) == found.n_seeds - 3
    assert len({*found.seeds} | {1, 2, 3}) == found.n_seeds
    # The comparison needs more than is worth it, so that the criterion alone is decided.
    assert verification.comparator.chance.seeds_needed > MOST_SEEDS


def test_what_the_comparison_needs_is_offered_too():
    verification, found = of(runs(NEAR), other=0.74)
    needed = verification.comparator.chance.seeds_needed
    assert verification.judged[0].seeds_needed < needed <= MOST_SEEDS
    assert found.step is NextStepKind.MORE_SEEDS
    assert (found.n_seeds, len(found.seeds)) == (needed, needed - 3)


def test_seeds_that_were_used_are_not_offered_again():
    used = [replica(k, value, seed=seed) for k, value, seed in
            zip((1, 2, 3), NEAR, (42, 123, 1), strict=True)]  # fmt: skip
    seeds = of(used)[1].seeds
    assert seeds[:3] == (456, 2, 3)
    assert not {42, 123, 1} & {*seeds}


def test_too_many_seeds_are_not_offered():
    found = of(runs((0.75, 0.79, 0.8599)))[1]
    assert found.step is NextStepKind.TOO_MANY_SEEDS
    assert not found.seeds
    assert found.n_seeds is None or found.n_seeds > MOST_SEEDS


@pytest.mark.parametrize(
    ("replicas", "more", "step"),
    [
        (runs((0.95,)), {}, NextStepKind.GO_ON),
        (runs((0.95, 0.951, 0.952)), {"other": 0.99}, NextStepKind.TAKE_COMPARATOR),
        (runs((0.95,), changed=(), differs_despite_seed=True), {}, NextStepKind.LOOK_AT_PROGRAM),
        (runs((0.95,), differences=("lr",)), {}, NextStepKind.LOOK_AT_PROGRAM),
        (runs((0.95,), curve_match=CurveMatch(n_compared=9)), {}, NextStepKind.LOOK_AT_PROGRAM),
        (runs((0.95,)), {"criterion": False}, NextStepKind.NAME_CRITERION),
        (runs((0.5, 0.51, 0.52)), {"other": 0.7}, NextStepKind.FALL_BACK),
        (runs((0.5, 0.51, 0.52)), {"other": 0.3}, NextStepKind.NO_FALL_BACK),
        (runs((0.7,), completion=Completion.RUNNING), {}, NextStepKind.WAIT),
        (runs((0.7,)), {"planned": 3}, NextStepKind.RUN_PLANNED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_found_decides_the_step(replicas, more, step):
    assert of(replicas, **more)[1].step is step


def test_what_is_missing_and_what_is_needed_have_names_of_their_own():
    planned = of(runs((0.7,)), planned=3)[1]
    assert (planned.n_missing, planned.n_seeds) == (2, None)
    again = of(runs((0.7,), completion=Completion.CENSORED))[1]
    assert again.step is NextStepKind.RUN_AGAIN
    assert (again.n_missing, again.n_seeds) == (None, None)


def test_equal_reports_of_another_seed_are_doubted_once_there_are_several():
    for n, doubted in ((2, False), (3, True)):
        equal = replica(1, 0.95, curve_match=CurveMatch(n_compared=n))
        assert equal.equals_despite_seed is doubted
        assert not replace(equal, changed=()).equals_despite_seed


def test_a_replica_that_broke_off_is_run_again_with_its_own_seed():
    broken = [*runs((0.7, 0.75)), replica(3, None, completion=Completion.FAILED, seed=77)]
    found = of(broken, planned=3)[1]
    assert (found.step, found.seeds) == (NextStepKind.RUN_AGAIN, (77,))
    hostile = [broken[0], replace(broken[2], seed="1;rm,2")]
    assert of(hostile, planned=2)[1].seeds == ()
