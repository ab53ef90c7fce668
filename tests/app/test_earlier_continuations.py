"""A run that went on with the run and was stopped too: what it saved is where the next goes on."""

from unittest.mock import Mock

import pytest

from tests.analysis.sweeps import BEGIN
from tests.app.checkpoint_searches import prepared, put
from tests.app.test_continue_run import TAKES_FLAG, gone_on, said
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.app.earlier_continuations import earlier_continuations
from wbtools.errors import DataError

pytestmark = pytest.mark.usefixtures("folder")


def went_on(folder, run_id="cont0001", *, of="run1", at_s=300, n=1, records=(), **config):
    """The files of a run in the group of run 1 that says which run it continues."""
    begun = BEGIN.timestamp() + at_s
    marked = config | ({} if of is None else {"wbtools/continues": of})
    rows = [history(k, {"loss": 1.0}, time_s=begun + k) for k in range(n)]
    first = run_record(run_id, start_s=begun, config=marked, run_group="wbtools-run1")
    write_run(folder / "wandb", [first, *rows, *records], run_id)


def found():
    source, _, row, _, _ = prepared()
    return [each.run.id for each in earlier_continuations(source, row.run, "loss")]


def test_they_are_found_by_what_they_say_directly_or_by_way_of_others(folder):
    went_on(folder)
    went_on(folder, "cont0002", of="cont0001", at_s=600)
    went_on(folder, "replica1", of=None)
    went_on(folder, "stranger", of="another1")
    assert found() == ["cont0002", "cont0001"]


def test_a_server_that_does_not_answer_hides_them(folder, monkeypatch):
    went_on(folder)

    away = Mock(side_effect=DataError("it is away"))
    monkeypatch.setattr("wbtools.app.earlier_continuations.find_runs", away)
    assert found() == []


def test_what_the_last_of_them_saved_comes_first(folder):
    went_on(folder)
    went_on(folder, "cont0002", of="cont0001", at_s=600)
    put("checkpoints/run1/epoch_1.pt", at_s=100)
    put("checkpoints/cont0001/epoch_2.pt", at_s=400)
    put("checkpoints/cont0002/epoch_2.pt", at_s=700)
    continued = gone_on()
    assert continued.notes[0] == (
        "run 1 goes on from checkpoints/cont0002/epoch_2.pt (epoch 2, by its name): called after "
        "the run's id; the run is cont0002, which went on with it"
    )
    assert continued.continuation.run_id == "cont0002"
    assert "2 other checkpoints" in said(continued)
    assert gone_on(is_same_run=True).continuation.checkpoint.name == "checkpoints/run1/epoch_1.pt"


def test_a_continuation_that_came_to_its_end_left_nothing_to_train(folder):
    went_on(folder, n=3, records=[exit_record(0)])
    put("checkpoints/run1/epoch_1.pt", at_s=100)
    put("checkpoints/cont0001/epoch_2.pt", "checkpoints/cont0001/epoch_3.pt", at_s=400)
    taken = [gone_on(config={"epochs": epochs}).continuation.checkpoint.name for epochs in (5, 9)]
    assert taken == ["checkpoints/run1/epoch_1.pt", "checkpoints/cont0001/epoch_3.pt"]


def test_a_program_that_looks_in_its_runs_folder_finds_neither(folder):
    went_on(folder)
    put("checkpoints/cont0001/epoch_2.pt", at_s=400)
    assert "called after the run (cont0001)" in gone_on(TAKES_FLAG).refusal.message
