"""What in the parameters made runs good, or made them fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.importance.answer import ImportanceAnswer
from wbtools.app.importance import ImportanceOptions, find_importance
from wbtools.library.keywords import (
    in_keywords,
    question_of,
    reference_of,
    selection_of,
    session_of,
    texts_of,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from wbtools.library.keywords import AnyGoal


@in_keywords
def importance(
    sweep: str | os.PathLike[str],
    *,
    parameter: str | Sequence[str] = (),
    without: str | Sequence[str] = (),
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
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
    show_secrets: bool = False,
) -> ImportanceAnswer:
    """Say which parameters matter, how sure that is, and where runs do best or fail.

    The keywords are the options of `wbtools importance`. Stopped runs are censored: what they
    would have become is drawn from the audit's projections. Growing the forests takes some
    seconds.

    Args:
        sweep: What the command line calls SWEEP, see `load_sweep`.
        parameter: Look at these parameters only, as `lr` or `optimizer.*`.
        without: Pass these over, as `val_loss` or `paths.*`.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
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
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in all that the answer shows. Its attributes are data: nothing in them is
            masked.

    Raises:
        UsageError: The sweep, the metric or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    options = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        budget=budget,
    )
    parameters = ImportanceOptions(only=texts_of(parameter), without=texts_of(without))
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        found = find_importance(
            reference_of(sweep), session, options, parameters, selection=selection
        )
    return ImportanceAnswer.of(found, show_secrets=show_secrets)
