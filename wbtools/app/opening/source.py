"""A sweep that was found, not read yet: what every source of sweeps can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from wbtools.analysis.counted_once import counted_once
from wbtools.model import LaunchRecord
from wbtools.sources.local.json_items import NameBudget, flattened
from wbtools.sources.processes import without_other_processes
from wbtools.sources.sweep_files import find_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from wbtools.app.opening.run_names import Named
    from wbtools.model import Run, Sweep
    from wbtools.model.checkpoint import ListedFile, LoggedArtifact
    from wbtools.sources.sweep_files import FoundSpecs
    from wbtools.sweepfile.spec import SweepSpec

    OnFile = Callable[[int, int], None]


class SweepSource(ABC):
    """A sweep that has been found once, and can be read for any metrics.

    Attributes:
        deepest: How many folders deep below `folders` the sweep's own file is looked for.
    """

    deepest: ClassVar[int] = 0

    @property
    @abstractmethod
    def sweep_id(self) -> str:
        """W&B's id of the sweep, or what stands for it."""

    @property
    def tells_parameters(self) -> bool:
        """Whether it is known which values are parameters; of a run table it may be judged."""
        return True

    def with_parameters(self, patterns: Sequence[str]) -> Self:  # noqa: ARG002
        """The same source, with what the user calls parameters taken for some.

        Args:
            patterns: Of names. Only of run tables it may be in doubt what is a parameter.
        """
        return self

    def parameter_name(self, name: str) -> str:
        """What a parameter is called in configurations that the user calls so.

        Ray Tune's and Optuna's tables have a prefix before the names.
        """
        return name

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration, where the source holds it."""
        return None

    @abstractmethod
    def labels(self, *, surely: bool = False) -> Sequence[Named]:
        """What the runs are called, in order of creation, without reading any curve.

        Args:
            surely: Take the time to see whether a run was renamed, or started several times.
        """

    @property
    @abstractmethod
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations that the runs began with."""

    @property
    def some_configs(self) -> Iterable[Mapping[str, object]]:
        """The configurations of as many runs as are known without asking for more.

        They may be given one by one, as all of them together can be large.
        """
        return self.configs

    @property
    def learns_by_reading(self) -> bool:
        """Whether `sizes` and `some_configs` may know more once it has been read."""
        return False

    def offline(self) -> Self:
        """The same source, which asks no server: it knows what is on this machine."""
        return self

    def tell(self, text: str) -> None:
        """Let the user know something that went wrong on the way, if anybody listens."""
        del text  # nobody does, unless a source says otherwise

    @property
    def is_of_sweep(self) -> bool:
        """Whether any of its runs may be of a sweep; no rule of W&B's stops those of none."""
        return True

    @property
    def asks_wandb(self) -> bool:
        """Whether a server of W&B's is asked for what is not on this machine."""
        return False

    @property
    def folders(self) -> Sequence[Path]:
        """Project folders in which the sweep's own file may lie."""
        return ()

    @cached_property
    def sweep_files(self) -> FoundSpecs:
        """The sweep files in `folders` that fit the runs, and those that do not; searched once."""
        return find_specs(self.folders, self.configs, deepest=self.deepest)

    @abstractmethod
    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""

    def results(self) -> Mapping[str, int]:
        """The same, without those that are parameters as far as it can be told."""
        return self.logged()

    @property
    def n_looked_into(self) -> int | None:
        """How many run files `logged` counts, where that is only a sample of them; else None."""
        return None

    @abstractmethod
    def sizes(self) -> Mapping[str, int]:
        """How many values the curves of each logged name would hold, as far as little work tells.

        Runs times the longest series. A few files are looked into and no server is asked; so
        nothing may be known yet.
        """

    def read(self, metrics: Sequence[str], on_file: OnFile | None = None) -> Sweep:
        """The sweep, with the curves of these metrics if the source holds curves.

        Args:
            metrics: The one by which runs are judged first: what began together with a run, and
                only does not log that one, is another process of it, and no run.
            on_file: Called with (files read, files in all).
        """
        return _of_whole_runs(self._read(metrics, on_file), metrics)

    def read_summaries(self, metrics: Sequence[str], on_file: OnFile | None = None) -> Sweep:
        """The same, with the runs' summaries, where reading them takes time of its own."""
        return _of_whole_runs(self._read_summaries(metrics, on_file), metrics)

    @abstractmethod
    def _read(self, metrics: Sequence[str], on_file: OnFile | None) -> Sweep:
        """All runs that were recorded, with the curves of these metrics."""

    def _read_summaries(self, metrics: Sequence[str], on_file: OnFile | None) -> Sweep:
        return self._read(metrics, on_file)

    def launch_record(self, run: Run) -> LaunchRecord:
        """How a run was started, as far as the source says."""
        return LaunchRecord(program=run.program, argv=run.argv, git_commit=run.git_commit)

    def logged_artifacts(self, run: Run) -> Sequence[LoggedArtifact]:  # noqa: ARG002 - most sources have none
        """What a run logged as artifacts and may be a model, the newest first.

        Their files are listed, never fetched.

        Raises:
            DataError: A server does not answer, or not as it should.
        """
        return ()

    def saved_files(self, run: Run) -> Sequence[ListedFile]:  # noqa: ARG002 - likewise
        """The files that W&B keeps of a run because its program saved them; only listed.

        Raises:
            DataError: A server does not answer, or not as it should.
        """
        return ()

    def was_offline(self, run: Run) -> bool:  # noqa: ARG002 - most sources cannot tell
        """Whether a run was recorded without a server, as far as the source tells."""
        return False

    def known_launch(self, run: Run) -> LaunchRecord:
        """How a run was started, as far as it is known without asking a server."""
        return self.launch_record(run)

    def taken_configurations(self) -> Mapping[str, Mapping[str, object]]:
        """What agents took of this sweep and left no run of, nested, by the id of the run."""
        return {}

    def lost_configs(self) -> Mapping[str, Mapping[str, object]]:
        """The same with dotted names, as the configurations of runs have them."""
        return {
            run_id: flattened(config, NameBudget())
            for run_id, config in self.taken_configurations().items()
        }

    def runs_of_group(self, group: str, metrics: Sequence[str]) -> Sequence[Sweep]:  # noqa: ARG002
        """Runs of a W&B group that lie where the sweep does, if that is no folder.

        Args:
            group: Such as `wbtools-ab12cd34`.
            metrics: Whose curves are wanted.
        """
        return ()

    def own_runs(self, ids: Collection[str], metrics: Sequence[str]) -> Sequence[Sweep]:
        """Some of its own runs as they stand now; empty where none of them is there.

        Args:
            ids: Theirs.
            metrics: Whose curves are wanted.
        """
        sweep = self.read(metrics)
        rows = [row for row, run in enumerate(sweep.runs) if run.id in ids]
        return [sweep.of_runs(rows)] if rows else ()


def _of_whole_runs(sweep: Sweep, metrics: Sequence[str]) -> Sweep:
    if not metrics:
        return sweep
    return counted_once(without_other_processes(sweep, metrics[0]), metrics)
