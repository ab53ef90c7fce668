"""Ten thousand runs get an answer, in text that can be read and memory that a laptop has."""

import json
import subprocess
import sys

import pytest

from tests.peaks import PRINT_PEAK
from tests.sources.local.wandb_writer import simple_run, write_run

pytestmark = pytest.mark.slow

N_RUNS = 10_000
PROGRAM = (
    f"from wbtools.cli.app import main\ntry:\n    main()\nfinally:\n    exec({PRINT_PEAK!r})\n"
)


def test_ten_thousand_runs(tmp_path):
    for k in range(N_RUNS):
        run_id = f"r{k:07d}"
        write_run(tmp_path, simple_run(run_id, sweep_id="sweep123"), run_id, "20240101_000000")
    words = [tmp_path, "--metric", "loss", "--goal", "minimize", "-q"]
    answers = {}
    for form in ("text", "json"):
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM, "audit-terminations", *words, "--format", form],
            capture_output=True,
            text=True,
            check=True,
        )
        answers[form] = result.stdout
        assert int(result.stderr.split()[-1]) < 1_000_000  # kB
    assert len(answers["text"].splitlines()) < 60
    assert "--all-runs" in answers["text"]
    assert len(json.loads(answers["json"])["runs"]) == N_RUNS
