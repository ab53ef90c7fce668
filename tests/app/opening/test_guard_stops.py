"""A fetched sweep that a guard worked on: the archive's journal explains its stops."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.app.opening.test_stop_flags import KILLED, SWEEP, causes, cut_short, load, run
from tests.archive.guards import SESSION, decision, look
from wbtools.app.audit import audit_reference
from wbtools.archive import ArchiveWriter
from wbtools.model import DecisionStatus, Goal

NO_RULE: dict[str, object] = {}
STOPPED = {"stopped": True, "should_stop": False}


def audited(reach, **wishes):
    with reach.session(**wishes) as session:
        return audit_reference(SWEEP, session=session)


@pytest.fixture
def guarded(reach):
    """Two full runs, two that a guard asked W&B to stop, one that somebody else stopped."""
    runs = [
        run(1, 6, 1.0),
        run(2, 6, 0.9),
        *(run(k, 3, 5.0, **KILLED, **STOPPED) for k in (3, 4, 5)),
    ]
    load(reach, runs, NO_RULE)
    before = audited(reach)
    assert causes(before) == ["completed"] * 2 + ["killed"] * 3
    (fetched,), _ = reach.fetch(SWEEP)
    key = fetched.head.key
    ended = {row.run.id: row.run.heartbeat_at for row in before.rows}
    words = {"metric": "loss", "goal": Goal.MINIMIZE, "n_reports": 3, "band": 3, "value": 4.98}
    taken = [
        replace(decision(run_id, **words), decided_at=ended[run_id] - timedelta(seconds=5))
        for run_id in ("run3", "run4", "run5")
    ]
    with ArchiveWriter.open(reach.folder) as archive:
        guard = archive.begin_guard(key, replace(SESSION, metric="loss", goal=Goal.MINIMIZE))
        archive.keep_look(guard, look(*taken))
        for run_id in ("run3", "run4"):
            archive.mark_decision(
                key, run_id, DecisionStatus.ASKED, at=SESSION.began_at, asked=True
            )
        archive.mark_decision(key, "run5", DecisionStatus.WITHDRAWN, at=SESSION.began_at)
    return reach


@pytest.mark.parametrize("wishes", [{}, {"offline": True}, {"refresh": True}], ids=str)
def test_every_stop_that_was_asked_for_is_the_guards(guarded, wishes):
    found = audited(guarded, **wishes)
    assert causes(found) == ["completed"] * 2 + ["guard"] * 2 + ["killed"]
    assert found.rows[2].termination.because == (
        "wbtools guard stopped it at report 3: 4.980 against 0.610 "
        "(hyperband(min_iter=10,eta=3), 9 peers)"
    )
    assert [row.guard_stop is not None for row in found.rows] == [False, False, True, True, False]


def test_a_stop_of_wandb_beside_an_empty_journal_is_as_before(reach):
    flags = {"stopped": True, "should_stop": True}
    rule = {"early_terminate": {"type": "hyperband", "min_iter": 2, "eta": 2, "strict": True}}
    load(reach, cut_short(**flags), rule)
    assert causes(audited(reach)) == ["completed", "completed", "hyperband", "crashed"]
    (fetched,), _ = reach.fetch(SWEEP)
    with ArchiveWriter.open(reach.folder) as archive:
        guard = archive.begin_guard(fetched.head.key, SESSION)
        archive.keep_look(guard, look(decision("run3", status=DecisionStatus.DRY_RUN)))
    assert causes(audited(reach)) == ["completed", "completed", "hyperband", "crashed"]
