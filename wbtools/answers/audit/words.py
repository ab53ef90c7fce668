"""What an audit says, in sentences: shared by the page about a sweep and the page about a run."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from math import inf
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.question import RuleStatus
from wbtools.answers.termination_words import end_words
from wbtools.findings import Severity
from wbtools.model.progress import units_of_key, units_of_name
from wbtools.text.numbers import Scale, count, hours, listed, percent, saved_of
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.model import Metric, Run

POSSIBLE: Final = 0.15
"""The least chance that is called `Possibly`, and is worth its cost; below it is `Unlikely`."""
_NO_BUDGET = "Nothing says how many reports a full run makes (--budget does)"
_LONGEST_ID = 40
_NUMBERS_FROM = {
    "name": "by the ends of their names",
    "table": "as in the table",
    "order": "in the order in which they were created",
}


class RunNames:
    """How the runs of a sweep are called in sentences: by number where only one run has it."""

    def __init__(self, audit: Audit) -> None:
        """Count which numbers are shared."""
        self._by_id = {row.run.id: row.run for row in audit.rows}
        self._shared = Counter(row.run.number for row in audit.rows)

    def short(self, run: Run) -> str:
        """`8`, or `8 (a1b2c3)` where two runs have that number, or `a1b2c3` where none has one."""
        if run.number is not None and self._shared[run.number] > 1:
            return f"{run.number} ({sanitize(run.id, limit=20)})"
        return sanitize(run.number_or_id, limit=_LONGEST_ID)

    def subject(self, text: str) -> str | None:
        """What a finding is about: `run 8`, or None for the whole sweep; else as it is."""
        if text in self._by_id:
            return self.of(text)
        return None if text == "sweep" else sanitize(text)

    def of(self, run_id: str | None) -> str:
        """`run 8`; an id that is none of the sweep's own is shown as it is."""
        run = self._by_id.get(run_id or "")
        return f"run {sanitize(run_id)}" if run is None else f"run {self.short(run)}"

    def of_all(self, rows: list[RunAudit]) -> str:
        """`run 8`, `runs 8 and 9`, `runs 1, 2, 3, 4, 5 and 11 more`."""
        numbers = [self.short(row.run) for row in rows]
        return f"{'run' if len(rows) == 1 else 'runs'} {listed(numbers)}"


def is_one_metric(audit: Audit) -> bool:
    """Whether the rule counts the reports of the metric that ranks, so that report 10 is one."""
    return audit.question.metric.name == audit.question.rank_by.name


def of_metric(audit: Audit, metric: Metric) -> str:
    """` of val/loss`, to follow a number of reports; empty where there is only one metric."""
    return "" if is_one_metric(audit) else f" of {sanitize(metric.name)}"


def scale_of(audit: Audit) -> Scale:
    """The digits for every value of the ranking metric in this audit."""
    incumbent = None if audit.incumbent is None else audit.incumbent.value
    return Scale.of([incumbent, *(row.best for row in audit.rows)])


def run_words(audit: Audit, row: RunAudit) -> str:
    """`run 8 = dusty-sweep-8 (n623p52f), best 0.3687 after 3 of 27 reports`."""
    run = row.run
    is_unnamed = run.name in {run.id, f"run {run.number}"}
    called = sanitize(run.id) if is_unnamed else f"{sanitize(run.name)} ({sanitize(run.id)})"
    best = "no finite value" if row.best is None else f"best {scale_of(audit).show(row.best)}"
    words = f"run {called}, {best}"
    if run.number is not None:
        words = f"run {run.number} = {called}, {best}"
    if row.n_reports is None:
        return words
    if row.budget is None:
        return f"{words} after {count(row.n_reports, 'report')}"
    return f"{words} after {row.n_reports} of {count(row.budget, 'report')}"


def rule_scale_of(audit: Audit) -> Scale:
    """The digits for the values that the rule compared."""
    if is_one_metric(audit):
        return scale_of(audit)
    explained = [row.explanation for row in audit.rows if row.explanation is not None]
    return Scale.of([explanation.strict.value for explanation in explained])


def rule_words(audit: Audit) -> str:
    """The rule as written, or that there is none."""
    rule = audit.question.rule
    if rule.status is RuleStatus.KNOWN:
        return sanitize(rule.settings)
    return "no early_terminate" if rule.status is RuleStatus.NONE else "unknown rule"


