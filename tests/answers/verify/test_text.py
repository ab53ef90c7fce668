"""The page of `verify`, as goldens; it fits every terminal and shows hostile names inert."""

from dataclasses import replace

import pytest

from tests.answers.forms import HOSTILE, check_all_forms, check_verdict_first, check_widths
from tests.replication.launches import run_of
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.curve_match import CurveMatch, ReplicationOutcome, judge, overall
from wbtools.analysis.verification.outcome import (
    CheckedReplica,
    Comparator,
    track_record,
)
from wbtools.answers.layout import Page
from wbtools.answers.verify.answer import VerifyAnswer
from wbtools.answers.verify.page import verdict_words
from wbtools.answers.verify.track_record import TrackRecordAnswer
from wbtools.model import Criterion, Expectation, Goal, ReplicationPlan, Verified
from wbtools.stats.student import chance_better, summarize

CRITERION = Criterion(
    metric="val/hmean", goal=Goal.MAXIMIZE, success=0.966, acceptable=0.965, source="as given"
)


def replica(k, best, *, completion=Completion.FULL, curve_match=None, differences=()):
    return CheckedReplica(
        run=run_of(id=f"rep{k}", name=f"amber-sweep-8-replica-{k}", number=k),
        n_reports=22 if completion is Completion.FULL else 4,
        best=best,
        completion=completion,
        seed=k,
        curve_match=curve_match or CurveMatch(n_compared=10, largest=0.0, largest_at=1),
        differences=differences,
    )


def answer(replicas, *, other=(0.9647,), expectation=None, name="amber-sweep-8"):
    plan = ReplicationPlan(
        sweep="v5inrfwe",
        run_id="ab12cd34",
        metric="val/hmean",
        goal=Goal.MAXIMIZE,
        criteria=(CRITERION,),
        n_replicas=len(replicas),
        expectation=expectation,
    )
    values = [replica.best for replica in replicas if replica.ended]
    judged = (judge(CRITERION, values, len(replicas)),)
    comparator = Comparator(
        name="run 3 (misty-sweep-3)",
        run=run_of(id="r3", number=3),
        summary=summarize(other),
        chance=chance_better(values, other, sign=-1.0) if values else None,
    )
    return VerifyAnswer(
        run=run_of(name=name),
        original_reports=10,
        plan=plan,
        plan_is_kept=True,
        group="wbtools-ab12cd34",
        replicas=tuple(replicas),
        judged=judged,
        comparator=comparator,
        verdict=overall(judged),
        budget=22,
        within=None if expectation is None else len(values),
        beat=None if expectation is None else len(values),
    )


APART = CurveMatch(n_compared=10, first_difference=2, largest=0.0031, largest_at=4, in_noise=1.4)
AT_ONCE = replace(APART, first_difference=1)
PROMISE = Expectation(median=0.9671, low=0.966, high=0.9694, level=0.9, p_repeat=0.88, bar=0.9647)
ANSWERS = {
    "same": answer([replica(1, 0.9671)], expectation=PROMISE),
    "three-seeds": answer(
        [
            replace(replica(k, best, curve_match=APART), changed=("seed",))
            for k, best in ((42, 0.9668), (123, 0.9655), (7, 0.967))
        ]
    ),
    "seed-without-effect": answer(
        [replace(replica(k, 0.967), changed=("seed",)) for k in (42, 123)]
    ),
    "too-few-seeds": answer(
        [
            replace(replica(k, best, curve_match=APART), changed=("seed",))
            for k, best in ((42, 0.9645), (123, 0.9655), (7, 0.964))
        ]
    ),
    "failure": answer([replica(1, 0.95, curve_match=APART, differences=("lr", "n"))]),
    "undecided": answer(
        [
            replica(1, 0.964, completion=Completion.RUNNING),
            replica(2, None, completion=Completion.RUNNING),
        ]
    ),
    "apart-despite-seed": answer(
        [replace(replica(k, 0.967, curve_match=AT_ONCE), differs_despite_seed=True) for k in (1, 2)]
    ),
    "hostile": answer([replace(replica(1, 0.97), run=run_of(name=HOSTILE))], name=HOSTILE),
}


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "three-seeds"])
def test_the_page(golden, name):
    golden(f"verify-{name}.txt", ANSWERS[name].to_text())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_page_on_screens(golden, width):
    golden(f"verify-three-seeds-{width}.txt", ANSWERS["three-seeds"].to_text(width=width))


