"""Run the command line in this process, as `main` would be run by the shell."""

import sys
from typing import NamedTuple

import pytest

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
