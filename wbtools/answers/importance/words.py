"""What an answer about importance says in words: shared by the forms for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.importance.association import Measure
from wbtools.analysis.importance.forest import MOST_TRAINED
from wbtools.analysis.importance.forest_ensemble import MOST_GROWN_ON
from wbtools.analysis.importance.parameters import OTHERS
from wbtools.answers.termination_words import completion_words
from wbtools.text.masking import masked_config
from wbtools.text.numbers import count, listed, p_value, percent, percents
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.association import Association
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.marginals import MarginalPoint
    from wbtools.analysis.importance.regions import CorrelatedParameters
    from wbtools.analysis.importance.stopping import StoppingAssociation
    from wbtools.model.interval import Interval

_LONGEST_LEVEL = 40
_FEW_RUNS = 50
_MOST_NAMED = 4
_CENSORED = (Completion.CENSORED, Completion.FAILED, Completion.RUNNING)


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


def share_words(interval: Interval | None) -> str:
    """A share with its interval in percent, as `31 % (18 … 44 %)`; a dash for none."""
    if interval is None:
        return UNKNOWN
    return f"{percent(interval.estimate)} ({ends_words(interval)})"


def ends_words(interval: Interval) -> str:
    """Both ends of a share's interval, as `18 … 44 %`."""
    return percents(interval.low, interval.high)


def interval_words(interval: Interval | None, *, with_sign: bool = False) -> str:
    """A number with its interval; a dash for none."""
    if interval is None:
        return UNKNOWN
    write = signed if with_sign else number_words
    return f"{write(interval.estimate)} ({write(interval.low)} … {write(interval.high)})"


def runs_parts(importance: Importance) -> list[str]:
    """What of the runs is not known: values, final values of censored ones, and which failed."""
    parts = []
    if importance.n_silent:
        parts.append(f"{importance.n} with a value, {importance.n_silent} without")
    n_projected, n_censored = importance.n_projected, importance.n_projected + importance.n_bounds
    if n_censored:
        how_many = "all" if n_projected == n_censored else n_projected or "none"
        ended = {each: importance.n_by_completion.get(each, 0) for each in _CENSORED}
        parts.append(f"{listed(completion_words(ended))} (censored), {how_many} of them projected")
    failures = importance.failures
    if failures.n_failed:
        word = "failed or diverged" if failures.n_diverged else "failed"
        parts.append(f"{failures.n_failed} of {failures.n_runs} {word}")
    return parts


def stops_words(stops: StoppingAssociation | None) -> str:
    """A parameter's association with being stopped."""
    if stops is None or stops.strength is None:
        return UNKNOWN
    return f"{number_words(stops.strength)} (p {p_value(stops.p_adjusted)})"


def association_words(association: Association, *, estimate_only: bool = False) -> str:
    """A parameter's correlation with the result; its ends alone where these are bounds.

    Args:
        association: What it is.
        estimate_only: Leave the interval away where there is an estimate.
    """
    if association.strength is None:
        return UNKNOWN
    is_ratio = association.measure is Measure.CORRELATION_RATIO
    ratio, write = ("ratio ", number_words) if is_ratio else ("", signed)
    if association.bounds is None:
        if estimate_only:
            return f"{ratio}{write(association.strength.estimate)}"
        return f"{ratio}{interval_words(association.strength, with_sign=not is_ratio)}"
    return f"{ratio}{write(association.strength.low)} … {write(association.strength.high)}"


def verdict_words(importance: Importance) -> list[str]:
    """Which parameters matter: for being stopped, where that is asked, and for the result."""
    return [*_stopping_words(importance), _result_words(importance)]


def _result_words(importance: Importance) -> str:
    metric = sanitize(importance.audit.question.rank_by.name, limit=_LONGEST_LEVEL)
    known = [each for each in importance.parameters if each.association.strength is not None]
    surely = [each for each in known if each.association.stands]
    if not known:
        return "no parameter can be judged; the reasons are below"
    among = f"of {count(len(known), 'parameter')}, Holm-corrected"
    if surely:
        named = listed(map(_named, surely), most=_MOST_NAMED)
        verb = "matters" if len(surely) == 1 else "matter"
        whatever = (
            ""
            if importance.stopping is None
            else ", whatever the runs that were cut short would have reached"
        )
        return f"{named} {verb}: significantly associated with {metric} ({among}){whatever}"
    if importance.stopping is not None:
        return (
            f"no parameter is shown to matter for {metric}: {importance.n_bounds} of "
            f"{count(importance.n, 'run')} were cut short, and what they would have reached is "
            "unknown"
        )
    needed = _needed(importance)
    name, words = shown_name(known[0].name), association_words(known[0].association)
    if len(known) == 1:
        return (
            f"{name} is not shown to matter: its correlation with {metric}, {words}, is not "
            "significant"
        )
    alone = " alone" if needed else ""
    apart = ", uncorrected" if _excludes_zero(known[0]) else ""
    together = f"; random forests predict worse without {listed(needed)}" if needed else ""
    return (
        f"no parameter is shown to matter{alone}: none of {len(known)} is significantly associated "
        f"with {metric} (Holm-corrected); the strongest is {name}, {words}{apart}{together}"
    )


