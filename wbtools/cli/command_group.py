"""A group of commands, shown in sections; and which of them a name may mean."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperGroup

from wbtools.cli.help_pages import (
    examples_of,
    write_examples,
    write_parameters,
    write_section,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST_LETTERS: Final = 2


class CommandGroup(TyperGroup):
    """Commands in sections, and examples."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as Typer calls it
        """Write each command with its whole first sentence under its section's title; then more."""
        names = self.list_commands(ctx)
        width = max(map(len, names), default=0)
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in names:
            command = self.commands[name]
            title = getattr(command, "rich_help_panel", None) or "Commands"
            sentence = (command.help or "").partition("\n\n")[0]
            sections.setdefault(title, []).append((f"{name:{width}}", " ".join(sentence.split())))
        for title, records in sections.items():
            write_section(formatter, title, records)
        write_parameters(formatter, self.get_params(ctx), ctx)
        write_examples(formatter, examples_of(self))


def meant_by(typed: str, names: Iterable[str]) -> list[str]:
    """The names of which a word begins with what was typed, or else is much like it.

    Args:
        typed: Such as `audit` for `audit-terminations`.
        names: Of commands, their words joined by hyphens.
    """
    part = typed.casefold()
    if len(part) < _FEWEST_LETTERS:
        return []
    words_of = {name: [name, *name.split("-")] for name in names}
    begun = [name for name, words in words_of.items() if any(w.startswith(part) for w in words)]
    return begun or [name for name, words in words_of.items() if get_close_matches(part, words)]
