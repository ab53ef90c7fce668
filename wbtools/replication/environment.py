"""The code and the environment that a run had, and how the present ones differ."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wbtools.findings import Severity
from wbtools.replication.command_finding import command_finding
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.findings import Finding
    from wbtools.model import LaunchRecord, Run

_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)==([\w.!+-]+)", re.ASCII)
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentEnvironment:
    """What there is here and now; None and empty where nobody looked or nothing says.

    Attributes:
        commit: Checked out in the present folder.
        python: Version of this Python.
        packages: Installed versions of the packages that the run recorded, by name as recorded;
            "" for one that is not installed.
    """

    commit: str | None = None
    python: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)


def pinned(record: LaunchRecord) -> dict[str, str]:
    """The packages that the run recorded with a version, by name."""
    found = (_PINNED.match(line) for line in record.requirements)
    return {match[1]: match[2] for match in found if match}


def code_notes(record: LaunchRecord) -> Iterator[str]:
    """Where the code was: commit, remote, and what was not committed."""
    commit = record.git_commit or "unknown"
    yield f"Code: commit {commit}" + (
        f" of {masked_text(record.git_remote)}" if record.git_remote else ", no remote recorded"
    )
    if record.diff is None:
        yield "Uncommitted changes: none recorded here"
        return
    yield "Uncommitted changes, a patch; to apply it: sed -n 's/^# | //p' THIS_FILE | git apply"
    if any(
        not character.isprintable() for character in record.diff.replace("\t", "").replace("\n", "")
    ):
        yield "(it holds characters that are spelled out below, so it does not apply as it is)"
    for line in record.diff.rstrip("\n").split("\n"):
        yield f"| {masked_text(line) if '=' in line or '://' in line else line}"


def environment_notes(record: LaunchRecord, run: Run) -> Iterator[str]:
    """Python, GPU, SDK and packages."""
    python = _version(record.python) or "unknown"
    yield f"Python: {python}   W&B SDK: {run.sdk_version or 'unknown'}"
    yield f"GPU: {run.gpu or 'none recorded'}   host: {run.host or 'unknown'}"
    packages = pinned(record)
    if not packages:
        yield "Packages: none recorded here"
        return
    yield "Packages; to install them: sed -n 's/^# = //p' THIS_FILE | pip install -r /dev/stdin"
    for name, version in packages.items():
        yield f"= {name}=={version}"


def differences(record: LaunchRecord, present: PresentEnvironment) -> Iterator[Finding]:
    """What is different here, one finding a kind."""
    if record.git_commit and present.commit and record.git_commit != present.commit:
        yield command_finding(
            "WBR310",
            "the run used another commit than the one checked out here",
            "--with-code says how to get it",
            subject="environment",
            evidence={"recorded": record.git_commit, "here": present.commit},
        )
    if record.diff is not None:
        yield command_finding(
            "WBR311",
            "the run had changes that were not committed",
            "--with-code writes them as a patch",
            subject="environment",
            evidence={"n_lines": record.diff.count("\n")},
        )
    recorded_python, python = _version(record.python), _version(present.python)
    if recorded_python and python and recorded_python != python:
        yield command_finding(
            "WBR312",
            f"the run used Python {recorded_python}, this is {python}",
            severity=Severity.INFO,
            subject="environment",
            evidence={"recorded": recorded_python, "here": python},
        )
    recorded = pinned(record)
    other = {
        name: (recorded[name], present_version)
        for name, present_version in present.packages.items()
        if present_version != recorded.get(name)
    }
    if other:
        shown = ", ".join(
            f"{name} {recorded_version} (here {present_version or 'none'})"
            for name, (recorded_version, present_version) in list(other.items())[:_MOST_NAMED]
        )
        more = f" and {len(other) - _MOST_NAMED} more" if len(other) > _MOST_NAMED else ""
        yield command_finding(
            "WBR313",
            f"{len(other)} of {len(recorded)} packages have another version: {shown}{more}",
            "--with-env writes the recorded versions",
            subject="environment",
            evidence={"n_different": len(other), "n_recorded": len(recorded)},
        )


def _version(python: str | None) -> str:
    """The version alone, "" for none: SDKs write `3.11.7` or `CPython 3.11.7`."""
    return (python or "").rpartition(" ")[2]
