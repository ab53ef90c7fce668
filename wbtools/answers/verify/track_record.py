"""The answer of `verify --track-record`: how good the audit's promises were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.analysis.verification.outcome import TrackRecord
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.text.numbers import Scale, count

if TYPE_CHECKING:
    from wbtools.answers.layout import Page
    from wbtools.model import Verified

_VERIFIED: Final[Record[Verified]] = Record(
    "Verified",
    Column("sweep_id", str, "The sweep's id.", of="sweep", title="sweep", keep=1, least=8),
    Column("run_id", str, "The run that was replicated or continued.", title="run", least=8),
    Column(
        "is_continued",
        bool,
        "Whether the run itself went on, and was not run again.",
        title="how",
        show=lambda verified: "continued" if verified.is_continued else "run again",
    ),
    Column("metric", str, "Metric by which the run was judged.", title="metric", keep=2, least=8),
    Column("n_replicas", int, "Replicas that ran to their end.", title="replicas", keep=1),
    Column(
        "mean",
        float | None,
        "Mean of the replicas' best values, in the metric's units.",
        title="mean",
        show=lambda verified: Scale.of([verified.mean]).show(verified.mean),
    ),
    Column("verdict", str, "Verdict on the replication.", title="verdict"),
    Column("p_repeat", float | None, "The promised probability that a replica beats the bar."),
    Column(
        "p_gone_on",
        float | None,
        "The promised probability that the run, had it gone on, beats the bar.",
    ),
    Column("n_beat", int | None, "Replicas that beat the bar."),
    Column("n_within", int | None, "Replicas inside the projected interval."),
    Column("level", float | None, "Probability that the interval was to hold."),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class TrackRecordAnswer(Answer, TrackRecord):
    """How good the audit's promises were, over everything that was verified."""

    name: ClassVar = "track_record"
    table: ClassVar = "verified"
    record: ClassVar[Record[TrackRecordAnswer]] = Record(
        "TrackRecord",
        Column("n_within", int, "Replicas inside their projected interval."),
        Column("n_intervals", int, "Replicas that had a projected interval."),
        Column("n_beat", int, "Replicas that beat the bar of the promise."),
        Column("n_promised", int, "Replicas with a promise."),
        Column(
            "n_expected_beat",
            float,
            "How many replicas were expected to beat the bar.",
            of="expected_beat",
        ),
        Column("verified", Rows(_VERIFIED), "Replications that were verified.", of="members"),
    )

    @property
    def headline(self) -> str:
        """`3 of 4 replicas lie in their projected interval; 2 of 4 beat the bar, 2.0 promised`."""
        if not self.members:
            return "nothing was verified yet"
        parts = []
        if self.n_intervals:
            replicas = count(self.n_intervals, self._noun)
            verb = "lies" if self.n_intervals == 1 else "lie"
            parts.append(f"{self.n_within} of {replicas} {verb} in the projected interval")
        if self.n_promised:
            replicas = count(self.n_promised, self._noun)
            expected = f"{self.expected_beat:.1f} were expected"
            parts.append(f"{self.n_beat} of {replicas} beat the bar, {expected}")
        return "; ".join(parts) or "no projection was kept to hold the replicas against"

    @property
    def _noun(self) -> str:
        """What was held against projections: continued runs are no replicas."""
        kinds = {member.is_continued for member in self.members}
        return "run" if len(kinds) > 1 else "continued run" if True in kinds else "replica"

    def _write(self, page: Page) -> None:
        """Write how many intervals and promises held, then what was verified."""
        page.title([f"{count(len(self.members), 'replication')} verified"])
        answer = f"{self.headline[:1].upper()}{self.headline[1:]}."
        page.verdict("Did the audit's projections hold?", answer)
        if self.members:
            page.gap()
            page.rows(_VERIFIED.titled, self.members, noun="replication")
