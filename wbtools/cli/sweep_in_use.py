"""Which sweep is meant where the line names none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wbtools.cli.output import say
from wbtools.hostile.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "WBTOOLS_SWEEP"
_HERE = "./"


def sweep_in_use(sweep: str | None, env: Mapping[str, str] | None = None) -> str:
    """The sweep that is named, else `$WBTOOLS_SWEEP`, else the one in the present folder.

    What was not named on the line is said on stderr.
    """
    if sweep is not None:
        return sweep
    named = (os.environ if env is None else env).get(VARIABLE)
    if named:
        say(f"sweep: {visible(named)} (${VARIABLE})\n")
        return named
    say("sweep: the one in the present folder\n")
    return _HERE
