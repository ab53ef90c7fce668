"""What another rule would have done, and what a sweep file will cost before it runs."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING

from wbtools.analysis.simulation.grid import Guards
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.simulate import Setup
from wbtools.answers.forecast.answer import ForecastAnswer
from wbtools.answers.simulate.answer import SimulateAnswer
from wbtools.app.forecast import ForecastOptions, forecast_files
from wbtools.app.forecast_words import file_options
from wbtools.app.simulate import SimulateOptions, simulate_references
from wbtools.errors import UsageError
from wbtools.library.keywords import (
    goal_of,
    in_keywords,
    question_of,
    reference_of,
    references_of,
    selection_of,
    session_of,
    texts_of,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.library.keywords import AnyGoal


@in_keywords
def simulate(
    *sweeps: str | os.PathLike[str],
    rule: str | Sequence[str] = (),
    agents: int | None = None,
    poll: float = 0.0,
    orders: int = 20,
    seed: int = 0,
    top: int = 3,
    preserve: float | None = None,
    patient: int | None = None,
    p_alive: float | None = None,
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    budget: int | None = None,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> SimulateAnswer:
    """Replay sweeps under other early-termination rules: compute saved against what is missed.

    The keywords are the options of `wbtools simulate`. Without `rule` the sweep's own rule and a
    grid are tried, which takes some seconds. Configurations, curves and paces are those recorded;
    what stopped runs would have reported is drawn from their projections.

    Args:
        sweeps: What the command line calls SWEEP, see `load_sweep`; rules
            are judged on all of them together.
        rule: Try these rules, such as `hyperband(min_iter=5,eta=3)`, in place of the default grid.
        agents: Runs at a time; else as many as were recorded.
        poll: Seconds after which W&B's server looks at the runs again; 0: at all runs at work
            whenever one reports.
        orders: In how many orders the runs arrive; the first is the recorded one.
        seed: Of the orders and all draws.
        top: The guard that never stops the best so many; 0 for none.
        preserve: The guard that never stops runs at least this good.
        patient: The guard that never stops runs that improved in their last so many reports.
        p_alive: The guard that never stops runs whose projection beats the best completed run with
            at least this probability; takes about a second a replay.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        budget: Reports of a full run.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: The sweep, the metric or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    within("agents", agents, 1, 100_000)
    within("poll", poll, 0, 10**9)
    within("orders", orders, 1, 10_000)
    within("seed", seed, 0)
    within("top", top, 0)
    within("patient", patient, 1)
    within("p_alive", p_alive, 0.001, 1)
    references = references_of(sweeps)
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    setup = Setup(
        n_workers=agents,
        poll_s=poll,
        n_orders=orders,
        seed=seed,
        guards=Guards(top=top or None, preserve=preserve, patient=patient, p_alive=p_alive),
    )
    options = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        budget=budget,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        simulation = simulate_references(
            references,
            SimulateOptions(rules=texts_of(rule), setup=setup),
            options,
            session,
            selection=selection,
        )
    return SimulateAnswer.of(simulation, advice=recommend(simulation))


@in_keywords
def forecast(
    *files: str | os.PathLike[str],
    runs: int | Sequence[int] = (),
    budget: int | Sequence[int] = (),
    reports_per_epoch: float | str | Fraction | Sequence[float | str | Fraction] = (),
    hours_per_run: float | Sequence[float] = (),
    rule: str | None = None,
    agents: int = 1,
    like: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    metric: str | None = None,
    goal: AnyGoal | None = None,
    seed: int = 0,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> ForecastAnswer:
    """Say what a sweep file will cost, and what its early termination may lose, before it runs.

    The keywords are the options of `wbtools forecast`. The rule is replayed on real learning
    curves, those that ship with wbtools or those of `like`. What is said of files is said once for
    all of them, or once for each in their order.

    Args:
        files: Sweep files, or series of them, run one after the other.
        runs: Runs, in place of `run_cap` or the grid's.
        budget: Reports of a full run, of the longest where epochs are swept; else as many as
            epochs.
        reports_per_epoch: How often an epoch logs the metric: `2`, `0.5`, `"1/3"`.
        hours_per_run: Hours of a full run, on average where epochs are swept.
        rule: Stop runs by this rule, as `wbtools guard` does, in place of the files' own.
        agents: Runs side by side.
        like: Recorded sweeps on whose curves to simulate, see `load_sweep`.
        metric: The metric of these.
        goal: Whether it is to fall or to rise.
        seed: Another seed draws other sweeps.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: A file cannot be read, or W&B would refuse it; or a keyword cannot be right.
        SignInError: A recorded sweep is on a server for which there are no credentials.
        DataError: A file is no sweep file, or a recorded sweep cannot be simulated on.
    """
    within("agents", agents, 1, 10**6)
    within("seed", seed, 0)
    names = references_of(files, "file")
    recorded = [like] if isinstance(like, str | os.PathLike) else like
    if not recorded and (metric or goal):
        msg = "metric and goal speak of a recorded sweep, and like names none"
        raise UsageError(msg, "leave them out: a forecast looks at the order of values only")
    ratios = _each(reports_per_epoch)
    options = ForecastOptions(
        files=file_options(
            len(names),
            runs=[runs] if isinstance(runs, int) else runs,
            budget=[budget] if isinstance(budget, int) else budget,
            reports_per_epoch=[str(ratio) for ratio in ratios],
            hours_per_run=(
                [hours_per_run] if isinstance(hours_per_run, int | float) else hours_per_run
            ),
        ),
        like=tuple(map(reference_of, recorded)),
        metric=metric,
        goal=goal_of(goal),
        n_agents=agents,
        seed=seed,
        rule=rule,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        return ForecastAnswer.of(forecast_files(names, options, session))


def _each(
    ratios: float | str | Fraction | Sequence[float | str | Fraction],
) -> Sequence[float | str | Fraction]:
    return [ratios] if isinstance(ratios, int | float | str | Fraction) else ratios
