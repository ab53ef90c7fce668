"""`wbtools lint`: what is wrong with a sweep file; `wbtools rule`: what a code means."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.options import FailOn, Force, Ignore, Quiet, Select, Verbose, codes_of
from wbtools.cli.output import check_targets, note, write_answer, write_atomically

if TYPE_CHECKING:
    from typing import BinaryIO

    from wbtools.app.lint_files import Linted


class LintFormat(StrEnum):
    """The forms in which findings are given."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def lint(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Sweep files; - reads stdin.")
    ],
    select: Select = "",
    ignore: Ignore = "",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 from this severity on.")
    ] = FailOn.WARNING,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what is safe to mend, in place; comments stay."),
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option("--budget", min=1, help="Reports of a full run, to judge the bands by."),
    ] = None,
    program_root: Annotated[
        Path | None,
        typer.Option(
            "--program-root",
            help="Folder in which the agent is started; the program must be there.",
        ),
    ] = None,
    form: Annotated[
        LintFormat, typer.Option("--format", help="The form of the answer.")
    ] = LintFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the answer to this file.")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Say what W&B would refuse in a sweep file, and what it would take for something else.

    Whether a program gets its parameters from `wandb.config`, or serves the sweep with a function,
    is read in the programs beside the file; nothing of them is run.

    A comment `# wbtools: ignore WBS080` on a line of its own silences a code in the whole file,
    beside an entry only there. Suspicions of low confidence never set the exit code.
    """
    del verbose  # `main` looks for it
    from wbtools.app.lint_files import STDIN, LintFilesOptions, lint_files
    from wbtools.findings import Severity, gate

    for name in files:
        check_targets(output, source=name, force=force)
    options = LintFilesOptions(
        select=codes_of(select), ignore=codes_of(ignore), budget=budget, program_root=program_root
    )
    linted = lint_files(files, options, mend=fix)
    answer = _render(linted, form, len(files))
    if fix and STDIN in files:
        write_answer(linted.fixed[STDIN].decode(errors="surrogateescape"), output)
        note("" if quiet else answer)
    else:
        write_answer(answer, output)
    for name, content in linted.fixed.items():
        if name != STDIN:
            _rewrite(Path(name), content)
    if not quiet and fix:
        note(_told(linted))
    if fail_on is not FailOn.NEVER and gate(linted.findings, Severity[fail_on.name]):
        raise typer.Exit(1)


def rule(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Such as WBS012; without it, all.")
    ] = None,
) -> None:
    """Print the manual page of a finding's code."""
    from wbtools.app.rule_pages import manual_index, manual_page

    write_answer(manual_index() if code is None else manual_page(code), None)


def _render(linted: Linted, form: LintFormat, n_files: int) -> str:
    from wbtools.answers.findings.lint_text import (
        render_lint_github,
        render_lint_json,
        render_lint_text,
    )

    if form is LintFormat.JSON:
        return render_lint_json(linted.findings, n_files=n_files)
    if form is LintFormat.GITHUB:
        return render_lint_github(linted.findings)
    return render_lint_text(linted.findings, n_files=n_files)


def _told(linted: Linted) -> str:
    from wbtools.text.numbers import count
    from wbtools.text.sanitize import sanitize

    lines = [f"fixed: {count(linted.n_changes, 'change', 'changes')}"]
    lines += [f"not fixed: {sanitize(name)}: {why}" for name, why in linted.refused.items()]
    return "\n".join([*lines, ""])


def _rewrite(path: Path, content: bytes) -> None:
    """Put new content in a file's place, or in the place of what a link leads to."""
    write_atomically(path.resolve(), lambda file: _write(file, content))


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
