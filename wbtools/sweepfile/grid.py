"""Grids from a spec of axes and base parameters: which configurations, and which numbers.

A number belongs to one configuration for ever: a grid that grows keeps the numbers that were given
and appends. The first axis is the slowest.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.bounded_yaml import YamlError
from wbtools.sweepfile.numbers_in_yaml import read_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_CONFIGURATIONS: Final = 100_000
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")
_INERT: Final = re.compile(
    r"\s*(?P<names>[^\s,]+(?:\s*,\s*[^\s,]+)*)\s+when\s+(?P<axis>[^\s=!]+)\s*(?P<sign>==|!=)\s*(?P<value>.+)\Z",
    re.DOTALL,
)
_DIGITS: Final = 3
_EXAMPLE: Final = "a grid spec has axes: {name: [values]} and perhaps base_params: {name: value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inert:
    """Axes that do nothing where another parameter has, or has not, a value."""

    names: tuple[str, ...]
    axis: str
    equal: bool
    value: object

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether the axes do nothing in this configuration."""
        return self.axis in config and (config[self.axis] == self.value) is self.equal


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSpec:
    """A grid as written.

    Attributes:
        prefix: Names are `PREFIX_001`, `PREFIX_002`, ….
        out_dir: Where the spec wants its files; None if it does not say.
        axes: Values by name, the slowest axis first; they win over `base`.
        base: What all configurations share.
    """

    prefix: str
    out_dir: str | None
    axes: Mapping[str, tuple[object, ...]]
    base: Mapping[str, Any]

    @property
    def n_cells(self) -> int:
        """Configurations of the full product."""
        return math.prod(len(values) for values in self.axes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One configuration and its name."""

    number: int
    name: str
    config: Mapping[str, Any]


def parse_grid(text: str, source: str) -> GridSpec:
    """Read a grid spec; numbers such as `1e-4` are numbers.

    Raises:
        DataError: It is no YAML, has no axes, or more configurations than are written.
    """
    try:
        data = read_value(text)
    except YamlError as error:
        msg = f"{source} is no YAML that a grid spec could be: {error}"
        raise DataError(msg, _EXAMPLE) from None
    axes = data.get("axes") if isinstance(data, dict) else None
    if not isinstance(axes, dict) or not axes:
        msg = f"{source} has no axes"
        raise DataError(msg, _EXAMPLE)
    for name, values in axes.items():
        if not isinstance(name, str) or not isinstance(values, list) or not values:
            msg = f"{source}: the axis {name!r} is no list with something in it"
            raise DataError(msg, _EXAMPLE)
    base = data.get("base_params") or {}
    if not isinstance(base, dict):
        msg = f"{source}: base_params is no mapping"
        raise DataError(msg, _EXAMPLE)
    spec = GridSpec(
        prefix=_prefix(data, source),
        out_dir=data["out_dir"] if isinstance(data.get("out_dir"), str) else None,
        axes={name: tuple(values) for name, values in axes.items()},
        base=base,
    )
    if spec.n_cells > MOST_CONFIGURATIONS:
        msg = f"{source} has {spec.n_cells} configurations, more than {MOST_CONFIGURATIONS}"
        raise DataError(msg, "shorten an axis")
    return spec


def _prefix(data: Mapping[str, Any], source: str) -> str:
    written = data.get("name")
    if written is None and data.get("stage") is not None:
        written = f"stage{data['stage']}"
    prefix = "config" if written is None else str(written)
    if not _PREFIX.match(prefix) or prefix.startswith("."):
        msg = f"{source}: {prefix!r} cannot stand in the name of a file"
        raise DataError(msg, "give stage: or name: letters, digits, _, - and . only")
    return prefix


def parse_inert(text: str) -> Inert:
    """Read `dropout when hidden_units==0`; several names are separated by commas.

    Raises:
        UsageError: It is of no such form.
    """
    match = _INERT.match(text)
    if match is None:
        msg = f"--inert {text!r} is not of the form NAME when OTHER==VALUE"
        raise UsageError(msg, "such as --inert 'dropout when hidden_units==0'")
    try:
        value = read_value(match["value"])
    except YamlError as error:
        msg = f"--inert {text!r}: the value cannot be read: {error}"
        raise UsageError(msg, "such as --inert 'dropout when hidden_units==0'") from None
    names = tuple(name.strip() for name in match["names"].split(","))
    return Inert(names=names, axis=match["axis"], equal=match["sign"] == "==", value=value)


def expand(spec: GridSpec, inert: Sequence[Inert] = ()) -> list[dict[str, Any]]:
    """All configurations, the first axis slowest; of equivalent ones the first.

    Raises:
        UsageError: An inert rule names what the spec does not have.
    """
    for rule in inert:
        for name in (*rule.names, rule.axis):
            if name not in spec.axes and (name in rule.names or name not in spec.base):
                msg = f"--inert speaks of {name!r}, which is no axis of the spec"
                raise UsageError(msg, f"its axes are {', '.join(spec.axes)}")
    keys: set[str] = set()
    distinct = []
    for config in _product(spec):
        key = _key(config, inert)
        if key not in keys:
            keys.add(key)
            distinct.append(config)
    return distinct


def _product(spec: GridSpec) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*spec.axes.values()):
        yield {**spec.base, **dict(zip(spec.axes, values, strict=True))}


def _key(config: Mapping[str, Any], inert: Sequence[Inert] = ()) -> str:
    """A text that is the same for equivalent configurations."""
    idle = {name for rule in inert if rule.holds(config) for name in rule.names}
    return json.dumps(
        {str(name): value for name, value in config.items() if name not in idle},
        sort_keys=True,
        default=str,
    )


def number(
    configs: Sequence[Mapping[str, Any]],
    prefix: str,
    given: Sequence[Numbered] = (),
    inert: Sequence[Inert] = (),
) -> list[Numbered]:
    """Give every configuration its number: the one it had, else the next that nobody had.

    Args:
        configs: In the grid's order.
        prefix: Of the names.
        given: Configurations that were numbered before.
        inert: As in `expand`, so that an equivalent one keeps the number.
    """
    known: dict[str, Numbered] = {}
    for numbered in given:
        known.setdefault(_key(numbered.config, inert), numbered)
    last = max((numbered.number for numbered in given), default=0)
    answer = []
    for config in configs:
        before = known.get(_key(config, inert))
        if before is None:
            last += 1
            before = Numbered(number=last, name=f"{prefix}_{last:0{_DIGITS}d}", config=config)
        answer.append(before)
    return answer


def as_sweep(spec: GridSpec, program: str) -> dict[str, Any]:
    """The whole grid as one W&B sweep; W&B crosses the axes in the order of their names."""
    parameters: dict[str, Any] = {
        name: {"value": value} for name, value in spec.base.items() if name not in spec.axes
    }
    for name, values in spec.axes.items():
        parameters[name] = {"value": values[0]} if len(values) == 1 else {"values": list(values)}
    return {
        "name": spec.prefix,
        "program": program,
        "command": ["${env}", "${interpreter}", "${program}", "${args}"],
        "method": "grid",
        "parameters": parameters,
    }
