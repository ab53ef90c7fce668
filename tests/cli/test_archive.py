"""`wbtools archive`, from the words of the command line to the files it writes."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest

import wbtools.answers
from tests.answers.samples import HOSTILE_NAMES
from tests.archive.sweeps import KEY, archived, series
from wbtools.archive import Archive, ArchivedKind, EndedHow, SeriesPage, SweepHeader, SweepKey
from wbtools.model import RunState, Series

SCHEMA = Path(wbtools.answers.__file__).parent / "schemas" / "archive.schema.json"
WHEN = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
OTHER = SweepKey(
    base_url="https://wandb.acme.example/x", entity="acme", project="ocr", name="v5inrfwe"
)
SELECTED = SweepKey(
    base_url=KEY.base_url,
    entity="acme",
    project="ocr",
    name="group:base line",
    kind=ArchivedKind.SELECTION,
)
VALUES = np.array([0.1, np.nan, np.inf, -np.inf, -0.0, 5e-324, 1 / 3, 1e300])
NAN_WITH_PAYLOAD = np.array([0x7FF8_0000_0000_0BAD], dtype=np.uint64).view(np.float64)
RUNS = [
    archived(
        "aaaaaaaa",
        name="amber-sweep-1",
        number_from="name",
        state=RunState.FINISHED,
        created_at=WHEN,
        exit_code=0,
        stopped=False,
        config={"lr": 1, "layers": [1, 2], "api_key": "s3cret", "mixed": "1", "flag": True},
        summary={"loss": float("nan")},
        argv=("t.py", "--token", "s3cret"),
        program="t.py --password=s3cret",
        tags=("a", "b,c"),
    ),
    archived(
        "bbbbbbbb",
        number=2,
        state=RunState.KILLED,
        created_at=WHEN.replace(hour=13),
        config={"lr": 0.5, "mixed": 1, "huge": 10**30, "none": None},
        summary={"loss": float("inf")},
    ),
]


def a_page(run_id, metric, values, **more):
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values), dtype=np.int64) * 10
    times_s = WHEN.timestamp() + steps / 8
    rows = Series(values=values, steps=steps, times_s=times_s)
    return SeriesPage(run_id=run_id, metric=metric, rows=rows, **more)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder without an archive, with no other one in sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return tmp_path


@pytest.fixture
def one(home):
    """A whole sweep of two runs."""
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=KEY, display_name="lr search", n_expected_runs=2))
        pages = [
            a_page("aaaaaaaa", "val/acc", VALUES),
            a_page("aaaaaaaa", "loss", [*NAN_WITH_PAYLOAD, 2.0], sampled=True, complete=False),
            a_page("bbbbbbbb", "val/acc", [0.5]),
        ]
        archive.put_page(KEY, RUNS, pages, cursor=None)
        archive.finish(KEY, as_of=WHEN)
    return home


@pytest.fixture
def several(one):
    """Beside it an unfinished one of the same id on another server, and a selection."""
    with Archive.open(one / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=OTHER))
        archive.put_page(OTHER, RUNS[:1], [a_page("aaaaaaaa", "loss", [1.0])], cursor="page 2")
        archive.finish(OTHER, ended_how=EndedHow.CUT)
        archive.begin(SweepHeader(key=SELECTED))
        archive.put_page(SELECTED, RUNS[:1], [a_page("aaaaaaaa", "loss", [1.0])], cursor=None)
        archive.finish(SELECTED, as_of=WHEN)
    return one


# ls


@pytest.mark.parametrize("words", [(), ("--archive", "elsewhere")])
def test_where_there_is_no_archive_the_list_is_empty(wbtools, home, words):
    result = wbtools("archive", "ls", *words)
    assert (result.code, result.err) == (0, "")
    assert "is empty: `wbtools fetch SWEEP` fills it" in " ".join(result.out.split())
    assert str(home / (words[-1] if words else ".wbtools")) in result.out.replace("\n  ", "")


def test_an_archive_whose_maker_was_killed_at_once_is_empty_too(wbtools, home):
    (home / ".wbtools").mkdir()
    (home / ".wbtools" / "archive.sqlite").touch()
    result = wbtools("archive", "ls")
    assert result.code == 0
    assert "is empty" in result.out


@pytest.mark.usefixtures("home")
def test_an_empty_archive_is_a_document_too(wbtools):
    assert json.loads(wbtools("archive", "ls", "--format", "json").out)["sweeps"] == []
    assert len(wbtools("archive", "ls", "--format", "csv").out.splitlines()) == 1


@pytest.mark.parametrize("width", [160, 100, 60, 24])
def test_the_list_looks_like_this(wbtools, several, golden, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    out = wbtools("archive", "ls", "--archive", ".wbtools").out
    assert all(len(line) <= width for line in out.splitlines())
    head, gap, rest = out.partition("\n\n")
    assert gap
    assert str(several)[:20] in head.replace("\n  ", "")
    golden(f"archive-ls-{width}.txt", rest)


def test_the_list_as_a_document_obeys_its_schema(wbtools, several, monkeypatch):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(several / ".wbtools"))
    answer = json.loads(wbtools("archive", "ls", "--format", "json").out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(answer)
    assert answer["chosen_by"] == "environment"
    assert [sweep["kept"] for sweep in answer["sweeps"]] == ["incomplete", "unfinished", "whole"]
    first = answer["sweeps"][0]
    assert first["metrics"] == ["val/acc", "loss"]
    assert (first["n_runs"], first["n_rows"]) == (2, len(VALUES) + 3)
    assert first["as_of"] == "2026-03-01T12:30:15.250000Z"


def test_the_list_as_a_file(wbtools, several):
    result = wbtools("archive", "ls", "-o", "list.csv")
    assert (result.code, result.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO((several / "list.csv").read_text())))
    assert [row["id"] for row in rows] == ["v5inrfwe", "v5inrfwe", "group:base line"]
    assert json.loads(rows[0]["metrics"]) == ["val/acc", "loss"]
    assert wbtools("archive", "ls", "-o", "list.csv").code == 2
    assert wbtools("archive", "ls", "-o", "list.csv", "--force").code == 0


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_hostile_names_are_listed_and_exported(wbtools, home, name):
    key = SweepKey(base_url="https://x.y", entity="e", project="p", name="abcdefgh")
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=key, display_name=name))
        run = archived("r", name=f"{name}\0", config={name: name}, summary={name: 1.5})
        archive.put_page(key, [run], [a_page("r", name, VALUES)], cursor=None)
        archive.finish(key)
    result = wbtools("archive", "ls")
    assert result.code == 0
    assert "\x1b" not in result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())
    for words in ((), ("--runs",)):
        for kind in ("csv", "parquet"):
            assert wbtools("archive", "export", *words, "--force", "-o", f"x.{kind}").code == 0
        text = (home / "x.csv").read_text()
        assert "\x1b" not in text
        assert "\0" not in text
        table = pq.read_table(home / "x.parquet")
        exact = name.encode(errors="backslashreplace").decode()
        assert table["run_name"][0].as_py() == f"{exact}\0"
        assert (
            (table["metric"][0].as_py() == exact)
            if not words
            else (f"config/{exact}" in table.column_names)
        )


# export


def test_all_rows_as_parquet_are_exact_to_the_last_bit(wbtools, one):
    result = wbtools("archive", "export", "-o", "rows.parquet")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("wrote rows.parquet (")
    assert "is incomplete" in result.err
    table = pq.read_table(one / "rows.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "run_id": "string",
        "run_name": "string",
        "metric": "string",
        "step": "int64",
        "time": "timestamp[us, tz=UTC]",
        "value": "double",
        "sampled": "bool",
        "complete": "bool",
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
def test_all_rows_as_csv_are_exact_to_the_last_digit(wbtools, one, where):
    result = wbtools("archive", "export", "v5inrfwe", *where)
    text = (one / "rows.csv").read_text() if where else result.out
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
    }


@pytest.mark.usefixtures("one")
def test_chosen_metrics_alone_in_the_order_given(wbtools):
    words = ("archive", "export", "--metric", "val/acc", "--metric", "loss", "-q")
    result = wbtools(*words)
    metrics = [row["metric"] for row in csv.DictReader(io.StringIO(result.out))]
    assert metrics == ["val/acc"] * 9 + ["loss"] * 2
    assert result.err == ""


def test_times_that_no_calendar_knows_are_unknown(wbtools, home):
    times_s = np.array([np.nan, 1e300, -1e300, 0.0, np.inf])
    rows = Series(values=np.arange(5.0), steps=np.arange(5), times_s=times_s)
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=KEY))
        page = SeriesPage(run_id="r", metric="m", rows=rows)
        archive.put_page(KEY, [archived("r")], [page], cursor=None)
    shown = [row["time"] for row in csv.DictReader(io.StringIO(wbtools("archive", "export").out))]
    assert shown == ["", "", "", "1970-01-01T00:00:00.000000Z", ""]
    wbtools("archive", "export", "-o", "x.parquet")
    assert pq.read_table(home / "x.parquet")["time"].null_count == 4


def test_an_archive_of_an_interrupted_fetch_is_exported_and_says_so(wbtools, home):
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=KEY))
        archive.put_page(KEY, RUNS, [a_page("aaaaaaaa", "loss", [1.0])], cursor="page 2")
    result = wbtools("archive", "export", "-o", "x.parquet")
    assert result.code == 0
    assert "acme/ocr/v5inrfwe is unfinished" in result.err
    assert pq.read_table(home / "x.parquet").num_rows == 1


def test_a_sweep_without_rows_is_an_empty_table(wbtools, home):
    with Archive.open(home / ".wbtools", write=True) as archive:
        archive.begin(SweepHeader(key=KEY))
        archive.put_page(KEY, [], cursor=None)
        archive.finish(KEY)
    assert len(wbtools("archive", "export").out.splitlines()) == 1
    for words in ((), ("--runs",)):
        wbtools("archive", "export", *words, "--force", "-o", "x.parquet")
        assert pq.read_table(home / "x.parquet").num_rows == 0


def test_runs_as_parquet_have_typed_columns(wbtools, one):
    assert wbtools("archive", "export", "--runs", "-o", "runs.parquet").code == 0
    table = pq.read_table(one / "runs.parquet")
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
def test_secrets_of_runs_leave_only_when_asked_for(wbtools, one, kind):
    file = one / f"runs.{kind}"

    def text(*words):
        assert wbtools("archive", "export", "--runs", "--force", "-o", file, *words).code == 0
        return str(pq.read_table(file).to_pylist()) if kind == "parquet" else file.read_text()

    masked, shown = text(), text("--show-secrets")
    assert "s3cret" not in masked
    assert "***" in masked
    assert shown.count("s3cret") == 3


@pytest.mark.usefixtures("one")
def test_runs_as_csv(wbtools):
    first, second = csv.DictReader(io.StringIO(wbtools("archive", "export", "--runs").out))
    assert first["config/layers"] == "[1, 2]"
    assert (first["config/flag"], second["config/flag"]) == ("true", "")
    assert (first["summary/loss"], second["summary/loss"]) == ("nan", "inf")
    assert first["created_at"] == "2026-03-01T12:30:15.250000Z"


@pytest.mark.usefixtures("several")
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
        "https://wandb.acme.example/x/acme/ocr/sweeps/v5inrfwe (1 runs)",
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
def test_what_cannot_be_exported_is_said(wbtools, several, words, code, said):
    before = sorted(several.rglob("*"))
    result = wbtools("archive", "export", *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert sorted(several.rglob("*")) == before


def test_a_foreign_file_is_refused(wbtools, home):
    (home / ".wbtools").mkdir()
    (home / ".wbtools" / "archive.sqlite").write_bytes(b"no archive " * 100)
    for words in (("ls",), ("export",)):
        result = wbtools("archive", *words)
        assert result.code == 3
        assert "is no archive of wbtools" in result.err


def test_a_read_only_folder_is_listed_and_exported(wbtools, one, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "x.parquet"
    folder = one / ".wbtools"
    folder.chmod(0o500)
    one.chmod(0o500)
    try:
        assert "v5inrfwe" in wbtools("archive", "ls", "--archive", folder).out
        assert "v5inrfwe" in wbtools("archive", "ls").out
        assert wbtools("archive", "export", "-o", out).code == 0
    finally:
        one.chmod(0o700)
        folder.chmod(0o700)
    assert pq.read_table(out).num_rows == 11


def test_a_damaged_chunk_leaves_no_file(wbtools, one):
    import sqlite3

    with sqlite3.connect(one / ".wbtools" / "archive.sqlite") as connection:
        connection.execute("UPDATE chunks SET numbers = x'00' WHERE id = 3")
    connection.close()
    for kind in ("csv", "parquet"):
        result = wbtools("archive", "export", "-o", f"x.{kind}")
        assert result.code == 3
        assert "is damaged" in result.err
    assert sorted(path.name for path in one.iterdir()) == [".wbtools"]


def test_a_reader_that_has_seen_enough_is_no_error(home):
    with Archive.open(home / ".wbtools", write=True) as archive:
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
