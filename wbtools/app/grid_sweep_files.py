"""Write a grid as W&B sweeps, with the comments of the sweep file that it is."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.app.check_output import check_output
from wbtools.app.expand_grid import read_grid_text
from wbtools.sweepfile.draft import Draft, read_draft, write_draft
from wbtools.sweepfile.grid_expansion import IrrelevanceRule, expand
from wbtools.sweepfile.grid_sweeps import grid_sweeps
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wbtools.sweepfile.grid import GridSpec
    from wbtools.sweepfile.grid_sweeps import GridSweep

_WIDTH: Final = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSweeps:
    """A grid as W&B sweeps.

    Attributes:
        texts: Sweep files, of which each is a whole product.
        configs: The configurations that they run together.
        sizes: Runs that each makes.
        n_cells: Cells of the full product, before constraints and whatever else leaves some out.
        remarks: What the user should know of them.
    """

    texts: tuple[str, ...]
    configs: tuple[Mapping[str, Any], ...]
    sizes: tuple[int, ...]
    n_cells: int
    remarks: tuple[str, ...]

    @property
    def n_runs(self) -> int:
        """Runs that they make together."""
        return sum(self.sizes)


def write_sweeps(
    spec: GridSpec,
    program: str | None,
    inert: Sequence[IrrelevanceRule] = (),
    *,
    path: Path | None = None,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _config: True,
    head: Sequence[str] = (),
) -> WrittenSweeps:
    """Write a grid as W&B sweeps: one where its configurations are a product, else several.

    Args:
        spec: The grid.
        program: What the sweeps start; None for what the grid's own sweep starts, or train.py.
        inert: What makes configurations equivalent.
        path: The sweep file that the grid is, whose comments are kept.
        wanted: Which configurations are to be run.
        head: More comment lines above all else.

    Raises:
        UsageError: They are too far from a product, or W&B would refuse the sweeps.
        DataError: There are too many.
    """
    expansion = expand(spec, inert)
    configs = [config for config in expansion.configs if wanted(config)]
    sweeps = grid_sweeps(spec, configs, program) if configs else []
    n_runs = sum(sweep.n_cells for sweep in sweeps)
    texts, remarks = [], []
    for place, sweep in enumerate(sweeps, start=1):
        crossed = [
            f"A grid of {count(sweep.n_cells, 'run')}; W&B crosses the axes in the order of their",
            "names, several agents share it.",
        ]
        if len(sweeps) > 1:
            crossed.append(
                f"Sweep {place} of {len(sweeps)}: the {n_runs} cells are not a full product."
            )
        text = write_draft(_draft(sweep, path if spec.sweep is not None else None, head, crossed))
        texts.append(text)
        remarks += [f"{'.'.join(map(str, at[1::2]))}: {why}" for at, why in sweep.notes.items()]
        remarks += check_output(text, "the sweep")
        if sweep.run_cap is not None:
            remarks.append(f"run_cap: {sweep.run_cap} was left out: it would end the sweep early")
    return WrittenSweeps(
        texts=tuple(texts),
        configs=tuple(configs),
        sizes=tuple(sweep.n_cells for sweep in sweeps),
        n_cells=spec.n_cells,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _draft(
    sweep: GridSweep, path: Path | None, head: Sequence[str], crossed: Sequence[str]
) -> Draft:
    """The sweep with its comments, and those of the file that it is a part of."""
    draft = (
        Draft(data={}) if path is None else read_draft(read_grid_text(path, "").encode(), str(path))
    )
    notes = {at: [*lines] for at, lines in draft.notes.items()}
    for at, why in sweep.notes.items():
        notes[at] = [*notes.get(at, []), *textwrap.wrap(why, _WIDTH)]
    return Draft(data=sweep.data, head=[*draft.head, *head, *crossed], notes=notes)
