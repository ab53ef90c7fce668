"""Runs that a local scheduler proposes wait until an agent's heartbeat takes them."""

import json
from base64 import b64encode

import pytest

from tests.server import Switches, running_server
from tests.server.scheduling import LOCAL_SCHEDULER

ENQUEUE = """mutation ($id: ID!, $config: JSONString!) {
  enqueueSweepRun(input: {id: $id, config: $config}) { id runQueueItemId } }"""
REGISTER = """mutation { createAgent(
  input: {host: "h", sweep: "s", projectName: "p", entityName: "e"}) { agent { id } } }"""
BEAT = """mutation ($id: ID!, $alive: JSONString) {
  agentHeartbeat(input: {id: $id, runState: $alive}) { commands } }"""
BEGIN = """mutation ($name: String!) { upsertBucket(
  input: {name: $name, modelName: "p", entityName: "e"}) { bucket { state } } }"""
ABOUT = """query { serverInfo { features { name isEnabled } }
  project(name: "p", entityName: "e") { sweep(sweepName: "s") { controllerRunName
    runs { edges { node { name state config } } } } } }"""
PROPOSED = {"method": "grid", "parameters": {"lr": {"values": [1, 2]}}}
CONFIG = {"method": "custom", "parameters": {"lr": {"value": 1}}, "scheduler": {"engine": "optuna"}}


@pytest.fixture
def server():
    with running_server(Switches(features=frozenset({LOCAL_SCHEDULER}))) as server:
        server.load_sweep("e", "p", "s", runs=[], config=CONFIG, sweep_state="PENDING")
        yield server
        assert server.log.unknown() == []


def ask(server, document, **variables):
    return server.ask(document, **variables).json()["data"]


def enqueue(server, lr):
    sweep_id = b64encode(server.state.sweep("e", "p", "s").id.encode()).decode()
    config = json.dumps({"lr": {"value": lr}})
    return ask(server, ENQUEUE, id=sweep_id, config=config)["enqueueSweepRun"]["id"]


def commands(server, agent, **alive):
    answer = ask(server, BEAT, id=agent, alive=json.dumps(alive))
    return json.loads(answer["agentHeartbeat"]["commands"])


def test_an_agent_waits_for_what_the_scheduler_proposes(server):
    agent = ask(server, REGISTER)["createAgent"]["agent"]["id"]
    assert commands(server, agent) == []
    first, second, third = (enqueue(server, lr) for lr in (0.1, 0.2, 0.3))
    about = ask(server, ABOUT)
    assert about["serverInfo"]["features"] == [{"name": LOCAL_SCHEDULER, "isEnabled": True}]
    assert about["project"]["sweep"]["controllerRunName"] == "controller-s"
    states = [edge["node"]["state"] for edge in about["project"]["sweep"]["runs"]["edges"]]
    assert states == ["pending"] * 3
    (run,) = commands(server, agent)
    assert (run["type"], run["run_id"], run["args"]) == ("run", first, {"lr": {"value": 0.1}})
    assert ask(server, BEGIN, name=first)["upsertBucket"]["bucket"]["state"] == "running"
    assert commands(server, agent, **{first: True}) == []
    runs = server.state.projects["e", "p"].runs
    runs[second].stopped = True
    assert [command["run_id"] for command in commands(server, agent)] == [third]
    assert runs[second].state == "killed"
    server.state.sweep("e", "p", "s").state = "FINISHED"
    assert [command["type"] for command in commands(server, agent)] == ["exit"]


def test_an_enqueued_run_comes_before_what_the_server_proposes(server):
    del server.state.projects["e", "p"].sweeps["s"]
    server.load_sweep("e", "p", "s", runs=[], config=PROPOSED, sweep_state="RUNNING")
    agent = ask(server, REGISTER)["createAgent"]["agent"]["id"]
    enqueue(server, 0.5)
    given = [commands(server, agent)[0] for _ in range(4)]
    assert [command["type"] for command in given] == ["run", "run", "run", "exit"]
    assert [command["args"]["lr"]["value"] for command in given[:3]] == [0.5, 1, 2]


def test_a_server_without_the_feature_enqueues_nothing(server):
    server.state.switches.features = frozenset()
    sweep_id = b64encode(server.state.sweep("e", "p", "s").id.encode()).decode()
    answer = server.ask(ENQUEUE, id=sweep_id, config="{}").json()
    assert "enqueues no runs" in answer["errors"][0]["message"]
    server.log.clear()
