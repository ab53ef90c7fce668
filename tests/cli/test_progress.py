"""How far a fetch is, as a log file gets it; terminals are tested with a real one."""

import pytest

from tests.answers.samples import HOSTILE_NAMES
from wbtools.cli import progress


@pytest.fixture
def at(monkeypatch):
    """`at(seconds)` sets the clock."""
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    return lambda seconds: clock.__setitem__(0, 100.0 + seconds)


def test_a_log_gets_a_line_now_and_then_with_rate_and_what_is_left(at, capsys):
    with progress.fetch_progress(quiet=False) as observer:
        for second in range(25):
            at(second)
            observer.progress(n_done=100 + 2 * second, n_runs=500, n_rows=1_000 * second)
        observer.close()
        at(25)
        observer.progress(n_done=0, n_runs=8, n_rows=0)
        at(35)
        observer.progress(n_done=5, n_runs=8, n_rows=10)
    assert capsys.readouterr().err.splitlines() == [
        "120 of 500 runs, 10,000 rows, 2.0 runs/s, 190 s left",
        "140 of 500 runs, 20,000 rows, 2.0 runs/s, 180 s left",
        "5 of 8 runs, 10 rows, 0.5 runs/s, 6 s left",
    ]


def test_waits_that_overlap_are_told_once_and_short_ones_never(at, capsys):
    with progress.fetch_progress(quiet=False) as observer:
        for second, wait_s in ((0, 0.4), (1, 30), (2, 30), (40, 2)):
            at(second)
            observer.waiting(wait_s, "busy")
    assert capsys.readouterr().err.splitlines() == ["waiting 30 s: busy", "waiting 2 s: busy"]


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES.keys())
def test_notes_are_one_harmless_line(name, capsys):
    with progress.fetch_progress(quiet=False) as observer:
        observer.note(name)
        observer.waiting(5, name)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert err.replace("\n", "").isprintable()
    assert len(err) < 5_000


def test_quiet_is_quiet(capsys):
    with progress.fetch_progress(quiet=True) as observer:
        observer.progress(n_done=1, n_runs=2, n_rows=3)
        observer.waiting(60, "busy")
        observer.note("something")
        observer.close()
    assert capsys.readouterr() == ("", "")
