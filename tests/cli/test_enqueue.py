"""`replicate --to enqueue`: nothing is changed without `--yes`, nothing twice, nothing is lost."""

import json
import logging
import shlex
import time

import pytest

import wbtools as wb
from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import SWEEP
from tests.server.agents import register
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from tests.server.scheduling import LOCAL_SCHEDULER
from wbtools.archive import kept_plans
from wbtools.errors import DataError
from wbtools.sources.wandb_api import changes

RULE = {"type": "hyperband", "min_iter": 2, "eta": 2, "strict": True}
CONFIG = {
    "method": "random",
    "metric": {"name": "loss", "goal": "minimize"},
    "program": "train.py",
    "parameters": {
        "lr": {"min": 0.0001, "max": 0.1},
        "big": {"value": 2**60 + 1},
        "nothing": {"value": None},
        "opt": {"parameters": {"beta": {"min": 0.0, "max": 1.0}}},
        "seed": {"value": 0},
    },
    "early_terminate": RULE,
}
VALUES = {
    "lr": 6.797303101020006e-05,
    "big": 2**60 + 1,
    "nothing": None,
    "opt": {"beta": 0.1 + 0.2},
    "seed": 0,
}
WORDS = ("replicate", SWEEP, "--run", "run2", "--to", "enqueue")
MUTATION = "WbtoolsEnqueueRun"


@pytest.fixture
def site(site):
    """A running sweep with an agent, whose run2 was stopped; the run logs more than parameters."""
    site.server.state.switches.features = frozenset({LOCAL_SCHEDULER})
    put(site)
    return site


def put(site, *, config=CONFIG, values=VALUES, names=None):
    site.server.state.projects.clear()
    runs = []
    for k in range(3):
        rows = [
            {"_step": i, "_timestamp": 1.7e9 + i, "loss": 0.5 - k / 100}
            for i in range(2 if k == 2 else 8)
        ]
        facts = {"display_name": f"called-{k}"} | ({"display_name": names[k]} if names else {})
        if k == 2:
            facts |= {"state": "killed", "exit_code": None, "stopped": True, "should_stop": True}
        mine = values | {"lr": values["lr"] + (2 - k) / 100, "host_info": "more than the sweep's"}
        runs.append(LoadedRun(name=f"run{k}", config=mine, history=RowHistory(rows), facts=facts))
    there = site.server.load_sweep(
        "acme", "ocr", "v5inrfwe", runs=runs, config=config, sweep_state="RUNNING"
    )
    register(site.server.state, there, "here")


def sweep_of(site):
    return site.server.state.sweep("acme", "ocr", "v5inrfwe")


def enqueued(site):
    runs = site.server.state.sweep_runs(sweep_of(site))
    return [run for run in runs if run.state == "pending"]


def n_asked(site):
    return site.server.log.operations().get(MUTATION, 0)


def plan(site, run="run2"):
    return kept_plans(site.work / ".wbtools", "v5inrfwe", run)


def test_a_dry_run_says_what_would_be_enqueued_and_offers_to(site, wbtools):
    result = wbtools(*WORDS)
    assert (result.code, result.out, n_asked(site)) == (0, "", 0)
    would = next(line for line in result.err.splitlines() if line.startswith("would enqueue"))
    assert f"run called-2-replica in the sweep {SWEEP} on {site.server.base_url}: " in would
    assert "lr 6.797303101020006e-05" in would
    assert f"big {2**60 + 1}" in would
    assert "host_info" not in would
    assert "warning WBR320" in result.err
    assert "no agent" not in result.err
    assert plan(site) == ()
    offered = next(line for line in result.err.splitlines() if line.startswith("next: "))
    assert wbtools(*shlex.split(offered.removeprefix("next: wbtools "))).code == 0
    assert n_asked(site) == 1


