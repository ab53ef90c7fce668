"""The doctor's findings for people: each with its evidence, then what could not be judged."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.answers.limits import limit_rows, rows_left
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


def render_examination(done: Examination, page: Page, *, limit: int = 10) -> str:
    """Write the answer.

    Args:
        done: The answer.
        page: What to write it on, empty.
        limit: Findings and reasons that are shown (one or two more rather than counted); 0 for all.
    """
    _head(page, done)
    numbers = _numbers(done)
    shown = limit_rows(done.findings, limit)
    for one in shown:
        word, style = _STYLES[one.severity]
        page.gap()
        page.say(f"{word} {one.code}: {_title(one)}", style=style, hang=4)
        evidence = list(_evidence(one, numbers))
        if evidence:
            page.say("; ".join(evidence), indent=4)
        if one.hint:
            page.say(sanitize(one.hint, limit=0), indent=4)
    _count_rest(page, len(done.findings) - len(shown), "finding")
    if done.unjudged:
        page.gap()
        page.say("Not judged", style="bold")
        reasons: dict[str, list[str]] = {}
        for unjudged in done.unjudged:
            reasons.setdefault(unjudged.why, []).append(unjudged.code)
        told = limit_rows(list(reasons), limit)
        for why in told:
            page.say(f"{sanitize(why, limit=0)}: {', '.join(reasons[why])}", indent=2, hang=2)
        _count_rest(page, len(reasons) - len(told), "reason")
    page.gap()
    page.say(sum_of(done))
    return str(page)


def sum_of(done: Examination) -> str:
    """`1 error, 2 warnings, 0 infos by 17 checks of 36 runs, 3 not judged`."""
    by_severity = [
        count(sum(one.severity is level for one in done.findings), word)
        for level, word in (
            (Severity.ERROR, "error"),
            (Severity.WARNING, "warning"),
            (Severity.INFO, "info"),
        )
    ]
    found = ", ".join(by_severity) if done.findings else "no finding"
    n_silent = len({one.code for one in done.unjudged})
    checks = f"{count(done.n_checks, 'check')} of {count(done.chart.n_runs, 'run')}"
    return f"{found} by {checks}" + (f", {n_silent} of them not judged" if n_silent else "")


def _head(page: Page, done: Examination) -> None:
    sweep, measured = done.chart.sweep, done.chart.measured
    parts = [sanitize(sweep.ref.sweep_id)]
    if measured is None:
        parts.append("metric unknown")
    else:
        question = measured.question
        parts += [] if question.sweep_name is None else [sanitize(question.sweep_name)]
        how = [] if question.method is None else [sanitize(question.method)]
        how.append(f"{question.metric.goal} {sanitize(question.metric.name)}")
        how += [] if question.rule.settings is None else [sanitize(question.rule.settings)]
        parts.append(", ".join(how))
    page.flow(parts, style="bold")
    told = [count(done.chart.n_runs, "run")]
    if measured is not None:
        told.append(f"metric: {sanitize(measured.question.metric_source, limit=0)}")
        told.append(f"rule: {sanitize(measured.question.rule.source, limit=0)}")
    page.flow(told)


def _numbers(done: Examination) -> dict[str, str]:
    """What a run is called, by id: its number where only one run has it."""
    shared = Counter(run.number for run in done.chart.sweep.runs)
    return {
        run.id: str(run.number) if shared[run.number] == 1 else sanitize(run.id, limit=20)
        for run in done.chart.sweep.runs
    }


def _title(one: Finding) -> str:
    title = sanitize(one.title, limit=_LONGEST)
    if one.location:
        title += f" ({sanitize(one.location)})"
    if one.confidence < Confidence.HIGH:
        title += f" [{one.confidence.name.lower()} confidence]"
    return title


def _evidence(one: Finding, numbers: dict[str, str]) -> Iterator[str]:
    """The numbers in words: `n 36`, `wasted 2.1 h`, `runs 3, 5 and 8`."""
    known = {name: to_jsonable({name: value}) for name, value in one.evidence.items()}
    for name, masked in known.items():
        given = masked[name] if isinstance(masked, dict) else None
        if given is None or (isinstance(given, list | dict) and not given):
            continue
        if name == "run_ids" and isinstance(given, list):
            called = [numbers.get(str(each), sanitize(each, limit=20)) for each in given]
            yield f"{'run' if len(called) == 1 else 'runs'} {listed(called)}"
        elif name == "groups" and isinstance(given, list):
            called = ["=".join(numbers.get(str(each), "?") for each in group) for group in given]
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
        inside = [f"{sanitize(key, limit=_LONGEST_WORD)} {amount}" for key, amount in value.items()]
        return f"{words}: {listed(inside)}"
    if isinstance(value, list) and name.endswith("_interval"):
        ends = " … ".join(_amount(name, float(end)) for end in value)
        return f"{words.removesuffix(' interval')} {ends} (95 %)"
    if isinstance(value, list):
        return f"{words}: {listed([sanitize(each, limit=_LONGEST_WORD) for each in value])}"
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
