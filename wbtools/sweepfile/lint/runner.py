"""Run the rules on a file and give findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Finding, Severity
from wbtools.sweepfile.lint import (
    rules_bands,
    rules_command,
    rules_file,
    rules_lists,
    rules_metric,
    rules_parameters,
    rules_program,
    rules_reading,
    rules_scheduler,
    rules_search,
    rules_series,
    rules_shell,
    rules_stopping,
    rules_values,
    rules_words,
)
from wbtools.sweepfile.lint.rule_api import (
    LintedDocument,
    LintOptions,
    Problem,
    Rule,
    read_for_lint,
)
from wbtools.sweepfile.series import is_series
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_MODULES: Final = (
    rules_reading, rules_file, rules_scheduler, rules_parameters, rules_words, rules_lists,
    rules_values, rules_metric, rules_stopping, rules_bands, rules_search, rules_program,
    rules_command, rules_shell, rules_series,
)  # fmt: skip
RULES: Final[dict[str, Rule]] = {
    rule.code: rule
    for rule in sorted(
        (rule for module in _MODULES for rule in vars(module).values() if isinstance(rule, Rule)),
        key=lambda rule: rule.code,
    )
}
"""Every rule by its code."""
_READING: Final = ("WBS001", "WBS002", "WBS003")
_IN_PLACE_OF_OTHERS: Final = (*_READING, "WBS086")
"""What is said of a file that is no sweep but holds one."""
_OF_SERIES: Final = ("WBS004", "WBS005", "WBS007")


def lint(content: bytes, *, source: str, options: LintOptions | None = None) -> list[Finding]:
    """Judge a sweep file, whatever its bytes.

    Args:
        content: The file.
        source: Its name, for locations such as `sweep.yaml:3:7`.
        options: What the file does not say.

    Returns:
        Findings in the file's order.
    """
    document = read_for_lint(content, options or LintOptions())
    found = []
    for rule, problem in problems(document):
        line, column = problem.place or document.place(problem.path, at_key=problem.at_key)
        finding = Finding(
            code=rule.code,
            severity=problem.severity or rule.severity,
            confidence=problem.confidence or rule.confidence,
            subject=masked_text(".".join(map(str, problem.path))) or "sweep",
            title=masked_text(" ".join(problem.title.split())),
            evidence=problem.evidence,
            hint=None if problem.hint is None else masked_text(problem.hint),
            fix=f"wbtools lint --fix {source}" if problem.edits else None,
            location=f"{source}:{line}:{column}",
        )
        if not _is_ignored(document, rule.code, line):
            found.append((line, column, finding))
    return [
        finding
        for _, _, finding in sorted(found, key=lambda entry: (entry[0], entry[1], entry[2].code))
    ]


def problems(document: LintedDocument) -> Iterator[tuple[Rule, Problem]]:
    """Every problem with the rule that found it; what is no sweep file has few."""
    codes: Container[str] = RULES
    if document.failure is not None or not document.top:
        codes = _READING
    elif is_series(document):
        codes = _OF_SERIES
    elif document.wrapped_at:
        codes = _IN_PLACE_OF_OTHERS
    for code, rule in RULES.items():
        if code in codes:
            try:
                yield from ((rule, problem) for problem in rule.check(document))
            except OverflowError:
                title = f"{rule.check.__name__} cannot be judged: a number is beyond any float"
                yield rule, Problem(path=(), title=title, severity=Severity.WARNING)


def _is_ignored(document: LintedDocument, code: str, line: int) -> bool:
    return code in document.ignored_everywhere or code in document.ignored_on.get(line, ())
