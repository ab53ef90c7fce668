"""Charts for tests: the sweeps of `tests.analysis.sweeps`, and what is known beside them."""

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.health import SweepBackground, check_context, examine


def examined(*curves, rule="none", known=None, ask=None, facts=None, **common):
    """Examine a run a curve; all of them finished unless the facts say otherwise."""
    facts = facts or [FINISHED] * len(curves)
    seen = sweep(*curves, facts=facts, **common)
    asked = question(rule, **(ask or {}))
    return examine(check_context(seen, asked, SweepBackground(**(known or {}))))


def codes(done):
    """Codes of the doctor's own findings."""
    return [one.code for one in done.findings if one.code.startswith("WBD")]


def found(done, code):
    """The one finding of a code."""
    (one,) = (one for one in done.findings if one.code == code)
    return one


def why_not(done, code):
    """Why a check could not judge."""
    return [one.why for one in done.unjudged if one.code == code]
