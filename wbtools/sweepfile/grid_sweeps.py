"""A grid as W&B sweeps: W&B crosses all axes, so cells that are no product take several sweeps."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import UsageError
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.grid_cells import GridCells, distinct
from wbtools.sweepfile.kinds import is_integer
from wbtools.text.values import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wbtools.sweepfile.document import Path
    from wbtools.sweepfile.grid import GridSpec
    from wbtools.sweepfile.grid_cells import Cell

    Box = tuple[frozenset[int], ...]

MOST_SWEEPS: Final = 50
"""Sweeps that one grid is shared out to."""
DEFAULT_PROGRAM: Final = "train.py"
_MAPPING_NOTE: Final = (
    "a value here reaches the program as ONE argument, --{name}={example}, the text of a Python "
    "dict; axes of their own for its parts, paired by zip:, give an argument each"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSweep:
    """One W&B grid sweep.

    Attributes:
        data: What its file says.
        n_cells: Runs that it makes.
        notes: Comments above its keys, by their paths; none where the grid was a sweep already.
        run_cap: The cap that was left out, as it would have kept cells from being run.
    """

    data: dict[str, Any]
    n_cells: int
    notes: Mapping[Path, str] = field(default_factory=dict)
    run_cap: int | None = None


def grid_sweeps(
    spec: GridSpec, configs: Sequence[Mapping[str, Any]], program: str | None
) -> list[GridSweep]:
    """W&B sweeps that run just these configurations, each once.

    Args:
        spec: The grid that they are cells of.
        configs: What is to be run, names as in the spec.
        program: What the sweeps start; None for what the grid's own sweep starts, or train.py.

    Raises:
        UsageError: They are so far from a product that it would take more than `MOST_SWEEPS`.
    """
    cells = GridCells(axes={name: distinct(list(values)) for name, values in spec.axes.items()})
    wanted = [cell for config in configs if (cell := cells.cell_of(config)) is not None]
    boxes = products(wanted)
    if len(boxes) > MOST_SWEEPS:
        msg = (
            f"the {len(wanted)} cells are not a full product of values: as W&B crosses all axes, "
            f"it would take {len(boxes)} sweeps"
        )
        raise UsageError(msg, "write configurations and a job instead: --to slurm")
    return [
        _sweep(spec, cells, box, program, f" {place} of {len(boxes)}" if len(boxes) > 1 else "")
        for place, box in enumerate(boxes, start=1)
    ]


def products(cells: Iterable[Cell]) -> list[Box]:
    """Cells as few products of places, no cell in two of them, the first cell's first.

    A product alone is found as one. Each axis is tried as the one along which cells are joined
    first; how few it can be, nobody knows in general (it is set partition into rectangles).
    """
    single = list(dict.fromkeys(tuple(frozenset({place}) for place in cell) for cell in cells))
    order = [axis for axis, places in enumerate(zip(*single, strict=True)) if len(set(places)) > 1]
    return min(
        (_joined(single, order[first:] + order[:first]) for first in range(max(len(order), 1))),
        key=len,
    )


def _joined(boxes: list[Box], order: Sequence[int]) -> list[Box]:
    before = len(boxes) + 1
    while len(boxes) < before:
        before = len(boxes)
        for axis in order:
            places: dict[Box, frozenset[int]] = {}
            for box in boxes:
                rest = (*box[:axis], *box[axis + 1 :])
                places[rest] = places.get(rest, frozenset()) | box[axis]
            boxes = [(*rest[:axis], along, *rest[axis:]) for rest, along in places.items()]
    return boxes


def _sweep(spec: GridSpec, cells: GridCells, box: Box, program: str | None, part: str) -> GridSweep:
    chosen = {
        name: [values[place] for place in sorted(places)]
        for (name, values), places in zip(cells.axes.items(), box, strict=True)
    }
    n_cells = math.prod(map(len, chosen.values()))
    if spec.sweep is None:
        data = {
            "name": f"{spec.prefix}{part}",
            "program": program or DEFAULT_PROGRAM,
            "command": ["${env}", "${interpreter}", "${program}", "${args}"],
            "method": "grid",
            "parameters": {
                **{n: {"value": value} for n, value in spec.base.items() if n not in spec.axes},
                **{name: _body(values) for name, values in chosen.items()},
            },
        }
        return GridSweep(data=data, n_cells=n_cells, notes=dict(_notes(data)))
    data = _copied(spec.sweep)
    document = Document(data=data)
    for parameter in document.parameters:
        values = chosen.get(parameter.name, [])
        if 0 < len(values) < len(cells.axes.get(parameter.name, ())):
            body = document.value_at(parameter.path)
            body.clear()
            body.update(_body(values))
    cap = data.get("run_cap")
    run_cap = cap if is_integer(cap) and cap < n_cells else None
    if run_cap is not None:
        del data["run_cap"]
    if program is not None:
        data["program"] = program
    if part:
        data["name"] = f"{data.get('name') or spec.prefix}{part}"
    return GridSweep(data=data, n_cells=n_cells, run_cap=run_cap)


def _copied(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A copy in which nothing is shared, though an alias of the YAML may have shared it."""
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _body(values: list[object]) -> dict[str, Any]:
    return {"value": values[0]} if len(values) == 1 else {"values": values}


def _notes(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What to say above parameters whose values are mappings; it is shown with secrets masked."""
    for parameter in Document(data=data).parameters:
        values = itertools.chain(
            parameter.mapping.get("values") or (), [parameter.mapping.get("value")]
        )
        example = next((value for value in values if isinstance(value, dict)), None)
        if example is not None and not parameter.nested:
            shown = hide_secrets(example, parameter.name)
            yield parameter.path, _MAPPING_NOTE.format(name=parameter.name, example=shown)
