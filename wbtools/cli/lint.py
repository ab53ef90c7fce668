"""`wbtools lint`: what is wrong with a sweep file; `wbtools rule`: what a code or rule means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import WholeAnswerArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import FailOn, Ignore, Select
from wbtools.cli.output import check_targets, write_answer, write_atomically
from wbtools.cli.progress import show_progress

if TYPE_CHECKING:
    from wbtools.app.lint_files import Linted


@with_examples(
    ("wbtools lint sweep.yaml", "Check a sweep file before it runs."),
    ("wbtools lint sweep.yaml --fix", "Mend what is safe to mend; comments stay."),
    (
        "wbtools lint sweep.yaml --budget 50 --fail-on error",
        "Judge the bands by runs of 50 epochs; exit with 1 only on errors.",
    ),
)
@takes_groups
def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Sweep files; - reads stdin.")],
    *,
    select: Select = "",
    ignore: Ignore = "",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if a finding is at least this severe.")
    ] = FailOn.WARNING,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend in the file what is safe to mend; comments stay.")
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="REPORTS",
            min=1,
            max=10**9,
            help="How many times a full run reports the metric, to judge Hyperband's bands by.",
        ),
    ] = None,
    program_root: Annotated[
        Path | None,
        typer.Option(
            "--program-root",
            metavar="FOLDER",
            help="The folder in which `wandb agent` is started, where the program must be.",
        ),
    ] = None,
    answer: WholeAnswerArguments,
) -> None:
    """Say what W&B would refuse in a sweep file, and what it would take for something else.

    Whether a program gets its parameters from `wandb.config`, or serves the sweep with a function,
    is read in the programs beside the file; nothing of them is run.

    A comment `# wbtools: ignore WBS080` on a line of its own silences a code in the whole file;
    at the end of a line, only there. Suspicions of low confidence never set the exit code.
    """
    from wbtools.answers.lint.answer import LintAnswer
    from wbtools.app.lint_files import STDIN, LintFilesOptions, lint_files
    from wbtools.findings import Severity, codes_of, gate

    mends_stdin = fix and STDIN in files
    if mends_stdin:
        _check_mended(answer, files)
    else:
        answer.check(*files)
    options = LintFilesOptions(
        select=codes_of(select), ignore=codes_of(ignore), budget=budget, program_root=program_root
    )
    with show_progress(quiet=answer.quiet) as observer:
        linted = lint_files(files, options, mend=fix, observer=observer)
    found = LintAnswer.of(linted, n_files=len(files))
    if mends_stdin:
        write_answer(linted.fixed[STDIN].decode(errors="surrogateescape"), answer.output)
        answer.note(found.to_text(limit=answer.limit).rstrip())
    else:
        answer.deliver(found)
    for name, content in linted.fixed.items():
        if name != STDIN:
            _rewrite(Path(name), content)
    if fix:
        answer.note(*_mended(linted))
    if fail_on is not FailOn.NEVER and gate(linted.findings, Severity[fail_on.name]):
        raise typer.Exit(1)


@with_examples(
    ("wbtools rule", "List all codes of findings, and all stopping rules."),
    ("wbtools rule WBS012", "What a finding means, why it matters and how to mend it."),
    (
        "wbtools rule 'top(hyperband(min_iter=10,eta=3),k=3)'",
        "Which runs a rule of early termination stops, and which it never stops.",
    ),
)
def rule(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            help="A finding's code, such as WBS012; the word of a stopping rule, such as top; or "
            "a whole rule, as --rule takes it. Without it, all are listed.",
            autocompletion=completion.rule_pages,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Explain a finding's code, such as WBS012, or a stopping rule, such as hyperband."""
    from wbtools.app.rule_pages import manual_index, manual_page

    write_answer(manual_index() if code is None else manual_page(code), None)


def _check_mended(answer: WholeAnswerArguments, files: list[str]) -> None:
    """Refuse what must not be written, where the mended file is written in the answer's place.

    Raises:
        UsageError: A form of the answer is asked for, or as `check_targets`.
    """
    from wbtools.errors import UsageError

    if answer.form is not None:
        msg = f"--format {answer.form} is given, and --fix - writes the mended file"
        raise UsageError(msg, "leave --format out, or lint without --fix")
    for source in files:
        check_targets(answer.output, source=source, force=answer.force)


def _mended(linted: Linted) -> list[str]:
    """How much was mended, and which files were not."""
    from wbtools.text.numbers import count
    from wbtools.text.sanitize import sanitize

    refused = (f"not fixed: {sanitize(name)}: {why}" for name, why in linted.refused.items())
    return [f"fixed: {count(linted.n_changes, 'change')}", *refused]


def _rewrite(path: Path, content: bytes) -> None:
    """Put new content in a file's place, or in the place of what a link leads to."""
    write_atomically(path.resolve(), lambda file: file.writelines([content]))
