"""Code and environment: what is written of them, and what differs here."""

from tests.replication.launches import run_of
from wbtools.model import LaunchRecord
from wbtools.replication.environment import (
    PresentEnvironment,
    code_notes,
    differences,
    environment_notes,
    pinned,
)

RECORD = LaunchRecord(
    git_commit="a" * 40,
    git_remote="https://me:hunter2@host/x.git",
    diff="--- a/x\n+++ b/x\n+\tlr = 1\n",
    python="3.10.4",
    requirements=("numpy==1.26.4", "torch==2.1.0+cu118", "-e git+ssh://x", "evil==1;rm -rf ~"),
)


def test_code_is_told_without_its_password():
    notes = list(code_notes(RECORD))
    assert "hunter2" not in " ".join(notes)
    assert "a" * 40 in notes[0]
    assert "| +\tlr = 1" in notes
    assert next(code_notes(LaunchRecord())) == "Code: commit unknown, no remote recorded"


def test_a_patch_with_escapes_is_said_not_to_apply():
    notes = list(code_notes(LaunchRecord(diff="+\x1b[31m\n")))
    assert any("does not apply" in note for note in notes)


def test_only_pinned_packages_are_written():
    assert pinned(RECORD) == {"numpy": "1.26.4", "torch": "2.1.0+cu118", "evil": "1"}
    notes = list(environment_notes(RECORD, run_of(gpu="A100", host="x", sdk_version="0.16")))
    assert "= torch==2.1.0+cu118" in notes
    assert "= evil==1" in notes
    assert not any("rm -rf" in note for note in notes)
    assert "A100" in notes[1]


def test_differences_are_findings():
    present = PresentEnvironment(
        commit="b" * 40, python="3.11.1", packages={"numpy": "2.0", "torch": "", "evil": "1"}
    )
    found = {finding.code: finding for finding in differences(RECORD, present)}
    assert set(found) == {"WBR310", "WBR311", "WBR312", "WBR313"}
    assert "2 of 3 packages" in found["WBR313"].title
    assert "torch 2.1.0+cu118 (here none)" in found["WBR313"].title
    same = PresentEnvironment(commit="a" * 40, python="3.10.4", packages=pinned(RECORD))
    assert [finding.code for finding in differences(RECORD, same)] == ["WBR311"]
    assert list(differences(LaunchRecord(), PresentEnvironment())) == []


def test_the_same_python_by_another_name_is_no_difference():
    present = PresentEnvironment(python="3.11.7", packages={})
    for python, differs in (("CPython 3.11.7", False), ("3.11.7", False), ("CPython 3.12.1", True)):
        found = [finding.code for finding in differences(LaunchRecord(python=python), present)]
        assert ("WBR312" in found) == differs
    (finding,) = differences(LaunchRecord(python="CPython 3.12.1"), present)
    assert finding.title == "the run used Python 3.12.1, this is 3.11.7"
    assert finding.evidence == {"recorded": "3.12.1", "here": "3.11.7"}
    (line, *_) = environment_notes(LaunchRecord(python="CPython 3.12.1"), run_of())
    assert line.startswith("Python: 3.12.1 ")