def _excludes_zero(parameter: ParameterImportance) -> bool:
    strength = parameter.association.strength
    return strength is not None and (strength.low > 0 or strength.high < 0)


def _named(parameter: ParameterImportance) -> str:
    """`lr (+.48)`."""
    words = association_words(parameter.association, estimate_only=True)
    return f"{shown_name(parameter.name)} ({words})"


def _needed(importance: Importance) -> list[str]:
    """Parameters without which forests that predict anything predict worse."""
    if not importance.forest_means_something:
        return []
    return [
        shown_name(parameter.name)
        for parameter in importance.parameters
        if parameter.permutation is not None and parameter.permutation.low > 0
    ]


def _stopping_words(importance: Importance) -> Iterator[str]:
    """What goes with being stopped, in a sentence; nothing where that tells little."""
    stopping = importance.stopping
    if stopping is None:
        return
    if stopping.n_stopped == stopping.n_runs:
        yield f"all {count(stopping.n_runs, 'run')} were stopped, whatever their parameters"
        return
    known = [stops for stops in stopping.by_parameter.values() if stops.strength is not None]
    among = f"of {count(len(known), 'parameter')}, Holm-corrected"
    if stopping.surely:
        is_single = len(stopping.surely) == 1
        verb = "is" if is_single else "are"
        named = listed(map(shown_name, stopping.surely), most=_MOST_NAMED)
        yield f"{named} {verb} significantly associated with being stopped ({among})"
    elif known:
        yield f"no parameter is significantly associated with being stopped ({among})"


def forest_words(importance: Importance) -> str:
    """How well the forests predict, and what that means."""
    if importance.skill is None:
        why = sanitize(importance.no_forest_because or "all runs have the same value", limit=0)
        return f"No random forest: {why}."
    skill, needed = importance.skill, _needed(importance)
    at_most = f", at most {MOST_TRAINED:,} each" if skill.n_trained >= MOST_TRAINED else ""
    sentence = (
        f"{skill.n_forests} random forests, trained on {count(skill.n_trained, 'run')}{at_most}, "
        f"explain {share_words(skill.explained)} of the variance in the ranks of "
        f"{skill.n_tested} other runs"
    )
    if not skill.predicts:
        return f"{sentence}: not shown to beat guessing, so their importances are left out."
    if needed:
        return f"{sentence}; they predict worse without {listed(needed)} (95 % each)."
    return f"{sentence}; without any single parameter they may predict as well."


def censoring_words(importance: Importance) -> Iterator[str]:
    """How censored runs are treated."""
    if importance.n_projected:
        yield (
            "Runs that were cut short, failed or still run are censored: the final values of "
            f"{importance.n_projected} are drawn many times from their projections, and how the "
            "draws differ is part of every interval."
        )
    if importance.n_bounds:
        why = _why_not_projected(importance)
        yield (
            f"{count(importance.n_bounds, 'censored run')} cannot be projected{why}: each "
            "correlation ranges over all that they may have reached; means by value take their "
            "best so far."
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
        yield (
            "A bayes search does not sample evenly: a parameter that it settled early looks "
            "unimportant."
        )
    if not importance.searched:
        yield (
            "What was searched is not known: every parameter that varies counts, over the values "
            "that were tried (--parameter and --without choose)."
        )
    if len(importance.parameters) > MOST_GROWN_ON:
        yield (
            f"Forests see the {MOST_GROWN_ON} of {len(importance.parameters)} parameters that are "
            "most strongly associated with the result."
        )
    if importance.unsearched:
        yield (
            "Left out, since the sweep file does not search them: "
            f"{listed(map(shown_name, importance.unsearched))} (--parameter takes them)."
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
        f"at its {bound} {value} ({ends_words(optimum.top)}; of all runs {optimum.n_there} of "
        f"{optimum.every.n}): try values beyond it, if there are any."
    )


def alike_words(pair: CorrelatedParameters) -> str:
    """Two parameters that moved together."""
    first, second = map(shown_name, pair.names)
    return (
        f"{first} and {second} varied together ({signed(pair.strength)} over {pair.n} runs): what "
        "looks like the effect of one may be the other's."
    )


def best_words(name: str, best: MarginalPoint | None, *, show_secrets: bool) -> str:
    """Where a marginal curve is highest, with the interval of its height."""
    if best is None:
        return UNKNOWN
    level = point_value(best)
    at = OTHERS if level is OTHERS else level_words(name, level, show_secrets=show_secrets)
    return f"{at} beats {share_words(best.standing)}"
