"""Artifacts and saved files by the unmodified SDK, against the protocol server."""

import json

import pytest

from tests.server import running_server
from tests.server.client import run_script, start
from tests.sources.wandb_api.asking import PATIENT, transport
from wbtools.sources.wandb_api.artifacts import run_artifacts
from wbtools.sources.wandb_api.saved_files import saved_files
from wbtools.sources.wandb_api.server import Server

LOGS = """
import os, wandb
os.makedirs("ck/sub")
open("ck/sub/state.json", "w").write("{}")
run = wandb.init(project="p", id="abcd1234")
for epoch in range(2):
    open("ck/model.bin", "wb").write(b"x" * (1000 + epoch))
    artifact = wandb.Artifact("model", type="model", metadata={"epoch": epoch})
    artifact.add_dir("ck")
    run.log_artifact(artifact, aliases=["latest", f"epoch-{epoch}"])
same = wandb.Artifact("model", type="model", metadata={"epoch": 7})
same.add_dir("ck")
run.log_artifact(same, aliases=["best"]).wait()
open("saved.npz", "wb").write(b"y" * 77)
run.save("saved.npz")
run.finish()
"""

READS = """
import json, wandb
run = wandb.Api().run("tester/p/abcd1234")
run.file("saved.npz").download(root="got", exist_ok=True)
print("ANSWER", json.dumps({
    "logged": [
        [a.qualified_name, a.type, sorted(a.aliases), a.state, a.size, a.metadata,
         [file.name for file in a.files()]]
        for a in run.logged_artifacts()
    ],
    "saved": open("got/saved.npz").read(),
}))
"""

DELETES = """
import json, wandb
wandb.Api().artifact("tester/p/model:v0").delete(delete_aliases=True)
run = wandb.Api().run("tester/p/abcd1234")
print("ANSWER", json.dumps({a.name: a.state for a in run.logged_artifacts()}))
"""


def answer(ran):
    code, text = ran
    assert code == 0, text
    return json.loads(text.partition("ANSWER ")[2].splitlines()[0])


@pytest.mark.slow
def test_artifacts_and_saved_files_go_to_the_server_and_come_back(tmp_path):
    with running_server() as server:
        code, text = run_script(server, tmp_path / "logs", LOGS)
        assert code == 0, text
        got = answer(run_script(server, tmp_path / "reads", READS))
        files = ["model.bin", "sub/state.json"]
        # The third holds what the second does: it is the same version with one more name.
        assert got["logged"] == [
            ["tester/p/model:v0", "model", ["epoch-0"], "COMMITTED", 1002, {"epoch": 0}, files],
            [
                *("tester/p/model:v1", "model", ["best", "epoch-1", "latest"]),
                *("COMMITTED", 1003, {"epoch": 1}, files),
            ],
        ]
        assert got["saved"] == "y" * 77
        with transport(server, patience=PATIENT) as asking:
            listed, _ = run_artifacts(Server(asking), "tester", "p", "abcd1234")
            saved, _ = saved_files(Server(asking), "tester", "p", "abcd1234")
        assert [[each.name, each.n_bytes, each.metadata] for each in listed] == [
            ["tester/p/model:v1", 1003, {"epoch": 1}],
            ["tester/p/model:v0", 1002, {"epoch": 0}],
        ]
        assert [file.path for file in listed[0].files] == files
        # W&B's own files are told from the program's.
        assert [(file.path, file.n_bytes) for file in saved] == [("saved.npz", 77)]
        words = ["-m", "wandb", "artifact", "get", "tester/p/model:v0", "--root", "into/here"]
        fetching = start(server, tmp_path / "elsewhere", *words)
        text, _ = fetching.communicate(timeout=60)
        assert fetching.returncode == 0, text
        assert (tmp_path / "elsewhere/into/here/model.bin").read_bytes() == b"x" * 1000
        assert (tmp_path / "elsewhere/into/here/sub/state.json").read_text() == "{}"
        left = answer(run_script(server, tmp_path / "deletes", DELETES))
        assert left == {"model:v0": "DELETED", "model:v1": "COMMITTED"}
        fetching = start(server, tmp_path / "late", *words)
        assert "'model:v0' not found" in fetching.communicate(timeout=60)[0]
        assert fetching.returncode != 0
        assert server.log.unknown() == []
