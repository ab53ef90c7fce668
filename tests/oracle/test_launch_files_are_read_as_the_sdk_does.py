"""What `wandb launch-sweep` sends of a file, against the SDK's own command."""

import copy
import itertools

import pytest
import yaml
from click.testing import CliRunner

from wbtools.sweepfile.launch import sent

pytestmark = pytest.mark.slow
METHODS = [None, "", "custom", "grid"]
JOBS = [None, "team/sweeps/job-optuna:latest"]
SETTINGS = [None, {}, {"method": "bayes"}, {"method": "custom"}, {"method": ""}, {"verbose": True}]
LAUNCH = [None, {"queue": "gpus"}]


@pytest.fixture
def launch_sweep(monkeypatch, tmp_path):
    """Run the command on a file, and give the configuration that it would send."""
    from wandb.apis.public import sweeps
    from wandb.cli import cli
    from wandb.sdk.launch import api
    from wandb.sdk.launch.sweeps import utils

    class Api:
        settings = {"entity": "team", "project": "p", "base_url": ""}  # noqa: RUF012 - a stand-in
        viewer = type("Viewer", (), {"username": "me"})
        default_entity = "team"

    sends = []

    def upsert(_api, config, **_rest):
        sends.append(copy.deepcopy(config))
        return {"name": "s"}, []

    monkeypatch.setattr(sweeps, "_upsert_sweep", upsert)
    monkeypatch.setattr(api, "LaunchApi", Api)
    monkeypatch.setattr(utils, "check_job_exists", lambda *_words: True)
    monkeypatch.setattr(cli.wandb, "Api", Api)

    def ask(config):
        path = tmp_path / "launch.yaml"
        path.write_text(yaml.safe_dump(config))
        words = ["launch-sweep", str(path), "--queue", "gpus", "--entity", "e", "--project", "p"]
        result = CliRunner().invoke(cli.cli, words)
        assert sends, (result.output, result.exception)
        return sends.pop()

    return ask


def test_the_server_gets_what_lint_judges(launch_sweep):
    n = 0
    for method, job, settings, launch in itertools.product(METHODS, JOBS, SETTINGS, LAUNCH):
        config = {"job": "team/p/job-train:v0", "parameters": {"lr": {"values": [1, 2]}}}
        config |= {} if method is None else {"method": method}
        config |= {} if launch is None else {"launch": launch}
        scheduler = {"num_workers": 2}
        scheduler |= {} if job is None else {"job": job}
        scheduler |= {} if settings is None else {"settings": settings}
        config["scheduler"] = scheduler
        assert launch_sweep(config) == sent(config), config
        n += 1
    assert n == 96
