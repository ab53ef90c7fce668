"""The doctor on sweeps that were really recorded, each with one thing wrong with it.

`tests/recording/record_doctor.py` made those of `tests/data/doctor`; the demo and a server on
loopback hold what run files cannot.
"""

import re
import time
from pathlib import Path

import pytest
import yaml

import wbtools
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.analysis.health import CHECKS
from wbtools.app.doctor import RECORDING_CODES, DoctorOptions, examine_reference
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError
from wbtools.findings import Codes, Severity
from wbtools.model import Goal
from wbtools.sources.local import sweeps
from wbtools.sources.local.run_file import read_run_file

DATA = Path(__file__).parents[1] / "data" / "doctor"
PACKAGE = Path(wbtools.__file__).parent
SEEDS = Path(__file__).parents[1] / "data" / "seeds"
SWEEP = "acme/doctor/healthyx"
RECORDED = {
    "healthy": set(),
    "near-name": {"WBD201"},
    "twice": {"WBD202"},
    "rare": {"WBD203", "WBD211"},
    "constant": {"WBD204"},
    "duplicates": {"WBD213"},
    "bound": {"WBD214"},
    "diverging": {"WBD221", "WBD222"},
    "goal": {"WBD223", "WBD224"},
    "pretrained": {"WBD224"},
    "ends": {"WBD232", "WBD233"},
    "host": {"WBD234"},
}
ELSEWHERE = {"WBD205", "WBD212", "WBD215", "WBD216", "WBD217", "WBD231"}


def codes(examination):
    return {finding.code for finding in examination.findings}


@pytest.mark.parametrize("case", RECORDED)
def test_a_recorded_sweep_has_what_is_wrong_with_it_and_nothing_else(case):
    examination = examine_reference(str(DATA / case))
    assert codes(examination) == RECORDED[case]
    assert all(finding.evidence["n"] > 0 and finding.hint for finding in examination.findings)


def test_every_check_has_a_recorded_case():
    assert set().union(*RECORDED.values(), ELSEWHERE) == set(CHECKS)


def test_the_healthy_sweep_was_judged_by_every_check():
    examination = examine_reference(str(DATA / "healthy"))
    assert (examination.n_checks, examination.unjudged) == (len(CHECKS), ())


def test_the_demo_taught_bayes_the_worst():
    examination = examine_reference("demo")
    (finding,) = (finding for finding in examination.findings if finding.code == "WBD212")
    assert finding.severity is Severity.WARNING
    assert (finding.evidence["n"], finding.evidence["n_imputed"]) == (36, 32)
    assert codes(examination) == {"WBD212", "WBD204"}


def test_the_near_name_is_named():
    (finding,) = examine_reference(str(DATA / "near-name")).findings
    assert finding.severity is Severity.ERROR
    assert finding.evidence["near_names"] == {"val_loss": 4}
    assert "'val_loss'" in finding.hint


def online(server, **facts_of):
    """Put the healthy sweep on a server; facts by run id are in place of what was recorded."""
    (found,) = (
        sweep for sweep in sweeps.find_sweeps(DATA / "healthy") if sweep.sweep_id is not None
    )
    files = {file.run_id: file.path for file in found.files}
    runs = []
    for run in sweeps.load(found, ["val/loss"]).runs:
        series = read_run_file(files[run.id], ["val/loss"]).series["val/loss"]
        columns = (series.steps.tolist(), series.times_s.tolist(), series.values.tolist())
        rows = [
            {"_step": step, "_timestamp": at, "val/loss": value}
            for step, at, value in zip(*columns, strict=True)
        ]
        facts = {"host": run.host, "group": "doctor"} | facts_of.get(run.id, {})
        runs.append(
            LoadedRun(name=run.id, history=RowHistory(rows), config=run.config, facts=facts)
        )
    config = yaml.safe_load((DATA / "healthy" / "sweep.yaml").read_text())
    server.load_sweep("acme", "doctor", "healthyx", runs=runs, config=config)


