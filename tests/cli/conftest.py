"""Run the command line in this process, as `main` would be run by the shell."""

import sys
from typing import NamedTuple

import pytest

from tests.cli.site import Site
from tests.server.running import running_server
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
