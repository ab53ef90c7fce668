"""The rule about descriptions of several sweeps, which are no sweep files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.findings import Severity
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.sweepfile.series import is_series
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document


@rule("WBS007", Severity.INFO)
def series(document: Document) -> Iterator[Problem]:
    """The file describes a series of sweeps, which `wandb sweep` does not take.

    `wbtools make-sweep --series FILE -o FOLDER` writes its sweeps and checks each of them, and
    `wbtools forecast FILE` says what they cost together. No other rule looks at it.

    Bad:
        base: {parameters: {lr: 0.1}}
        members: {small: {run_cap: 20}, large: {run_cap: 30}}
    Good:
        method: random
        parameters: {lr: {value: 0.1}}
    """
    if is_series(document):
        members = document.block("members")
        title = (
            f"this describes a series of {count(len(members), 'sweep')}, and is not a sweep file"
        )
        hint = "`wbtools make-sweep --series` writes and checks its sweeps"
        yield Problem(path=("members",), title=title, hint=hint, at_key=True)
