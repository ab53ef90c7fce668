"""What a program of the study is: parameters, settings of its own, and a training that logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Config = dict[str, Any]


@dataclass(slots=True)
class Row:
    """What one step logged, `time_s` after the run's start.

    Where the program gave the step (`is_given`), the SDK keeps the row back until the next one, for
    more may come under that step.
    """

    step: int
    time_s: float
    data: dict[str, Any]
    is_given: bool


class Log:
    """`wandb.log` of one run: a step a call, unless the program gives the step itself.

    Programs `wait` in units of what a report costs; `pace_s` makes seconds of them.
    """

    def __init__(self, pace_s: float = 1.0, startup_s: float = 0.0) -> None:
        self.rows: list[Row] = []
        self._pace_s = pace_s
        self._now_s = startup_s

    def wait(self, units: float) -> None:
        self._now_s += units * self._pace_s

    def log(self, data: dict[str, Any], step: int | None = None) -> None:
        self._now_s += 0.003
        last = self.rows[-1].step if self.rows else -1
        if step is not None and step == last:
            self.rows[-1].data.update(data)
            self.rows[-1].time_s = self._now_s
            return
        at = last + 1 if step is None else step
        self.rows.append(Row(at, self._now_s, dict(data), is_given=step is not None))

    def report(
        self, data: dict[str, Any], counters: dict[str, Any], step: int | None, *, apart: bool
    ) -> None:
        """Log values with their counters, in one call or with the counters in one before it."""
        if apart and counters:
            self.log(counters, step)
            self.log(data, step)
        else:
            self.log(counters | data, step)


Train = Callable[[Config, "np.random.Generator", Log], None]


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program as a sweep starts it.

    Attributes:
        parameters: As in the sweep file.
        defaults: What the program records in its configuration besides them.
        train: Trains one configuration to its own end.
    """

    metric: str
    goal: str
    parameters: dict[str, dict[str, Any]]
    defaults: Config
    train: Train


@dataclass
class Settings:
    """Where a program's settings stand: in the sweep file, in its own configuration, or nowhere."""

    rng: np.random.Generator
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    defaults: Config = field(default_factory=dict)

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def search(self, name: str, **spec: Any) -> Callable[[Config], Any]:
        """Search a parameter; what is returned reads it from a configuration."""
        self.parameters[name] = spec
        return lambda config: config[name]

    def fix(self, name: str, value: Any, *, hidden: float = 0.3) -> Callable[[Config], Any]:
        """Fix a setting, which is recorded in one way or, with the share `hidden`, not at all."""
        if not self.chance(hidden):
            if self.chance(0.5):
                self.parameters[name] = {"value": value}
            else:
                self._record(name, value)
        return lambda _: value

    def search_or_fix(
        self, name: str, values: list[Any], *, searched: float, hidden: float = 0.3
    ) -> Callable[[Config], Any]:
        """Search a setting over some values with a share, and fix it to one of them otherwise."""
        if self.chance(searched):
            return self.search(name, values=values)
        return self.fix(name, self.pick(*values), hidden=hidden)

    def _record(self, name: str, value: Any) -> None:
        """As Hydra and argparse do: dots make a nested configuration."""
        *above, leaf = name.split(".")
        place = self.defaults
        for key in above:
            place = place.setdefault(key, {})
        place[leaf] = value

    def program(self, metric: str, goal: str, train: Train) -> Program:
        return Program(
            metric=metric,
            goal=goal,
            parameters=self.parameters,
            defaults=self.defaults,
            train=train,
        )
