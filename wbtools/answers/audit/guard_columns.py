"""What `wbtools guard` saw when it asked W&B to stop a run, as data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from wbtools.answers.columns import Column

if TYPE_CHECKING:
    from wbtools.model import GuardDecision

GUARD_STOP: Final[tuple[Column[GuardDecision], ...]] = (
    Column(
        "guard_rule",
        str | None,
        "The rule by which `wbtools guard` asked W&B to stop the run; null where no journal of a "
        "guard says that it did.",
        of="rule",
    ),
    Column("guard_decided_by", str | None, "The part of that rule that decided.", of="by"),
    Column("guard_decided_at", datetime | None, "When the guard decided.", of="decided_at"),
    Column(
        "guard_reports",
        int | None,
        "Finite reports that the run had made when the guard decided.",
        of="n_reports",
    ),
    Column(
        "guard_band",
        int | None,
        "Band at which the guard decided, in reports; 0 if its rule has none.",
        of="band",
    ),
    Column("guard_value", float | None, "What the guard compared.", of="value"),
    Column("guard_threshold", float | None, "What the guard compared it with.", of="threshold"),
    Column(
        "guard_n_peers",
        int | None,
        "Runs whose values set the guard's threshold, the run itself included.",
        of="n_peers",
    ),
)
