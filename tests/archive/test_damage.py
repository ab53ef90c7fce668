"""Foreign, damaged, newer and older files, full disks: one sentence, and nothing lost."""

import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.archive.guards import SESSION, decision, look
from tests.archive.sweeps import HEAD, KEY, archived, page, series, state
from wbtools.archive import Archive, ArchiveWriter, SeriesPage, connection, schema
from wbtools.errors import DataError, WbtoolsError

DATABASE = "archive.sqlite"


@pytest.fixture
def folder(tmp_path):
    with ArchiveWriter.open(tmp_path / "a") as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
        archive.put_page(KEY, *page(1), cursor="2")
    return tmp_path / "a"


def opened(folder, *, write):
    return ArchiveWriter.open(folder) if write else Archive.open(folder)


def sql(folder, statement):
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute(statement)


def version_of(folder):
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def columns(folder, table):
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}


@pytest.mark.parametrize("write", [False, True])
def test_a_newer_archive_is_refused(folder, write):
    sql(folder, "PRAGMA user_version = 99")
    with pytest.raises(DataError, match="version 99 of the archive; this wbtools knows") as caught:
        opened(folder, write=write)
    assert "update wbtools" in caught.value.hint


@pytest.mark.parametrize("write", [False, True])
def test_an_older_archive_is_migrated(folder, write, monkeypatch):
    with Archive.open(folder) as archive:
        before = state(archive)
    old = schema.VERSION
    monkeypatch.setattr(schema, "VERSION", old + 2)
    monkeypatch.setattr(schema, "MIGRATIONS", {old: ["ALTER TABLE runs ADD COLUMN mood TEXT"]})
    with pytest.raises(DataError, match=f"cannot be upgraded to {old + 2}"):
        opened(folder, write=write)
    schema.MIGRATIONS[old + 1] = ["UPDATE runs SET mood = 'good'"]
    with opened(folder, write=write) as archive:
        assert state(archive) == before
    assert version_of(folder) == (old + 2 if write else old)


def make_older(folder, version):
    for table in ("guard_decisions", "guard_looks", "guards"):
        sql(folder, f"DROP TABLE {table}")
    if version == 1:
        sql(folder, "ALTER TABLE series ADD COLUMN last_value REAL")
        sql(folder, "UPDATE series SET last_value = 0.5")
    sql(folder, f"UPDATE meta SET value = '{version}' WHERE key = 'schema'")  # noqa: S608
    sql(folder, f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("write", [False, True])
def test_an_archive_of_an_older_version_is_read_and_written(folder, write, version):
    with Archive.open(folder) as archive:
        before = state(archive)
    make_older(folder, version)
    with opened(folder, write=write) as archive:
        assert state(archive) == before
        assert archive.guard_looks(KEY) == archive.guard_sessions(KEY) == ()
        if write:
            archive.put_page(KEY, *page(2), cursor="3")
            archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0")))
    assert version_of(folder) == (3 if write else version)
    assert ("last_value" in columns(folder, "series")) is (version == 1 and not write)
    assert bool(columns(folder, "guards")) is write
    with Archive.open(folder) as archive:
        assert archive.load(KEY, ["loss"]).curves["loss"].n_reports[0] == (900 if write else 600)


@pytest.mark.parametrize("write", [False, True])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path, write):
    (tmp_path / DATABASE).write_bytes(b"not a database" * 1000)
    with pytest.raises(DataError, match="not an archive of wbtools"):
        opened(tmp_path, write=write)
    (tmp_path / DATABASE).unlink()
    sql(tmp_path, "CREATE TABLE theirs (a)")
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(DataError, match="not an archive of wbtools"):
        opened(tmp_path, write=write)
    assert (tmp_path / DATABASE).read_bytes() == before


def test_an_empty_file_is_a_beginning(tmp_path):
    (tmp_path / DATABASE).touch()
    with pytest.raises(DataError, match="empty"):
        Archive.open(tmp_path)
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)


