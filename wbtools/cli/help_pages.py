"""A command's help page: whole sentences, options in sections, and examples that run.

Examples are declared beside the command (`@with_examples`); a test runs every one of them.
"""

from __future__ import annotations

import re
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from typer.core import TyperCommand

from wbtools.cli.settings_in_use import settings_in_use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_COLUMNS: Final = 120
"""Lines of sentences are no longer, however wide the terminal."""
CONTEXT_SETTINGS: Final = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": MOST_COLUMNS,
}
_WIDEST_NAME: Final = 30
_EXAMPLES: Final = "examples"
_KINDS: Final = {
    "int": "NUMBER", "int range": "NUMBER", "float": "NUMBER", "float range": "NUMBER",
    "str": "TEXT", "list[str]": "TEXT", "list[int range]": "NUMBER", "list[float]": "NUMBER",
    "path": "PATH", "list[path]": "PATH",
}  # fmt: skip
_KIND: Final = re.compile(r"<([^>]*)>")
_INTERVAL: Final = r"(?:[\d.e+-]+<=)?x(?:[<>]=[\d.e+-]+)?"
_RANGE: Final = re.compile(rf"  \[{_INTERVAL}\]\Z|; {_INTERVAL}(?=\]\Z)")
"""What typer adds of the range of a number: who leaves it is told, and all others read on."""

_Command = TypeVar("_Command", bound="Callable[..., object]")


class Example(NamedTuple):
    """A line to type, and what it is for."""

    words: str
    purpose: str


def with_examples(*examples: tuple[str, str]) -> Callable[[_Command], _Command]:
    """Show examples on a command's help page: each a line, and what it is for."""

    def declared(command: _Command) -> _Command:
        setattr(command, _EXAMPLES, tuple(Example(*example) for example in examples))
        return command

    return declared


def examples_of(command: Any) -> tuple[Example, ...]:  # noqa: ANN401 - typer's, or its function
    """What `with_examples` declared."""
    function = getattr(command, "callback", command)
    found: tuple[Example, ...] = getattr(function, _EXAMPLES, ())
    return found


class GroupedCommand(TyperCommand):
    """A command whose help shows its own options first, then each group, then examples."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as Typer calls it
        """Read the words of the line.

        Raises:
            UsageError: They are likely to mean something else than typer takes them for.
        """
        from wbtools.cli.mistakes import check_sweeps, check_words

        if ctx.resilient_parsing:  # a line that is being completed
            return super().parse_args(ctx, args)
        check_words(args, ctx)
        rest = super().parse_args(ctx, args)
        check_sweeps(ctx.params, self.params)
        return rest

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as Typer calls it
        """Run the command under the project's settings, and say which of them it uses."""
        with settings_in_use(quiet=bool(ctx.params.get("quiet"))):
            return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as Typer calls it
        """`[OPTIONS] [SWEEP]...`: brackets around what may be left out, as manuals write it."""
        pieces = [self.options_metavar or ""]
        for parameter in self.get_params(ctx):
            if parameter.param_type_name == "argument":
                name = f"{parameter.metavar}" if parameter.required else f"[{parameter.metavar}]"
                pieces.append(name + ("..." if parameter.nargs != 1 else ""))
        return pieces

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as Typer calls it
        """Write the arguments, then the options in sections, then the examples."""
        write_parameters(formatter, self.get_params(ctx), ctx)
        write_examples(formatter, examples_of(self))


def write_parameters(formatter: Any, parameters: Sequence[Any], ctx: Any) -> None:  # noqa: ANN401 - typer's
    """Write the arguments, then the options, each group of them under its title."""
    sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        name, text = record
        if parameter.param_type_name == "argument":
            sections["Arguments"].append((parameter.metavar, _plain_help(text)))
        else:
            group = getattr(parameter, "rich_help_panel", None) or "Options"
            sections.setdefault(group, []).append((plain_name(name), _plain_help(text)))
    for title, records in sections.items():
        write_section(formatter, title, records)


def write_section(formatter: Any, title: str, records: Sequence[tuple[str, str]]) -> None:  # noqa: ANN401 - typer's
    """Write names and what they mean under a title, unless there are none."""
    if records:
        with formatter.section(title):
            formatter.write_dl(records, col_max=min(_WIDEST_NAME, formatter.width // 3))


def write_examples(formatter: Any, examples: Sequence[Example]) -> None:  # noqa: ANN401 - typer's
    """Write the lines that can be typed, each below what it is for."""
    if not examples:
        return
    with formatter.section("Examples"):
        for example in examples:
            indent = " " * formatter.current_indent
            begun = f"{indent}# "
            purpose = fill(
                example.purpose, formatter.width, initial_indent=begun, subsequent_indent=begun
            )
            formatter.write(f"{purpose}\n{indent}{example.words}\n")


def plain_name(name: str) -> str:
    """An option's name and what it takes: `--limit NUMBER`, `--format text|md`."""
    return _KIND.sub(lambda kind: _KINDS.get(kind[1], kind[1]), name)


def _plain_help(text: str) -> str:
    """The same text without what the usage line or common sense says already."""
    return _RANGE.sub("", text.removesuffix("  [required]"))
