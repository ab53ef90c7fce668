"""Nothing of the machine's own W&B settings, proxies or certificates reaches these tests."""

import os

import pytest

from tests.server.running import running_server


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """An empty home, and an empty working folder in it."""
    for name in list(os.environ):
        if name.startswith(("WANDB_", "SSL_CERT")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


@pytest.fixture
def server():
    with running_server() as server:
        server.faults.hang_s = 0.8
        server.faults.retry_after_s = 0.02
        yield server
