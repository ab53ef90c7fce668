"""What each number of a report rests on: what was read, whether all of it, and with which seeds."""

from __future__ import annotations

import sys
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING

from wbtools import __version__
from wbtools.answers.audit.page import write_sources
from wbtools.answers.audit.words import RunNames, as_of_parts
from wbtools.answers.report.private_paths import last_parts
from wbtools.answers.report.report import Refusal
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage


def write_origin(report: SweepReport, page: StoryPage) -> None:
    """Write where everything came from, so that somebody else can come to the same numbers."""
    for audit in report.known_audits:
        if report.is_of_several:
            page.heading(sanitize(audit.sweep.ref.sweep_id))
        page.points(*_recorded(audit, report, page))
        write_sources(page, audit, RunNames(audit))
    for refusal in report.audits:
        if isinstance(refusal, Refusal):
            page.points(f"Not audited: {sanitize(refusal.why, limit=0)}.")
    if report.is_of_several and report.audits:
        page.heading("All of them")
    page.points(*_summed(report, page), *_estimated(report), _versions())


def _summed(report: SweepReport, page: StoryPage) -> Iterator[str]:
    """What was read of a table with a row a sweep."""
    comparison = report.comparison
    if report.audits or comparison is None or isinstance(comparison, Refusal):
        return
    tables = page.clean(listed([sanitize(reference, limit=0) for reference in report.references]))
    if not report.include_host:
        tables = last_parts(tables)
    metric = sanitize(comparison.question.metric.name)
    yield (
        f"Read: {tables}, a table with a row for each of {count(len(comparison.sides), 'sweep')}: "
        f"its name, how many runs it had and how many finished, its best {metric}, and its hours."
    )
    yield "Gains are differences of these values: nothing is estimated, nothing drawn at random."


def _versions() -> str:
    """What the numbers were worked out with."""
    python = ".".join(map(str, sys.version_info[:3]))
    libraries = " and ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return f"Written by wbtools {__version__}, with Python {python}, {libraries}."


def _recorded(audit: AuditAnswer, report: SweepReport, page: StoryPage) -> Iterator[str]:
    """What was read, up to when, and whether that is all of it."""
    sweep = audit.sweep
    origin = page.clean(sanitize(sweep.origin, limit=0).rstrip("."))
    if not report.include_host:
        origin = last_parts(origin)
    if origin:
        yield f"Read: {', '.join([origin, *as_of_parts(audit)])}."
    curves = sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        yield "No curves were recorded: values are those of the runs' summaries."
    elif curves.complete:
        yield f"Every report of {sanitize(curves.metric)} that was recorded is here."
    else:
        yield (
            f"Some reports of {sanitize(curves.metric)} are missing: what W&B gave is a sample, so "
            "that a best value may be better than shown."
        )
    versions = Counter(row.run.sdk_version for row in audit.rows if row.run.sdk_version)
    if versions:
        named = listed([sanitize(version, limit=20) for version, _ in versions.most_common()])
        yield f"Recorded with the wandb package {named}."
    commits = {row.run.git_commit for row in audit.rows if row.run.git_commit}
    if commits:
        named = listed([sanitize(commit, limit=12) for commit in sorted(commits)], most=3)
        yield f"Made by the code of {'commit' if len(commits) == 1 else 'commits'} {named}."


def _estimated(report: SweepReport) -> Iterator[str]:
    """What is drawn at random, and from which seed: the same data give the same page."""
    simulation, ranking = report.simulation, report.ranking
    if simulation is not None and not isinstance(simulation, Refusal):
        setup = simulation.setup
        orders = count(setup.n_orders, "order")
        yield f"Rules were replayed in {orders} of arrival, drawn from seed {setup.seed}."
    if ranking is not None and not isinstance(ranking, Refusal):
        resampled = ranking.board.resampled
        if resampled.n_draws:
            yield f"Ranks were drawn anew {resampled.n_draws:,} times, from seed 0."
    if report.audits:
        yield (
            "The same recording gives the same numbers again: whatever else is drawn at random "
            "has fixed seeds, from 0 on."
        )
