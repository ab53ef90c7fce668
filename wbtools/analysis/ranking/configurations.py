"""Which runs are one configuration: equal in everything but the seed or the fold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import canonical, configuration_key, tells_replicates
from wbtools.text.brief import one_line
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.analysis.diagnosis.termination import Completion
    from wbtools.model import Run, Sweep
    from wbtools.model.interval import Interval

GROUP: Final = "group"
_NEARLY_ALL: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeasurement:
    """One run, read at the moment that was asked for.

    Attributes:
        stage: Place, from 0, of its sweep among those that were given.
        values: One a metric, metrics' own units; None where it has none.
        completion: How far the run came.
        is_short: Whether it is known to have made fewer reports than a full run.
        at_one_step: Whether all runs are read at one step, so that how far they came matters no
            more.
        projected: What the audit says that a censored run would have come to on the first metric,
            in its own units: the median; None unless projections were asked for and there is one.
        against: What its value is set against, a cost or a size; None if unknown or not asked.
    """

    run: Run
    stage: int
    values: tuple[float | None, ...]
    completion: Completion
    is_short: bool = False
    at_one_step: bool = False
    projected: Interval | None = None
    against: float | None = None

    def __repr__(self) -> str:
        """One line, as `<run 8 (amber-sweep-8): full, 0.57>`."""
        values = ("no value" if value is None else f"{value:.6g}" for value in self.values)
        return one_line(f"run {self.run.called}", self.completion, *values)

    @property
    def counts(self) -> bool:
        """Whether its values are those of a full run, as far as anybody knows."""
        is_comparable = self.completion.counts or self.at_one_step
        return is_comparable and any(value is not None for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingKey:
    """What makes runs one configuration.

    Attributes:
        seed_keys: Names that make no other configuration, beside the usual ones.
        group_by: Names that do, in place of all; `group` is also the run's W&B group.
        results: Names that hold results, in a table that does not tell them from parameters.
    """

    seed_keys: frozenset[str] = frozenset()
    group_by: tuple[str, ...] = ()
    results: frozenset[str] = frozenset()

    def is_seed(self, name: str) -> bool:
        """Whether runs that differ in this name only are one configuration."""
        return name not in self.group_by and tells_replicates(name, self.seed_keys)

    def parameters(self, run: Run) -> dict[str, object]:
        """What makes the run's configuration, by name; W&B's own names (`_…`) are left out."""
        config = run.config
        if self.group_by:
            grouped = {name: config[name] for name in self.group_by if name in config}
            if GROUP in self.group_by and GROUP not in config and run.group is not None:
                grouped[GROUP] = run.group
            return grouped
        return {name: config[name] for name in config if not self._is_ignored(name)}

    def measurement(self, run: Run) -> str | None:
        """What two runs share that differ in nothing, the seed included; None without a seed."""
        seeds = sorted(
            (name, canonical(run.config[name])) for name in run.config if self.is_seed(name)
        )
        if not seeds:
            return None
        return f"{configuration_key(run.config, ignoring=self._is_ignored)}{seeds}"

    def _is_ignored(self, name: str) -> bool:
        return name.startswith("_") or name in self.results or self.is_seed(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Runs that differ in nothing but the seed, of one sweep.

    Attributes:
        key: Digest of `parameters`; the same in every sweep.
        parameters: What makes it.
        counted: Runs whose values make its mean, one a measurement.
        apart: Runs that have none, or a censored one: cut short, failed, still running.
        copies: Runs that repeat a counted one, seed and values alike: listed, not counted.
        n_repeated: Counted runs that share their seed with an earlier one, with other values.
    """

    key: str
    stage: int
    parameters: Mapping[str, object]
    counted: tuple[RunMeasurement, ...]
    apart: tuple[RunMeasurement, ...] = ()
    copies: tuple[RunMeasurement, ...] = ()
    n_repeated: int = 0

    def __repr__(self) -> str:
        """One line, as `<configuration of lr, depth: 3 runs>`."""
        return one_line(
            f"configuration of {', '.join(self.parameters)}", count(len(self.members), "run")
        )

    @property
    def members(self) -> tuple[RunMeasurement, ...]:
        """All its runs."""
        return (*self.counted, *self.apart, *self.copies)


