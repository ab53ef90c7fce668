"""Fetches that are cut: by a deadline, a signal, a full disk; what is kept, and what follows."""

import os
import pty
import shlex
import signal
import sqlite3
import time
from contextlib import closing, suppress

import numpy as np
import pytest

from tests.cli.site import SWEEP, until
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.archive import Archive
from wbtools.errors import WbtoolsError

N_RUNS = 300
RUNS = "WbtoolsRuns"


@pytest.fixture
def big(site):
    """A sweep of several pages, most of which never come."""
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs(N_RUNS, 5))
    site.server.faults.hang_s = 20
    return site


def runs(n, n_rows):
    times = 1.7e9 + np.arange(n_rows)
    dice = np.random.default_rng(0)
    columns = [{"loss": dice.random(n_rows), "_timestamp": times} for _ in range(n)]
    return [
        LoadedRun(name=f"run{k:04}", history=ColumnHistory(values))
        for k, values in enumerate(columns)
    ]


def after_the_first_page(site, fault, n=100):
    """The listing and the first page arrive; then this happens."""
    site.server.faults.script.extend(["ok", "ok", *[fault] * n])


def kept_runs(site):
    """The ids of the runs that are archived now, while someone may be writing."""
    with suppress(WbtoolsError), Archive.open(site.work / ".wbtools") as archive:
        return set(archive.known_runs(site.key()))
    return set()


def is_sound(site):
    with closing(sqlite3.connect(site.work / ".wbtools" / "archive.sqlite")) as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def ids_asked(requests):
    return sorted(
        name
        for request in requests
        for name in shlex.split(request.variables["filters"].translate(_PLAIN))
        if name.startswith("run0")
    )


_PLAIN = str.maketrans(dict.fromkeys('{}[]":,$', " "))


def finishes(site, wbtools, kept):
    """The same command goes on: it asks for nothing that is kept, and then all is there."""
    site.server.faults.clear()
    site.server.log.clear()
    result = wbtools("fetch", SWEEP)
    assert result.code == 0
    assert f"{N_RUNS} runs, {N_RUNS - len(kept)} fetched" in result.out
    every = [f"run{k:04}" for k in range(N_RUNS)]
    assert ids_asked(site.asked(RUNS)) == sorted(set(every) - kept)
    sweep = site.archived()
    assert [run.id for run in sweep.runs] == every
    assert sweep.curves["loss"].complete
    dice = np.random.default_rng(0)
    expected = np.stack([dice.random(5) for _ in range(N_RUNS)])
    np.testing.assert_array_equal(sweep.curves["loss"].values, expected)
    assert wbtools("audit-terminations", SWEEP, "--offline").code == 0


def test_a_deadline_keeps_what_came_and_the_same_command_goes_on(big, wbtools):
    after_the_first_page(big, "hang")
    result = wbtools("fetch", SWEEP, "--timeout", "1.5")
    kept = kept_runs(big)
    assert 0 < len(kept) < N_RUNS
    assert (result.code, result.out) == (3, "")
    note, error, hint = big.told(result.err).splitlines()
    assert note == (
        f"{len(kept)}/{N_RUNS} changed runs of {SWEEP} are kept in WORK/.wbtools;"
        " the same command goes on from there"
    )
    assert "the 1.5 s that were allowed" in error
    assert "allow more time" in hint
    finishes(big, wbtools, kept)


def test_a_cut_fetch_can_be_audited_and_the_audit_says_so(big, wbtools):
    after_the_first_page(big, "hang")
    result = wbtools("audit-terminations", SWEEP, "--timeout", "1.5")
    assert (result.code, result.out) == (3, "")
    assert "the same command goes on from there" in result.err
    result = wbtools("audit-terminations", SWEEP, "--offline")
    assert result.code == 0
    assert "WBT123" in result.out


@pytest.mark.parametrize(
    "option",
    [
        pytest.param(("--refresh",), id="the same command"),
        pytest.param((), id="a plain one", marks=pytest.mark.slow),
    ],
)
def test_a_cut_refresh_goes_on_with(big, wbtools, option):
    assert wbtools("fetch", SWEEP).code == 0
    after_the_first_page(big, "hang")
    result = wbtools("fetch", SWEEP, "--timeout", "1.5", "--refresh")
    n_kept = int(result.err.partition("/")[0])
    assert "are kept in" in result.err
    assert "; the same command goes on from there" in result.err
    big.server.faults.script.clear()
    result = wbtools("fetch", SWEEP, *option)
    assert f"{N_RUNS - n_kept} fetched" in result.out


def test_a_deadline_before_anything_came_is_said(big, wbtools):
    big.server.faults.script.extend(["ok", *["hang"] * 100])
    result = wbtools("fetch", SWEEP, "--timeout", "1")
    assert (result.code, result.err.splitlines()[0]) == (3, f"nothing of {SWEEP} was received yet")
    finishes(big, wbtools, set())