def title_parts(audit: Audit) -> list[str]:
    """What the sweep was: id, name, method, goal, metric, and how its runs ended."""
    question = audit.question
    goal = f"{question.metric.goal} {sanitize(question.metric.name)}"
    if not is_one_metric(audit):
        goal += f", ranked by {sanitize(question.rank_by.name)} ({question.rank_by.goal})"
    settings = [goal, rule_words(audit)]
    if question.method:
        settings.insert(0, sanitize(question.method))
    ends = end_words({cause: audit.count(cause) for cause in Cause})
    return [
        sanitize(audit.sweep.ref.sweep_id),
        *([sanitize(question.sweep_name)] if question.sweep_name else []),
        ", ".join(settings),
        f"{count(len(audit.rows), 'run')}: {', '.join(ends)}",
    ]


def surprises(audit: Audit) -> list[str]:
    """What a reader would not expect: guesses, what nothing says, and data that are not sound."""
    question = audit.question
    lines = []
    if question.metric_is_doubtful:
        lines.append(f"metric: {sanitize(question.metric_source, limit=0)}")
    if not audit.budget.typical:
        lines.append(f"{_NO_BUDGET}.")
    loud = [finding for finding in audit.findings if finding.severity is not Severity.INFO]
    if loud:
        codes = dict.fromkeys(sanitize(finding.code) for finding in loud)
        which = "finding" if len(loud) == 1 else f"{len(loud)} findings"
        lines.append(f"Mind the {which} below: {listed(codes)}.")
    return lines


def source_parts(audit: Audit) -> list[str]:
    """Where the metric and the rule were read, unless that is a surprise."""
    question = audit.question
    metric = sanitize(question.metric_source, limit=0)
    rule = sanitize(question.rule.source, limit=0)
    if question.rule.status is RuleStatus.UNKNOWN:
        rule = f"not known ({rule})"
    if question.metric_is_doubtful:
        return [f"rule: {rule}"]
    if metric == rule:
        return [f"metric and rule: {metric}"]
    return [f"metric: {metric}", f"rule: {rule}"]


