"""wbtools: audit, rescue and rerun Weights & Biases sweeps.

    import wbtools as wb

    audit = wb.audit("path/to/project")
    wb.plot(audit)
    wb.rank("entity/project/ab12cd34").rows

Every command of the command line is a function, with the command's options as keywords. The names
are loaded when they are first used: `import wbtools` alone loads neither NumPy nor pandas nor
matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.comparison import Comparison
    from wbtools.analysis.health import Examination
    from wbtools.analysis.importance import Importance
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.simulation.simulate import Simulation
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.lint_files import Linted
    from wbtools.app.make_grid import ExpandedGrid
    from wbtools.app.make_sweep import MadeSweep
    from wbtools.app.replicate import Replicated
    from wbtools.archive import Fetched
    from wbtools.errors import DataError, SignInError, UsageError, WbtoolsError
    from wbtools.findings import Confidence, Finding, Severity
    from wbtools.library.audits import audit, plot
    from wbtools.library.checks import doctor, lint
    from wbtools.library.comparisons import compare, rank
    from wbtools.library.parameters import importance
    from wbtools.library.replications import replicate, verify
    from wbtools.library.simulations import forecast, simulate
    from wbtools.library.sweep_files import expand_grid, make_sweep
    from wbtools.library.sweeps import fetch, load_sweep, to_frame
    from wbtools.model import Curves, Goal, Metric, Run, RunState, Sweep, SweepRef
    from wbtools.model.forecast import Forecast
    from wbtools.model.interval import Interval
    from wbtools.planning.slurm import SlurmOptions

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "Comparison",
    "Confidence",
    "Curves",
    "DataError",
    "Examination",
    "ExpandedGrid",
    "Fetched",
    "Finding",
    "Forecast",
    "Goal",
    "Importance",
    "Interval",
    "Linted",
    "MadeSweep",
    "Metric",
    "Ranking",
    "Replicated",
    "Run",
    "RunAudit",
    "RunState",
    "Severity",
    "SignInError",
    "Simulation",
    "SlurmOptions",
    "Sweep",
    "SweepRef",
    "UsageError",
    "Verification",
    "WbtoolsError",
    "audit",
    "compare",
    "doctor",
    "expand_grid",
    "fetch",
    "forecast",
    "importance",
    "lint",
    "load_sweep",
    "make_sweep",
    "plot",
    "rank",
    "replicate",
    "simulate",
    "to_frame",
    "verify",
]

_HOMES = {
    "analysis.audit": ("Audit", "RunAudit"),
    "analysis.comparison": ("Comparison",),
    "analysis.health": ("Examination",),
    "analysis.importance": ("Importance",),
    "analysis.ranking.ranking": ("Ranking",),
    "analysis.simulation.simulate": ("Simulation",),
    "analysis.verification.outcome": ("Verification",),
    "archive": ("Fetched",),
    "app.lint_files": ("Linted",),
    "app.make_grid": ("ExpandedGrid",),
    "app.make_sweep": ("MadeSweep",),
    "app.replicate": ("Replicated",),
    "errors": ("DataError", "SignInError", "UsageError", "WbtoolsError"),
    "findings": ("Confidence", "Finding", "Severity"),
    "library.audits": ("audit", "plot"),
    "library.checks": ("doctor", "lint"),
    "library.comparisons": ("compare", "rank"),
    "library.parameters": ("importance",),
    "library.replications": ("replicate", "verify"),
    "library.simulations": ("forecast", "simulate"),
    "library.sweep_files": ("expand_grid", "make_sweep"),
    "library.sweeps": ("fetch", "load_sweep", "to_frame"),
    "model": ("Curves", "Goal", "Metric", "Run", "RunState", "Sweep", "SweepRef"),
    "model.forecast": ("Forecast",),
    "model.interval": ("Interval",),
    "planning.slurm": ("SlurmOptions",),
}
"""Where each public name is loaded from, as above for who reads types."""

if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
                return value
        msg = f"module {__name__!r} has no attribute {name!r}"
        if not name.startswith("_"):
            from difflib import get_close_matches  # noqa: PLC0415 - `import wbtools` is light

            near = get_close_matches(name, __all__, n=1)
            msg += f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(msg, name=name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