@dataclass(slots=True)
class _Gathered:
    parameters: Mapping[str, object]
    counted: list[RunMeasurement] = field(default_factory=list)
    apart: list[RunMeasurement] = field(default_factory=list)
    copies: list[RunMeasurement] = field(default_factory=list)
    n_repeated: int = 0
    values: dict[str, list[tuple[float | None, ...]]] = field(default_factory=dict)


def configurations(
    runs: Iterable[RunMeasurement], identity: GroupingKey, *, with_stopped: bool = False
) -> list[Configuration]:
    """Put the runs of one configuration together; those of different sweeps stay apart.

    Args:
        runs: In any order.
        identity: What makes them one.
        with_stopped: Count stopped runs as if what they reached were all they could.
    """
    gathered: dict[tuple[int, str], _Gathered] = {}
    for measured in runs:
        parameters = identity.parameters(measured.run)
        key = configuration_key(parameters)
        group = gathered.setdefault((measured.stage, key), _Gathered(parameters=parameters))
        cut_counts = (
            with_stopped and measured.completion.ended_early and measured.values[0] is not None
        )
        if not measured.counts and not cut_counts:
            group.apart.append(measured)
            continue
        measurement = identity.measurement(measured.run)
        values = [] if measurement is None else group.values.setdefault(measurement, [])
        if measured.values in values:
            group.copies.append(measured)
            continue
        group.n_repeated += bool(values)
        values.append(measured.values)
        group.counted.append(measured)
    return [
        Configuration(
            key=key,
            stage=stage,
            parameters=group.parameters,
            counted=tuple(group.counted),
            apart=tuple(group.apart),
            copies=tuple(group.copies),
            n_repeated=group.n_repeated,
        )
        for (stage, key), group in gathered.items()
    ]


def varying(configs: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Names whose values differ between the configurations, in the order in which they come."""
    first: dict[str, str] = {}
    differing: dict[str, None] = {}
    n_with: dict[str, int] = {}
    order: dict[str, None] = {}
    for config in configs:
        for name, value in config.items():
            order.setdefault(name)
            n_with[name] = n_with.get(name, 0) + 1
            written = canonical(value)
            if first.setdefault(name, written) != written:
                differing.setdefault(name)
    lacking = {name for name, n in n_with.items() if n < len(configs)}
    return tuple(name for name in order if name in differing or name in lacking)


def perhaps_results(found: Sequence[Configuration], identity: GroupingKey) -> tuple[str, ...]:
    """Names that may hold results, or names of runs, where seeds were repeated but nothing else.

    A table does not tell results from parameters, and programs keep the folder of a run in its
    configuration. Then every run is a configuration of its own, though some share a seed: the names
    whose value is another one in nearly every run are why.

    Args:
        found: All configurations.
        identity: What made them one.
    """
    runs = [member.run for configuration in found for member in configuration.members]
    seeds = Counter(
        canonical(value)
        for run in runs
        for name, value in run.config.items()
        if identity.is_seed(name)
    )
    alone = all(len(configuration.members) == 1 for configuration in found)
    if not alone or identity.group_by or len(seeds) < 2 or len(seeds) > len(runs) / 2:  # noqa: PLR2004
        return ()
    values: dict[str, set[str]] = {}
    for configuration in found:
        for name, value in configuration.parameters.items():
            values.setdefault(name, set()).add(canonical(value))
    return tuple(name for name, known in values.items() if len(known) > _NEARLY_ALL * len(runs))


def with_separate_runs(sweep: Sweep) -> Sweep:
    """The sweep with each run as a configuration of its own, where it is of a table without any.

    Nothing says that the runs of a chart are replicates of each other.
    """
    if sweep.table is None or any(run.config for run in sweep.runs):
        return sweep
    runs = tuple(replace(run, config={"run": run.name}) for run in sweep.runs)
    return replace(sweep, runs=runs)
