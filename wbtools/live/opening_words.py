"""What a guard says at its start: which metric and which rule hold, and what they cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.question import RuleStatus
from wbtools.rules.none import NoRule
from wbtools.rules.until_guard import UntilGuard
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look
    from wbtools.model import GuardSession


_LONGEST_NAME = 200


def opening_words(
    look: Look, options: GuardOptions, last_guard: GuardSession | None
) -> Iterator[str]:
    """By what runs are judged, whether any is stopped, and who else stops them.

    Args:
        look: The first one.
        options: What is to be done.
        last_guard: The guard of this sweep that began last, if there was one.
    """
    question, own = look.question, look.question.rule
    name = sanitize(question.metric.name, limit=_LONGEST_NAME)
    yield f"metric: {name}, {question.metric.goal} ({question.metric_source})"
    was_killed = last_guard is not None and last_guard.acts and last_guard.ended_at is None
    if options.acts and last_guard is not None and was_killed:
        yield (
            f"the guard that began at {last_guard.began_at:%Y-%m-%d %H:%M} UTC was killed: what it "
            "left open is settled now"
        )
    if isinstance(options.rule, NoRule):
        return
    acts = "runs are stopped" if options.acts else "dry run: nothing is stopped"
    every = "" if options.once else f"; a look every {options.poll_s:g} s"
    yield f"rule: {options.rule}; {acts}{every}"
    if look.is_over:
        yield "the sweep is over: none of its runs is at work"
    if not options.watches and own.status is RuleStatus.KNOWN:
        yield (
            f"W&B has an early_terminate of its own for this sweep ({own.settings}), and stops "
            "runs by it whatever this rule says: both act"
        )
    elif not options.watches and own.status is RuleStatus.UNKNOWN:
        yield f"whether W&B stops runs of this sweep too is not known: {own.source}"
    if _projects_in_vain(look, options):
        yield (
            "no run has completed yet: until one has, nothing is projected, and projected(...) "
            "spares nobody; until(RULE,runs=1) waits for it"
        )


def _projects_in_vain(look: Look, options: GuardOptions) -> bool:
    """Whether the rule projects, no run has completed, and nothing in the rule waits for it."""
    if not options.rule.projects:
        return False
    waits = any(isinstance(part, UntilGuard) for part in options.rule.parts)
    return not waits and (look.diagnosis is None or not look.diagnosis.full.any())
