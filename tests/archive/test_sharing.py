"""Readers while a fetch writes, two fetches at once, folders that may not be written."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tests.archive.sweeps import HEAD, KEY, page, state
from tests.archive.test_kills import Undisturbed, writer
from wbtools.archive import Archive, ArchiveWriter, connection, writer_lock
from wbtools.errors import DataError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("system", ["local", "network"])
def test_a_reader_beside_a_writing_process_sees_whole_pages(tmp_path, system):
    truth = Undisturbed(tmp_path / "truth")
    process = writer(tmp_path / "a", system, n_pages=40)
    assert process.stdout.readline() == "open\n"
    assert process.stdout.readline() == "1\n"
    page_counts = set()
    while process.poll() is None:
        with Archive.open(tmp_path / "a") as archive:
            curves = archive.load(KEY, ["loss"]).curves["loss"]
            # A run appears with page n and has all 300 rows of every page since.
            n_pages, rest = divmod(int(curves.n_reports[0]), 300)
            assert rest == 0
            expected = [300 * (n_pages - row) for row in range(min(8, n_pages))]
            assert sorted(curves.n_reports.tolist(), reverse=True) == expected
            page_counts.add(n_pages)
    said = process.stdout.read().split()
    process.stdout.close()
    assert said[-1] == "40"
    assert len(page_counts) > 1
    with Archive.open(tmp_path / "a") as archive:
        assert state(archive) == truth.after(40)
    truth.close()


def test_the_second_fetch_is_told_who_writes(tmp_path):
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD, "all")
        process = writer(tmp_path, "local")
        said, _ = process.communicate()
        assert said.startswith(f"error: another fetch is writing to {tmp_path} (process")
        assert f"(process {os.getpid()} on " in said
        with pytest.raises(DataError, match="another fetch") as caught:
            ArchiveWriter.open(tmp_path)
        assert "wait for it to end" in caught.value.hint
        archive.put_page(KEY, *page(0), cursor="1")
    with ArchiveWriter.open(tmp_path) as archive:
        assert archive.begin(HEAD, "all") == "1"


def test_many_fetches_at_once_leave_one_writer(tmp_path):
    processes = [writer(tmp_path, "local", n_pages=30) for _ in range(4)]
    said = [process.communicate()[0].splitlines() for process in processes]
    assert sum(lines[0] == "open" for lines in said) >= 1
    for lines in said:
        assert lines[0] == "open" or lines[0].startswith("error: another fetch")
    truth = Undisturbed(tmp_path / "truth")
    with Archive.open(tmp_path) as archive:
        assert state(archive) == truth.after(30)
    truth.close()


def test_a_writer_whose_lock_was_no_lock_stops(tmp_path):
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer_lock.WriterLock, "__init__", lambda *_: None)
            patch.setattr(writer_lock.WriterLock, "release", lambda *_: None)
            with ArchiveWriter.open(tmp_path) as other:
                with pytest.raises(DataError, match="taken over by process"):
                    archive.put_page(KEY, *page(0), cursor="1")
                other.put_page(KEY, *page(0), cursor="1")
                assert other.cursor(KEY).cursor == "1"


def test_a_file_system_without_locks_is_refused(tmp_path):
    error = connection.sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_RDLOCK"
    with pytest.raises(DataError, match="offers no locks"), connection.speaking_of(tmp_path):
        raise error


def test_threads_take_turns(tmp_path):
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        for n in range(4):
            archive.put_page(KEY, page(n)[0], cursor=None)
        errors = []

        def work(n):
            try:
                for at in range(10):
                    archive.put_page(KEY, *page(n), cursor=f"{n}-{at}")
                    archive.load(KEY, ["loss"])
            except Exception as error:  # noqa: BLE001 - a thread's errors are reported below
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert archive.known_runs(KEY)["run0"].series["loss"].n_rows == 4 * 10 * 300


@pytest.fixture
def locked_away():
    """A function that takes all rights to write from a folder; others may read it."""
    with tempfile.TemporaryDirectory() as text:
        outer = Path(text)
        outer.chmod(0o755)
        folder = outer / "home"
        folder.mkdir()
        yield folder
        for path in [folder, *(entry for entry in folder.rglob("*") if entry.is_dir())]:
            path.chmod(0o755)


READER = """
import os, sys
from pathlib import Path
from tests.archive.sweeps import KEY, state
from wbtools.archive import Archive, ArchiveWriter, archive_path
from wbtools.errors import WbtoolsError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
folder = Path(sys.argv[1])
with Archive.open(folder) as archive:
    print(len(state(archive)["rows"]), archive.cursor(KEY))
try:
    ArchiveWriter.open(folder)
except WbtoolsError as error:
    print("refused", error)
for write in (True, False):
    place = archive_path(None, {}, working_folder=folder.parent, write=write)
    print(place.chosen_by.value, place.note)
"""


def read_without_rights(home):
    for path in [home, *home.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    result = subprocess.run(
        [sys.executable, "-c", READER, home / ".wbtools"],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": "/nonexistent/cache"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    return result.stdout.splitlines()


def test_a_closed_archive_is_read_in_a_read_only_folder(locked_away):
    with ArchiveWriter.open(locked_away / ".wbtools") as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
        archive.finish(KEY)
    assert stat.S_IMODE(locked_away.stat().st_mode)
    said = read_without_rights(locked_away)
    assert said[0] == "2 None"
    assert said[1].startswith("refused cannot ")
    assert said[2].startswith(f"cache {locked_away} is read-only: the archive is in /nonexistent/")
    assert said[3] == "working folder None"


@pytest.mark.parametrize("lose", ["", "-shm"])
@pytest.mark.parametrize("system", ["local", "network"])
def test_a_killed_archive_is_read_in_a_read_only_folder(locked_away, system, lose):
    process = writer(locked_away / ".wbtools", system, n_pages=10**6)
    for line in process.stdout:
        if line == "12\n":
            break
    process.kill()
    process.communicate()
    shared = locked_away / ".wbtools" / f"archive.sqlite{lose}"
    if lose:
        shared.unlink(missing_ok=True)
    said = read_without_rights(locked_away)
    assert said[0].startswith("16 Unfinished(cursor='1")


def test_a_reader_left_open_leaves_a_readable_archive(locked_away):
    writing = ArchiveWriter.open(locked_away / ".wbtools")
    writing.begin(HEAD)
    writing.put_page(KEY, *page(0), cursor="1")
    reader = Archive.open(locked_away / ".wbtools")
    writing.close()
    reader.close()
    assert read_without_rights(locked_away)[0].startswith("2 Unfinished(cursor='1'")
