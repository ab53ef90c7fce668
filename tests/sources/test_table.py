"""CSV run tables as they come: exports, other encodings, and tables that nobody can read."""

from pathlib import Path

import pytest

from wbtools.errors import DataError
from wbtools.model import RunState
from wbtools.sources.table import numeric_columns, read_table

OCR = Path(__file__).parents[1] / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
EXPORT = (
    '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","val/acc"\n'
    '"amber-sweep-7","finished","","me","","2026-03-01T10:00:00.000Z","3600","ab12","0.1","0.9"\n'
    '"misty-sweep-8","killed","","me","","2026-03-01T11:00:00.000Z","60","ab12","0.2",""\n'
)


def written(tmp_path, data) -> Path:
    path = tmp_path / "runs.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_the_seed_table_keeps_every_digit():
    sweep = read_table(OCR)
    run = sweep.runs[7]
    assert (run.number, run.number_from, run.n_reports) == (8, "table", 10)
    assert run.config["models.optimizer.lr"] == 0.0005134333170096499
    assert run.config["models.scheduler.eta_min"] == 6.388390006720873e-06
    assert run.state is RunState.KILLED
    assert sweep.runs[0].state is RunState.FINISHED
    assert not sweep.curves


def test_wandbs_own_export(tmp_path):
    sweep = read_table(written(tmp_path, EXPORT))
    first, second = sweep.runs
    assert (first.name, first.number, first.number_from) == ("amber-sweep-7", 7, "name")
    assert first.created_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert first.runtime_s == 3600.0
    assert "val/acc" not in second.summary
    assert numeric_columns(sweep)["val/acc"] == 1


@pytest.mark.parametrize(
    "data",
    [
        "name;acc\nä;0.5\n".encode("cp1252"),
        "name\tacc\nä\t0.5\n".encode("utf-16"),
        "\ufeffname,acc\r\nä,0.5\r\n".encode(),
    ],
    ids=["Windows-1252 with semicolons", "UTF-16 with tabs", "UTF-8 with a byte order mark"],
)
def test_other_encodings_and_separators(tmp_path, data):
    run = read_table(written(tmp_path, data)).runs[0]
    assert (run.name, run.summary["acc"]) == ("ä", 0.5)


def test_repeated_ids_are_kept_apart_and_said(tmp_path):
    sweep = read_table(written(tmp_path, "id,acc\na,1\na,2\n"))
    assert [run.id for run in sweep.runs] == ["a", "a~2"]
    assert [one.code for one in sweep.findings] == ["WBT112"]


BAD = {
    "an empty file": ("", "is empty"),
    "a header alone": ("name,acc\n", "no rows"),
    "a column twice": ("name,acc,acc\na,1,2\n", "'acc' 2 times"),
    "a column twice but for spaces": ("name,acc, acc\na,1,2\n", "'acc' 2 times"),
    "no text at all": (b"\x00\x01\x02" * 50, "is no text"),
    "every row longer than the header": ("a,b\n1,2,3\n4,5,6\n", "more cells in a row"),
    "rows of other lengths": ("a,b\n1,2\n1,2,3\n", "is no CSV table"),
}


@pytest.mark.parametrize(("data", "complaint"), BAD.values(), ids=BAD.keys())
def test_bad_tables_are_one_clear_message(tmp_path, data, complaint):
    with pytest.raises(DataError) as caught:
        read_table(written(tmp_path, data))
    assert complaint in caught.value.message
    assert caught.value.hint


def test_numbers_beyond_all_bounds_do_no_harm(tmp_path):
    text = "run_number,acc,epochs_trained\n1e999,inf,1e999\n2,NaN,3\n"
    first, second = read_table(written(tmp_path, text)).runs
    assert (first.number, first.number_from, first.n_reports) == (1, "order", None)
    assert (second.number, second.n_reports, "acc" in second.summary) == (2, 3, False)


def test_hostile_cells_stay_text(tmp_path):
    name = "=cmd|'/c calc'!A1"
    run = read_table(written(tmp_path, f'name,acc\n"{name}",1\n')).runs[0]
    assert run.name == name
