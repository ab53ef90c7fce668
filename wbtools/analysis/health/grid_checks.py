"""Checks of a grid: cells that were not run, and cells that were run several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.grid_coverage import CellState
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.findings import Confidence, Severity
from wbtools.model.configuration import configuration_key, tells_replicates
from wbtools.text.masking import masked_config
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.analysis.grid_coverage import GridCoverage
    from wbtools.analysis.health.check_context import CheckContext

_MOST_CELLS: Final = 5
_WRITE_THEM: Final = "wbtools expand-grid --without SWEEP --to sweep -o missing.yaml"


@check("WBD216")
def unrun_cells(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Cells of the grid were never run, or every run of theirs failed or was cut short.

    A grid ends early where its agents do, at its `run_cap`, or where it is stopped; and the engine
    does not hand out again a cell whose run crashed. What a rule stopped was run. A run lies in
    the cell whose values it has; constants do not count, for programs change them. `wbtools
    expand-grid --without SWEEP` writes a sweep, configurations or a Slurm job of the missing
    cells, and of no other.

    Bad:
        run_cap: 10
        parameters: {lr: {values: [0.1, 0.2, 0.3, 0.4]}, seed: {values: [1, 2, 3]}}    # 12 cells
    Good:
        parameters: {lr: {values: [0.1, 0.2, 0.3, 0.4]}, seed: {values: [1, 2, 3]}}
    """
    if (coverage := context.coverage) is None:
        if context.background.why_no_grid is not None:
            yield NotJudged(context.background.why_no_grid)
        return
    if not coverage.rows:
        yield NotJudged(
            f"no run lies in a cell of the grid, judged by {', '.join(coverage.cells.axes)}"
        )
        return
    cut = coverage.cells_with(CellState.CUT_SHORT)
    n_never, n_lost = coverage.n_never, len(coverage.handed_out)
    if not (n_never or n_lost or cut):
        return
    n, is_going = coverage.cells.n_cells, bool(context.going().any())
    parts = []
    if n_never:
        parts.append(f"{n_never} {_was(n_never)} {'not run yet' if is_going else 'never run'}")
    if n_lost:
        parts.append(f"{n_lost} {_was(n_lost)} taken by agents but left no run file")
    if cut:
        parts.append(f"every run of {len(cut)} failed or was cut short")
    run_cap = context.background.run_cap
    capped = run_cap is not None and run_cap < n
    command = context.background.rerun_command or _WRITE_THEM
    hint = f"`{command}` writes just these"
    yield CheckResult(
        title=f"of {count(n, 'cell')} of the grid, {'; '.join(parts)}"
        + (f" (run_cap: {run_cap})" if capped and n_never else ""),
        evidence={
            "n": n,
            "n_run": len(coverage.cells_with(CellState.RUN)),
            "n_running": len(coverage.cells_with(CellState.RUNNING)) or None,
            "n_never_run": n_never,
            "n_without_run_file": n_lost or None,
            "n_cut_short": len(cut),
            "n_runs_off_the_grid": len(coverage.off_grid) or None,
            "n_runs_without_configuration": len(coverage.without_config) or None,
            "off_grid_run_ids": [context.sweep.runs[row].id for row in coverage.off_grid],
            "never_run": _examples(coverage) if n_never else [],
            "run_ids": [context.sweep.runs[row].id for cell in cut for row in coverage.rows[cell]],
        },
        hint=f"some runs are still running; once they have ended, {hint}" if is_going else hint,
        severity=Severity.INFO if is_going and not cut else Severity.WARNING,
        confidence=Confidence.MEDIUM
        if coverage.off_grid or coverage.without_config
        else Confidence.HIGH,
    )


@check("WBD217", Severity.INFO)
def reseeded_cells(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Cells of the grid were run several times, each time with another seed.

    The seed is no axis of the grid, and the runs of a cell have different ones: replicates on
    purpose, or agents of which each drew its own. Cells that were run again with the same seed, or
    with none that was logged, are duplicates (WBD213). Runs that failed or were cut short and were
    tried again do not count.

    Bad:
        parameters: {lr: {values: [0.1, 0.2]}}    # some cells have 3 seeds, others 1
    Good:
        parameters: {lr: {values: [0.1, 0.2]}, seed: {values: [1, 2, 3]}}
    """
    if (coverage := context.coverage) is None:
        if context.background.why_no_grid is not None:
            yield NotJudged(context.background.why_no_grid)
        return
    several = [rows for cell in coverage.rows if len(rows := coverage.whole_rows(cell)) > 1]
    runs, axes = context.sweep.runs, coverage.cells.axes
    reseeded = [
        rows for rows in several if _differ_in_seed([runs[row].config for row in rows], axes)
    ]
    if not reseeded:
        return
    sizes = [len(rows) for rows in reseeded]
    yield CheckResult(
        title=f"{count(len(reseeded), 'cell')} of the grid {_was(len(reseeded))} run several times "
        f"with other seeds ({max(sizes)} runs at most)",
        evidence={
            "n": coverage.cells.n_cells,
            "n_repeated": len(several),
            "n_with_other_seeds": len(reseeded),
            "n_runs": sum(sizes),
            "groups": [[runs[row].id for row in rows] for rows in reseeded],
        },
        hint="make the seed an axis, so that every cell has as many",
    )


def _differ_in_seed(configs: list[Mapping[str, object]], axes: Mapping[str, object]) -> bool:
    """Whether no two runs of a cell have the seeds in common that lie outside the grid."""
    seeds = [
        {name: config[name] for name in config if tells_replicates(name) and name not in axes}
        for config in configs
    ]
    return all(seeds) and len(set(map(configuration_key, seeds))) == len(seeds)


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def _examples(coverage: GridCoverage) -> list[str]:
    """The first cells that were not run, each in words."""
    known = coverage.rows.keys() | coverage.handed_out
    cells = map(coverage.cells.values_of, coverage.cells.first_outside(known, _MOST_CELLS))
    return [
        " ".join(f"{name}={value}" for name, value in masked_config(cell).items()) for cell in cells
    ]
