"""Sweep files for `wandb launch-sweep`: what is right there, and what is refused."""

import pytest

from wbtools.findings import Severity
from wbtools.sweepfile.lint import lint

JOB = "job: team/vision/job-train:v4\n"
SPACE = "parameters: {lr: {values: [0.1, 0.2]}}\n"
SCHEDULER_JOB = "scheduler: {job: 'team/sweeps/job-optuna:latest', num_workers: 2}\n"

RIGHT = {
    "W&B's quickstart": f"method: grid\nrun_cap: 10\n{JOB}{SPACE}scheduler: {{num_workers: 8}}\n",
    "an image": f"method: grid\nimage_uri: r.example/train:1\n{SPACE}scheduler: {{num_workers: 8}}",
    "no scheduler": f"method: grid\n{JOB}{SPACE}",
    "a queue in the file": f"method: grid\n{JOB}{SPACE}launch: {{queue: gpus}}\n",
    "a scheduler that is a job": f"{JOB}{SPACE}{SCHEDULER_JOB}",
    "a job that brings the parameters": f"run_cap: 5\n{JOB}{SCHEDULER_JOB}",
    "a method in the settings": f"{JOB}{SPACE}scheduler: {{settings: {{method: grid}}}}\n",
    "several objectives": f"{JOB}{SPACE}{SCHEDULER_JOB}"
    "metrics: [{name: loss, goal: minimize}, {name: n, goal: minimize}]\n",
    "all that it knows": f"{JOB}{SPACE}scheduler: {{job: a/b/c, num_workers: 2, docker_image: i, "
    "resource: kubernetes, resource_args: {a: 1}, settings: {b: 2}, template_variables: {c: 3}}",
    "a command without parameters": f"method: grid\n{JOB}{SPACE}command: [python, train.py]\n",
    "only parameters in the command": f'method: grid\n{JOB}{SPACE}command: ["${{args}}"]\n',
}
WRONG = {
    "no training job": ("WBS017", f"method: grid\n{SPACE}{SCHEDULER_JOB}", "at the top"),
    "a key that Launch does not know": (
        "WBS017",
        f"method: grid\n{JOB}{SPACE}scheduler: {{workers: 8}}\n",
        "'num_workers'",
    ),
    "no method, and nobody brings it": (
        "WBS011",
        f"{JOB}{SPACE}scheduler: {{num_workers: 8}}",
        "missing",
    ),
    "no parameters, and nobody brings them": ("WBS013", f"method: grid\n{JOB}", "missing"),
    "a block for nobody": ("WBS017", f"method: grid\n{SPACE}scheduler: {{}}\n", "no scheduler"),
    "an engine of the server's": (
        "WBS017",
        f"method: grid\n{JOB}{SPACE}scheduler: {{engine: optuna}}\n",
        "goes with method custom",
    ),
    "a queue in a plain sweep file": (
        "WBS010",
        f"method: grid\nprogram: t.py\n{SPACE}lunch: {{queue: gpus}}\n",
        "no key 'lunch'",
    ),
    "no mapping": ("WBS017", f"method: grid\n{JOB}{SPACE}scheduler: optuna\n", "mapping"),
}


def findings(text):
    return [f for f in lint(text.encode(), source="s") if f.severity >= Severity.WARNING]


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_right_launch_file_has_no_complaint(text):
    assert findings(text) == []


@pytest.mark.parametrize(("code", "text", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(code, text, words):
    (found,) = [finding for finding in findings(text) if finding.code == code]
    assert words in f"{found.title} {found.hint}"
