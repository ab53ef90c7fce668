"""Ids that were used again where no agent's file says what the sweep searched."""

import pytest

from tests.sources.local.test_attempts import epochs
from tests.sources.local.test_sweeps import only
from tests.sources.local.wandb_writer import simple_run, write_run


@pytest.mark.parametrize("beside", [0, 3])
def test_a_searched_value_tells_another_run(tmp_path, beside):
    """All agents were given one `WANDB_RUN_ID`; nothing that was trained is dropped."""
    for k in range(beside):
        records = simple_run(f"other{k}", config={"lr": 0.01 * k}, sweep_id="sw1", code=0)
        write_run(tmp_path, records, f"other{k}")
    for n in range(4):
        epochs(tmp_path, n, range(10), code=1, config={"lr": 0.5 * (n + 1)}, sweep_id="sw1")
    runs = [run for run in only(tmp_path).runs if run.id.startswith("abc")]
    assert [run.config["lr"] for run in runs] == [0.5, 1.0, 1.5, 2.0]
    assert [run.attempts for run in runs] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("start_epoch", (0, 3)),
        ("train.resume", (False, True)),
        ("resume_from_checkpoint", ("none", "out/3.pt")),
        ("output-dir", ("out/1", "out/2")),
        ("slurm_job_id", (71, 72)),
        ("MASTER_PORT", (29500, 29501)),
        ("hostname", ("node1", "node2")),
        ("local_rank", (0, 1)),
    ],
)
def test_what_every_start_writes_tells_nothing(tmp_path, name, values):
    for n, (value, code) in enumerate(zip(values, (1, 0), strict=True)):
        config = {"lr": 0.1, name: value}
        epochs(tmp_path, n, range(3 * n, 9), code=code, config=config, sweep_id="sw1")
    assert [run.attempts for run in only(tmp_path).runs] == [2]


def test_what_the_other_runs_share_is_not_searched(tmp_path):
    for k in range(3):
        records = simple_run(f"other{k}", config={"lr": 0.01 * k, "amp": 1}, sweep_id="sw1", code=0)
        write_run(tmp_path, records, f"other{k}")
    for n, code in enumerate((1, 0)):
        epochs(tmp_path, n, range(9), code=code, config={"lr": 0.5, "amp": 1 - n}, sweep_id="sw1")
    assert [run.attempts for run in only(tmp_path).runs if run.id == "abc12345"] == [2]
