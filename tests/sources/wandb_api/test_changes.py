"""What changes something on W&B is told and logged before it happens."""

import logging

import pytest
import wandb

from wbtools.errors import DataError, SignInError, UsageError
from wbtools.sources.wandb_api import changes, sdk_scheduler

ADDRESS = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def signed_in(monkeypatch):
    monkeypatch.setenv("WANDB_BASE_URL", ADDRESS)
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)


def create(note, **more):
    given = {"entity": "acme", "project": "ocr", "prior_runs": ()} | more
    return changes.create_sweep({"method": "grid"}, **given, note=note)


def test_a_sweep_is_told_and_logged_before_it_is_created(monkeypatch, caplog):
    events = []

    def sweep(config, **given):
        events.append((config, given))
        monkeypatch.setenv("WANDB_ENTITY", "acme")
        monkeypatch.setenv("WANDB_PROJECT", "ocr")
        return "v5inrfwe"

    monkeypatch.setattr(wandb, "sweep", sweep)
    with caplog.at_level(logging.INFO, logger="wbtools.changes"):
        path = create(events.append, prior_runs=("a", "b"))
    said = f"creating a sweep in acme/ocr on {ADDRESS}"
    asked = {"entity": "acme", "project": "ocr", "prior_runs": ["a", "b"]}
    assert events == [said, ({"method": "grid"}, asked)]
    assert caplog.messages == [said]
    assert path == "acme/ocr/v5inrfwe"


def test_a_refusal_is_one_line(monkeypatch):
    def sweep(*_, **__):
        msg = "no\nsuch entity"
        raise ValueError(msg)

    monkeypatch.setattr(wandb, "sweep", sweep)
    told = []
    with pytest.raises(DataError, match="did not register the sweep: no such entity"):
        create(told.append, entity=None, project=None)
    assert told == [f"creating a sweep in the default project on {ADDRESS}"]


def test_who_is_not_signed_in_changes_nothing(monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setattr(wandb, "sweep", lambda *_, **__: pytest.fail("was called"))
    told = []
    with pytest.raises(SignInError):
        create(told.append)
    assert told == []


def schedule(monkeypatch, *, base_url=ADDRESS, note, runs=None):
    monkeypatch.setattr(sdk_scheduler, "run_guarded_scheduler", runs)
    return changes.run_scheduler(
        "acme",
        "ocr",
        "s",
        base_url=base_url,
        stops=list,
        batch_size=2,
        poll_interval_s=5.0,
        note=note,
    )


def test_scheduling_is_told_and_logged_first(monkeypatch, caplog):
    events = []

    def runs(*where, tell, **given):
        events.append((where, given))
        tell("optuna")
        return "it was over"

    with caplog.at_level(logging.INFO, logger="wbtools.changes"):
        assert schedule(monkeypatch, note=events.append, runs=runs) == "it was over"
    said = (
        f"scheduling the sweep acme/ocr/s on {ADDRESS}: its runs are proposed, stopped, and ended"
    )
    asked = {"stops": list, "batch_size": 2, "poll_interval_s": 5.0}
    assert events == [said, (("acme", "ocr", "s"), asked), "optuna"]
    assert caplog.messages == [said]


def test_no_key_is_in_an_error(monkeypatch):

    def runs(*_, **__):
        msg = f"refused {'k' * 40}"
        raise DataError(msg, f"not {'k' * 40}")

    with pytest.raises(DataError) as caught:
        schedule(monkeypatch, note=print, runs=runs)
    assert (caught.value.message, caught.value.hint) == ("refused ***", "not ***")


def test_a_sweep_of_another_server_is_not_scheduled(monkeypatch):
    told = []
    with pytest.raises(UsageError, match=r"is on https://other\.example"):
        schedule(monkeypatch, base_url="https://other.example", note=told.append, runs=pytest.fail)
    assert told == []


def test_who_is_not_signed_in_schedules_nothing(monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    told = []
    with pytest.raises(SignInError):
        schedule(monkeypatch, note=told.append, runs=pytest.fail)
    assert told == []
