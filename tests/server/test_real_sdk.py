"""The unmodified SDK and its wandb-core against the protocol server."""

import json
import math
import textwrap

import pytest

from tests.server import StopThrough, running_server
from tests.server.client import make_sweep, run_script, start_agent

LOGS = """
import math, sys, wandb
run = wandb.init(project="p", config={"lr": 0.1, "a.b": 3, "n": {"x": 1}}, tags=["t"], group="g")
for k in range(30):
    run.log({"loss": 1 / (k + 1), "acc": float(k), "nan": math.nan, "inf": -math.inf})
run.log({"rare": 7}, step=1000)
print("hello from the run")
run.finish(exit_code=int(sys.argv[1]) if sys.argv[1:] else 0)
"""

READS = """
import json, wandb
api = wandb.Api()
run, = api.runs("tester/p")
again = api.run("tester/p/" + run.id)
print("ANSWER", json.dumps({
    "config": dict(again.config),
    "summary": {k: v for k, v in dict(again.summary).items() if k[0] != "_"},
    "state": run.state,
    "tags": list(run.tags),
    "sampled": again.history(keys=["loss", "acc"], pandas=False),
    "rows": again.history(pandas=False, samples=1000),
    "scanned": list(again.scan_history(page_size=500)),
    "files": sorted(file.name for file in again.files()),
    "metadata": json.load(again.file("wandb-metadata.json").download("got"))["codePath"],
    "system": len(again.history(stream="system", pandas=False)),
    "last_step": again.lastHistoryStep,
}))
"""

TRAINS = """
import time, wandb
run = wandb.init()
for epoch in range(EPOCHS):
    run.log({"loss": run.config["level"] + 1 / (epoch + 1), "epoch": epoch})
    time.sleep(SECONDS)
run.finish()
"""


def training(epochs, seconds):
    return TRAINS.replace("EPOCHS", str(epochs)).replace("SECONDS", str(seconds))


def grid(levels, rest=""):
    return f"""
program: train.py
command: ["${{env}}", python, "${{program}}"]
method: grid
metric: {{name: loss, goal: minimize}}
parameters: {{level: {{values: {levels}}}}}
{rest}"""


def answer(text):
    line = next((line for line in text.splitlines() if line.startswith("ANSWER ")), None)
    assert line, text
    return json.loads(line.removeprefix("ANSWER "))


@pytest.fixture
def server():
    with running_server() as server:
        yield server
        assert server.log.unknown() == []


@pytest.fixture(scope="module")
def server_of_logged():
    """A server that `logged` alone has reached."""
    with running_server() as server:
        yield server
        assert server.log.unknown() == []


@pytest.fixture(scope="module")
def logged(server_of_logged, tmp_path_factory):
    """A run that was logged, once for all tests that look at it."""
    code, text = run_script(server_of_logged, tmp_path_factory.mktemp("logged"), LOGS)
    assert code == 0, text
    (run,) = server_of_logged.state.runs()
    return run


def test_an_online_run_arrives_exactly(logged):
    rows = logged.history.rows
    assert [row["_step"] for row in rows] == [*range(30), 1000]
    assert [row["loss"] for row in rows[:30]] == [1 / (k + 1) for k in range(30)]
    assert all(math.isnan(row["nan"]) and row["inf"] == -math.inf for row in rows[:30])
    assert (rows[30]["rare"], "loss" in rows[30]) == (7, False)
    assert logged.summary["loss"] == 1 / 30
    assert {k: v["value"] for k, v in logged.config.items() if k != "_wandb"} == {
        "lr": 0.1,
        "a.b": 3,
        "n": {"x": 1},
    }
    assert (logged.exit_code, logged.state, logged.group) == (0, "finished", "g")
    assert logged.tags == ["t"]
    assert any("hello from the run" in line for line in logged.output.values())
    assert {"config.yaml", "wandb-metadata.json", "requirements.txt"} <= set(logged.files)


def test_the_public_api_reads_it_back(server_of_logged, logged, tmp_path):
    code, text = run_script(server_of_logged, tmp_path / "reader", READS)
    assert code == 0, text
    got = answer(text)
    assert got["config"] == {"lr": 0.1, "a.b": 3, "n": {"x": 1}}
    assert (got["state"], got["tags"], got["last_step"]) == ("finished", ["t"], 1000)
    assert (got["summary"]["rare"], got["summary"]["inf"]) == (7, "-Infinity")
    assert [row["acc"] for row in got["sampled"]] == list(range(30))
    assert len(got["rows"]) == 31
    assert [row["_step"] for row in got["scanned"]] == [*range(30), 1000]
    assert [row["loss"] for row in got["scanned"][:30]] == [1 / (k + 1) for k in range(30)]
    assert set(got["files"]) == set(logged.files)
    assert got["metadata"] == "script.py"
    assert got["system"] == len(logged.events)