def test_what_came_out_is_said_in_one_line():
    assert repr(ANSWERS["three-seeds"]) == (
        "<verify: Run 8 holds: 3 replicas 0.96643 ± 0.00081, bar 0.96600>"
    )
    assert repr(ANSWERS["failure"]) == (
        "<verify: Run 8 is no gem: 1 replica 0.9500, bar 0.9660. In doubt: see below>"
    )
    assert repr(ANSWERS["undecided"]) == "<verify: Undecided: no replica has run to its end>"
    unjudged = replace(ANSWERS["undecided"], judged=(), verdict=ReplicationOutcome.UNDECIDED)
    assert "pass --success VALUE" in unjudged.headline
    check_verdict_first(unjudged)
    two = replace(
        ANSWERS["too-few-seeds"],
        judged=tuple(
            replace(ANSWERS["too-few-seeds"].judged[0], criterion=replace(CRITERION, metric=name))
            for name in ("val/f1", HOSTILE)
        ),
    )
    assert "3 replicas val/f1 0.9647" in two.headline


def test_what_is_worse_never_looks_equal():
    judged = judge(CRITERION, [0.96499], 1)
    near = replace(ANSWERS["failure"], judged=(judged,), verdict=judged.verdict)
    criterion = replace(CRITERION, success=0.97, acceptable=0.965)
    undecided = judge(criterion, [0.96499, 0.96498], 3)
    assert "acceptable 0.96500;" in verdict_words(
        replace(near, judged=(undecided,), verdict=undecided.verdict)
    )
    assert "Mean 0.96499 of one replica" in " ".join(near.to_text().split())


def test_repeats_of_a_seed_are_counted_once_throughout():
    (only,) = ANSWERS["same"].replicas
    text = replace(ANSWERS["same"], replicas=(only, replace(only, is_repeat=True))).to_text()
    said = " ".join(text.split())
    assert "2 replicas" in said
    assert "1 repeats the seed and every value of another: counted once" in said
    assert "1 of 1 replica inside" in said
    assert "1 of 1 replica did" in said


def test_the_page_on_a_narrow_terminal_without_unicode(golden):
    text = ANSWERS["three-seeds"].on(Page(width=40, unicode=False))
    golden("verify-narrow-ascii.txt", text)


def test_the_page_in_markdown(golden):
    golden("verify-three-seeds.md", ANSWERS["three-seeds"]._repr_markdown_())


@pytest.mark.parametrize("name", ANSWERS)
def test_every_form_says_the_same_and_fits(name):
    check_all_forms(ANSWERS[name])
    check_widths(ANSWERS[name], 20, 40, 80, 160)
    check_verdict_first(ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_data_say_the_same(name):
    parsed = ANSWERS[name].to_dict()
    assert parsed["schema"] == "wbtools.verify/1"
    assert parsed["verdict"] == str(ANSWERS[name].verdict)
    assert len(parsed["replicas"]) == len(ANSWERS[name].replicas)
    doubtful = name == "apart-despite-seed"
    assert {replica["differs_despite_seed"] for replica in parsed["replicas"]} == {doubtful}


def test_the_track_record(golden):
    known = {"sweep": "s", "metric": "acc", "level": 0.9, "p_repeat": 0.5}
    record = TrackRecordAnswer.of(track_record(
        (
            Verified(run_id="a", verdict="success", n_replicas=3, mean=0.97, n_beat=2, n_within=3,
                     **known),
            Verified(run_id="b", verdict="failure", n_replicas=1, mean=0.9, n_beat=0, n_within=0,
                     **known),
            Verified(run_id="c", verdict="undecided", n_replicas=0, **known),
        )
    ))  # fmt: skip
    assert (record.n_within, record.n_intervals) == (3, 4)
    assert (record.n_beat, record.n_promised, record.expected_beat) == (2, 4, 2.0)
    golden("verify-track-record.txt", record.to_text(width=80))
    check_all_forms(record)
    check_verdict_first(record)
    nothing = TrackRecordAnswer.of(track_record(()))
    check_verdict_first(nothing)
    assert repr(nothing) == "<track_record: nothing was verified yet>"
