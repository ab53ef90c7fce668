"""Options that several commands share: one name, one meaning, everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.selection import Selection


class Format(StrEnum):
    """The forms in which an answer is given."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "md"


def form_of(output: Path | None) -> Format:
    """The form that a file's suffix names; text where there is none."""
    known = {".json": Format.JSON, ".csv": Format.CSV, ".md": Format.MARKDOWN}
    return Format.TEXT if output is None else known.get(output.suffix.lower(), Format.TEXT)


class FailOn(StrEnum):
    """The severity from which on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def codes_of(text: str) -> tuple[str, ...]:
    """The codes that `--select` or `--ignore` names."""
    return tuple(word.upper() for word in text.replace(",", " ").split())


def selection_of(
    group: str | None,
    tags: Sequence[str] | None,
    filters: str | None = None,
    *,
    all_runs: bool = False,
) -> Selection:
    """The runs that `--all`, `--group`, `--tag` and `--filter` name together.

    Raises:
        UsageError: All runs are asked for, and only some.
    """
    from wbtools.app.opening.selection import Selection

    return Selection(all_runs=all_runs, group=group, tags=tuple(tags or ()), filters=filters)


Select = Annotated[
    str, typer.Option("--select", metavar="CODES", help="Only these: 'WBS02,WBS040'.")
]
Ignore = Annotated[str, typer.Option("--ignore", metavar="CODES", help="All but these: 'WBS059'.")]
OptionalSweep = Annotated[
    str | None,
    typer.Argument(
        metavar="[SWEEP]",
        help="A sweep of W&B's (id, ENTITY/PROJECT/ID, page address), a wandb/ folder, a project "
        "that contains some, PATH#SWEEP_ID, a CSV run table, or `demo`; else $WBTOOLS_SWEEP, else "
        "the one used last in this folder, else the one in it.",
        show_default=False,
    ),
]
Sweeps = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SWEEP]...",
        help="Sweeps of W&B's (id, ENTITY/PROJECT/ID, page address), wandb/ folders, projects that "
        "contain some, PATH#SWEEP_ID, CSV run tables, or `demo`; with --group, --tag or --filter "
        "ENTITY/PROJECT or a folder of runs, in sweeps or not; else $WBTOOLS_SWEEP, else the one "
        "used last in this folder, else the one in it.",
        show_default=False,
    ),
]
AllRuns = Annotated[
    bool, typer.Option("--all", help="Take all runs of the folder or project, in sweeps or not.")
]
Group = Annotated[
    str | None, typer.Option("--group", help="Take the project's runs of this W&B group.")
]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", help="Take the project's runs with this tag; repeatable: all tags."),
]
Filter = Annotated[
    str | None,
    typer.Option(
        "--filter",
        metavar="JSON",
        help="Take the project's runs that W&B's filter lets through, as "
        """'{"state": "finished"}'.""",
    ),
]
FormatName = Annotated[
    Format | None,
    typer.Option("--format", help="The form of the answer; else by the suffix of --output."),
]
Limit = Annotated[
    int, typer.Option("--limit", min=0, help="Rows of each table or list; 0 shows all.")
]
MetricName = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME[:GOAL]",
        help="The metric the sweep's rule looks at, as 'val/acc' or 'val/acc:max'. Without a goal: "
        "the sweep's own, else what a clear name says.",
    ),
]
GoalWord = Annotated[
    Literal["minimize", "maximize", "min", "max"] | None,
    typer.Option(
        "--goal",
        case_sensitive=False,
        help="Whether the metric is to fall or to rise, where --metric does not say.",
    ),
]
SweepFile = Annotated[
    Path | None,
    typer.Option(
        "--sweep-file",
        help="The sweep's YAML. Without it, the one in the project that matches the runs.",
    ),
]
RankBy = Annotated[
    str | None,
    typer.Option(
        "--rank-by",
        metavar="NAME[:GOAL]",
        help="Judge the runs by another metric than the rule's, as 'test/acc:max'.",
    ),
]
EarlyTerminate = Annotated[
    str | None,
    typer.Option(
        "--early-terminate", metavar="RULE", help="'hyperband(min_iter=10,eta=2)' or 'none'."
    ),
]
Target = Annotated[
    float | None,
    typer.Option("--target", help="The bar to beat, in place of the best completed run."),
]
Budget = Annotated[
    int | None, typer.Option("--budget", min=1, max=10**9, help="Reports of a full run.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the answer to this file.")
]
ArchiveFolder = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="FOLDER",
        help="The archive's folder, in place of $WBTOOLS_ARCHIVE or .wbtools/ here.",
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never touch the network: use what is archived.")
]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Fetch everything anew, whatever is archived.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0.001,
        help="Give up fetching after so long; what was received is kept.",
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache",
        help="Keep what is read of local run files, and read only what is new in them.",
        show_default=False,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, notes or next command on stderr.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
ShowSecrets = Annotated[
    bool,
    typer.Option(
        "--show-secrets",
        help="Show values under names like key, token, secret or password, which are masked "
        "otherwise.",
    ),
]
Verbose = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, show_default=False, help="Tracebacks of errors."),
]
