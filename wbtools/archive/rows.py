"""Runs and texts as the tables hold them, and back, without losing a character or a bit."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.records import ArchivedKind, ArchivedRun, SweepHeader, SweepKey, Unfinished
from wbtools.model import LaunchRecord, Run, RunState
from wbtools.sources.wandb_api.memory import LARGEST_SHARE, bytes_parsed
from wbtools.text.numbers import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Value = str | bytes | int | float | None
    _Columns = tuple[tuple[str, str, tuple[Callable[[Any], Any], Callable[[Any], Any]]], ...]

# A plain word of YAML and of JSON, since a sweep's own configuration may hold it anywhere.
MASK: Final = "(masked)"
# Shorter texts occur by chance, and no service hands out such keys.
_SHORTEST_SECRET: Final = 8
# Shorter JSON is parsed whatever it holds: that is little.
_UNCOUNTED: Final = 2**18


class SecretScrubber:
    """Every value on its way into a table: free of secrets, and of text that SQLite refuses."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        """Keep the texts that must never be written."""
        self._secrets = tuple(secrets)

    def __call__(self, *values: Value) -> tuple[Value, ...]:
        """Give the values as they can be bound."""
        return tuple(self._text(value) if isinstance(value, str) else value for value in values)

    def _text(self, text: str) -> str | bytes:
        text = without_secrets(text, self._secrets)
        try:
            text.encode()
        except UnicodeEncodeError:
            # Half a surrogate pair, which JSON allows and UTF-8 does not.
            return text.encode("utf-8", "surrogatepass")
        return text


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text as it may be written: without the API key that somebody pasted into it."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return text


def text_of(value: object) -> str:
    """A text as it was before `SecretScrubber`.

    Raises:
        TypeError: A damaged file holds something else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    msg = f"no text where one belongs: {str(value)[:40]!r}"
    raise TypeError(msg)


def optional_text(value: str | bytes | None) -> str | None:
    """As `text_of`, for a column that may be empty."""
    return None if value is None else text_of(value)


def integer_of(value: object) -> int:
    """An integer as it was.

    Raises:
        TypeError: A damaged file holds something else.
    """
    if type(value) is not int:
        msg = f"no integer where one belongs: {str(value)[:40]!r}"
        raise TypeError(msg)
    return value


def optional_integer(value: object) -> int | None:
    """As `integer_of`, for a column that may be empty."""
    return None if value is None else integer_of(value)


