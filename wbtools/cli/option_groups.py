"""Options that belong together, declared once as a dataclass and taken by several commands."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def takes_group(name: str, group: type[Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a command take the fields of a dataclass as options, where its parameter stands.

    Args:
        name: The command's parameter that gets the dataclass.
        group: The dataclass; each field is `Annotated` as a parameter of a command is, and has a
            default.
    """

    def unfold(command: Callable[P, R]) -> Callable[P, R]:
        hints = get_type_hints(group, include_extras=True)
        options = [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None if option.default is MISSING else option.default,
                annotation=hints[option.name],
            )
            for option in fields(group)
        ]

        @wraps(command)
        def unfolded(*args: P.args, **kwargs: P.kwargs) -> R:
            given = {option.name: kwargs.pop(option.name) for option in options}
            kwargs[name] = group(**given)
            return command(*args, **kwargs)

        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            is_group = parameter.name == name
            parameters += (
                options if is_group else [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
            )
        # typer reads both: the signature for the parameters, the annotations for their types.
        unfolded.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # functions may have one
        unfolded.__annotations__ = {each.name: each.annotation for each in parameters}
        return unfolded

    return unfold
