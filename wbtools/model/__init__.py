"""The nouns that every floor speaks: frozen, checked where they are made, free of I/O."""

from wbtools.model.curves import Curves, Series
from wbtools.model.metric import Goal, Metric
from wbtools.model.run import Run, RunState, Sweep, SweepRef
from wbtools.model.view import Policy, SweepView, Verdict

__all__ = [
    "Curves",
    "Goal",
    "Metric",
    "Policy",
    "Run",
    "RunState",
    "Series",
    "Sweep",
    "SweepRef",
    "SweepView",
    "Verdict",
]
