"""Options that several commands share: one name and one meaning everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Offline = Annotated[
    bool,
    typer.Option("--offline", help="Never touch the network: use what is archived."),
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
ArchiveFolder = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="FOLDER",
        help="Where fetched sweeps are kept; WBTOOLS_ARCHIVE or .wbtools/ without it.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, notes or next command on stderr."),
]
Verbose = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, show_default=False, help="Tracebacks of errors."),
]
