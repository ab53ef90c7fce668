"""A group of commands that says which one may have been meant by a part of its name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST_LETTERS: Final = 2
_SUGGESTS: Final = "Did you mean"


class CommandGroup(TyperGroup):
    """Commands; typer itself suggests only those that are spelled much like what was typed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as Typer calls it
        """Find the command that the first word names.

        Raises:
            TyperException: There is none; the message says which may have been meant.
        """
        try:
            return super().resolve_command(ctx, args)
        except typer.TyperException as error:
            meant = [] if _SUGGESTS in error.message else meant_by(args[0], self.commands)
            if meant:
                names = ", ".join(map(repr, meant))
                error.message = f"{error.message.rstrip('.')}. {_SUGGESTS} {names}?"
            raise


def meant_by(typed: str, names: Iterable[str]) -> list[str]:
    """The names of which a word begins with, or is much like, what was typed.

    Args:
        typed: Such as `audit` for `audit-terminations`.
        names: Of commands, their words joined by hyphens.
    """
    part = typed.casefold()
    if len(part) < _FEWEST_LETTERS:
        return []
    return [
        name
        for name in names
        if name.startswith(part)
        or any(word.startswith(part) for word in name.split("-"))
        or get_close_matches(part, name.split("-"))
    ]
