"""Sweeps on disk: in W&B's own run files, and in run tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wbtools.analysis.parameter_columns import with_parameters
from wbtools.app.fetching.findings import files_alone
from wbtools.app.opening.source import SweepSource
from wbtools.sources.launch_records import read_launch_record, taken_configurations
from wbtools.sources.local import sweeps
from wbtools.sources.logged_artifacts import logged_artifacts
from wbtools.sources.tables import run_table
from wbtools.sources.tables.table_format import TableFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.app.opening.run_names import Named
    from wbtools.model import LaunchRecord, Run, Sweep
    from wbtools.model.checkpoint import LoggedArtifact
    from wbtools.sources.local.kept_reads import KeptReads
    from wbtools.sources.local.sweeps import LocalSweep

    OnFile = Callable[[int, int], None]


@dataclass
class LocalSource(SweepSource):
    """A sweep in local W&B run files.

    Attributes:
        path: How the user can name it again.
        kept: What was read of run files before; None to read them anew.
        why_local: Why its server did not answer, where the user named no files.
    """

    deepest = 5

    found: LocalSweep
    path: str
    kept: KeptReads | None = None
    why_local: str | None = None

    @property
    def sweep_id(self) -> str:
        """The sweep's id; for runs outside sweeps the name of their folder."""
        return sweeps.id_of(self.found)

    def labels(self, *, surely: bool = False) -> Sequence[Named]:
        """As the beginnings of the files say; surely, as the whole files do."""
        if not surely:
            return self.found.labels
        return sweeps.load(self.found, (), with_summary=False, kept=self.kept).runs

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations that the runs began with."""
        return self.found.configs

    @property
    def is_of_sweep(self) -> bool:
        """As the run files say, and what agents left beside them; not sure where none says."""
        silent = {file.path for file in self.found.unidentified}
        telling = [file for file in self.found.files if file.path not in silent]
        return not telling or any(file.sweep_id is not None for file in telling)

    @property
    def folders(self) -> Sequence[Path]:
        """The projects that the run files lie in."""
        return self.found.projects

    def logged(self) -> Mapping[str, int]:
        """Numeric metrics by name, with the number of runs that hold them."""
        return sweeps.candidate_metrics(self.found, kept=self.kept)

    @property
    def n_looked_into(self) -> int | None:
        """The files of the sample that `logged` reads."""
        n = len(sweeps.sample_of(self.found))
        return n if n < len(self.found.files) else None

    def sizes(self) -> Mapping[str, int]:
        """By the largest files."""
        return sweeps.curve_sizes(self.found, kept=self.kept)

    def _read(self, metrics: Sequence[str], on_file: OnFile | None) -> Sweep:
        return self._loaded(metrics, on_file, with_summary=False)

    def _read_summaries(self, metrics: Sequence[str], on_file: OnFile | None) -> Sweep:
        return self._loaded(metrics, on_file, with_summary=True)

    def launch_record(self, run: Run) -> LaunchRecord:
        """How a run was started, as far as its files say."""
        return read_launch_record(run, self.found.files)

    def logged_artifacts(self, run: Run) -> Sequence[LoggedArtifact]:
        """What the run's files say; what was logged online they do not hold."""
        return logged_artifacts(run, self.found.files, (Path(), *self.folders))

    def was_offline(self, run: Run) -> bool:
        """As the name of its folder says."""
        names = [
            file.folder.name
            for file in self.found.files
            if file.folder is not None and file.run_id == run.id.partition("~")[0]
        ]
        return bool(names) and all(name.startswith("offline-run-") for name in names)

    def taken_configurations(self) -> Mapping[str, Mapping[str, object]]:
        """What lies in the agents' folders; a file that cannot be read is left out."""
        return taken_configurations(self.found)

    def _loaded(
        self, metrics: Sequence[str], on_file: OnFile | None, *, with_summary: bool
    ) -> Sweep:
        sweep = sweeps.load(
            self.found, metrics, with_summary=with_summary, on_file=on_file, kept=self.kept
        )
        found = sweep.findings
        if self.why_local is not None:
            found = (files_alone(str(self.found.root), self.why_local), *found)
        return replace(sweep, ref=replace(sweep.ref, path=self.path), findings=found)


@dataclass
class TableSource(SweepSource):
    """A sweep in a CSV run table or in charts' curves, whose sweep file lies beside it if anywhere.

    Attributes:
        sweep: With every column in the configurations that may hold a parameter.
        named: Patterns of the columns that the user calls parameters.
    """

    sweep: Sweep
    folder: Path
    named: tuple[str, ...] = ()

    @property
    def sweep_id(self) -> str:
        """As the table says."""
        return self.sweep.ref.sweep_id

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
        curves = {name: int((of.n_reports > 0).sum()) for name, of in self.sweep.curves.items()}
        return {**run_table.numeric_columns(self.sweep), **curves}

    def results(self) -> Mapping[str, int]:
        """Numeric columns that are called like results; all, where none is."""
        table, logged = self._read((), None).table, self.logged()
        called = {} if table is None else dict.fromkeys(table.not_parameters)
        known = {
            name: n for name, n in logged.items() if name in called or name in self.sweep.curves
        }
        return known or logged

    @property
    def tells_parameters(self) -> bool:
        """Whether the table's format marks them."""
        return self.sweep.table is not None and self.sweep.table.tells_parameters

    def parameter_name(self, name: str) -> str:
        """The name without the prefix of the table's format."""
        return (
            TableFormat(self.sweep.table.format).parameter_name(name) if self.sweep.table else name
        )

    def with_parameters(self, patterns: Sequence[str]) -> Self:
        """The same table, with these columns as parameters whatever they look like."""
        return replace(self, named=(*self.named, *patterns))

    def sizes(self) -> Mapping[str, int]:
        """Of the curves that charts show; a run table has none."""
        return {name: curves.values.size for name, curves in self.sweep.curves.items()}

    def _read(self, metrics: Sequence[str], on_file: OnFile | None) -> Sweep:  # noqa: ARG002
        specs = [found.spec for found in self.sweep_files.matching]
        searched = {name for spec in specs for name in spec.space}
        return with_parameters(self.sweep, metrics, named=self.named, searched=searched)
