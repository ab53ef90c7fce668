"""The command line, run in this process as the shell would run `main`; folders that it works in."""

import sys
from typing import NamedTuple

import pytest

from tests.archive.sweeps import KEY
from tests.cli.archived import NAN_WITH_PAYLOAD, OTHER, RUNS, SELECTED, VALUES, WHEN, a_page
from tests.cli.site import Site
from tests.server.running import running_server
from wbtools.archive import Archive, EndedHow, SweepHeader
from wbtools.cli.app import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def wbtools(monkeypatch, capsys):
    """`wbtools("audit-terminations", "demo")` gives the exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*words: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["wbtools", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Result(end.value.code or 0, out, err)

    return run


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A server, and a working folder from which commands reach it."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    with running_server() as server:
        for name, value in server.env(home).items():
            monkeypatch.setenv(name, value)
        yield Site(server=server, work=work, home=home)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder without an archive, with no other one in sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return tmp_path


@pytest.fixture
def two_runs(home):
    """A working folder whose archive holds a whole sweep of two runs."""
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=KEY, display_name="lr search", n_expected_runs=2))
        pages = [
            a_page("aaaaaaaa", "val/acc", VALUES),
            a_page("aaaaaaaa", "loss", [*NAN_WITH_PAYLOAD, 2.0], sampled=True, complete=False),
            a_page("bbbbbbbb", "val/acc", [0.5]),
        ]
        archive.put_page(KEY, RUNS, pages, cursor=None)
        archive.finish(KEY, as_of=WHEN)
    return home


@pytest.fixture
def three_sweeps(two_runs):
    """Beside it an unfinished one of the same id on another server, and a selection."""
    with Archive.open(two_runs / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=OTHER))
        archive.put_page(OTHER, RUNS[:1], [a_page("aaaaaaaa", "loss", [1.0])], cursor="page 2")
        archive.finish(OTHER, ended_how=EndedHow.CUT)
        archive.begin(SweepHeader(key=SELECTED))
        archive.put_page(SELECTED, RUNS[:1], [a_page("aaaaaaaa", "loss", [1.0])], cursor=None)
        archive.finish(SELECTED, as_of=WHEN)
    return two_runs
