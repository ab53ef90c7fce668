"""A fetch killed at any moment leaves the state after some page, with that page's cursor."""

import subprocess
import sys
import time

import numpy as np
import pytest

from tests.archive.sweeps import HEAD, KEY, ends_of_fetches, page, state
from wbtools.archive import Archive, ArchiveWriter, EndedHow

N_PAGES = 400
KILLS = 40


def writer(folder, system, n_pages=N_PAGES):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.archive.writer_process", folder, str(n_pages), system],
        stdout=subprocess.PIPE,
        text=True,
    )


class Undisturbed:
    """The archive after n pages, for growing n."""

    def __init__(self, folder):
        self._archive = ArchiveWriter.open(folder)
        self._archive.begin(HEAD, "all")
        self._n = 0

    def after(self, n_pages):
        for n in range(self._n, n_pages):
            self._archive.put_page(KEY, *page(n), cursor=str(n + 1))
        self._n = n_pages
        return state(self._archive)

    def close(self):
        self._archive.close()


@pytest.mark.slow
@pytest.mark.parametrize("system", ["local", "network"])
def test_sigkill_leaves_the_state_after_a_page_with_its_cursor(tmp_path, system):
    moments = np.random.default_rng(len(system))
    truth = Undisturbed(tmp_path / "truth")
    folder = tmp_path / "killed"
    n_kills = n_hot = before = 0
    while n_kills < KILLS:
        process = writer(folder, system, n_pages=10**6)
        assert process.stdout.readline() == "open\n"
        time.sleep(moments.uniform(0, 0.15))
        process.kill()
        cursors = [int(line) for line in process.stdout.read().split()]
        process.wait()
        process.stdout.close()
        n_kills += 1
        n_hot += any(path.name.endswith(("-wal", "-journal")) for path in folder.iterdir())
        last = max(cursors, default=before)
        with Archive.open(folder) as archive:
            cut = archive.cursor(KEY)
            at = int(cut.cursor) if cut else 0
            # The kill may fall between the commit and the word about it.
            assert last <= at <= last + 1
            assert before <= at
            if at:
                assert state(archive) == truth.after(at)
        before = at
    truth.close()
    assert before > KILLS
    assert n_hot > KILLS / 4
    ArchiveWriter.open(folder).close()
    assert ends_of_fetches(folder) == [EndedHow.LOST] * KILLS


def test_a_cut_fetch_goes_on_only_under_the_same_parameters(tmp_path):
    with ArchiveWriter.open(tmp_path / "a") as archive:
        assert archive.begin(HEAD, "loss") is None
        archive.put_page(KEY, *page(0), cursor="1")
    with ArchiveWriter.open(tmp_path / "a") as archive:
        assert archive.begin(HEAD, "loss") == "1"
        archive.finish(KEY, ended_how=EndedHow.CUT, requests=3)
        assert archive.cursor(KEY).cursor == "1"
        assert archive.begin(HEAD, "acc") is None
        assert archive.cursor(KEY) is None
        assert not archive.sweep(KEY).complete
        archive.finish(KEY)
        assert archive.sweep(KEY).complete
    assert ends_of_fetches(tmp_path / "a") == [EndedHow.LOST, EndedHow.CUT, EndedHow.DONE]
