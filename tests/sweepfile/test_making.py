"""Whatever the options, the file reads back as what was meant, and lint has no error."""

import random

import pytest
import yaml

from tests.sweepfile.random_options import ask, emitted
from wbtools.sweepfile.draft import read_draft, write_draft
from wbtools.sweepfile.lint.fixing import same
from wbtools.sweepfile.numbers_in_yaml import as_float, read_value, yaml_value


def test_every_emitted_file_reads_back_as_its_data():
    rng = random.Random(11)  # noqa: S311 - reproducible
    n_emitted = 0
    for _ in range(400):
        file = emitted(rng, ask(rng))
        if file is None:
            continue
        n_emitted += 1
        data, text = file
        read = yaml.safe_load(text)
        assert same({key: read[key] for key in sorted(read)}, {k: data[k] for k in sorted(data)})
        assert write_draft(read_draft(text.encode(), "s")) == text
    assert n_emitted > 200


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-5", 1e-5), ("1E5", 1e5), (".5e-3", 5e-4), ("1_0e2", 1e3), ("0x10", 16), ("'1e5'", "1e5")],
)
def test_numbers_that_people_type(text, value):
    read = read_value(text)
    assert (read, type(read)) == (value, type(value))
    assert yaml.safe_load(yaml_value(read)) == read


@pytest.mark.parametrize("text", ["", "e5", "1e5 ", "nan", "٣", "x", "1e999999", "9" * 500])
def test_what_is_no_number(text):
    assert as_float(text) in {None, float("inf")}
