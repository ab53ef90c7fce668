"""What `--run 2` means where only run files are here: never another run than on W&B's page."""

import re
from dataclasses import replace

import pytest

from tests.server import LoadedRun, RowHistory
from tests.sources.local.wandb_writer import START_S, exit_record, simple_run, summary, write_run
from wbtools.app.audit import audit_reference
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.run_names import select_run
from wbtools.errors import UsageError
from wbtools.model import Goal
from wbtools.text.sanitize import UNKNOWN

SWEEP_ID = "v5inrfwe"
LOSS = AuditOptions(metric="loss", goal=Goal.MINIMIZE, early_terminate="none")
STARTED = ("zzz", "mmm", "aaa")  # in the order of their start


def put(folder, *, kind="run", names=None, run_ids=STARTED):
    """Runs of one sweep, as agents leave them."""
    home = folder / "p" / "wandb"
    for n, run_id in enumerate(run_ids):
        told = {} if names is None else {"display_name": names[n]}
        records = simple_run(
            run_id, start_s=START_S + 60 * n, sweep_id=SWEEP_ID, config={"lr": n}, **told
        )
        path = write_run(home, records, run_id)
        if kind != "run":
            path.parent.rename(home / f"{kind}-{path.parent.name.removeprefix('run-')}")
    return str(folder / "p")


def numbered(source):
    """As a table of the command line has it, from the labels and from the files themselves."""
    loaded = {run.id: (run.number, run.number_from) for run in source.read(["loss"]).runs}
    assert {label.id: (label.number, label.number_from) for label in source.labels()} == loaded
    return loaded


def on_server(reach, names):
    rows = RowHistory([{"_step": 0, "_timestamp": START_S, "loss": 1.0}])
    reach.server.load_sweep(
        "acme",
        "ocr",
        SWEEP_ID,
        runs=[
            LoadedRun(name=run_id, history=rows, facts={"display_name": name})
            for run_id, name in names.items()
        ],
        config={"method": "random", "metric": {"name": "loss", "goal": "minimize"}},
    )


def test_runs_that_never_saw_a_server_count_by_creation(reach, tmp_path):
    with reach.session() as session:
        source = open_sweep(put(tmp_path, kind="offline-run"), session)
        assert numbered(source) == {"zzz": (1, "order"), "mmm": (2, "order"), "aaa": (3, "order")}


@pytest.mark.parametrize("how", ["run", "synced"])
def test_runs_that_a_server_named_have_no_number_of_their_own(reach, tmp_path, how):
    folder = put(tmp_path, kind="run" if how == "run" else "offline-run")
    if how == "synced":
        (file,) = tmp_path.glob("p/wandb/*mmm/run-mmm.wandb")
        file.with_name(f"{file.name}.synced").touch()
    with reach.session() as session:
        source = open_sweep(folder, session)
        assert set(numbered(source).values()) == {(None, None)}
        with pytest.raises(UsageError) as refused:
            audit_reference(folder, LOSS, session=session, run="2")
        assert audit_reference(folder, LOSS, session=session, run="mmm").rows
    assert refused.value.message.startswith("no number means a run of sweep v5inrfwe")
    assert "mmm (began 2023-11-14 22:14:20 UTC, best 1.000), aaa" in refused.value.hint
    assert "wbtools fetch" in refused.value.hint


def test_names_that_were_fetched_number_the_files(reach, tmp_path):
    on_server(reach, {"zzz": "amber-sweep-3", "mmm": "misty-sweep-0", "aaa": "dusty-sweep-1"})
    reach.fetch(f"acme/ocr/{SWEEP_ID}", metrics=("loss",))
    folder = put(tmp_path)
    with reach.session(offline=True) as session:
        source = open_sweep(folder, session)
        assert numbered(source) == {"zzz": (3, "name"), "mmm": (0, "name"), "aaa": (1, "name")}
        audited = audit_reference(folder, LOSS, session=session, run="3")
        again = audit_reference(f"acme/ocr/{SWEEP_ID}", LOSS, session=session)
    for text, run_id in (("3", "zzz"), ("0", "mmm"), ("misty-sweep-0", "mmm")):
        assert select_run(audited, text).run.id == run_id
        assert select_run(again, text).run.id == run_id


