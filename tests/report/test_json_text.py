import json
import math
import time
from importlib import resources

import jsonschema
import numpy as np
import pytest

from tests.report.samples import (
    LIMITS,
    SAMPLES,
    at_the_limits,
    from_curves,
    rising,
    twelve,
    with_nan,
)
from wbtools.report.csv_text import render_csv
from wbtools.report.json_text import render_json
from wbtools.report.masking import masked_config, masked_text, masked_words, plain

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
    one = audit.rows[7].projection
    assert (shown["gain_low"], shown["gain_high"]) == (one.gain_low, one.gain_high)
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
        pytest.param({"pass": 1234}, {"pass": "***"}, id="a pass goes"),
        pytest.param({"DB_PWD": "x"}, {"DB_PWD": "***"}, id="a pwd goes"),
        pytest.param({"githubPat": "x"}, {"githubPat": "***"}, id="a PAT in camel case goes"),
        pytest.param({"path": "x", "patience": 3}, {"path": "x", "patience": 3}, id="no PAT stays"),
        pytest.param({"x.bearer": "x"}, {"x.bearer": "***"}, id="a bearer goes"),
        pytest.param({"session-cookie": "x"}, {"session-cookie": "***"}, id="a cookie goes"),
        pytest.param({"SENTRY_DSN": "x"}, {"SENTRY_DSN": "***"}, id="a DSN goes"),
        pytest.param({"private": ["x"]}, {"private": "***"}, id="what is private goes"),
        pytest.param({"private": True}, {"private": True}, id="a flag stays"),
        pytest.param({"aws.accessId": "x"}, {"aws.accessId": "***"}, id="an access id goes"),
        pytest.param({"gcp_credentials": 5}, {"gcp_credentials": "***"}, id="credentials go"),
        pytest.param({"Authorization": "x"}, {"Authorization": "***"}, id="an authorization goes"),
        pytest.param({"n_passes": 3}, {"n_passes": 3}, id="a count of passes stays"),
        pytest.param({"num_keys": 8}, {"num_keys": 8}, id="a count of keys stays"),
        pytest.param({"pad_token_id": 0}, {"pad_token_id": 0}, id="a token's place stays"),
        pytest.param({"token": 1234}, {"token": "***"}, id="a short numeric token goes"),
        pytest.param({"max_tokens": 1e6}, {"max_tokens": "***"}, id="a million may be a secret"),
        pytest.param(
            {"db": "postgres://me:hunter2@db/x"},
            {"db": "postgres://me:***@db/x"},
            id="a password in an address goes",
        ),
        pytest.param(
            {"db": "a://me:hu@nt/er2@db redis://:pw@h"},
            {"db": "a://me:***@db redis://:***@h"},
            id="also an odd one, and several",
        ),
        pytest.param(
            {"u": "http://localhost:8080/a@b"}, {"u": "http://localhost:8080/a@b"}, id="no port"
        ),
        pytest.param(
            {"args": "t.py --wandb-key=abc --max_tokens 512 --api_token 'a b' --lr 1"},
            {"args": "t.py --wandb-key=*** --max_tokens 512 --api_token *** --lr 1"},
            id="options named like secrets go",
        ),
        pytest.param(
            {"args": ["--token", "abc", "--lr", "1", "--password=abc"]},
            {"args": ["--token", "***", "--lr", "1", "--password=***"]},
            id="in lists too",
        ),
        pytest.param(
            {"cmd": "--use-token --lr 3"}, {"cmd": "--use-token --lr 3"}, id="flags hide nothing"
        ),
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


def test_an_exact_configuration_is_masked_and_nothing_else():
    config = {"loss": float("inf"), "text": "x" * 20_000, "l": [-float("inf")], "key": "s3cret"}
    assert masked_config(config, exact=True) == {**config, "key": "***"}
    assert masked_config(config)["loss"] is None
    assert len(masked_config(config)["text"]) < 20_000


@pytest.mark.parametrize(
    ("show_secrets", "shown"),
    [(False, ["t.py", "--token", "***"]), (True, ["t.py", "--token", "x"])],
)
def test_arguments_are_masked_by_the_option_before_them(show_secrets, shown):
    assert masked_words(("t.py", "--token", "x"), show_secrets=show_secrets) == shown


@pytest.mark.parametrize("text", ["://a:" * 20_000, "a-" * 50_000, '--key="' * 20_000])
def test_masking_takes_no_quadratic_time(text):
    begin = time.perf_counter()
    masked_text(text)
    assert time.perf_counter() - begin < 2
