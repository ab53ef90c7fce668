"""Grids as they are written: axes and base parameters, axes that go in pairs, constraints."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.bounded_yaml import DEEPEST, MOST_NODES, YamlError, load_yaml
from wbtools.sweepfile.constraint import parse_constraint
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.grid_cells import grid_axes
from wbtools.sweepfile.numbers_in_yaml import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.sweepfile.constraint import Constraint

_PAIR: Final = 2
_LONGEST_PREFIX: Final = 60
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")
_EXAMPLE: Final = (
    "a grid spec has axes: {name: [values]} and perhaps base_params: {name: value}, zip: and "
    "constraint:"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSpec:
    """A grid as written.

    Attributes:
        prefix: Names are `PREFIX_001`, `PREFIX_002`, ….
        out_dir: Where the spec wants its files; None if it does not say.
        axes: Values by name, the slowest axis first; they win over `base`.
        base: What all configurations share.
        zipped: Groups of axes that advance together.
        constraints: What every configuration fulfils.
        sweep: The W&B sweep that the grid is one of, names of axes dotted; None for a grid spec.
    """

    prefix: str
    out_dir: str | None
    axes: Mapping[str, tuple[object, ...]]
    base: Mapping[str, Any]
    zipped: tuple[tuple[str, ...], ...] = ()
    constraints: tuple[Constraint, ...] = ()
    sweep: Mapping[str, Any] | None = None

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The names that advance together, the slowest first: a group where its first axis is."""
        group_of = {name: group for group in self.zipped for name in group}
        return tuple(dict.fromkeys(group_of.get(name, (name,)) for name in self.axes))

    @property
    def n_cells(self) -> int:
        """Configurations of the full product, before any constraint."""
        return math.prod(len(self.axes[block[0]]) for block in self.blocks)

    def nested(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration as the program would have it: parameters of a sweep may be nested."""
        if self.sweep is None:
            return dict(config)
        answer: dict[str, Any] = {}
        for parameter in Document(data=self.sweep).parameters:
            *outer, name = parameter.path[1::2]
            inner = answer
            for key in outer:
                inner = inner.setdefault(str(key), {})
            inner[str(name)] = config[parameter.name]
        return answer

    def zipping(self, groups: Iterable[Sequence[str]]) -> GridSpec:
        """The same with more groups of axes that advance together.

        Raises:
            UsageError: A group names what is no axis, an axis twice, or axes of unequal lengths.
        """
        zipped = [*self.zipped]
        for group in groups:
            taken = [name for other in zipped for name in other]
            for place, name in enumerate(group):
                if name not in self.axes:
                    msg = f"zip names {name!r}, which is not an axis"
                    raise UsageError(msg, f"the axes are {', '.join(self.axes)}")
                if name in taken or name in group[:place]:
                    msg = f"zip names the axis {name!r} twice"
                    raise UsageError(msg, "an axis can be in one group only")
            lengths = [f"{name} has {len(self.axes[name])}" for name in group]
            if len(group) < _PAIR:
                msg = f"zip pairs nothing in {', '.join(group) or 'an empty group'}"
                raise UsageError(msg, "name two axes or more, such as zip: [[config, net]]")
            if len({len(self.axes[name]) for name in group}) > 1:
                msg = f"zip needs axes with equally many values: {', '.join(lengths)}"
                raise UsageError(msg, "repeat values where one belongs to several")
            zipped.append(tuple(group))
        return replace(self, zipped=tuple(zipped))

    def where(self, texts: Iterable[str]) -> GridSpec:
        """The same with more constraints.

        Raises:
            UsageError: One cannot be read.
        """
        names = {*self.axes, *(name for name in self.base if isinstance(name, str))}
        more = tuple(parse_constraint(text, names) for text in texts)
        return replace(self, constraints=(*self.constraints, *more))


def parse_grid(text: str, source: str) -> GridSpec:
    """Read a grid spec, numbers such as `1e-4` being numbers, or a W&B sweep file that is a grid.

    Raises:
        DataError: It is no YAML, has no axes, or pairs or constraints that cannot be.
    """
    try:
        data = load_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
        if isinstance(data, dict) and "axes" not in data and "parameters" in data:
            return grid_of_sweep(data, source)
        data = read_value(text)
    except YamlError as error:
        msg = f"{source} is not YAML that a grid spec could be: {error}"
        raise DataError(msg, _EXAMPLE) from None
    axes = data.get("axes") if isinstance(data, dict) else None
    if not isinstance(axes, dict) or not axes:
        msg = f"{source} has no axes"
        raise DataError(msg, _EXAMPLE)
    for name, values in axes.items():
        if not isinstance(name, str) or not isinstance(values, list) or not values:
            msg = f"{source}: the axis {name!r} is not a list with values in it"
            raise DataError(msg, _EXAMPLE)
    base = data.get("base_params") or {}
    if not isinstance(base, dict):
        msg = f"{source}: base_params is not a mapping"
        raise DataError(msg, _EXAMPLE)
    spec = GridSpec(
        prefix=_prefix(data, source),
        out_dir=data["out_dir"] if isinstance(data.get("out_dir"), str) else None,
        axes={name: tuple(values) for name, values in axes.items()},
        base=base,
    )
    _refuse_unwritable(spec, source)
    try:
        return spec.zipping(_groups(data, source)).where(_constraints(data, source))
    except UsageError as error:
        msg = f"{source}: {error.message}"
        raise DataError(msg, error.hint) from None


def grid_of_sweep(data: Mapping[str, Any], source: str) -> GridSpec:
    """Take a W&B sweep for a grid: its lists are the axes, its constants what all share.

    Raises:
        DataError: Its method is not grid, or W&B could not enumerate a parameter.
    """
    try:
        axes, base = grid_axes(data)
    except UsageError as error:
        msg = f"{source}: {error.message}"
        raise DataError(msg, error.hint) from None
    name = _ODD.sub("-", str(data.get("name") or ""))[:_LONGEST_PREFIX].strip("-.")
    spec = GridSpec(prefix=name or "config", out_dir=None, axes=axes, base=base, sweep=data)
    _refuse_unwritable(spec, source)
    return spec


def _refuse_unwritable(spec: GridSpec, source: str) -> None:
    """Refuse what JSON would hold as something else: W&B and the manifest keep values in it.

    Raises:
        DataError: There is a date, say, or a name that is no text.
    """
    names: Iterable[object] = spec.base
    for name in names:
        if not isinstance(name, str):
            msg = f"{source}: a parameter's name is {name}, which is not a text"
            raise DataError(msg, f"put it in quotes: '{name}'")
    for name, values in {**spec.base, **spec.axes}.items():
        odd = _unwritable(values)
        if odd is not None:
            msg = f"{source}: a value of {name!r} holds {odd}"
            raise DataError(msg, "W&B and the manifest keep JSON: put it in quotes, as text")


def _unwritable(value: object) -> str | None:
    """The first part of a value that JSON does not hold, in words; None where there is none."""
    if isinstance(value, dict):
        odd = next((key for key in value if not isinstance(key, str)), None)
        if odd is not None:
            return f"the name {odd}, which is not a text"
        return next(filter(None, map(_unwritable, value.values())), None)
    if isinstance(value, list | tuple):
        return next(filter(None, map(_unwritable, value)), None)
    is_json = value is None or isinstance(value, str | int | float)
    return None if is_json else f"{value}, which is a {type(value).__name__}"


def parse_zip(text: str) -> list[str]:
    """Read `config,net`: axes that advance together.

    Raises:
        UsageError: A name is missing.
    """
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        msg = f"--zip {text!r} is not of the form NAME,NAME"
        raise UsageError(msg, "such as --zip config,net")
    return names


def _groups(data: Mapping[str, Any], source: str) -> list[list[str]]:
    """`zip: [[a, b], [c, d]]`; one group alone may be written as `zip: [a, b]`."""
    written = data.get("zip")
    if written is None:
        return []
    listed = written if isinstance(written, list) else [written]
    groups = [listed] if listed and all(isinstance(name, str) for name in listed) else listed
    if not all(
        isinstance(group, list) and all(isinstance(n, str) for n in group) for group in groups
    ):
        msg = f"{source}: zip is not a list of groups of axes"
        raise DataError(msg, "such as zip: [[config, net]]")
    return groups


def _constraints(data: Mapping[str, Any], source: str) -> list[str]:
    """`constraint: lr * batch <= 1`, or a list of them, all of which must hold."""
    written = data.get("constraint")
    if written is None:
        return []
    texts = written if isinstance(written, list) else [written]
    if not all(isinstance(text, str) for text in texts):
        msg = f"{source}: constraint is not a text"
        raise DataError(msg, "such as constraint: 'lr * batch <= 1'")
    return texts


def _prefix(data: Mapping[str, Any], source: str) -> str:
    written = data.get("name")
    if written is None and data.get("stage") is not None:
        written = f"stage{data['stage']}"
    prefix = "config" if written is None else str(written)
    if not _PREFIX.match(prefix) or prefix.startswith("."):
        msg = f"{source}: {prefix!r} cannot be part of a file name"
        raise DataError(msg, "give stage: or name: letters, digits, _, - and . only")
    return prefix
