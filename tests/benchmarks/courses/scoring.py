"""Audit a written sweep as the command does, and hold each run's answer against its truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import wbtools
from tests.benchmarks.courses.sweeps import Truth
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.findings import Confidence

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.courses.sweeps import RecordedSweep
    from wbtools.analysis.audit import RunAudit

RIGHT = {
    Truth.COURSE: {Completion.FULL},
    Truth.STOPPED: {Completion.CENSORED},
    Truth.FAILED: {Completion.FAILED},
    Truth.LOST: {Completion.CENSORED, Completion.FAILED},
}
WITHOUT_A_CAUSE = {Cause.UNKNOWN, Cause.UNEXPLAINED}


@dataclass(frozen=True, kw_only=True)
class Score:
    """What the audit said of one run.

    Attributes:
        is_wrong: Contradicts the truth, and says so with high or medium confidence.
        is_unknown: No cause is named, or with low confidence only.
        is_promised: A run that ran its course is listed as a possible gem, in a sweep in which
            nothing was stopped.
    """

    truth: Truth
    said: str
    is_wrong: bool
    is_unknown: bool
    is_promised: bool

    @property
    def marks(self) -> list[str]:
        """What is amiss, in words."""
        marks = {"WRONG": self.is_wrong, "unknown": self.is_unknown, "GEM": self.is_promised}
        return [mark for mark, applies in marks.items() if applies]


def score_sweep(sweep: RecordedSweep, folder: Path) -> list[Score]:
    """Audit the sweep in `folder`; the metric is named where no sweep file names it."""
    words = {} if sweep.file else {"metric": sweep.program.metric, "goal": sweep.program.goal}
    answer = wbtools.audit(folder, offline=True, archive=folder / ".wbtools", **words)
    rows = {row.run.id: row for row in answer.rows}
    if rows.keys() != {run.id for run in sweep.runs}:
        msg = f"{sweep.id}: the audit lists other runs than were written"
        raise AssertionError(msg)
    return [score_run(rows[run.id], run.truth, sweep.n_stopped) for run in sweep.runs]


def score_run(row: RunAudit, truth: Truth, n_stopped: int) -> Score:
    """Hold what the audit said of a run against its truth; `n_stopped` runs of the sweep were."""
    ended = row.termination
    is_unknown = ended.cause in WITHOUT_A_CAUSE or ended.confidence is Confidence.LOW
    # An end that nothing accounts for is still said to be no full run's.
    is_confident = ended.confidence is not Confidence.LOW and ended.cause is not Cause.UNKNOWN
    p_gem = 0.0 if row.projection is None else row.projection.p_gem
    return Score(
        truth=truth,
        said=f"{row.run.id}: {ended.cause}, {ended.confidence} ({row.n_reports} of {row.budget}"
        f" reports): {ended.because}",
        is_wrong=is_confident and ended.completion not in RIGHT[truth],
        is_unknown=is_unknown,
        is_promised=truth is Truth.COURSE and not n_stopped and p_gem > 0,
    )


def table(groups: dict[tuple[str, ...], list[list[Score]]]) -> str:
    """Markdown, a line a kind of sweep.

    Args:
        groups: The scores of each sweep, by the words of the first columns.
    """
    head = "kind | rule | file | sweeps | runs | confident and wrong | unknown | gems promised"
    lines = [f"| {head} |", "|---|---|---|" + "---:|" * 5]
    for words, sweeps in groups.items():
        runs = [run for sweep in sweeps for run in sweep]
        n = max(len(runs), 1)
        cells = [
            *words,
            str(len(sweeps)),
            str(len(runs)),
            f"{sum(run.is_wrong for run in runs) / n:.1%}",
            f"{sum(run.is_unknown for run in runs) / n:.1%}",
            str(sum(run.is_promised for run in runs)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def what_was_said(title: str, scores: list[Score]) -> str:
    """The runs of a sweep that were judged wrong, and how many there were of each truth."""
    truths = Counter(str(score.truth) for score in scores)
    lines = [f"{title}: {', '.join(f'{n} {truth}' for truth, n in truths.items())}"]
    lines += [
        f"  {' '.join(score.marks)} [{score.truth}] {score.said}" for score in scores if score.marks
    ]
    return "\n".join(lines)
