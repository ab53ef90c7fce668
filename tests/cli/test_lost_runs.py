"""Every command that judges a sweep's runs says where agents took more of them than there are."""

import json

import pytest

from tests.sources.local.test_attempts import agent_config
from tests.sources.local.wandb_writer import START_S, simple_run, write_run
from wbtools.analysis.importance import forest

SAID = "agents took 13 configurations, and 1 of them left no run file"
METRIC = ("--metric", "loss", "--goal", "minimize", "-q")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Twelve runs, and a thirteenth that an agent took."""
    monkeypatch.setattr(forest, "N_FORESTS", 3)
    monkeypatch.setattr(forest, "N_TREES", 8)
    home = tmp_path / "p" / "wandb"
    for n in range(12):
        values = [5.0 - k + n * 5 % 12 / 12 for k in range(5)]
        records = simple_run(
            f"r{n}",
            values,
            start_s=START_S + 100 * n,
            sweep_id="sw1",
            config={"lr": 0.1 + n, "opt": "ab"[n % 2]},
        )
        write_run(home, records, f"r{n}")
        agent_config(home, "sw1", f"r{n}", lr=0.1 + n)
    agent_config(home, "sw1", "gone", lr=7.5)
    return home.parent


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("audit-terminations", ()),
        ("rank", ()),
        ("doctor", ()),
        ("importance", ()),
        ("simulate", ()),
        ("compare", ("--group-by", "opt")),
    ],
)
def test_a_run_that_left_no_file_is_said(wbtools, project, command, more):
    page = wbtools(command, project, *METRIC, *more, "--limit", "0")
    assert page.code == 0
    text = " ".join(page.out.split())
    assert "WBT128" in text
    assert SAID in text


@pytest.mark.parametrize("command", ["importance", "simulate"])
def test_it_is_a_finding_in_data(wbtools, project, command):
    (finding,) = json.loads(wbtools(command, project, *METRIC, "--format", "json").out)["findings"]
    assert (finding["code"], finding["title"]) == ("WBT128", SAID)
    assert finding["evidence"]["lost_run_ids"] == ["gone"]
