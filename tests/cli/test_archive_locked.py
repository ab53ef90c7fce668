"""Commands that meet an archive which another process keeps locked."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.site import SWEEP
from tests.cli.test_fetch import put
from wbtools.archive import ArchiveWriter, waiting
from wbtools.text.command_name import COMMAND

READERS = [
    ("archive", "ls"),
    ("archive", "export"),
    ("audit-terminations", SWEEP, "--offline"),
    ("rank", SWEEP, "--offline"),
]


@pytest.fixture
def fetched(site, wbtools, monkeypatch):
    put(site)
    assert wbtools("fetch", SWEEP).code == 0
    monkeypatch.setattr(waiting, "PATIENCE_S", 1.5)
    return site


LOCKED_OUT = [
    ("fetch", SWEEP),
    *(pytest.param(words, marks=pytest.mark.slow) for words in READERS),
]


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize("words", LOCKED_OUT)
def test_a_command_says_that_it_waits_and_gives_up(wbtools, words):
    with closing(sqlite3.connect(".wbtools/archive.sqlite")) as other:
        other.isolation_level = None
        other.execute("BEGIN EXCLUSIVE")
        result = wbtools(*words)
    assert (result.code, result.out) == (3, "")
    waits, error, hint = result.err.splitlines()[-3:]
    assert waits.startswith("waiting up to 2 s for ")
    assert waits.endswith("archive.sqlite, locked by an unknown process")
    assert error.startswith("error: gave up after 2 s: ")
    assert hint.startswith("hint: let that process end, or end it, and run")
    assert wbtools(*words).code == 0


@pytest.mark.usefixtures("fetched")
def test_the_second_fetch_names_the_command_of_the_first(wbtools):
    named = COMMAND.set("audit-terminations")
    try:
        with ArchiveWriter.open(Path(".wbtools")):
            result = wbtools("fetch", SWEEP)
        assert COMMAND.get() == "audit-terminations"  # the second one's name is gone with it
    finally:
        COMMAND.reset(named)
    assert result.code == 3
    assert f"(process {os.getpid()} on " in result.err
    assert ", `wbtools audit-terminations`, since " in result.err


@pytest.mark.usefixtures("fetched")
def test_a_fetch_leaves_its_name_for_those_who_wait(wbtools, monkeypatch):
    named = []
    monkeypatch.setattr(
        "wbtools.archive.writer_lock.leave_note", lambda _: named.append(COMMAND.get())
    )
    assert wbtools("fetch", SWEEP).code == 0
    assert named == ["fetch"]
