"""What guards decided: it comes back as it went in, whole, and counted once."""

import math
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.archive.guards import BEGAN, SESSION, decision, look
from tests.archive.hostile import sql
from tests.archive.sweeps import HEAD, KEY, archived
from tests.archive.test_round_trip import HOSTILE
from wbtools.archive import Archive, ArchiveWriter
from wbtools.errors import DataError, UsageError
from wbtools.model import DecisionStatus, GuardWay, RunBasis

LATER = BEGAN + timedelta(minutes=5)
ASKED, ENDED, DECIDED = DecisionStatus.ASKED, DecisionStatus.ENDED, DecisionStatus.DECIDED


@pytest.fixture
def archive(tmp_path):
    with ArchiveWriter.open(tmp_path / "a", secrets=["0123456789abcdef"]) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, [archived(f"run{n}") for n in range(4)], cursor=None)
        archive.finish(KEY)
        yield archive


def decisions(archive):
    return [decision for look in archive.guard_looks(KEY) for decision in look.decisions]


def stops(archive):
    return archive.load(KEY, []).guard_stops


def test_what_goes_in_comes_out(archive):
    looks = (
        look(decision("run0"), decision("run1", value=math.inf, threshold=None, band=0)),
        replace(look(minutes=2), basis={HOSTILE: RunBasis(
            n_reports=0, n_nonfinite=7, active=False, completed=True)}),
        look(decision(HOSTILE, by=HOSTILE, metric=HOSTILE, rule=HOSTILE, n_asked=3, asked_at=LATER,
                      status=ENDED), minutes=3),
    )  # fmt: skip
    first = archive.begin_guard(KEY, SESSION)
    archive.keep_look(first, looks[0])
    archive.end_guard(first, LATER)
    second = replace(SESSION, rule=HOSTILE, way=GuardWay.WATCH, acts=False)
    guard = archive.begin_guard(KEY, second)
    for seen in looks[1:]:
        archive.keep_look(guard, seen)
    assert archive.guard_sessions(KEY) == (replace(SESSION, ended_at=LATER), second)
    assert archive.guard_looks(KEY) == looks
    with Archive.open(archive.folder) as reader:
        assert reader.guard_looks(KEY) == looks


def test_a_value_that_is_no_number_is_none(archive):
    archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0", value=math.nan)))
    assert [decision.value for decision in decisions(archive)] == [None]


def test_no_secret_is_written(archive):
    rule = "preserve(0123456789abcdef)"
    guard = archive.begin_guard(KEY, replace(SESSION, rule=rule))
    archive.keep_look(guard, look(decision("0123456789abcdef", rule=rule, by=rule)))
    archive._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"0123456789abcdef" not in (archive.folder / "archive.sqlite").read_bytes()
    assert list(archive.guard_looks(KEY)[0].basis) == ["(masked)"]


def test_a_decision_marked_again_is_one_decision(archive):
    archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0"), decision("run1")))
    archive.mark_decision(KEY, "run0", ASKED, at=LATER, asked=True)
    again = LATER + timedelta(minutes=1)
    archive.mark_decision(KEY, "run0", ASKED, at=again, asked=True)
    for _ in range(2):
        archive.mark_decision(KEY, "run0", ENDED, at=again + timedelta(minutes=1))
    of_run0, of_run1 = decisions(archive)
    assert of_run0 == decision("run0", status=ENDED, n_asked=2, asked_at=again)
    assert of_run1 == decision("run1")
    assert stops(archive) == {"run0": of_run0}


def test_the_mark_is_for_the_last_decision_to_stop(archive):
    guard = archive.begin_guard(KEY, SESSION)
    archive.keep_look(guard, look(decision("run0", status=DecisionStatus.WITHDRAWN)))
    archive.keep_look(guard, look(decision("run0", n_reports=20)))
    rehearsed = decision("run0", n_reports=30, status=DecisionStatus.DRY_RUN)
    archive.keep_look(guard, look(rehearsed, decision("run1", status=DecisionStatus.SPARED)))
    archive.mark_decision(KEY, "run0", ASKED, at=LATER, asked=True)
    archive.mark_decision(KEY, "run1", ASKED, at=LATER, asked=True)
    archive.mark_decision(KEY, "run2", ASKED, at=LATER, asked=True)
    assert [str(decision.status) for decision in decisions(archive)] == [
        "withdrawn",
        "asked",
        "dry_run",
        "spared",
    ]
    assert {id_: decision.n_reports for id_, decision in stops(archive).items()} == {"run0": 20}


