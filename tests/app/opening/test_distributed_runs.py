"""Distributed runs of a server: whoever reads sees one run for each, online and offline."""

import pytest

from tests.server import LoadedRun, RowHistory
from tests.sources.local.test_attempts import process
from wbtools.app.audit import audit_reference
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.run_names import select_run
from wbtools.errors import UsageError
from wbtools.model import Goal

SWEEP = "acme/ocr/v5inrfwe"


@pytest.fixture
def ddp(reach):
    """Two configurations, each in three processes, of which the first logs the metric."""
    runs = []
    for place in range(6):
        group, rank = divmod(place, 3)
        name = "val" if rank == 0 else "loss"
        rows = [
            {"_step": k, "_timestamp": 1.7e9 + 1000 * group + k, name: 1.0 - group / 10}
            for k in range(3)
        ]
        began_s = 1.7e9 + 1000 * group
        times = {"created_at": began_s + rank, "heartbeat_at": began_s + 9}
        facts = {"group": f"cfg{group}", "job_type": f"rank{rank}", **times}
        facts["display_name"] = f"amber-sweep-{place + 1}"
        config = {"lr": 0.1 * (group + 1), "rank": rank}
        history = RowHistory(rows)
        runs.append(LoadedRun(name=f"g{group}r{rank}", history=history, config=config, facts=facts))
    reach.server.load_sweep(
        *SWEEP.split("/"),
        runs=runs,
        config={
            "method": "grid",
            "metric": {"name": "val", "goal": "maximize"},
            "parameters": {"lr": {"values": [0.1, 0.2]}},
        },
    )
    return reach


@pytest.mark.parametrize("offline", [False, True])
def test_one_run_of_each_is_left_and_the_others_are_told(ddp, offline):
    if offline:
        with ddp.session() as session:
            audit_reference(SWEEP, session=session)
    with ddp.session(offline=offline) as session:
        audited = audit_reference(SWEEP, session=session)
    assert [(row.run.id, row.run.number) for row in audited.rows] == [("g0r0", 1), ("g1r0", 4)]
    (finding,) = (finding for finding in audited.findings if finding.code == "WBT127")
    assert finding.title.startswith("4 runs are the other processes of 2 distributed runs")


@pytest.mark.parametrize("text", ["g1r2", "6", "amber-sweep-6"])
def test_a_process_that_is_asked_for_names_its_run(ddp, text):
    with ddp.session() as session:
        audited = audit_reference(SWEEP, session=session, run=text)
    with pytest.raises(UsageError) as refused:
        select_run(audited, text)
    expected = f"{text!r} is another process of the distributed run amber-sweep-4 (id g1r0)"
    assert refused.value.message == expected
    assert refused.value.hint == "pass --run 4, which logs the metric"


def test_processes_with_one_id_and_name_are_one_run_to_ask_for(reach, tmp_path):
    home = tmp_path / "p" / "wandb"
    for n in range(3):
        process(home, n, logs=n == 0, sweep_id="sw1", display_name="warm-start", config={"lr": 1})
    options = AuditOptions(metric="loss", goal=Goal.MINIMIZE, early_terminate="none")
    with reach.session() as session:
        audited = audit_reference(str(home.parent), options, session=session, run="warm-start")
    assert select_run(audited, "warm-start").n_reports == 3
