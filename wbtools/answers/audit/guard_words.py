"""The stops of `wbtools guard` in sentences: how many, where, and on what it decided."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.words import rule_scale_of, unit_of
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page


def guard_summary(audit: Audit) -> str:
    """How many runs the guard stopped, and by which rule; empty without one."""
    rows = _stopped(audit)
    if not rows:
        return ""
    rules = {row.guard_stop.rule for row in rows if row.guard_stop is not None}
    by = f" by {sanitize(*rules, limit=0)}" if len(rules) == 1 else ""
    by = f" by {len(rules)} rules" if len(rules) > 1 else by
    return f"wbtools guard stopped {count(len(rows), 'run')}{by}"


def guard_places(audit: Audit) -> list[str]:
    """The guard's stops by how far the runs had come, as in `by wbtools guard at epoch 10: 5`."""
    rows = _stopped(audit)
    places = Counter(row.guard_stop.n_reports for row in rows if row.guard_stop is not None)
    n_without = sum(row.guard_stop is None for row in rows)
    words: list[str] = []
    for n, n_runs in sorted(places.items()):
        at = guard_place(audit, n) if not words else guard_place(audit, n).partition(" ")[2]
        words.append(f"at {at}: {n_runs}")
    if words:
        words[0] = f"by wbtools guard {words[0]}"
    if n_without:
        words.append(f"by wbtools guard, whose journal is elsewhere: {n_without}")
    return words


def guard_place(audit: Audit, n_reports: int) -> str:
    """`epoch 5`, or `report 10` where reports are not told in epochs."""
    unit, place = unit_of(audit.budget), audit.budget.in_units(n_reports)
    return f"report {n_reports}" if unit is None or place is None else f"{unit} {place:g}"


def write_guard_stop(page: Page, audit: Audit, row: RunAudit) -> None:
    """Write on what a guard decided to stop a run; nothing without a decision."""
    decision = row.guard_stop
    if decision is None:
        return
    page.heading("What the guard saw")
    value, threshold = rule_scale_of(audit).apart(decision.value, decision.threshold)
    compared = ["no value" if decision.value is None else f"value {value}"]
    if decision.threshold is not None:
        compared.append(f"threshold {threshold}")
    if decision.threshold is not None and decision.n_peers:
        compared.append(f"by the values of {count(decision.n_peers, 'run')}, this one included")
    where = f"report {decision.n_reports}"
    place = guard_place(audit, decision.n_reports)
    where += "" if place == where else f" ({place})"
    band = f", band {decision.band}" if decision.band else ""
    when = f"{decision.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    asked = f"; W&B was asked {decision.n_asked} times" if decision.n_asked > 1 else ""
    part = "" if decision.by == decision.rule else f"; {sanitize(decision.by, limit=0)} decided"
    page.points(
        f"Rule: {sanitize(decision.rule, limit=0)}{part}.",
        f"At {where} of {sanitize(decision.metric)}{band}: {', '.join(compared)}.",
        f"Decided at {when}{asked}.",
    )


def _stopped(audit: Audit) -> list[RunAudit]:
    return [row for row in audit.rows if row.termination.cause is Cause.GUARD]
