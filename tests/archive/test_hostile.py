"""Archives that somebody made to harm: one error within seconds, in a bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive import hostile
from tests.archive.guards import SESSION, decision, look
from tests.archive.sweeps import HEAD, KEY, page
from tests.peaks import PRINT_PEAK
from wbtools.archive import ArchiveWriter

ROOT = Path(__file__).parents[2]
# In a process of its own: its peak is its own, and what hangs can be ended.
SCRIPT = """
import sys
from pathlib import Path
from tests.archive.sweeps import HEAD, KEY, page, state
from wbtools.archive import Archive, ArchiveWriter
from wbtools.errors import DataError

folder, write = Path(sys.argv[1]), sys.argv[2] == "write"
try:
    with (ArchiveWriter if write else Archive).open(folder) as archive:
        print("open")
        archive.sweeps()
        archive.config_changes(KEY)
        archive.cursor(KEY)
        archive.known_runs(KEY)
        archive.last_rows(KEY, "run0", ["loss"], 5)
        archive.launch(KEY, "run0")
        if write:
            archive.begin(HEAD, "all")
            archive.put_page(KEY, *page(1), cursor="3")
        archive.guard_sessions(KEY)
        archive.load(KEY, ["loss", "acc"])
        archive.guard_looks(KEY)
        state(archive)
except DataError as error:
    assert "\\n" not in error.message and error.hint
    print("error:", error.message)
"""


@pytest.fixture
def folder(tmp_path):
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
        archive.put_page(KEY, *page(1), cursor="2")
        archive.keep_look(archive.begin_guard(KEY, SESSION), look(decision("run0")))
    return tmp_path


def outcome(folder, mode):
    words = [sys.executable, "-c", SCRIPT + PRINT_PEAK, str(folder), mode]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert int(ended.stderr.split()[-1]) < 1_000_000
    return ended.stdout.splitlines()


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("spoil", hostile.REFUSED)
def test_a_file_of_other_tables_is_refused_when_it_is_opened(folder, spoil, mode):
    spoil(folder)
    before = (folder / hostile.DATABASE).stat().st_mtime_ns
    (said,) = outcome(folder, mode)
    assert said.startswith("error: ")
    assert (folder / hostile.DATABASE).stat().st_mtime_ns == before


@pytest.mark.parametrize("mode", ["read", pytest.param("write", marks=pytest.mark.slow)])
@pytest.mark.parametrize("spoil", hostile.DAMAGED)
def test_values_that_no_archive_holds_are_told(folder, spoil, mode):
    spoil(folder)
    said = outcome(folder, mode)
    assert said[-1].startswith("error: ")
    assert len(said[-1]) < 400


def test_what_sqlite_counts_for_itself_is_no_harm(folder):
    hostile.sql(folder, "ANALYZE")
    assert outcome(folder, "read") == ["open"]
