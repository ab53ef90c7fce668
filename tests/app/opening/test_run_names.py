"""A run that is none is refused by what runs are called, before anything is loaded."""

import shutil

import pytest

from tests.server import LoadedRun, RowHistory
from tests.sources.local.wandb_writer import framed, history, run_record
from wbtools.app.audit import audit_reference
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.run_names import check_runs
from wbtools.app.replica_search import VerifyOptions
from wbtools.app.replicate import ReplicateOptions, replicate
from wbtools.app.verify import verify
from wbtools.errors import UsageError
from wbtools.sources.local.run_reading import RunReading

SWEEP = "acme/ocr/v5inrfwe"
NO_SUCH = [
    pytest.param("999", r"no run '999' in sweep t3xtur35 \(it has 1-36\)", id="a number"),
    pytest.param("dusty-sweep-9", "no run 'dusty-sweep-9'", id="a name"),
    pytest.param("https://wandb.ai/a/b/runs/zzz", "no run 'zzz'", id="a page"),
]


@pytest.fixture
def unread(monkeypatch):
    """Fails where a run's curves are read."""
    take = RunReading.take

    def names_alone(reading, data):
        assert (list(reading.rows), reading.with_summary) == ([], False), "a curve was read"
        take(reading, data)

    monkeypatch.setattr(RunReading, "take", names_alone)


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(("text", "complaint"), NO_SUCH)
def test_no_curve_is_read_for_a_run_that_is_none(text, complaint):
    with pytest.raises(UsageError, match=complaint):
        audit_reference("demo", run=text)
    with pytest.raises(UsageError, match=complaint):
        replicate("demo", ReplicateOptions(runs=("8", text)))
    with pytest.raises(UsageError, match=complaint):
        replicate("demo", ReplicateOptions(runs=("8",), fallback=text))
    with pytest.raises(UsageError, match=complaint):
        verify("demo", VerifyOptions(run=text))


def test_no_curve_is_fetched_for_a_run_that_is_none(reach):
    rows = RowHistory([{"_step": k, "_timestamp": 1.7e9 + k, "loss": 1.0} for k in range(3)])
    reach.server.load_sweep(
        *SWEEP.split("/"),
        runs=[
            LoadedRun(name=f"r{k}", history=rows, facts={"display_name": f"amber-sweep-{k}"})
            for k in (1, 2, 8)
        ],
        config={"method": "random", "metric": {"name": "loss", "goal": "minimize"}},
    )
    with reach.session() as session, pytest.raises(UsageError, match=r"it has 1-2, 8"):
        audit_reference(SWEEP, session=session, run="3")
    assert [request.operation for request in reach.server.log.all("graphql")] == ["WbtoolsListing"]


@pytest.mark.parametrize("text", ["8", "dusty-sweep-8", "n623p52f", "best", "gem:2"])
def test_a_run_that_there_is_is_let_through(text):
    assert audit_reference("demo", run=text).rows


def test_labels_are_what_the_loaded_runs_are_called(reach):
    with reach.session() as session:
        recording = open_sweep("demo", session)
    loaded = recording.read(["val/acc"]).runs
    fields = ("id", "name", "number", "number_from")
    assert [[getattr(label, field) for field in fields] for label in recording.labels()] == [
        [getattr(run, field) for field in fields] for run in loaded
    ]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["amber-sweep-2", "blue-sweep-7", "amber-sweep-9"], id="numbered names"),
        pytest.param(["alpha", "beta", "gamma"], id="names without numbers"),
        pytest.param([None, None, None], id="no names"),
        pytest.param(["amber-sweep-2", "zen-lake-2", "x-3"], id="numbers that two share"),
        pytest.param(["same", "same", "other"], id="names that two share"),
    ],
)
def test_online_offline_and_loaded_runs_are_called_the_same(reach, names):
    rows = RowHistory([{"_step": 0, "_timestamp": 1.7e9, "loss": 1.0}])
    reach.server.load_sweep(
        *SWEEP.split("/"),
        runs=[
            LoadedRun(name=f"r{k}", history=rows, facts={"display_name": name})
            for k, name in enumerate(names)
        ],
        config={"method": "random", "metric": {"name": "loss", "goal": "minimize"}},
    )
    found = []
    for offline in (False, True):
        with reach.session(offline=offline) as session:
            recording = open_sweep(SWEEP, session)
            found += [recording.labels(), recording.read(["loss"]).runs]
    calls = [[(run.id, run.name, run.number, run.number_from) for run in runs] for runs in found]
    assert len(calls[0]) == 3
    assert calls == [calls[0]] * 4


def test_a_run_that_was_renamed_is_found_by_its_new_name(reach, tmp_path):
    path = tmp_path / "p" / "wandb" / "run-20260101_000000-r1" / "run-r1.wandb"
    path.parent.mkdir(parents=True)
    names = [run_record("r1", display_name=name, sweep_id="sw1") for name in ("a-3", "lr-is-8")]
    records = [names[0], history(0, {"loss": 1.0}), names[1]]
    path.write_bytes(framed([record.SerializeToString() for record in records]))
    with reach.session() as session:
        recording = open_sweep(str(tmp_path / "p"), session)
    for text in ("8", "lr-is-8", "r1"):
        check_runs(recording, [text], AuditOptions())
    for text in ("5", "b-3"):
        with pytest.raises(UsageError, match="it has 8"):
            check_runs(recording, [text], AuditOptions())


def test_where_run_ids_repeat_only_the_files_tell_which_runs_there_are(reach, tmp_path):
    with reach.session() as session:
        demo = open_sweep("demo", session)
        (folder,) = demo.folders[0].glob("wandb/*-n623p52f")
        home = tmp_path / "twice" / "wandb"
        shutil.copytree(folder, home / folder.name)
        shutil.copytree(folder, home / folder.name.replace("-run-20", "-run-19"))
        twice = open_sweep(str(tmp_path / "twice"), session)
    assert (len(demo.labels()), len(twice.labels())) == (36, 0)
