"""The answer of `guard` in every form, with names that other people wrote."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.answers.forms import check_all_forms
from tests.answers.samples import HOSTILE_NAMES, guarded
from tests.guards import guard_stop
from wbtools.analysis.guarding.at_risk import RunAtRisk
from wbtools.analysis.guarding.outcome import GuardEnd, WatchedRun
from wbtools.answers.guard.answer import GuardAnswer
from wbtools.model import DecisionStatus, GuardWay

WHEN = datetime(2026, 3, 1, 10, tzinfo=UTC)


def answer(*, names=(), **other):
    audit = guarded()
    runs = audit.sweep.runs
    if names:
        runs = tuple(
            replace(run, name=names[k % len(names)], number=None) for k, run in enumerate(runs)
        )
    stops = [
        replace(guard_stop(runs[0].id), status=status, value=None if k else 0.5)
        for k, status in enumerate(DecisionStatus)
    ]
    risk = RunAtRisk(
        row=1,
        is_condemned=False,
        n_reports=3,
        band=9,
        value=-0.5,
        is_best=False,
        threshold=-0.6,
        n_peers=4,
    )
    given = {
        "sweep": replace(audit.sweep, runs=runs),
        "question": audit.question,
        "rule": "top(hyperband(min_iter=3,eta=3),k=3)",
        "acts": True,
        "way": GuardWay.WATCH,
        "decisions": (*stops, guard_stop("gone")),
        "at_risk": (
            WatchedRun(run=runs[1], risk=risk, sign=-1.0, p_better=0.7),
            WatchedRun(run=runs[2], risk=replace(risk, is_condemned=True), sign=-1, p_better=None),
        ),
        "completed": frozenset({runs[5].id}),
        "n_at_work": 4,
        "best": 0.61,
        "saved_h": 1.5,
        "stopped_by_wandb": (runs[3],),
        "n_looks": 7,
        "n_failed": 2,
        "began_at": WHEN,
        "ended_at": WHEN + timedelta(hours=2),
        "ended_by": GuardEnd.SWEEP_OVER,
    }
    return GuardAnswer(**given | other)


def test_every_form_is_written_and_runs_nothing():
    check_all_forms(answer(names=list(HOSTILE_NAMES.values())))


def test_what_a_journal_of_somebody_else_says_moves_no_cursor():
    hostile = replace(guard_stop("gone"), by="\x1b[31mred", rule="\x1b]0;title\x07")
    page = answer(decisions=(hostile,), rule="hyperband(s=\x1b[2J)", at_risk=()).to_text()
    assert "\x1b" not in page
    assert "\\x1b[31mred" in page


def test_the_page(golden):
    golden("guard.txt", answer().to_text(width=110))


@pytest.mark.parametrize(
    ("statuses", "acts", "words"),
    [
        ((), True, "None of 12 runs were stopped."),
        ((DecisionStatus.ENDED,), True, "1 of 12 runs was stopped."),
        (
            (DecisionStatus.ASKED,),
            True,
            "None of 12 runs were stopped and 1 was told to stop and still at work.",
        ),
        ((DecisionStatus.DRY_RUN,), False, "Nobody: a dry run. 1 of 12 runs would have been."),
        ((DecisionStatus.SPARED,), True, "None of 12 runs were stopped and 1 was spared."),
        # What was spared at first and stopped in the end was stopped.
        ((DecisionStatus.SPARED, DecisionStatus.ENDED), True, "1 of 12 runs was stopped."),
        ((DecisionStatus.WITHDRAWN,), True, "None of 12 runs were stopped."),
    ],
)
def test_the_answer_comes_first(statuses, acts, words):
    run_id = guarded().sweep.runs[0].id
    decisions = tuple(
        replace(guard_stop(run_id, decided_at=WHEN), status=status) for status in statuses
    )
    given = {"decisions": decisions, "acts": acts, "at_risk": (), "way": GuardWay.TERMINATOR}
    assert answer(**given).headline == words
    earlier = tuple(replace(each, decided_at=WHEN - timedelta(hours=1)) for each in decisions)
    if DecisionStatus.ENDED in statuses:
        found = answer(**given | {"decisions": earlier})
        assert found.headline.endswith("and 1 was stopped by earlier guards.")
