"""What can be wrong with a local recording, as findings WBT110 to WBT121.

Texts hold file names and run ids as other people wrote them; whoever renders a finding escapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.sources.local.leveldb_log import ENDED_EARLY, DamageKind
from wbtools.sources.local.run_file import why_silent
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wbtools.sources.local.repeated_rows import JoinedRows
    from wbtools.sources.local.run_reading import RunFile

DAMAGED: Final = "WBT110"
_MOST_NAMED: Final = 20


def file_findings(path: Path, run: RunFile) -> Iterator[Finding]:
    """Judge one run file: damaged, cut or empty, without history, or with too many names."""
    bad = [damage for damage in run.damage if damage.kind not in {*ENDED_EARLY, DamageKind.NAMES}]
    if bad:
        yield Finding(
            code=DAMAGED,
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            subject=run.run_id,
            title=f"the run file {path.name} {_state_in_words(bad[0].kind)};"
            f" {run.n_rows} history rows were saved",
            evidence={
                "file": str(path),
                "kinds": sorted({str(damage.kind) for damage in bad}),
                "n_places": len(bad),
                "first_offset": bad[0].offset,
                "n_bytes_lost": sum(damage.n_bytes for damage in bad),
                "n_rows": run.n_rows,
            },
            hint="reports may be missing: copy the file again from where it was written",
        )
    ended = [damage for damage in run.damage if damage.kind in ENDED_EARLY]
    if ended or (not bad and run.started_at_s is None and not run.n_rows):
        state = str(ended[0].kind) if ended else "empty but for its header"
        yield Finding(
            code="WBT111",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            subject=run.run_id,
            title=f"the run file {path.name} is {state}; {run.n_rows} history rows were saved",
            evidence={
                "file": str(path),
                "kind": state,
                "n_bytes_lost": sum(damage.n_bytes for damage in ended),
                "n_rows": run.n_rows,
            },
            hint="so looks a run that was killed, or that is still being written",
        )
    if not run.n_rows and not run.damage and run.started_at_s is not None:
        yield Finding(
            code="WBT114",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            subject=run.run_id,
            title=f"the run file {path.name} holds no history",
            evidence={"file": str(path), "exited": run.exited, "exit_code": run.exit_code},
            hint="the run logged nothing before it ended"
            if run.exited
            else "so looks a run that has only just begun, or that was killed at once",
        )
    if any(damage.kind is DamageKind.NAMES for damage in run.damage):
        yield Finding(
            code="WBT121",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            subject=run.run_id,
            title=f"the run {run.run_id} has more or longer names than are kept;"
            " some of its configuration or summary was left out",
            evidence={"file": str(path)},
            hint="its curves are whole; look what was put into wandb.config",
        )


def _state_in_words(kind: DamageKind) -> str:
    return "cannot be read" if kind is DamageKind.UNREADABLE else "is damaged"


def unidentified_files(paths: Sequence[Path]) -> Finding:
    """Run files lie beside a sweep's and tell nothing."""
    n = len(paths)
    title = (
        f"{n} run files next to these hold nothing that tells their sweep; they may belong to it"
    )
    if n == 1:
        title = "1 run file next to these holds nothing that tells its sweep; it may belong to it"
    named = paths[:_MOST_NAMED]
    return Finding(
        code="WBT119",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=title,
        evidence={
            "n_files": n,
            "files": [path.name for path in named],
            "why": [why_silent(path) for path in named],
        },
        hint="a run that is killed in its first 15 seconds leaves such a file",
    )


def repeated_run_id(run_id: str, paths: Sequence[Path]) -> Finding:
    """Different runs have one id."""
    return Finding(
        code="WBT112",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        subject=run_id,
        title=f"{len(paths)} different runs have the id {run_id}; they are kept apart",
        evidence={"files": [str(path) for path in paths]},
        hint="they overlap in time, have other settings, or the earlier one had finished and"
        " nothing was resumed",
    )


def copied_run(run_id: str, left_out: Path, kept: Path) -> Finding:
    """A run file is there twice."""
    return Finding(
        code="WBT118",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        subject=run_id,
        title=f"a copy of the run {run_id} was left out",
        evidence={"file": str(left_out), "kept": str(kept)},
        hint="both files say that the run began at the same moment; the longer one was read",
    )


def merged_run(
    run_id: str, paths: Sequence[Path], metric: str | None = None, rows: JoinedRows | None = None
) -> Finding:
    """A run was started several times.

    Args:
        run_id: Its id.
        paths: Its files.
        metric: The one by which runs are judged; None where none was read.
        rows: Those of that metric.
    """
    title = f"the run {run_id} was started {len(paths)} times; its files were joined"
    hint = "steps that an attempt logged again after going back to a checkpoint count once"
    evidence: dict[str, object] = {"files": [str(path) for path in paths]}
    if rows is not None and rows.n_again:
        repeated = count(rows.n_again, "report")
        title += (
            f", and {repeated} of {metric} that it made again count once, as the logged"
            f" {rows.counter} tells"
        )
        hint = (
            "a rule that counts every row, as W&B's server does, takes each report from number"
            f" {rows.first_shifted} on for one that came {repeated} later"
        )
        evidence |= {
            "n_reports_again": rows.n_again,
            "first_shifted_report": rows.first_shifted,
            "counter": rows.counter,
        }
    elif rows is not None and rows.restarts and rows.counter is None:
        title += f", and all reports of {metric} count, also those that it made again, if any"
        hint = (
            "W&B's offline mode counts steps from 0 again, and no epoch is logged with every report"
            " that would tell which ones repeat what an earlier start had reached"
        )
    return Finding(
        code="WBT113",
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        subject=run_id,
        title=title,
        evidence=evidence,
        hint=hint,
    )


def unreadable_folder(path: Path) -> Finding:
    """A folder could not be entered, so runs may be missing."""
    return Finding(
        code="WBT115",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=f"the folder {path.name} could not be read; runs may be missing",
        evidence={"folder": str(path)},
        hint="ask for permission, or copy it to where you may read it",
    )
