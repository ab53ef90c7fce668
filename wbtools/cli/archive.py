"""`wbtools archive`: what fetched sweeps are kept, and how they get out as tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import WholeAnswerArguments
from wbtools.cli.command_group import CommandGroup
from wbtools.cli.help_pages import CONTEXT_SETTINGS, GroupedCommand, with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import ArchiveFolder, Force, ShowSecrets, Verbose
from wbtools.cli.output import check_targets, note, write_answer_parts, write_atomically
from wbtools.cli.progress import show_progress
from wbtools.cli.which_sweep import ask_which
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.archive import ArchivedRun, ArchivedSeries, ArchivedSweep

archive = typer.Typer(
    cls=CommandGroup,
    context_settings=CONTEXT_SETTINGS,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@archive.callback()
@with_examples(
    ("wbtools archive ls", "What is kept here."),
    ("wbtools archive export t3xtur35 -o rows.csv", "All logged rows of one sweep, as a table."),
)
def commands(context: typer.Context) -> None:
    """Show which fetched sweeps are kept, or export one as a table."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


@archive.command("ls", cls=GroupedCommand)
@with_examples(
    ("wbtools archive ls", "What is kept for this folder."),
    ("wbtools archive ls --archive ~/sweeps --format json", "What another archive holds, as JSON."),
)
@takes_groups
def archive_ls(*, folder: ArchiveFolder = None, answer: WholeAnswerArguments) -> None:
    """List the sweeps in the archive: how much of each is there, and as of when."""
    from wbtools.answers.archive.answer import ArchiveAnswer
    from wbtools.app.opening.archive_lookup import look_up_archive

    with show_progress(quiet=answer.quiet):
        found = look_up_archive(folder, os.environ)
    answer.check(str(found.place.path), has_findings=False)
    answer.deliver(ArchiveAnswer(place=found.place, sweeps=found.sweeps))


@archive.command("export", cls=GroupedCommand)
@with_examples(
    ("wbtools archive export t3xtur35 -o rows.csv", "Every logged value, one a row."),
    (
        "wbtools archive export t3xtur35 --metric val/acc -o val-acc.parquet",
        "One metric alone, as Parquet.",
    ),
    ("wbtools archive export --runs", "The runs of the only archived sweep, on stdout."),
)
def archive_export(
    sweep: Annotated[
        str | None,
        typer.Argument(
            metavar="SWEEP",
            help="An archived sweep's id or ENTITY/PROJECT/ID. Without it, the only one archived.",
            autocompletion=completion.archived_sweeps,
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="Export only this metric; repeatable.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    runs: Annotated[
        bool,
        typer.Option("--runs", help="Export a row for each run: its configuration and summary."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to this .parquet or .csv file. Without it, CSV goes to stdout.",
        ),
    ] = None,
    form: Annotated[
        Literal["csv", "parquet"] | None,
        typer.Option(
            "--format",
            case_sensitive=False,
            help="The kind of file. Without it, the suffix of --output decides.",
        ),
    ] = None,
    folder: ArchiveFolder = None,
    force: Force = False,
    show_secrets: ShowSecrets = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Write nothing to stderr.")] = False,
    verbose: Verbose = 0,
) -> None:
    """Write an archived sweep as a table: all logged rows, or its runs with --runs.

    The columns of logged rows are run_id, run_name, metric, step, time (UTC), value, sampled,
    complete, and missing_since: when W&B was first found to have the run no more.
    """
    from wbtools.app.opening.archive_lookup import archived_metrics, one_sweep
    from wbtools.extras import install_command, is_installed
    from wbtools.model import parse_metric

    del verbose  # `main` looks for it
    names = [parse_metric(text).name for text in metric or ()]
    kind = form or _kind_of(output)
    if kind == "parquet" and not is_installed("parquet"):
        msg = "writing Parquet needs pyarrow"
        raise UsageError(msg, f"{install_command('parquet')}, or write a .csv file")
    if output is None and kind == "parquet":
        msg = "Parquet is not text for a terminal or a pipe"
        raise UsageError(msg, "write it to a file with -o FILE.parquet")
    if runs and metric:
        msg = "--runs gives a row a run, which has no --metric"
        raise UsageError(msg, "leave one of the two away")
    opening = one_sweep(sweep, folder, os.environ, ask_which=ask_which)
    with show_progress(quiet=quiet), opening as (opened, found):
        check_targets(output, source=str(opened.path), force=force)
        key = found.head.key
        if runs:
            _export_runs(opened.runs(key), output, kind, show_secrets=show_secrets)
        else:
            metrics = archived_metrics(opened, found, names)
            _export_rows(opened.export_rows(key, metrics), output, kind)
    if not quiet:
        _talk(found, output)


def _kind_of(output: Path | None) -> str:
    kind = "csv" if output is None else output.suffix.lower().removeprefix(".")
    if kind not in {"csv", "parquet"}:
        msg = f"the name of {output} does not say what kind of file it is to be"
        raise UsageError(msg, "let it end in .parquet or .csv, or pass --format")
    return kind


def _export_rows(series: Iterator[ArchivedSeries], output: Path | None, kind: str) -> None:
    if kind == "csv" or output is None:
        from wbtools.answers.archive.export_csv import csv_rows

        write_answer_parts(csv_rows(series), output)
    else:
        from wbtools.answers.archive.export_parquet import write_rows

        write_atomically(output, lambda file: write_rows(file, series))


def _export_runs(
    runs: Sequence[ArchivedRun], output: Path | None, kind: str, *, show_secrets: bool
) -> None:
    from wbtools.answers.archive.run_columns import archived_run_columns

    columns = archived_run_columns(runs, show_secrets=show_secrets)
    if kind == "csv" or output is None:
        from wbtools.answers.archive.export_csv import csv_runs

        write_answer_parts(csv_runs(columns), output)
    else:
        from wbtools.answers.archive.export_parquet import write_runs

        write_atomically(output, lambda file: write_runs(file, columns))


def _talk(found: ArchivedSweep, output: Path | None) -> None:
    """Say on stderr what was written, and what it lacks."""
    from wbtools.answers.archive.answer import Kept, kept
    from wbtools.text.numbers import size
    from wbtools.text.sanitize import sanitize

    if output is not None:
        note(f"wrote {sanitize(output)} ({size(output.stat().st_size)})\n")
    if kept(found) is not Kept.WHOLE:
        note(f"{sanitize(found.head.key)} is {kept(found)}: see `wbtools archive ls`\n")
