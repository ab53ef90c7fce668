"""A locked archive: the wait is announced with its holder, is bounded, and ends in one error."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.archive.sweeps import HEAD, KEY, page
from tests.archive.test_kills import writer
from wbtools.archive import Archive, ArchiveWriter, holders, waiting
from wbtools.archive.waiting import telling_waits
from wbtools.errors import BusyError, DataError
from wbtools.text.command_name import COMMAND

SQLITE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.isolation_level = None
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
HERE = socket.gethostname()


@pytest.fixture
def folder(tmp_path):
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
    return tmp_path


@pytest.fixture
def locking(folder):
    """A process of another program that has the database for itself."""
    words = [sys.executable, "-c", SQLITE, str(folder / "archive.sqlite")]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.stdin.close()


def note_of(folder, **more):
    facts = {"schema": "wbtools.writer/1", "pid": 7, "host": "far-away", "command": "fetch"}
    facts |= {"since": "2026-03-01T12:00:00+00:00", "started": 1} | more
    (folder / holders.NOTE).write_text(json.dumps(facts))


@pytest.mark.parametrize("write", [False, True])
def test_a_wait_is_announced_with_its_holder_and_ends(folder, locking, write, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", 1.5)
    announced = []
    with (
        telling_waits(announced.append),
        pytest.raises(DataError, match="gave up after 2 s") as caught,
    ):
        (ArchiveWriter if write else Archive).open(folder)
    by = f"locked by process {locking.pid} on {HERE}, program "
    assert announced == [announced[0]]
    assert announced[0].startswith(f"waiting up to 2 s for {folder / 'archive.sqlite'}, {by}")
    assert by in caught.value.message
    assert "run the same command again" in caught.value.hint
    assert not isinstance(caught.value, BusyError)


def test_a_wait_that_ends_in_time_is_no_error(folder, locking):
    announced = []

    def tell(text):
        announced.append(text)
        locking.stdin.close()

    with telling_waits(tell), Archive.open(folder) as archive:
        assert archive.cursor(KEY).cursor == "1"
    assert len(announced) == 1


def test_a_stopped_fetch_is_called_so(folder):
    process = writer(folder, "local", n_pages=10**6)
    assert process.stdout.readline() == "open\n"
    os.kill(process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        with pytest.raises(BusyError) as caught:
            ArchiveWriter.open(folder)
    finally:
        process.kill()
        process.communicate()
    assert f"(process {process.pid} on {HERE}, a Python program, since " in caught.value.message
    assert f", stopped: `kill -CONT {process.pid}` lets it go on)" in caught.value.message


def test_the_note_is_private_names_the_command_and_goes_with_its_writer(folder):
    named = COMMAND.set("fetch")
    try:
        archive = ArchiveWriter.open(folder)
    finally:
        COMMAND.reset(named)
    note = folder / holders.NOTE
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    document = json.loads(note.read_text())
    assert set(document) == {"schema", "pid", "host", "since", "command", "started"}
    assert (document["pid"], document["command"]) == (os.getpid(), "fetch")
    with pytest.raises(BusyError, match=r"on .*, `wbtools fetch`, since .* UTC\)"):
        ArchiveWriter.open(folder)
    archive.close()
    assert not note.exists()


def test_the_note_does_not_wait_for_the_disk(folder, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with ArchiveWriter.open(folder):
        assert (folder / holders.NOTE).exists()
    assert synced == []


@pytest.mark.usefixtures("locking")
def test_where_sqlite_does_not_wait_itself_there_are_pauses(folder, monkeypatch):
    pauses, announced = [], []

    def pause(seconds, sleep=time.sleep):
        pauses.append(seconds)
        sleep(seconds)

    def tell(_text):
        announced.append(sum(pauses))

    monkeypatch.setattr(time, "sleep", pause)
    with telling_waits(tell):
        database = sqlite3.connect(
            folder / "archive.sqlite", timeout=0, factory=waiting.PatientConnection
        )
    database.path, database.patience_s = folder / "archive.sqlite", 1.5
    with closing(database), pytest.raises(sqlite3.OperationalError, match="locked"):
        database.execute("BEGIN IMMEDIATE")
    assert 0 < len(pauses) <= 31
    # Not at once: the lock may be gone in a moment.
    (after_s,) = announced
    assert after_s > 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "process 7 on far-away, `wbtools fetch`, since 2026-03-01 12:00:00 UTC"),
        ({"command": None}, "process 7 on far-away, a Python program, since"),
        ({"host": HERE, "pid": os.getpid()}, None),  # another process has the number now
        ({"host": HERE, "pid": 2**30}, None),  # nobody has it
        ({"host": HERE, "pid": 2**30, "started": None}, None),
        ({"pid": "7"}, None),
        ({"pid": True}, None),
        ({"pid": -1}, None),
        ({"pid": 10**400}, None),
        ({"host": "a\x1b[2Jb"}, None),
        ({"host": "h" * 300}, None),
        ({"command": "fetch --token s3cret"}, None),
        ({"command": ["fetch"]}, None),
        ({"since": "yesterday"}, None),
        ({"since": "0001-01-01T00:00:00+23:59"}, None),
        ({"schema": "theirs"}, None),
    ],
)
def test_a_note_counts_if_its_process_can_be_the_one(folder, more, says, monkeypatch):
    note_of(folder, **more)
    monkeypatch.setattr(holders, "_LOCKS", folder / "none")
    said = holders.holders_of_database(folder)
    assert said is None if says is None else said.startswith(says)


def test_a_note_of_any_size_and_kind_is_no_obstacle(folder):
    note = folder / holders.NOTE
    for content in (b"", b"\xff" * 100, b"[" * 3_000_000, b"[]"):
        note.write_bytes(content)
        assert holders.holders_of_database(folder) is None
    note.unlink()
    os.mkfifo(note)
    assert holders.holders_of_database(folder) is None
    note.unlink()
    note.mkdir()
    with ArchiveWriter.open(folder) as archive:
        assert archive.cursor(KEY).cursor == "1"


def test_a_commit_waits_for_readers_too(folder, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", 1.0)
    monkeypatch.setattr("wbtools.archive.connection.is_local", lambda _: False)
    with (
        ArchiveWriter.open(folder) as archive,
        closing(sqlite3.connect(folder / "archive.sqlite")) as reader,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM runs").fetchone()
        with pytest.raises(DataError, match="gave up after 1 s"):
            archive.put_page(KEY, *page(1), cursor="2")
        reader.execute("COMMIT")
        archive.put_page(KEY, *page(1), cursor="2")
        assert archive.cursor(KEY).cursor == "2"
