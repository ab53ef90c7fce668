"""The key is in no message, repr, log record, traceback or exception chain, whatever goes wrong."""

import logging
import traceback
from pathlib import Path

import pytest

import wbtools
from tests.server.running import API_KEY
from tests.sources.wandb_api.asking import HASTY, VIEWER, credentials, transport
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import WbtoolsError
from wbtools.sources.wandb_api.api_keys import ApiKey
from wbtools.sources.wandb_api.credentials import Credentials, credentials_for
from wbtools.sources.wandb_api.transport import Transport

KEY_FORMS = (API_KEY, *ApiKey(API_KEY).forms)
OURS = str(Path(wbtools.__file__).parent)


def echo(status):
    """A server that repeats the key that it was shown, plain and as the header has it."""

    def answer(_method, _path, headers, _body):
        signed = headers.get("Authorization", "")
        text = f'{{"errors": [{{"message": "got {API_KEY} in {signed}"}}]}}'
        return Said(status, text.encode())

    return answer


def everything_of(error):
    """All text that a crash report could show of an exception; locals of our own frames."""
    texts, waiting, visited = [], [error], set()
    while waiting:
        exception = waiting.pop()
        if exception is None or id(exception) in visited:
            continue
        visited.add(id(exception))
        waiting += [exception.__cause__, exception.__context__]
        texts += [str(exception), repr(exception), repr(exception.args), repr(vars(exception))]
        report = traceback.TracebackException.from_exception(exception, capture_locals=True)
        texts += report.format_exception_only()
        texts += [str(f.locals) for f in report.stack if f.filename.startswith(OURS)]
    return "\n".join(texts)


def assert_secret(error, caplog, capsys):
    captured = capsys.readouterr()
    text = "\n".join([everything_of(error), caplog.text, captured.out, captured.err])
    assert not [form for form in KEY_FORMS if form in text]


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 422, 500, 503])
def test_a_server_that_repeats_the_key(status, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with (
        odd_server(echo(status)) as server,
        transport(server, patience=HASTY) as asked,
        pytest.raises(WbtoolsError) as caught,
    ):
        asked.ask(VIEWER, {})
    assert server.signatures()[0] == ApiKey(API_KEY).header()
    assert "HTTP Request" in caplog.text
    assert_secret(caught.value, caplog, capsys)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "fault", ["429", "500", "graphql_error", "reset", "truncated", "cut", "hang"]
)
def test_a_fault_that_stays(server, fault, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    server.faults.rates = {fault: 1.0}
    with transport(server, patience=HASTY) as asked, pytest.raises(WbtoolsError) as caught:
        asked.ask(VIEWER, {})
    assert_secret(caught.value, caplog, capsys)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("how", ["too large", "time is up", "stopped", "unknown field", "no port"])
def test_other_ends(server, how, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    options, most_bytes, base_url = {}, None, server.base_url
    if how == "too large":
        most_bytes = 3
    elif how == "time is up":
        options["timeout_s"] = 1e-9
    elif how == "unknown field":
        server.switches.missing_fields = frozenset({"User.entity"})
    elif how == "no port":
        base_url = "http://127.0.0.1:1"
    with Transport(credentials(base_url), patience=HASTY, **options) as asked:
        if how == "stopped":
            asked.stop()
        with pytest.raises(WbtoolsError) as caught:
            asked.ask(VIEWER, {}, most_bytes=most_bytes)
    assert_secret(caught.value, caplog, capsys)


BROKEN = {
    "a line end": f"{API_KEY}\n",
    "a space before it": f" {API_KEY}",
    "two keys": f"{API_KEY} {API_KEY}",
    "a quote": f'"{API_KEY}"',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("where", ["environment", "settings file"])
def test_a_broken_key(text, where, monkeypatch, home, caplog, capsys):
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
    if where == "environment":
        monkeypatch.setenv("WANDB_API_KEY", text)
    else:
        folder = home / ".config" / "wandb"
        folder.mkdir(parents=True)
        (folder / "settings").write_text(f"[default]\napi_key = {text.strip()}x y\n")
    with pytest.raises(WbtoolsError, match="malformed") as caught:
        credentials_for("http://127.0.0.1:1")
    assert_secret(caught.value, caplog, capsys)


@pytest.mark.parametrize(
    "line", [f"machine 127.0.0.1:1 login {API_KEY}", API_KEY, f"password {API_KEY}"]
)
def test_a_broken_netrc_file(line, monkeypatch, home, caplog, capsys):
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
    (home / ".netrc").write_text(f"{line} oops oops\n")
    with pytest.raises(WbtoolsError, match="cannot be read as a netrc file: line 1") as caught:
        credentials_for("http://127.0.0.1:1")
    assert_secret(caught.value, caplog, capsys)


def test_objects_do_not_show_what_they_hold():
    login = credentials("http://x", proxy="http://me:word@proxy")
    with Transport(login) as asked:
        text = repr(login) + repr(login.secret) + repr(asked) + str(login)
    assert not [form for form in (*KEY_FORMS, "word") if form in text]
    assert set(login.secrets) == set(KEY_FORMS)
    assert Credentials.__dataclass_fields__["secret"].repr is False
