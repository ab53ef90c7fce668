"""What an answer about importance says in words: shared by the forms for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.importance.association import Measure
from wbtools.analysis.importance.forest import MOST_TRAINED
from wbtools.analysis.importance.forest_ensemble import MOST_GROWN_ON
from wbtools.analysis.importance.parameters import OTHERS
from wbtools.answers.termination_words import completion_words
from wbtools.text.masking import masked_config
from wbtools.text.numbers import count, listed, p_value, percent
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.assess import Importance
    from wbtools.analysis.importance.association import Association
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.marginals import MarginalPoint
    from wbtools.analysis.importance.regions import CorrelatedParameters
    from wbtools.analysis.importance.stopping import StoppingAssociation
    from wbtools.model.interval import Interval

_LONGEST_LEVEL = 40
_FEW_RUNS = 50


def shown_name(name: str) -> str:
    """A parameter's name, made harmless."""
    return sanitize(name, limit=80)


def shown_value(name: str, value: object, *, show_secrets: bool) -> object:
    """A value for scripts, masked where its name says so."""
    return masked_config({name: value}, show_secrets=show_secrets)[name]


def shown_number(name: str, value: float | None, *, show_secrets: bool) -> float | None:
    """A number for scripts; None where its name says that it is secret."""
    shown = shown_value(name, value, show_secrets=show_secrets)
    return shown if isinstance(shown, int | float) else None


def point_value(point: MarginalPoint) -> object:
    """Where a point of a marginal curve lies."""
    return point.value if point.level is None else point.level


def level_words(name: str, level: object, *, show_secrets: bool = False) -> str:
    """A listed value, made harmless and masked where its name says so."""
    shown = masked_config({name: level}, show_secrets=show_secrets, exact=True)[name]
    text = "null" if shown is None else f"{shown:.3g}" if isinstance(shown, float) else str(shown)
    return sanitize(text, limit=_LONGEST_LEVEL) if text else "(empty)"


def bin_words(name: str, part: Bin, *, show_secrets: bool = False) -> str:
    """What the runs of a bin have in common."""
    if part.absent:
        return "absent"
    if part.low is None or part.high is None:
        return level_words(name, part.level, show_secrets=show_secrets)
    ends = (level_words(name, end, show_secrets=show_secrets) for end in (part.low, part.high))
    return " … ".join(ends)


