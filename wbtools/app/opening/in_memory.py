"""A sweep that is in memory, as something that can be asked like one on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.parameter_columns import with_parameters
from wbtools.app.opening.source import SweepSource
from wbtools.errors import DataError
from wbtools.sweepfile.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.app.opening.run_names import Named
    from wbtools.model import Sweep
    from wbtools.sweepfile.spec import SweepSpec


@dataclass
class InMemorySource(SweepSource):
    """A source that looks nowhere but into a sweep itself: it finds no sweep file."""

    sweep: Sweep

    @property
    def sweep_id(self) -> str:
        """The loaded sweep's."""
        return self.sweep.ref.sweep_id

    def labels(self, *, surely: bool = False) -> Sequence[Named]:  # noqa: ARG002 - they are sure
        """The runs themselves."""
        return self.sweep.runs

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration, where its source held it."""
        return own_spec(self.sweep.configuration, str(self.sweep.ref))

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The runs' configurations."""
        return [run.config for run in self.sweep.runs]

    def logged(self) -> Mapping[str, int]:
        """The loaded metrics with the number of runs that hold them."""
        counts = {
            name: int((curves.n_reports > 0).sum()) for name, curves in self.sweep.curves.items()
        }
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def sizes(self) -> Mapping[str, int]:
        """Of the loaded metrics."""
        return {name: curves.values.size for name, curves in self.sweep.curves.items()}

    def _read(
        self,
        metrics: Sequence[str],
        on_file: Callable[[int, int], None] | None,  # noqa: ARG002
    ) -> Sweep:
        return with_parameters(self.sweep, metrics)


def own_spec(configuration: str | None, name: str) -> SweepSpec | None:
    """A sweep's own configuration as data; None where there is none that can be read.

    Args:
        configuration: The text that W&B holds.
        name: What the sweep is called.
    """
    if not configuration:
        return None
    try:
        return parse_spec(configuration, f"the configuration of {name}")
    except DataError:
        return None
