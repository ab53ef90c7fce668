"""The doctor: what quietly went wrong in a sweep, from what was recorded of it.

A check is one small function in a room of its family; its docstring is its manual page, with a bad
and a good example. What cannot be judged is said, with the reason.
"""

from wbtools.analysis.health.check_context import CheckContext, SweepBackground, check_context
from wbtools.analysis.health.runner import CHECKS, Examination, Unjudged, examine

__all__ = [
    "CHECKS",
    "CheckContext",
    "Examination",
    "SweepBackground",
    "Unjudged",
    "check_context",
    "examine",
]
