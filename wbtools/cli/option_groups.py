"""Options that belong together: declared once as a dataclass, unfolded wherever a command takes it.

A command's parameter whose type is a dataclass stands for the dataclass's fields: each is
`Annotated` as a parameter of a command is, and has a default. The help shows them under the class's
`TITLE`. A subclass does without an option by declaring it `field(default=…, init=False)`.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ParamSpec,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from typer.core import TyperCommand
from typer.models import OptionInfo

from wbtools.cli.settings_in_use import settings_in_use

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def takes_groups(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command take the fields of its dataclasses as options, where its parameters stand."""
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, tuple[type[Any], list[inspect.Parameter]]] = {
        parameter.name: (parameter.annotation, _options_of(parameter.annotation))
        for parameter in signature.parameters.values()
        if isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation)
    }

    @wraps(command)
    def unfolded(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, (group, options) in groups.items():
            kwargs[name] = group(**{option.name: kwargs.pop(option.name) for option in options})
        return command(*args, **kwargs)

    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name in groups:
            parameters += groups[parameter.name][1]
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    # typer reads both: the signature for the parameters, the annotations for their types.
    unfolded.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # functions may have one
    unfolded.__annotations__ = {each.name: each.annotation for each in parameters}
    return unfolded


def _options_of(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if option.default is MISSING else option.default,
            annotation=_titled(hints[option.name], group.TITLE),
        )
        for option in fields(group)
        if option.init
    ]


def _titled(annotation: Any, title: str) -> Any:  # noqa: ANN401 - an annotation
    """The same annotation, its option under a title in the help."""
    if get_origin(annotation) is not Annotated:
        return annotation
    kind, *notes = get_args(annotation)
    for place, option in enumerate(notes):
        if isinstance(option, OptionInfo):
            notes[place] = copy.copy(option)
            notes[place].rich_help_panel = title
    return Annotated[(kind, *notes)]


class GroupedCommand(TyperCommand):
    """A command whose help shows its own options first, then each group under its title."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as Typer calls it
        """Run the command under the project's settings, and say which of them it uses."""
        with settings_in_use(quiet=bool(ctx.params.get("quiet"))):
            return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as Typer calls it
        """Write the arguments, then the options in sections."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                is_argument = parameter.param_type_name == "argument"
                group = getattr(parameter, "rich_help_panel", None) or "Options"
                sections.setdefault("Arguments" if is_argument else group, []).append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
