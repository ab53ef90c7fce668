"""What a server lists of a run's artifacts and saved files."""

import json

import pytest

from tests.server.artifacts import load_artifact
from tests.server.loading import LoadedRun
from tests.sources.wandb_api.asking import PATIENT, transport
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import DataError
from wbtools.model.checkpoint import ListedFile
from wbtools.sources.artifact_listings import LEADS_OUT
from wbtools.sources.wandb_api.artifacts import MOST_LOOKED_INTO, run_artifacts
from wbtools.sources.wandb_api.saved_files import saved_files
from wbtools.sources.wandb_api.server import Server


@pytest.fixture
def run(server):
    (run,) = server.load_runs("acme", "ocr", [LoadedRun(name="r")])
    return run


def put(server, collection="model", **more):
    return load_artifact(server.state, "acme", "ocr", collection, **{"run": "r", **more})


def asked(server):
    with transport(server, patience=PATIENT) as asking:
        return run_artifacts(Server(asking), "acme", "ocr", "r")


def saved(server):
    with transport(server, patience=PATIENT) as asking:
        return saved_files(Server(asking), "acme", "ocr", "r")


@pytest.mark.usefixtures("run")
def test_the_newest_comes_first_with_its_files(server):
    put(server, files={"model.bin": 4}, metadata={"epoch": 1}, aliases=["latest", "best"])
    put(server, kind="checkpoint", files={"a/b.npz": 5, "a/c.json": 2})
    put(server, run="other", files={"model.bin": 4})
    (last, first), is_cut = asked(server)
    assert not is_cut
    assert (first.name, first.type) == ("acme/ocr/model:v0", "model")
    assert first.aliases == ("best",)  # `latest` went to the next version
    assert first.metadata == {"epoch": 1}
    assert (last.name, last.type, last.aliases) == ("acme/ocr/model:v1", "checkpoint", ())
    assert [(file.path, file.n_bytes) for file in last.files] == [("a/b.npz", 5), ("a/c.json", 2)]
    assert last.n_bytes == 7
    assert last.created_at > first.created_at
    assert last.files[0].written_at == last.created_at
    assert last.is_there
    assert not last.is_offline
    assert last.state == "COMMITTED"


@pytest.mark.usefixtures("run")
def test_what_is_no_longer_or_not_yet_there_is_told_as_such(server):
    put(server, artifact_state="DELETED", files={"model.bin": 4})
    put(server, artifact_state="PENDING")
    artifacts, _ = asked(server)
    assert [(artifact.name, artifact.state) for artifact in artifacts] == [
        ("acme/ocr/model", "PENDING"),
        ("acme/ocr/model:v0", "DELETED"),
    ]
    assert not any(artifact.is_there or artifact.files for artifact in artifacts)
    # Only the list was asked for.
    assert len(server.log.all("graphql")) == 1


@pytest.mark.usefixtures("run")
def test_what_wandb_makes_itself_is_left_out(server):
    for kind in ("job", "code", "run_table", "wandb-history"):
        put(server, kind, kind=kind)
    assert asked(server) == ([], False)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("path", ["../x.bin", "/etc/passwd", "a/../../b", "..\\b", "C:\\b"])
def test_files_that_lead_out_of_the_folder_cannot_be_had(server, path):
    put(server, files={"model.bin": 4, path: 4})
    ((artifact,), _) = asked(server)
    assert not artifact.is_there
    assert artifact.state == LEADS_OUT


@pytest.mark.usefixtures("run")
def test_hostile_names_are_kept_as_texts(server):
    put(server, "x\n; rm", files={"a\n$(reboot)": 4}, aliases=["\x1b[31m"])
    ((artifact,), _) = asked(server)
    assert artifact.name == "acme/ocr/x\n; rm:v0"
    assert artifact.files[0].path == "a\n$(reboot)"
    assert artifact.aliases == ("\x1b[31m",)


@pytest.mark.usefixtures("run")
def test_many_versions_are_listed_and_the_files_of_the_newest(server):
    for epoch in range(MOST_LOOKED_INTO + 20):
        put(server, files={"model.bin": 4}, metadata={"epoch": epoch})
    artifacts, is_cut = asked(server)
    assert is_cut
    epochs = [artifact.metadata["epoch"] for artifact in artifacts]
    assert epochs == list(range(MOST_LOOKED_INTO + 20))[::-1]
    assert [bool(artifact.files) for artifact in artifacts] == [True] * MOST_LOOKED_INTO + [
        False
    ] * 20
    # Two pages of the list, and ten artifacts a request.
    assert len(server.log.all("graphql")) == 2 + MOST_LOOKED_INTO // 10


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("missing", "n_artifacts", "has_files"),
    [
        ({"Run.outputArtifacts"}, 0, False),
        ({"Query.artifact"}, 1, False),
        ({"Artifact.files"}, 1, False),
        ({"File.displayName", "Artifact.size", "Artifact.state"}, 1, True),
    ],
)
def test_an_old_server_tells_what_it_knows(server, missing, n_artifacts, has_files):
    put(server, files={"model.bin": 4})
    server.switches.missing_fields = frozenset(missing)
    artifacts, _ = asked(server)
    assert len(artifacts) == n_artifacts
    assert all(bool(artifact.files) is has_files for artifact in artifacts)
    assert all(artifact.is_there for artifact in artifacts)


def test_a_run_or_project_that_is_gone_has_none(server):
    assert asked(server) == ([], False)
    assert saved(server) == ([], False)


