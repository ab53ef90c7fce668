"""What counts as a sweep on a server, and what does not."""

import pytest

from wbtools.errors import UsageError
from wbtools.sources.wandb_api.reference import Remote, remote

PAGE = "https://wandb.ai/acme/ocr/sweeps/v5inrfwe"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("v5inrfwe", Remote(sweep_id="v5inrfwe"), id="an id"),
        pytest.param(
            "acme/ocr/v5inrfwe",
            Remote(entity="acme", project="ocr", sweep_id="v5inrfwe"),
            id="entity, project and id",
        ),
        pytest.param(
            "acme/ocr", Remote(entity="acme", project="ocr", sweep_id=None), id="a whole project"
        ),
        pytest.param(
            PAGE,
            Remote(entity="acme", project="ocr", sweep_id="v5inrfwe", page=PAGE),
            id="a page address",
        ),
        pytest.param(
            "https://host.example/sub/acme/my%20ocr/sweeps/v5inrfwe?nw=1#x", None, id="a space"
        ),
        pytest.param("wandb", None, id="a word that is no id"),
        pytest.param("a/b/c/d", None, id="four words"),
        pytest.param("../ocr/v5inrfwe", None, id="a path upwards"),
        pytest.param("~/ocr/v5inrfwe", None, id="a path from home"),
        pytest.param("acme/o cr/v5inrfwe", None, id="a space in a word"),
        pytest.param("acme//v5inrfwe", None, id="an empty word"),
        pytest.param("acme/ocr/x#y", None, id="a mark for a sweep in a path"),
    ],
)
def test_a_reference_is_understood(text, meant):
    if text.startswith("https") and meant is None:
        with pytest.raises(UsageError, match="names no sweep"):
            remote(text)
    else:
        assert remote(text) == meant


@pytest.mark.parametrize(
    ("address", "sweep_id"),
    [
        pytest.param(f"{PAGE}/", "v5inrfwe", id="a slash behind"),
        pytest.param(f"{PAGE}?nw=nwuser#panel", "v5inrfwe", id="a query and a mark"),
        pytest.param(f"{PAGE}/overview", "v5inrfwe", id="a tab of the page"),
        pytest.param("http://host:8080/pre/acme/ocr/sweeps/v5inrfwe", "v5inrfwe", id="a prefix"),
        pytest.param("https://wandb.ai/acme/ocr/sweeps", None, id="the list of sweeps"),
        pytest.param("https://wandb.ai/acme/ocr", None, id="the project's page"),
    ],
)
def test_page_addresses_on_any_host_are_taken_apart(address, sweep_id):
    meant = remote(address)
    assert (meant.entity, meant.project, meant.sweep_id) == ("acme", "ocr", sweep_id)
    assert meant.page == address


@pytest.mark.parametrize(
    "address",
    [
        "https://wandb.ai/acme",
        "https://wandb.ai/acme/ocr/runs/abc",
        "https://wandb.ai/acme/ocr/sweeps/a%2Fb",
        "https://user:secret-word@wandb.ai/acme/ocr/sweeps/v5inrfwe",
    ],
)
def test_other_addresses_are_refused_without_repeating_a_password(address):
    with pytest.raises(UsageError) as caught:
        remote(address)
    assert "secret-word" not in str(caught.value)
