"""Where requests go and what goes with them: redirects, signed addresses, proxies."""

import pytest

from tests.server import LoadedRun, RowHistory
from tests.sources.wandb_api.asking import QUICK, VIEWER, credentials, download, transport
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools import __version__
from wbtools.errors import (
    Unreachable,
    UsageError,
)
from wbtools.sources.wandb_api.transport import Transport


def test_a_redirect_to_another_host_gets_nothing():
    with odd_server(lambda *_: Said()) as other:
        to = Said(307, b"", {"Location": f"{other.base_url}/graphql"})
        with (
            odd_server(lambda *_: to) as server,
            transport(server) as asked,
            pytest.raises(Unreachable, match=f"redirects to {other.base_url}/graphql"),
        ):
            asked.ask(VIEWER, {})
        assert other.asked == []


def test_signed_addresses_get_no_key(server):
    run = LoadedRun(name="r", history=RowHistory([{"_step": 0, "x": 1.0}]))
    server.load_runs("e", "p", [run])
    server.state.projects["e", "p"].runs["r"].files["a.txt"] = b"abc"
    document = """query { project(name: "p", entityName: "e") { run(name: "r") {
        files(names: ["a.txt"]) { edges { node { directUrl } } } } } }"""
    server.faults.scope = frozenset({"storage"})
    server.faults.script.extend(["500", "cut", "reset"])
    with transport(server) as asked:
        answer = asked.ask(document, {})
        (edge,) = answer.data["project"]["run"]["files"]["edges"]
        url = edge["node"]["directUrl"]
        assert url.startswith("http://localhost:")
        assert download(asked, url) == b"abc"
        # On the very host that the key is for, too.
        assert download(asked, url.replace("localhost", "127.0.0.1")) == b"abc"
        with pytest.raises(Unreachable, match="no file at") as caught:
            download(asked, url.replace("a.txt", "b.txt"))
    assert [request.signed_in for request in server.log.all("graphql")] == [True]
    assert [request.signed_in for request in server.log.all("storage")] == [False] * 6
    assert "signature" not in str(caught.value)


def test_a_file_address_that_redirects_gets_no_key_either():
    with odd_server(lambda *_: Said(body=b"file")) as store:
        to = Said(302, b"", {"Location": f"{store.base_url}/there?signature=1"})
        with odd_server(lambda *_: to) as server, transport(server) as asked:
            assert download(asked, f"{server.base_url}/here") == b"file"
            assert (server.signatures(), store.signatures()) == ([None], [None])


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "https://", "\n", "nowhere"])
def test_not_an_address_of_a_file(server, url):
    with transport(server) as asked, pytest.raises(Unreachable):
        download(asked, url)
    assert server.log.all() == []


def test_requests_say_who_asks():
    with odd_server(lambda *_: Said()) as server, transport(server) as asked:
        asked.ask(VIEWER, {})
        download(asked, f"{server.base_url}/file")
    assert {request[2]["User-Agent"] for request in server.asked} == {f"wbtools/{__version__}"}
    assert "gzip" in server.asked[0][2]["Accept-Encoding"]


@pytest.mark.parametrize("where", ["environment", "W&B's setting"])
def test_a_proxy_is_used(monkeypatch, where):
    target = "http://wandb.example"
    with odd_server(lambda *_: Said()) as proxy:
        setting = None
        if where == "environment":
            monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        else:
            setting = proxy.base_url
        with Transport(credentials(target, proxy=setting), patience=QUICK) as asked:
            assert asked.ask(VIEWER, {}).data == {"ok": True}
    assert [request[1] for request in proxy.asked] == ["http://wandb.example/graphql"]


def test_a_proxy_that_wants_a_password(monkeypatch):
    with odd_server(lambda *_: Said(407, b"")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url)
        asked = Transport(credentials("https://wandb.example"), patience=QUICK)
        with asked, pytest.raises(Unreachable, match="the proxy refuses: 407"):
            asked.ask(VIEWER, {})
    assert proxy.signatures() == [None]


def test_a_proxy_that_is_none(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:password@proxy")
    with pytest.raises(UsageError, match="proxy settings") as caught:
        Transport(credentials("https://wandb.example"))
    assert "password" not in str(caught.value)
