"""Runs that were started again: which rows count, and when a repeated id is one run."""

import pytest

from tests.sources.local.test_sweeps import codes, only
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    history,
    preempting,
    run_record,
    simple_run,
    write_run,
)
from wbtools.model import RunState
from wbtools.sources.local.sweeps import find_sweeps, load

HOUR_S = 3600.0


def attempt(home, n, *, first_step=0, values=(1.0, 2.0, 3.0), code=None, **fields):
    """The n-th attempt of a run, an hour after the one before."""
    start_s = fields.pop("start_s", START_S + n * HOUR_S)
    records = simple_run(values=values, code=code, start_s=start_s, first_step=first_step, **fields)
    return write_run(home, records, stamp=f"20240101_0{n}0000")


def test_an_offline_run_started_again_keeps_all_its_rows(tmp_path):
    attempt(tmp_path, 0, config={"a": 1, "b": 1})
    attempt(tmp_path, 1, config={"b": 2}, code=0)
    sweep = only(tmp_path)
    (run,) = sweep.runs
    assert run.attempts == 2
    assert run.state is RunState.FINISHED
    assert run.config == {"a": 1, "b": 2}
    assert run.runtime_s == 6.0
    assert sweep.curves["loss"].values.tolist() == [[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]]
    assert sweep.curves["loss"].steps.tolist() == [[0, 1, 2, 0, 1, 2]]
    assert codes(sweep) == ["WBT113"]


def test_a_run_that_is_resumed_outside_of_its_agent_stays_in_its_sweep(tmp_path):
    attempt(tmp_path, 0, sweep_id="s1")
    attempt(tmp_path, 1, values=(30.0, 40.0), first_step=2)
    write_run(tmp_path, simple_run("other", start_s=1.6e9), "other")
    write_run(tmp_path / "elsewhere", simple_run())
    sweeps = {sweep.sweep_id: sweep for sweep in find_sweeps(tmp_path)}
    (run,) = load(sweeps["s1"], ["loss"]).runs
    assert run.attempts == 2
    assert sorted(file.run_id for file in sweeps[None].files) == ["abc12345", "other"]


def test_steps_logged_again_after_a_checkpoint_count_once(tmp_path):
    attempt(tmp_path, 0, values=(1.0, 2.0, 3.0, 4.0))
    attempt(tmp_path, 1, first_step=2, values=(30.0, 40.0, 50.0))
    attempt(tmp_path, 2, first_step=3, values=(400.0, 500.0, 600.0), code=1)
    sweep = only(tmp_path)
    assert sweep.curves["loss"].steps.tolist() == [[0, 1, 2, 3, 4, 5]]
    assert sweep.curves["loss"].values.tolist() == [[1.0, 2.0, 3.0, 4.0, 50.0, 600.0]]
    assert sweep.runs[0].attempts == 3


def test_an_attempt_that_died_at_once_is_an_attempt(tmp_path):
    attempt(tmp_path, 0, code=0)
    write_run(tmp_path, [], stamp="20240101_090000")
    sweep = only(tmp_path)
    (run,) = sweep.runs
    assert run.attempts == 2
    assert run.state is RunState.UNKNOWN
    assert codes(sweep) == ["WBT111", "WBT113"]


