"""Configurations and sweeps side by side: a leaderboard, and a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wbtools.analysis.comparison import Over
from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.analysis.ranking.reading_moment import parse_at
from wbtools.answers.compare.answer import CompareAnswer
from wbtools.answers.rank.answer import RankAnswer
from wbtools.app.change_words import one_of
from wbtools.app.compare import CompareOptions, compare_references
from wbtools.app.rank import RankOptions, rank_references
from wbtools.app.validation_commands import validation_commands
from wbtools.errors import UsageError
from wbtools.library.keywords import (
    MOST_REPORTS,
    goal_of,
    in_keywords,
    path_of,
    question_of,
    references_of,
    selection_of,
    session_of,
    texts_of,
    within,
)
from wbtools.text.shell_words import archive_words

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from wbtools.library.keywords import AnyGoal


@in_keywords
def rank(
    *sweeps: str | os.PathLike[str],
    metric: str | Sequence[str] = (),
    goal: AnyGoal | None = None,
    at: str = "best",
    seed_key: str | Sequence[str] = (),
    group_by: str | Sequence[str] = (),
    stopped: Literal["apart", "as-is", "projected"] = "apart",
    against: str | None = None,
    diverse: int = 0,
    least_distance: float = 0.1,
    seeds: str = "42,123,456",
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    sweep_file: str | os.PathLike[str] | None = None,
    early_terminate: str | None = None,
    budget: int | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
    show_secrets: bool = False,
) -> RankAnswer:
    """Rank configurations by the mean over their seeds and folds, and say how firm that is.

    >>> import wbtools
    >>> ranking = wbtools.rank("demo")
    >>> ranking.n_runs, len(ranking.board.ranked), ranking.board.rows[0].figures[0].best
    (36, 4, 0.5686666666666667)

    The keywords are the options of `wbtools rank`. Several sweeps are the stages of one search: a
    configuration that more than one of them ran is shown with its gain.

    Args:
        sweeps: What the command line calls SWEEP, see `load_sweep`; earlier
            stages first.
        metric: What is ranked by, as `ood/f1:maximize`, or else by `goal`; of several, the next
            breaks ties. By default the sweep's own.
        goal: The goal of metrics that do not say theirs.
        at: `best`: where the first metric is best, the others at that moment; `best-each`: each
            at its own best; `last`; or `step=N`, W&B's `_step`.
        seed_key: Runs that differ in these names only are one configuration, as in the usual
            names of seeds and folds anyway.
        group_by: Runs that are equal in these names are one configuration, whatever else differs.
        stopped: What becomes of runs that were cut short: `apart`, in no mean; `as-is`, as if they
            were full runs; `projected`, ranked by what the audit says they would have come to.
        against: Set values against `cost`, which is hours of a run, or against another metric,
            parameter or number in the summaries, as `n_parameters` or `test/f1:maximize`: the
            answer's `tradeoff` holds the Pareto front.
        diverse: Choose the best so many that also differ.
        least_distance: With `diverse`: least distance between two, as a share of the space.
        seeds: With `diverse`: with which the answer's `commands` validate the choice.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        sweep_file: The sweep's YAML.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        budget: Reports of a full run.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in all that the answer shows. Its attributes are data: nothing in them is
            masked.

    Raises:
        UsageError: The sweep, the metric or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    within("diverse", diverse, 0, MOST_REPORTS)
    within("least_distance", least_distance, 0, 1)
    within("budget", budget, 1, MOST_REPORTS)
    references = references_of(sweeps)
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    options = RankOptions(
        metrics=texts_of(metric),
        goal=goal_of(goal),
        at=parse_at(at),
        seed_keys=texts_of(seed_key),
        group_by=texts_of(group_by),
        stopped=one_of(StoppedRuns, stopped, "stopped"),
        sweep_file=path_of(sweep_file),
        early_terminate=early_terminate,
        budget=budget,
        n_diverse=diverse,
        least_distance=least_distance,
        against=against,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        ranking = rank_references(references, options, session, selection)
    where = [*selection.options(), *archive_words(path_of(archive), offline=offline)]
    commands = validation_commands(ranking, options, seeds, where)
    return RankAnswer.of(ranking, commands=commands, show_secrets=show_secrets)


@in_keywords
def compare(
    *sweeps: str | os.PathLike[str],
    group_by: str | None = None,
    baseline: str | None = None,
    stages: bool = False,
    stopped: Literal["apart", "as-is"] = "apart",
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    metric: str | None = None,
    goal: AnyGoal | None = None,
    rank_by: str | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    budget: int | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> CompareAnswer:
    """Put sweeps, or groups of runs, side by side: what each found, at what cost, and what shows.

    >>> import wbtools
    >>> comparison = wbtools.compare("demo", group_by="schedule")
    >>> comparison.headline
    '4 sides by val/acc: cosine has the best value (0.5687), but no difference can be tested'
    >>> [side.name for side in comparison.sides]
    ['cosine', 'step', 'warmup-cosine', 'constant']

    The keywords are the options of `wbtools compare`. Means are tested, best values are raced over
    equal compute, and stopped runs count as censored.

    Args:
        sweeps: What the command line calls SWEEP, see `load_sweep`; a side
            each, unless `group_by` makes others.
        group_by: Make a side of every value of this column or parameter, or of W&B's own group,
            job_type, host, gpu or state.
        baseline: The side with which the others are compared; else the first sweep that has a
            mean, or the group with the most completed runs.
        stages: Sides are stages of one search: say the gain of each, and of an hour.
        stopped: What becomes of runs that were cut short: `apart`, in no mean; `as-is`, as if they
            were full runs.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        budget: Reports of a full run.
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
    references = references_of(sweeps)
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    options = CompareOptions(
        question=question_of(
            metric=metric,
            goal=goal,
            early_terminate=early_terminate,
            sweep_file=sweep_file,
            rank_by=rank_by,
            budget=budget,
        ),
        by=group_by,
        baseline=baseline,
        over=_over(stopped),
        in_stages=stages,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        return CompareAnswer.of(compare_references(references, options, session, selection))


def _over(stopped: str) -> Over:
    """Whose best values a mean is over.

    Raises:
        UsageError: It is no word for that.
    """
    known = {"apart": Over.COMPLETED, "as-is": Over.ALL}
    if stopped not in known:
        msg = f"stopped {stopped!r} is not one of {', '.join(known)}"
        raise UsageError(msg, "`wbtools.rank` projects stopped runs; a comparison does not")
    return known[stopped]
