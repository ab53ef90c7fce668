"""Options that several commands share: one name, one meaning, everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer


class FailOn(StrEnum):
    """The severity from which on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


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
RankBy = Annotated[
    str | None,
    typer.Option(
        "--rank-by",
        metavar="NAME[:GOAL]",
        help="Judge the runs by another metric than the rule's, as 'test/acc:max'.",
    ),
]
Target = Annotated[
    float | None,
    typer.Option("--target", help="The bar to beat, in place of the best completed run."),
]
ArchiveFolder = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="FOLDER",
        help="The archive's folder, in place of $WBTOOLS_ARCHIVE or .wbtools/ here.",
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
