"""What an answer holds, declared once: its columns, for every format and for the schema.

A `Column` says what a value is called, of what type it is, what it means and how it is taken from
a row, and, if pages show it, under which title and how soon it leaves a narrow terminal. A `Record`
is a row's columns: a JSON object, or a row of a table. From them come JSON, CSV, data frames, the
tables of every page, the JSON Schema and its documentation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from itertools import chain
from types import UnionType
from typing import Any, Generic, Protocol, TypeVar, get_args, runtime_checkable

import numpy as np

from wbtools.answers.layout import Cell, TextColumn
from wbtools.text.numbers import S_PER_H, hours, percent
from wbtools.text.sanitize import UNKNOWN, sanitize

Q = TypeVar("Q")
R = TypeVar("R")

_INT64 = 2**63


def _attribute(_row: object) -> object:
    """Stand for the attribute that `of` or `key` names, until the column knows these."""
    raise NotImplementedError


def _attribute_at(path: str) -> Callable[[object], object]:
    def take(part: object) -> object:
        for name in path.split("."):
            part = None if part is None else getattr(part, name)
        return part

    return take


@dataclass(frozen=True, slots=True)
class Column(TextColumn, Generic[R]):
    """One value of a row.

    Attributes:
        key: Its name in JSON, CSV and data frames, with its unit: `cost_full_h`.
        kind: Its type: `int`, `float | None`, an enumeration, `list[str]`, `dict[str, Any]`, a
            `Record` (a JSON object), `Maybe(RECORD)` or `Rows(RECORD)`. Numbers that are NaN or
            infinite are null, so a kind of measured numbers allows None.
        about: What it means, for the schema and the documents: one or two sentences.
        get: Takes it from a row; the attribute that `of` names if nothing is said.
        of: An attribute of the row, or of a part of it: `summary.best_run.id`, which is None where
            there is no such part; the one called `key` if nothing is said.
        unit: `h`, `s`, `share` or another word; decides how the value is written in pages.
        show: How pages write it, where that is not by its type and unit.
        data: Whether it is in JSON, CSV and frames, or only on pages.
        csv: Whether it is in CSV and frames too; nested values are not.
        spread: Of a mapping `dict[str, …]`: in CSV and frames each name has a column `key/name`.
    """

    key: str
    kind: Any
    about: str
    get: Callable[[R], object] = _attribute
    _: KW_ONLY
    of: str = ""
    unit: str = ""
    show: Callable[[R], Cell | str] | None = None
    data: bool = True
    csv: bool = True
    spread: bool = False

    def __post_init__(self) -> None:
        """Take the attribute, and align numbers to the right, where nothing else is said."""
        if self.get is _attribute:
            object.__setattr__(self, "get", _attribute_at(self.of or self.key))
        if self.right is None:
            object.__setattr__(self, "right", bool({int, float} & set(alternatives(self.kind))))

    def inside(self, part: Callable[[Q], R | None]) -> Column[Q]:
        """The same column of rows that hold such a row as a part; null where there is none."""
        column: Column[Any] = self
        get, show = column.get, column.show
        return replace(
            column,
            get=lambda row: None if (found := part(row)) is None else get(found),
            show=None if show is None else lambda row: show(part(row)),
        )

    def placed(self, **layout: Any) -> Column[R]:  # noqa: ANN401 - fields of several types
        """The same column elsewhere on a page: another `title`, `keep`, `least` or `show`."""
        return replace(self, **layout)

    def value(self, row: R) -> object:
        """The value as JSON knows it."""
        return to_plain(self.kind, self.get(row))

    def cell(self, row: R) -> Cell:
        """The value as pages show it."""
        if self.show is None:
            return Cell(written(self.get(row), self.unit))
        text = self.show(row)
        return text if isinstance(text, Cell) else Cell(text)

    @property
    def is_nested(self) -> bool:
        """Whether it holds records, or anything that fits no cell of a spreadsheet."""
        return isinstance(self.kind, Record | Rows | Maybe)


class Record(Generic[R]):
    """A row's columns, which make a JSON object.

    Attributes:
        name: What such an object is called in the schema, unique within it: `Run`.
        columns: All its columns, in order.
    """

    def __init__(self, name: str, *columns: Column[R] | Iterable[Column[R]]) -> None:
        """Declare a record of columns, and of groups of columns."""
        self.name = name
        groups = ((each,) if isinstance(each, Column) else each for each in columns)
        self.columns: tuple[Column[R], ...] = tuple(chain.from_iterable(groups))

    def __getitem__(self, key: str) -> Column[R]:
        """The column of that key.

        Raises:
            KeyError: There is none.
        """
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def pick(self, *keys: str) -> list[Column[R]]:
        """Some of the columns, in this order."""
        return [self[key] for key in keys]

    @property
    def titled(self) -> list[Column[R]]:
        """The columns that pages show."""
        return [column for column in self.columns if column.title]

    def to_dict(self, row: R) -> dict[str, object]:
        """The row as a JSON object."""
        return {column.key: column.value(row) for column in self.columns if column.data}


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """A kind: a list of objects."""

    record: Record[R]


@dataclass(frozen=True, slots=True)
class Maybe(Generic[R]):
    """A kind: an object, or null."""

    record: Record[R]


@runtime_checkable
class HasRuns(Protocol):
    """A row that is about runs, which a page that is looked at with others can show together."""

    @property
    def runs_of_sweeps(self) -> Sequence[tuple[int, str]]:
        """Each run: the place of its sweep among those that were asked about, and its id."""


def flat_columns(record: Record[R], rows: Sequence[R]) -> list[Column[R]]:
    """The columns of a spreadsheet: those with `data` and `csv`, mappings spread over columns."""
    columns: list[Column[R]] = []
    for column in record.columns:
        if not column.data or not column.csv or column.is_nested:
            continue
        if not column.spread:
            columns.append(column)
            continue
        taken = {id(row): _mapping(column, row) for row in rows}  # once: it may be worked out
        names = dict.fromkeys(name for mapping in taken.values() for name in mapping)
        columns += [_entry(column, name, taken) for name in names]
    return columns


def _entry(column: Column[R], name: str, taken: Mapping[int, Mapping[str, object]]) -> Column[R]:
    """The column of one name; `taken` holds each row's mapping by the row's identity."""
    _, kind = get_args(column.kind)
    if kind is Any:
        kind = kind_of(mapping.get(name) for mapping in taken.values())
    return Column(f"{column.key}/{name}", kind, column.about, lambda row: taken[id(row)].get(name))


def kind_of(values: Iterable[object]) -> type:
    """What other people's values are: flags, integers of 64 bits, numbers, else texts.

    Integers among numbers are numbers if none would change by it.
    """
    known = [value for value in values if value is not None]
    kinds = set(map(type, known))
    if kinds == {bool}:
        return bool
    if kinds == {int} and all(-_INT64 <= value < _INT64 for value in known):  # type: ignore[operator]  # all are integers
        return int
    if kinds <= {int, float} and float in kinds and all(map(_is_float, known)):
        return float
    return str


def _is_float(value: object) -> bool:
    """Whether a number is the same as a float."""
    if not isinstance(value, int):
        return True
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _mapping(column: Column[R], row: R) -> Mapping[str, object]:
    values = column.get(row)
    return values if isinstance(values, Mapping) else {}


def alternatives(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type, or a kind of ours
    """What a kind allows: `(int, NoneType)` of `int | None`."""
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def to_plain(kind: object, value: Any) -> object:  # noqa: ANN401 - of that kind
    """A value as JSON knows it: enumerations as texts, times in UTC, NaN and infinities as null."""
    if isinstance(kind, Record):
        return kind.to_dict(value)
    if isinstance(kind, Maybe):
        return None if value is None else kind.record.to_dict(value)
    if isinstance(kind, Rows):
        return [kind.record.to_dict(row) for row in value]
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return _plain(value.value) if isinstance(value, str) else value.name.lower()
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return [_plain(entry) for entry in value]
    return str(value)


def utc_text(moment: datetime) -> str:
    """A time in UTC as ISO 8601 has it: `2026-01-31T12:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def written(value: object, unit: str = "") -> str:
    """A value for people, by its type and unit; a dash for what is unknown."""
    plain = _plain(value)
    if plain is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and not isinstance(value, Enum):
        return _number(value, unit)
    if isinstance(plain, list):
        return ", ".join(sanitize(entry) for entry in plain)
    return sanitize(plain)


def _number(value: float, unit: str) -> str:
    match unit:
        case "h":
            return hours(value)
        case "s":
            return hours(value / S_PER_H)
        case "share":
            return percent(value)
        case _:
            return str(value) if isinstance(value, int) else f"{value:.4g}"
