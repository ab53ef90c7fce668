"""Lint files by name, and mend them: the same from the command line and from Python."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.app.code_choice import check_codes
from wbtools.app.nearby_programs import Texts, nearby_programs
from wbtools.errors import UsageError
from wbtools.findings import Codes, Finding
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.document import LARGEST_BYTES
from wbtools.sweepfile.lint import RULES, LintOptions, fix, lint

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFilesOptions:
    """What the user says.

    Attributes:
        select: Codes, or beginnings of codes, that count; empty means all.
        ignore: Likewise, codes that do not count.
        budget: Reports of a full run.
        program_root: Folder in which the agent will be started, and a sweep's program must lie;
            None looks beside the file, and misses nothing.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    budget: int | None = None
    program_root: Path | None = None

    def wants(self, code: str) -> bool:
        """Whether findings of a code count."""
        return Codes(select=self.select, ignore=self.ignore).want(code)

    def check(self) -> None:
        """Refuse what can be no choice.

        Raises:
            UsageError: A code names no rule, or none is left; the root is not a folder.
        """
        check_codes(Codes(select=self.select, ignore=self.ignore), RULES, "lint")
        root = self.program_root
        if root is not None and not root.is_dir():
            msg = f"--program-root {root} is not a folder"
            raise UsageError(msg, "name the folder in which the agent will be started")

    def options(self, name: str, texts: Texts) -> LintOptions:
        """The same for the linter and one file.

        Args:
            name: The file's.
            texts: What was seen of programs already.
        """
        path = None if name == STDIN else Path(name)
        look = nearby_programs(path, self.program_root, texts)
        return LintOptions(budget=self.budget, find_programs=look)


@dataclass(slots=True)
class Linted:
    """What became of the files.

    Attributes:
        fixed: New content by name, of the files that a fix changes.
        refused: Why a file was not mended, by name.
    """

    findings: list[Finding] = field(default_factory=list)
    fixed: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    n_changes: int = 0


def lint_files(
    names: Sequence[str], lint_options: LintFilesOptions, *, mend: bool = False
) -> Linted:
    """Judge files, `-` being stdin; with `mend` the findings are those that remain.

    Raises:
        UsageError: A file cannot be read, or a code names no rule.
    """
    lint_options.check()
    linted, texts = Linted(), Texts()
    for name in names:
        options = lint_options.options(name, texts)
        content = read_sweep_file(name)
        source = "<stdin>" if name == STDIN else name
        if mend and len(content) <= LARGEST_BYTES:
            outcome = fix(content, options=options, wanted=lint_options.wants)
            linted.n_changes += outcome.n_changes
            if outcome.n_changes or name == STDIN:
                linted.fixed[name] = outcome.content
            if outcome.refused is not None:
                linted.refused[source] = outcome.refused
            content = outcome.content
        linted.findings += [
            finding
            for finding in lint(content, source=source, options=options)
            if lint_options.wants(finding.code)
        ]
    return linted


def read_sweep_file(name: str) -> bytes:
    """Read a file, or stdin under the name `-`; no more than a linter would look at.

    Raises:
        UsageError: It cannot be read.
    """
    if name == STDIN:
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    try:
        return read_regular(Path(name), LARGEST_BYTES + 1)
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror or error}"
        raise UsageError(msg, "name a sweep file, or - for stdin") from None
