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

from typer.models import OptionInfo

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
