"""`wbtools archive`: the list, and folders that are empty, foreign or read-only."""

import csv
import io
import json

import jsonschema
import pyarrow.parquet as pq
import pytest

from tests.answers.samples import HOSTILE_NAMES
from tests.archive.sweeps import KEY, archived
from tests.cli.archived import VALUES, a_page
from tests.schemas import schema_of
from wbtools.answers.archive.answer import ArchiveAnswer
from wbtools.archive import ArchiveWriter, SweepHeader, SweepKey


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
def test_the_list_looks_like_this(wbtools, three_sweeps, golden, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    out = wbtools("archive", "ls", "--archive", ".wbtools").out
    assert all(len(line) <= width for line in out.splitlines())
    head, gap, rest = out.partition("\n\n")
    assert gap
    assert str(three_sweeps)[:20] in head.replace("\n  ", "")
    golden(f"archive-ls-{width}.txt", rest)


def test_the_list_as_a_document_obeys_its_schema(wbtools, three_sweeps, monkeypatch):
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(three_sweeps / ".wbtools"))
    answer = json.loads(wbtools("archive", "ls", "--format", "json").out)
    jsonschema.Draft202012Validator(schema_of(ArchiveAnswer)).validate(answer)
    assert answer["chosen_by"] == "environment"
    assert [sweep["kept"] for sweep in answer["sweeps"]] == ["incomplete", "unfinished", "whole"]
    first = answer["sweeps"][0]
    assert first["metrics"] == ["val/acc", "loss"]
    assert (first["n_runs"], first["n_rows"]) == (2, len(VALUES) + 3)
    assert first["as_of"] == "2026-03-01T12:30:15.250000Z"


def test_the_list_as_a_file(wbtools, three_sweeps):
    result = wbtools("archive", "ls", "-o", "list.csv")
    assert (result.code, result.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO((three_sweeps / "list.csv").read_text())))
    assert [row["sweep_id"] for row in rows] == ["v5inrfwe", "v5inrfwe", "group:base line"]
    assert json.loads(rows[0]["metrics"]) == ["val/acc", "loss"]
    assert wbtools("archive", "ls", "-o", "list.csv").code == 2
    assert wbtools("archive", "ls", "-o", "list.csv", "--force").code == 0


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_hostile_names_are_listed_and_exported(wbtools, home, name):
    key = SweepKey(base_url="https://x.y", entity="e", project="p", name="abcdefgh")
    with ArchiveWriter.open(home / ".wbtools") as archive:
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


def test_a_foreign_file_is_refused(wbtools, home):
    (home / ".wbtools").mkdir()
    (home / ".wbtools" / "archive.sqlite").write_bytes(b"no archive " * 100)
    for words in (("ls",), ("export",)):
        result = wbtools("archive", *words)
        assert result.code == 3
        assert "is not an archive of wbtools" in result.err


def test_a_read_only_folder_is_listed_and_exported(wbtools, two_runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "x.parquet"
    folder = two_runs / ".wbtools"
    folder.chmod(0o500)
    two_runs.chmod(0o500)
    try:
        assert "v5inrfwe" in wbtools("archive", "ls", "--archive", folder).out
        assert "v5inrfwe" in wbtools("archive", "ls").out
        assert wbtools("archive", "export", "-o", out).code == 0
    finally:
        two_runs.chmod(0o700)
        folder.chmod(0o700)
    assert pq.read_table(out).num_rows == 11


def test_runs_that_were_deleted_are_counted_and_marked(wbtools, two_runs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    assert "(deleted" not in wbtools("archive", "ls").out
    with ArchiveWriter.open(two_runs / ".wbtools") as archive:
        archive.begin(SweepHeader(key=KEY))
        archive.finish(KEY, present=["bbbbbbbb"])
    out = wbtools("archive", "ls").out
    assert "2 (1 deleted)" in out
    assert "(deleted: so many of these runs are no longer on W&B" in out
    (sweep,) = json.loads(wbtools("archive", "ls", "--format", "json").out)["sweeps"]
    assert (sweep["n_runs"], sweep["n_missing_runs"]) == (2, 1)
    (row,) = csv.DictReader(io.StringIO(wbtools("archive", "ls", "--format", "csv").out))
    assert row["n_missing_runs"] == "1"
    for words in ((), ("--runs",)):
        table = wbtools("archive", "export", *words).out
        marks = {
            (row["run_id"], bool(row["missing_since"]))
            for row in csv.DictReader(io.StringIO(table))
        }
        assert marks == {("aaaaaaaa", True), ("bbbbbbbb", False)}
    wbtools("archive", "export", "-o", "rows.parquet")
    rows = pq.read_table("rows.parquet")
    assert rows.schema.field("missing_since").type == rows.schema.field("time").type
    marks = {(row["run_id"], row["missing_since"] is not None) for row in rows.to_pylist()}
    assert marks == {("aaaaaaaa", True), ("bbbbbbbb", False)}
