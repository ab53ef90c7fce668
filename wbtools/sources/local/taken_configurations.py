"""Configurations that sweep agents took: `wandb/sweep-ID/config-RUN.yaml`.

An agent writes the file before it starts the program, so that it is there even if the program ended
before it called `wandb.init`, and stays there when a run was moved away. It is a regular file, and
its name can be shown as it is; anything else in such a folder is no agent's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.sources.regular_files import is_plain_name
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

AGENT_FOLDER: Final = "sweep-"
HOMES: Final = frozenset({"wandb", ".wandb"})
"""What W&B calls the folder in which it keeps runs."""
_CONFIG: Final = re.compile(r"config-(?P<id>.+)\.yaml", re.DOTALL)
_MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenConfiguration:
    """One configuration, by the ids of its run and of its sweep."""

    run_id: str
    sweep_id: str


def taken_in(home: Path) -> list[TakenConfiguration]:
    """What agents took that keep their runs in a folder; nothing where that cannot be read."""
    return [
        TakenConfiguration(run_id=match["id"], sweep_id=name.removeprefix(AGENT_FOLDER))
        for name in _names(home, os.DirEntry.is_dir)
        if name.startswith(AGENT_FOLDER) and name != AGENT_FOLDER
        for file in _names(home / name, os.DirEntry.is_file)
        if (match := _CONFIG.fullmatch(file)) and is_plain_name(match["id"])
    ]


def left_without_file(
    taken: Iterable[TakenConfiguration], run_ids: Collection[str]
) -> dict[str, list[str]]:
    """The runs of which nothing but a configuration is left, by their sweep.

    Args:
        taken: In all folders that were looked into.
        run_ids: Of all runs that left a file, of whatever sweep.
    """
    lost: dict[str, list[str]] = {}
    for configuration in taken:
        if configuration.run_id not in run_ids:
            lost.setdefault(configuration.sweep_id, []).append(configuration.run_id)
    return lost


def left_words(lost: Mapping[str, Sequence[str]]) -> str:
    """`4 configurations of the sweep ab12cd34`, and so on."""
    return " and ".join(
        f"{count(len(run_ids), 'configuration')} of the sweep {sweep_id}"
        for sweep_id, run_ids in lost.items()
    )


def lost_runs(run_ids: Sequence[str], n_runs: int) -> Finding:
    """Say that agents took configurations of a sweep that left no run file.

    Args:
        run_ids: The runs that are lacking, one or more.
        n_runs: Those that there are.
    """
    n_taken = len(run_ids) + n_runs
    return _finding(
        f"agents took {count(n_taken, 'configuration')}, and {len(run_ids)} of them left no run "
        "file",
        {"n_taken": n_taken, "n_lost": len(run_ids), "lost_run_ids": list(run_ids[:_MOST_NAMED])},
        Severity.WARNING,
    )


def lost_sweeps(lost: Mapping[str, Sequence[str]]) -> Finding:
    """Say that of other sweeps that lie beside one, no run file is left."""
    return _finding(
        f"of {count(len(lost), 'other sweep')} beside this one only configurations are left that "
        f"agents took: {left_words(dict(list(lost.items())[:_MOST_NAMED]))}",
        {"n_lost": sum(map(len, lost.values())), "sweeps": list(lost)[:_MOST_NAMED]},
        Severity.INFO,
    )


def _finding(title: str, evidence: dict[str, object], severity: Severity) -> Finding:
    return Finding(
        code="WBT128",
        severity=severity,
        confidence=Confidence.MEDIUM,
        subject="sweep",
        title=title,
        evidence=evidence,
        hint="their programs ended before W&B began, or their runs were moved or deleted here; the"
        " server knows which",
    )


def _names(folder: Path, is_kind: Callable[[os.DirEntry[str]], bool]) -> list[str]:
    """Give the printable names of one kind in a folder; nothing where that cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name for entry in entries if entry.name.isprintable() and _is(entry, is_kind)
            )
    except OSError:
        return []


def _is(entry: os.DirEntry[str], is_kind: Callable[[os.DirEntry[str]], bool]) -> bool:
    try:
        return is_kind(entry)
    except OSError:  # a link that leads round in a circle
        return False
