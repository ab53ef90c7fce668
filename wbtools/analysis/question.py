"""What an audit is asked: which metric, which rule, which bar, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from wbtools.model import Metric
    from wbtools.rules.hyperband import Hyperband


class RuleStatus(StrEnum):
    """What is known of the sweep's early-termination rule."""

    KNOWN = "known"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInUse:
    """The sweep's rule as far as it is known.

    Attributes:
        settings: As written; None unless the status is `known`.
        source: In words, where it was read.
    """

    status: RuleStatus
    settings: Hyperband | None = None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that an audit needs to know beside the recording itself.

    Attributes:
        metric: The rule's metric.
        metric_source: In words, where it was read.
        metric_is_doubtful: Whether a goal is inferred, or the sweep's own is another.
        rank_by: The metric by which runs are judged; the rule's own unless the user says otherwise.
        target: The bar, if the user sets one; metric's own units.
        budget: Reports of a full run, if the user sets it.
        sweep_name: The sweep's own name, where a sweep file says.
        method: The sweep's search method, where a sweep file says.
        is_judged: False where nothing says by which metric runs are judged, and nothing has to:
            `metric` is then one that most runs logged, and only tells how far they came.
        has_command: Whether the sweep's own configuration says how its runs are started.
    """

    __repr__ = brief_repr

    metric: Metric
    metric_source: str
    rule: RuleInUse
    rank_by: Metric
    target: float | None = None
    budget: int | None = None
    sweep_name: str | None = None
    method: str | None = None
    is_judged: bool = True
    has_command: bool = False
    metric_is_doubtful: bool = False