@pytest.mark.parametrize(
    ("first", "second", "homes", "ids", "expected"),
    [
        pytest.param(
            {},
            {"start_s": START_S + 1},
            ("a", "a"),
            ["abc12345"],
            ["WBT113"],
            id="one folder, clocks apart by seconds: one run",
        ),
        pytest.param(
            {"values": range(60)},
            {"start_s": START_S + 30},
            ("a", "a"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="one folder, at the same time: two runs",
        ),
        pytest.param(
            {"config": {"lr": 1}},
            {"config": {"lr": 2}},
            ("a", "b"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="two folders, other settings: two runs",
        ),
        pytest.param(
            {"config": {"lr": 1}},
            {"config": {"lr": 2}, "resumed": True},
            ("a", "b"),
            ["abc12345"],
            ["WBT113"],
            id="two folders, but resumed: one run",
        ),
        pytest.param(
            {}, {}, ("a", "b"), ["abc12345"], ["WBT113"], id="two folders, unfinished: one run"
        ),
        pytest.param(
            {"code": 0},
            {},
            ("a", "b"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="two folders, the first finished: two runs",
        ),
        pytest.param(
            {"start_s": START_S},
            {"start_s": START_S, "values": (1.0,)},
            ("a", "b"),
            ["abc12345"],
            ["WBT118"],
            id="the same start: a copy",
        ),
    ],
)
def test_a_repeated_id_is_one_run_or_two(tmp_path, first, second, homes, ids, expected):
    attempt(tmp_path / homes[0] / "wandb", 0, **first)
    attempt(tmp_path / homes[1] / "wandb", 1, **second)
    sweep = only(tmp_path)
    assert [run.id for run in sweep.runs] == ids
    assert sweep.curves["loss"].run_ids == tuple(ids)
    assert codes(sweep) == expected
    if expected == ["WBT118"]:
        assert sweep.curves["loss"].n_reports.tolist() == [3]


def agent_config(home, sweep_id="sw1", run_id="abc12345", **values):
    folder = home / f"sweep-{sweep_id}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}:\n  value: {value}" for name, value in values.items()]
    (folder / f"config-{run_id}.yaml").write_text("wandb_version: 1\n\n" + "\n".join(lines))


def test_an_id_that_was_handed_out_three_times_is_three_runs(tmp_path):
    for n, rate in enumerate((0.1, 0.01, 0.001)):
        attempt(tmp_path, n, code=0, config={"lr": rate}, values=(1.0, 2.0))
    sweep = only(tmp_path)
    assert [run.id for run in sweep.runs] == ["abc12345", "abc12345~2", "abc12345~3"]
    assert [run.config["lr"] for run in sweep.runs] == [0.1, 0.01, 0.001]
    assert sweep.curves["loss"].n_reports.tolist() == [2, 2, 2]
    assert codes(sweep) == ["WBT112"]


def test_values_that_the_agent_set_tell_another_run_even_if_the_first_crashed(tmp_path):
    agent_config(tmp_path, lr=0.001)
    for n, (rate, code) in enumerate(((0.1, 1), (0.001, 1), (0.001, 0))):
        attempt(tmp_path, n, code=code, config={"lr": rate, "try": n}, sweep_id="sw1")
    sweep = only(tmp_path)
    assert [(run.id, run.config["lr"], run.attempts) for run in sweep.runs] == [
        ("abc12345", 0.1, 1),
        ("abc12345~2", 0.001, 2),
    ]


def test_what_no_agent_set_may_differ_between_the_starts_of_a_run(tmp_path):
    agent_config(tmp_path, lr=0.1)
    for n, code in enumerate((1, 0)):
        attempt(tmp_path, n, code=code, config={"lr": 0.1, "job": n}, sweep_id="sw1")
    assert [run.attempts for run in only(tmp_path).runs] == [2]


@pytest.mark.parametrize("first_step", [3, 2])
def test_a_finished_run_that_goes_on_behind_its_steps_is_one_run(tmp_path, first_step):
    attempt(tmp_path, 0, code=0)
    attempt(tmp_path, 1, code=0, first_step=first_step)
    assert [run.attempts for run in only(tmp_path).runs] == [2]


@pytest.mark.parametrize(
    "name",
    ["episode", "timesteps", "total_timesteps", "env_steps", "global_steps", "round", "iter"],
)
def test_a_finished_run_that_goes_on_behind_what_it_counted_is_one_run(tmp_path, name):
    epochs(tmp_path, 0, range(4), name=name, code=0)
    epochs(tmp_path, 1, range(4, 9), name=name, code=0)
    sweep = only(tmp_path)
    assert [run.attempts for run in sweep.runs] == [2]
    assert sweep.curves["loss"].values.tolist() == [[100.0 - k for k in range(9)]]


def test_a_preempted_run_that_exits_with_0_goes_on(tmp_path):
    records = simple_run(code=0)
    write_run(tmp_path, [*records, preempting()])
    attempt(tmp_path, 1, code=0)
    assert [run.attempts for run in only(tmp_path).runs] == [2]


def epochs(home, n, told, *, name="epoch", code=None, start_step=0, **fields):
    """An attempt that logs how far it has come beside the loss, which is 100 less that."""
    start_s = START_S + n * HOUR_S
    records = [run_record(start_s=start_s, **fields)]
    records += [
        history(start_step + k, {"loss": 100.0 - epoch, name: epoch}, time_s=start_s + 1 + k)
        for k, epoch in enumerate(told)
    ]
    records += [] if code is None else [exit_record(code)]
    return write_run(home, records, stamp=f"20240101_0{n}0000")


def finding_of(sweep):
    (finding,) = (finding for finding in sweep.findings if finding.code == "WBT113")
    return finding


def hint_and_title(sweep):
    finding = finding_of(sweep)
    return finding.title, finding.hint


@pytest.mark.parametrize("name", ["epoch", "trainer/global_step"])
@pytest.mark.parametrize(
    ("first", "second", "again", "shifted"),
    [
        pytest.param(range(3), range(6), 3, 1, id="from its beginning"),
        pytest.param(range(5), range(3, 8), 2, 4, id="from a checkpoint"),
        pytest.param(range(3), range(3, 8), 0, None, id="behind its last epoch"),
    ],
)
def test_an_epoch_that_was_trained_again_counts_once(tmp_path, name, first, second, again, shifted):
    epochs(tmp_path, 0, first, name=name, code=1)
    epochs(tmp_path, 1, second, name=name, code=0)
    sweep = only(tmp_path)
    n = max(second) + 1
    assert sweep.curves["loss"].values.tolist() == [[100.0 - epoch for epoch in range(n)]]
    title, hint = hint_and_title(sweep)
    assert (f"{again} reports" in title) == bool(again)
    assert (f"from number {shifted} on" in hint) == bool(again)
    if again:
        (counted,) = sweep.curves_with_repeats["loss"].n_reports.tolist()
        assert counted == n + again
        assert f"the logged {name} tells" in title
        assert finding_of(sweep).evidence["counter"] == name
    else:
        assert not sweep.curves_with_repeats


def test_a_run_that_was_preempted_twice_counts_every_epoch_once(tmp_path):
    epochs(tmp_path, 0, range(4), code=1)
    epochs(tmp_path, 1, range(2, 7), code=1)
    epochs(tmp_path, 2, range(3, 10), code=0)
    curves = only(tmp_path).curves["loss"]
    assert curves.values.tolist() == [[100.0 - epoch for epoch in range(10)]]


def test_epochs_logged_again_at_rising_steps_count_once(tmp_path):
    """A resumed run goes on counting its steps, and repeats epochs all the same."""
    epochs(tmp_path, 0, range(5), code=1)
    epochs(tmp_path, 1, range(3, 8), code=0, start_step=5, resumed=True)
    curves = only(tmp_path).curves["loss"]
    assert curves.values.tolist() == [[100.0 - epoch for epoch in range(8)]]


@pytest.mark.parametrize(
    "told", [pytest.param([0, 0, 1, 1], id="twice an epoch"), pytest.param([], id="no epoch")]
)
def test_where_nothing_tells_what_was_repeated_all_reports_count_and_it_is_said(tmp_path, told):
    for n, code in enumerate((1, 0)):
        if told:
            epochs(tmp_path, n, told, code=code)
        else:
            attempt(tmp_path, n, values=range(4), code=code)
    sweep = only(tmp_path)
    assert sweep.curves["loss"].n_reports.tolist() == [8]
    title, hint = hint_and_title(sweep)
    assert "all reports of loss count, also those that it made again" in title
    assert "offline mode counts steps from 0 again" in hint


def process(home, n, *, logs, code=0, delay_s=1.0, values=(1.0, 2.0, 3.0), **fields):
    """One of the processes of a run, all with its id, begun one after the other."""
    start_s = START_S + n * delay_s
    metric = "loss" if logs else "train"
    records = [run_record(start_s=start_s, **fields)]
    records += [
        history(k, {metric: value}, time_s=start_s + 20 * (k + 1)) for k, value in enumerate(values)
    ]
    records += [] if code is None else [exit_record(code)]
    return write_run(home, records, stamp=f"20240101_00000{n}")


@pytest.mark.parametrize("leader", [0, 1])
@pytest.mark.parametrize("code", [0, 1, None])
def test_processes_with_one_id_are_one_run(tmp_path, leader, code):
    for n in range(3):
        process(tmp_path, n, logs=n == leader, code=code, config={"lr": 0.1})
    sweep = only(tmp_path)
    assert [(run.id, run.attempts) for run in sweep.runs] == [("abc12345", 1)]
    assert sweep.curves["loss"].n_reports.tolist() == [3]
    (finding,) = sweep.findings
    assert finding.code == "WBT127"
    assert finding.title == (
        "2 run files are the other processes of a distributed run (same id and configuration, "
        "begun together, only one logs loss), left out"
    )


def test_a_start_that_failed_at_once_is_no_process(tmp_path):
    process(tmp_path, 0, logs=False, code=1, values=())
    process(tmp_path, 1, logs=True)
    sweep = only(tmp_path)
    assert [run.attempts for run in sweep.runs] == [2]
    assert "WBT127" not in codes(sweep)
