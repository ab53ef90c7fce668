"""`--rule`, whose help lists the stopping rules that there are when it is asked for."""

from __future__ import annotations

from typing import Any

from typer.core import TyperOption

from wbtools.cli.help_pages import GroupedCommand


class RuleCommand(GroupedCommand):
    """A command that takes `--rule`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as Typer calls it
        """Add the rules to what `--rule` says."""
        from wbtools.rules.grammar import examples

        rules, guards = (", ".join(map(repr, forms)) for forms in examples())
        forms = f"{rules}, or one of them under a guard: {guards}."
        for known in self.params:
            if isinstance(known, TyperOption) and known.name == "rule":
                known.help = f"{(known.help or '').removesuffix(forms).rstrip()} {forms}"
        super().format_options(ctx, formatter)
