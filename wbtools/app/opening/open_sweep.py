"""Open what the user calls SWEEP: a path, `PATH#SWEEP_ID`, a sweep of W&B's, or `demo`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wbtools.app.opening.resolve_remote import open_remote
from wbtools.errors import DataError, UsageError
from wbtools.sources import table
from wbtools.sources.launch_records import read_launch_record
from wbtools.sources.local import sweeps
from wbtools.sources.wandb_api.reference import remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.app.opening.run_names import Named
    from wbtools.app.opening.session import Session
    from wbtools.model import LaunchRecord, Run, Sweep
    from wbtools.sources.local.sweeps import LocalSweep
    from wbtools.sweepfile.spec import SweepSpec

    OnFile = Callable[[int, int], None]

DEMO = "demo"
_DEMO_FOLDER = "textures"
_NAME_ONE = (
    "name a wandb/ folder, a project that contains one, a CSV run table, `demo`, or a sweep of "
    "W&B's by its id, as ENTITY/PROJECT/ID, or by the address of its page"
)
_SURELY_A_PATH = ("./", "../", "/", "~")


class SweepSource(Protocol):
    """A sweep that has been found and can be read for any metrics.

    Attributes:
        deepest: How many folders deep below `folders` the sweep's own file is looked for.
    """

    deepest: int

    @property
    def sweep_id(self) -> str:
        """W&B's id of the sweep, or what stands for it."""
        ...

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration, where the source holds it."""
        ...

    def labels(self, *, surely: bool = False) -> Sequence[Named]:
        """What the runs are called, in order of creation, without reading any curve.

        Args:
            surely: Take the time to see whether a run was renamed, or started several times.
        """
        ...

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations that the runs began with."""
        ...

    @property
    def folders(self) -> Sequence[Path]:
        """Project folders in which the sweep's own file may lie."""
        ...

    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """How many values the curves of each logged name would hold, as far as little work tells.

        Runs times the longest series. A few files are looked into and no server is asked; so
        nothing may be known yet.
        """
        ...

    def read(self, metrics: Sequence[str], on_file: OnFile | None = None) -> Sweep:
        """The sweep, with the curves of these metrics if the source holds curves."""
        ...


@dataclass(slots=True)
class LocalSource:
    """A sweep in local W&B run files; `path` is how the user can name it again.

    Attributes:
        with_summary: Whether runs come with their summaries, which takes twice the time.
    """

    found: LocalSweep
    path: str
    deepest: int = 5
    with_summary: bool = False

    @property
    def sweep_id(self) -> str:
        """The sweep's id; for runs outside sweeps the name of their folder."""
        return sweeps.id_of(self.found)

    @property
    def spec(self) -> None:
        """Run files do not hold it."""

    def labels(self, *, surely: bool = False) -> Sequence[Named]:
        """As the beginnings of the files say; surely, as the whole files do."""
        return sweeps.load(self.found, (), with_summary=False).runs if surely else self.found.labels

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations that the runs began with."""
        return self.found.configs

    @property
    def folders(self) -> Sequence[Path]:
        """The projects that the run files lie in."""
        return self.found.projects

    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""
        return sweeps.candidate_metrics(self.found)

    def sizes(self) -> Mapping[str, int]:
        """By the largest files."""
        return sweeps.curve_sizes(self.found)

    def read(self, metrics: Sequence[str], on_file: OnFile | None = None) -> Sweep:
        """The sweep with the curves of these metrics."""
        sweep = sweeps.load(self.found, metrics, with_summary=self.with_summary, on_file=on_file)
        return replace(sweep, ref=replace(sweep.ref, path=self.path))

    def launch_record(self, run: Run) -> LaunchRecord:
        """How a run was started, as far as its files say."""
        return read_launch_record(run, self.found.files)


@dataclass(slots=True)
class TableSource:
    """A sweep in a CSV run table, whose sweep file lies beside it if anywhere."""

    sweep: Sweep
    folder: Path
    deepest: int = 0

    @property
    def sweep_id(self) -> str:
        """As the table says."""
        return self.sweep.ref.sweep_id

    @property
    def spec(self) -> None:
        """A run table does not hold it."""

    def labels(self, *, surely: bool = False) -> Sequence[Named]:  # noqa: ARG002 - they are sure
        """The runs themselves."""
        return self.sweep.runs

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The rows, without the columns that are known to hold results."""
        return [run.config for run in self.sweep.runs]

    @property
    def folders(self) -> Sequence[Path]:
        """The folder of the table."""
        return [self.folder]

    def logged(self) -> Mapping[str, int]:
        """Numeric columns by name, with the number of rows that hold them."""
        return table.numeric_columns(self.sweep)

    def sizes(self) -> Mapping[str, int]:
        """None: a table has no series."""
        return {}

    def read(self, metrics: Sequence[str], on_file: OnFile | None = None) -> Sweep:  # noqa: ARG002
        """The table as it is: it has no curves."""
        return self.sweep


