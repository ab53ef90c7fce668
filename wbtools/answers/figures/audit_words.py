"""What the figures of an audit say in words, and how its runs look: the same in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.audit.gem_words import (
    beyond_the_bar,
    is_beyond_the_bar,
    is_prior,
    run_to_repeat,
)
from wbtools.answers.audit.run_verdict import run_verdict
from wbtools.answers.audit.unrankable_words import is_unrankable
from wbtools.answers.audit.words import POSSIBLE, RunNames, bar_reference, scale_of, title_parts
from wbtools.answers.figures.run_kind import RunKind, kind_of
from wbtools.text.numbers import count, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit

MOST_GEMS: Final = 3
"""The likeliest of the stopped runs, which carry their number."""
_PROMISING: Final = 0.5
_LONGEST: Final = 100


def setting_of(audit: Audit) -> str:
    """The sweep, how its runs ended, its metric and rule: what stands below a title in grey."""
    *names, settings, ends = title_parts(audit)
    return " · ".join(sanitize(part, limit=_LONGEST) for part in (*names, ends, settings))


def best_of(metric: str) -> str:
    """What runs are shown by, such as `best val/acc`; a metric's own name may say so already."""
    return metric if metric.lower().startswith("best") else f"best {metric}"


def finding_of(audit: Audit, run: RunAudit | None = None) -> str:
    """Who stopped how many runs, and whether one of them was a gem; or what became of one run."""
    names = RunNames(audit)
    if run is not None:
        words = f"{names.of(run.run.id)}: {run_verdict(audit, run, names)}"
        return f"{words[0].upper()}{words[1:]}"
    return "; ".join(filter(None, (_stops(audit), gem_finding(audit))))


def _stops(audit: Audit) -> str:
    """Such as `Hyperband stopped 32 of 36 runs`."""
    n = count(len(audit.rows), "run")
    for cause, whom in ((Cause.HYPERBAND, "Hyperband"), (Cause.GUARD, "wbtools guard")):
        if stopped := audit.count(cause):
            return f"{whom} stopped {stopped} of {n}"
    ends = audit.n_by_completion()
    if ends[Completion.CENSORED]:
        were = "was" if ends[Completion.CENSORED] == 1 else "were"
        return f"{ends[Completion.CENSORED]} of {n} {were} cut short"
    if ends[Completion.FULL] == len(audit.rows):
        return f"All {n} ran their course" if len(audit.rows) > 1 else "The one run ran its course"
    if ends[Completion.RUNNING]:
        are = "is" if ends[Completion.RUNNING] == 1 else "are"
        return f"{ends[Completion.RUNNING]} of {n} {are} still running"
    if ends[Completion.UNKNOWN]:
        n_unknown = ends[Completion.UNKNOWN]
        whom = f"the {n}" if n_unknown == len(audit.rows) else f"{n_unknown} of {n}"
        return f"Nothing says how {whom} ended"
    return f"{ends[Completion.FULL] or 'None'} of {n} ran to the end"


def gem_finding(audit: Audit) -> str:
    """Whether a stopped run would have won; where none was stopped, which run is the best."""
    names, scale = RunNames(audit), scale_of(audit)
    above = [row for row in beyond_the_bar(audit) if row.completion is not Completion.RUNNING]
    if above:
        bar = bar_reference(audit, names, scale, against=above[0].best)
        return f"{names.of_all(above)} had already beaten {bar}"
    if not audit.outcome.n_candidates:
        return _best(audit, names)
    if audit.incumbent is None:
        return "none completed, so there is no bar to beat"
    row = run_to_repeat(audit) or next(iter(audit.gems), None)
    if row is None or audit.outcome.cannot_rank or is_prior(row) or row.projection is None:
        return "which would have won cannot be told"
    bar = bar_reference(audit, names, scale, against=row.best)
    chance, whom = probability(row.projection.p_gem), names.of(row.run.id)
    if row.projection.p_gem < POSSIBLE:
        return f"the likeliest gem, {whom}, would have beaten {bar} with a chance of {chance}"
    return f"with a chance of {chance}, {whom} would have beaten {bar}"


def _best(audit: Audit, names: RunNames) -> str:
    best = next((row for row in audit.rows if row.rank == 1), None)
    if best is None:
        return ""
    return f"the best is {names.of(best.run.id)} with {scale_of(audit).show(best.best)}"


def chance_of(audit: Audit, row: RunAudit) -> str:
    """Its chance of beating the bar, had it gone on: `47 %`; empty where none can be given."""
    if row.projection is None or is_prior(row) or is_unrankable(audit, row):
        return ""
    if is_beyond_the_bar(audit, row):
        return "has beaten it"
    return probability(row.projection.p_gem)


def kinds_of(audit: Audit, run: RunAudit | None = None) -> dict[str, RunKind]:
    """How each run is drawn, by its id: the run that is asked for stands out, else likely gems."""
    gems = _highlighted(audit) if run is None else set()
    kinds = {row.run.id: RunKind.GEM if row.run.id in gems else kind_of(row) for row in audit.rows}
    if run is not None:
        kinds[run.run.id] = RunKind.CHOSEN
    return kinds


def named_runs(audit: Audit, run: RunAudit | None = None) -> list[RunAudit]:
    """The runs that carry their number: the one that is asked for, or the likeliest gems.

    The run that the title names for repeating is always one of them.
    """
    if run is not None:
        return [run]
    repeated = run_to_repeat(audit)
    first = list(audit.gems[:MOST_GEMS])
    if repeated is None or any(row.run.id == repeated.run.id for row in first):
        return first
    return [*first[: MOST_GEMS - 1], repeated]


def _highlighted(audit: Audit) -> set[str]:
    """The few stopped runs that are, or are likelier than not, gems."""
    above = {row.run.id for row in beyond_the_bar(audit)}
    promising = [
        row.run.id
        for row in audit.gems
        if row.run.id in above
        or (row.projection and not is_prior(row) and row.projection.p_gem >= _PROMISING)
    ]
    return set(promising[:MOST_GEMS])
