import json
import math
from importlib import resources

import jsonschema
import pytest

from tests.answers.samples import (
    LIMITS,
    SAMPLES,
    at_the_limits,
    from_curves,
    rising,
    twelve,
    with_nan,
)
from wbtools.answers.audit.csv_text import render_csv
from wbtools.answers.audit.json_text import render_json
from wbtools.text.masking import masked_config

SCHEMA = json.loads(
    resources.files("wbtools.answers").joinpath("schemas/audit.schema.json").read_text("utf-8")
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
    for at, schema in _objects(SCHEMA):
        assert schema["additionalProperties"] is False, at
        for name, field in schema["properties"].items():
            described = "description" in field or "$ref" in field
            assert described, f"{at}/{name}"


def _finite_numbers(value):
    if isinstance(value, dict):
        return all(map(_finite_numbers, value.values()))
    if isinstance(value, list):
        return all(map(_finite_numbers, value))
    return not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
def test_numbers_near_the_limits_are_written(curves):
    audit = at_the_limits(curves)
    for row in (None, *audit.rows):
        document = json.loads(render_json(audit, run=row))
        VALIDATOR.validate(document)
        assert _finite_numbers(document)
        assert max(map(len, render_csv(audit, run=row).splitlines())) < 1500


def test_gains_of_completed_runs_are_given():
    audit = twelve()
    shown = json.loads(render_json(audit))["runs"][7]["projection"]
    projection = audit.rows[7].projection
    assert (shown["gain_low"], shown["gain_high"]) == (projection.gain_low, projection.gain_high)
    assert shown["method"] == "learned"
    assert shown["reasons"]["n_further"] == shown["n_support"] > 0


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


def test_a_secret_in_a_configuration_does_not_leave():
    audit = from_curves([rising(0.9, 0.1, 22)], config={"api_key": "s3cret", "epochs": 22})
    assert "s3cret" not in render_json(audit)


def test_a_secret_in_the_program_does_not_leave():
    audit = from_curves([rising(0.9, 0.1, 22)], program="train.py --api-key s3cret --epochs 3")
    assert "train.py --api-key *** --epochs 3" in render_json(audit)


def test_secrets_are_shown_when_asked_for():
    config = {
        "api_key": "s3cret",
        "db": "postgres://me:hunter2@db/x",
        "nested": {"token": [{"secret": 10**15}]},
        "args": ["--token", "abc"],
    }
    assert masked_config(config, show_secrets=True) == config
    audit = from_curves(
        [rising(0.9, 0.1, 22)], config=config, program="train.py --api-key s3cret --epochs 3"
    )
    (run,) = json.loads(render_json(audit, show_secrets=True))["runs"]
    assert run["config"] == config
    assert run["program"] == "train.py --api-key s3cret --epochs 3"
