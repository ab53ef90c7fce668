"""What is worth knowing of a sweep that was fetched, as findings WBT116 and WBT122 to WBT126.

Texts hold what other people wrote; whoever renders a finding escapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.app.opening.in_memory import own_spec
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import RunState
from wbtools.sources.timestamps import utc_time
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.archive import Archive, IncompleteSeries, SweepHeader
    from wbtools.model import Sweep

INCOMPLETE: Final = "WBT116"
RUNS_LACKING: Final = "WBT123"
_MOST_NAMED: Final = 10


def fetched_findings(archive: Archive, head: SweepHeader, sweep: Sweep) -> list[Finding]:
    """Say what the archive knows of how a sweep was fetched.

    Args:
        archive: Where it is kept.
        head: What the server says of it.
        sweep: Its runs as they were loaded.
    """
    return [
        *_incomplete(archive, head, sweep),
        *_deleted(archive, head),
        *_lacking(archive, head, sweep),
        *_edited(archive, head),
        *_attached(head, sweep),
        *_silent(head, sweep),
    ]


def _incomplete(archive: Archive, head: SweepHeader, sweep: Sweep) -> Iterator[Finding]:
    """Curves that are sampled, cut short or were never asked for, a metric at a time."""
    loaded = {run.id for run in sweep.runs}
    lacking = [
        series
        for series in archive.incomplete(head.key, tuple(sweep.curves))
        if series.run_id in loaded
    ]
    for metric in sweep.curves:
        of_metric = [series for series in lacking if series.metric == metric]
        if not of_metric:
            continue
        yield _finding(
            INCOMPLETE,
            Severity.WARNING,
            f"the curves of {metric!r} are incomplete in {len(of_metric)} of "
            f"{count(len(loaded), 'run')}: " + _what_is_lacking(of_metric),
            {
                "metric": metric,
                "runs": [series.run_id for series in of_metric[:_MOST_NAMED]],
                "n_incomplete": len(of_metric),
                "n_runs": len(loaded),
            },
            "a missing report shifts every later one against the bands; the next fetch asks for"
            " them again",
        )


def _what_is_lacking(incomplete: Sequence[IncompleteSeries]) -> str:
    """The first of the runs in numbers."""
    first = incomplete[0]
    if not first.fetched:
        return f"the curve of {first.run_id} was never fetched"
    expected = "" if first.n_expected is None else f" of {first.n_expected:,}"
    return f"{first.run_id} has {first.n_rows:,}{expected} rows"


def _deleted(archive: Archive, head: SweepHeader) -> Iterator[Finding]:
    gone = [
        archived_run.run.id
        for archived_run in archive.runs(head.key)
        if archived_run.missing_since is not None
    ]
    if gone:
        yield _finding(
            "WBT122",
            Severity.WARNING,
            f"{len(gone)} archived runs are no longer on the server; they are left out",
            {"runs": gone[:_MOST_NAMED]},
            "they were deleted or moved; the bands that they helped to set are judged without them",
        )


def _lacking(archive: Archive, head: SweepHeader, sweep: Sweep) -> Iterator[Finding]:
    archived_sweep = archive.sweep(head.key)
    expected = archived_sweep.head.n_expected_runs
    unfinished = archived_sweep.unfinished
    if unfinished is not None:
        yield _finding(
            RUNS_LACKING,
            Severity.WARNING,
            f"the last fetch was interrupted ({unfinished.cursor}): runs or rows are missing",
            {"n_runs": len(sweep.runs), "n_expected_runs": expected},
            "fetch again; it goes on where it stopped",
        )
    elif expected is not None and len(sweep.runs) < expected:
        yield _finding(
            RUNS_LACKING,
            Severity.WARNING,
            f"the server says that there are {expected} runs; it listed {len(sweep.runs)}",
            {"n_runs": len(sweep.runs), "n_expected_runs": expected},
            "runs were deleted, are too large to be listed, or are hidden from you",
        )


def _edited(archive: Archive, head: SweepHeader) -> Iterator[Finding]:
    changes = archive.config_changes(head.key)
    if changes:
        yield _finding(
            "WBT124",
            Severity.WARNING,
            f"the sweep's own configuration was changed {len(changes)} times between fetches",
            {"until": [until.isoformat() for until in changes]},
            "runs are judged by the present rule; pass the earlier one with --early-terminate",
        )


def _attached(head: SweepHeader, sweep: Sweep) -> Iterator[Finding]:
    began = utc_time(head.created_at)
    if began is None:
        return
    prior = [run.id for run in sweep.runs if run.created_at is not None and run.created_at < began]
    if prior:
        yield _finding(
            "WBT125",
            Severity.INFO,
            f"{len(prior)} runs are older than the sweep: they were attached to it",
            {"runs": prior[:_MOST_NAMED]},
            "attached runs (`wandb sweep --prior_run`) set bands, but no agent could stop them",
        )


def _silent(head: SweepHeader, sweep: Sweep) -> Iterator[Finding]:
    """No stop flags: the server does not know the field, or does not keep what stood in it."""
    ended = [run for run in sweep.runs if not run.state.is_going]
    n_unfinished = sum(run.state is not RunState.FINISHED for run in ended)
    if not ended or any(run.stopped for run in ended):
        return
    spec = own_spec(head.config, str(head.key))
    if all(run.stopped is None for run in ended):
        title = "the server does not say which runs were asked to stop"
    elif n_unfinished and spec is not None and spec.has_rule:
        which = f"{n_unfinished} runs that did not finish"
        title = f"W&B shows no stop flag on any of {which}; it may not keep them"
    else:
        return
    yield _finding(
        "WBT126",
        Severity.INFO,
        title,
        {"n_runs": len(ended), "n_unfinished": n_unfinished},
        "causes rest on the rule and on how the runs ended",
    )


def _finding(
    code: str,
    severity: Severity,
    title: str,
    evidence: dict[str, Sequence[str] | int | None],
    hint: str,
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=title,
        evidence=evidence,
        hint=hint,
    )
