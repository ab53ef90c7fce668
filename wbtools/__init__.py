"""wbtools: audit, rescue and rerun Weights & Biases sweeps.

    import wbtools as wb

    audit = wb.audit("path/to/project")
    audit.plot()
    wb.rank("entity/project/ab12cd34").to_frame()

Every command of the command line is a function, with the command's options as keywords, and gives
the command's answer: a page in a notebook, `.to_dict()`, `.to_frame()`, and all that was found as
attributes. The names are loaded when they are first used: `import wbtools` alone loads neither
NumPy nor pandas nor matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.analysis.audit import RunAudit
    from wbtools.answers.answer import Answer
    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.config.answer import ConfigAnswer
    from wbtools.answers.doctor.answer import DoctorAnswer
    from wbtools.answers.expand_grid.answer import ExpandGridAnswer
    from wbtools.answers.fetch.answer import FetchAnswer
    from wbtools.answers.forecast.answer import ForecastAnswer
    from wbtools.answers.guard.answer import GuardAnswer
    from wbtools.answers.importance.answer import ImportanceAnswer
    from wbtools.answers.lint.answer import LintAnswer
    from wbtools.answers.make_sweep.answer import MakeSweepAnswer
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.replicate.answer import ReplicateAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.simulate.answer import SimulateAnswer
    from wbtools.answers.verify.answer import VerifyAnswer
    from wbtools.archive import Fetched
    from wbtools.errors import DataError, SignInError, UsageError, WbtoolsError
    from wbtools.findings import Confidence, Finding, Severity
    from wbtools.library.audits import audit
    from wbtools.library.checks import doctor, lint
    from wbtools.library.comparisons import compare, rank
    from wbtools.library.figures import plot
    from wbtools.library.guarding import guard
    from wbtools.library.parameters import importance
    from wbtools.library.project import config
    from wbtools.library.replications import replicate, verify
    from wbtools.library.reports import report
    from wbtools.library.simulations import forecast, simulate
    from wbtools.library.sweep_files import expand_grid, make_sweep
    from wbtools.library.sweeps import fetch, load_sweep, to_frame
    from wbtools.model import Curves, Goal, Metric, Run, RunState, Sweep, SweepRef
    from wbtools.model.interval import Interval
    from wbtools.planning.slurm import SlurmOptions

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AuditAnswer",
    "CompareAnswer",
    "Confidence",
    "ConfigAnswer",
    "Curves",
    "DataError",
    "DoctorAnswer",
    "ExpandGridAnswer",
    "FetchAnswer",
    "Fetched",
    "Finding",
    "ForecastAnswer",
    "Goal",
    "GuardAnswer",
    "ImportanceAnswer",
    "Interval",
    "LintAnswer",
    "MakeSweepAnswer",
    "Metric",
    "RankAnswer",
    "ReplicateAnswer",
    "Run",
    "RunAudit",
    "RunState",
    "Severity",
    "SignInError",
    "SimulateAnswer",
    "SlurmOptions",
    "Sweep",
    "SweepRef",
    "SweepReport",
    "UsageError",
    "VerifyAnswer",
    "WbtoolsError",
    "audit",
    "compare",
    "config",
    "doctor",
    "expand_grid",
    "fetch",
    "forecast",
    "guard",
    "importance",
    "lint",
    "load_sweep",
    "make_sweep",
    "plot",
    "rank",
    "replicate",
    "report",
    "simulate",
    "to_frame",
    "verify",
]

_HOMES = {
    "analysis.audit": ("RunAudit",),
    "answers.answer": ("Answer",),
    "answers.audit.answer": ("AuditAnswer",),
    "answers.compare.answer": ("CompareAnswer",),
    "answers.config.answer": ("ConfigAnswer",),
    "answers.doctor.answer": ("DoctorAnswer",),
    "answers.expand_grid.answer": ("ExpandGridAnswer",),
    "answers.fetch.answer": ("FetchAnswer",),
    "answers.forecast.answer": ("ForecastAnswer",),
    "answers.guard.answer": ("GuardAnswer",),
    "answers.importance.answer": ("ImportanceAnswer",),
    "answers.lint.answer": ("LintAnswer",),
    "answers.make_sweep.answer": ("MakeSweepAnswer",),
    "answers.rank.answer": ("RankAnswer",),
    "answers.replicate.answer": ("ReplicateAnswer",),
    "answers.report.report": ("SweepReport",),
    "answers.simulate.answer": ("SimulateAnswer",),
    "answers.verify.answer": ("VerifyAnswer",),
    "archive": ("Fetched",),
    "errors": ("DataError", "SignInError", "UsageError", "WbtoolsError"),
    "findings": ("Confidence", "Finding", "Severity"),
    "library.audits": ("audit",),
    "library.checks": ("doctor", "lint"),
    "library.comparisons": ("compare", "rank"),
    "library.figures": ("plot",),
    "library.guarding": ("guard",),
    "library.parameters": ("importance",),
    "library.project": ("config",),
    "library.replications": ("replicate", "verify"),
    "library.reports": ("report",),
    "library.simulations": ("forecast", "simulate"),
    "library.sweep_files": ("expand_grid", "make_sweep"),
    "library.sweeps": ("fetch", "load_sweep", "to_frame"),
    "model": ("Curves", "Goal", "Metric", "Run", "RunState", "Sweep", "SweepRef"),
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
