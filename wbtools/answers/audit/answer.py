"""The answer of `audit-terminations`: why every run ended, and which stopped runs were gems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from wbtools.analysis.audit import Audit
from wbtools.answers.answer import Answer
from wbtools.answers.audit.gem_words import gem_words
from wbtools.answers.audit.page import write_audit
from wbtools.answers.audit.records import (
    BAR,
    BUDGET,
    COMPUTE,
    CURVE,
    OUTCOME,
    QUESTION,
    RULE,
    VALUES,
)
from wbtools.answers.audit.run_page import write_run
from wbtools.answers.audit.run_row import run_rows
from wbtools.answers.audit.run_verdict import run_verdict
from wbtools.answers.audit.runs import RUN
from wbtools.answers.audit.words import RunNames, scale_of
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.record import FINDING
from wbtools.answers.limits import FEW_ROWS
from wbtools.answers.parts import SWEEP, completion_column
from wbtools.errors import UsageError
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from wbtools.analysis.audit import RunAudit
    from wbtools.answers.audit.run_row import RunRow
    from wbtools.answers.layout import Page
    from wbtools.model import Checkpoint, Curves


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class AuditAnswer(Answer, Audit):
    """Why every run of a sweep ended, and which stopped run deserved to live.

    Attributes:
        run: The run that is asked for, one of `rows`: it then comes alone, and with its curve.
        show_secrets: Mask nothing in configurations and programs.
        show_all_runs: Write the table of all runs on the page about the sweep.
        checkpoints: From which runs can go on, by the run's id, as far as they were looked for.
        looked_for: Ids of the runs whose checkpoints were looked for.
    """

    rows_shown: ClassVar = FEW_ROWS
    name: ClassVar = "audit"
    table: ClassVar = "runs"
    record: ClassVar[Record[AuditAnswer]] = Record(
        "Audit",
        Column("sweep", SWEEP, "The sweep that was audited."),
        completion_column(lambda answer: answer.n_by_completion()),
        Column("question", QUESTION, "What was asked, and from where that is known."),
        Column("budget", BUDGET, "How many reports a full run makes, and how that is known."),
        Column("rule", RULE, "The early-termination rule.", lambda answer: answer),
        Column("bar", Maybe(BAR), "What a gem must beat.", of="incumbent"),
        Column("outcome", OUTCOME, "Whether any stopped run is a gem."),
        Column("values", VALUES, "The spread of the runs' best values."),
        Column("compute", COMPUTE, "What was used of what all runs cost in full."),
        Column(
            "gem_run_ids",
            list[str],
            "The stopped runs that can be ranked, the likeliest gem first.",
            lambda answer: [row.run.id for row in answer.gems],
        ),
        Column(
            "runs",
            Rows(RUN),
            "Runs in the sweep's order, or the one that is asked for; values are of the "
            "metric that ranks.",
            of="run_rows",
        ),
        Column(
            "curve",
            Maybe(CURVE),
            "Curve of the run that is asked for; null without one, or without curves.",
            of="curve",
        ),
        Column("findings", Rows(FINDING), "Findings on the sweep that a reader must know."),
    )

    run: RunAudit | None = None
    show_secrets: bool = False
    show_all_runs: bool = False
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    looked_for: frozenset[str] = frozenset()

    @property
    def headline(self) -> str:
        """Such as `t3xtur35, 36 runs; a gem? Possibly: 47 % that run 5, run again, beats 0.5`."""
        sweep, names, scale = sanitize(self.sweep.ref.sweep_id), RunNames(self), scale_of(self)
        if self.run is not None:
            verdict = run_verdict(self, self.run, names, self.checkpoints.get(self.run.run.id))
            return f"{names.of(self.run.run.id)} of {sweep}: {verdict}"
        gem = gem_words(self, names, scale, self.checkpoints)[0].rstrip(".")
        return f"{sweep}, {count(len(self.rows), 'run')}; a gem? {gem}"

    @property
    def run_rows(self) -> list[RunRow]:
        """The runs as rows of data."""
        rows = self.rows if self.run is None else (self.run,)
        return run_rows(
            self,
            rows,
            self.checkpoints,
            looked_for=self.looked_for,
            show_secrets=self.show_secrets,
        )

    @property
    def curve(self) -> tuple[Curves, int] | None:
        """The curves that hold that of the run that is asked for, and its row in them."""
        curves = self.sweep.curves.get(self.question.rank_by.name)
        if self.run is None or curves is None:
            return None
        return curves, curves.run_ids.index(self.run.run.id)

    def _write(self, page: Page) -> None:
        """Write the page about the sweep, or about the run that is asked for."""
        if self.run is None:
            write_audit(page, self, self.checkpoints, all_runs=self.show_all_runs)
        else:
            write_run(page, self, self.run, self.checkpoints.get(self.run.run.id))

    def plot(self, run: RunAudit | str | int | None = None) -> Figure:
        """Draw all curves, bands and stops, and the likeliest gems' future, as `--plot` does.

        The figure belongs to the caller: pyplot neither holds nor shows it, and its settings are
        neither used nor changed.

        Args:
            run: The run to highlight: one of `rows`, or its number, name or id; the one that is
                asked for if nothing is said.

        Raises:
            UsageError: No run or several runs are meant.
        """
        from wbtools.answers.figures.curves import curves_figure  # noqa: PLC0415 - as below
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib

        row = self._row(run) if isinstance(run, str | int) else run
        return drawn(curves_figure(self, row or self.run))

    def _row(self, name: str | int) -> RunAudit:
        named = [
            row for row in self.rows if str(name) in {str(row.run.number), row.run.name, row.run.id}
        ]
        if len(named) != 1:
            msg = f"{name!r} means {count(len(named), 'run')} of this audit"
            raise UsageError(msg, "give the number, name or id of one")
        return named[0]
