"""The answer of `make-sweep`: what each sweep file says, and on what evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import counts_by_severity, write_findings
from wbtools.answers.findings.record import FINDING
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.answers.parts import METRIC
from wbtools.sweepfile.space import Choice, Constant, Range
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.answers.layout import Page
    from wbtools.findings import Finding
    from wbtools.model import Metric
    from wbtools.sweepfile.space import Axis

_MOST_BANDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedParameter:
    """One parameter of a sweep file; `_PARAMETER` says what each value is.

    Attributes:
        axis: What is searched; secrets masked.
    """

    sweep_name: str
    name: str
    axis: Axis
    distribution: str | None
    why: tuple[str, ...] = ()
    is_at_edge: bool | None = None

    @property
    def is_searched(self) -> bool:
        """Whether it may take more than one value."""
        return not (isinstance(self.axis, Constant) and self.axis.listed)

    @property
    def range(self) -> Range | None:
        """Its bounds, where it has some."""
        return self.axis if isinstance(self.axis, Range) else None

    @property
    def in_words(self) -> str:
        """`0.0001 to 0.01, log scale`."""
        scale = ", log scale" if self.range is not None and self.range.logarithmic else ""
        return f"{self.axis}{scale}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedSweep:
    """One sweep file; `_SWEEP` says what each value is, secrets masked but in `text`, the file."""

    __repr__ = brief_repr

    text: str
    name: str
    file: str | None
    config: Mapping[str, Any]
    method: str | None
    metric: Metric | None
    run_cap: int | None
    n_cells: int | None
    bands: tuple[int, ...] | None
    parameters: tuple[DraftedParameter, ...]
    remarks: tuple[str, ...]
    findings: tuple[Finding, ...]
    prior_run_ids: tuple[str, ...] = ()
    later: str | None = None


_PARAMETER: Final[Record[DraftedParameter]] = Record(
    "Parameter",
    Column("sweep_name", str, "What the sweep is called."),
    Column(
        "parameter", str, "Dotted name of the parameter.", of="name", title="parameter", least=8
    ),
    Column("is_searched", bool, "Whether the parameter may take more than one value."),
    Column("distribution", str | None, "Distribution as it is written; null where none is."),
    Column(
        "value",
        Any,
        "Value of a constant.",
        lambda p: next(iter(p.axis.listed), None) if not p.is_searched else None,
    ),
    Column(
        "values",
        list[Any] | None,
        "Values that are listed.",
        lambda p: p.axis.values if isinstance(p.axis, Choice) else None,
    ),
    Column("min", float | None, "Lower bound.", lambda p: p.range and p.range.low),
    Column("max", float | None, "Upper bound.", lambda p: p.range and p.range.high),
    Column(
        "is_log_scale",
        bool | None,
        "Whether the scale between the bounds is logarithmic.",
        lambda p: p.range and p.range.logarithmic,
    ),
    Column(
        "in_words", str, "What the parameter allows, in words.", title="is", least=10, wraps=True
    ),
    Column(
        "is_at_edge",
        bool | None,
        "Whether the earlier sweep's best run sits at an edge of the parameter's "
        "range; null without one.",
        title="at a bound",
        keep=3,
    ),
    Column(
        "because",
        list[str],
        "Evidence from the earlier sweep.",
        of="why",
        title="why",
        keep=2,
        least=24,
        wraps=True,
        show=lambda p: sanitize(" ".join(p.why), limit=0),
    ),
)

_SWEEP: Final[Record[DraftedSweep]] = Record(
    "SweepFile",
    Column("sweep_name", str, "What the sweep is called.", of="name"),
    Column("file", str | None, "Where the sweep file goes; null where it is printed."),
    Column("method", str | None, "How the space is searched."),
    Column("metric", Maybe(METRIC), "Metric that is optimized; null if none is named."),
    Column("n_cells", int | None, "Runs of the whole grid; null if it is none."),
    Column("run_cap", int | None, "Runs after which the sweep ends."),
    Column(
        "bands_reports",
        list[int] | None,
        "Reports at which the rule compares runs, as far as the longest run goes; null without "
        "a rule, or where the file does not say how long runs are.",
        of="bands",
    ),
    Column("config", dict[str, Any], "What the file says; secrets masked."),
    Column("notes", list[str], "What to know of the sweep file.", of="remarks"),
    Column("prior_run_ids", list[str], "Completed runs in the new space, for `wandb sweep -R`."),
    Column(
        "later",
        str | None,
        "The command that writes the file once the sweep that it narrows has run; null for one "
        "that is written now.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class MakeSweepAnswer(Answer):
    """Sweep files: what they say, and why.

    Attributes:
        sweeps: In the order in which they run.
        job: The script of a Slurm array of agents, where one was asked for.
    """

    name: ClassVar = "make_sweep"
    table: ClassVar = "parameters"
    record: ClassVar[Record[MakeSweepAnswer]] = Record(
        "MakeSweep",
        Column("sweeps", Rows(_SWEEP), "Sweeps in the order in which they run."),
        Column("parameters", Rows(_PARAMETER), "Parameters of all sweeps."),
        Column("findings", Rows(FINDING), "Findings of the linter on all files."),
    )

    sweeps: tuple[DraftedSweep, ...]
    job: str | None = None

    @property
    def text(self) -> str:
        """The sweep file, secrets unmasked; of several, the one that runs first."""
        return self.sweeps[0].text

    @property
    def findings(self) -> list[Finding]:
        """Findings of the linter on all files."""
        return [finding for sweep in self.sweeps for finding in sweep.findings]

    @property
    def parameters(self) -> list[DraftedParameter]:
        """Those of all sweeps."""
        return [parameter for sweep in self.sweeps for parameter in sweep.parameters]

    @property
    def headline(self) -> str:
        """`ocr-refined: 5 of 8 parameters searched; no findings`."""
        who = count(len(self.sweeps), "sweep")
        if len(self.sweeps) == 1:
            who = sanitize(self.sweeps[0].name)
        n = sum(parameter.is_searched for parameter in self.parameters)
        searched = f"searches {n} of {count(len(self.parameters), 'parameter')}"
        return f"{who}: {searched}; {counts_by_severity(self.findings)}"

    def _write(self, page: Page) -> None:
        """Write what each sweep searches and why, then remarks and findings."""
        page.title([self.headline])
        for sweep in limit_rows(self.sweeps, page.limit):
            if len(self.sweeps) > 1:
                page.heading(sanitize(sweep.name))
            page.flow(_facts(sweep))
            page.gap()
            page.rows(_PARAMETER.titled, sweep.parameters, noun="parameter")
            if sweep.later is not None:
                page.say(f"later: {sanitize(sweep.later, limit=0)}", hang=2)
            for remark in sweep.remarks:
                page.say(sanitize(remark, limit=0), indent=2, hang=2)
        others = rows_left(len(self.sweeps) - len(limit_rows(self.sweeps, page.limit)), "sweep")
        if others:
            page.say(others, style="dim")
        if self.findings:
            page.heading("Findings")
            write_findings(page, self.findings)


def _facts(sweep: DraftedSweep) -> list[str]:
    facts = [] if sweep.method is None else [sanitize(sweep.method)]
    if sweep.metric is not None:
        facts.append(goal_words(sweep.metric))
    facts += [] if sweep.run_cap is None else [f"{count(sweep.run_cap, 'run')} at most"]
    facts += [] if sweep.n_cells is None else [f"a grid of {count(sweep.n_cells, 'cell')}"]
    if sweep.bands:
        bands = listed(map(str, sweep.bands), most=_MOST_BANDS)
        facts.append(f"compares runs at report {bands}")
    return facts
