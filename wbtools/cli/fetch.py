"""`wbtools fetch`: bring a sweep, a project's sweeps or a selection of runs into the archive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import FetchArguments, SelectionArguments, WholeAnswerArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.progress import show_progress
from wbtools.cli.which_sweep import ask_which
from wbtools.errors import DataError
from wbtools.text.shell_words import archive_words, command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wbtools.archive import Fetched


@with_examples(
    (
        "wbtools fetch my-team/vision/t3xtur35",
        "Bring a sweep and its metric into the archive; run again, what is new.",
    ),
    (
        "wbtools fetch my-team/vision --tag paper --metric val/acc",
        "Bring the runs of a project that have a tag.",
    ),
    (
        "wbtools fetch my-team/vision/t3xtur35 --all-metrics",
        "Bring everything that the runs logged.",
    ),
)
@takes_groups
def fetch(
    sweep: Annotated[
        str,
        typer.Argument(
            metavar="SWEEP",
            help="A sweep's id, ENTITY/PROJECT/ID or page address; or ENTITY/PROJECT, for all "
            "sweeps of a project, or with --all, --group, --tag or --filter for its runs.",
            autocompletion=completion.archived_sweeps,
        ),
    ],
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="Fetch this metric besides the sweep's own; repeatable.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    all_metrics: Annotated[
        bool, typer.Option("--all-metrics", help="Fetch everything that any run logged.")
    ] = False,
    looked_at: SelectionArguments,
    answer: WholeAnswerArguments,
    network: FetchArguments,
) -> None:
    """Fetch from W&B what is new or changed, and keep it in the archive.

    A fetch that is interrupted keeps what it received, and the same command goes on from there.
    What the server does not give in full is kept as far as it goes; then the exit code is 3, and
    the next fetch asks for the rest.
    """
    from wbtools.answers.fetch.answer import FetchAnswer
    from wbtools.app.fetching.reference import fetch_reference, named_again
    from wbtools.app.opening.session import Session
    from wbtools.archive import remember_sweep
    from wbtools.model import parse_metric

    names = [parse_metric(text).name for text in metric or ()]
    selection = looked_at.selection
    answer.check(sweep, has_findings=False)
    brought: list[Fetched] = []
    with (
        show_progress(quiet=answer.quiet) as observer,
        Session(
            archive=network.archive,
            refresh=network.refresh,
            timeout_s=network.timeout,
            observer=observer,
            ask_which=ask_which,
        ) as session,
    ):
        try:
            for fetched in fetch_reference(
                sweep, session, metrics=names, all_metrics=all_metrics, selection=selection
            ):
                observer.close()
                brought.append(fetched)
        finally:
            observer.close()
            found = FetchAnswer(sweeps=tuple(brought))
            if brought:
                answer.deliver(found)
    if len(brought) == 1 and not selection:
        remember_sweep(named_again(sweep, brought[0]), network.archive, os.environ)
    answer.note(*_next(brought, sweep, network.archive))
    if not found.is_whole:
        raise typer.Exit(DataError.exit_code)


def _next(brought: Sequence[Fetched], reference: str, archive: Path | None) -> Iterator[str]:
    """What was left out for want of a name, and which command to run next."""
    from wbtools.app.fetching.reference import judged_by, named_again

    *_, last = brought
    if not any(fetched.metrics for fetched in brought):
        yield "nothing names a metric: --metric NAME fetches the curves of one, --all-metrics all"
    if len(brought) > 1 or not last.n_runs:
        words = ["archive", "ls"]
    elif judged_by(last.head) is not None:
        words = ["audit-terminations", named_again(reference, last)]
    else:
        words = ["archive", "export", str(last.head.key), *([] if last.metrics else ["--runs"])]
    yield f"next: {command_line(['wbtools', *words, *archive_words(archive)])}"
