"""Findings on a page: each with what to do about it, and where asked with its numbers."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.answers.limits import limit_rows, rows_left
from wbtools.findings import Confidence, Severity
from wbtools.text.masking import to_jsonable
from wbtools.text.numbers import count, hours, listed, p_value, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.answers.layout import Page
    from wbtools.findings import Finding
    from wbtools.model import Run

_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold cyan",
}
_LONGEST: Final = 400
_LONGEST_WORD: Final = 60
_LONGEST_ID: Final = 20


def write_findings(
    page: Page,
    findings: Sequence[Finding],
    name_of: Callable[[str], str | None] = lambda _run_id: None,
    *,
    evidence: bool = False,
) -> None:
    """Write findings below each other, the page's `limit` of them.

    Args:
        page: What to write them on.
        findings: In the order in which they are shown.
        name_of: What the run of an id is called, as `run 5`; None for what is no run.
        evidence: Whether the numbers of each stand below it.
    """
    shown = limit_rows(findings, page.limit)
    for finding in shown:
        if evidence:
            page.gap()
        word = finding.severity.word
        text = f"{word} {finding.code}: {finding_words(finding, name_of)}"
        page.say(text, style=_STYLES[finding.severity], indent=2, hang=4)
        if finding.hint:
            page.say(sanitize(finding.hint, limit=0), indent=6)
        numbers = list(_evidence(finding, name_of)) if evidence else []
        if numbers:
            page.say("; ".join(numbers), indent=6, style="dim")
    others = rows_left(len(findings) - len(shown), "finding")
    if others:
        page.say(others, indent=2, style="dim")


def run_names(runs: Sequence[Run]) -> dict[str, str]:
    """What runs are called, by id: `run 5`, or `run ID` where others have its number."""
    n_with = Counter(run.number for run in runs)
    called = {run.id: run.id if n_with[run.number] > 1 else run.number_or_id for run in runs}
    return {run_id: f"run {sanitize(name, limit=_LONGEST_ID)}" for run_id, name in called.items()}


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """The findings by severity, then by confidence, else in their order."""
    return sorted(findings, key=lambda finding: (-finding.severity, -finding.confidence))


def counts_by_severity(findings: Sequence[Finding]) -> str:
    """`1 error, 2 warnings`; `no findings`."""
    n_by_severity = Counter(finding.severity for finding in findings)
    counted = [
        count(n_by_severity[level], level.word) for level in sorted(n_by_severity, reverse=True)
    ]
    return ", ".join(counted) or "no findings"


def finding_words(
    finding: Finding, name_of: Callable[[str], str | None] = lambda _run_id: None
) -> str:
    """One finding in a sentence: of which run, what, where, and how sure if not very."""
    title = sanitize(finding.title, limit=_LONGEST)
    subject = name_of(finding.subject)
    if subject is not None:
        title = f"{subject}: {title}"
    if finding.location:
        title += f" ({sanitize(finding.location)})"
    if finding.confidence < Confidence.HIGH:
        title += f" [{finding.confidence.name.lower()} confidence]"
    return title


def _evidence(finding: Finding, name_of: Callable[[str], str | None]) -> Iterator[str]:
    """The numbers in words: `n 36`, `wasted 2.1 h`, `runs 3, 5 and 8`."""

    def short(run_id: object) -> str:
        name = name_of(str(run_id))
        return sanitize(run_id, limit=_LONGEST_ID) if name is None else name.removeprefix("run ")

    known = {name: to_jsonable({name: value}) for name, value in finding.evidence.items()}
    for name, masked in known.items():
        value = masked[name] if isinstance(masked, dict) else None
        if value is None or (isinstance(value, list | dict) and not value):
            continue
        if name == "run_ids" and isinstance(value, list):
            names = [short(run_id) for run_id in value]
            yield f"{'run' if len(names) == 1 else 'runs'} {listed(names)}"
        elif name == "groups" and isinstance(value, list):
            yield f"runs {listed('='.join(map(short, group)) for group in value)}"
        else:
            yield _said(name, value)


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
        return p_value(value)
    return f"{value:.4g}" if math.isfinite(value) else "unknown"
