"""The doctor's findings for people: each with its evidence, then what could not be judged."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.table_words import table_parts
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.masking import to_jsonable
from wbtools.text.numbers import count, hours, listed, percent, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.health import Examination
    from wbtools.answers.layout import Page

_STYLES: Final = {
    Severity.ERROR: ("error", "bold red"),
    Severity.WARNING: ("warning", "bold yellow"),
    Severity.INFO: ("info", "bold cyan"),
}
_LONGEST: Final = 400
_LONGEST_WORD: Final = 60


def render_examination(examination: Examination, page: Page, *, limit: int = 10) -> str:
    """Write the answer.

    Args:
        examination: The answer.
        page: What to write it on, empty.
        limit: Findings and reasons that are shown (one or two more rather than counted); 0 for all.
    """
    _head(page, examination)
    numbers = _numbers(examination)
    shown = limit_rows(examination.findings, limit)
    for finding in shown:
        word, style = _STYLES[finding.severity]
        page.gap()
        page.say(f"{word} {finding.code}: {_title(finding)}", style=style, hang=4)
        evidence = list(_evidence(finding, numbers))
        if evidence:
            page.say("; ".join(evidence), indent=4)
        if finding.hint:
            page.say(sanitize(finding.hint, limit=0), indent=4)
    _count_rest(page, len(examination.findings) - len(shown), "finding")
    if examination.unjudged:
        page.gap()
        page.say("Not judged", style="bold")
        reasons: dict[str, list[str]] = {}
        for unjudged in examination.unjudged:
            reasons.setdefault(unjudged.why, []).append(unjudged.code)
        shown_reasons = limit_rows(list(reasons), limit)
        for why in shown_reasons:
            page.say(f"{sanitize(why, limit=0)}: {', '.join(reasons[why])}", indent=2, hang=2)
        _count_rest(page, len(reasons) - len(shown_reasons), "reason")
    page.gap()
    page.say(sum_of(examination))
    return str(page)


def sum_of(examination: Examination) -> str:
    """`1 error, 2 warnings, 0 infos by 17 checks of 36 runs; 3 of the checks could not be made`."""
    by_severity = [
        count(sum(finding.severity is level for finding in examination.findings), word)
        for level, word in (
            (Severity.ERROR, "error"),
            (Severity.WARNING, "warning"),
            (Severity.INFO, "info"),
        )
    ]
    counts = ", ".join(by_severity) if examination.findings else "no finding"
    n_silent = len({unjudged.code for unjudged in examination.unjudged})
    checks = f"{count(examination.n_checks, 'check')} of {count(examination.context.n_runs, 'run')}"
    silent = f"; {n_silent} of the checks could not be made" if n_silent else ""
    return f"{counts} by {checks}{silent}"


def _head(page: Page, examination: Examination) -> None:
    sweep, diagnosis = examination.context.sweep, examination.context.diagnosis
    parts = [sanitize(sweep.ref.sweep_id)]
    if diagnosis is None:
        parts.append("metric unknown")
    else:
        question = diagnosis.question
        parts += [] if question.sweep_name is None else [sanitize(question.sweep_name)]
        how = [] if question.method is None else [sanitize(question.method)]
        how.append(f"{question.metric.goal} {sanitize(question.metric.name)}")
        how += [] if question.rule.settings is None else [sanitize(question.rule.settings)]
        parts.append(", ".join(how))
    page.flow(parts, style="bold")
    page.flow(table_parts(sweep.origin, sweep.table))
    facts = [count(examination.context.n_runs, "run")]
    if diagnosis is not None:
        facts.append(f"metric: {sanitize(diagnosis.question.metric_source, limit=0)}")
        facts.append(f"rule: {sanitize(diagnosis.question.rule.source, limit=0)}")
    page.flow(facts)


def _numbers(examination: Examination) -> dict[str, str]:
    """What a run is called, by id: its number where only one run has it."""
    shared = Counter(run.number for run in examination.context.sweep.runs)
    return {
        run.id: sanitize(run.number_or_id if shared[run.number] == 1 else run.id, limit=20)
        for run in examination.context.sweep.runs
    }


def _title(finding: Finding) -> str:
    title = sanitize(finding.title, limit=_LONGEST)
    if finding.location:
        title += f" ({sanitize(finding.location)})"
    if finding.confidence < Confidence.HIGH:
        title += f" [{finding.confidence.name.lower()} confidence]"
    return title


def _evidence(finding: Finding, numbers: dict[str, str]) -> Iterator[str]:
    """The numbers in words: `n 36`, `wasted 2.1 h`, `runs 3, 5 and 8`."""
    known = {name: to_jsonable({name: value}) for name, value in finding.evidence.items()}
    for name, masked in known.items():
        given = masked[name] if isinstance(masked, dict) else None
        if given is None or (isinstance(given, list | dict) and not given):
            continue
        if name == "run_ids" and isinstance(given, list):
            called = [numbers.get(str(run_id), sanitize(run_id, limit=20)) for run_id in given]
            yield f"{'run' if len(called) == 1 else 'runs'} {listed(called)}"
        elif name == "groups" and isinstance(given, list):
            called = [
                "=".join(numbers.get(str(run_id), "?") for run_id in group) for group in given
            ]
            yield f"runs {listed(called)}"
        else:
            yield _said(name, given)


def _said(name: str, value: object) -> str:
    words = name.removeprefix("n_").removesuffix("_h").replace("_", " ")
    if isinstance(value, bool):
        return f"{words}: {'yes' if value else 'no'}"
    if isinstance(value, int | float):
        return f"{words} {_amount(name, float(value)) if isinstance(value, float) else value}"
    if isinstance(value, dict):
        inside = [
            f"{sanitize(key, limit=_LONGEST_WORD)} "
            f"{_amount(name, amount) if isinstance(amount, float) else amount}"
            for key, amount in value.items()
        ]
        return f"{words}: {listed(inside)}"
    if isinstance(value, list) and name.endswith("_interval"):
        ends = " … ".join(_amount(name, float(end)) for end in value)
        return f"{words.removesuffix(' interval')} {ends} (95 %)"
    if isinstance(value, list):
        return f"{words}: {listed([sanitize(item, limit=_LONGEST_WORD) for item in value])}"
    return f"{words}: {sanitize(value, limit=_LONGEST_WORD)}"


def _amount(name: str, value: float) -> str:
    if name.endswith("_h"):
        return hours(value)
    if "share" in name:
        return percent(value)
    if name.startswith("p_"):
        return probability(value)
    return f"{value:.4g}" if math.isfinite(value) else "unknown"


def _count_rest(page: Page, n: int, noun: str) -> None:
    if n:
        page.say(rows_left(n, noun), indent=2, style="dim")