def open_sweep(reference: str, access: Session) -> SweepSource:
    """Find the sweep that a reference means.

    Args:
        reference: What the user typed.
        access: How to reach W&B's servers, if that is where it is.

    Raises:
        UsageError: It names nothing that exists, or several sweeps.
        SignInError: It is on a server for which there are no credentials.
        DataError: What it names cannot be read or reached, or holds no sweep.
    """
    recording = _find(reference, access)
    access.opened.append(reference)
    return recording


def _find(reference: str, access: Session) -> SweepSource:
    if reference == DEMO:
        folder = Path(str(resources.files("wbtools.demo"))) / _DEMO_FOLDER
        return LocalSource(_only(sweeps.find_sweeps(folder), DEMO, None), DEMO)
    text, sweep_id = _split(reference)
    path, exists = looked_at(text)
    on_server = None if reference.startswith(_SURELY_A_PATH) else remote(reference)
    if not exists:
        if on_server is None or on_server.sweep_id is None:
            raise _absent(reference, is_project=on_server is not None)
        return open_remote(on_server, access)
    if on_server is not None and "/" in reference and on_server.sweep_id is not None:
        msg = f"{reference!r} is a path here, and could be a sweep of W&B's"
        raise UsageError(msg, f"write ./{reference} for the path, or the sweep's page address")
    if path.suffix.lower() == ".csv" and not path.is_dir():
        return TableSource(table.read_table(path, sweep_id), path.parent)
    return LocalSource(_only(sweeps.find_sweeps(path), text, sweep_id), reference)


def looked_at(text: str) -> tuple[Path, bool]:
    """A text as a path, and whether it exists.

    Raises:
        UsageError: The text can be no path, or the path cannot be looked at.
    """
    try:
        path = Path(text).expanduser()
        return path, path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        msg = f"{text!r} cannot be looked at: {getattr(error, 'strerror', None) or error}"
        raise UsageError(msg, _NAME_ONE) from None


def _split(reference: str) -> tuple[str, str | None]:
    """`PATH#SWEEP_ID` into both, unless a path with that very name exists."""
    text, mark, sweep_id = reference.rpartition("#")
    if not mark or looked_at(reference)[1]:
        return reference, None
    return text, sweep_id


def _only(found: Sequence[LocalSweep], text: str, sweep_id: str | None) -> LocalSweep:
    sweeps = [sweep for sweep in found if sweep.sweep_id is not None]
    if not sweeps:
        n_runs = sum(sweep.n_runs for sweep in found)
        n_silent = len({file.path for sweep in found for file in sweep.unidentified})
        msg = f"none of the {n_runs} runs in {text} is known to belong to a sweep"
        raise DataError(
            f"{msg}; {n_silent} run files hold nothing that would tell" if n_silent else msg,
            "runs of `wandb agent` carry their sweep's id; a run that is killed in its first 15 "
            "seconds leaves an empty file",
        )
    names = [f"{text}#{sweep.sweep_id} ({sweep.n_runs} runs)" for sweep in sweeps]
    if sweep_id is not None:
        match = [sweep for sweep in sweeps if sweep.sweep_id == sweep_id]
        if not match:
            msg = f"no sweep {sweep_id!r} in {text}"
            raise UsageError(msg, f"it has {', '.join(names)}")
        return match[0]
    if len(sweeps) > 1:
        msg = f"{text} holds {len(sweeps)} sweeps"
        raise UsageError(msg, f"name one: {', '.join(names)}")
    return sweeps[0]


def _absent(reference: str, *, is_project: bool) -> UsageError:
    if is_project:
        msg = f"there is no file or folder {reference!r}; a project of W&B's is no sweep"
        return UsageError(msg, f"write {reference}/SWEEP_ID; `wbtools fetch {reference}` takes all")
    return UsageError(f"there is no file or folder {reference!r}", _NAME_ONE)
