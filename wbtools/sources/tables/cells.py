"""What a cell of a run table means. Nothing is guessed: what is no number stays the text it is."""

from __future__ import annotations

import ast
import math
import re
import warnings
from typing import TYPE_CHECKING, Final

from wbtools.model import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHOLE: Final = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE
)
_WITH_COMMA: Final = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_UNKNOWN: Final = frozenset({"", "nan"})
_NOTHING: Final = frozenset({"null", "none"})
_LONGEST_MAPPING: Final = 2**20
_PLACEHOLDERS: Final = frozenset({"-", "\N{EN DASH}", "n/a", "N/A", "?"})
_EXACT: Final = 2**53
_MOST_SIGNALS: Final = 64
_LARGEST_CODE: Final = 2**32
_WORDS: Final = {
    RunState.FINISHED: "finished, completed, complete, done, success, succeeded",
    RunState.FAILED: "failed, fail, failure, error, errored, exception, oom, out of memory",
    RunState.CRASHED: "crashed, node fail, boot fail",
    RunState.KILLED: "killed, terminated, stopped, pruned, early stopped, cancelled, canceled, "
    "aborted, interrupted, timeout, timed out, deadline, revoked",
    RunState.RUNNING: "running, in progress",
    RunState.PENDING: "pending, queued, waiting, paused",
    RunState.PREEMPTED: "preempted",
    RunState.PREEMPTING: "preempting",
}
_STATES: Final = {word: state for state, words in _WORDS.items() for word in words.split(", ")}
_BY_USER: Final = re.compile(r" by \d+$", re.ASCII)
_FEWEST_LETTERS: Final = 4
"""Of a word that Slurm cut short."""
_RAY_ENDED: Final = "TERMINATED"


def known(
    cell: str, *, decimal_comma: bool, keeps_none: bool = False
) -> int | float | bool | str | None:
    """Read a cell as a whole number, a number to the last digit, a truth value or text.

    Args:
        cell: None is given for an empty one, and for `NaN`, which is how exports write a missing
            or diverged value.
        decimal_comma: `0,5` is a number.
        keeps_none: `none` and `null` are texts, as in a column of `none`, `flip` and `crop`.
    """
    text = cell.strip()
    if text.lower() in _UNKNOWN or (not keeps_none and text.lower() in _NOTHING):
        return None
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if decimal_comma and _WITH_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else text


def keeps_none(cells: Iterable[str], *, decimal_comma: bool) -> bool:
    """Whether `none` is one choice among others in a column: it holds another text."""
    values = (known(cell, decimal_comma=decimal_comma) for cell in cells)
    return any(isinstance(value, str) and value not in _PLACEHOLDERS for value in values)


def whole(value: object) -> int | None:
    """Give a number that counts something, also where it is written `3.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < _EXACT and value == math.floor(value) else None


def duration_s(value: object, *, unit_s: float = 1.0) -> float | None:
    """Give seconds, of a value in units of so many; None for what no run can have taken."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) * unit_s if 0 <= value < math.inf else None


def elapsed_s(text: str | None) -> float | None:
    """Give the seconds that pandas writes as `0 days 00:01:30.5`; None for anything else."""
    if text is None or " days " not in text:
        return None
    import pandas as pd  # noqa: PLC0415 - half a second that only tables need

    try:
        return duration_s(pd.Timedelta(text).total_seconds())
    except ValueError:
        return None


def mapping(text: str) -> dict[str, object] | None:
    """Read a Python mapping of literals, `nan` and `inf` among them; None for anything else.

    Nothing is evaluated: what is no literal makes the whole text none.
    """
    if len(text) > _LONGEST_MAPPING:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's invalid escapes are no news
            literal = _literal(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return literal if isinstance(literal, dict) else None


def _literal(node: ast.expr) -> object:
    """The value of a literal, keys as texts.

    Raises:
        ValueError: It is none.
    """
    match node:
        case ast.Constant(value=value) if not isinstance(value, bytes | complex):
            return None if value is ... else value
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {
                str(_literal(key)): _literal(value)
                for key, value in zip(keys, values, strict=True)
                if key is not None
            }
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_literal(element) for element in elements]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _literal(operand)
            if isinstance(number, int | float):
                return -number
        case ast.Name(id="nan" | "NaN"):
            return math.nan
        case ast.Name(id="inf" | "Infinity"):
            return math.inf
        case ast.Name(id="null"):
            return None
        case ast.Name(id="true" | "false"):
            return node.id == "true"
    msg = "no literal"
    raise ValueError(msg)


def exit_code(value: object) -> int | None:
    """Give what a process can leave behind: a signal below 0, or at most 32 bits; else None."""
    code = whole(value)
    return code if code is not None and -_MOST_SIGNALS <= code < _LARGEST_CODE else None


def state(text: str | None) -> RunState:
    """Give the state that W&B, Optuna, Ray Tune, Slurm or common use calls so.

    Ray's `TERMINATED`, in capitals, says that a trial ended without an error; so does W&B's
    `finished`, and neither tells whether a scheduler ended it. Slurm adds who cancelled a job,
    as in `CANCELLED by 1000`, and cuts a word short with `+`: `OUT_OF_ME+`.

    Args:
        text: A cell; of Python's `TrialState.PRUNED` the last part is read.
    """
    word = (text or "").strip().rpartition(".")[2]
    if word == _RAY_ENDED:
        return RunState.FINISHED
    word = _BY_USER.sub("", re.sub(r"[\s_-]+", " ", word.lower()))
    return _cut_short(word[:-1]) if word.endswith("+") else _STATES.get(word, RunState.UNKNOWN)


def _cut_short(start: str) -> RunState:
    """The state of all words that start so, if it is one."""
    if len(start) < _FEWEST_LETTERS:
        return RunState.UNKNOWN
    found = {state for word, state in _STATES.items() if word.startswith(start)}
    return found.pop() if len(found) == 1 else RunState.UNKNOWN
