"""The answer of `doctor`: findings, each with its evidence, and what could not be judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.analysis.health import Examination, Unjudged
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import counts_by_severity, run_names, write_findings
from wbtools.answers.findings.record import FINDING
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.parts import METRIC, SWEEP, maybe_completion_column
from wbtools.answers.table_words import table_parts
from wbtools.answers.termination_words import completion_words
from wbtools.findings import Confidence
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.diagnosis.termination import Completion
    from wbtools.answers.layout import Page

_LONGEST_TITLE: Final = 200
_DOUBT: Final = {Confidence.HIGH: "", Confidence.MEDIUM: "probably ", Confidence.LOW: "perhaps "}
_NOT_JUDGED: Final[Record[Unjudged]] = Record(
    "NotJudged",
    Column("code", str, "Code of the check."),
    Column("about", str, "What the check is about."),
    Column("not_judged_because", str, "Why the check could not be judged.", of="why"),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class DoctorAnswer(Answer, Examination):
    """What quietly went wrong in a sweep."""

    name: ClassVar = "doctor"
    table: ClassVar = "findings"
    record: ClassVar[Record[DoctorAnswer]] = Record(
        "Doctor",
        Column("sweep", SWEEP, "The sweep that was examined.", of="context.sweep"),
        maybe_completion_column(lambda answer: answer.n_by_completion, "where no metric is known"),
        Column(
            "metric",
            Maybe(METRIC),
            "Metric by which runs are judged; null where nothing says.",
            lambda answer: (
                None
                if answer.context.diagnosis is None
                else answer.context.diagnosis.question.metric
            ),
        ),
        Column("n_checks", int, "Checks that were made or tried."),
        Column("findings", Rows(FINDING), "Findings, the worst first."),
        Column("not_judged", Rows(_NOT_JUDGED), "Checks that could not be judged.", of="unjudged"),
    )

    @property
    def headline(self) -> str:
        """`1 error, 2 warnings: 36 of 36 runs never logged 'loss'`, with the worst finding."""
        if not self.findings:
            return self._nothing_found()
        worst = self.findings[0]
        title = sanitize(worst.title, limit=_LONGEST_TITLE)
        return f"{counts_by_severity(self.findings)}: {_DOUBT[worst.confidence]}{title}"

    def _nothing_found(self) -> str:
        """How many checks say so; with few of them it is no all-clear."""
        n, n_made = self.n_checks, self.n_checks - self._n_silent
        if n_made == n:
            return f"nothing was found by {self._checks}"
        if not n_made:
            return f"none of {count(n, 'check')} could be made, so that nothing is known"
        who = "it" if n_made == 1 else "they"
        few = ", too few for an all-clear" if 2 * n_made < n else ""
        return f"{n_made} of {count(n, 'check')} could be made; {who} found nothing{few}"

    @property
    def _n_silent(self) -> int:
        return len({unjudged.code for unjudged in self.unjudged})

    @property
    def _checks(self) -> str:
        n_silent = self._n_silent
        silent = f" ({n_silent} could not be made)" if n_silent else ""
        return f"{count(self.n_checks, 'check')}{silent} of {count(self.context.n_runs, 'run')}"

    @property
    def n_by_completion(self) -> Counter[Completion] | None:
        """How many runs came how far; None where no metric is known."""
        diagnosis = self.context.diagnosis
        return None if diagnosis is None else Counter(diagnosis.completions)

    def _write(self, page: Page) -> None:
        """Write the worst finding, all with their evidence, then what could not be judged."""
        page.title(self._title_parts())
        page.flow([self._runs()])
        page.verdict("What went wrong?", f"{self.headline[:1].upper()}{self.headline[1:]}.")
        sweep = self.context.sweep
        names = run_names(sweep.runs)
        write_findings(page, self.findings, names.get, evidence=True)
        self._write_not_judged(page)
        page.heading("What was looked at")
        page.points(*self._sources(), *table_parts(sweep.origin, sweep.table))

    def _title_parts(self) -> list[str]:
        parts = [sanitize(self.context.sweep.ref.sweep_id)]
        if self.context.diagnosis is None:
            return [*parts, "metric unknown"]
        question = self.context.diagnosis.question
        parts += [] if question.sweep_name is None else [sanitize(question.sweep_name)]
        how = [] if question.method is None else [sanitize(question.method)]
        how.append(f"{question.metric.goal} {sanitize(question.metric.name)}")
        how += [] if question.rule.settings is None else [sanitize(question.rule.settings)]
        return [*parts, ", ".join(how)]

    def _runs(self) -> str:
        runs = count(self.context.n_runs, "run")
        ended = self.n_by_completion
        return runs if ended is None else f"{runs}: {', '.join(completion_words(ended))}"

    def _sources(self) -> list[str]:
        facts = [f"{self._checks}."]
        if self.context.diagnosis is not None:
            question = self.context.diagnosis.question
            facts.append(f"Metric: {sanitize(question.metric_source, limit=0)}.")
            facts.append(f"Rule: {sanitize(question.rule.source, limit=0)}.")
        return facts

    def _write_not_judged(self, page: Page) -> None:
        if not self.unjudged:
            return
        page.heading("What could not be judged")
        reasons: dict[str, list[str]] = {}
        for unjudged in self.unjudged:
            reasons.setdefault(unjudged.why, []).append(unjudged.code)
        shown = limit_rows(list(reasons), page.limit)
        for why in shown:
            page.say(f"{sanitize(why, limit=0)}: {', '.join(reasons[why])}", indent=2, hang=2)
        others = rows_left(len(reasons) - len(shown), "reason")
        if others:
            page.say(others, indent=2, style="dim")
