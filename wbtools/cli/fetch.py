"""`wbtools fetch`: bring a sweep, a project's sweeps or a selection of runs into the archive."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.options import ArchiveFolder, Quiet, Refresh, Timeout, Verbose
from wbtools.cli.output import deliver, say
from wbtools.cli.paste import command_line
from wbtools.cli.progress import fetch_progress

if TYPE_CHECKING:
    from wbtools.workflow.fetch import Fetched


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
        typer.Option("--metric", help="Fetch this metric too, beside the sweep's own; repeatable."),
    ] = None,
    all_metrics: Annotated[
        bool, typer.Option("--all-metrics", help="Fetch everything that any run logged.")
    ] = False,
    group: Annotated[
        str | None, typer.Option("--group", help="Take the project's runs of this group.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Take the project's runs with this tag; repeatable: all tags."),
    ] = None,
    filters: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="JSON",
            help="Take the project's runs that W&B's filter lets through, as "
            """'{"state": "finished"}'.""",
        ),
    ] = None,
    refresh: Refresh = False,
    timeout: Timeout = None,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Fetch from W&B what is new or changed, and keep it in the archive.

    A fetch that is cut keeps what it received; the same command goes on from there.
    """
    from wbtools.workflow.access import Access
    from wbtools.workflow.fetch_reference import Selection, fetch_reference

    del verbose  # `main` looks for it
    selection = Selection(group=group, tags=tuple(tag or ()), filters=filters)
    with (
        fetch_progress(quiet=quiet) as observer,
        Access(archive=archive, refresh=refresh, timeout_s=timeout, observer=observer) as access,
    ):
        for done in fetch_reference(
            sweep, access, metrics=metric or (), all_metrics=all_metrics, selection=selection
        ):
            deliver(_told(done), None)
            last = done
    if not quiet and sys.stdout is not None and last.metrics and not selection:
        say(f"next: {command_line(['wbtools', 'audit-terminations', str(last.head.key)])}\n")


def _told(done: Fetched) -> str:
    """One line on what was fetched."""
    from wbtools.hostile.safe_text import visible

    n_metrics = len(done.metrics)
    what = f"{n_metrics} metrics" if n_metrics > 1 else "".join(done.metrics) or "no metric"
    parts = [
        f"{visible(str(done.head.key))}: {done.n_runs} runs",
        f"{done.n_asked} new or changed" if done.n_asked else "nothing new",
        f"{done.n_rows:,} rows of {visible(what)}",
    ]
    if done.n_incomplete:
        parts.append(f"{done.n_incomplete} curves are not complete on the server")
    if not done.listed_all:
        parts.append("the server says that it has more runs than it lists")
    return ", ".join(parts)
