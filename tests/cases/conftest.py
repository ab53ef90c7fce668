"""Ask the command line about a copy of the cases, in this process, each question once."""

import contextlib
import io
import shutil
import sys
from pathlib import Path

import pytest

from tests.cases.answers import Answer
from wbtools.cli.app import main

DATA = Path(__file__).parents[1] / "data" / "cases"


@pytest.fixture(scope="session")
def cases(tmp_path_factory):
    """A copy of the cases, outside any project whose files wbtools could take for theirs."""
    return shutil.copytree(DATA, tmp_path_factory.mktemp("cases") / "cases")


@pytest.fixture(scope="session")
def wbtools(cases, tmp_path_factory):
    """`wbtools("audit-terminations", "bug-21/p")` is the answer, in the cases' folder or `cwd`."""
    archive = tmp_path_factory.mktemp("archive")
    answers = {}

    def ask(*words, cwd="."):
        line = tuple(map(str, words))
        if (line, cwd) not in answers:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("COLUMNS", "160")
                patch.setenv("WBTOOLS_ARCHIVE", str(archive))
                patch.chdir(cases / cwd)
                patch.setattr(sys, "argv", ["wbtools", *line])
                answers[line, cwd] = _answer()
        return answers[line, cwd]

    return ask


def _answer():
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Answer(end.value.code or 0, *texts)