def test_names_in_the_files_need_no_server(reach, tmp_path):
    with reach.session() as session:
        source = open_sweep(put(tmp_path, names=["t-0", "t-1", "t-2"]), session)
        assert [number for number, _ in numbered(source).values()] == [0, 1, 2]


def test_two_names_with_one_number_are_both_named(reach, tmp_path):
    folder = put(tmp_path, kind="offline-run", names=["a-2", "b-2", "c-3"])
    with reach.session() as session, pytest.raises(UsageError) as refused:
        audit_reference(folder, LOSS, session=session, run="2")
    assert refused.value.message.startswith("'2' names 2 runs: a-2 (id zzz, began 2023-")
    assert re.search(r"b-2 \(id mmm, began [^,]*, best 1\.000\)", refused.value.message)


def candidates_of(folder, options, session):
    with pytest.raises(UsageError) as refused:
        audit_reference(folder, options, session=session, run="2")
    return re.findall(r"(\w+) \(began [^,]+, best ([^)]+)\)", str(refused.value.hint))


@pytest.mark.parametrize(
    ("options", "bests"),
    [
        (LOSS, [("zzz", "0.1000"), ("mmm", "0.2000"), ("aaa", UNKNOWN)]),
        (replace(LOSS, rank_by="acc:max"), [("zzz", UNKNOWN), ("mmm", "0.9000"), ("aaa", UNKNOWN)]),
        (AuditOptions(metric="nothing"), [("zzz", UNKNOWN), ("mmm", UNKNOWN), ("aaa", UNKNOWN)]),
        (AuditOptions(), [("zzz", UNKNOWN), ("mmm", UNKNOWN), ("aaa", UNKNOWN)]),
    ],
    ids=["curves", "a summary", "no goal is known", "no metric is known"],
)
def test_candidates_are_told_apart_by_their_best_values(reach, tmp_path, options, bests):
    home = tmp_path / "p" / "wandb"
    for n, (run_id, values) in enumerate((("zzz", (0.1, 0.5)), ("mmm", (0.2,)), ("aaa", ()))):
        records = simple_run(
            run_id, values, code=None, start_s=START_S + 60 * n, sweep_id=SWEEP_ID, config={"lr": n}
        )
        records += [summary({"acc": 0.9})] if run_id == "mmm" else []
        write_run(home, [*records, exit_record(0)], run_id)
    with reach.session() as session:
        assert candidates_of(str(tmp_path / "p"), options, session) == bests


def test_no_server_is_asked_for_the_best_values_of_candidates(reach):
    on_server(reach, {"zzz": "a-2", "mmm": "b-2", "aaa": "c-3"})
    address = f"acme/ocr/{SWEEP_ID}"
    said = []
    for _ in range(2):
        asked = len(reach.server.log.all("graphql"))
        with reach.session() as session, pytest.raises(UsageError) as refused:
            audit_reference(address, LOSS, session=session, run="2")
        requests = reach.server.log.all("graphql")[asked:]
        assert [request.operation for request in requests] == ["WbtoolsListing"]
        said.append(re.findall(r"best ([^)]+)\)", refused.value.message))
        reach.fetch(address, metrics=("loss",))
    assert said == [[UNKNOWN, UNKNOWN], ["1.000", "1.000"]]


def test_what_there_is_names_the_runs_without_a_number(reach, tmp_path):
    folder = put(tmp_path, kind="offline-run", names=["a-2", "best one", "c-3"])
    with reach.session() as session, pytest.raises(UsageError) as refused:
        audit_reference(folder, LOSS, session=session, run="1")
    assert "(it has 2-3 and best one (id mmm, began" in refused.value.message
