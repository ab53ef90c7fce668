"""Open what the user calls SWEEP: a path, one sweep of several by `PATH#SWEEP_ID`, or `demo`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wbtools.errors import DataError, UsageError
from wbtools.sources import local, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.model import Run, Sweep
    from wbtools.sources.local import LocalSweep

DEMO = "demo"
_DEMO_FOLDER = "textures"
_SWEEP_ID = re.compile(r"[a-z0-9]{6,12}\Z")
_THREE_WORDS = re.compile(r"[\w.-]+/[\w.-]+/[\w.-]+\Z")


class Recording(Protocol):
    """A sweep that has been found and can be read for any metrics."""

    @property
    def runs(self) -> Sequence[Run]:
        """The runs without their curves."""
        ...

    @property
    def folders(self) -> Sequence[Path]:
        """Project folders in which the sweep's own file may lie."""
        ...

    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""
        ...

    def read(self, metrics: Sequence[str]) -> Sweep:
        """The sweep, with the curves of these metrics if the source holds curves."""
        ...


class LocalRecording:
    """A sweep in local W&B run files."""

    def __init__(self, found: LocalSweep, path: str) -> None:
        """Keep what was found; `path` is how the user can name it again."""
        self._found = found
        self._path = path
        self.runs: Sequence[Run] = local.load(found, ()).runs
        self.folders: Sequence[Path] = found.projects

    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""
        return local.candidate_metrics(self._found)

    def read(self, metrics: Sequence[str]) -> Sweep:
        """The sweep with the curves of these metrics."""
        sweep = local.load(self._found, metrics)
        return replace(sweep, ref=replace(sweep.ref, path=self._path))


@dataclass(frozen=True, slots=True)
class TableRecording:
    """A sweep in a CSV run table."""

    sweep: Sweep

    @property
    def runs(self) -> Sequence[Run]:
        """The rows."""
        return self.sweep.runs

    @property
    def folders(self) -> Sequence[Path]:
        """The folder of the table."""
        return [Path(self.sweep.ref.path or ".").parent]

    def logged(self) -> Mapping[str, int]:
        """Numeric columns by name, with the number of rows that hold them."""
        return table.numeric_columns(self.sweep)

    def read(self, metrics: Sequence[str]) -> Sweep:  # noqa: ARG002 - a table has no curves
        """The table as it is."""
        return self.sweep


def open_sweep(reference: str, on_file: Callable[[int, int], None] | None = None) -> Recording:
    """Find the sweep that a reference means.

    Args:
        reference: What the user typed.
        on_file: Called with (files read, files in all) while a folder is searched.

    Raises:
        UsageError: It names nothing that exists, or several sweeps.
        DataError: What it names cannot be read, or holds no sweep.
    """
    if reference == DEMO:
        folder = Path(str(resources.files("wbtools.demo"))) / _DEMO_FOLDER
        return LocalRecording(_only(local.find_sweeps(folder, on_file=on_file), DEMO, None), DEMO)
    text, sweep_id = _split(reference)
    path = Path(text).expanduser()
    if not path.exists():
        raise _absent(reference)
    if path.suffix.lower() == ".csv":
        return TableRecording(table.read_table(path))
    found = _only(local.find_sweeps(path, on_file=on_file), text, sweep_id)
    return LocalRecording(found, reference)


def _split(reference: str) -> tuple[str, str | None]:
    """`PATH#SWEEP_ID` into both, unless a path with that very name exists."""
    text, mark, sweep_id = reference.rpartition("#")
    if not mark or Path(reference).expanduser().exists():
        return reference, None
    return text, sweep_id


def _only(found: Sequence[LocalSweep], text: str, sweep_id: str | None) -> LocalSweep:
    sweeps = [one for one in found if one.sweep_id is not None]
    if not sweeps:
        n_runs = sum(one.n_runs for one in found)
        msg = f"none of the {n_runs} runs in {text} belongs to a sweep"
        raise DataError(msg, "runs of `wandb agent` carry their sweep's id; these do not")
    names = [f"{text}#{one.sweep_id} ({one.n_runs} runs)" for one in sweeps]
    if sweep_id is not None:
        match = [one for one in sweeps if one.sweep_id == sweep_id]
        if not match:
            msg = f"no sweep {sweep_id!r} in {text}"
            raise UsageError(msg, f"it has {', '.join(names)}")
        return match[0]
    if len(sweeps) > 1:
        msg = f"{text} holds {len(sweeps)} sweeps"
        raise UsageError(msg, f"name one: {', '.join(names)}")
    return sweeps[0]


def _absent(reference: str) -> UsageError:
    looks_remote = reference.startswith(("http://", "https://")) or _THREE_WORDS.match(reference)
    if looks_remote or _SWEEP_ID.match(reference):
        return UsageError(
            f"{reference!r} is no path, and this version reads no sweeps from W&B's servers",
            "name a wandb/ folder, a project that contains one, a CSV run table, or `demo`",
        )
    return UsageError(
        f"there is no file or folder {reference!r}",
        "name a wandb/ folder, a project that contains one, a CSV run table, or `demo`",
    )
