"""What can be wrong with run files and their folders, as findings WBT110 to WBT121.

Texts hold file names and run ids as other people wrote them; whoever renders a finding escapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.sources.local.leveldb_log import ENDED_EARLY, DamageKind
from wbtools.sources.local.run_file import why_silent
from wbtools.text.numbers import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wbtools.sources.local.leveldb_log import Damage
    from wbtools.sources.local.run_reading import RunFile

DAMAGED: Final = "WBT110"
_MOST_NAMED: Final = 20
_MOST_IN_TITLE: Final = 2

ReadFile = tuple["Path", "RunFile"]


def file_findings(read: Iterable[ReadFile]) -> Iterator[Finding]:
    """Judge run files: damaged, cut or empty, without history, or with too many names.

    Of each kind there is one finding, however many files it is about.

    Args:
        read: Paths, and what the files say.
    """
    bad, ended, silent, crowded = [], [], [], []
    for path, run in read:
        file = (path, run)
        if _bad(run):
            bad.append(file)
        if _ended_early(run) or (not _bad(run) and run.started_at_s is None and not run.n_rows):
            ended.append(file)
        if not run.n_rows and not run.damage and run.started_at_s is not None:
            silent.append(file)
        if any(damage.kind is DamageKind.NAMES for damage in run.damage):
            crowded.append(file)
    if bad:
        yield _damaged(bad)
    if ended:
        yield _cut(ended)
    if silent:
        yield _without_history(silent)
    if crowded:
        yield _with_many_names(crowded)


def _bad(run: RunFile) -> list[Damage]:
    """What lost or may have lost something in the midst of a file."""
    return [damage for damage in run.damage if damage.kind not in {*ENDED_EARLY, DamageKind.NAMES}]


def _ended_early(run: RunFile) -> list[Damage]:
    return [damage for damage in run.damage if damage.kind in ENDED_EARLY]


def _damaged(files: Sequence[ReadFile]) -> Finding:
    damage = [damage for _, run in files for damage in _bad(run)]
    alone = len(files) == 1
    words = ("cannot be read", "is damaged" if alone else "are damaged")
    cannot = {_bad(run)[0].kind is DamageKind.UNREADABLE for _, run in files}
    state = " or ".join(words[not unreadable] for unreadable in sorted(cannot))
    return Finding(
        code=DAMAGED,
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject=_subject(files),
        title=f"{_named(files)} {state}; {_rows_saved(files)}",
        evidence=_which(files)
        | {
            "kinds": sorted({str(each.kind) for each in damage}),
            "n_places": len(damage),
            "first_offset": damage[0].offset if alone else None,
            "n_bytes_lost": sum(each.n_bytes for each in damage),
            "n_rows": _n_rows(files),
        },
        hint=f"reports may be missing: copy the {'file' if alone else 'files'} again from where "
        f"{'it was' if alone else 'they were'} written",
    )


def _cut(files: Sequence[ReadFile]) -> Finding:
    ended = [_ended_early(run) for _, run in files]
    kinds = {str(damage[0].kind) if damage else "empty but for its header" for damage in ended}
    alone = len(files) == 1
    return Finding(
        code="WBT111",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        subject=_subject(files),
        title=f"{_named(files)} {'is' if alone else 'are'} {' or '.join(sorted(kinds))}; "
        f"{_rows_saved(files)}",
        evidence=_which(files)
        | {
            "kinds": sorted(kinds),
            "n_bytes_lost": sum(each.n_bytes for damage in ended for each in damage),
            "n_rows": _n_rows(files),
        },
        hint="a run that was killed, or is still being written, looks like this",
    )


def _without_history(files: Sequence[ReadFile]) -> Finding:
    exited = [run for _, run in files if run.exited]
    n, n_exited = len(files), len(exited)
    hint = "a run that has only just begun, or was killed at once, looks like this"
    if n_exited == n:
        hint = "the run logged nothing before it ended"
        if n > 1:
            hint = "the runs logged nothing before they ended"
    elif n_exited:
        hint = f"{n_exited} of the runs logged nothing before they ended; the others "
        hint += "have only just begun, or were killed at once"
    return Finding(
        code="WBT114",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        subject=_subject(files),
        title=f"{_named(files)} {'holds' if n == 1 else 'hold'} no history",
        evidence=_which(files)
        | {
            "n_exited": n_exited,
            "exit_codes": sorted({run.exit_code for run in exited if run.exit_code is not None}),
        },
        hint=hint,
    )


def _with_many_names(files: Sequence[ReadFile]) -> Finding:
    alone = len(files) == 1
    runs, have, their = (
        (f"the run {files[0][1].run_id}", "has", "its configuration or summary")
        if alone
        else (f"{len(files)} runs", "have", "their configurations or summaries")
    )
    return Finding(
        code="WBT121",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject=_subject(files),
        title=f"{runs} {have} more or longer names than are kept; some of {their} was left out",
        evidence=_which(files),
        hint=f"{'its' if alone else 'their'} curves are complete; check what was put into "
        "wandb.config",
    )


def _named(files: Sequence[ReadFile]) -> str:
    """`the run file run-a.wandb`, or `3 run files (run-a.wandb, run-b.wandb and 1 more)`."""
    if len(files) == 1:
        return f"the run file {files[0][0].name}"
    names = listed((path.name for path, _ in files), most=_MOST_IN_TITLE)
    return f"{len(files)} run files ({names})"


def _n_rows(files: Sequence[ReadFile]) -> int:
    return sum(run.n_rows for _, run in files)


def _rows_saved(files: Sequence[ReadFile]) -> str:
    n = _n_rows(files)
    of_all = "" if len(files) == 1 else " in all"
    return f"{count(n, 'history row')} {'was' if n == 1 else 'were'} saved{of_all}"


def _subject(files: Sequence[ReadFile]) -> str:
    return files[0][1].run_id if len(files) == 1 else "sweep"


def _which(files: Sequence[ReadFile]) -> dict[str, object]:
    """The evidence that findings of every kind hold."""
    return {
        "n_files": len(files),
        "run_ids": list(dict.fromkeys(run.run_id for _, run in files)),
        "files": [str(path) for path, _ in files[:_MOST_NAMED]],
    }


def unidentified_files(paths: Sequence[Path]) -> Finding:
    """Run files lie beside a sweep's and tell nothing."""
    n = len(paths)
    title = f"{n} run files next to these do not say which sweep they belong to; it may be this one"
    if n == 1:
        title = (
            "1 run file next to these does not say which sweep it belongs to; it may be this one"
        )
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


def unreadable_folder(path: Path) -> Finding:
    """A folder could not be entered, so runs may be missing."""
    return Finding(
        code="WBT115",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=f"the folder {path.name} could not be read; runs may be missing",
        evidence={"folder": str(path)},
        hint="ask for permission, or copy it to where you can read it",
    )