def test_with_yes_an_agent_gets_exactly_the_configuration(site, wbtools, caplog):
    with caplog.at_level(logging.INFO, "wbtools.changes"):
        result = wbtools(*WORDS, "--yes")
    assert (result.code, result.out) == (0, "")
    (run,) = enqueued(site)
    assert run.config == {name: {"value": value} for name, value in VALUES.items()}
    assert list(map(repr, run.config["opt"]["value"].values())) == ["0.30000000000000004"]
    assert run.display_name == "called-2-replica"
    said = f"enqueuing run called-2-replica in the sweep {SWEEP} on {site.server.base_url}"
    assert said in caplog.messages
    assert said in result.err.splitlines()
    assert f"run called-2-replica is enqueued as {run.name}" in result.err
    assert plan(site)[0].enqueued == (run.name,)
    assert "afterwards: wbtools verify" in result.err


def test_one_run_a_replica_with_its_changes(site, wbtools):
    changed = ("--seeds", "1,2", "--set", "lr=0.5", "--set", "opt.beta=0.25")
    result = wbtools(*WORDS, *changed, "--yes", "--format", "json")
    assert result.code == 0
    runs = enqueued(site)
    assert [run.config["seed"]["value"] for run in runs] == [1, 2]
    assert [run.display_name for run in runs] == ["called-2-replica-1", "called-2-replica-2"]
    assert all(run.config["lr"]["value"] == 0.5 for run in runs)
    assert all(run.config["opt"]["value"] == {"beta": 0.25} for run in runs)
    answer = json.loads(result.out)
    assert answer["target"] == "enqueue"
    assert answer["runs"][0]["plan"]["enqueued_run_ids"] == [run.name for run in runs]
    assert [replica["config"]["seed"] for replica in answer["replicas"]] == [1, 2]
    assert all(replica["command"] == [] for replica in answer["replicas"])


def test_what_is_in_the_sweep_is_not_enqueued_again(site, wbtools):
    wbtools(*WORDS, "--yes")
    (run,) = enqueued(site)
    again = wbtools(*WORDS, "--yes")
    assert again.code == 0
    assert f"is in the sweep already, as {run.name} (pending)" in again.err
    assert n_asked(site) == 1
    assert plan(site)[0].enqueued == (run.name,)
    dry = wbtools(*WORDS)
    assert f"enqueued before, by the kept plan: called-2-replica ({run.name}, pending)" in dry.err
    assert "would enqueue" not in dry.err
    # Another value or another name makes another run, and a script forgets none of them.
    wbtools(*WORDS, "--set", "lr=0.5", "--yes")
    wbtools(*WORDS, "--name", "{name}-once-more", "--yes")
    assert n_asked(site) == 3
    assert wbtools("replicate", SWEEP, "--run", "run2", "--program", "train.py").code == 0
    ids = {run.name for run in enqueued(site)}
    assert {run_id for each in plan(site) for run_id in each.enqueued} == ids


def test_a_list_of_runs_that_lags_behind_enqueues_nothing_twice(site, wbtools, monkeypatch):
    wbtools(*WORDS, "--yes")
    (run,) = enqueued(site)
    monkeypatch.setattr(run, "sweep", "not listed yet")
    again = wbtools(*WORDS, "--yes")
    assert f"is in the sweep already, as {run.name}" in again.err
    assert n_asked(site) == 1


def test_a_failure_after_some_says_how_many_and_the_same_command_goes_on(site, wbtools):
    words = (*WORDS, "--seeds", "1,2,3", "--yes")
    ask, n = changes.give_to_agents, 0

    def refused(*args, **more):
        nonlocal n
        n += 1
        if n == 2:
            msg = "W&B did not enqueue run x"
            raise DataError(msg, "look")
        return ask(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "give_to_agents", refused)
        failed = wbtools(*words)
    (first,) = enqueued(site)
    assert (failed.code, failed.out) == (3, "")
    assert "W&B did not enqueue run x; enqueued before: 1 of 3 replicas" in failed.err
    assert f"run called-2-replica-1 is enqueued as {first.name}" in failed.err
    assert plan(site)[0].enqueued == (first.name,)
    assert wbtools(*words).code == 0
    assert [run.config["seed"]["value"] for run in enqueued(site)] == [1, 2, 3]
    assert plan(site)[0].enqueued == tuple(run.name for run in enqueued(site))


