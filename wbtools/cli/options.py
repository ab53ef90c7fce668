"""Options that several commands share: one name, one meaning, everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """The forms in which an answer is given."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def form_of(output: Path | None) -> Format:
    """The form that a file's suffix names; text where there is none."""
    known = {".json": Format.JSON, ".csv": Format.CSV}
    return Format.TEXT if output is None else known.get(output.suffix.lower(), Format.TEXT)


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