def moment_text(moment: datetime | None) -> str | None:
    """A time as UTC in ISO 8601, which sorts as text."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str | None) -> datetime | None:
    """The time that `moment_text` wrote, in UTC.

    Raises:
        ValueError: It is none, or of no time zone.
        OverflowError: It is before the year 1, or after 9999.
    """
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"a time of no time zone: {text}"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def known_moment_of(text: str | None) -> datetime:
    """As `moment_of`, where there must be one.

    Raises:
        ValueError: There is none; or as there.
    """
    moment = moment_of(text)
    if moment is None:
        msg = "a moment is missing"
        raise ValueError(msg)
    return moment


def unfinished_of(cursor: str | bytes | None, parameters: str | bytes | None) -> Unfinished | None:
    """Where a fetch was cut; None if none was."""
    if cursor is None:
        return None
    return Unfinished(cursor=text_of(cursor), parameters=text_of(parameters or ""))


def json_text(value: object) -> str:
    """A value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_of(value: str | bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Parse JSON that takes no more memory than the answer may that brought it.

    Raises:
        ValueError: It would, or is no JSON.
    """
    text = text_of(value)
    if len(text) > _UNCOUNTED:
        n_bytes = bytes_parsed(text.encode("utf-8", "surrogatepass"))
        if n_bytes > LARGEST_SHARE:
            msg = f"a text of {size(len(text))} could take {size(n_bytes)} of memory"
            raise ValueError(msg)
    return json.loads(text)


def object_of(value: str | bytes) -> dict[str, Any]:
    """An object of JSON.

    Raises:
        TypeError: A damaged file holds something else.
        ValueError: It would take too much memory, or is no JSON.
    """
    document = _json_of(value)
    if not isinstance(document, dict):
        msg = "no object of JSON where one belongs"
        raise TypeError(msg)
    return document


def _words_of(value: str | bytes) -> tuple[str, ...]:
    return _words_in(_json_of(value))


def _words_in(words: object) -> tuple[str, ...]:
    if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        msg = "no list of texts where one belongs"
        raise TypeError(msg)
    return tuple(words)


def history_keys_of(value: str | bytes | None) -> object:
    """What the server said of a run's rows; where that is an object, it counts them by name."""
    history_keys = None if value is None else _json_of(value)
    if isinstance(history_keys, dict):
        for counts in (history_keys.get("keys"), history_keys.get("others")):
            for n_rows in (counts or {}).values():
                integer_of(n_rows)
        optional_integer(history_keys.get("lastStep"))
    return history_keys


def _number_of(value: object) -> float:
    if not (isinstance(value, float | int) and math.isfinite(value)):
        msg = f"no number where one belongs: {str(value)[:40]!r}"
        raise TypeError(msg)
    return value


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:  # noqa: ANN401 - numbers as they are
    return value


_TEXT = (_same, text_of)
_OPTIONAL_TEXT = (_same, optional_text)
_INTEGER = (_same, integer_of)
_OPTIONAL_INTEGER = (_same, optional_integer)
_OPTIONAL_NUMBER = (_same, _optional(_number_of))
_FLAG = (_optional(int), _optional(lambda value: bool(integer_of(value))))
_MOMENT = (moment_text, moment_of)
_OBJECT = (json_text, object_of)
_WORDS = (json_text, _words_of)
_OPTIONAL_WORDS = (_optional(json_text), _optional(_words_of))

# Field of `Run`, column, (into the table, back).
_RUN_COLUMNS: Final[_Columns] = (
    ("id", "run_id", _TEXT),
    ("name", "name", _TEXT),
    ("number", "number", _INTEGER),
    ("number_from", "number_from", _TEXT),
    ("state", "state", (str, RunState)),
    ("created_at", "created_at", _MOMENT),
    ("heartbeat_at", "heartbeat_at", _MOMENT),
    ("runtime_s", "runtime_s", _OPTIONAL_NUMBER),
    ("exit_code", "exit_code", _OPTIONAL_INTEGER),
    ("stopped", "stopped", _FLAG),
    ("should_stop", "should_stop", _FLAG),
    ("config", "config", _OBJECT),
    ("summary", "summary", _OBJECT),
    ("program", "program", _OPTIONAL_TEXT),
    ("argv", "argv", _OPTIONAL_WORDS),
    ("git_commit", "git_commit", _OPTIONAL_TEXT),
    ("host", "host", _OPTIONAL_TEXT),
    ("gpu", "gpu", _OPTIONAL_TEXT),
    ("tags", "tags", _WORDS),
    ("group", "group_name", _OPTIONAL_TEXT),
    ("job_type", "job_type", _OPTIONAL_TEXT),
    ("sdk_version", "sdk_version", _OPTIONAL_TEXT),
    ("n_reports", "n_reports", _OPTIONAL_INTEGER),
    ("attempts", "attempts", _INTEGER),
)
# Field of `ArchivedRun`, column, (into the table, back).
_MORE_COLUMNS: Final[_Columns] = (
    ("updated_at", "updated_at", _OPTIONAL_TEXT),
    ("history_line_count", "history_line_count", _OPTIONAL_INTEGER),
    ("history_keys", "history_keys", (_optional(json_text), history_keys_of)),
    ("running", "running", _FLAG),
    ("missing_since", "missing_since", _MOMENT),
)
_COLUMNS: Final = tuple(column for _, column, _ in (*_RUN_COLUMNS, *_MORE_COLUMNS))
_HERE: Final = ", ".join(_COLUMNS)
_MARKS: Final = ", ".join("?" for _ in _COLUMNS)
_NEW: Final = ", ".join(
    f"{column} = excluded.{column}" for column in _COLUMNS if column != "run_id"
)

# Column names are this module's own; values are always bound.
PUT_RUN: Final = (
    f"INSERT INTO runs (sweep, {_HERE}) VALUES (?, {_MARKS}) "  # noqa: S608
    f"ON CONFLICT (sweep, run_id) DO UPDATE SET {_NEW}"
)
N_HEAD_COLUMNS: Final = 11
GET_RUNS: Final = f"SELECT id, {_HERE} FROM runs WHERE sweep = ?"  # noqa: S608


def launch_text(record: LaunchRecord) -> str:
    """How a run was started, as the table holds it."""
    return json_text(asdict(record))


def launch_of(text: str | bytes) -> LaunchRecord:
    """What `launch_text` wrote."""
    facts = object_of(text)
    argv, parameters = facts.pop("argv"), facts.pop("sweep_parameters")
    requirements, is_notebook = facts.pop("requirements"), facts.pop("is_notebook")
    if not (parameters is None or isinstance(parameters, dict)):
        msg = "no object of JSON where one belongs"
        raise TypeError(msg)
    return LaunchRecord(
        **{name: optional_text(value) for name, value in facts.items()},
        argv=None if argv is None else _words_in(argv),
        requirements=_words_in(requirements),
        is_notebook=bool(is_notebook),
        sweep_parameters=parameters,
    )


def head_of(row: Sequence[Any]) -> SweepHeader:
    """What a sweep is, from the first `N_HEAD_COLUMNS` columns of `sweeps` behind its id."""
    base_url, entity, project, kind, name, *facts = row
    display_name, state, config, created_at, updated_at, n_expected = facts
    return SweepHeader(
        key=SweepKey(
            base_url=text_of(base_url),
            entity=text_of(entity),
            project=text_of(project),
            kind=ArchivedKind(kind),
            name=text_of(name),
        ),
        display_name=optional_text(display_name),
        state=optional_text(state),
        config=optional_text(config),
        created_at=optional_text(created_at),
        updated_at=optional_text(updated_at),
        n_expected_runs=optional_integer(n_expected),
    )


def run_row(archived: ArchivedRun) -> tuple[Value, ...]:
    """The columns of `PUT_RUN`, without the sweep."""
    return (
        *(into(getattr(archived.run, field)) for field, _, (into, _) in _RUN_COLUMNS),
        *(into(getattr(archived, field)) for field, _, (into, _) in _MORE_COLUMNS),
    )


def run_of(row: Sequence[Any]) -> ArchivedRun:
    """The run in one row of `GET_RUNS`, its table id left out."""
    n = len(_RUN_COLUMNS)
    fields = {
        field: back(value)
        for (field, _, (_, back)), value in zip(_RUN_COLUMNS, row[1 : n + 1], strict=True)
    }
    more = {
        field: back(value)
        for (field, _, (_, back)), value in zip(_MORE_COLUMNS, row[n + 1 :], strict=True)
    }
    return ArchivedRun(run=Run(**fields), **more)
