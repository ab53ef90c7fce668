"""Options that several commands share: one name, one meaning, everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from wbtools.cli import completion


class FailOn(StrEnum):
    """The severity from which on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


Select = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="CODES",
        help="Report only findings whose codes begin so, such as 'WBS02,WBS040'.",
        autocompletion=completion.code_lists,
    ),
]
Ignore = Annotated[
    str,
    typer.Option(
        "--ignore",
        metavar="CODES",
        help="Report no findings whose codes begin so, such as 'WBS059'.",
        autocompletion=completion.code_lists,
    ),
]
OptionalSweep = Annotated[
    str | None,
    typer.Argument(
        metavar="SWEEP",
        help="A sweep on W&B's server (its id, ENTITY/PROJECT/ID or page address), a wandb/ "
        "folder or a folder that contains one, PATH#SWEEP_ID where it holds several sweeps, a CSV "
        "table of runs, or `demo`. Without it: $WBTOOLS_SWEEP, else the sweep used last in this "
        "folder, else the only one that lies here in run files, the archive or a table.",
        show_default=False,
        autocompletion=completion.sweeps,
    ),
]
Sweeps = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SWEEP",
        help="Sweeps on W&B's server (id, ENTITY/PROJECT/ID or page address), wandb/ folders or "
        "folders that contain one, PATH#SWEEP_ID, CSV tables of runs, or `demo`; with --all, "
        "--group, --tag or --filter also ENTITY/PROJECT or a folder, whether or not its runs are "
        "in sweeps. Without any: $WBTOOLS_SWEEP, else the sweep used last in this folder, else the "
        "only one that lies here in run files, the archive or a table.",
        show_default=False,
        autocompletion=completion.sweeps,
    ),
]
Limit = Annotated[
    int,
    typer.Option(
        "--limit",
        metavar="ROWS",
        min=0,
        help="Show at most so many rows of each table or list; 0 shows all.",
    ),
]
MetricName = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME[:GOAL]",
        help="The metric that the early-termination rule looks at, as 'val/acc' or "
        "'val/acc:max'. Without it, the sweep's own; without a goal, the sweep's, else what a "
        "clear name such as 'val_loss' says.",
        autocompletion=completion.metrics,
    ),
]
GoalWord = Annotated[
    Literal["minimize", "maximize", "min", "max"] | None,
    typer.Option(
        "--goal",
        case_sensitive=False,
        help="Whether smaller or larger values of the metric are better, where --metric does not "
        "say it.",
    ),
]
RankBy = Annotated[
    str | None,
    typer.Option(
        "--rank-by",
        metavar="NAME[:GOAL]",
        help="Judge the runs by another metric than the rule's, such as 'test/acc:max'.",
        autocompletion=completion.metrics,
    ),
]
Target = Annotated[
    float | None,
    typer.Option(
        "--target",
        metavar="VALUE",
        help="The value that a run has to beat to be worth running again. Without it, the best "
        "completed run's.",
    ),
]
ArchiveFolder = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="FOLDER",
        help="Keep fetched sweeps in this folder, in place of $WBTOOLS_ARCHIVE or ./.wbtools.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Write no progress, notes or next commands to stderr.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
ShowSecrets = Annotated[
    bool,
    typer.Option(
        "--show-secrets",
        help="Show values under names such as key, token, secret or password, which are masked "
        "otherwise.",
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        help="Show the traceback of an error, for a report.",
    ),
]
