"""A program and the modules beside it, as one text."""

from __future__ import annotations

from pathlib import Path

import pytest

from wbtools.app.program_resume import resume_of_program

OPTIONS = "import argparse\ndef options():\n    p = argparse.ArgumentParser()\n    {}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_options_in_a_module_beside_the_program(folder):
    (folder / "own").mkdir()
    (folder / "own" / "__init__.py").write_text("")
    (folder / "own" / "options.py").write_text(OPTIONS.format("p.add_argument('--resume-from')"))
    (folder / "train.py").write_text("from own.options import options\noptions()\n")
    seen = resume_of_program(("train.py",), [Path()])
    (option,) = seen.options
    assert (option.spelled, option.file) == ("--resume-from", "options.py")
    (folder / "own" / "__main__.py").write_text("from . import options\n")
    assert resume_of_program(("-m", "own.__main__"), [Path()]).options == (option,)


def test_the_programs_own_options_come_first(folder):
    (folder / "other.py").write_text(OPTIONS.format("p.add_argument('--resume')"))
    (folder / "train.py").write_text(
        "import other, train\n" + OPTIONS.format("p.add_argument('--ckpt_path')")
    )
    seen = resume_of_program(("train.py",), [Path()])
    assert [option.spelled for option in seen.options] == ["--ckpt_path", "--resume"]


def test_what_cannot_be_read(folder):
    assert resume_of_program((), [Path()]) is None
    assert resume_of_program(("train.py",), [Path()]) is None
    (folder / "train.py").write_text("def (")
    assert resume_of_program(("train.py",), [Path()]) is None


def test_modules_of_other_folders_are_not_read(folder):
    (folder / "outside.py").write_text(OPTIONS.format("p.add_argument('--resume')"))
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "train.py").write_text("from ...outside import options\n")
    seen = resume_of_program(("train.py",), [Path("a/b")])
    assert seen.options == ()
