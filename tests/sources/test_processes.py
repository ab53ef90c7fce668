"""Runs that are the other processes of distributed runs, and runs that are not."""

from datetime import timedelta

import numpy as np
import pytest

from tests.analysis.sweeps import BEGIN, FINISHED, sweep
from wbtools.findings import Confidence
from wbtools.model import RunState
from wbtools.sources.processes import without_other_processes

DDP = {**FINISHED, "group": "ddp", "config": {"lr": 0.1}}


def facts(*changes, **common):
    return [DDP | common | change for change in changes]


def ids(found):
    return [run.id for run in found.runs]


def alive(until_s):
    """The last sign of life, in seconds."""
    return {"heartbeat_at": BEGIN + timedelta(seconds=until_s)}


def test_two_ranks_of_torchrun_are_one_run():
    both = facts({"config": {"lr": 0.1, "local_rank": 0}}, {"config": {"lr": 0.1, "local_rank": 1}})
    found = without_other_processes(sweep([1.0, 0.5], [], starts=[3, 0], facts=both), "loss")
    assert ids(found) == ["run1"]
    assert [(other.run.id, other.leader_id) for other in found.other_processes] == [
        ("run2", "run1")
    ]
    (finding,) = found.findings
    assert finding.title == (
        "1 run is another process of a distributed run (same group and configuration, begun "
        "together, only one logs loss), left out"
    )
    assert finding.evidence["run_ids"] == ["run2"]
    assert finding.confidence is Confidence.HIGH
    assert found.curves["loss"].values.tolist() == [[1.0, 0.5]]
    np.testing.assert_allclose(found.curves["loss"].times_s, [[60.0, 120.0]])


def test_each_silent_process_belongs_to_the_run_that_began_nearest():
    first, second = alive(61), alive(101)
    both = facts(first, first, second, second)
    found = without_other_processes(
        sweep([1.0], [], [0.9], [], starts=[0, 1, 40, 41], facts=both), "loss"
    )
    assert [other.leader_id for other in found.other_processes] == ["run1", "run3"]
    assert "2 runs are the other processes of 2 distributed runs" in found.findings[0].title


FAILED = {"state": RunState.FAILED, "exit_code": 1}
CRASHED = {"state": RunState.CRASHED, "exit_code": None}
LATER = {"heartbeat_at": BEGIN + timedelta(hours=2)}


@pytest.mark.parametrize(
    ("first", "second", "start_s"),
    [
        pytest.param({}, {"group": "other"}, 1, id="another group"),
        pytest.param({"group": None}, {"group": None}, 1, id="no group"),
        pytest.param({}, {"config": {"lr": 0.2}}, 1, id="another configuration"),
        pytest.param({}, {}, 600, id="begun ten minutes later"),
        pytest.param(LATER, CRASHED, 1, id="crashed alone, long before the other one ended"),
        pytest.param(alive(80), FAILED | alive(80), 1, id="failed beside one that finished"),
        pytest.param(
            alive(80),
            {"state": RunState.UNKNOWN, "exit_code": None} | alive(80),
            20,
            id="died beside one that finished",
        ),
        pytest.param(alive(20_000), alive(25), 20, id="finished within seconds"),
        pytest.param(alive(100), alive(80), 1, id="finished when a fifth of the time was left"),
        pytest.param(alive(3000), alive(2870), 1, id="finished 130 s before the other one"),
        pytest.param(alive(3000), alive(3130), 1, id="finished 130 s behind the other one"),
        pytest.param(alive(3000), {"heartbeat_at": None}, 1, id="nobody knows when it ended"),
        pytest.param({}, {"summary": {"loss": 0.3}}, 1, id="the metric is in its summary"),
        pytest.param({}, {"created_at": None}, 1, id="nobody knows when it began"),
    ],
)
def test_a_silent_run_that_is_no_process_stays(first, second, start_s):
    recorded = sweep([1.0, 0.5], [], starts=[0, start_s], facts=facts(first, second))
    assert without_other_processes(recorded, "loss") is recorded


def test_processes_that_went_down_with_their_run_are_left_out():
    both = facts(LATER | CRASHED, CRASHED | {"heartbeat_at": BEGIN + timedelta(hours=1.99)})
    assert ids(
        without_other_processes(sweep([1.0, 0.5], [], starts=[0, 1], facts=both), "loss")
    ) == ["run1"]


def test_where_all_log_the_metric_or_none_does_all_are_runs():
    for curves in (([1.0], [2.0]), ([], [])):
        recorded = sweep(*curves, starts=[0, 1], facts=facts({}, {}))
        assert without_other_processes(recorded, "loss") is recorded
        assert without_other_processes(recorded, "val/acc") is recorded


def test_what_neither_ranks_nor_hosts_tell_is_less_sure():
    both = facts(alive(1000), alive(990))
    (finding,) = without_other_processes(
        sweep([1.0, 0.5], [], starts=[0, 1], facts=both), "loss"
    ).findings
    assert finding.confidence is Confidence.MEDIUM


def test_another_host_tells_processes_apart():
    both = facts(alive(1000) | {"host": "node1"}, alive(2) | {"host": "node2"})
    (finding,) = without_other_processes(
        sweep([1.0, 0.5], [], starts=[0, 1], facts=both), "loss"
    ).findings
    assert finding.confidence is Confidence.HIGH


@pytest.mark.parametrize("name", ["rank", "lora.rank"])
@pytest.mark.parametrize("values", [(4, 64), (64, 4), (1, 2)])
def test_the_rank_of_a_low_rank_adapter_is_no_process(name, values):
    both = facts(*({"config": {"lr": 0.1, name: value}} | alive(500) for value in values))
    recorded = sweep([1.0, 0.5], [], starts=[0, 1], facts=both)
    assert without_other_processes(recorded, "loss") is recorded


def test_a_rank_that_takes_other_values_in_the_sweep_is_no_process():
    configs = [{"lr": 0.1, "rank": 0}, {"lr": 0.1, "rank": 1}, {"lr": 0.2, "rank": 8}]
    recorded = sweep(
        [1.0, 0.5],
        [],
        [2.0],
        starts=[0, 1, 2],
        facts=facts(*({"config": config} | alive(500) for config in configs)),
    )
    assert without_other_processes(recorded, "loss") is recorded


def test_ranks_that_environment_variables_give_as_text_tell():
    both = facts(*({"config": {"lr": 0.1, "rank": rank, "lora.rank": 8}} for rank in "01"))
    found = without_other_processes(sweep([1.0, 0.5], [], starts=[0, 1], facts=both), "loss")
    assert ids(found) == ["run1"]
