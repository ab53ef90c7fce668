"""The last look at a sweep file before it is written, and the grammar of `--set`."""

from __future__ import annotations

from typing import Any

from wbtools.errors import UsageError
from wbtools.findings import Severity
from wbtools.sweepfile.bounded_yaml import YamlError
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.numbers_in_yaml import read_value, refuse_texts_sent_as_numbers
from wbtools.text.values import format_value


def check_output(text: str, source: str) -> list[str]:
    """Lint what is to be written; warnings as sentences.

    Raises:
        UsageError: W&B would refuse it.
    """
    findings = lint(text.encode(), source=source)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        reasons = "; ".join(f"{error.code} {error.title}" for error in errors)
        msg = f"W&B would refuse this sweep: {reasons}"
        explained = f"`wbtools rule {errors[0].code}` explains; nothing was written"
        hint = errors[0].hint
        raise UsageError(msg, explained if hint is None else f"{hint} ({explained})")
    return [
        f"{finding.code} {finding.title}"
        for finding in findings
        if finding.severity is Severity.WARNING
    ]


def parse_setting(text: str) -> tuple[str, Any]:
    """Read `--set KEY=VALUE`, the value as YAML with `1e-4` a number.

    Raises:
        UsageError: It is of no such form.
    """
    key, equals, value = text.partition("=")
    if not equals or not all(key.strip().split(".")):
        msg = f"--set {format_value(text)} is not of the form KEY=VALUE"
        raise UsageError(msg, "such as --set metric.target=0.97")
    try:
        read = read_value(value)
    except YamlError as error:
        msg = f"--set {key}: {format_value(value, key)} cannot be read: {error}"
        raise UsageError(msg, "such as --set metric.target=0.97") from None
    refuse_texts_sent_as_numbers(read, f"--set {key.strip()}=")
    return key.strip(), read
