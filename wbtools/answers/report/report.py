"""A report: every answer about a sweep, or about several as one story, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wbtools.answers.limits import ROWS
from wbtools.answers.report.privacy import redaction
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.doctor.answer import DoctorAnswer
    from wbtools.answers.importance.answer import ImportanceAnswer
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.simulate.answer import SimulateAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer is not there, in the words of the error that refused it."""

    why: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCommand:
    """A command to paste.

    Attributes:
        line: The whole command.
        purpose: What it does, as a short phrase.
    """

    line: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SweepReport:
    """Everything that is known about a sweep, or about several as one story, ready to be shared.

    Attributes:
        references: What the user calls the sweeps, in their order.
        audits: One a sweep, in the same order; none where a table gives sums of sweeps.
        doctor: Of one sweep; of several it is not asked.
        importance: Likewise.
        simulation: Likewise.
        ranking: The leaderboard, over all of them.
        comparison: The sweeps side by side; of one, its race alone.
        commands: What to run next.
        include_host: Whether host names, e-mail addresses and homes may be shown.
        hosts: The machines of those sweeps whose audit was refused.
    """

    references: tuple[str, ...]
    audits: tuple[AuditAnswer | Refusal, ...]
    doctor: DoctorAnswer | Refusal | None = None
    importance: ImportanceAnswer | Refusal | None = None
    simulation: SimulateAnswer | Refusal | None = None
    ranking: RankAnswer | Refusal | None = None
    comparison: CompareAnswer | Refusal | None = None
    commands: tuple[NextCommand, ...] = ()
    include_host: bool = False
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line, as `<report: t3xtur35, 36 runs; a gem? Probably: …>`."""
        return f"<report: {self.headline}>"

    @property
    def audit(self) -> AuditAnswer | Refusal | None:
        """The audit of the one sweep; None of several."""
        return None if self.is_of_several else self.audits[0]

    @property
    def known_audits(self) -> list[AuditAnswer]:
        """The audits that were not refused."""
        return [audit for audit in self.audits if not isinstance(audit, Refusal)]

    @property
    def is_of_several(self) -> bool:
        """Whether it is about several sweeps, of which a table may give only sums."""
        return len(self.audits) != 1

    @property
    def headline(self) -> str:
        """What it is and says, in one line."""
        if self.is_of_several:
            names = listed([sanitize(reference) for reference in self.references])
            return f"{count(len(self.references), 'sweep')}: {names}"
        (audit,) = self.audits
        return audit.why if isinstance(audit, Refusal) else audit.headline

    @property
    def clean(self) -> Callable[[str], str]:
        """What takes private words out of a text that is shown."""
        return redaction(self._hosts(), include_host=self.include_host, but=self.references)

    @property
    def has_answers(self) -> bool:
        """Whether anything but findings was answered."""
        others = (self.importance, self.simulation, self.ranking, self.comparison)
        return any(
            answer is not None and not isinstance(answer, Refusal)
            for answer in (*self.audits, *others)
        )

    def _hosts(self) -> Iterator[str | None]:
        yield from self.hosts
        for audit in self.known_audits:
            yield from (row.run.host for row in audit.rows)

    def to_html(self) -> str:
        """The page: one self-contained document that asks no server for anything."""
        from wbtools.answers.report.document import html_document  # noqa: PLC0415 - document.py writes what this holds

        return html_document(self)

    def to_markdown(self, *, limit: int = 0) -> str:
        """The same story as Markdown, with words in place of figures.

        Args:
            limit: Rows of each table or list but that of all runs; 0 for all.
        """
        from wbtools.answers.report.document import markdown_document  # noqa: PLC0415 - document.py writes what this holds

        return markdown_document(self, limit=limit)

    def _repr_markdown_(self) -> str:
        return self.to_markdown(limit=ROWS)
