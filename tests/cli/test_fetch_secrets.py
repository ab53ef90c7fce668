"""The key is nowhere: not in what is said, not in tracebacks, not in any file; nor others' keys."""

import base64
import json
import sqlite3
from contextlib import closing

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.site import SWEEP
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun

AUDIT = "audit-terminations"
KEY = "a1b2c3d4e5" * 4
LOUD = {"WANDB_DEBUG": "true", "HTTPX_LOG_LEVEL": "trace", "PYTHONASYNCIODEBUG": "1"}
FORMS = (KEY, base64.b64encode(f"api:{KEY}".encode()).decode())


@pytest.fixture
def careless(site, monkeypatch):
    """A server that takes only KEY, where people pasted it into whatever has a name."""
    config = {
        "name": f"try {KEY}",
        "description": KEY,
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"lr": {"min": 0.1, "max": 0.2}, "note": {"value": KEY}},
    }
    times = 1.7e9 + np.arange(4.0)
    history = {"loss": np.arange(4.0), f"loss/{KEY}": np.arange(4.0), "_timestamp": times}
    runs = [
        LoadedRun(
            name=f"run{k}",
            history=ColumnHistory(history),
            config={"note": f"use {KEY}", KEY: 1, "deep": {"er": [KEY]}},
            summary={"loss": 3.0, "words": KEY, KEY: 2},
            facts={
                "display_name": f"run {KEY} {k}",
                "tags": [KEY],
                "group": KEY,
                "host": KEY,
                "job_type": KEY,
                "commit": KEY,
            },
        )
        for k in range(3)
    ]
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=config)
    site.server.load_sweep("acme", KEY, "elsewhere", runs=[])
    site.server.accept(KEY)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    for name, value in LOUD.items():
        monkeypatch.setenv(name, value)
    return site


def leaks(site, *texts):
    """Where a form of the key stands: among these texts, or in a file."""
    found = [text for text in texts if any(form in text for form in FORMS)]
    for path in (*site.work.rglob("*"), *site.home.rglob("*")):
        if path.is_file() and path.name != "netrc":
            held = path.read_bytes()
            if path.suffix == ".parquet":
                held += str(pq.read_table(path).to_pylist()).encode()
            found += [str(path)] if any(form.encode() in held for form in FORMS) else []
    return found


SHOWN = (
    ("fetch", SWEEP, "--all-metrics"),
    ("fetch", "acme/ocr", "--filter", '{"state": "finished"}', "--metric", "loss"),
    ("fetch", "acme/nowhere/elsewhere"),
    (AUDIT, SWEEP),
    (AUDIT, SWEEP, "--run", "run1"),
    (AUDIT, SWEEP, "--format", "json", "--show-secrets"),
    (AUDIT, SWEEP, "--format", "json", "-o", "a.json"),
    (AUDIT, SWEEP, "--format", "csv", "-o", "a.csv"),
    (AUDIT, SWEEP, "--plot", "a.svg", "--offline"),
    ("archive", "ls", "--format", "json"),
    ("archive", "export", SWEEP),
    ("archive", "export", SWEEP, "-o", "rows.parquet"),
    ("archive", "export", SWEEP, "--runs", "--show-secrets"),
    ("archive", "export", SWEEP, "--runs", "--show-secrets", "-o", "runs.parquet"),
)


def test_the_key_is_masked_wherever_somebody_pasted_it(careless, wbtools):
    for words in SHOWN:
        result = wbtools(*words, *([] if words[:2] == ("archive", "ls") else ["-vv"]))
        assert result.code == (2 if "acme/nowhere/elsewhere" in words else 0), result.err
        assert not leaks(careless, result.out, result.err), words
    with closing(sqlite3.connect(careless.work / ".wbtools" / "archive.sqlite")) as database:
        dump = "\n".join(database.iterdump())
    for words in ("use (masked)", "run (masked) 1", "try (masked)", "description: (masked)"):
        assert words in dump


def test_the_key_is_in_no_error_and_no_traceback(careless, wbtools, monkeypatch):
    faults = careless.server.faults
    faults.hang_s = 5
    for script in (["500"] * 9, ["graphql_error"] * 9, ["truncated"] * 9, ["ok", *["hang"] * 9]):
        faults.script.extend(script)
        result = wbtools("fetch", SWEEP, "--timeout", "0.6", "-vv")
        assert result.code == 3
        assert "Traceback" in result.err
        assert not leaks(careless, result.out, result.err)
        faults.script.clear()
    monkeypatch.setenv("WANDB_BASE_URL", f"{careless.server.base_url}/nowhere")
    result = wbtools("fetch", SWEEP, "-vv")
    assert result.code == 3
    assert not leaks(careless, result.err)
    monkeypatch.setenv("WANDB_BASE_URL", careless.server.base_url)
    careless.server.accept("0" * 40)
    result = wbtools("fetch", SWEEP, "-vv")
    assert result.code == 4
    assert not leaks(careless, result.out, result.err)


def test_an_internal_error_does_not_tell_the_key(careless, wbtools, monkeypatch):
    def broken(self, *_words, **_more):
        raise RuntimeError(self.transport)

    monkeypatch.setattr("wbtools.sources.wandb_api.server.Server.runs", broken)
    result = wbtools("fetch", SWEEP, "-vv")
    assert result.code == 3
    assert "internal error: RuntimeError" in result.err
    assert "Traceback" in result.err
    assert not leaks(careless, result.err)


def test_the_key_of_a_netrc_is_in_no_other_file(careless):
    machine = careless.server.base_url.removeprefix("http://")
    netrc = f"machine {machine}\n  login user\n  password {KEY}\n"
    (careless.home / "netrc").write_text(netrc)
    code, out, err = careless.run("fetch", SWEEP, "-vv", env={"WANDB_API_KEY": ""})
    assert code == 0, err
    assert not leaks(careless, out, err)


SECRETS = {
    "api_key": "s3cret-one",
    "wandb_token": "s3cret-two",
    "db": {"password": "s3cret-three", "host": "shown-host"},
    "my_secret": ["s3cret-four"],
    "lr": 0.1,
}


def test_values_under_names_of_secrets_are_masked_unless_asked_for(site, wbtools):
    times = 1.7e9 + np.arange(4.0)
    history = ColumnHistory({"loss": np.arange(4.0), "_timestamp": times})
    runs = [LoadedRun(name=f"run{k}", history=history, config=SECRETS) for k in range(3)]
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs)
    for words, holds_configurations in (
        (("fetch", SWEEP, "-vv"), False),
        ((AUDIT, SWEEP, "-vv"), False),
        ((AUDIT, SWEEP, "--run", "run1"), False),
        ((AUDIT, SWEEP, "--format", "csv"), True),
        ((AUDIT, SWEEP, "--format", "json"), True),
        (("archive", "export", SWEEP, "--runs"), True),
    ):
        result = wbtools(*words)
        assert result.code == 0
        assert "s3cret" not in result.out + result.err
        if holds_configurations:
            assert "shown-host" in result.out
            shown = wbtools(*words, "--show-secrets").out
            assert all(f"s3cret-{ending}" in shown for ending in ("one", "two", "three", "four"))
    answer = json.loads(wbtools(AUDIT, SWEEP, "--format", "json").out)
    assert '"***"' in json.dumps(answer)
