"""What the server reads where a file holds a text, by what W&B's own client sends."""

import re
import types

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wbtools.sweepfile.numbers_in_yaml import (
    as_sent,
    number_at_server,
    yaml_document,
    yaml_value,
)
from wbtools.text.sanitize import sanitize

YAML_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)


def sent(value):
    """The YAML in which the client sends a value."""
    from wandb.apis.public import sweeps

    if not hasattr(sweeps, "_upsert_sweep"):
        pytest.skip("this SDK sends a sweep by a part that cannot be called alone")
    texts = []

    def execute(_mutation, variables):
        texts.append(variables["config"])
        return {"upsertSweep": {"sweep": {"name": "s"}}}

    service = types.SimpleNamespace(execute_graphql=execute)
    api = types.SimpleNamespace(_service_api=service, settings={"entity": "e", "project": "p"})
    config = {"parameters": {"x": {"value": value}}}
    sweeps._upsert_sweep(api, config, entity="e", project="p")
    return texts[0]


def read_by_the_server(value):
    """A value as a reader of YAML 1.2 gets it from the client."""
    node = yaml.compose(sent(value), Loader=yaml.SafeLoader)
    ((_, parameters),) = node.value
    ((_, body),) = parameters.value
    ((_, found),) = body.value
    if not found.style and YAML_1_2.match(found.value):
        return float(found.value)
    return found.value


WRITTEN = ["1e-5", "1E5", "1.5e3", "-.5", "+.5", "0.5e3", "01e5", "10", "0.1", "-0.1", "x", "1_0e2"]


@pytest.mark.parametrize("text", WRITTEN)
def test_the_server_gets_what_is_said(text):
    assert as_sent(text) == read_by_the_server(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.eE+-_:x", min_size=1, max_size=7))
def test_any_text_of_a_number_s_letters(text):
    read = read_by_the_server(text)
    expected = read if isinstance(read, str) or abs(read) < 1e300 else None
    assert (as_sent(text) == expected) or (expected is None and number_at_server(text) is None)


def test_lists_and_mappings_are_read_within():
    assert as_sent({"a": ["1e-5", 3, None, True], "b": "0.1"}) == {
        "a": [1e-5, 3, None, True],
        "b": "0.1",
    }


@pytest.mark.parametrize(
    "text", ["a\u202eb", "\u200b", "\u2028x", "é\u2066", "\x1b[2J", "\ufeff", "\ue000\u061c"]
)
def test_what_cannot_be_seen_is_written_as_an_escape(text):
    for value in (text, [text, "é"], {text: "é"}, f"é\n{text}\n"):
        for written in (yaml_value(value), yaml_document(value)):
            assert yaml.safe_load(written) == value
            for line in written.splitlines():
                assert sanitize(line, limit=0) == line
    assert "é" in yaml_value([text, "é"])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_read_back(text):
    assert yaml.safe_load(yaml_value([text])) == [text]
    assert yaml.safe_load(yaml_document({"a": text})) == {"a": text}
