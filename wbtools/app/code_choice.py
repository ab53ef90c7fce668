"""Refuse a selection of codes of which a command has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.app.rule_pages import codes
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.findings import Codes

_COMMANDS: Final = {
    "WBS": "lint",
    "WBT": "audit-terminations",
    "WBD": "doctor",
    "WBR": "replicate",
}


def check_codes(wanted: Codes, found_here: Collection[str], command: str) -> None:
    """See whether `--select` names codes that a command can find.

    Args:
        wanted: As the user chose.
        found_here: All codes that the command can find.
        command: Its name.

    Raises:
        UsageError: A code is nobody's, a selected one is another command's, or ignored.
    """
    known = codes()
    for code in (*wanted.select, *wanted.ignore):
        if not _begins(known, code):
            msg = f"no finding's code begins with {code!r}"
            raise UsageError(msg, "`wbtools rule` lists all")
    for code in wanted.select:
        if not _begins(found_here, code):
            msg = f"--select {code}: `wbtools {command}` makes no such check"
            others = sorted({_COMMANDS[other[:3]] for other in _begins(known, code)})
            hint = " and ".join(f"`wbtools {other}`" for other in others)
            raise UsageError(msg, f"{hint} {'reports' if len(others) == 1 else 'report'} it")
    if wanted.select and not any(wanted.want(code) for code in found_here):
        msg = f"--ignore leaves out everything that --select names: no check of `wbtools {command}`"
        raise UsageError(msg, "a code counts if it is selected and not ignored")


def _begins(known: Collection[str], beginning: str) -> list[str]:
    return [code for code in known if code.startswith(beginning)]
