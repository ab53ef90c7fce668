"""What lies in the present folder, read without starting anything."""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from wbtools.app.working_dir import describe_folder, first_program


def git(folder, *words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    result = subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    return tmp_path


def test_the_commit_that_is_checked_out(repository):
    head = git(repository, "rev-parse", "HEAD")
    inside = repository / "a" / "b"
    inside.mkdir(parents=True)
    assert describe_folder((), inside).commit == head
    git(repository, "pack-refs", "--all")
    assert describe_folder((), repository).commit == head
    git(repository, "checkout", "-q", "--detach")
    assert describe_folder((), repository).commit == head


def test_a_worktree_has_a_commit_of_its_own(repository):
    git(repository, "worktree", "add", "-q", "-b", "other", "tree")
    git(repository / "tree", "commit", "-q", "--allow-empty", "-m", "two")
    head = git(repository / "tree", "rev-parse", "HEAD")
    assert describe_folder((), repository / "tree").commit == head
    assert describe_folder((), repository).commit != head


def test_python_and_packages(tmp_path):
    present = describe_folder(("numpy", "no-such-package", "../x"), tmp_path)
    assert present.python == platform.python_version()
    assert present.packages["numpy"][0].isdigit()
    assert present.packages["no-such-package"] == ""


@pytest.mark.parametrize("text", ["ref: refs/heads/x", "ref: ../../../etc/passwd", "junk", ""])
def test_a_broken_repository_has_no_commit(tmp_path, text):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(text)
    assert describe_folder((), tmp_path).commit is None


def test_the_first_place_where_a_program_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "train.py").write_text("")
    assert first_program(["x.py", "train.py"], [Path(), Path("b")]) == "b/train.py"
    assert first_program(["b", "b/train.py"], [Path()]) == "b/train.py"
    assert first_program(["a\0b", "x" * 5000], [Path()]) is None
