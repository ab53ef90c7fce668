"""Options that several commands share: one name, one help text, everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

ShowSecrets = Annotated[
    bool,
    typer.Option(
        "--show-secrets",
        help="Show values under names like key, token, secret or password, which are masked "
        "otherwise.",
    ),
]
