"""Reports: everything about a sweep on one page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.app.observer import Unobserved
from wbtools.app.opening.session import Session
from wbtools.app.publish_report import check_publish, wandb_report
from wbtools.app.publish_report import publish as publish_wandb_report
from wbtools.app.report import ReportOptions, build_report
from wbtools.library.keywords import (
    in_keywords,
    path_of,
    question_of,
    references_of,
    selection_of,
    session_of,
)
from wbtools.text.shell_words import archive_words

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from wbtools.answers.report.report import SweepReport
    from wbtools.library.keywords import AnyGoal


@in_keywords
def report(
    *sweeps: str | os.PathLike[str],
    rank_by: str | None = None,
    target: float | None = None,
    stages: bool = False,
    baseline: str | None = None,
    include_host: bool = False,
    publish: str | None = None,
    final: bool = False,
    yes: bool = False,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    metric: str | None = None,
    goal: AnyGoal | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    early_terminate: str | None = None,
    budget: int | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> SweepReport:
    """Put everything about a sweep on one page, to be shared.

    >>> import wbtools
    >>> found = wbtools.report("demo")
    >>> found
    <report: t3xtur35, 36 runs; a gem? Probably: 70 % that run 5, run again, beats 0.5687 (run 34)>
    >>> page = found.to_html()
    >>> found.commands[-1].line
    'wbtools replicate demo --run 5'

    `Path("report.html").write_text(page)` writes a page that opens from disk. The keywords are the
    options of `wbtools report`; the answers of the other commands are attributes.

    Args:
        sweeps: What the command line calls SWEEP, see `load_sweep`.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
        target: The bar to beat, in the metric's own units.
        stages: The sweeps are stages of one search: say the gain of each, and of an hour.
        baseline: Of several sweeps, the one with which the others are compared.
        include_host: Leave host names, e-mail addresses and home folders in the report. Secrets
            are masked in any case.
        publish: With `yes`, create a W&B Report in this project, `ENTITY/PROJECT`; without it
            nothing is changed, and the report says what would be: `publish_notes`. `published`
            is the address of what was created.
        final: With `publish`, for all who see the project, instead of a draft.
        yes: Change what `publish` says, on W&B.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        sweep_file: The sweep's YAML.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        budget: Reports of a full run.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: A sweep, the metric or the rule cannot be right, or is ambiguous.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: A sweep cannot be read.
    """
    check_publish(publish, acts=yes, is_final=final)
    references = references_of(sweeps)
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    question = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
    )
    where = [*selection.options(), *archive_words(path_of(archive), offline=offline)]
    options = ReportOptions(
        question=question,
        baseline=baseline,
        in_stages=stages,
        include_host=include_host,
        where=where,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        found = build_report(references, options, session, selection)
    if publish is None:
        return found
    notes = _Notes()
    with Session(offline=offline, timeout_s=timeout, observer=notes) as session:
        built = wandb_report(found, publish)
        address = publish_wandb_report(built, session, acts=yes, is_final=final)
    return replace(found, published=address, publish_notes=tuple(notes.said))


class _Notes(Unobserved):
    """Who keeps what is said of publishing a report."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.said.append(text)
