import json
import time

import numpy as np
import pytest

from wbtools.text.masking import (
    MASK,
    holds_secret,
    masked_config,
    masked_text,
    masked_words,
    to_jsonable,
)


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        pytest.param({"lr": 0.1}, {"lr": 0.1}, id="a learning rate stays"),
        pytest.param({"wandb.api_key": "abc"}, {"wandb.api_key": "***"}, id="an API key goes"),
        pytest.param({"HF_TOKEN": "hf_x"}, {"HF_TOKEN": "***"}, id="a token goes"),
        pytest.param({"tokenizer": "bert"}, {"tokenizer": "bert"}, id="a tokenizer stays"),
        pytest.param({"hub": f"hf_{'aB3' * 12}"}, {"hub": "***"}, id="a hub key goes by its look"),
        pytest.param({"x": f"AKIA{'A1' * 8} b"}, {"x": "*** b"}, id="so does a cloud's"),
        pytest.param({"x": f"ghp_{'aB3' * 12}"}, {"x": "***"}, id="and a forge's"),
        pytest.param({"x": "sk-short"}, {"x": "sk-short"}, id="what only begins so stays"),
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
            {"db": "postgres://me:51234567@db"},
            {"db": "postgres://me:***@db"},
            id="a password of digits is no port",
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
    assert to_jsonable(value) == shown


def test_a_secret_at_any_depth_is_masked():
    nested = {"secret": "s3cret"}
    for _ in range(50):
        nested = {"down": [nested]}
    assert "s3cret" not in json.dumps(masked_config(nested))


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("api_key", "abc", True),
        ("lr", 0.1, False),
        ("db", "postgres://me:pw@host", True),
        ("api_key", None, False),
        ("note", "three stars: ***", False),
        ("note", "*** a://me:pw@host", True),
        ("service", {"auth": "abc"}, True),
    ],
)
def test_a_value_that_would_be_masked_holds_a_secret(name, value, holds):
    assert holds_secret(name, value) is holds
    assert (MASK in repr(masked_config({name: value}))) >= holds


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


@pytest.mark.parametrize(
    "text",
    [
        "://a:" * 20_000,
        "a-" * 50_000,
        '--key="' * 20_000,
        "x-a-" * 20_000,
        "x-key:" * 20_000,
        '"key":' * 20_000,
        '"key":"' * 20_000,
        "'key' : '\\\\" * 20_000,
        "{a_" * 20_000,
        "\n- - " * 20_000,
        "a._" * 30_000,
        "://" + "a" * 100_000,
        "://aaaaaaaaaaaaaaaaaaaaaaaa" * 5_000,
        " " * 100_000,
    ],
)
def test_masking_takes_no_quadratic_time(text):
    begin = time.perf_counter()
    masked_text(text)
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("curl -H 'Authorization: Bearer S3' x", "curl -H 'Authorization: Bearer ***' x"),
        ("authorization: basic S", "authorization: basic ***"),
        ('{"Authorization": "Bearer S"}', '{"Authorization": "***"}'),
        ("X-API-Key: S\nHost: h", "X-API-Key: ***\nHost: h"),
        ('curl -H "X-Auth-Token: S" h', 'curl -H "X-Auth-Token: ***" h'),
        ('{"password": "S T", "lr": "1"}', '{"password": "***", "lr": "1"}'),
        ("{'db': {'api_key': 'S', 'n': 1}}", "{'db': {'api_key': '***', 'n': 1}}"),
        (r'"{\"password\": \"S\"}"', r'"{\"password\": \"***\"}"'),
        ('{"pin_password": 1234}', '{"pin_password": ***}'),
        ("db:\n  password: S\n  port: 1", "db:\n  password: ***\n  port: 1"),
        ("db={api_key: S, port: 1}", "db={api_key: ***, port: 1}"),
        (f"wandb_v1_{'aB3_' * 12}", "***"),
        (f"git clone https://{'aB3' * 8}@github.com/x", "git clone https://***@github.com/x"),
    ],
)
def test_secrets_inside_texts_are_masked(text, shown):
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer tokens are sent by the client",
        "the bearer of good news",
        "X-Axis: loss, X-API-Key: see the manual",
        '{"lr": 0.1, "max_tokens": 512, "tokenizer": "bert", "use_token": true}',
        '{"password": null, "secret": ""}',
        "key: the value of an axis",
        "secret: nobody knows it",
        "access: public",
        "password: null",
        "password: $DB_PASSWORD",
        "a password: it is asked for",
        "pass: 3 of 4 runs, token: 12",
        "https://some-user@bitbucket.org/x",
        "ssh://git@github.com/x.git",
        "wandb_v1_short",
        "mail me@example.org or see https://example.org/@someone",
        "model.load('key', strict=True): 'lr' in {'a': 1}",
    ],
)
def test_ordinary_texts_stay(text):
    assert masked_text(text) == text
