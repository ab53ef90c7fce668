"""Every template, example and series is taken by W&B's schema, client and engine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.oracle.test_lint_agrees_with_wandb import client_refuses
from wbtools.app.series import sweeps_of_file

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "sweep_templates"
COMMANDS = re.findall(
    r"^wbtools (make-sweep (?!--series).+)$", (TEMPLATES / "EXAMPLES.md").read_text(), re.MULTILINE
)
LINES = ["-m pkg.train", "torchrun --n=4 train.py", "accelerate launch train.py", "train.py --amp"]
GUARDED = ["bayes-hyperband", "random-hyperband", "grid"]


def made(*words):
    """What `wbtools make-sweep` writes."""
    command = [sys.executable, "-m", "wbtools", "make-sweep", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


@pytest.fixture
def accepted(ask_validator):
    def check(texts):
        configs = [yaml.safe_load(text) for text in texts]
        for config, verdict in zip(configs, ask_validator(configs), strict=True):
            assert verdict.get("violations") == [], (config, verdict)
            assert client_refuses(config) is None
            assert (verdict["next_run"], verdict["stop_runs"]) == (None, None), config

    return check


def test_templates_and_examples(accepted):
    templates = sorted(TEMPLATES.glob("*.yaml"))
    texts = [path.read_text() for path in templates]
    texts += [made(*shlex.split(command)[1:]) for command in COMMANDS]
    texts += [made(path.stem) for path in templates]
    texts += [made("--program", line) for line in LINES]
    texts += [made(name, "--guard", "top(median,k=3)") for name in GUARDED]
    texts += [made("-p", "lr=uniform(0.1,0.2)", "-p", f"epochs={n}") for n in (1, 2, 3, 10)]
    accepted(texts)


def test_series(accepted):
    sweeps = [
        sweep for path in (TEMPLATES / "series").iterdir() for sweep in sweeps_of_file(str(path))
    ]
    assert len(sweeps) == 7
    accepted([sweep.text for sweep in sweeps])
