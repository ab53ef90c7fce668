"""Audits: why runs ended, and which stopped ones deserved to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.audit.gem_words import runs_to_repeat
from wbtools.app.audit import audit_sweep
from wbtools.app.audit_answer import audit_answer
from wbtools.app.opening.run_names import select_run
from wbtools.app.tag_gems import check_may_tag
from wbtools.app.tag_gems import tag_gems as tag_runs
from wbtools.errors import UsageError
from wbtools.library.keywords import (
    in_keywords,
    question_of,
    reference_of,
    selection_of,
    session_of,
)
from wbtools.model import Sweep

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from wbtools.library.keywords import AnyGoal


@in_keywords
def audit(
    sweep: Sweep | str | os.PathLike[str],
    *,
    run: str | int | None = None,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
    target: float | None = None,
    budget: int | None = None,
    method: Literal["learned", "catch-up", "empirical-gain", "curve-fit", "last"] | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
    show_secrets: bool = False,
    show_all_runs: bool = False,
    tag_gems: bool = False,
    yes: bool = False,
) -> AuditAnswer:
    """Say why every run of a sweep ended, and which stopped runs deserved to live.

    >>> import wbtools
    >>> found = wbtools.audit("demo")
    >>> found
    <audit: t3xtur35, 36 runs; a gem? Probably: 70 % that run 5, run again, beats 0.5687 (run 34)>
    >>> first = found.gems[0]
    >>> first.run.name, str(first.termination.cause), round(first.projection.p_gem, 2)
    ('ivory-sweep-5', 'hyperband', 0.71)

    The keywords are the options of `wbtools audit-terminations`. What they leave open is looked
    for beside the runs, as there: for a sweep in memory, where `sweep.ref` says it came from. With
    `metric`, `goal` and `early_terminate` given, nothing outside of the sweep is read.

    Args:
        sweep: From `load_sweep`, or what it takes; a reference loads the metrics it needs.
        run: Show this run alone, with its curve: its number, name, id or page, `best`, `gem` or
            `gem:2`.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
        target: The bar to beat, in the metric's own units.
        budget: Reports of a full run.
        method: How stopped runs are projected; by the learned model if nothing is said.
        offline: As for `load_sweep`, where `sweep` is a reference.
        refresh: Likewise.
        timeout: Likewise.
        archive: Likewise.
        cache: Likewise.
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in all that the answer shows. Its attributes are data: nothing in them is
            masked.
        show_all_runs: Have the table of all runs on the page: `--all-runs`.
        tag_gems: With `yes`, tag the runs that the answer advises to run again `wbtools-gem` on
            W&B; without it nothing is changed.
        yes: Change what `tag_gems` says, on W&B.

    Raises:
        UsageError: The sweep, the metric or the rule cannot be right, or is ambiguous; or the
            sweep was loaded without the metric's curves.
        DataError: The data do not allow an answer.
    """
    check_may_tag(None, tags=tag_gems, acts=yes)
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    options = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
        method=method,
    )
    name = None if run is None else str(run)
    if isinstance(sweep, Sweep):
        if selection:
            msg = "runs are chosen by group, tag or filter where a sweep is opened; this one was"
            raise UsageError(msg, "pass what it was loaded from")
        found = audit_sweep(sweep, options)
        answer = AuditAnswer.of(
            found,
            run=None if name is None else select_run(found, name),
            show_secrets=show_secrets,
            show_all_runs=show_all_runs,
        )
    else:
        with session_of(
            offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
        ) as session:
            answer = audit_answer(
                reference_of(sweep),
                options,
                session,
                run=name,
                selection=selection,
                show_secrets=show_secrets,
                show_all_runs=show_all_runs,
            )
    check_may_tag(answer, tags=tag_gems, acts=yes)
    if tag_gems:
        gems = [row.run for row in runs_to_repeat(answer)]
        with session_of(offline=offline, timeout=timeout) as session:
            tag_runs(answer, gems, session, acts=yes)
    return answer
