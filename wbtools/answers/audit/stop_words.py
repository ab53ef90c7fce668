"""Why the runs ended, in sentences: what the rule explains, and the stops by their bands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import PERHAPS_BY_RULE, Cause, Completion, Decision
from wbtools.analysis.question import RuleStatus
from wbtools.answers.audit.guard_words import guard_places, guard_summary
from wbtools.answers.audit.words import unit_of
from wbtools.answers.termination_words import cause_words
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.explain import RuleFit
    from wbtools.answers.audit.words import RunNames

_STOPS = (Decision.STOP, Decision.AMBIGUOUS)
_TOLD_ELSEWHERE = {
    *(Cause.COMPLETED, Cause.RUNNING, Cause.UNKNOWN),  # counted in the page's second line
    *(Cause.HYPERBAND, Cause.GUARD, Cause.UNEXPLAINED),
}


def fit_words(audit: Audit, names: RunNames) -> str:
    """What the guard stopped, and how many of the other stops the rule of W&B explains."""
    guarded = guard_summary(audit)
    if guarded and audit.question.rule.status is RuleStatus.NONE:
        return guarded
    return "; ".join(filter(None, [guarded, _fit_words(audit, names)]))


def _fit_words(audit: Audit, names: RunNames) -> str:
    """How many of the stops the rule explains, in the mode that is used."""
    rule, fit = audit.verdicts.rule, _fits(audit)[0]
    if rule is None or fit is None:
        return sanitize(audit.verdicts.why_not or "no rule could be judged", limit=0)
    if not fit.n_stops:
        full = [row for row in audit.rows if row.completion is Completion.FULL]
        verdicts = [row.explanation.judged(strict=rule.strict) for row in full if row.explanation]
        n_contradicted = sum(verdict.ruling is Decision.STOP for verdict in verdicts)
        spared = f"{n_contradicted} of {count(len(full), 'completed run')}"
        though = f", though the rule would have stopped {spared}" if n_contradicted else ""
        return f"there is no stop to explain{though}"
    words = [f"the rule explains {fit.n_explained} of {count(fit.n_stops, 'stop')}"]
    if fit.n_ambiguous:
        depends = "depends" if fit.n_ambiguous == 1 else "depend"
        rows = [row for row in audit.rows if _is_ambiguous(row, strict=rule.strict)]
        which = f" ({names.of_all(rows)})" if len(rows) == fit.n_ambiguous else ""
        words.append(f"{fit.n_ambiguous}{which} {depends} on when W&B looked")
    left = fit.n_stops - fit.n_explained - fit.n_ambiguous
    if left:
        words.append(f"{left} it does not explain")
    return "; ".join(words)


def mode_words(audit: Audit) -> str:
    """Which strict mode is used and why, and what the other one explains; empty without a rule."""
    rule, (used, other) = audit.verdicts.rule, _fits(audit)
    if rule is None or used is None or other is None:
        return ""
    mode, others = ("strict", "lenient") if rule.strict else ("lenient", "strict")
    why = "as written" if audit.verdicts.strict_written is not None else "though not written"
    if not used.n_stops:
        return f"mode: {mode}, {why}"
    explained = f"{other.n_explained} of {count(other.n_stops, 'stop')}"
    return f"mode: {mode}, {why} ({others} explains {explained})"


def _fits(audit: Audit) -> tuple[RuleFit | None, RuleFit | None]:
    """How much the mode that is used explains, and the other one."""
    fits = audit.strict_fit, audit.lenient_fit
    rule = audit.verdicts.rule
    return fits if rule is None or rule.strict else fits[::-1]


def _is_ambiguous(row: RunAudit, *, strict: bool) -> bool:
    if row.termination.cause not in PERHAPS_BY_RULE or row.explanation is None:
        return False
    return row.explanation.judged(strict=strict).ruling is Decision.AMBIGUOUS


def stops_words(audit: Audit, names: RunNames) -> list[str]:
    """The stops by the band at which they came, and who ended for another reason."""
    rule = audit.verdicts.rule
    bands: Counter[int] = Counter()
    places: dict[int, float | None] = {}
    n_without = n_unexplained = 0
    for row in audit.rows:
        if row.termination.cause is not Cause.HYPERBAND:
            continue
        if rule is None or row.explanation is None or row.explanation.band is None:
            n_without += 1
            continue
        if row.explanation.judged(strict=rule.strict).ruling not in _STOPS:
            n_unexplained += 1
            continue
        bands[row.explanation.band] += 1
        places[row.explanation.band] = row.explanation.band_epoch
    unit = unit_of(audit.budget)
    in_units = unit is not None and None not in places.values()
    words = [
        f"at {places[band]:g}: {n}" if in_units else f"at {band}: {n}"
        for band, n in sorted(bands.items())
    ]
    if words:
        word = unit if in_units else "report"
        words[0] = f"stopped by the band {words[0].replace('at ', f'at {word} ', 1)}"
    if n_without:
        words.append(f"by Hyperband, at a band that is not known: {n_without}")
    if n_unexplained:
        words.append(f"by Hyperband by other signs, at a band that is not known: {n_unexplained}")
    words += guard_places(audit)
    for cause in Cause:
        rows = [row for row in audit.rows if row.termination.cause is cause]
        if rows and cause not in _TOLD_ELSEWHERE:
            words.append(f"{cause_words(cause)}: {names.of_all(rows)}")
    return words


def guess_words(audit: Audit) -> str | None:
    """The settings that would explain the stops, where the rule is not known."""
    guess = audit.guess
    if guess is None:
        return None
    words = (
        f"{sanitize(guess.settings)} would explain {guess.n_explained} of "
        f"{count(guess.n_stops, 'stop')}"
    )
    if guess.n_others:
        words += f" and contradict {guess.n_contradicted} of {guess.n_others} full runs"
    if guess.n_equal > 1:
        words += f"; {guess.n_equal - 1} other settings explain as much"
    return f"A guess, not used above: {words}."
