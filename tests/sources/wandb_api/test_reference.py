"""What counts as a sweep on a server, and what does not."""

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.sources.wandb_api.reference import Remote, page_of, remote
from wbtools.text.shell_words import next_command

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
        pytest.param("wandb", None, id="a word that is no id"),
        pytest.param("a/b/c/d", None, id="four words"),
        pytest.param("../ocr/v5inrfwe", None, id="a path upwards"),
        pytest.param("~/ocr/v5inrfwe", None, id="a path from home"),
        pytest.param(
            "acme/o cr/v5inrfwe",
            Remote(entity="acme", project="o cr", sweep_id="v5inrfwe"),
            id="a space in a project's name",
        ),
        pytest.param("acme/ /v5inrfwe", None, id="a name of nothing but spaces"),
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
        pytest.param(f"{PAGE}?nw=1#x", "v5inrfwe", id="what a browser adds"),
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
        "https://[::1/acme/ocr/sweeps/v5inrfwe",
        "https://[wandb.ai/acme/ocr/sweeps/v5inrfwe",
        "https://user:secret-word@wandb.ai/acme/ocr/sweeps/v5inrfwe",
    ],
)
def test_other_addresses_are_refused_without_repeating_a_password(address):
    with pytest.raises(UsageError) as caught:
        remote(address)
    assert "secret-word" not in str(caught.value)


FORBIDDEN = "/\\#?%:"  # what SDK 0.31 refuses in the name of a project
PROJECTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=FORBIDDEN), min_size=1
).filter(lambda name: name.strip() and name not in {".", "..", "~"} and len(name) <= 128)
ENTITIES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,30}", fullmatch=True)
IDS = st.from_regex(r"[a-z0-9]{8}", fullmatch=True)


@given(entity=ENTITIES, project=PROJECTS, sweep_id=IDS)
@example(entity="acme", project="my sweeps, 2nd try", sweep_id="v5inrfwe")
@example(entity="acme", project="sweeps", sweep_id="v5inrfwe")
def test_every_name_that_wandb_allows_is_understood_again(entity, project, sweep_id):
    path = f"{entity}/{project}/{sweep_id}"
    assert remote(path) == Remote(entity=entity, project=project, sweep_id=sweep_id)
    page = page_of("https://wandb.ai", entity, project, sweep_id)
    assert remote(page) == Remote(entity=entity, project=project, sweep_id=sweep_id, page=page)
    for text in (path, page):
        command = next_command("replicate", text, {"run": 8})
        if text.isprintable():
            assert shlex.split(command)[2] == text
