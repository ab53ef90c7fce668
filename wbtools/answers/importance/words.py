"""What an answer about importance says in words: shared by the forms for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.importance.forest import MOST_TRAINED
from wbtools.analysis.importance.forest_ensemble import MOST_GROWN_ON
from wbtools.analysis.importance.parameters import OTHERS
from wbtools.text.masking import masked_config
from wbtools.text.numbers import count, listed, percent
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.estimates import ForestEstimate
    from wbtools.analysis.importance.forest_ensemble import Interaction
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.analysis.importance.regions import (
        BoundaryOptimum,
        CorrelatedParameters,
        FailureRegion,
    )

_LONGEST_LEVEL = 40
_FEW_RUNS = 50


def shown_name(name: str) -> str:
    """A parameter's name, made harmless."""
    return sanitize(name, limit=80)


def level_words(name: str, level: object, *, show_secrets: bool = False) -> str:
    """A listed value, made harmless and masked where its name says so."""
    shown = masked_config({name: level}, show_secrets=show_secrets, exact=True)[name]
    text = "null" if shown is None else f"{shown:.3g}" if isinstance(shown, float) else str(shown)
    return sanitize(text, limit=_LONGEST_LEVEL) if text else "(empty)"


def bin_words(name: str, one: Bin, *, show_secrets: bool = False) -> str:
    """What the runs of a bin have in common."""
    if one.absent:
        return "absent"
    if one.low is None or one.high is None:
        return level_words(name, one.level, show_secrets=show_secrets)
    ends = (level_words(name, end, show_secrets=show_secrets) for end in (one.low, one.high))
    return " … ".join(ends)


