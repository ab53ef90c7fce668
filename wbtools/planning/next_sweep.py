"""The sweep after this one: ranges narrowed on evidence, constants carried over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from wbtools.model import Goal
from wbtools.model.configuration import same_value
from wbtools.planning.narrowing import NarrowedRange, NarrowingDecision, decide
from wbtools.sweepfile.document import TOP_KEYS
from wbtools.sweepfile.draft import Draft
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.space import Choice
from wbtools.sweepfile.spec import spec_of
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun
    from wbtools.model import Metric
    from wbtools.sweepfile.document import Path
    from wbtools.sweepfile.space import SearchSpace

_RUN_ID: Final = re.compile(r"[a-z0-9]{8}\Z")
_FEWEST_TOP: Final = 3
_FINAL_RUNS: Final = 10
_MOST_FOLLOWED: Final = 10
_MOST_NAMED: Final = 12
_LEVEL: Final = 0.05
_CARRIED: Final = frozenset(TOP_KEYS) - {"parameters", "scheduler", "controller", "metrics"}


class SearchStage(StrEnum):
    """How far the search has come."""

    WIDE = "wide"
    NARROW = "narrow"
    FINAL = "final"


STAGES: Final = {
    SearchStage.WIDE: (0.5, 0.5),
    SearchStage.NARROW: (0.25, 0.25),
    SearchStage.FINAL: (0.15, 0.1),
}
"""Share of the runs that count as the top, and the margin, if `--margin` does not say."""
_SHARES: Final = {
    SearchStage.WIDE: "half of the runs",
    SearchStage.NARROW: "quarter of the runs",
    SearchStage.FINAL: "15 % of the runs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSweepOptions:
    """What is asked of the next sweep.

    Attributes:
        margin: Share of the top runs' span that is added on both sides; None takes the stage's.
        extend: Go beyond the old bounds where the best run sits at an edge.
    """

    stage: SearchStage = SearchStage.NARROW
    margin: float | None = None
    extend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedResult:
    """One configuration that was run in several sweeps.

    Attributes:
        run: What the run of the last sweep is called there.
        values: Best value by sweep, in the order in which the sweeps were given, with whether the
            run was cut short.
    """

    run: str
    values: tuple[tuple[str, float, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSweep:
    """The next sweep and the evidence for it.

    Attributes:
        prior_runs: Ids of completed runs that lie in the new space, for `wandb sweep -R`.
        full_run: Reports of a full run of the last sweep; None where runs differ, or nothing tells.
    """

    draft: Draft
    decisions: tuple[NarrowingDecision, ...]
    prior_runs: tuple[str, ...]
    full_run: int | None = None


def next_sweep(
    outcomes: CensoredOutcomes,
    space: SearchSpace,
    old: Draft,
    metric: Metric,
    options: NextSweepOptions,
    *,
    followed: Sequence[FollowedResult] = (),
) -> NextSweep:
    """Write the next sweep.

    Args:
        outcomes: The runs of the last sweep.
        space: What it searched.
        old: Its file, or what is known of it; parameters are taken from `space`.
        metric: What the runs were ranked by.
        options: How far to narrow.
        followed: Configurations that earlier sweeps had run too.
    """
    share, margin = STAGES[options.stage]
    n_tested = sum(len(axis.values) for axis in space.values() if isinstance(axis, Choice))
    narrowed = NarrowedRange(
        top=tuple(outcomes.top(share, _FEWEST_TOP)),
        margin=margin if options.margin is None else options.margin,
        extend=options.extend,
        level=_LEVEL / max(1, n_tested),  # Bonferroni: one false drop in twenty sweeps
    )
    decisions = [decide(name, axis, narrowed, outcomes) for name, axis in space.items()]
    data = {key: value for key, value in old.data.items() if key in _CARRIED}
    _rest(data, metric, options.stage, all("value" in decision.body for decision in decisions))
    data["parameters"] = {}
    draft = Draft(data=data, head=_head(outcomes, narrowed, options, followed))
    imputed = _impute(data, outcomes, metric)
    if imputed:
        draft.notes["metric",] = [imputed]
    for decision in decisions:
        path = space.paths.get(decision.name, ("parameters", decision.name))
        _put(data, path, decision.body)
        if "value" not in decision.body or len(decision.why) > 1:
            draft.notes[path] = list(decision.why)
    prior = _prior(outcomes, data)
    if prior:
        draft.head += [
            "",
            "To attach what is known: wandb sweep " + " ".join(f"-R {run_id}" for run_id in prior),
        ]
    return NextSweep(draft=draft, decisions=tuple(decisions), prior_runs=prior)


def _rest(data: dict[str, Any], metric: Metric, stage: SearchStage, nothing: bool) -> None:  # noqa: FBT001
    """Everything but the parameters."""
    block = data.get("metric")
    block = dict(block) if isinstance(block, dict) and block.get("name") == metric.name else {}
    data["metric"] = block | {"name": metric.name, "goal": metric.goal.value}
    data["method"] = stage_method(data.get("method"), stage, is_constant=nothing)
    rule = data.get("early_terminate")
    if stage is SearchStage.FINAL or not isinstance(rule, dict):
        data.pop("early_terminate", None)
    else:
        data["early_terminate"] = _rule(rule)
    if stage is SearchStage.FINAL:
        data["run_cap"] = final_cap(data.get("run_cap"))


def _impute(data: dict[str, Any], outcomes: CensoredOutcomes, metric: Metric) -> str:
    """Let bayes learn from stopped runs where nothing speaks against it; in words, what was done.

    With `latest` a run without any value counts as 0.0. Where larger is better and every value is
    above 0, that keeps bayes away from it; else it may be the best of all.
    """
    many_stopped = 2 * outcomes.n_censored >= len(outcomes.tried)
    if data["method"] != "bayes" or "early_terminate" not in data or not many_stopped:
        return ""
    if "impute" in data["metric"]:
        return ""
    why = "by default (worst) bayes takes each stopped run for the worst of all; latest takes its"
    if metric.goal is Goal.MAXIMIZE and all(run.value > 0 for run in outcomes.tried):
        data["metric"]["impute"] = "latest"
        return f"impute: {why} last value (wbtools rule WBS061)."
    return (
        f"impute is not set: {why} last value, but a run without any as 0.0, which may be the best "
        "(wbtools rule WBS061)."
    )


def stage_method(method: object, stage: SearchStage, *, is_constant: bool) -> str:
    """How the sweep after another one searches: as that one did, but a last one by bayes.

    Args:
        method: Of the sweep before.
        stage: How far the search has come.
        is_constant: Whether no parameter is left to be searched.
    """
    if method in ("random", "grid") and stage is not SearchStage.FINAL:
        return str(method)
    return "random" if is_constant else "bayes"


def final_cap(run_cap: object) -> int | float:
    """Runs of a last sweep, in which every one goes to its end: few.

    Args:
        run_cap: What the sweep before had, if anything.
    """
    return min(run_cap, _FINAL_RUNS) if is_number(run_cap) else _FINAL_RUNS


def _put(data: dict[str, Any], path: Path, body: Mapping[str, Any]) -> None:
    """Put a parameter where it stood, within its groups."""
    block = data
    for key in path[:-1]:
        block = block.setdefault(str(key), {})
    block[str(path[-1])] = dict(body)


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in rule.items() if key != "s" or "max_iter" in rule}
    return settings | {"strict": rule.get("strict", True)}


def _head(
    outcomes: CensoredOutcomes,
    narrowed: NarrowedRange,
    options: NextSweepOptions,
    followed: Sequence[FollowedResult],
) -> list[str]:
    n = len(outcomes.tried)
    n_first = outcomes.n_top(STAGES[options.stage][0], _FEWEST_TOP)
    best = outcomes.tried[0]
    state = ", not completed" if best.censored else ""
    lines = [
        (
            f"The next sweep, stage {options.stage.value}: from {n} runs with a value, "
            f"{outcomes.n_censored} of them not completed; {outcomes.n_silent} have none."
        ),
        (
            f"Best: run {sanitize(best.run.number_or_id)}, {best.value:.6g}{state}. "
            f"The best {_SHARES[options.stage]}: {_runs(narrowed.top[:n_first])}."
        ),
        *_late_words(narrowed.top[n_first:]),
        "A run that did not complete counts with its best value so far, or better; not as failed.",
    ]
    if followed:
        lines += ["", "The same configuration across stages:"]
        lines += [_line(result) for result in followed[:_MOST_FOLLOWED]]
        more = len(followed) - _MOST_FOLLOWED
        lines += [f"  and {more} more"] if more > 0 else []
    return lines


def _late_words(late: Sequence[CensoredRun]) -> list[str]:
    """Which stopped runs count as top runs too."""
    if not late:
        return []
    would = "run that was" if len(late) == 1 else "runs that were"
    line = (
        f"Counted with it as top runs: {len(late)} {would} cut short and would likely have come as "
        f"far: {_runs(late)}."
    )
    return [line]


def _runs(runs: Sequence[CensoredRun]) -> str:
    shown = ", ".join(sanitize(outcome.run.number_or_id) for outcome in runs[:_MOST_NAMED])
    more = len(runs) - _MOST_NAMED
    named = f"{shown} and {more} more" if more > 0 else shown
    return f"{'run' if len(runs) == 1 else 'runs'} {named}"


def _line(result: FollowedResult) -> str:
    values = " -> ".join(
        f"{value:.6g}{' (stopped)' if stopped else ''} in {sweep}"
        for sweep, value, stopped in result.values
    )
    return f"  run {sanitize(result.run)}: {values}"


def _prior(outcomes: CensoredOutcomes, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Completed runs in the new space; W&B would teach bayes a stopped one as the worst value."""
    spec = spec_of(dict(data), "the next sweep")
    return tuple(
        outcome.run.id
        for outcome in outcomes.tried
        if not outcome.censored and _RUN_ID.match(outcome.run.id) and spec.matches(outcome.config)
    )


def follow(
    stages: Sequence[tuple[str, CensoredOutcomes]], names: Sequence[str]
) -> list[FollowedResult]:
    """Find the configurations of the last sweep that earlier ones had run too, the best first.

    Args:
        stages: Name and standings of each sweep, the last one last.
        names: The parameters that make a configuration; those that a sweep lacks are passed over.
    """
    found = []
    for outcome in stages[-1][1].tried:
        values = []
        for sweep, others in stages[:-1]:
            match = next((other for other in others.tried if _same(outcome, other, names)), None)
            if match is not None:
                values.append((sweep, match.value, match.censored))
        if values:
            values.append((stages[-1][0], outcome.value, outcome.censored))
            found.append(FollowedResult(run=outcome.run.number_or_id, values=tuple(values)))
    return found


def _same(outcome: CensoredRun, other: CensoredRun, names: Sequence[str]) -> bool:
    shared = [name for name in names if name in outcome.config and name in other.config]
    return bool(shared) and all(
        same_value(outcome.config[name], other.config[name]) for name in shared
    )