def examined(reach, reference=SWEEP, *, session=None, **ask):
    with reach.session(**(session or {})) as open_access:
        return examine_reference(reference, DoctorOptions(**ask), open_access)


def silent_for(seconds):
    at = time.time() - seconds
    return {"state": "running", "exit_code": None, "heartbeat_at": at, "updated_at": at}


@pytest.mark.parametrize(
    ("silence_s", "expected"),
    [
        pytest.param(3 * 3600.0, {"WBD231"}, id="silent for three hours"),
        pytest.param(60.0, set(), id="a sign of life a minute ago"),
    ],
)
def test_a_run_that_nobody_buried_from_a_server_and_from_the_archive(reach, silence_s, expected):
    reach.server.switches.heartbeat_timeout_s = 1e9
    online(reach.server, healt003=silent_for(silence_s))
    assert codes(examined(reach)) - {"WBT126"} == expected
    assert codes(examined(reach, session={"offline": True})) - {"WBT126"} == expected


def test_curves_that_the_server_does_not_give_whole(reach, monkeypatch):
    online(reach.server)
    assert "WBD205" not in codes(examined(reach))
    monkeypatch.setattr("tests.server.sampling.ranged", lambda *_, **__: [])
    monkeypatch.setattr("tests.server.nodes.Nodes._parquet", lambda *_: None)
    reach.server.switches.sample_limit = 5
    assert "WBD205" in codes(examined(reach, session={"refresh": True}))


def test_runs_outside_sweeps_by_group(reach):
    online(reach.server)
    examination = examined(
        reach,
        "acme/doctor",
        selection=Selection(group="doctor"),
        about=AuditOptions(metric="val/loss", goal=Goal.MAXIMIZE),
    )
    assert examination.context.n_runs == 16
    assert "WBD223" in codes(examination)


def test_a_run_table_is_judged_as_far_as_it_goes():
    table = str(SEEDS / "ocr_v5inrfwe_runs.csv")
    asked = AuditOptions(metric="val/hmean", goal=Goal.MINIMIZE)
    with Session() as session:
        examination = examine_reference(table, DoctorOptions(about=asked), session)
        assert codes(examination) == {"WBD223"}  # an hmean rises
        assert "the source holds no curves" in {check.why for check in examination.unjudged}
        bare = examine_reference(table, session=session)
    assert codes(bare) == set()
    assert any("nothing says which metric" in check.why for check in bare.unjudged)


def test_rows_without_a_number_are_counted(tmp_path):
    table = tmp_path / "grid.csv"
    table.write_text("run_number,lr,val_acc\n1,0.1,0.8\n2,0.2,\n3,0.3,\n")
    asked = AuditOptions(metric="val_acc", goal=Goal.MAXIMIZE)
    examination = examine_reference(str(table), DoctorOptions(about=asked))
    assert [finding.title for finding in examination.findings] == [
        "2 of 3 rows hold no number under 'val_acc'"
    ]


def test_codes_choose_and_unknown_ones_are_refused():
    ask = DoctorOptions(codes=Codes(select=("WBD21",), ignore=("WBD212",)))
    examination = examine_reference("demo", ask)
    assert (codes(examination), examination.n_checks) == (set(), 6)
    with pytest.raises(UsageError, match="no finding's code begins with 'WBX'"):
        examine_reference("demo", DoctorOptions(codes=Codes(select=("WBX",))))


def test_every_finding_of_a_recording_can_be_selected():
    folders = [PACKAGE / "sources", PACKAGE / "app" / "fetching"]
    texts = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    texts.append((PACKAGE / "analysis" / "several_trainings.py").read_text())
    assert set(RECORDING_CODES) == set(re.findall(r"WBT1\d\d", " ".join(texts)))


def test_a_sweep_without_runs_cannot_be_examined(reach):
    reach.server.load_sweep("acme", "doctor", "empty", runs=[])
    with pytest.raises(DataError, match="has no runs"):
        examined(reach, "acme/doctor/empty")
