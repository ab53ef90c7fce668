"""Both ways to finish a run, and what it left to go on from: columns, and parts of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.checkpoint import CHECKPOINT
from wbtools.answers.columns import Column
from wbtools.answers.limits import limit_rows
from wbtools.model.progress import progress_words
from wbtools.text.numbers import probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.continue_or_rerun import ContinueOrRerun
    from wbtools.answers.layout import Page
    from wbtools.answers.replicate.answer import SourceRun
    from wbtools.model import Checkpoint

WAYS: Final[tuple[Column[ContinueOrRerun], ...]] = (
    Column(
        "p_gone_on",
        float | None,
        "Probability that the run would have beaten the bar, had it gone on: the audit's `p_gem`, "
        "where that rests on a projection; null without a bar, and of a run that was not stopped.",
        title="continued",
        keep=1,
        show=lambda ways: probability(ways.p_gone_on),
    ),
    Column(
        "cost_continue_h",
        float | None,
        "Hours to go on with the run: from the checkpoint that it is or would be continued from, "
        "the start-up included; without one the hours that were left when it ended.",
        of="continue_h",
        unit="h",
        title="takes",
    ),
    Column(
        "p_repeat",
        float | None,
        "Probability that a fresh run beats the bar, seed noise included; null without "
        "a bar, and of a run that was not stopped.",
        title="run again",
        show=lambda ways: probability(ways.p_repeat, may_be_sure=False),
    ),
    Column(
        "cost_full_h",
        float | None,
        "Hours of a full re-run.",
        of="rerun_h",
        unit="h",
        title="cost",
    ),
)


def write_ways(page: Page, runs: Sequence[SourceRun]) -> None:
    """Write what it takes to go on with each run, what to run it again, and the odds of both.

    Nothing of runs that ran their course, as there is nothing to go on with, nor of those that get
    another configuration or budget, as the odds are not theirs.
    """
    rows = [
        run
        for run in runs
        if run.ways is not None
        and run.ways.has_more_to_go
        and (run.plan is None or run.ways.hold_for(run.plan))
    ]
    if not rows:
        return
    page.heading("Continue or run again")
    called: Column[SourceRun] = Column("run", str, "", _called, title="run")
    titles = page.rows(
        [called, *(column.inside(lambda run: run.ways) for column in WAYS)], rows, noun="run"
    )
    if {"continued", "run again"} & {*titles}:
        page.say(
            "(chance of beating the bar, and the time it takes: had the run gone on, or if its "
            "configuration is run again)",
            indent=2,
            hang=2,
            style="dim",
        )


def write_checkpoints(page: Page, runs: Sequence[SourceRun]) -> None:
    """Write what the runs left to go on from, and what speaks against it."""
    found = [(run, checkpoint) for run in runs for checkpoint in run.checkpoints]
    if not found:
        return
    page.heading("Checkpoints")
    columns: list[Column[tuple[SourceRun, Checkpoint]]] = [
        column.inside(lambda pair: pair[1]) for column in _CANDIDATE
    ]
    called: list[Column[tuple[SourceRun, Checkpoint]]] = [
        Column("run", str, "", lambda pair: _called(pair[0]), title="run")
    ]
    page.rows([*(called if len(runs) > 1 else ()), *columns], found, noun="checkpoint")
    for _, checkpoint in limit_rows(found, page.limit):
        if checkpoint.doubts:
            words = f"{checkpoint.name}: {'; '.join(checkpoint.doubts)}"
            page.say(sanitize(words, limit=0), indent=2, hang=2)


def _called(run: SourceRun) -> str:
    return sanitize(run.audit.run.number_or_id)


def _progress(checkpoint: Checkpoint) -> str:
    return progress_words(checkpoint.epoch, checkpoint.step) or UNKNOWN


_CANDIDATE: Final = (
    CHECKPOINT["name"],
    CHECKPOINT["epoch"].placed(title="progress", right=False, show=_progress),
    *CHECKPOINT.pick("n_bytes", "written_at", "layout"),
    CHECKPOINT["confidence"].placed(title="confidence", keep=4),
)
