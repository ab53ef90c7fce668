"""Which runs an audit looks for checkpoints of, and that its answer never hangs on them."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.analysis.test_continue_or_rerun import checkpoint
from wbtools.answers.audit.gem_words import runs_to_repeat
from wbtools.answers.limits import ROWS
from wbtools.app import find_checkpoints as module
from wbtools.app.audit_answer import audit_answer
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.session import Session
from wbtools.app.report import ReportOptions, build_report
from wbtools.errors import DataError, Interrupted
from wbtools.model import CheckpointSearch


@pytest.fixture
def asked(monkeypatch):
    """The names of the runs that were looked for; each left one that something speaks against."""
    names = []

    def find(source, audit, row, record, *, asks_servers, folders):
        del source, audit, record, folders
        assert not asks_servers
        names.append(row.run.name)
        doubtful = checkpoint(name="newer", doubts=("it is another run's",))
        return CheckpointSearch(candidates=(doubtful, checkpoint(name=row.run.name)))

    monkeypatch.setattr(module, "find_checkpoints", find)
    return names


def answer_of(tmp_path, **more):
    with Session(archive=tmp_path) as session:
        return audit_answer("demo", AuditOptions(), session, **more)


@pytest.mark.parametrize(("more", "n"), [({}, 3), ({"limit": 10}, 10), ({"limit": 0}, 32)])
def test_the_runs_that_the_page_lists_are_looked_for(asked, tmp_path, more, n):
    answer = answer_of(tmp_path, **more)
    assert asked == [row.run.name for row in answer.gems[:n]]
    assert [each.name for each in answer.checkpoints.values()] == asked
    runs = answer.to_dict()["runs"]
    assert sum(run["checkpoint_looked_for"] for run in runs) == n
    assert {run["checkpoint"] for run in runs if not run["checkpoint_looked_for"]} == {None}


def test_the_advised_runs_are_looked_for_however_few_are_listed(asked, tmp_path):
    few = answer_of(tmp_path, limit=1)
    advised = {row.run.name for row in runs_to_repeat(few)}
    assert len(advised) > 1
    assert advised <= {*asked}
    assert few.headline == answer_of(tmp_path).headline


def test_a_report_says_of_going_on_what_the_audit_says(asked, tmp_path):
    with Session(archive=tmp_path) as session:
        report = build_report(["demo"], ReportOptions(), session)
    assert len(asked) == ROWS
    words = " ".join(report.to_markdown(limit=ROWS).split())
    assert "can go on from their checkpoints" in words
    assert any("--continue" in command.line for command in report.commands)


def test_of_one_run_only_that_one_and_none_that_ran_its_course(asked, tmp_path):
    answer = answer_of(tmp_path, run="13")
    assert asked == ["gentle-sweep-13"]
    assert [*answer.checkpoints] == [answer.run.run.id]
    assert not answer_of(tmp_path, run="34").checkpoints
    assert asked == ["gentle-sweep-13"]


@pytest.mark.parametrize("error", [DataError("no"), PermissionError("no")])
def test_a_search_that_fails_changes_nothing(monkeypatch, tmp_path, error):
    def fail(*_args, **_more):
        raise error

    before = answer_of(tmp_path).to_text()
    monkeypatch.setattr(module, "find_checkpoints", fail)
    assert answer_of(tmp_path).to_text() == before


def test_the_user_may_interrupt_it(monkeypatch, tmp_path):
    def interrupt(*_args, **_more):
        msg = "stop"
        raise Interrupted(msg)

    monkeypatch.setattr(module, "find_checkpoints", interrupt)
    with pytest.raises(Interrupted):
        answer_of(tmp_path)


def test_a_checkpoint_that_is_really_there_is_found(monkeypatch, tmp_path):
    (folder := tmp_path / "checkpoints" / "cdflcn5a").mkdir(parents=True)
    left = folder / "epoch=11-step=100.ckpt"
    left.write_bytes(b"x" * 5000)
    stopped_at = datetime(2026, 11, 21, 4, 28, 12, tzinfo=UTC).timestamp()
    os.utime(left, (stopped_at, stopped_at))
    monkeypatch.chdir(tmp_path)
    answer = answer_of(tmp_path / "archive", run="5")
    (found,) = answer.checkpoints.values()
    assert Path(found.name).resolve() == left
    assert found.epoch is not None
    assert "It left a checkpoint: " in answer.to_text()
