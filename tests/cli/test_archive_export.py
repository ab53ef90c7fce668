"""`wbtools archive export`, from the words of the command line to the files it writes."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.archive.sweeps import KEY, archived, series
from tests.cli.archived import NAN_WITH_PAYLOAD, RUNS, VALUES, WHEN, a_page
from wbtools.archive import ArchiveWriter, SeriesPage, SweepHeader
from wbtools.model import Series


def test_all_rows_as_parquet_are_exact_to_the_last_bit(wbtools, two_runs):
    result = wbtools("archive", "export", "-o", "rows.parquet")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("wrote rows.parquet (")
    assert "is incomplete" in result.err
    table = pq.read_table(two_runs / "rows.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "run_id": "string",
        "run_name": "string",
        "metric": "string",
        "step": "int64",
        "time": "timestamp[us, tz=UTC]",
        "value": "double",
        "sampled": "bool",
        "complete": "bool",
        "missing_since": "timestamp[us, tz=UTC]",
    }
    expected = np.concatenate([NAN_WITH_PAYLOAD, [2.0], VALUES, [0.5]])
    assert table["value"].to_numpy().tobytes() == expected.tobytes()
    assert table["metric"].to_pylist() == ["loss"] * 2 + ["val/acc"] * 9
    assert table["step"].to_pylist() == [0, 10, *range(0, 80, 10), 0]
    assert table["run_name"].to_pylist() == ["amber-sweep-1"] * 10 + ["bbbbbbbb"]
    assert table["time"][1].as_py().timestamp() == WHEN.timestamp() + 1.25
    assert table["sampled"].to_pylist() == [True] * 2 + [False] * 9
    assert table["complete"].to_pylist() == [False] * 2 + [True] * 9


@pytest.mark.parametrize("where", [("-o", "rows.csv"), ()], ids=["a file", "stdout"])
def test_all_rows_as_csv_are_exact_to_the_last_digit(wbtools, two_runs, where):
    result = wbtools("archive", "export", "v5inrfwe", *where)
    text = (two_runs / "rows.csv").read_text() if where else result.out
    rows = list(csv.DictReader(io.StringIO(text)))
    values = [float(row["value"]) for row in rows if row["metric"] == "val/acc"]
    assert np.array(values[:-1]).tobytes() == VALUES.tobytes()
    assert rows[0] == {
        "run_id": "aaaaaaaa",
        "run_name": "amber-sweep-1",
        "metric": "loss",
        "step": "0",
        "time": "2026-03-01T12:30:15.250000Z",
        "value": "nan",
        "sampled": "true",
        "complete": "false",
        "missing_since": "",
    }


@pytest.mark.usefixtures("two_runs")
def test_chosen_metrics_alone_in_the_order_given(wbtools):
    words = ("archive", "export", "--metric", "val/acc", "--metric", "loss", "-q")
    result = wbtools(*words)
    metrics = [row["metric"] for row in csv.DictReader(io.StringIO(result.out))]
    assert metrics == ["val/acc"] * 9 + ["loss"] * 2
    assert result.err == ""


def test_times_that_no_calendar_knows_are_unknown(wbtools, home):
    times_s = np.array([np.nan, 1e300, -1e300, 0.0, np.inf])
    rows = Series(values=np.arange(5.0), steps=np.arange(5), times_s=times_s)
    with ArchiveWriter.open(home / ".wbtools") as archive:
        archive.begin(SweepHeader(key=KEY))
        page = SeriesPage(run_id="r", metric="m", rows=rows)
        archive.put_page(KEY, [archived("r")], [page], cursor=None)
    shown = [row["time"] for row in csv.DictReader(io.StringIO(wbtools("archive", "export").out))]
    assert shown == ["", "", "", "1970-01-01T00:00:00.000000Z", ""]
    wbtools("archive", "export", "-o", "x.parquet")
    assert pq.read_table(home / "x.parquet")["time"].null_count == 4


def test_an_archive_of_an_interrupted_fetch_is_exported_and_says_so(wbtools, home):
    with ArchiveWriter.open(home / ".wbtools") as archive:
        archive.begin(SweepHeader(key=KEY))
        archive.put_page(KEY, RUNS, [a_page("aaaaaaaa", "loss", [1.0])], cursor="page 2")
    result = wbtools("archive", "export", "-o", "x.parquet")
    assert result.code == 0
    assert "acme/ocr/v5inrfwe is unfinished" in result.err
    assert pq.read_table(home / "x.parquet").num_rows == 1


def test_a_sweep_without_rows_is_an_empty_table(wbtools, home):
    with ArchiveWriter.open(home / ".wbtools") as archive:
        archive.begin(SweepHeader(key=KEY))
        archive.put_page(KEY, [], cursor=None)
        archive.finish(KEY)
    assert len(wbtools("archive", "export").out.splitlines()) == 1
    for words in ((), ("--runs",)):
        wbtools("archive", "export", *words, "--force", "-o", "x.parquet")
        assert pq.read_table(home / "x.parquet").num_rows == 0


def test_runs_as_parquet_have_typed_columns(wbtools, two_runs):
    assert wbtools("archive", "export", "--runs", "-o", "runs.parquet").code == 0
    table = pq.read_table(two_runs / "runs.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["config/lr"] == "double"
    assert kinds["config/flag"] == kinds["stopped"] == "bool"
    assert kinds["config/mixed"] == kinds["config/layers"] == kinds["config/huge"] == "string"
    assert kinds["created_at"] == kinds["missing_since"] == "timestamp[us, tz=UTC]"
    assert kinds["exit_code"] == "int64"
    first, second = table.to_pylist()
    assert first["created_at"] == WHEN
    assert (first["config/lr"], second["config/lr"]) == (1.0, 0.5)
    assert (first["config/mixed"], second["config/mixed"]) == ("1", "1")
    assert json.loads(first["config/layers"]) == [1, 2]
    assert second["config/huge"] == str(10**30)
    assert (first["exit_code"], second["exit_code"]) == (0, None)
    assert np.isnan(first["summary/loss"])
    assert second["summary/loss"] == np.inf
    assert json.loads(first["tags"]) == ["a", "b,c"]
    assert second["state"] == "killed"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_secrets_of_runs_leave_only_when_asked_for(wbtools, two_runs, kind):
    file = two_runs / f"runs.{kind}"

    def text(*words):
        assert wbtools("archive", "export", "--runs", "--force", "-o", file, *words).code == 0
        return str(pq.read_table(file).to_pylist()) if kind == "parquet" else file.read_text()

    masked, shown = text(), text("--show-secrets")
    assert "s3cret" not in masked
    assert "***" in masked
    assert shown.count("s3cret") == 3


@pytest.mark.usefixtures("two_runs")
def test_runs_as_csv(wbtools):
    first, second = csv.DictReader(io.StringIO(wbtools("archive", "export", "--runs").out))
    assert first["config/layers"] == "[1, 2]"
    assert (first["config/flag"], second["config/flag"]) == ("true", "")
    assert (first["summary/loss"], second["summary/loss"]) == ("nan", "inf")
    assert first["created_at"] == "2026-03-01T12:30:15.250000Z"


@pytest.mark.usefixtures("three_sweeps")
@pytest.mark.parametrize(
    ("reference", "n_rows"),
    [
        ("group:base line", 1),
        ("acme/ocr/group:base line", 1),
        ("https://api.wandb.ai/acme/ocr/v5inrfwe", 11),
        ("https://wandb.acme.example/x/acme/ocr/v5inrfwe", 1),
    ],
)
def test_a_sweep_is_named_by_id_or_path_or_server(wbtools, reference, n_rows):
    assert len(wbtools("archive", "export", reference).out.splitlines()) == 1 + n_rows


BAD = {
    "several and none named": ((), 2, "holds 3 sweeps"),
    "one id on two servers": (("v5inrfwe",), 2, "means 2 archived sweeps"),
    "a path on two servers": (
        ("acme/ocr/v5inrfwe",),
        2,
        "https://wandb.acme.example/x/acme/ocr/sweeps/v5inrfwe (1 run)",
    ),
    "no such sweep": (("zzzzzzzz",), 2, "no sweep 'zzzzzzzz'"),
    "no such archive": (("v5inrfwe", "--archive", "elsewhere"), 2, "there is no archive in"),
    "no such metric": (("group:base line", "--metric", "LOSS"), 3, "did you mean 'loss'"),
    "no metric near": (("group:base line", "--metric", "xyz"), 3, "archived are 'loss' (1)"),
    "runs of a metric": (("group:base line", "--runs", "--metric", "loss"), 2, "--metric"),
    "an unknown suffix": (("group:base line", "-o", "x.xlsx"), 2, "end in .parquet or .csv"),
    "Parquet on stdout": (("group:base line", "--format", "parquet"), 2, "-o FILE.parquet"),
    "the archive itself": (
        ("group:base line", "-o", ".wbtools/archive.sqlite", "--format", "csv", "--force"),
        2,
        "is what is read",
    ),
    "a folder that is not there": (("group:base line", "-o", "no/x.csv"), 2, "does not exist"),
}


@pytest.mark.parametrize(("words", "code", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_exported_is_said(wbtools, three_sweeps, words, code, said):
    before = sorted(three_sweeps.rglob("*"))
    result = wbtools("archive", "export", *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert sorted(three_sweeps.rglob("*")) == before


def test_a_damaged_chunk_leaves_no_file(wbtools, two_runs):
    import sqlite3

    with sqlite3.connect(two_runs / ".wbtools" / "archive.sqlite") as connection:
        connection.execute("UPDATE chunks SET numbers = x'00' WHERE id = 3")
    connection.close()
    for kind in ("csv", "parquet"):
        result = wbtools("archive", "export", "-o", f"x.{kind}")
        assert result.code == 3
        assert "is damaged" in result.err
    assert sorted(path.name for path in two_runs.iterdir()) == [".wbtools"]


def test_a_reader_that_has_seen_enough_is_no_error(home):
    with ArchiveWriter.open(home / ".wbtools") as archive:
        archive.begin(SweepHeader(key=KEY))
        page = SeriesPage(run_id="r", metric="m", rows=series(np.arange(200_000.0)))
        archive.put_page(KEY, [archived("r")], [page], cursor=None)
        archive.finish(KEY)
    with subprocess.Popen(
        [sys.executable, "-m", "wbtools", "archive", "export"],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout.readline().startswith(b"run_id,")
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 0