@pytest.mark.parametrize("fault", ["reset", "502", "graphql_error"])
def test_a_lost_answer_is_not_asked_for_again(site, wbtools, fault, monkeypatch):
    ask = changes.give_to_agents

    def asked(*args, **more):
        site.server.faults.script.append(fault)
        return ask(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(changes, "give_to_agents", asked)
        result = wbtools(*WORDS, "--yes")
    assert result.code == 3
    assert "does not say whether run called-2-replica was enqueued" in result.err
    assert len(enqueued(site)) <= 1
    assert n_asked(site) == 1
    assert wbtools(*WORDS, "--yes").code == 0
    (run,) = enqueued(site)
    assert plan(site)[0].enqueued == (run.name,)


def test_a_server_that_wants_to_be_left_alone_is_asked_later(site, wbtools, monkeypatch):
    ask = changes.give_to_agents
    site.server.faults.retry_after_s = 0

    def asked(*args, **more):
        site.server.faults.script.append("429")
        return ask(*args, **more)

    monkeypatch.setattr(changes, "give_to_agents", asked)
    assert wbtools(*WORDS, "--yes").code == 0
    assert len(enqueued(site)) == 1


@pytest.mark.parametrize("missing", [frozenset(), frozenset({"ServerInfo.features"})])
def test_a_server_that_cannot_names_what_can_be_done(site, wbtools, missing):
    site.server.state.switches.features = frozenset()
    site.server.state.switches.missing_fields = missing
    for words in (WORDS, (*WORDS, "--yes")):
        result = wbtools(*words)
        assert result.code == 3
        assert f"it lacks {LOCAL_SCHEDULER}" in result.err
        for target in ("--to shell", "--to slurm", "--to sweep"):
            assert target in result.err
    assert n_asked(site) == 0
    site.server.log.clear()


@pytest.mark.parametrize("state", ["FINISHED", "CANCELED", "CRASHED"])
def test_a_sweep_that_has_ended_takes_no_run(site, wbtools, state):
    sweep_of(site).state = state
    result = wbtools(*WORDS, "--yes")
    assert result.code == 3
    assert f"has ended ({state.lower()})" in result.err
    assert f"wandb sweep --resume {SWEEP}" in result.err
    assert n_asked(site) == 0


def test_a_pause_and_silent_agents_are_said(site, wbtools):
    sweep_of(site).state = "PAUSED"
    (agent,) = site.server.state.agents.values()
    agent.heartbeat_at = time.time() - 3600
    result = wbtools(*WORDS, "--yes")
    assert result.code == 0
    assert "is paused" in result.err
    assert f"`wandb agent {SWEEP}` starts one" in result.err
    site.server.state.switches.missing_fields = frozenset({"Sweep.agents"})
    assert "starts one" not in wbtools(*WORDS).err
    site.server.log.clear()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("demo", "--run", "5", "--to", "enqueue"), "the runs of demo were read from files"),
        (("demo", "--run", "5", "--to", "enqueue", "--yes"), "were read from files"),
        (("demo", "--run", "5", "--yes"), "--yes lets runs be enqueued"),
        (("demo", "--run", "5", "--to", "enqueue", "--program", "t.py"), "--program is about"),
        (("demo", "--run", "5", "--to", "enqueue", "--with-env"), "--with-env is about a script"),
        (("demo", "--run", "5", "--to", "enqueue", "-o", "a.sh"), "writes no script"),
        (("demo", "--run", "5", "--to", "enqueue", "--continue"), "--continue needs a script"),
        ((".", "--all", "--run", "5", "--to", "enqueue"), "a selection has none"),
        ((SWEEP, "--run", "5", "--to", "enqueue", "--gpus", "1"), "options of Slurm"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_enqueued_is_refused(wbtools, words, message):
    result = wbtools("replicate", *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_offline_nothing_is_enqueued(site, wbtools):
    wbtools("audit-terminations", SWEEP)
    result = wbtools(*WORDS, "--offline", "--yes")
    assert result.code == 2
    assert "--offline forbids that" in result.err
    assert n_asked(site) == 0


def test_a_plan_that_cannot_be_kept_enqueues_nothing(site, wbtools):
    wbtools("audit-terminations", SWEEP)
    (site.work / ".wbtools" / "plans").write_text("in the way")
    result = wbtools(*WORDS, "--yes")
    assert result.code == 3
    assert n_asked(site) == 0


def test_a_secret_is_masked_and_a_new_one_refused(site, wbtools):
    parameters = CONFIG["parameters"] | {"api_key": {"value": "hunter2-hunter2"}}
    values = VALUES | {"api_key": "hunter2-hunter2"}
    put(site, config=CONFIG | {"parameters": parameters}, values=values)
    dry = wbtools(*WORDS)
    assert "api_key ***" in dry.err
    assert "as the configuration of run 2 on W&B has it: api_key" in dry.err
    refused = wbtools(*WORDS, "--set", "api_key=another-secret-1", "--yes")
    assert refused.code == 2
    assert "api_key looks like a secret" in refused.err
    assert n_asked(site) == 0
    kept = wbtools(*WORDS, "--yes")
    (run,) = enqueued(site)
    assert run.config["api_key"] == {"value": "hunter2-hunter2"}
    assert "hunter2" not in dry.err + refused.err + kept.err


def test_what_json_cannot_hold_is_refused(site):
    with pytest.raises(DataError, match="JSON has no inf, and lr has that value"):
        wb.replicate(SWEEP, "run2", to="enqueue", set={"lr": float("inf")}, yes=True)
    assert n_asked(site) == 0


def test_two_runs_of_one_name_need_names_of_their_own(site, wbtools):
    put(site, names=["same"] * 3)
    words = ("replicate", SWEEP, "--run", "run1", "--run", "run2", "--to", "enqueue", "--yes")
    result = wbtools(*words)
    assert result.code == 2
    assert "2 replicas are called same-replica" in result.err
    assert wbtools(*words, "--name", "{name}-{id}").code == 0
    assert [run.display_name for run in enqueued(site)] == ["same-run1", "same-run2"]


def test_hostile_names_move_no_cursor_and_the_key_is_nowhere(site, wbtools):
    put(site, names=list(HOSTILE_NAMES.values())[:3])
    result = wbtools(*WORDS, "--yes")
    assert len(enqueued(site)) == 1
    assert site.server.api_key not in result.err
    assert all(letter.isprintable() for line in result.err.splitlines() for letter in line)


def test_runs_that_failed_are_enqueued(site, wbtools):
    runs = site.server.state.projects["acme", "ocr"].runs
    runs["run0"].state, runs["run0"].exit_code = "failed", 1
    del runs["run0"].history.rows[3:]
    result = wbtools("replicate", SWEEP, "--run", "failed", "--to", "enqueue", "--yes")
    assert result.code == 0
    assert [run.display_name for run in enqueued(site)] == ["called-0-replica"]


def test_verify_finds_the_enqueued_run_in_the_sweep_itself(site, wbtools):
    wbtools(*WORDS, "--yes")
    (run,) = enqueued(site)
    run.state, run.exit_code = "finished", 0
    rows = [{"_step": i, "_timestamp": 1.8e9 + i, "loss": 0.48 - (i > 1) / 9} for i in range(8)]
    run.history = RowHistory(rows)
    result = wbtools("verify", SWEEP, "--run", "run2", "--format", "json")
    assert result.code == 0, result.err
    answer = json.loads(result.out)
    assert [replica["run_id"] for replica in answer["replicas"]] == [run.name]
    assert answer["comparator"]["run_id"] == "run1"  # and not the replica itself, which is better
    given = wbtools("verify", SWEEP, "--run", "run2", "--success", "0.4", "--format", "json")
    assert [replica["run_id"] for replica in json.loads(given.out)["replicas"]] == [run.name]
    offline = wbtools("verify", SWEEP, "--run", "run2", "--offline", "--format", "json")
    assert json.loads(offline.out)["replicas"] == answer["replicas"]
    assert wbtools("audit-terminations", SWEEP).code == 0


def test_the_library_enqueues_by_the_same_words(site):
    dry = wb.replicate(SWEEP, "run2", to="enqueue")
    assert n_asked(site) == 0
    assert dry.text == ""
    answer = wb.replicate(SWEEP, "run2", to="enqueue", yes=True)
    assert answer.runs[0].plan.enqueued == tuple(run.name for run in enqueued(site))
    with pytest.raises(wb.UsageError, match='to="enqueue" is not given'):
        wb.replicate("demo", "5", yes=True)
