import json
from importlib import resources

import jsonschema
import numpy as np
import pytest

from tests.report.samples import SAMPLES, from_curves, rising, twelve, with_nan
from wbtools.report.json_text import render_json
from wbtools.report.masking import masked_config, plain

SCHEMA = json.loads(
    resources.files("wbtools.report").joinpath("schemas/audit.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def _objects(schema, at=""):
    if isinstance(schema, dict):
        if "properties" in schema:
            yield at, schema
        for key, below in schema.items():
            yield from _objects(below, f"{at}/{key}")
    if isinstance(schema, list):
        for below in schema:
            yield from _objects(below, at)


def test_the_schema_is_strict_and_explains_every_field():
    for at, one in _objects(SCHEMA):
        assert one["additionalProperties"] is False, at
        for name, field in one["properties"].items():
            described = "description" in field or "$ref" in field
            assert described, f"{at}/{name}"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_document_keeps_to_the_schema(name):
    audit = SAMPLES[name]()
    VALIDATOR.validate(json.loads(render_json(audit)))
    for row in audit.rows:
        zoomed = json.loads(render_json(audit, run=row))
        VALIDATOR.validate(zoomed)
        assert [run["id"] for run in zoomed["runs"]] == [row.run.id]
        assert "curve" in zoomed["runs"][0]


def test_keys_are_sorted_and_text_is_ascii():
    text = render_json(SAMPLES["hostile names"]())
    assert text.isascii()
    assert text.endswith("}\n")
    document = json.loads(text)
    assert json.dumps(document, sort_keys=True, indent=2) + "\n" == text


def test_numbers_keep_their_full_precision():
    audit = twelve()
    document = json.loads(render_json(audit))
    assert [run["best"] for run in document["runs"]] == [row.best for row in audit.rows]
    assert document["gem_run_ids"][0] == "run0008"
    assert document["runs"][7]["created_at"] == "2025-03-01T19:00:00Z"
    assert document["rule"]["bands_reports"] == [10, 20]


def test_not_a_number_is_null():
    document = json.loads(render_json(with_nan()), parse_constant=pytest.fail)
    assert document["runs"][2]["best"] is None


def test_the_curve_of_one_run_is_its_finite_reports():
    audit = with_nan()
    curve = json.loads(render_json(audit, run=audit.rows[1]))["runs"][0]["curve"]
    assert len(curve["values"]) == 20
    assert curve["steps"][3] == 499


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        pytest.param({"lr": 0.1}, {"lr": 0.1}, id="a learning rate stays"),
        pytest.param({"wandb.api_key": "abc"}, {"wandb.api_key": "***"}, id="an API key goes"),
        pytest.param({"HF_TOKEN": "hf_x"}, {"HF_TOKEN": "***"}, id="a token goes"),
        pytest.param({"max_tokens": 512}, {"max_tokens": 512}, id="a count of tokens stays"),
        pytest.param({"db.password": 1234}, {"db.password": "***"}, id="a numeric password goes"),
        pytest.param({"token": 10**15}, {"token": "***"}, id="a number as long as a secret goes"),
        pytest.param({"a": {"my_secret": [1]}}, {"a": {"my_secret": "***"}}, id="a nested one too"),
        pytest.param({"keys": [{"x": "abc"}]}, {"keys": [{"x": "***"}]}, id="and what is below it"),
        pytest.param({"l": [{"secret": "s"}]}, {"l": [{"secret": "***"}]}, id="in lists as well"),
        pytest.param({"token": None}, {"token": None}, id="nothing is no secret"),
    ],
)
def test_secrets_are_masked(config, shown):
    assert masked_config(config) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), None),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        ((1, {2}), [1, [2]]),
        (b"x", "b'x'"),
        (True, True),
    ],
)
def test_values_become_what_json_knows(value, shown):
    assert plain(value) == shown


def test_a_secret_at_any_depth_is_masked():
    nested = {"secret": "s3cret"}
    for _ in range(50):
        nested = {"down": [nested]}
    assert "s3cret" not in json.dumps(masked_config(nested))


def test_a_secret_in_a_configuration_does_not_leave():
    audit = from_curves([rising(0.9, 0.1, 22)], config={"api_key": "s3cret", "epochs": 22})
    assert "s3cret" not in render_json(audit)
