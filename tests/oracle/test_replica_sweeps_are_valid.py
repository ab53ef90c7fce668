"""A sweep of replicas violates nothing in the schema of W&B's own engine."""

import json
import subprocess

import pytest
import yaml

from tests.replication.launches import by_config, replication, run_of
from wbtools.replication.changes import Changes
from wbtools.replication.command import launch_from_record, launch_of_function
from wbtools.replication.script import joined_replications
from wbtools.replication.styles import Style
from wbtools.replication.sweep_of_runs import sweep_of_runs
from wbtools.replication.yaml_targets import sweep_yaml

pytestmark = pytest.mark.slow
PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
from sweeps.config.cfg import schema_violations_from_proposed_config
print(json.dumps([schema_violations_from_proposed_config(one) for one in json.load(sys.stdin)]))
"""
VALUES = {"seed": 0, "lr": 6.797303101020006e-05, "layers": [1, 2], "name": "a b", "x": None}
RULE = {"type": "hyperband", "min_iter": 2, "eta": 3, "strict": True}


def document(launch, *, rule=None):
    what = replication(launch, Changes(seeds=(42, 123), seed_key="seed"))
    metric = {"name": "val/acc", "goal": "maximize"}
    return yaml.safe_load(sweep_yaml(what, sweep_name="s", metric=metric, early_terminate=rule))


def document_of_runs():
    parts = [
        replication(by_config(VALUES, Style.ARGPARSE), run=run_of(id=f"run{k}")) for k in range(2)
    ]
    what = joined_replications(parts, ("2 runs again",), ["run 1", "run 2"])
    metric = {"name": "val/acc", "goal": "maximize"}
    return yaml.safe_load(sweep_of_runs(what, sweep_name="s", metric=metric, early_terminate=RULE))


def test_the_engine_accepts_them(oracle_python):
    documents = [
        *(document(by_config(VALUES, style)) for style in Style),
        document(launch_from_record(("t.py",), ("--seed", "1"), {"seed": 1})),
        document(launch_of_function(("t.py",), VALUES)),
        document(by_config(VALUES, Style.HYDRA), rule=RULE),
        document_of_runs(),
        {"method": "none"},
    ]
    result = subprocess.run(
        [oracle_python, "-c", PROGRAM],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
    )
    *violations, known_bad = json.loads(result.stdout)
    assert known_bad
    assert violations == [[]] * len(violations)