def test_only_what_was_asked_of_runs_of_the_sweep_is_a_stop(archive):
    guard = archive.begin_guard(KEY, SESSION)
    for status in DecisionStatus:
        archive.keep_look(guard, look(decision(f"run{list(DecisionStatus).index(status)}",
                                               status=status)))  # fmt: skip
    archive.keep_look(guard, look(decision("another", status=ENDED)))
    assert list(stops(archive)) == ["run3"]
    archive.keep_look(guard, look(decision("run3", n_reports=20, status=ENDED), minutes=9))
    sweep = archive.load(KEY, [])
    assert sweep.guard_stops["run3"].n_reports == 20
    assert list(sweep.of_runs([3, 0]).guard_stops) == ["run3"]
    assert sweep.of_runs([0, 1]).guard_stops == {}


def test_the_journal_goes_with_its_sweep_and_comes_with_no_other(archive):
    other = replace(KEY, name="other")
    archive.begin(replace(HEAD, key=other))
    archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0", status=ASKED)))
    assert archive.guard_looks(other) == archive.guard_sessions(other) == ()
    archive._connection.execute("DELETE FROM sweeps WHERE name = ?", (KEY.name,))
    for table in ("guards", "guard_looks", "guard_decisions"):
        count = f"SELECT count(*) FROM {table}"  # noqa: S608 - our own words
        assert archive._connection.execute(count).fetchone() == (0,)
    with pytest.raises(UsageError, match="not in the archive"):
        archive.guard_looks(KEY)


def test_half_a_look_is_never_kept(archive):
    guard = archive.begin_guard(KEY, SESSION)
    bad = replace(look(decision("run0")), decisions=(decision("run0"), decision(None)))
    with pytest.raises(DataError):
        archive.keep_look(guard, bad)
    assert archive.guard_looks(KEY) == ()
    with pytest.raises(DataError):
        archive.keep_look(guard + 1, look(decision("run0")))
    assert archive.guard_looks(KEY) == ()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.archive.test_guard_journal import *
with ArchiveWriter.open(Path(sys.argv[1])) as archive:
    guard = archive.begin_guard(KEY, SESSION)
    archive.keep_look(guard, look(decision("run0"), decision("run1")))
    archive.mark_decision(KEY, "run0", ASKED, at=LATER, asked=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_guard_killed_between_look_and_mark_leaves_what_it_decided(archive):
    archive.close()
    words = [sys.executable, "-c", KILLED, str(archive.folder)]
    ended = subprocess.run(words, cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -signal.SIGKILL
    with ArchiveWriter.open(archive.folder) as again:
        assert [decision.status for decision in decisions(again)] == [ASKED, DECIDED]
        assert list(stops(again)) == ["run0"]
        assert again.guard_sessions(KEY)[0].ended_at is None
        again.mark_decision(KEY, "run1", DecisionStatus.WITHDRAWN, at=LATER)
        assert list(stops(again)) == ["run0"]


@pytest.mark.parametrize(
    "damage",
    [
        "guards SET way = 'x'",
        "guards SET goal = 'x'",
        "guards SET acts = 'x'",
        "guards SET began_at = '2026-03-01T00:00:00'",
        "guard_looks SET at = 'x'",
        "guard_looks SET basis = '[]'",
        "guard_looks SET basis = '{\"run0\": 1}'",
        "guard_looks SET basis = '{\"run0\": [1, 2, 3]}'",
        'guard_looks SET basis = \'{"run0": [1, 2, 3, "x"]}\'',
        f"guard_looks SET basis = '{'[' * 10_000}'",
        "guard_decisions SET status = 'x'",
        "guard_decisions SET value = 'x'",
        "guard_decisions SET n_peers = 'x'",
        "guard_decisions SET n_asked = 1.5",
        "guard_decisions SET decided_by = x'ff'",
        "guard_decisions SET asked_at = 'x'",
    ],
)
def test_damaged_rows_are_told(archive, damage):
    archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0", status=ASKED)))
    sql(archive.folder, f"UPDATE {damage}")
    with pytest.raises(DataError, match="is damaged"):
        (archive.guard_sessions(KEY), archive.guard_looks(KEY))
    if damage.startswith("guard_decisions SET") and "status" not in damage:
        with pytest.raises(DataError, match="is damaged"):
            archive.load(KEY, [])


def test_decisions_of_no_look_are_left_out(archive):
    archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0", status=ASKED)))
    sql(archive.folder, "UPDATE guard_decisions SET look = 99")
    assert decisions(archive) == []
    assert stops(archive) == {}
