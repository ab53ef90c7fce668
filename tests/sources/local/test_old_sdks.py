"""Files that old SDKs really wrote: kept ones always, freshly recorded ones with `-m slow`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wbtools.model import RunState
from wbtools.sources.local.sweeps import candidate_metrics, find_sweeps, load

HERE = Path(__file__).resolve()
KEPT = HERE.parents[2] / "data" / "wandb-files"
RECORDER = HERE.parents[2] / "recording" / "record_old_sdks.py"
EXPECTED = json.loads((KEPT / "expected.json").read_text())
VERSIONS = ("0.10.33", "0.12.21", "0.15.12", "0.16.6")


def check(folder, version):
    (found,) = find_sweeps(folder)
    assert found.sweep_id == EXPECTED["sweep_id"]
    assert found.n_runs == 2
    sweep = load(found, list(EXPECTED["series"]))
    assert {run.id: run.exit_code for run in sweep.runs} == EXPECTED["exit_codes"]
    assert [run.state for run in sweep.runs] == [RunState.FINISHED, RunState.FAILED]
    assert sweep.findings == ()
    assert sweep.ref.project == "old-sdks"
    for run in sweep.runs:
        assert run.config == EXPECTED["config"]
        assert run.summary.items() >= EXPECTED["summary"].items()
        assert run.sdk_version == version
        assert run.runtime_s is not None
        assert 0 <= run.runtime_s < 600
    for metric, logged in EXPECTED["series"].items():
        curves = sweep.curves[metric]
        values = np.array(logged, dtype=np.float64)
        finite = values[np.isfinite(values)]
        for row in curves.values:
            assert row.tobytes() == finite.tobytes(), metric
        assert curves.n_nonfinite.tolist() == [values.size - finite.size] * 2
    assert sweep.curves["maybe"].first_nonfinite_step.tolist() == [2, 2]
    assert sweep.curves["val/loss"].steps.tolist() == [EXPECTED["val_steps"]] * 2
    numeric = {metric: 2 for metric, logged in EXPECTED["series"].items() if logged}
    assert candidate_metrics(found) == dict(sorted(numeric.items()))


@pytest.mark.parametrize("version", VERSIONS)
def test_kept_files_of_an_old_sdk_are_read_to_the_last_bit(version):
    check(KEPT / version, version)


@pytest.mark.parametrize("version", ["0.10.33", "0.12.21"])
def test_without_the_sweep_folder_the_oldest_files_belong_to_no_sweep(version, tmp_path):
    copy = shutil.copytree(KEPT / version / "wandb", tmp_path / "wandb")
    shutil.rmtree(copy / "sweep-sw33p1d0")
    (found,) = find_sweeps(tmp_path)
    assert found.sweep_id is None


def test_kept_files_hold_no_paths_of_the_machine_that_wrote_them():
    for path in KEPT.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word in data for word in (b"/home/", b"/root", b"/tmp/", b"/usr/"))


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_fresh_files_of_an_old_sdk_are_read_to_the_last_bit(version, tmp_path, pytestconfig):
    venvs = pytestconfig.cache.mkdir("old-sdks")
    command = [sys.executable, RECORDER, tmp_path, "--venvs", venvs, "--only", version]
    subprocess.run(command, check=True, timeout=600)
    check(tmp_path / version, version)
