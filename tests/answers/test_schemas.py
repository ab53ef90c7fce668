"""The schemas and their document are what the answers declare; every command has one."""

import json
import re

import jsonschema
import pytest

from tests import schemas
from wbtools.answers.columns import Maybe, Record, Rows

ANSWERS = schemas.answers()


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_the_schema_that_ships_is_the_declared_one(answer):
    shipped = json.loads((schemas.SCHEMAS / f"{answer.name}.schema.json").read_text())
    assert shipped == schemas.schema_of(answer), "python -m tests.schemas rewrite"
    jsonschema.Draft202012Validator.check_schema(shipped)


def test_no_other_schema_ships_and_the_document_is_the_declared_one():
    names = {path.name for path in schemas.SCHEMAS.iterdir()}
    assert names == {f"{answer.name}.schema.json" for answer in ANSWERS}
    assert schemas.DOCUMENT.read_text() == schemas.document(), "python -m tests.schemas rewrite"


def _records(record):
    yield record
    for column in record.columns:
        kind = column.kind
        if isinstance(kind, Record):
            yield from _records(kind)
        elif isinstance(kind, Maybe | Rows):
            yield from _records(kind.record)


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_records_have_names_and_keys_of_their_own(answer):
    known = {}
    for record in _records(answer.record):
        assert known.setdefault(record.name, record) is record
        keys = [column.key for column in record.columns]
        assert len(set(keys)) == len(keys)
    assert isinstance(answer.record[answer.table].kind, Rows)


UNITS = {"h": "_h", "s": "_s", "share": "_share", "bytes": "_bytes"}


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_units_are_in_the_names(answer):
    for record in _records(answer.record):
        for column in record.columns:
            assert column.key.endswith(UNITS.get(column.unit, "")), column.key


LEANING = (
    r"(Its|Their|Those|These|That|They|It|Likewise)\b",
    r"(Both|Values)\.",
    r"(Of|On|By|In|From|At|To|As|Between)\b",
    r"(What|Which|Where|When|How|Why|Whether) (it|they|that|this|these|those|there|none|all of)\b",
    r"What (says so|became)\b",
    r"How many (of them|of these|these|there|were)\b",
    r"The (same|reason|copies|one|two|ones)\b",
    r"(Upper|Lower) end of (the same|that|its|these)\b",
    r"(Least|Most|Largest|Smallest|Share|Any|Some) (that those|of the same|of these|of those)\b",
    r".*\blikewise\b",
    r".*\b[Ss]urely\b",
)
"""How sentences begin that mean nothing without the row above."""


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_every_sentence_stands_alone(answer):
    leaning = [
        f"{record.name}.{column.key}: {column.about}"
        for record in _records(answer.record)
        for column in record.columns
        if column.data and any(re.match(opening, column.about) for opening in LEANING)
    ]
    assert not leaning
