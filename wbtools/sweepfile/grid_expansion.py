"""The configurations of a grid, and which numbers they have.

A number belongs to one configuration for ever: a grid that grows keeps the numbers that were given
and appends. The first axis is the slowest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, UsageError
from wbtools.model.configuration import configuration_key, same_value
from wbtools.sweepfile.bounded_yaml import YamlError
from wbtools.sweepfile.numbers_in_yaml import read_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.sweepfile.constraint import Constraint
    from wbtools.sweepfile.grid import GridSpec

MOST_CONFIGURATIONS: Final = 100_000
"""Configurations that are written."""
MOST_LOOKED_AT: Final = 1_000_000
"""Cells, and beginnings of cells, that are held against a constraint."""
_INERT: Final = re.compile(
    r"\s*(?P<names>[^\s,]+(?:\s*,\s*[^\s,]+)*)\s+when\s+(?P<axis>[^\s=!]+)\s*(?P<sign>==|!=)\s*(?P<value>.+)\Z",
    re.DOTALL,
)
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IrrelevanceRule:
    """Axes that do nothing where another parameter has, or has not, a value."""

    names: tuple[str, ...]
    axis: str
    equal: bool
    value: object

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether the axes do nothing in this configuration."""
        return self.axis in config and same_value(config[self.axis], self.value) is self.equal


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedConfiguration:
    """One configuration and its name."""

    number: int
    name: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridExpansion:
    """The configurations of a grid.

    Attributes:
        configs: In the grid's order, of equivalent ones the first.
        n_allowed: Cells that fulfil the constraints, equivalent ones included.
    """

    configs: tuple[dict[str, Any], ...]
    n_allowed: int


def parse_inert(text: str) -> IrrelevanceRule:
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
    return IrrelevanceRule(
        names=names, axis=match["axis"], equal=match["sign"] == "==", value=value
    )


def expand(spec: GridSpec, inert: Sequence[IrrelevanceRule] = ()) -> GridExpansion:
    """All configurations, the first axis slowest; of equivalent ones the first.

    Raises:
        UsageError: An inert rule names what the spec does not have, or a constraint cannot be
            worked out.
        DataError: There are more than are written, or that can be looked at.
    """
    for rule in inert:
        for name in (*rule.names, rule.axis):
            if name not in spec.axes and (name in rule.names or name not in spec.base):
                msg = f"--inert names {name!r}, which is not an axis of the spec"
                raise UsageError(msg, f"its axes are {', '.join(spec.axes)}")
    n_allowed = 0
    first: dict[str, dict[str, Any]] = {}
    for config in _cells(spec):
        n_allowed += 1
        first.setdefault(equivalence_key(config, inert), config)
    return GridExpansion(configs=tuple(first.values()), n_allowed=n_allowed)


def _cells(spec: GridSpec) -> Iterator[dict[str, Any]]:
    """The cells that fulfil the constraints; a part of a cell that cannot is not completed.

    Raises:
        DataError: There are more than are written, or that can be looked at.
        UsageError: A constraint cannot be worked out.
    """
    if not spec.constraints:
        refuse_too_many(spec.n_cells)
    blocks = spec.blocks
    if not blocks:
        yield dict(spec.base)
        return
    checks = _checks_by_block(spec)
    cell = dict(spec.base)
    places = [-1]
    n_looked_at = n_found = 0
    while places:
        block = blocks[len(places) - 1]
        places[-1] += 1
        if places[-1] == len(spec.axes[block[0]]):
            places.pop()
            continue
        n_looked_at += 1
        if n_looked_at > MOST_LOOKED_AT:
            msg = f"more than {MOST_LOOKED_AT:,} combinations would have to be looked at"
            raise DataError(msg, "put the axes that a constraint names first, or shorten some")
        cell |= {name: spec.axes[name][places[-1]] for name in block}
        if not all(check.holds(cell) for check in checks[len(places) - 1]):
            continue
        if len(places) < len(blocks):
            places.append(-1)
            continue
        n_found += 1
        refuse_too_many(n_found)
        yield dict(cell)


def refuse_too_many(n_cells: int) -> None:
    """Refuse to write more configurations than anybody runs.

    Raises:
        DataError: There are more.
    """
    if n_cells > MOST_CONFIGURATIONS:
        msg = f"the grid has more than the {MOST_CONFIGURATIONS} configurations that are written"
        raise DataError(msg, "shorten an axis, or add a constraint")


def _checks_by_block(spec: GridSpec) -> list[list[Constraint]]:
    """Which part of which constraint can be asked once a block has its values."""
    blocks = spec.blocks
    block_of = {name: place for place, block in enumerate(blocks) for name in block}
    checks: list[list[Constraint]] = [[] for _ in blocks]
    for constraint in spec.constraints:
        for part in constraint.parts:
            checks[max((block_of.get(name, 0) for name in part.names), default=0)].append(part)
    return checks


def equivalence_key(config: Mapping[str, Any], inert: Sequence[IrrelevanceRule] = ()) -> str:
    """What equivalent configurations share: those that are the same but for inert axes.

    Args:
        config: Values by name.
        inert: What makes configurations equivalent.
    """
    idle = {name for rule in inert if rule.holds(config) for name in rule.names}
    return configuration_key(config, ignoring=idle.__contains__)


def number(
    configs: Sequence[Mapping[str, Any]],
    prefix: str,
    given: Sequence[NumberedConfiguration] = (),
    inert: Sequence[IrrelevanceRule] = (),
) -> list[NumberedConfiguration]:
    """Give every configuration its number: the one it had, else the next that nobody had.

    Args:
        configs: In the grid's order.
        prefix: Of the names.
        given: Configurations that were numbered before.
        inert: As in `expand`, so that an equivalent one keeps the number.
    """
    known: dict[str, NumberedConfiguration] = {}
    for numbered in given:
        known.setdefault(equivalence_key(numbered.config, inert), numbered)
    last = max((numbered.number for numbered in given), default=0)
    answer = []
    for config in configs:
        before = known.get(equivalence_key(config, inert))
        if before is None:
            last += 1
            before = NumberedConfiguration(
                number=last, name=f"{prefix}_{last:0{_DIGITS}d}", config=config
            )
        answer.append(before)
    return answer