def signed(value: float) -> str:
    """`+.47`."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("0.", ".", 1)


def number_words(value: float) -> str:
    """`.47`, `-.02`."""
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1)


def interval_words(interval: Interval | None, *, with_sign: bool = False) -> str:
    """A number with its interval; a dash for none."""
    if interval is None:
        return UNKNOWN
    write = signed if with_sign else number_words
    return f"{write(interval.estimate)} ({write(interval.low)} … {write(interval.high)})"


def runs_parts(importance: Importance) -> list[str]:
    """How many runs there are, how far they came, and how many of those censored are projected."""
    ended = ", ".join(completion_words(importance.n_by_completion))
    parts = [f"{count(importance.n, 'run')} with a value: {ended}"]
    n_projected, n_censored = importance.n_projected, importance.n_projected + importance.n_bounds
    if n_censored:
        how_many = "all" if n_projected == n_censored else n_projected or "none"
        parts.append(f"{n_censored} censored, {how_many} of them projected")
    if importance.n_silent:
        parts.append(f"{importance.n_silent} without a value")
    failures = importance.failures
    word = "failed or diverged" if failures.n_diverged else "failed"
    return [*parts, f"{failures.n_failed} of {failures.n_runs} {word}"]


def stops_words(stops: StoppingAssociation | None) -> str:
    """How far a parameter goes with being stopped."""
    if stops is None or stops.strength is None:
        return UNKNOWN
    p = p_value(stops.p_adjusted)
    return f"{number_words(stops.strength)} (p {p if p.startswith('<') else f'= {p}'})"


def association_words(association: Association) -> str:
    """How far a parameter goes with the result; its ends alone where these are bounds."""
    if association.strength is None:
        return UNKNOWN
    is_ratio = association.measure is Measure.CORRELATION_RATIO
    ratio = "ratio " if is_ratio else ""
    if association.bounds is None:
        return f"{ratio}{interval_words(association.strength, with_sign=not is_ratio)}"
    write = number_words if is_ratio else signed
    return f"{ratio}{write(association.strength.low)} … {write(association.strength.high)}"


def surely_words(names: Iterable[str]) -> str:
    """`lr and wd surely go`, for the names of parameters; `nothing surely goes` without one."""
    shown = [shown_name(name) for name in names] or ["nothing"]
    return f"{listed(shown)} surely {'goes' if len(shown) == 1 else 'go'}"


def verdict_words(importance: Importance) -> Iterator[str]:
    """What surely matters, in a sentence or two."""
    known = [each for each in importance.parameters if each.association.strength is not None]
    surely = [each.name for each in known if each.association.stands]
    among = f"among {count(len(known), 'parameter')}, after Holm's correction"
    if surely:
        whatever = (
            "" if importance.stopping is None else ", whatever stopped runs would have become"
        )
        yield f"{surely_words(surely)} with the result{whatever} ({among})."
    elif importance.stopping is not None:
        yield (
            f"Nothing surely goes with the result: {importance.n_bounds} of "
            f"{count(importance.n, 'run')} were cut short, and nothing tells what they would have "
            "become."
        )
    elif known:
        of = count(len(known), "parameter")
        yield (
            f"Nothing surely: of {of} none alone is shown to raise or lower the result, or to "
            "differ between its values, after Holm's correction."
        )
    else:
        yield "Nothing can be said of any parameter; the reasons stand below."
    if importance.forest_means_something:
        needed = [
            shown_name(parameter.name)
            for parameter in importance.parameters
            if parameter.permutation is not None and parameter.permutation.low > 0
        ]
        which = "Forests" if surely else "Forests, which take all parameters together,"
        if needed:
            yield f"{which} predict worse without {listed(needed)} (95 % each)."
        else:
            yield "Without any single parameter forests may predict as well."


def forest_words(importance: Importance) -> str:
    """How well the forests predict, and what that means."""
    if importance.skill is None:
        return (
            f"No forest: {sanitize(importance.no_forest_because or 'they are all alike', limit=0)}."
        )
    skill = importance.skill
    sentence = (
        f"{skill.n_forests} forests of {count(skill.n_trained, 'run')} each explain "
        f"{interval_words(skill.explained)} of the variance of how {skill.n_tested} others stand"
    )
    if not skill.predicts:
        return f"{sentence}: nothing for sure, so what they hold for important is not shown."
    more = f", at most {MOST_TRAINED:,} runs a forest" if skill.n_trained >= MOST_TRAINED else ""
    return f"{sentence}{more}."


def censoring_words(importance: Importance) -> Iterator[str]:
    """How censored runs are treated."""
    if importance.n_projected:
        yield (
            "Runs that were cut short, failed or still run are censored: "
            f"{importance.n_projected} are drawn many times from their projections, and how the "
            "draws differ is part of every interval."
        )
    if importance.n_bounds:
        why = _why_not_projected(importance)
        yield (
            f"{count(importance.n_bounds, 'censored run')} cannot be projected{why}: each "
            "correlation reaches from the least to the greatest that they may bring about; means "
            "by value take the best so far."
        )


def _why_not_projected(importance: Importance) -> str:
    reasons = {
        row.projection.abstained_because
        for row in importance.audit.rows
        if row.projection is not None and row.projection.abstained_because and row.best is not None
    }
    return f" ({sanitize(min(reasons), limit=0)})" if reasons else ""


def caveats(importance: Importance) -> Iterator[str]:
    """What limits the answer."""
    if importance.n < _FEW_RUNS:
        yield f"{count(importance.n, 'run')} are few: only strong effects show."
    for curves in importance.audit.sweep.curves.values():
        if not curves.complete:
            yield (
                f"The curves of {shown_name(curves.metric)} are incomplete: a missing report may "
                "be a run's best."
            )
    if importance.audit.question.method == "bayes":
        yield "bayes does not sample evenly, so that what it settled early looks unimportant."
    if not importance.searched:
        yield (
            "Nothing tells what was searched: everything that varies counts, between the values "
            "that were tried; --parameter and --without choose."
        )
    if len(importance.parameters) > MOST_GROWN_ON:
        yield (
            f"Forests see the {MOST_GROWN_ON} parameters that alone go best with the result, of "
            f"{len(importance.parameters)}."
        )
    if importance.unsearched:
        yield (
            "Passed over, since the sweep file does not search them: "
            f"{listed(map(shown_name, importance.unsearched))}; --parameter takes them."
        )
    for left_out in importance.left_out:
        yield f"Left out: {shown_name(left_out.name)}, {sanitize(left_out.why, limit=0)}."


def edge_words(optimum: BoundaryOptimum, *, show_secrets: bool = False) -> str:
    """One end at which the best runs pile up."""
    value = level_words(optimum.name, optimum.value, show_secrets=show_secrets)
    end = "upper" if optimum.upper else "lower"
    bound = f"{end} bound" if optimum.known else f"{end} end of what was tried,"
    return (
        f"{shown_name(optimum.name)}: {optimum.n_top_there} of the {optimum.n_top} best runs lie "
        f"at its {bound} {value} ({percent(optimum.top.low)} to "
        f"{percent(optimum.top.high)}; of all runs {optimum.n_there} of {optimum.every.n}): look "
        "beyond it, if there is anything."
    )


def alike_words(pair: CorrelatedParameters) -> str:
    """Two parameters that moved together."""
    first, second = map(shown_name, pair.names)
    return (
        f"{first} and {second} moved together ({signed(pair.strength)} over {pair.n} runs): one "
        "may get what the other deserves."
    )


def best_words(name: str, best: MarginalPoint | None, *, show_secrets: bool) -> str:
    """Where a marginal curve is highest, with the interval of its height."""
    if best is None:
        return UNKNOWN
    level = point_value(best)
    at = OTHERS if level is OTHERS else level_words(name, level, show_secrets=show_secrets)
    low, high = number_words(best.standing.low), number_words(best.standing.high)
    return f"{at} beats {number_words(best.standing.estimate)} ({low} … {high})"
