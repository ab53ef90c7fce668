"""TLS: only certificates that someone vouched for."""

import ssl
import sys

import pytest
import trustme

from tests.sources.wandb_api.asking import QUICK, VIEWER, credentials, download
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import Unreachable, UsageError
from wbtools.sources.wandb_api.transport import Transport


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def secure(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with odd_server(lambda *_: Said(), tls=context) as server:
        yield server


@pytest.mark.parametrize("switched_off", [False, True])
def test_an_unknown_authority_is_not_trusted(secure, switched_off, monkeypatch):
    if switched_off:
        monkeypatch.setenv("WANDB_INSECURE_DISABLE_SSL", "true")
    with (
        Transport(credentials(secure.base_url)) as asked,
        pytest.raises(Unreachable, match="certificate is not trusted") as caught,
    ):
        asked.ask(VIEWER, {})
    assert "SSL_CERT_FILE" in caught.value.hint
    assert asked.n_requests == 1
    assert secure.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_named_authority_is_trusted(secure, authority, variable, monkeypatch, tmp_path):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv(variable, str(file))
    with Transport(credentials(secure.base_url), patience=QUICK) as asked:
        assert asked.ask(VIEWER, {}).data == {"ok": True}


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps its certificates")
def test_an_authority_in_the_systems_store_is_trusted_unless_a_variable_names_others(
    secure, authority, monkeypatch, tmp_path
):
    """The store is a proxy's of a company, on a Linux whose store this OpenSSL does not know."""
    unknown = ssl.get_default_verify_paths()._replace(cafile=None, capath=None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: unknown)
    store, others = tmp_path / "tls-ca-bundle.pem", tmp_path / "others.pem"
    monkeypatch.setattr("truststore._openssl._CA_FILE_CANDIDATES", [str(store)])
    authority.cert_pem.write_to_path(str(store))
    with Transport(credentials(secure.base_url), patience=QUICK) as asked:
        assert asked.ask(VIEWER, {}).data == {"ok": True}
    trustme.CA().cert_pem.write_to_path(str(others))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(others))
    with (
        Transport(credentials(secure.base_url)) as asked,
        pytest.raises(Unreachable, match="certificate is not trusted"),
    ):
        asked.ask(VIEWER, {})


def test_another_name_is_not_trusted(secure, authority, monkeypatch, tmp_path):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with (
        Transport(credentials(f"https://127.0.0.1:{secure.port}")) as asked,
        pytest.raises(Unreachable, match=r"not trusted: .*127\.0\.0\.1"),
    ):
        asked.ask(VIEWER, {})
    assert secure.asked == []


def test_a_file_address_must_not_lose_the_tls(authority, monkeypatch, tmp_path):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with odd_server(lambda *_: Said(body=b"changed on the way")) as plain:
        to = Said(302, b"", {"Location": f"{plain.base_url}/file"})
        with (
            odd_server(lambda *_: to, tls=context) as secure,
            Transport(credentials(secure.base_url), patience=QUICK) as asked,
        ):
            for url in (f"{secure.base_url}/file", f"{plain.base_url}/file"):
                with pytest.raises(Unreachable, match="which has no TLS"):
                    download(asked, url)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read(content, monkeypatch, tmp_path):
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with pytest.raises(UsageError, match=r"REQUESTS_CA_BUNDLE names .*authority\.pem"):
        Transport(credentials("https://wandb.example"))
