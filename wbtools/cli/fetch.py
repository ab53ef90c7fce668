"""`wbtools fetch`: bring a sweep, a project's sweeps or a selection of runs into the archive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.options import (
    ArchiveFolder,
    Filter,
    Group,
    Quiet,
    Refresh,
    Tag,
    Timeout,
    Verbose,
    selection_of,
)
from wbtools.cli.output import note, write_answer
from wbtools.cli.progress import fetch_progress
from wbtools.cli.shell_words import archive_words, command_line
from wbtools.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.app.fetching.fetched import Fetched


def fetch(
    sweep: Annotated[
        str,
        typer.Argument(
            metavar="SWEEP",
            help="A sweep's id, ENTITY/PROJECT/ID or page address; ENTITY/PROJECT for all sweeps "
            "of a project, or with --group, --tag or --filter for its runs.",
        ),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="Fetch this metric too, beside the sweep's own; repeatable.",
        ),
    ] = None,
    all_metrics: Annotated[
        bool, typer.Option("--all-metrics", help="Fetch everything that any run logged.")
    ] = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    refresh: Refresh = False,
    timeout: Timeout = None,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Fetch from W&B what is new or changed, and keep it in the archive.

    A fetch that is cut keeps what it received; the same command goes on from there. What the server
    does not give in full is kept as far as it goes, the exit code is 3, and the next fetch asks
    for it again.
    """
    from wbtools.app.fetching.reference import fetch_reference, named_again
    from wbtools.app.opening.session import Session
    from wbtools.archive import remember_sweep
    from wbtools.model import parse_metric

    del verbose  # `main` looks for it
    names = [parse_metric(text).name for text in metric or ()]
    selection = selection_of(group, tag, filters)
    brought = []
    with (
        fetch_progress(quiet=quiet) as observer,
        Session(archive=archive, refresh=refresh, timeout_s=timeout, observer=observer) as session,
    ):
        for fetched in fetch_reference(
            sweep, session, metrics=names, all_metrics=all_metrics, selection=selection
        ):
            observer.close()
            write_answer(_told(fetched), None)
            brought.append(fetched)
    if len(brought) == 1 and not selection:
        remember_sweep(named_again(sweep, brought[0]), archive, os.environ)
    if not quiet:
        _offer(brought, sweep, archive)
    if any(
        fetched.n_incomplete or fetched.n_too_large or not fetched.listed_all for fetched in brought
    ):
        raise typer.Exit(DataError.exit_code)


def _told(fetched: Fetched) -> str:
    """One line on what was fetched."""
    from wbtools.text.numbers import count
    from wbtools.text.sanitize import sanitize

    n_metrics = len(fetched.metrics)
    metrics = f"{n_metrics} metrics" if n_metrics > 1 else "".join(fetched.metrics)
    parts = [f"{sanitize(str(fetched.head.key))}: {count(fetched.n_runs, 'run')}"]
    if not fetched.n_asked:
        parts.append("nothing new")
    else:
        rows = (
            f"{fetched.n_rows:,} {'row' if fetched.n_rows == 1 else 'rows'} of {sanitize(metrics)}"
        )
        parts += [f"{fetched.n_asked} fetched", rows if metrics else "no curves"]
    if fetched.n_incomplete:
        is_are = "is" if fetched.n_incomplete == 1 else "are"
        parts.append(
            f"{count(fetched.n_incomplete, 'curve')} {is_are} incomplete: the server did not give"
            " every row, and the next fetch asks again"
        )
    if fetched.n_too_large:
        parts.append(f"left out as too large: {count(fetched.n_too_large, 'run')}")
    if not fetched.listed_all:
        parts.append("the server says that it has more runs than it lists")
    return ", ".join(parts)


def _offer(brought: Sequence[Fetched], reference: str, archive: Path | None) -> None:
    """Say on stderr what was left out for want of a name, and which command to run next."""
    from wbtools.app.fetching.reference import judged_by, named_again

    *_, last = brought
    if not any(fetched.metrics for fetched in brought):
        note("nothing names a metric: --metric NAME fetches the curves of one, --all-metrics all\n")
    if len(brought) > 1 or not last.n_runs:
        words = ["archive", "ls"]
    elif judged_by(last.head) is not None:
        words = ["audit-terminations", named_again(reference, last)]
    else:
        words = ["archive", "export", str(last.head.key), *([] if last.metrics else ["--runs"])]
    note(f"next: {command_line(['wbtools', *words, *archive_words(archive)])}\n")
