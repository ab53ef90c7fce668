"""Values for a shell's Tab: what `wbtools.app.completion` finds, and only what no shell evaluates.

typer writes completions into text that zsh evaluates and bash splits: a value with a space, a
quote, a dollar or any other character of a shell's grammar is left out, whoever wrote it.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

_HARMLESS: Final = re.compile(r"\w[\w./@+-]{0,199}", re.ASCII)
_MOST: Final = 200
_SWEEPS: Final = ("sweep", "sweeps", "like", "from_sweep")
"""The parameters that name sweeps."""
Found = list[tuple[str, str]]
"""Values with what they are."""


def sweeps(ctx: typer.Context) -> Found:
    """What may be called SWEEP."""
    from wbtools.app.completion import sweep_names

    return _offered(sweep_names(_archive(ctx)), but=_given(ctx, "sweeps"))


def archived_sweeps(ctx: typer.Context) -> Found:
    """Sweeps of the archive."""
    from wbtools.app.completion import archived_names

    return _offered((name, "archived") for name in archived_names(_archive(ctx)))


def metrics(ctx: typer.Context) -> Found:
    """Metrics of the sweeps that are on the line."""
    from wbtools.app.completion import metric_names

    # Where an option lacks its value, as here, typer leaves the words before it as they are.
    named = [*ctx.args, *(sweep for name in _SWEEPS for sweep in _given(ctx, name))]
    return _offered(
        (name, "logged") for sweep in named for name in metric_names(sweep, _archive(ctx))
    )


def templates() -> Found:
    """Templates of `make-sweep`."""
    from wbtools.app.templates import templates as known_templates

    return _offered((template.name, "template") for template in known_templates())


def codes() -> Found:
    """Codes of findings."""
    from wbtools.app.rule_pages import codes as known_codes

    return _offered(((code, "code") for code in known_codes()), most=None)


def rule_pages() -> Found:
    """What `wbtools rule` explains: codes of findings, and words of stopping rules."""
    from wbtools.app.stopping_rule_pages import words

    return [*codes(), *_offered(((word, "rule") for word in words()), most=None)]


def code_lists(incomplete: str) -> Found:
    """The same where several are listed: `WBS012,WBS0…`."""
    before, comma, _ = incomplete.rpartition(",")
    return [(f"{before}{comma}{code}", what) for code, what in codes()]


def styles() -> Found:
    """How programs take their configuration."""
    from wbtools.replication.styles import Style

    return _offered((str(style), "style") for style in Style)


def _given(ctx: typer.Context, name: str) -> list[str]:
    """What the line says already."""
    value = ctx.params.get(name)
    return [value] if isinstance(value, str) else [*(value or ())]


def _archive(ctx: typer.Context) -> Path | None:
    value: Any = ctx.params.get("archive") or ctx.params.get("folder")
    return None if value is None else Path(value)


def _offered(
    values: Iterable[tuple[str, str]], *, but: Iterable[str] = (), most: int | None = _MOST
) -> Found:
    """The first values that no shell takes for anything else, each once."""
    found: dict[str, str] = {}
    with contextlib.suppress(Exception):  # a Tab is no place for an error
        for value, what in values:
            if _HARMLESS.fullmatch(value) and value not in but:
                found.setdefault(value, what)
            if most is not None and len(found) >= most:
                break
    return [*found.items()]