@pytest.mark.parametrize("parquet", ["part", pytest.param("all", marks=pytest.mark.slow)])
@pytest.mark.usefixtures("logged")
def test_a_scan_reads_parquet_exports(server_of_logged, tmp_path, monkeypatch, parquet):
    server = server_of_logged
    monkeypatch.setattr(server.switches, "parquet", parquet)
    n_before = len(server.log.all("storage"))
    code, text = run_script(server, tmp_path / "reader", READS)
    assert code == 0, text
    scanned = answer(text)["scanned"]
    assert [row["_step"] for row in scanned] == [*range(30), 1000]
    assert [row["loss"] for row in scanned[:30]] == [1 / (k + 1) for k in range(30)]
    stored = server.log.all("storage")[n_before:]
    assert any(request.path.startswith("/parquet/") for request in stored)
    assert not any(request.signed_in for request in stored if "parquet" in request.path)


@pytest.mark.slow
def test_a_failed_run_says_so(server, tmp_path):
    code, text = run_script(server, tmp_path, LOGS.replace("else 0", "else 3"))
    assert code == 0, text
    (run,) = server.state.runs()
    assert (run.exit_code, run.state) == (3, "failed")


@pytest.mark.slow
def test_a_sweep_with_a_command_line_agent_runs_its_grid(server, tmp_path):
    (tmp_path / "train.py").write_text(training(3, 0.01))
    path = make_sweep(server, tmp_path, "p", grid([1, 2, 3]))
    agent = start_agent(server, tmp_path, path)
    text, _ = agent.communicate(timeout=180)
    assert agent.returncode == 0, text
    sweep = server.state.sweep(*path.split("/"))
    runs = server.state.sweep_runs(sweep)
    assert [(run.state, run.exit_code) for run in runs] == [("finished", 0)] * 3
    assert [run.history.rows[-1]["loss"] for run in runs] == [1 + 1 / 3, 2 + 1 / 3, 3 + 1 / 3]
    assert [run.display_name.rpartition("-")[2] for run in runs] == ["1", "2", "3"]
    assert sweep.state == "FINISHED"
    _, text = run_script(
        server,
        tmp_path / "reader",
        f"""
import json, wandb
sweep = wandb.Api().sweep("{path}")
print("ANSWER", json.dumps([sweep.state, sweep.config["method"], sweep.expected_run_count,
                            sorted(run.config["level"] for run in sweep.runs)]))
""",
    )
    assert answer(text) == ["FINISHED", "grid", 3, [1, 2, 3]], text


@pytest.mark.slow
def test_a_function_agent_runs_a_grid(server, tmp_path):
    path = make_sweep(server, tmp_path, "p", grid([1, 2]))
    code, text = run_script(
        server,
        tmp_path,
        f"""
import wandb
def train():
    with wandb.init() as run:
        run.log({{"loss": run.config["level"]}})
wandb.agent("{path}", function=train, count=2)
""",
    )
    assert code == 0, text
    runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    assert [(run.state, run.summary["loss"]) for run in runs] == [("finished", 1), ("finished", 2)]


SLOW_IF_BAD = "2 * (run.config['level'] - 1)"  # the agent polls every 5 s, rows come every 15 s
STOPS = "early_terminate: {type: hyperband, min_iter: 2, eta: 3, strict: true}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("through", "channels", "exit_code"),
    [(StopThrough.AGENT, ["agent"], None), (StopThrough.FILE_STREAM, ["file_stream"], 255)],
)
def test_a_hyperband_stop_reaches_a_run(server, tmp_path, through, channels, exit_code):
    server.switches.stop_through = through
    (tmp_path / "train.py").write_text(training(24, SLOW_IF_BAD))
    path = make_sweep(server, tmp_path, "p", grid([1, 2], STOPS))
    sweep = server.state.sweep(*path.split("/"))
    agent = start_agent(server, tmp_path, path)  # with a count it leaves unheard
    text, _ = agent.communicate(timeout=240)
    good, bad = server.state.sweep_runs(sweep)
    assert (good.state, good.exit_code, good.should_stop) == ("finished", 0, False), text
    assert (bad.state, bad.exit_code, bad.should_stop) == ("killed", exit_code, True), text
    assert bad.stop_told_through == channels
    assert 2 <= bad.stop_report <= bad.history.n_rows < 24


@pytest.mark.slow
def test_a_hyperband_stop_reaches_a_function(server, tmp_path):
    server.switches.stop_through = StopThrough.AGENT
    path = make_sweep(server, tmp_path, "p", grid([1, 2], STOPS))
    body = textwrap.indent(training(24, SLOW_IF_BAD), "    ")
    agent = f'import wandb\nwandb.agent("{path}", function=train)\n'
    _, text = run_script(server, tmp_path, f"def train():\n{body}\n{agent}")
    good, bad = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    assert (good.state, good.exit_code) == ("finished", 0), text
    assert (bad.state, bad.exit_code, bad.stop_told_through) == ("killed", 1, ["agent"]), text