SIGNALLED = [
    pytest.param(signal.SIGINT, 130, "hang", id="Ctrl-C while the server hangs"),
    pytest.param(signal.SIGINT, 130, "429", id="Ctrl-C in a wait of 60 s"),
    pytest.param(signal.SIGINT, 130, "listing", id="Ctrl-C before anything came"),
    pytest.param(signal.SIGTERM, 143, "hang", id="SIGTERM while the server hangs"),
    pytest.param(signal.SIGTERM, 143, "429", id="SIGTERM in a wait", marks=pytest.mark.slow),
    pytest.param(signal.SIGTERM, 143, "listing", id="SIGTERM early", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("number", "code", "moment"), SIGNALLED)
def test_a_signal_ends_a_fetch_at_once_and_says_what_is_kept(big, wbtools, number, code, moment):
    big.server.faults.retry_after_s = 60
    if moment == "listing":
        big.server.faults.script.extend(["hang"] * 100)
    else:
        after_the_first_page(big, moment)
    with big.start("fetch", SWEEP, "-vv") as program:
        big.when_asked(1 if moment == "listing" else 3)
        until(lambda: moment == "listing" or kept_runs(big))
        until(lambda: moment != "429" or any(request.status == 429 for request in big.asked()))
        began = time.monotonic()
        program.send_signal(number)
        out, err = program.communicate(timeout=30)
    # Far less than the 20 s of the hang and the 60 s of the wait.
    assert time.monotonic() - began < 8
    assert (program.returncode, out) == (code, "")
    assert "Traceback" not in err
    kept = kept_runs(big)
    if moment != "listing":
        assert is_sound(big)
        assert err.splitlines()[-1].startswith(
            f"{len(kept)}/{N_RUNS} changed runs of {SWEEP} are kept"
        )
    finishes(big, wbtools, kept)


def test_ctrl_c_again_and_again_is_still_a_clean_end(big, wbtools):
    after_the_first_page(big, "hang")
    with big.start("fetch", SWEEP) as program:
        big.when_asked(3)
        until(lambda: kept_runs(big))
        while program.poll() is None:
            program.send_signal(signal.SIGINT)
            time.sleep(0.005)
        _, err = program.communicate(timeout=30)
    assert program.returncode in {130, -signal.SIGINT}
    assert is_sound(big)
    finishes(big, wbtools, kept_runs(big))
    assert "Traceback" not in err


def on_a_terminal(site, *words, during=None):
    """Run a command whose stderr is a terminal: exit code, stdout, what the terminal saw."""
    terminal, end = pty.openpty()
    with site.start(*words, stderr=end, env={"TERM": "xterm", "COLUMNS": "120"}) as program:
        os.close(end)
        screen = bytearray()
        with suppress(OSError):  # how Linux says that nobody holds the other end
            while chunk := os.read(terminal, 10_000):
                screen += chunk
                if during is not None:
                    during(program, screen)
        out, _ = program.communicate(timeout=30)
    os.close(terminal)
    return program.returncode, out, screen.decode()


def test_a_storm_is_waited_out_and_shown_in_a_log(site):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs(5, 5))
    site.server.faults.script.append("429")
    site.server.faults.retry_after_s = 1.1
    code, out, err = site.run("fetch", SWEEP)
    assert (code, out) == (0, f"{SWEEP}: 5 runs, 5 fetched, 25 rows of loss\n")
    *waiting, offer = err.splitlines()
    assert set(waiting) == {"waiting 1 s: W&B answered 429 Too Many Requests"}
    assert offer.startswith("next: ")
    assert not any(request.waiting_asked for request in site.asked())


def test_a_storm_is_shown_on_a_terminal_and_the_answer_goes_to_stdout(site):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs(5, 5))
    site.server.load_sweep("acme", "ocr", "another0", runs=runs(2, 5)[:0])
    site.server.faults.script.extend(["ok", "429"])
    site.server.faults.retry_after_s = 1.1
    code, out, screen = on_a_terminal(site, "fetch", "acme/ocr")
    assert code == 0
    assert out == (
        f"{SWEEP}: 5 runs, 5 fetched, 25 rows of loss\nacme/ocr/another0: 0 runs, nothing new\n"
    )
    assert "s: W&B answered 429 Too Many Requests" in screen
    assert "25 rows" in screen
    assert "rows of" not in screen
    assert screen.endswith("next: wbtools archive ls\r\n")
    assert screen.rindex("\x1b[?25h") > screen.rindex("\x1b[?25l")


def test_ctrl_c_takes_the_bar_away_and_gives_the_cursor_back(big):
    after_the_first_page(big, "hang")
    interrupted = []

    def interrupt(program, screen):
        if b"rows" in screen and kept_runs(big) and not interrupted:
            interrupted.append(program.send_signal(signal.SIGINT))

    code, out, screen = on_a_terminal(big, "fetch", SWEEP, during=interrupt)
    assert (code, out) == (130, "")
    assert f"{len(kept_runs(big))}/{N_RUNS} changed runs of {SWEEP} are kept in" in screen
    assert screen.rindex("\x1b[?25h") > screen.rindex("\x1b[?25l")


def test_a_full_disk_is_one_error_and_loses_nothing(site, wbtools):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs(60, 1_000))
    code, out, err = site.run("fetch", SWEEP, before="ulimit -f 250")
    assert (code, out) == (3, "")
    note, error, hint = site.told(err).splitlines()
    assert "of acme/ocr/v5inrfwe" in note
    assert error.startswith("error: cannot write to WORK/.wbtools/archive.sqlite: ")
    assert error.endswith("; what was there before is unharmed")
    assert hint.startswith("hint: make room (disk or quota) and run the same command again")
    assert is_sound(site)
    kept = kept_runs(site)
    result = wbtools("fetch", SWEEP)
    assert f"60 runs, {60 - len(kept)} fetched" in result.out
    assert site.archived().curves["loss"].complete


@pytest.mark.slow
def test_the_second_of_two_fetches_is_told_who_writes(big, wbtools):
    after_the_first_page(big, "hang")
    with big.start("fetch", SWEEP) as program:
        big.when_asked(3)
        until(lambda: kept_runs(big))
        big.server.faults.script.clear()
        result = wbtools("fetch", SWEEP)
        audited = wbtools("audit-terminations", SWEEP)
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=30)
    assert (result.code, result.out) == (3, "")
    assert f"(process {program.pid} on " in result.err
    assert (audited.code, "this is what is archived already" in audited.err) == (0, True)
    assert "WBT123" in audited.out
    finishes(big, wbtools, kept_runs(big))
