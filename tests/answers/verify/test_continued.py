"""The page of `verify` for a run that went on: what is said of the joint, in every form."""

from dataclasses import replace

import numpy as np
import pytest

from tests.answers.forms import HOSTILE, check_all_forms, check_verdict_first, check_widths
from tests.answers.verify.test_text import CRITERION, answer, replica
from tests.replication.launches import run_of
from wbtools.analysis.verification.curve_match import judge
from wbtools.analysis.verification.joined_curve import (
    CurvePart,
    JoinedPart,
    JoinedRun,
)
from wbtools.analysis.verification.joint_place import place_joint
from wbtools.answers.figures.replicas import replicas_figure
from wbtools.model import Expectation

CURVE = 0.967 - 1 / np.arange(2.0, 29.0) ** 2
PROMISE = Expectation(median=0.9671, low=0.95, high=0.9694, level=0.9, p_gone_on=0.88, bar=0.9647)


def joined(values, first, *, name="amber-sweep-8-continued", counter="epoch"):
    before = CurvePart(
        values=CURVE[:12], steps=np.arange(12), counter=counter, progress=np.arange(12.0)
    )
    after = CurvePart(
        values=values,
        steps=np.arange(len(values)),
        counter=counter,
        progress=first + np.arange(len(values), dtype=float),
    )
    joint = place_joint(before, after)
    original = JoinedPart(run=run_of(), n_reports=joint.after)
    own = JoinedPart(
        run=run_of(id="c", name=name),
        n_reports=len(values),
        first=joint.after + joint.n_missing + 1,
    )
    curve = np.concatenate([CURVE[: joint.after], values])
    return replace(
        replica(1, float(curve.max()), curve_match=joint.match),
        run=own.run,
        n_reports=len(curve),
        curve=curve,
        best_since=float(values.max()),
        joined=JoinedRun(parts=(original, own), joints=(joint,)),
    )


def of(*replicas, **more):
    ended = [each.best for each in replicas if each.ended]
    judged = judge(CRITERION, ended, 1, is_continued=True)
    answered = answer(replicas, expectation=PROMISE, **more)
    return replace(
        answered,
        judged=(judged,),
        verdict=judged.verdict,
        is_continued=True,
        original_curve=CURVE[:12],
        original_reports=12,
        budget=27,
        beat=1,
        within=1,
    )


ANSWERS = {
    "goes-on": of(joined(CURVE[12:], 12)),
    "repeats": of(joined(CURVE[10:], 10)),
    "gap": of(joined(CURVE[14:], 14)),
    "anew": of(joined(CURVE, 0)),
    "jump": of(joined(CURVE[12:] - 0.4, 12)),
    "hostile": of(joined(CURVE[15:] - 0.4, 15, name=HOSTILE, counter=HOSTILE), name=HOSTILE),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_page(golden, name):
    golden(f"verify-continued-{name}.txt", ANSWERS[name].to_text())


@pytest.mark.parametrize("name", ANSWERS)
def test_every_form_says_the_same_and_fits(name):
    check_all_forms(ANSWERS[name])
    check_widths(ANSWERS[name], 20, 40, 80, 160)
    check_verdict_first(ANSWERS[name])
    assert replicas_figure(ANSWERS[name]).panels[0].marks