def connection(*nodes, **info):
    return {"edges": [{"node": node} for node in nodes], "pageInfo": info}


def said(field, answer):
    return Said(body=json.dumps({"data": {"project": {"run": {field: answer}}}}).encode())


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"artifactSequence": {"name": None}},
        {"artifactSequence": {"name": "x" * 10_000}},
        {"artifactSequence": None, "artifactType": None, "aliases": None},
    ],
)
def test_nodes_without_a_name_are_none(node):
    with odd_server(lambda *_: said("outputArtifacts", connection({"name": "1", **node}))) as odd:
        assert asked(odd) == ([], False)


def test_odd_values_are_taken_for_unknown():
    node = {
        "name": "1",
        "state": 7,
        "size": -4,
        "createdAt": "long ago",
        "versionIndex": "v1",
        "metadata": "[" * 100_000,
        "aliases": [None, {"alias": 3}, {"alias": "best"}, {"alias": "v12"}],
        "artifactSequence": {"name": "m"},
    }
    with odd_server(lambda *_: said("outputArtifacts", connection(node))) as odd:
        ((artifact,), _) = asked(odd)
    assert artifact.name == "acme/ocr/m"
    assert (artifact.n_bytes, artifact.created_at, artifact.metadata) == (None, None, None)
    assert artifact.aliases == ("best",)
    assert not artifact.is_there


@pytest.mark.parametrize(
    "answer", [[], connection({"name": "1", "aliases": 3, "artifactSequence": {"name": "m"}})]
)
def test_another_shape_is_no_answer(answer):
    with odd_server(lambda *_: said("outputArtifacts", answer)) as odd, pytest.raises(DataError):
        asked(odd)


def test_pages_that_bring_nothing_new_are_told_as_cut():
    node = {"name": "1", "artifactSequence": {"name": "m"}}
    cursors = iter(range(100))

    def answer(*_):
        more = {"hasNextPage": True, "endCursor": f"c{next(cursors)}"}
        return said("outputArtifacts", connection(node, **more))

    with odd_server(answer) as odd:
        artifacts, is_cut = asked(odd)
    assert len(artifacts) == 1
    assert is_cut


def test_saved_files_without_those_of_wandb(server, run):
    run.files |= dict.fromkeys(
        (
            *("wandb-metadata.json", "wandb-summary.json", "config.yaml", "output.log"),
            *(
                "requirements.txt",
                "media/model_3.pt",
                "media/images/a.png",
                "code/train.py",
                "diff.patch",
            ),
            *("../out.bin", "/etc/out.bin"),
        ),
        b"x",
    )
    run.files |= {"model.npz": b"1234", "checkpoints/epoch=3.ckpt": b"12", "config.json": b"1"}
    files, is_cut = saved(server)
    assert not is_cut
    assert [(file.path, file.n_bytes) for file in files] == [
        ("checkpoints/epoch=3.ckpt", 2),
        ("config.json", 1),
        ("model.npz", 4),
    ]
    assert all(file.written_at is not None for file in files)
    # They are listed, and none is fetched.
    assert server.log.all("storage") == []


def test_saved_files_come_page_by_page(server, run):
    run.files |= {f"{k:04}.npz": b"1" for k in range(1_200)}
    files, is_cut = saved(server)
    assert (len(files), is_cut) == (1_200, False)
    assert len(server.log.all("graphql")) == 3


def test_long_metadata_costs_no_name_and_long_names_are_cut(monkeypatch):
    monkeypatch.setattr("wbtools.sources.wandb_api.artifacts._MOST_CHARACTERS", 10_000)

    def nodes(name, metadata):
        return [
            {"name": f"{k}", "artifactSequence": {"name": name}, "metadata": metadata}
            for k in range(5)
        ]

    words = json.dumps({"note": "x" * 4_000})
    with odd_server(lambda *_: said("outputArtifacts", connection(*nodes("m", words)))) as odd:
        artifacts, is_cut = asked(odd)
    # The newest, which came last, had no room left for theirs.
    assert [artifact.metadata is None for artifact in artifacts] == [True] * 3 + [False] * 2
    assert not is_cut
    with odd_server(lambda *_: said("outputArtifacts", connection(*nodes("m" * 4_000, "")))) as odd:
        artifacts, is_cut = asked(odd)
    assert (len(artifacts), is_cut) == (2, True)


def test_names_without_end_are_cut(monkeypatch):
    monkeypatch.setattr("wbtools.sources.wandb_api.saved_files._MOST_CHARACTERS", 10_000)
    nodes = [{"name": f"{k:04}" * 1_000} for k in range(5)]
    with odd_server(lambda *_: said("files", connection(*nodes))) as odd:
        files, is_cut = saved(odd)
    assert (len(files), is_cut) == (2, True)


def test_saved_files_without_end_are_cut(monkeypatch):
    monkeypatch.setattr("wbtools.sources.wandb_api.saved_files.MOST_SAVED", 1_000)
    n_pages = 0

    def answer(*_):
        nonlocal n_pages
        n_pages += 1
        nodes = [{"name": f"{n_pages}-{k}.npz"} for k in range(500)]
        more = {"hasNextPage": True, "endCursor": f"c{n_pages}"}
        return said("files", connection(*nodes, **more))

    with odd_server(answer) as odd:
        files, is_cut = saved(odd)
    assert (len(files), is_cut, n_pages) == (1_000, True, 2)
    assert files[0] == ListedFile(path="1-0.npz")
