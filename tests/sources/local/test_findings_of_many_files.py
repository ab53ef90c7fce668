"""However many files of a sweep are alike, they are one finding, which counts and names them."""

import shutil
from pathlib import Path

import pytest

from tests.sources.local.test_attempts import attempt, epochs
from tests.sources.local.test_sweeps import only
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    run_record,
    simple_run,
    write_run,
)
from wbtools.sources.local.findings import file_findings
from wbtools.sources.local.leveldb_log import Damage, DamageKind
from wbtools.sources.local.run_file import RunFile

N = 23
RUN_IDS = [f"r{n:02}" for n in range(N)]
FIRST_FILES = "23 run files (run-r00.wandb, run-r01.wandb and 21 more)"


def put(home, change=lambda data, _: data):
    """A run of each id; `change` is done to the bytes of its file, the n-th."""
    for n, run_id in enumerate(RUN_IDS):
        path = write_run(home, simple_run(run_id, values=(1.0, 2.0), start_s=START_S + n), run_id)
        path.write_bytes(change(path.read_bytes(), n))


def silent(home, n_ended):
    for n, run_id in enumerate(RUN_IDS):
        ended = [exit_record(1)] if n < n_ended else []
        write_run(home, [run_record(run_id, start_s=START_S + n), *ended], run_id)


def the_finding(home, code):
    (finding,) = only(home).findings
    assert finding.code == code
    assert finding.subject == "sweep"
    assert finding.evidence["run_ids"] == RUN_IDS
    assert len(finding.evidence["files"]) == 20
    return finding


@pytest.mark.parametrize(
    ("n_ended", "hint"),
    [
        (0, "a run that has only just begun, or was killed at once, looks like this"),
        (N, "the runs logged nothing before they ended"),
        (
            9,
            (
                "9 of the runs logged nothing before they ended; "
                "the others have only just begun, or were killed at once"
            ),
        ),
    ],
)
def test_silent_runs(tmp_path, n_ended, hint):
    silent(tmp_path, n_ended)
    finding = the_finding(tmp_path, "WBT114")
    assert finding.title == f"{FIRST_FILES} hold no history"
    assert finding.hint == hint
    assert (finding.evidence["n_files"], finding.evidence["n_exited"]) == (N, n_ended)
    assert finding.evidence["exit_codes"] == ([1] if n_ended else [])


def test_damaged_files(tmp_path):
    put(tmp_path, lambda data, _: b"garbage" + data[7:])
    finding = the_finding(tmp_path, "WBT110")
    assert finding.title == f"{FIRST_FILES} are damaged; 46 history rows were saved in all"
    assert finding.evidence["n_places"] == N


def test_files_that_were_cut(tmp_path):
    put(tmp_path, lambda data, n: data[:-3] if n else b"")
    finding = the_finding(tmp_path, "WBT111")
    assert finding.title.startswith(f"{FIRST_FILES} are cut in mid-record or empty; ")
    assert finding.evidence["kinds"] == ["cut in mid-record", "empty"]


def test_runs_with_too_many_names():
    crowded = (Damage(kind=DamageKind.NAMES, offset=0, n_bytes=0),)
    read = [
        (Path(f"run-{run_id}.wandb"), RunFile(run_id=run_id, n_rows=1, damage=crowded))
        for run_id in RUN_IDS
    ]
    read.append((Path("run-x.wandb"), RunFile(run_id="x", n_rows=1)))
    finding, *cut = file_findings(read)
    assert (finding.code, cut) == ("WBT121", [])
    assert finding.title.startswith(
        "23 runs have more or longer names than are kept; some of their"
    )
    assert finding.evidence["run_ids"] == RUN_IDS


def test_copies(tmp_path):
    put(tmp_path / "a" / "wandb")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    finding = the_finding(tmp_path, "WBT118")
    assert finding.title == "23 copies of 23 runs were left out"
    assert len(finding.evidence["kept"]) == 20


def test_ids_that_several_runs_have(tmp_path):
    for n, rate in enumerate((0.1, 0.01)):
        for run_id in RUN_IDS:
            attempt(
                tmp_path / run_id / str(n) / "wandb", n, code=0, config={"lr": rate}, run_id=run_id
            )
    finding = the_finding(tmp_path, "WBT112")
    assert finding.title == "23 ids have 46 different runs; they are kept apart"


def test_runs_that_were_started_again(tmp_path):
    for n in range(2):
        for run_id in RUN_IDS:
            attempt(tmp_path / run_id, n, first_step=3 * n, run_id=run_id)
    finding = the_finding(tmp_path, "WBT113")
    assert finding.title == "23 runs were started 46 times in all; the files of each were joined"


def test_runs_that_made_reports_again_are_told_from_others(tmp_path):
    for run_id, again in (("a", 2), ("b", 1), ("c", 0)):
        epochs(tmp_path / run_id, 0, range(5), code=1, run_id=run_id)
        epochs(tmp_path / run_id, 1, range(5 - again, 8), code=0, run_id=run_id)
    repeated, other = only(tmp_path).findings
    title = "2 runs were started 4 times in all; the files of each were joined, and 3 reports of "
    assert repeated.title == title + (
        "loss that they made again count once, as the logged epoch tells"
    )
    assert repeated.hint.endswith("for reports that came later, by 2 reports at most")
    assert repeated.evidence["first_shifted_report"] == {"a": 4, "b": 5}
    assert other.subject == "c"
    assert other.title == "the run c was started 2 times; its files were joined"