def test_damage_is_told_and_never_anything_else(folder, tmp_path):
    """Flipped bytes anywhere: an answer, or one of our own errors."""
    whole = (folder / DATABASE).read_bytes()
    rng = np.random.default_rng(0)
    n_told = 0
    for n in range(150):
        bad = bytearray(whole)
        for at in rng.integers(0, len(bad), 1 + n % 40):
            bad[at] = int(rng.integers(256))
        other = tmp_path / f"bad{n}"
        other.mkdir()
        (other / DATABASE).write_bytes(bad[: len(bad) - 700 * (n % 3)])
        try:
            with opened(other, write=n % 2 == 0) as archive:
                archive.sweeps()
                archive.known_runs(KEY)
                archive.load(KEY, ["loss", "acc"])
                state(archive)
                if n % 2 == 0:
                    archive.put_page(KEY, *page(2), cursor="3")
        except WbtoolsError as error:
            n_told += 1
            assert "\n" not in error.message  # noqa: PT017 - either end is right, if it is ours
        shutil.rmtree(other)
    assert n_told > 50


def test_a_damaged_chunk_names_the_file(folder):
    sql(folder, "UPDATE chunks SET numbers = x'00'")
    with (
        Archive.open(folder) as archive,
        pytest.raises(DataError, match=r"archive\.sqlite is damaged: a chunk"),
    ):
        archive.load(KEY, ["loss"])


def test_damage_where_rows_are_appended_names_the_file_and_what_to_do(folder):
    sql(folder, "UPDATE chunks SET numbers = x'00'")
    with (
        ArchiveWriter.open(folder) as archive,
        pytest.raises(DataError, match=r"archive\.sqlite is damaged: a chunk") as caught,
    ):
        archive.put_page(KEY, *page(2), cursor="3")
    assert "nothing is lost that W&B still has" in caught.value.hint


BIG = SeriesPage(
    run_id="big", metric="m", rows=series(np.random.default_rng(0).normal(size=500_000))
)


def fill(archive):
    """A page that does not fit leaves what was there, and a smaller one can follow."""
    before = state(archive)
    with pytest.raises(DataError, match=r"cannot write to .*; what was there") as caught:
        archive.put_page(KEY, [archived("big")], [BIG], cursor="3")
    assert "make room" in caught.value.hint
    assert state(archive) == before
    assert archive.cursor(KEY).cursor == "2"
    return before


def test_a_full_database_keeps_what_was_there(folder):
    with ArchiveWriter.open(folder) as archive:
        n_pages = archive._connection.execute("PRAGMA page_count").fetchone()[0]
        archive._connection.execute(f"PRAGMA max_page_count = {n_pages + 20}")
        fill(archive)
        archive.put_page(KEY, [archived("small")], cursor="3")
    with Archive.open(folder) as archive:
        assert archive.cursor(KEY).cursor == "3"


@pytest.mark.parametrize("local", [True, False], ids=["local", "network"])
def test_a_file_that_may_not_grow_keeps_what_was_there(folder, local, monkeypatch):
    monkeypatch.setattr(connection, "is_local", lambda _: local)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with ArchiveWriter.open(folder) as archive:
            before = fill(archive)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with ArchiveWriter.open(folder) as archive:
        assert state(archive) == before
        archive.put_page(KEY, [archived("big")], [BIG], cursor="3")
        assert archive.cursor(KEY).cursor == "3"


TINY = """
import sys
from pathlib import Path
from tests.archive.test_damage import HEAD, KEY, Archive, ArchiveWriter, fill, page, state
folder = Path(sys.argv[1])
with ArchiveWriter.open(folder) as archive:
    archive.begin(HEAD)
    archive.put_page(KEY, *page(0), cursor="1")
    archive.put_page(KEY, *page(1), cursor="2")
    before = fill(archive)
with Archive.open(folder) as archive:
    assert state(archive) == before
print("kept")
"""


def test_a_full_disk_keeps_what_was_there(tmp_path):
    """On a file system of 2 MB, in a mount namespace of its own."""
    mount = f"mount -t tmpfs -o size=2m tmpfs {tmp_path}"
    script = f"{mount} && exec {sys.executable} -c '{TINY}' {tmp_path}"
    unshare = shutil.which("unshare")
    words = [unshare, "--mount", "--map-root-user", "sh", "-c"]
    if unshare is None or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    root = Path(__file__).parents[2]
    result = subprocess.run([*words, script], cwd=root, capture_output=True, text=True, check=False)
    assert result.stdout == "kept\n", result.stderr
