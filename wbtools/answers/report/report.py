"""A report: every answer about a sweep, or about several as one story, on one page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from wbtools.answers.limits import ROWS
from wbtools.answers.report.privacy import redaction
from wbtools.answers.report.private_paths import Whereabouts
from wbtools.text.markdown import sentences
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize
from wbtools.text.shell_words import command_line

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
        audit_commands: Of several sweeps, how to look at each one's stops, in their order.
        plot_words: The sweeps and options with which `wbtools plot` draws the same figures; empty
            where it cannot, as of a table of sweeps.
        published: Its page on W&B; None where nothing was published.
        publish_notes: What was said of publishing it: what it would create, in a dry run.
        include_host: Whether host names, e-mail addresses and homes may be shown.
        maker: Who made it, and where: what its pages leave out of paths.
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
    audit_commands: tuple[NextCommand, ...] = ()
    plot_words: tuple[str, ...] = ()
    published: str | None = None
    publish_notes: tuple[str, ...] = ()
    include_host: bool = False
    maker: Whereabouts = field(default_factory=Whereabouts)
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line, as `<report: t3xtur35, 36 runs; a gem? Probably: …>`, and what W&B has."""
        said = [self.headline, *filter(None, [self.published or "; ".join(self.publish_notes)])]
        return f"<report: {'; '.join(said)}>"

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

    def plot_command(self, figure: str, option: str, suffix: str) -> str:
        """The command that writes a figure; empty where there is none.

        Args:
            figure: Its name, as `curves`.
            option: `-o` for the picture, `--data` for its numbers.
            suffix: Of the file, which is called as the figure is.
        """
        if not self.plot_words:
            return ""
        target = [option, f"{figure}.{suffix}"]
        words = (
            [*target, *self.plot_words] if "--" in self.plot_words else [*self.plot_words, *target]
        )
        return command_line(["wbtools", "plot", figure, *words])

    @property
    def clean(self) -> Callable[[str], str]:
        """What takes private words out of a text that is shown."""
        return redaction(
            self._hosts(),
            include_host=self.include_host,
            but=self._plain_words(),
            texts=self._texts(),
            maker=self.maker,
        )

    def _hosts(self) -> Iterator[str | None]:
        yield from self.hosts
        for audit in self.known_audits:
            yield from (row.run.host for row in audit.rows)

    def _plain_words(self) -> Iterator[str]:
        """What machines may be called too: sweeps, metrics, parameters, and what these choose."""
        yield from self.references
        hosts = {host.lower() for host in self._hosts() if host}
        for audit in self.known_audits:
            yield from (audit.question.metric.name, audit.question.rank_by.name)
            values: dict[str, set[str]] = {}
            for row in audit.rows:
                for name, value in row.run.config.items():
                    values.setdefault(name, set()).add(str(value).lower())
            yield from values
            for chosen in values.values():
                if chosen - hosts:
                    yield from (word for word in chosen & hosts if word.isalpha())

    def _texts(self) -> Iterator[str]:
        """What was read where, and what the runs were given."""
        yield from self.references
        for audit in self.known_audits:
            yield audit.sweep.origin
            for row in audit.rows:
                yield from (row.run.program or "", *(row.run.argv or ()))
                yield from (str(value) for value in row.run.config.values() if value)

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
        said = sentences(self.published or "; ".join(self.publish_notes))
        return "\n\n".join(filter(None, [said, self.to_markdown(limit=ROWS)]))
