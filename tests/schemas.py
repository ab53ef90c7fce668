"""The JSON Schema of every answer, and `docs/json.md`, from the answers' own declarations.

`python -m tests.schemas rewrite` writes both anew; `tests/answers/test_schemas.py` fails if they
are not what is declared.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

import wbtools.answers
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows, alternatives
from wbtools.answers.frame import dtype_of

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "wbtools" / "schemas"
DOCUMENT = ROOT / "docs" / "json.md"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def answers() -> list[type[Answer]]:
    """Every answer that the package declares, by name."""
    found = {}
    for place in pkgutil.walk_packages(wbtools.answers.__path__, "wbtools.answers."):
        for each in vars(importlib.import_module(place.name)).values():
            if isinstance(each, type) and issubclass(each, Answer) and hasattr(each, "name"):
                found[each.name] = each
    return sorted(found.values(), key=lambda answer: answer.name)


def schema_of(answer: type[Answer]) -> dict[str, Any]:
    """The JSON Schema of an answer: nothing may be absent, and nothing else may be there."""
    name = f"wbtools.{answer.name}/1"
    root = _struct(answer.record, {}, [("schema", Literal[name])])
    return {"$schema": DRAFT, "title": name, **msgspec.json.schema(root)}


def _struct(
    record: Record[Any], known: dict[str, Any], first: list[tuple[str, Any]] | None = None
) -> Any:
    if record.name not in known:
        fields = [
            (column.key, _described(column, known)) for column in record.columns if column.data
        ]
        known[record.name] = msgspec.defstruct(
            record.name, [*(first or []), *fields], forbid_unknown_fields=True
        )
    return known[record.name]


def _described(column: Column[Any], known: dict[str, Any]) -> Any:
    assert column.about.endswith("."), f"{column.key} is not described in a sentence"
    more = {"unit": column.unit} if column.unit else None
    meta = msgspec.Meta(description=column.about, extra_json_schema=more)
    return Annotated[_type_of(column.kind, known), meta]


def _type_of(kind: Any, known: dict[str, Any]) -> Any:
    if isinstance(kind, Record):
        return _struct(kind, known)
    if isinstance(kind, Maybe):
        return _struct(kind.record, known) | None
    if isinstance(kind, Rows):
        return list[_struct(kind.record, known)]
    union: Any = None
    for each in alternatives(kind) if alternatives(kind) != (kind,) else (kind,):
        part = _words(each) if isinstance(each, type) and issubclass(each, Enum) else each
        union = part if union is None else union | part
    return kind if getattr(kind, "__origin__", None) in {list, dict, tuple} else union


def _words(enumeration: type[Enum]) -> Any:
    if issubclass(enumeration, str):
        return Literal[tuple(each.value for each in enumeration)]
    return Literal[tuple(each.name.lower() for each in enumeration)]


@dataclass
class _Doc:
    lines: list[str]
    shown: set[str]


def document() -> str:
    """`docs/json.md`: every answer's keys, types and meanings, and what its CSV holds."""
    page = _Doc([_HEAD], set())
    for answer in answers():
        page.lines += [f"## `wbtools.{answer.name}/1`", ""]
        page.lines += [f"CSV and `.to_frame()`: a row for each of `{answer.table}`.", ""]
        _records(page, answer.record, answer.record[answer.table].kind.record)
        page.shown.clear()
    return "\n".join(page.lines).rstrip() + "\n"


_HEAD = """# Answers as data

Every command gives its answer as JSON too (`--format json`, or `-o answer.json`; `.to_dict()` in
Python) and the answer's table as CSV (`--format csv`; `.to_frame()`). Both are generated from the
declarations in `wbtools/answers/`, as is this page; the JSON Schemas are in `wbtools/schemas/`.

* `schema` names the answer and its version. Keys carry units: `_h` hours, `_s` seconds, `_reports`
  reports of the metric; `n_` counts; `p_` probabilities and `_share` shares of [0, 1].
* NaN and infinities are `null`. Times are in UTC. Documents are ASCII, other characters escaped.
* In CSV what is unknown is empty; texts that a spreadsheet would run as a formula begin with `'`,
  and control characters are shown as escapes. The last column below is the pandas type; what has
  none is nested, and in JSON alone. `config/…` is a column a parameter.

To read a CSV file back:

```python
frame = pandas.read_csv(file, dtype={"n_runs": "Int64"}, keep_default_na=False, na_values=[""])
frame["as_of"] = pandas.to_datetime(frame["as_of"], utc=True)  # what is `datetime64` below
```
"""


def _records(page: _Doc, record: Record[Any], table: Record[Any]) -> None:
    if record.name in page.shown:
        return
    page.shown.add(record.name)
    heads = ["key", "type", "meaning", *(["in CSV"] if record is table else [])]
    page.lines += [f"### {record.name}", "", _line(heads), _line(["---"] * len(heads))]
    nested: list[Record[Any]] = []
    for column in filter(lambda column: column.data, record.columns):
        unit = f" Unit: {column.unit}." if column.unit else ""
        cells = [f"`{column.key}`", _name_of(column.kind), f"{column.about}{unit}"]
        page.lines.append(_line([*cells, *([_in_csv(column)] if record is table else [])]))
        if isinstance(column.kind, Record):
            nested.append(column.kind)
        elif isinstance(column.kind, Maybe | Rows):
            nested.append(column.kind.record)
    page.lines.append("")
    for inner in nested:
        _records(page, inner, table)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _in_csv(column: Column[Any]) -> str:
    if not column.csv or column.is_nested:
        return ""
    return f"`{column.key}/…`" if column.spread else f"`{dtype_of(column.kind)}`"


def _name_of(kind: Any) -> str:
    if isinstance(kind, Record):
        return f"{kind.name}"
    if isinstance(kind, Maybe):
        return f"{_name_of(kind.record)} or null"
    if isinstance(kind, Rows):
        return f"list of {_name_of(kind.record)}"
    words = []
    for each in alternatives(kind) if getattr(kind, "__origin__", None) is None else (kind,):
        if each is type(None):
            words.append("null")
        elif isinstance(each, type) and issubclass(each, Enum):
            names = [e.value if issubclass(each, str) else e.name.lower() for e in each]
            words.append(", ".join(f"`{name}`" for name in names))
        else:
            words.append(
                getattr(each, "__name__", str(each)) if isinstance(each, type) else str(each)
            )
    return " or ".join(words).replace("typing.", "").replace("|", "\\|")


def rewrite() -> None:
    """Write the schemas and the document."""
    SCHEMAS.mkdir(exist_ok=True)
    for old in SCHEMAS.glob("*.schema.json"):
        old.unlink()
    for answer in answers():
        text = json.dumps(schema_of(answer), indent=1) + "\n"
        (SCHEMAS / f"{answer.name}.schema.json").write_text(text)
    DOCUMENT.write_text(document())


if __name__ == "__main__" and sys.argv[1:] == ["rewrite"]:
    rewrite()
