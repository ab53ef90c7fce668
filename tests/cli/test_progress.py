"""How far a command is, in a log file and on a terminal; what Ctrl-C leaves."""

import time
from pathlib import Path

import pytest

from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.simulation.simulate import Setup
from wbtools.app.audit import audit_reference
from wbtools.app.compare import CompareOptions, compare_references
from wbtools.app.doctor import examine_reference
from wbtools.app.lint_files import LintFilesOptions, lint_files
from wbtools.app.opening.session import Session
from wbtools.app.rank import RankOptions, rank_references
from wbtools.app.simulate import SimulateOptions, simulate_references
from wbtools.cli import progress
from wbtools.cli.output import WRITTEN


@pytest.fixture
def at(monkeypatch):
    """`at(seconds)` sets the clock."""
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    return lambda seconds: clock.__setitem__(0, 100.0 + seconds)


def test_a_log_gets_a_line_now_and_then_with_rate_and_what_is_left(at, capsys):
    with progress.show_progress(quiet=False) as observer:
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
    with progress.show_progress(quiet=False) as observer:
        for second, wait_s in ((0, 0.4), (1, 30), (2, 30), (40, 2)):
            at(second)
            observer.waiting(wait_s, "busy")
    assert capsys.readouterr().err.splitlines() == ["waiting 30 s: busy", "waiting 2 s: busy"]


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES.keys())
def test_notes_are_one_harmless_line(name, capsys):
    with progress.show_progress(quiet=False) as observer:
        observer.note(name)
        observer.waiting(5, name)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert err.replace("\n", "").isprintable()
    assert len(err) < 5_000


def test_a_stage_in_a_log_says_how_far_it_is_and_how_long(at, capsys):
    with progress.show_progress(quiet=False) as observer:
        tell = observer.stage("growing forests")
        for second in range(0, 40, 2):
            at(second)
            tell(second, 80)
        observer.stage("writing")(0, 3)
    assert capsys.readouterr().err.splitlines() == [
        "growing forests: 10 of 80, 10 s, 70 s left",
        "growing forests: 20 of 80, 20 s, 60 s left",
        "growing forests: 30 of 80, 30 s, 50 s left",
    ]


@pytest.fixture
def live(monkeypatch):
    """A terminal, on which a stage is shown after 20 ms."""
    monkeypatch.setattr(progress, "_is_terminal", lambda: True)
    monkeypatch.setattr(progress, "_SHORTEST_STAGE_S", 0.02)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.usefixtures("live")
def test_a_stage_is_shown_on_a_terminal_once_it_takes_a_while(capsys):
    with progress.show_progress(quiet=False) as observer:
        observer.stage("a short one")(1, 2)
        tell = observer.stage("projecting [bold]runs")
        tell(3, 7_000)
        time.sleep(0.1)
        observer.note("settings")
        observer.stage("the next")
        tell(5, 7_000)  # of a stage that is over
        observer.close()
        time.sleep(0.05)  # nothing comes after it
    err = capsys.readouterr().err
    assert "projecting [bold]runs" in err
    assert "3 of 7,000" in err
    assert "short" not in err
    assert "next" not in err
    assert "5 of" not in err
    assert "settings\n" in err
    assert err.rindex("\x1b[?25h") > err.rindex("\x1b[?25l")  # the cursor is back


@pytest.mark.usefixtures("live")
def test_a_fetch_takes_the_line_of_a_stage(capsys):
    with progress.show_progress(quiet=False) as observer:
        tell = observer.stage("reading runs")
        observer.progress(n_done=1, n_runs=2, n_rows=3_000)
        tell(1, 2)
        time.sleep(0.05)
    err = capsys.readouterr().err
    assert "fetching runs" in err
    assert "1/2 3,000 rows" in err
    assert "reading" not in err


class Counting:
    """An observer that remembers what was begun, and how far it came."""

    def __init__(self):
        self.stages = {}

    def stage(self, activity):
        told = self.stages.setdefault(activity, [])
        return lambda n_done, total: told.append((n_done, total))

    def progress(self, **_far):
        """No fetch."""

    waiting = note = close = lambda *_: None


def test_every_long_stage_of_a_command_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("method: random\n")
    seen = Counting()
    with Session(observer=seen) as session:
        audit_reference("demo", session=session)
        compare_references(["demo"], CompareOptions(by="schedule"), session)
        rank_references(["demo"], RankOptions(), session)
        examine_reference("demo", session=session)
        setup = Setup(n_orders=1)
        simulate_references(["demo"], SimulateOptions(rules=("none",), setup=setup), None, session)
    lint_files(["a.yaml"], LintFilesOptions(), observer=seen)
    assert list(seen.stages) == [
        "reading runs", "judging and projecting stopped runs", "comparing", "ranking",
        "making the checks", "projecting stopped runs", "replaying rules", "linting files",
    ]  # fmt: skip
    for told in (seen.stages[name] for name in seen.stages if name not in {"comparing", "ranking"}):
        assert told
        assert all(0 <= n_done <= total for n_done, total in told)


@pytest.mark.parametrize(
    ("written", "words"),
    [([], "no answer was given, no file written"), (["a\x1b.yaml"], "written before: a\\x1b.yaml")],
    ids=["nothing", "a file"],
)
def test_ctrl_c_says_what_there_is_and_shows_no_traceback(wbtools, monkeypatch, written, words):
    def interrupted(*_words, **_options):
        WRITTEN.extend(written)
        raise KeyboardInterrupt

    monkeypatch.setattr("wbtools.app.doctor.examine_reference", interrupted)
    monkeypatch.setattr("wbtools.cli.app.signal.signal", lambda *_: None)
    result = wbtools("doctor", "demo")
    assert (result.code, result.out, result.err) == (130, "", f"interrupted: {words}\n")


def test_quiet_is_quiet(capsys):
    with progress.show_progress(quiet=True) as observer:
        observer.stage("reading")(1, 2)
        observer.progress(n_done=1, n_runs=2, n_rows=3)
        observer.waiting(60, "busy")
        observer.note("something")
        observer.close()
    assert capsys.readouterr() == ("", "")