def as_of_parts(audit: Audit) -> list[str]:
    """`as of 2026-01-31 12:00 UTC` for a sweep from a server, which may have gone on since."""
    if audit.sweep.ref.base_url is None:
        return []
    return [f"as of {audit.sweep.as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]


def budget_words(audit: Audit) -> str:
    """`budget: 22 reports (trainer.max_epochs, 1 report an epoch, as 3 finished runs show)`."""
    budget = audit.budget
    if not budget.typical:
        return _NO_BUDGET
    known = budget.reports[budget.reports > 0]
    low, high = int(known.min()), int(known.max())
    amount = count(high, "report") if low == high else f"{low} to {high} reports"
    amount += of_metric(audit, audit.question.metric)
    if budget.source == "option":
        return f"budget: {amount} (--budget)"
    return f"budget: {amount} ({_budget_evidence(budget)})"


def _budget_evidence(budget: Budget) -> str:
    """On what the lengths of full runs rest."""
    shown_by = count(budget.n_support, "finished run")
    if budget.source == "completed":
        return f"the most common of {shown_by}"
    if budget.source == "longest":
        return f"runs end by themselves; the longest of {shown_by}"
    if budget.source == "parameter":
        show = "shows" if budget.n_support == 1 else "show"
        return f"set by {sanitize(' and '.join(budget.parameters))}, as {shown_by} {show}"
    if budget.source == "config":
        return f"{sanitize(budget.key)}, {_pace_words(budget)}"
    logged = f"by the logged {sanitize(budget.progress)}"
    where = f"{sanitize(budget.key)}, {logged}" if budget.key else f"{logged}, where runs end"
    if budget.reports_per_unit is None:
        return f"{where}; runs differ in how often they report"
    return f"{where}, {_pace_words(budget)}"


def unit_of(budget: Budget) -> str | None:
    """What the runs count, such as `epoch` or `step`; None where no translation is known."""
    if budget.reports_per_unit is None:
        return None
    named = () if budget.progress is None else units_of_name(budget.progress)
    configured = () if budget.key is None else units_of_key(budget.key)
    unit = next((each for each in configured if each in named), None)
    unit = unit or next(iter((*configured, *named)), None)
    return None if unit is None else unit.word


def _pace_words(budget: Budget) -> str:
    ratio, unit = budget.reports_per_unit, unit_of(budget)
    if ratio is None or unit is None:
        return "in reports"
    reports = count(ratio.numerator, "report")
    article = "an" if unit[0] in "aeiou" else "a"
    per = f"{article} {unit}" if ratio.denominator == 1 else f"every {ratio.denominator} {unit}s"
    before = f", {budget.n_before} before the first" if budget.n_before else ""
    if not budget.n_support and budget.progress is not None:
        return f"{reports} {per}{before}; no finished run came so far"
    if not budget.n_support:
        return f"{reports} {per}{before}, which is assumed"
    show = "shows" if budget.n_support == 1 else "show"
    return f"{reports} {per}{before}, as {count(budget.n_support, 'finished run')} {show}"


def compute_words(audit: Audit) -> str:
    """What the sweep used of what all its runs would have cost in full."""
    compute = audit.compute
    untimed = ""
    if compute.used_h is not None and compute.n_untimed:
        untimed = f"; run time not known for {count(compute.n_untimed, 'run')}"
    if compute.used_h is not None and compute.full_h and compute.used_h <= compute.full_h < inf:
        used, full, saved = saved_of(compute.used_h, compute.full_h)
        return f"used {used} of {full} ({saved} saved{untimed})"
    used = "" if compute.used_h is None else f" in {hours(compute.used_h)}"
    if compute.used_reports is not None and compute.full_reports:
        saved = percent(1 - compute.used_reports / compute.full_reports)
        reports = f"{compute.used_reports} of {count(compute.full_reports, 'report')}"
        return f"used {reports}{used} ({saved} saved{untimed})"
    return f"used {hours(compute.used_h)}{untimed}" if used else "compute used: unknown"


def bar_reference(
    audit: Audit, names: RunNames, scale: Scale, *, against: float | None = None
) -> str:
    """`0.5687 (run 34)`: what a gem must beat, and who set it.

    Args:
        audit: The answer; it has a bar.
        names: What runs are called.
        scale: How values are written.
        against: A value that stands beside it, so that the two do not look the same.
    """
    if audit.incumbent is None:
        return "the bar"
    bar, _ = scale.apart(audit.incumbent.value, against)
    whom = "--target" if audit.incumbent.run_id is None else names.of(audit.incumbent.run_id)
    return f"{bar} ({whom})"


def bar_words(audit: Audit, names: RunNames, scale: Scale) -> str:
    """The bar, and who set it."""
    if audit.incumbent is None:
        return "bar: none, for no run ran its course"
    whom = "--target" if audit.incumbent.run_id is None else names.of(audit.incumbent.run_id)
    return f"bar {scale.show(audit.incumbent.value)}, set by {whom}"


def spread_words(audit: Audit, names: RunNames, scale: Scale) -> str:
    """Mean and spread of the best values, and without outliers."""
    values = audit.values
    if values.mean is None:
        return "no run has a value"
    plus_minus = "" if values.sd is None else f" ± {scale.show(values.sd)}"
    words = f"best values: {scale.show(values.mean)}{plus_minus} over {count(values.n, 'run')}"
    if values.mean_without is None:
        return words
    without = f" ± {scale.show(values.sd_without)}" if values.sd_without is not None else ""
    outliers = [row for row in audit.rows if row.run.id in values.outliers]
    left_out = names.of_all(outliers)
    return f"{words}; {scale.show(values.mean_without)}{without} without {left_out}"


def numbering_words(audit: Audit) -> str:
    """What `--run 8` means in this sweep."""
    kinds = Counter(row.run.number_from for row in audit.rows)
    n_without = kinds.pop(None, 0)
    words = [_NUMBERS_FROM.get(kind or "", sanitize(kind)) for kind, _ in kinds.most_common()]
    if not n_without:
        return f"Runs are numbered {listed(words)}."
    if not words:
        return (
            "Runs are called by their ids, for nothing here tells the numbers of W&B's page: the"
            " run files hold no names that end with a number of their own."
        )
    are = "is" if n_without == 1 else "are"
    without = f"{count(n_without, 'run')} without one {are} called by id"
    return f"Runs are numbered {listed(words)}; {without}."
