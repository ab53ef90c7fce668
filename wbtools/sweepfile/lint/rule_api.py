"""What a lint rule is made of: a code, a manual page, and one function that finds problems."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.document import Document, read_into
from wbtools.sweepfile.kinds import BODY_KEYS
from wbtools.sweepfile.program_facts import ProgramFacts
from wbtools.sweepfile.run_length import constant_length, run_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wbtools.sweepfile.document import Path
    from wbtools.sweepfile.run_length import EpochDistribution

    Check = Callable[["LintedDocument"], Iterator["Problem"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """What the file does not say.

    Attributes:
        budget: Reports of a full run; None takes what the file says of its epochs.
        find_programs: Gives what is known of the programs beside a file; asked only if a rule asks.
    """

    budget: int | None = None
    find_programs: Callable[[Document], ProgramFacts] | None = None


@dataclass
class LintedDocument(Document):
    """A sweep file, and what the user says beside it."""

    options: LintOptions = field(default_factory=LintOptions)

    @cached_property
    def programs(self) -> ProgramFacts:
        """What is known of the programs beside the file."""
        find_programs = self.options.find_programs
        return ProgramFacts() if find_programs is None else find_programs(self)

    @property
    def lengths(self) -> EpochDistribution | None:
        """Reports of a full run: as the user says, else one an epoch as the file says."""
        budget = self.options.budget
        return run_length(self) if budget is None else constant_length("--budget", budget)


def read_for_lint(content: bytes, options: LintOptions) -> LintedDocument:
    """Read a sweep file from any bytes.

    Args:
        content: The file.
        options: What the file does not say.
    """
    document = LintedDocument(options=options)
    read_into(document, content)
    return document


class Change(StrEnum):
    """What an edit does to the entry at its path."""

    SET = "set"
    REMOVE = "remove"
    RENAME = "rename"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One safe change: it gives the file the meaning that it has today, or plainly was to have.

    Attributes:
        path: Keys and indices from the top; `SET` adds the last key where it is missing.
        value: The new value, or the new key of `RENAME`.
    """

    change: Change
    path: Path
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a rule found.

    Attributes:
        path: Where; the nearest entry that exists gives line and column.
        at_key: Point at the key instead of its value.
        severity: In place of the rule's own.
        confidence: Likewise.
        place: Line and column, from 1, where no path leads there.
        edits: Safe changes that mend it; empty if only a person can.
    """

    path: Path
    title: str
    hint: str | None = None
    at_key: bool = False
    severity: Severity | None = None
    confidence: Confidence | None = None
    place: tuple[int, int] | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `check` finds, its docstring is the manual page.

    Attributes:
        severity: Of its problems, unless one says otherwise.
        certain: For rules that report an error though W&B refuses nothing: why that is certain.
    """

    code: str
    severity: Severity
    confidence: Confidence
    certain: str | None
    check: Check

    @property
    def manual(self) -> str:
        """The page that `wbtools rule CODE` prints."""
        return inspect.getdoc(self.check) or ""

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.manual.partition("\n")[0]


def rule(
    code: str,
    severity: Severity = Severity.ERROR,
    confidence: Confidence = Confidence.HIGH,
    *,
    certain: str | None = None,
) -> Callable[[Check], Rule]:
    """Make a rule of the function below."""
    return lambda check: Rule(code, severity, confidence, certain, check)


def name_of(path: Path) -> str:
    """The dotted name of what stands at a place: keys of W&B's and places in lists left out."""
    return ".".join(key for key in path if isinstance(key, str) and key not in BODY_KEYS)
