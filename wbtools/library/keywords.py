"""What the functions' keywords mean: the words of the command line, as `app` takes them."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeAlias, TypeVar

import numpy as np

from wbtools.analysis.projection import Method
from wbtools.app.change_words import one_of
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.session import Session
from wbtools.errors import UsageError, WbtoolsError
from wbtools.model import Goal, Sweep
from wbtools.planning.slurm import SlurmOptions

MOST_REPORTS: Final = 10**9
AnyGoal: TypeAlias = Goal | Literal["minimize", "maximize", "min", "max"]
_OTHERWISE: Final = {
    "all": "all_runs", "all_runs": "show_all_runs", "from": "from_sweep",
    "time_limit": "time_limit_min", "mem": "mem_gb",
    "slurm_output": "log", "sbatch": "directives",
    "continue": "continue_",
}  # fmt: skip
"""What keywords are called otherwise than their options."""
_OPTION: Final = re.compile(
    r"(?<![\w-])--(?P<name>[a-z][a-z-]*)"
    r"(?:(?P<sign>[ =])(?P<value>'[^']*'|-?[\w/:.]*\w(?![\w=]))(?: or (?P<other>[\w/:.]+:min)\b)?)?"
)
_CERTAIN: Final = re.compile(r"[A-Z_]+|.+[/:].+")
"""What is a value and no word of the sentence, such as `NAME:max`."""
_AS_IT_IS: Final = re.compile(r"'|-?(?:[0-9.]+|nan|inf)\Z")
_COMMAND: Final = re.compile(r"(`wbtools [^`]*`)")
_P = ParamSpec("_P")
_R = TypeVar("_R")


def in_keywords(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let the errors of a function speak of its keywords, where `app` speaks of options."""
    called = signature(function)
    parameters = called.parameters
    words = {
        name: re.findall(r"""(?<=['"])[\w-]+(?=['"])""", str(parameter.annotation))
        for name, parameter in parameters.items()
    }
    flags = {name for name, parameter in parameters.items() if parameter.annotation == "bool"}
    if "goal" in words:
        words["goal"] = list(Goal)
    if "slurm" in words:
        words |= {field.name: [] for field in fields(SlurmOptions)}

    @wraps(function)
    def speaking_of_keywords(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            called.bind(*args, **kwargs)
        except TypeError as error:
            name = getattr(function, "__name__", "it")
            raise TypeError(_miscalled(name, str(error), [*parameters], kwargs)) from None
        try:
            return function(*args, **kwargs)
        except WbtoolsError as error:
            error.reword(lambda text: options_as_keywords(text, words, flags))
            raise

    return speaking_of_keywords


def _miscalled(name: str, why: str, parameters: Sequence[str], given: Collection[str]) -> str:
    """What is wrong with a call, and what may be meant by keywords that there are not."""
    hints = []
    for keyword in given:
        near = get_close_matches(keyword, parameters, n=1)
        if keyword not in parameters and near:
            hints.append(f"did you mean {near[0]}= in place of {keyword}=?")
    if parameters and f"'{parameters[0]}'" in why:
        hints.append(f"call it as {name}({parameters[0]}, ...)")
    return f"{name}(): {'; '.join([why, *hints])}"


def options_as_keywords(
    text: str, words: Mapping[str, Sequence[str]], flags: Collection[str] = ()
) -> str:
    """A text with `run_cap=` for `--run-cap`, and `to="slurm"` for `--to slurm`.

    Args:
        text: Of an error. Other programs' options in it stay, and so do commands of wbtools.
        words: The keywords, each with the words that it takes, where it takes no others.
        flags: Those that are true or false.
    """

    def keyword(match: re.Match[str]) -> str:
        option, sign, value = match["name"].replace("-", "_"), match["sign"], match["value"]
        name = _OTHERWISE.get(option, option)
        if name not in words:
            return match[0]
        if name in flags:
            return match[0].replace(f"--{match['name']}", f"{name}=True", 1)
        if value is None:
            return f"{name}="
        if _AS_IT_IS.match(value):
            return f"{name}={value}"
        if sign == "=" or value in words[name] or _CERTAIN.fullmatch(value):
            either = [word for word in (value, match["other"]) if word is not None]
            return f"{name}=" + " or ".join(f'"{word}"' for word in either)
        return f"{name}= {value}"

    parts = _COMMAND.split(text)
    parts[::2] = [_OPTION.sub(keyword, part) for part in parts[::2]]
    return "".join(parts)


def reference_of(sweep: str | os.PathLike[str] | Sweep) -> str:
    """What the command line calls SWEEP.

    Raises:
        UsageError: It is a sweep in memory, where one is to be opened.
    """
    if isinstance(sweep, Sweep):
        msg = "this opens the sweep itself, and a sweep in memory is given"
        raise UsageError(msg, f"pass what it was loaded from: {str(sweep.ref)!r}")
    return os.fspath(sweep)


def references_of(sweeps: Sequence[str | os.PathLike[str]], what: str = "sweep") -> list[str]:
    """Several of them.

    Args:
        sweeps: As they were given.
        what: What each is.

    Raises:
        UsageError: There is none.
    """
    if not sweeps:
        msg = f"no {what} is named"
        raise UsageError(msg, f"name one {what} or more")
    return [reference_of(sweep) for sweep in sweeps]


def session_of(
    *,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> Session:
    """W&B's servers and the archive, for the length of one call.

    Raises:
        UsageError: The time allowed is none.
    """
    within("timeout", timeout, 0.001)
    return Session(
        archive=path_of(archive),
        offline=offline,
        refresh=refresh,
        timeout_s=timeout,
        cache=cache,
    )


def selection_of(
    *,
    all_runs: bool,
    group: str | None,
    tag: str | Sequence[str],
    filters: str | Mapping[str, object] | None,
) -> Selection:
    """The runs that `all_runs`, `group`, `tag` and `filter` name together.

    Raises:
        UsageError: All runs are asked for, and only some.
    """
    if isinstance(filters, Mapping):
        filters = json.dumps(filters)
    return Selection(
        all_runs=all_runs,
        group=group,
        tags=texts_of(tag),
        filters=filters,
    )


def question_of(
    *,
    metric: str | None = None,
    goal: str | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
    target: float | None = None,
    budget: int | None = None,
    method: str | None = None,
) -> AuditOptions:
    """By what runs are judged, and which rule they had; None where nothing is said.

    Raises:
        UsageError: A word is none of those that there are, or a number cannot be right.
    """
    within("budget", budget, 1, MOST_REPORTS)
    return AuditOptions(
        metric=metric,
        goal=goal_of(goal),
        early_terminate=early_terminate,
        sweep_file=path_of(sweep_file),
        rank_by=rank_by,
        target=target,
        budget=budget,
        method=None if method is None else one_of(Method, method, "method"),
    )


def goal_of(goal: str | None) -> Goal | None:
    """A goal by its word: `minimize`, `maximize`, `min` or `max`.

    Raises:
        UsageError: It is another one.
    """
    return None if goal is None else Goal.parse(goal)


def texts_of(texts: str | Sequence[str]) -> tuple[str, ...]:
    """What an option holds that may be given several times: one text, or several."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def thresholds_of(values: float | str | Sequence[str]) -> tuple[str, ...]:
    """Values to reach: a number, or texts such as `test/acc=0.95`."""
    return (repr(float(values)),) if isinstance(values, int | float) else texts_of(values)


def plain_value(value: object, name: str) -> object:
    """A value as a file or a program's arguments hold it: NumPy's as Python's, tuples as lists.

    Raises:
        UsageError: It holds something else.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_value(inner, name) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain_value(inner, name) for inner in value]
    msg = f"{name}: a value of the type {type(value).__name__} cannot be written down"
    raise UsageError(msg, "give a number, a text, a truth value, None, or lists and dicts of them")


def path_of(path: str | os.PathLike[str] | None) -> Path | None:
    """A path, where one is given."""
    return None if path is None else Path(path)


def within(name: str, value: float | None, low: float, high: float = math.inf) -> None:
    """Refuse a number that the command line's option would not take either.

    Raises:
        UsageError: It is below or above; None is neither.
    """
    if value is not None and not low <= value <= high:
        msg = f"{name}={value!r} cannot be right"
        ends = f"{low:,} or more" if math.isinf(high) else f"a number from {low:,} to {high:,}"
        raise UsageError(msg, f"give {ends}")