def signed(value: float) -> str:
    """`+.47`."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("0.", ".", 1)


def number_words(value: float) -> str:
    """`.47`, `-.02`."""
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1)


def estimate_words(one: ForestEstimate | None, *, with_sign: bool = False) -> str:
    """A number with its interval; a dash for none."""
    if one is None:
        return UNKNOWN
    write = signed if with_sign else number_words
    return f"{write(one.value)} ({write(one.low)} … {write(one.high)})"


def runs_words(done: Importance) -> str:
    """How many runs there are, and what became of those that were cut short."""
    parts = [f"{done.n_completed} completed"] if done.n_completed or not done.n_untold else []
    if done.n_untold:
        parts.append(f"{done.n_untold} taken for completed, as nothing says how they ended")
    if done.n_projected:
        parts.append(f"{done.n_projected} cut short and projected")
    if done.n_bounds:
        parts.append(f"{done.n_bounds} cut short and not projected")
    failed = f"   {done.failures.n_failed} of {done.failures.n_runs} failed"
    silent = f"   {done.n_silent} without a value" if done.n_silent else ""
    return f"{count(done.n, 'run')} with a value: {', '.join(parts)}{silent}{failed}"


def verdict_words(done: Importance) -> Iterator[str]:
    """What surely matters, in a sentence or two."""
    n = sum(one.association.estimate is not None for one in done.parameters)
    surely = [shown_name(one.name) for one in done.parameters if one.association.stands]
    if surely:
        verb = "goes" if len(surely) == 1 else "go"
        among = f"among {count(n, 'parameter')}, after Holm's correction"
        yield f"{listed(surely)} surely {verb} with the result ({among})."
    elif n:
        of = count(n, "parameter")
        yield f"Nothing surely: of {of} none alone goes with the result, after Holm's correction."
    else:
        yield "Nothing can be said of any parameter; the reasons stand below."
    if done.forest_means_something:
        needed = [
            shown_name(one.name)
            for one in done.parameters
            if one.permutation is not None and one.permutation.low > 0
        ]
        if needed:
            yield f"Forests predict worse without {listed(needed)} (95 % each)."
        else:
            yield "Without any single parameter forests may predict as well."


def forest_words(done: Importance) -> str:
    """How well the forests predict, and what that means."""
    if done.skill is None:
        return f"No forest: {sanitize(done.no_forest_because or 'they are all alike', limit=0)}."
    skill = done.skill
    said = (
        f"{skill.n_forests} forests of {skill.n_trained} runs each explain "
        f"{estimate_words(skill.explained)} of the variance of how {skill.n_tested} others stand"
    )
    if not skill.predicts:
        return f"{said}: nothing for sure, so what they hold for important is not shown."
    more = f", at most {MOST_TRAINED:,} runs a forest" if skill.n_trained >= MOST_TRAINED else ""
    return f"{said}{more}."


def censoring_words(done: Importance) -> Iterator[str]:
    """How stopped runs are treated."""
    if done.n_projected:
        yield (
            f"Runs that were cut short are censored: {done.n_projected} are drawn many times from "
            "their projections, and how the draws differ is part of every interval."
        )
    if done.n_bounds:
        why = _why_not_projected(done)
        yield (
            f"{count(done.n_bounds, 'run')} cut short cannot be projected{why}: better or worse "
            "only where that is sure; means by value take the best so far."
        )


def _why_not_projected(done: Importance) -> str:
    reasons = {
        row.projection.abstained_because
        for row in done.audit.rows
        if row.projection is not None and row.projection.abstained_because and row.best is not None
    }
    return f" ({sanitize(min(reasons), limit=0)})" if reasons else ""


def caveats(done: Importance) -> Iterator[str]:
    """What limits the answer."""
    if done.n < _FEW_RUNS:
        yield f"{count(done.n, 'run')} are few: only strong effects show."
    for curves in done.audit.sweep.curves.values():
        if not curves.complete:
            yield (
                f"The curves of {shown_name(curves.metric)} are incomplete: a missing report may "
                "be a run's best."
            )
    if done.audit.question.method == "bayes":
        yield "bayes does not sample evenly, so that what it settled early looks unimportant."
    if not done.searched:
        yield (
            "Nothing tells what was searched: everything that varies counts, between the values "
            "that were tried; --parameter and --without choose."
        )
    if len(done.parameters) > MOST_GROWN_ON:
        yield (
            f"Forests see the {MOST_GROWN_ON} parameters that alone go best with the result, of "
            f"{len(done.parameters)}."
        )
    if done.unsearched:
        yield (
            "Passed over, since the sweep file does not search them: "
            f"{listed(map(shown_name, done.unsearched))}; --parameter takes them."
        )
    for one in done.left_out:
        yield f"Left out: {shown_name(one.name)}, {sanitize(one.why, limit=0)}."


def failure_words(done: Importance) -> Iterator[str]:
    """How many runs broke, and where more than elsewhere; nothing if none did."""
    found = done.failures
    if not found.n_failed:
        return
    where = "" if found.regions else "; nowhere clearly more than elsewhere"
    yield (
        f"{found.n_failed} of {found.n_runs} runs failed: {found.n_diverged} reported NaN or an "
        f"infinity, {found.n_broken} crashed or ended in an error{where}."
    )
    by_name = {one.name: one for one in done.parameters}
    for region in found.regions:
        yield _region_words(region, by_name[region.name])


def _region_words(one: FailureRegion, its: ParameterImportance) -> str:
    inside, outside = one.inside, one.outside
    return (
        f"{shown_name(one.name)} {bin_words(one.name, its.bins[one.part])}: {one.n_inside} of "
        f"{inside.n} fail ({percent(inside.low)} to {percent(inside.high)}), elsewhere "
        f"{one.n_outside} of {outside.n} ({percent(outside.low)} to {percent(outside.high)})."
    )


def edge_words(one: BoundaryOptimum, *, show_secrets: bool = False) -> str:
    """One end at which the best runs pile up."""
    value = level_words(one.name, one.value, show_secrets=show_secrets)
    end = "upper" if one.upper else "lower"
    bound = f"{end} bound" if one.known else f"{end} end of what was tried,"
    n_there, n_all = round(one.top.value * one.top.n), round(one.every.value * one.every.n)
    return (
        f"{shown_name(one.name)}: {n_there} of the {one.top.n} best runs lie at its {bound} "
        f"{value} ({percent(one.top.low)} to {percent(one.top.high)}; of all "
        f"runs {n_all} of {one.every.n}): look beyond it, if there is anything."
    )


def alike_words(one: CorrelatedParameters) -> str:
    """Two parameters that moved together."""
    first, second = map(shown_name, one.names)
    return (
        f"{first} and {second} moved together ({signed(one.strength)} over {one.n} runs): one may "
        "get what the other deserves."
    )


def interaction_name(one: Interaction) -> str:
    """Both names."""
    return " and ".join(map(shown_name, one.names))


def best_words(one: ParameterImportance, *, show_secrets: bool = False) -> str:
    """Where the marginal curve is highest, with the interval of its height."""
    if not one.marginal:
        return UNKNOWN
    best = max(one.marginal, key=lambda point: point.standing.value)
    at = _at(one.parameter, best.level, best.value, show_secrets)
    low, high = number_words(best.standing.low), number_words(best.standing.high)
    return f"{at} beats {number_words(best.standing.value)} ({low} … {high})"


def _at(parameter: VariedParameter, level: object, value: float | None, show_secrets: bool) -> str:  # noqa: FBT001 - private, named at the call
    if level is OTHERS:
        return OTHERS
    shown = level if level is not None else value
    return level_words(parameter.name, shown, show_secrets=show_secrets)
