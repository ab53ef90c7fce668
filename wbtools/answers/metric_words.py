"""A metric and which way is up, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model.metric import INFERRED
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.model import Metric


def goal_words(metric: Metric) -> str:
    """Such as `maximize val/acc`, with a word where nobody said the goal."""
    inferred = f" (goal {INFERRED})" if metric.goal_is_inferred else ""
    return f"{metric.goal} {sanitize(metric.name)}{inferred}"
