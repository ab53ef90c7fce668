"""What matters in a sweep: from an audit to one answer a parameter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.boundary_optimum import boundary_optima
from wbtools.analysis.diagnosis.censored import censored_outcomes
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.importance.association import Association, associate
from wbtools.analysis.importance.bins import Bin, Ends, bins
from wbtools.analysis.importance.forest_ensemble import ForestEnsemble, forest_ensemble
from wbtools.analysis.importance.imputed_outcomes import imputed_outcomes
from wbtools.analysis.importance.parameters import is_asked, read_parameters
from wbtools.analysis.importance.regions import (
    correlated_parameters,
    outcome_regions,
)
from wbtools.analysis.importance.stopping import Stopping, associate_stopping
from wbtools.errors import DataError
from wbtools.stats.differences import holm
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.forest import Skill
    from wbtools.analysis.importance.forest_ensemble import Interaction
    from wbtools.analysis.importance.marginals import MarginalPoint
    from wbtools.analysis.importance.parameters import LeftOut, VariedParameter
    from wbtools.analysis.importance.regions import (
        CorrelatedParameters,
        OutcomeRegion,
    )
    from wbtools.model.interval import Interval
    from wbtools.sweepfile.space import Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterImportance:
    """What one parameter brings.

    Attributes:
        parameter: Of all runs of the sweep.
        n: Runs with a value that have it.
        association: With the standings, of it alone.
        permutation: Share of the explained variance that forests lose without it; None if no
            forest was grown.
        main_effect: Share of the variance of the forests' prediction that it brings alone.
        total_effect: The same, with what it brings together with others.
        marginal: How a run is predicted to stand at its values; empty without a forest.
        bins: The runs by its values.
    """

    __repr__ = brief_repr

    parameter: VariedParameter
    n: int
    association: Association
    permutation: Interval | None
    main_effect: Interval | None
    total_effect: Interval | None
    marginal: tuple[MarginalPoint, ...]
    bins: tuple[Bin, ...]

    @property
    def name(self) -> str:
        """Its name, dotted."""
        return self.parameter.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Runs that broke.

    Attributes:
        n_runs: All runs.
        n_diverged: Of these, those that reported NaN or an infinity.
        n_broken: Those that crashed or failed.
        n_failed: Those of either kind.
        regions: Where clearly more fail than elsewhere.
    """

    n_runs: int
    n_diverged: int
    n_broken: int
    n_failed: int
    regions: tuple[OutcomeRegion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """The whole answer about one sweep.

    Attributes:
        n: Runs with a value.
        n_by_completion: How many of these came how far.
        n_projected: Censored, and drawn from their projections.
        n_bounds: Censored, and nothing tells what they would have become.
        n_silent: Runs without a value.
        parameters: The most important first.
        constant: Names of parameters that did not vary.
        unsearched: Names that vary though the sweep file does not search them; passed over.
        searched: Whether something tells what was searched; else everything that varies counts.
        stopping: Which runs were stopped; None where none was, or where at most a tenth of the
            runs with a value are bounds.
        skill: How well the forests predict; None if none was grown.
        no_forest_because: None, or why there is no forest, in words.
        interactions: Pairs, the strongest first.
    """

    audit: Audit
    n: int
    n_by_completion: Mapping[Completion, int]
    n_projected: int
    n_bounds: int
    n_silent: int
    parameters: tuple[ParameterImportance, ...]
    constant: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    unsearched: tuple[str, ...]
    searched: bool
    stopping: Stopping | None
    skill: Skill | None
    no_forest_because: str | None
    interactions: tuple[Interaction, ...]
    failures: Failures
    edges: tuple[BoundaryOptimum, ...]
    alike: tuple[CorrelatedParameters, ...]

    @property
    def forest_means_something(self) -> bool:
        """Whether the forests predict runs that they never saw."""
        return self.skill is not None and self.skill.predicts


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too
def assess(
    audit: Audit,
    space: Mapping[str, Axis] | None,
    *,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Importance:
    """Say what matters.

    Args:
        audit: Causes, best values and projections of the runs.
        space: What was searched, by dotted name; None where nothing tells.
        only: Patterns of the parameters that alone are looked at, if any is given.
        without: Patterns of those that are passed over.
        on_progress: Called with (forests grown, forests in all).

    Raises:
        DataError: No run has a value, or nothing varied.
    """
    outcomes = censored_outcomes(audit)
    if not outcomes.tried:
        msg = f"no run of {audit.sweep.ref} has a value of {audit.question.rank_by.name!r}"
        raise DataError(msg, "name another metric with --metric")
    # An order of their own, so that the source's changes nothing.
    rows = sorted(audit.rows, key=lambda row: row.run.id)
    results = {audit.question.metric.name, audit.question.rank_by.name}
    read = read_parameters(
        [row.run.config for row in rows], space, results=results, only=only, without=without
    )
    if not read.varied and not read.left_out:
        left = " that --parameter and --without leave" if only or without else ""
        msg = f"no parameter{left} varies over the {count(len(rows), 'run')}"
        raise DataError(msg, "what matters can only be seen where parameters differ between runs")
    runs = imputed_outcomes(outcomes, audit.question.rank_by.goal.sign)
    place = {row.run.id: k for k, row in enumerate(rows)}
    tried_rows = np.array([place[run.run.id] for run in runs.tried], dtype=np.int64)
    parameters = [parameter.taken(tried_rows) for parameter in read.varied]
    associations = _held([associate(parameter, runs) for parameter in parameters])
    grown = forest_ensemble(parameters, runs, associations, on_progress)
    ends = Ends(
        failed=np.array([_diverged(row) or _broke(row) for row in rows], dtype=bool),
        stopped=np.array([_stopped(row) for row in rows], dtype=bool),
        eligible=np.array([_stopped(row) or row.completion.counts for row in rows], dtype=bool),
    )
    shows_stopping = runs.many_bounds and ends.stopped.any()
    stopping = associate_stopping(read.varied, ends) if shows_stopping else None
    answers = [
        ParameterImportance(
            parameter=parameter,
            n=part.n,
            association=association,
            permutation=grown.permutation.get(parameter.name),
            main_effect=grown.main_effect.get(parameter.name),
            total_effect=grown.total_effect.get(parameter.name),
            marginal=grown.marginal.get(parameter.name, ()),
            bins=bins(parameter, tried_rows, runs, ends),
        )
        for parameter, part, association in zip(read.varied, parameters, associations, strict=True)
    ]
    searched: dict[str, Axis] = {
        parameter.name: parameter.axis for parameter in read.varied if parameter.ordered
    }
    searched |= {
        name: axis for name, axis in (space or {}).items() if is_asked(name, only, without)
    }
    ranked = sorted(answers, key=lambda importance: _weight(importance, grown, stopping))
    by_name = {parameter.name: parameter for parameter in parameters}
    with_value = Counter(row.completion for row in rows if row.best is not None)
    return Importance(
        audit=audit,
        n=runs.n,
        n_by_completion={each: with_value[each] for each in Completion},
        n_projected=int(runs.projected.sum()),
        n_bounds=int(runs.bounds.sum()),
        n_silent=outcomes.n_silent,
        parameters=tuple(ranked),
        constant=read.constant,
        left_out=read.left_out,
        unsearched=read.unsearched,
        searched=space is not None,
        stopping=stopping,
        skill=grown.skill,
        no_forest_because=grown.abstained_because,
        interactions=grown.interactions,
        failures=Failures(
            n_runs=len(rows),
            n_diverged=sum(map(_diverged, rows)),
            n_broken=sum(map(_broke, rows)),
            n_failed=int(ends.failed.sum()),
            regions=outcome_regions(read.varied, ends.failed),
        ),
        edges=boundary_optima(
            {name: axis for name, axis in searched.items() if name not in audit.budget.names},
            runs.configs,
            runs.worst,
        ),
        alike=correlated_parameters([by_name[importance.name] for importance in ranked]),
    )


def _held(found: list[Association]) -> list[Association]:
    """The same, each knowing whether it holds beside the others."""
    return [
        replace(association, p_adjusted=p)
        for association, p in zip(
            found, holm([association.p for association in found]), strict=True
        )
    ]


def _weight(
    importance: ParameterImportance, grown: ForestEnsemble, stopping: Stopping | None
) -> tuple[float, float, tuple[float, float], str]:
    """By permutation where forests predict; else what surely goes with stops, then by association.

    The name breaks ties.
    """
    lost = importance.permutation.estimate if importance.permutation is not None else 0.0
    stops = stopping.by_parameter[importance.name] if stopping is not None else None
    sure = abs(stops.strength) if stops and stops.stands and stops.strength is not None else 0.0
    predicts = grown.skill is not None and grown.skill.predicts
    return (-lost if predicts else 0.0), -sure, importance.association.order, importance.name


def _diverged(row: RunAudit) -> bool:
    return row.n_nonfinite > 0


def _broke(row: RunAudit) -> bool:
    return row.completion is Completion.FAILED


def _stopped(row: RunAudit) -> bool:
    return row.completion is Completion.CENSORED
