"""A grid's configurations or sweeps as the answer of `expand-grid` has them, secrets masked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wbtools.answers.expand_grid.answer import ExpandGridAnswer, GridAxis, GridCell, SweepOfCells
from wbtools.text.masking import masked_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.app.lacking_cells import LackingCells
    from wbtools.app.make_grid import ExpandedGrid
    from wbtools.sweepfile.grid import GridSpec


def expand_grid_answer(expanded: ExpandedGrid, *, show_secrets: bool = False) -> ExpandGridAnswer:
    """The answer about configuration files and the job that runs them, or about W&B's sweeps."""
    files, folder, sweeps, job = expanded.files, expanded.folder, expanded.sweeps, expanded.job
    lacking = expanded.lacking
    masked = partial(masked_config, show_secrets=show_secrets, exact=True)
    found = _of_grid(expanded.spec, lacking, show_secrets=show_secrets)
    if sweeps is not None:
        found |= {
            "target": "sweep",
            "sweeps": tuple(
                SweepOfCells(place=place, text=text, n_runs=n_runs)
                for place, (text, n_runs) in enumerate(
                    zip(sweeps.texts, sweeps.sizes, strict=True), start=1
                )
            ),
            "cells": tuple(
                GridCell(config=masked(config), lacking=_lacking(lacking, config))
                for config in sweeps.configs
            ),
        }
    elif files is not None and folder is not None:
        found |= {
            "target": "configs" if job is None else "slurm",
            "folder": str(folder),
            "n_excluded": files.n_excluded,
            "n_collapsed": files.n_collapsed,
            "n_passed_over": files.n_passed_over,
            "n_gone": files.n_gone,
            "files": files.files,
            "job": None if job is None else str(job),
            "n_tasks": None if job is None else job.n_tasks,
            "cells": tuple(
                GridCell(
                    config=masked(each.config),
                    number=each.number,
                    name=each.name,
                    file=str(folder / f"{each.name}.yaml"),
                    is_new=each.number not in files.numbered_before,
                    lacking=_lacking(lacking, each.config),
                )
                for each in files.configs
            ),
        }
    return ExpandGridAnswer(**found, remarks=expanded.remarks)


def _of_grid(spec: GridSpec, lacking: LackingCells | None, *, show_secrets: bool) -> dict[str, Any]:
    """What the answer says of the grid, whatever is written."""
    group_of = {name: group for group in spec.zipped for name in group}
    masked = partial(masked_config, show_secrets=show_secrets, exact=True)
    return {
        "grid": spec.prefix,
        "axes": tuple(
            GridAxis(
                name=name,
                values=tuple(masked({name: value})[name] for value in values),
                zipped_with=tuple(other for other in group_of.get(name, ()) if other != name),
            )
            for name, values in spec.axes.items()
        ),
        "shared": masked({name: v for name, v in spec.base.items() if name not in spec.axes}),
        "constraints": tuple(
            constraint.text if show_secrets else constraint.shown for constraint in spec.constraints
        ),
        "without": None if lacking is None else lacking.reference,
        "n_cells": spec.n_cells,
    }


def _lacking(lacking: LackingCells | None, config: Mapping[str, Any]) -> str | None:
    return None if lacking is None else lacking.kind_of(config)
