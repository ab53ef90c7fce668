"""What the doctor knows of a sweep before it looks: read off once, for all checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.diagnose import Diagnosis, diagnose
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.grid_coverage import cover_grid
from wbtools.sweepfile.kinds import finite_number
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.grid_coverage import GridCoverage
    from wbtools.analysis.question import Question
    from wbtools.model import Curves, Sweep
    from wbtools.sweepfile.grid_cells import GridCells
    from wbtools.sweepfile.space import Axis

METHOD_UNKNOWN: Final = "the sweep's search method is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepBackground:
    """What is known of a sweep beside its recording and its question.

    Attributes:
        logged: Runs by logged name.
        n_looked_into: How many run files `logged` counts, where that is a sample; None elsewhere.
        near: Logged names that the metric's may have been meant to be, the nearest first.
        impute: What bayes takes for runs that ended badly, `worst` if nothing is written; None
            where the sweep's configuration is not known.
        space: Parameters by name as the sweep's configuration bounds them; empty where it is not
            known.
        tells_parameters: Whether runs' configurations hold parameters alone; a run table's hold
            results too.
        grid: The cells of a sweep that is a grid; None where it is none, or nothing tells.
        why_no_grid: Why nothing tells; None where it is a grid, or surely none.
        lost_configs: Configurations that agents took, and whose runs left no file.
        run_cap: After how many runs the sweep ends; None where it goes on to its end.
        rerun_command: A command line that writes the cells of the grid that are lacking; None where
            nobody typed one.
    """

    __repr__ = brief_repr

    logged: Mapping[str, int] = field(default_factory=dict)
    n_looked_into: int | None = None
    near: tuple[str, ...] = ()
    impute: str | None = None
    space: Mapping[str, Axis] = field(default_factory=dict)
    tells_parameters: bool = True
    grid: GridCells | None = None
    why_no_grid: str | None = METHOD_UNKNOWN
    lost_configs: tuple[Mapping[str, object], ...] = ()
    run_cap: int | None = None
    rerun_command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """Everything that checks look at.

    Attributes:
        diagnosis: None where nothing says which metric the sweep was judged by.
        coverage: Of a grid; None where the sweep is none, or nothing tells.
    """

    __repr__ = brief_repr

    sweep: Sweep
    background: SweepBackground
    diagnosis: Diagnosis | None
    coverage: GridCoverage | None

    @property
    def n_runs(self) -> int:
        """Runs of the sweep."""
        return len(self.sweep.runs)

    @property
    def curves(self) -> Curves | None:
        """The metric's curves; None without a metric, or in a run table."""
        return None if self.diagnosis is None else self.diagnosis.curves

    def why_no_curves(self) -> str:
        """Why there are none, in words."""
        if self.diagnosis is None:
            return "nothing says which metric the sweep was judged by (pass --metric and --goal)"
        return "the source holds no curves"

    def in_summary_alone(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that never reported a finite value, and whose summary holds one."""
        if self.diagnosis is None or self.curves is None:
            return np.zeros(self.n_runs, dtype=bool)
        name = self.diagnosis.question.metric.name
        held = [finite_number(run.summary.get(name)) for run in self.sweep.runs]
        return np.asarray((self.curves.n_reports == 0) & np.isfinite(held), dtype=bool)

    def at_least(self) -> str:
        """What to write before a number of reports, which curves that lack rows do not tell."""
        return "" if self.curves is None or self.curves.complete else "at least "

    def ended_badly(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that failed or crashed, and were not stopped by a rule."""
        if self.diagnosis is not None:
            return self.diagnosis.came_to(Completion.FAILED)
        return np.array([run.state.has_failed for run in self.sweep.runs], dtype=bool)

    def going(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that may still be at work."""
        going = np.array([run.state.is_going for run in self.sweep.runs], dtype=bool)
        return (
            going if self.diagnosis is None else going | self.diagnosis.came_to(Completion.RUNNING)
        )

    def named(self, rows: NDArray[np.bool_]) -> list[str]:
        """Ids of some runs.

        Args:
            rows: `bool [N]`.
        """
        return [self.sweep.runs[row].id for row in np.flatnonzero(rows).tolist()]


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def check_context(
    sweep: Sweep, question: Question | None, background: SweepBackground
) -> CheckContext:
    """Read off what all checks look at.

    Args:
        sweep: With the curves of the question's metric, or without any curve.
        question: None where nothing says what the sweep was judged by.
        background: What else is known.
    """
    diagnosis = None if question is None else diagnose(sweep, question)
    grid = background.grid
    return CheckContext(
        sweep=sweep,
        background=background,
        diagnosis=diagnosis,
        coverage=None
        if grid is None
        else cover_grid(grid, sweep, diagnosis, background.lost_configs),
    )
