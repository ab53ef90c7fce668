"""The cells of a grid, counted without being listed, and which of them a run is.

Which values an axis has in a W&B sweep is the engine's: lists, whole numbers from `min` to `max`,
and steps of `q` below `max`. Source: `sweeps/grid_search.py` of the PyPI package `sweeps` 0.3.0.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.errors import UsageError
from wbtools.model.configuration import canonical
from wbtools.sweepfile.document import Document, grid_value
from wbtools.sweepfile.kinds import fits, meant
from wbtools.sweepfile.numbers_in_yaml import as_float

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from wbtools.sweepfile.document import ParameterEntry

    Cell = tuple[int, ...]

MOST_VALUES: Final = 100_000
"""Values of an axis that are listed."""


@dataclass(frozen=True, kw_only=True)
class GridCells:
    """A grid as numbers: a cell is the place of its value on every axis.

    Attributes:
        axes: Values by dotted name, no two of an axis the same to the engine.
    """

    axes: Mapping[str, tuple[object, ...]]

    @property
    def n_cells(self) -> int:
        """How many there are; the largest grids are no more work than small ones."""
        return math.prod(map(len, self.axes.values()))

    def cell_of(self, config: Mapping[str, object]) -> Cell | None:
        """The cell that a configuration lies in; None if it lies in none.

        Args:
            config: Values by dotted name; a value that is a mapping may be there as its parts.
        """
        places = [
            self._place(name, _value_of(name, config, self._parts[name])) for name in self.axes
        ]
        known = [place for place in places if place is not None]
        return tuple(known) if len(known) == len(places) else None

    def values_of(self, cell: Cell) -> dict[str, object]:
        """A cell's values by name."""
        return {
            name: values[place]
            for (name, values), place in zip(self.axes.items(), cell, strict=True)
        }

    def first_outside(self, known: Container[Cell], most: int) -> list[Cell]:
        """The first cells that are not among some; as many are passed over as there are known."""
        every = itertools.product(*(range(len(values)) for values in self.axes.values()))
        return list(itertools.islice((cell for cell in every if cell not in known), most))

    def _place(self, name: str, value: object) -> int | None:
        """The place of a value: of the very same one, else of one that tables write alike."""
        if value is _ABSENT:
            return None
        exact, rounded = self._places[name]
        value = _leaves(value)
        keys = [canonical(value)]
        if isinstance(value, str) and (number := as_float(value)) is not None:
            keys.append(canonical(number))
        place = exact.get(grid_value(value))
        return (
            next((rounded[key] for key in keys if key in rounded), None) if place is None else place
        )

    @cached_property
    def _places(self) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
        """Places as the engine tells values apart, and as `canonical` does.

        What YAML 1.1 takes for a text and people for a number is both.
        """
        places: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        for name, axis in self.axes.items():
            values = [*map(_leaves, axis)]
            exact, rounded = places[name] = {}, {}
            for place, value in enumerate(values):
                exact.setdefault(grid_value(value), place)
                rounded.setdefault(canonical(value), place)
            for place, value in enumerate(values):
                if isinstance(value, str) and (number := as_float(value)) is not None:
                    rounded.setdefault(canonical(number), place)
        return places

    @cached_property
    def _parts(self) -> dict[str, frozenset[str]]:
        """The dotted parts of all mappings that an axis lists; others in a run are the program's.

        The engine too passes over what was added to a mapping at run time.
        """
        return {
            name: frozenset(part for value in values for part in _flat(value))
            for name, values in self.axes.items()
        }


def distinct(values: list[Any]) -> tuple[object, ...]:
    """Values without those that the engine takes for one before: it runs such a cell once."""
    first: dict[str, object] = {}
    for value in values:
        first.setdefault(grid_value(value), value)
    return tuple(first.values())


def grid_axes(data: Mapping[str, Any]) -> tuple[dict[str, tuple[object, ...]], dict[str, Any]]:
    """The axes of a sweep that is a grid, by dotted name, and its constants.

    Raises:
        UsageError: Its method is not grid, or the engine could not enumerate a parameter.
    """
    if data.get("method") != "grid":
        msg = "the sweep's method is not grid"
        raise UsageError(
            msg, "only a grid has cells; a file that is not a sweep says axes: {name: [values]}"
        )
    axes: dict[str, tuple[object, ...]] = {}
    base: dict[str, Any] = {}
    for parameter in Document(data=data).parameters:
        if meant(parameter.mapping) == "constant" and "value" in parameter.mapping:
            base[parameter.name] = parameter.mapping["value"]
        else:
            axes[parameter.name] = _listed(parameter)
    return axes, base


def _listed(parameter: ParameterEntry) -> tuple[object, ...]:
    body, kind = parameter.mapping, meant(parameter.mapping)
    if kind not in {"categorical", "int_uniform", "q_uniform"} or not fits(body):
        msg = f"W&B's grid cannot enumerate the parameter {parameter.name!r}"
        raise UsageError(msg, "it takes values: [...], or min: and max: that are whole numbers")
    if kind == "categorical":
        return distinct(body["values"])
    step = 1 if kind == "int_uniform" else body.get("q", 1)
    try:
        size = float((body["max"] - body["min"]) / step)
    except OverflowError:
        size = math.inf
    if not size <= MOST_VALUES:
        msg = f"the parameter {parameter.name!r} has more than {MOST_VALUES} values"
        raise UsageError(msg, "no grid of that size can be worked through")
    if kind == "int_uniform":
        values = tuple(range(body["min"], body["max"] + 1))
    else:
        values = tuple(np.arange(body["min"], body["max"], step).tolist())
    if not values:
        msg = f"the parameter {parameter.name!r} has no value"
        raise UsageError(msg, "min: must be less than max:")
    return values


_ABSENT: Final = object()


def _value_of(name: str, config: Mapping[str, object], parts: frozenset[str]) -> object:
    if name in config:
        return config[name]
    found = {part: config[f"{name}.{part}"] for part in parts if f"{name}.{part}" in config}
    return found or _ABSENT


def _leaves(value: object) -> object:
    """A mapping as its leaves, so that it is the same however deep it is nested; else the value."""
    return _flat(value) if isinstance(value, dict) else value


def _flat(value: object) -> dict[str, object]:
    """The leaves of a mapping by dotted name; nothing for anything else."""
    leaves: dict[str, object] = {}
    waiting = [("", value)]
    while waiting:
        prefix, inner = waiting.pop()
        for key, part in inner.items() if isinstance(inner, dict) else ():
            if isinstance(part, dict) and part:
                waiting.append((f"{prefix}{key}.", part))
            else:
                leaves[f"{prefix}{key}"] = part
    return leaves
