"""Which sweep of a server an id, a reference or a project means, when it is to be fetched."""

import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, curve, put
from tests.server.loading import LoadedRun
from wbtools.errors import AmbiguousSweep, UsageError


def test_a_sweep_id_alone_is_looked_for_where_wandb_is_set_to(reach, monkeypatch):
    put(reach, a_few(1))
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    (fetched,), _ = reach.fetch("v5inrfwe")
    assert str(fetched.head.key) == SWEEP


@pytest.mark.parametrize(
    ("reference", "project", "expected"),
    [
        pytest.param("v5inrfwf", None, "no project is set", id="no project is set"),
        pytest.param("v5inrfwe", "other", "acme/ocr/v5inrfwe", id="it is in another project"),
        pytest.param("acme/ocr/v5inrfwf", None, "v5inrfwe", id="an id with a slip"),
        pytest.param("acme/none/v5inrfwf", None, "project acme/none", id="no such project"),
    ],
)
def test_a_sweep_that_is_not_there_gets_candidates(
    reach, monkeypatch, reference, project, expected
):
    put(reach, a_few(1))
    reach.server.load_sweep("acme", "other", "otherone", runs=[])
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    if project:
        monkeypatch.setenv("WANDB_PROJECT", project)
    with pytest.raises(UsageError) as caught:
        reach.fetch(reference)
    assert expected in f"{caught.value.message} {caught.value.hint}"


def test_the_only_sweep_of_an_id_is_taken_where_no_project_is_set(reach, monkeypatch):
    put(reach, a_few(1))
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    (fetched,), _ = reach.fetch("v5inrfwe")
    assert str(fetched.head.key) == SWEEP
    assert reach.notes == [
        "sweep: acme/ocr/v5inrfwe, the only one of that id among acme's projects"
    ]
    reach.server.load_sweep("acme", "other", "v5inrfwe", runs=[])
    with pytest.raises(AmbiguousSweep) as caught:
        reach.fetch("v5inrfwe")
    assert "name one: acme/ocr/v5inrfwe (" in caught.value.hint
    assert "acme/other/v5inrfwe (" in caught.value.hint


def test_what_is_archived_tells_in_whose_project_an_id_is(reach, monkeypatch):
    put(reach, a_few(2))
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    reach.fetch("v5inrfwe")
    monkeypatch.setenv("WANDB_ENTITY", "me")
    put(reach, [LoadedRun(name="more", history=curve(5))])
    (fetched,), _ = reach.fetch("v5inrfwe")
    assert (str(fetched.head.key), fetched.n_runs) == (SWEEP, 3)
    assert reach.notes[-1] == f"sweep: {SWEEP}, on {reach.server.base_url}"
