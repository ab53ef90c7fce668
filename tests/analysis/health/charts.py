"""Charts for tests: the sweeps of `tests.analysis.sweeps`, and what is known beside them."""

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.health import SweepBackground, check_context, examine


def examined(*curves, rule="none", known=None, ask=None, facts=None, **common):
    """Examine a run a curve; all of them finished unless the facts say otherwise."""
    facts = facts or [FINISHED] * len(curves)
    recorded = sweep(*curves, facts=facts, **common)
    asked = question(rule, **(ask or {}))
    return examine(check_context(recorded, asked, SweepBackground(**(known or {}))))


def codes(examination):
    """Codes of the doctor's own findings."""
    return [finding.code for finding in examination.findings if finding.code.startswith("WBD")]


def found(examination, code):
    """The one finding of a code."""
    (finding,) = (finding for finding in examination.findings if finding.code == code)
    return finding


def why_not(examination, code):
    """Why a check could not judge."""
    return [check.why for check in examination.unjudged if check.code == code]
