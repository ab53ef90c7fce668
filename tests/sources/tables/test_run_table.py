"""CSV run tables as they come: exports, other encodings, and tables that nobody can read."""

from pathlib import Path

import pytest

from wbtools.errors import DataError, UsageError
from wbtools.model import RunState
from wbtools.sources.tables.run_table import numeric_columns, read_table

OCR = Path(__file__).parents[2] / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
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
    assert [finding.code for finding in sweep.findings] == ["WBT112"]


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
    assert (first.number, first.number_from, first.n_reports) == (None, None, None)
    assert (second.number, second.n_reports, "acc" in second.summary) == (2, 3, False)


def test_hostile_cells_stay_text(tmp_path):
    name = "=cmd|'/c calc'!A1"
    run = read_table(written(tmp_path, f'name,acc\n"{name}",1\n')).runs[0]
    assert run.name == name


def test_ids_names_and_states_keep_their_text(tmp_path):
    text = "id,name,state,lr\n1234e567,2024_01,true,1_000\n00123456,007,FINISHED,1e3\n"
    first, second = read_table(written(tmp_path, text)).runs
    assert (first.id, first.name, first.state) == ("1234e567", "2024_01", RunState.UNKNOWN)
    assert (second.id, second.name, second.state) == ("00123456", "007", RunState.FINISHED)
    assert (first.config, second.config) == ({"lr": "1_000"}, {"lr": 1000.0})


def test_rows_are_in_order_of_creation_where_all_have_a_time(tmp_path):
    rows = ["b,2024-01-02T00:00:00+05:00", "a,2024-01-01T20:00:00", "c,2024-01-01T18:59:59Z"]
    sweep = read_table(written(tmp_path, "\n".join(["name,created", *rows])))
    assert [(run.name, run.number) for run in sweep.runs] == [("c", 1), ("b", 2), ("a", 3)]
    assert {str(run.created_at.tzinfo) for run in sweep.runs} == {"UTC"}
    rows[1] = "a,yesterday"
    sweep = read_table(written(tmp_path, "\n".join(["name,created", *rows])))
    assert [run.name for run in sweep.runs] == ["b", "a", "c"]


def test_a_time_at_the_end_of_all_calendars_is_unknown(tmp_path):
    text = "name,created\na,0001-01-01T00:00:00+14:00\nb,9999-12-31T23:59:59-14:00\n"
    assert [run.created_at for run in read_table(written(tmp_path, text)).runs] == [None, None]


@pytest.mark.parametrize(
    ("cell", "n_reports"),
    [("3", 3), ("3.0", 3), ("0", 0), ("3.5", None), ("-1", None), ("inf", None), ("1e300", None)],
)
def test_reports_are_whole_numbers_however_written(tmp_path, cell, n_reports):
    (run,) = read_table(written(tmp_path, f"name,epochs_trained\na,{cell}\n")).runs
    assert run.n_reports == n_reports


def test_a_runtime_in_hours_says_so_in_its_name(tmp_path):
    (run,) = read_table(written(tmp_path, "name,runtime_hours,acc\na,14.25,1\n")).runs
    assert run.runtime_s == 51_300.0
    assert (run.config, run.summary) == ({"acc": 1}, {"acc": 1})
    (both,) = read_table(written(tmp_path, "name,runtime_hours,Runtime\na,14.25,60\n")).runs
    assert both.runtime_s == 60.0


@pytest.mark.parametrize(
    ("cell", "runtime_s"), [("60", 60.0), ("-5", None), ("inf", None), ("1:00", None), ("", None)]
)
def test_a_runtime_is_a_finite_duration(tmp_path, cell, runtime_s):
    (run,) = read_table(written(tmp_path, f"name,Runtime\na,{cell}\n")).runs
    assert run.runtime_s == runtime_s


@pytest.mark.parametrize("cell", ["1e300", "-3", "2.5", "true", "inf"])
def test_a_number_that_no_run_has_is_not_believed(tmp_path, cell):
    runs = read_table(written(tmp_path, f"number,name\n{cell},a-run-9\n4,b\n")).runs
    assert [(run.number, run.number_from) for run in runs] == [(9, "name"), (4, "table")]


def test_columns_that_tell_of_the_run_are_no_parameters(tmp_path):
    header = (
        "id,Name,run_number,State,Created,Runtime,User,Notes,Tags,Sweep,"
        "epoch,_step,_runtime,_timestamp,epochs_trained,lr,name"
    )
    row = "x1,a-b-1,1,finished,2024-01-01,60,me,n,t,s1,9,90,60,1.7e9,9,0.1,resnet"
    (run,) = read_table(written(tmp_path, f"{header}\n{row}\n")).runs
    assert run.config == {"lr": 0.1, "name": "resnet"}
    assert set(run.summary) == {
        *("lr", "name", "epoch", "_step", "_runtime", "_timestamp", "epochs_trained", "Notes")
    }


def test_decimal_commas_are_numbers_unless_commas_separate(tmp_path):
    (run,) = read_table(written(tmp_path, "name;lr;l\na;0,5;1,2,3\n")).runs
    assert run.config == {"lr": 0.5, "l": "1,2,3"}
    (run,) = read_table(written(tmp_path, 'name,lr\na,"0,5"\n')).runs
    assert run.config == {"lr": "0,5"}


def test_a_header_of_very_many_columns_is_one_quick_message(tmp_path):
    columns = ",".join(f"c{n}" for n in range(40_000))
    with pytest.raises(DataError, match="40000 columns"):
        read_table(written(tmp_path, f"{columns}\n"))


SEVERAL = "name,Sweep,lr\na-x-1,s1,1\nb-x-2,s2,2\nc-x-3,s1,3\nd-x-4,,4\n"


def test_a_table_of_several_sweeps_asks_which(tmp_path):
    path = written(tmp_path, SEVERAL)
    with pytest.raises(UsageError, match="holds 2 sweeps") as caught:
        read_table(path)
    assert f"{path}#s1 (2 runs), {path}#s2 (1 run)" in caught.value.hint
    sweep = read_table(path, "s1")
    assert [run.number for run in sweep.runs] == [1, 3]
    assert (sweep.ref.sweep_id, str(sweep.ref)) == ("s1", f"{path}#s1")
    with pytest.raises(UsageError, match="no sweep 's3'") as caught:
        read_table(path, "s3")
    assert "#s2" in caught.value.hint
    with pytest.raises(UsageError, match="no sweep") as caught:
        read_table(written(tmp_path, "name,lr\na,1\n"), "s1")
    assert "no column" in caught.value.hint


def test_a_suffix_that_is_taken_is_not_given_again(tmp_path):
    sweep = read_table(written(tmp_path, "id,acc\na,1\na~2,2\na,3\na,4\n"))
    assert [run.id for run in sweep.runs] == ["a", "a~2", "a~3", "a~4"]


def test_a_trial_is_number_0(tmp_path):
    runs = read_table(written(tmp_path, "number,value\n0,1\n1,2\n,3\n")).runs
    assert [(run.number, run.number_from) for run in runs] == [
        (0, "table"),
        (1, "table"),
        (None, None),
    ]
    assert [run.name for run in runs] == ["run 0", "run 1", "run row-3"]


def test_names_that_collide_in_their_number_go_by_their_id(tmp_path):
    sweep = read_table(written(tmp_path, "name,acc\na-sweep-2,1\nb-sweep-2,2\nc-sweep-7,3\n"))
    numbers = [(run.number, run.number_from) for run in sweep.runs]
    assert numbers == [(None, None), (None, None), (7, "name")]


GROUPED = (
    "group,run,run_id,seed,best_epoch,runtime_hours,note,acc\nSPMamba,1,ab,42,19,1.5,by hand,5.6\n"
)


def test_a_table_of_seeds_tells_group_and_hours_and_keeps_notes_apart(tmp_path):
    (run,) = read_table(written(tmp_path, GROUPED)).runs
    assert (run.id, run.name, run.group, run.runtime_s) == ("ab", "1", "SPMamba", 5400.0)
    assert run.config == {"group": "SPMamba", "seed": 42, "acc": 5.6}
    assert run.summary["best_epoch"] == 19


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (
            ["Finished", "COMPLETE", "completed", "TERMINATED", " done ", "COMPLETED+"],
            RunState.FINISHED,
        ),
        (["failed", "FAIL", "ERROR", "oom", "OUT_OF_MEMORY", "OUT_OF_ME+"], RunState.FAILED),
        (["crashed", "NODE_FAIL", "BOOT_FAIL"], RunState.CRASHED),
        (["killed", "PRUNED", "TrialState.PRUNED", "cancelled", "CANCELED"], RunState.KILLED),
        (["terminated", "early-stopped", "Early Stopped", "TIMEOUT"], RunState.KILLED),
        (["CANCELLED by 1000", "CANCELLED+", "DEADLINE", "REVOKED"], RunState.KILLED),
        (["RUNNING", "in_progress"], RunState.RUNNING),
        (["pending", "WAITING", "PAUSED"], RunState.PENDING),
        (["", "-", "best", "1", "3.0", "B+", "+", "fine by 3", "PREEMPT+"], RunState.UNKNOWN),
    ],
)
def test_states_in_the_words_of_trackers_and_schedulers(tmp_path, words, state):
    text = "id,status,lr\n" + "".join(f"r{k},{word},1\n" for k, word in enumerate(words))
    runs = read_table(written(tmp_path, text)).runs
    assert [run.state for run in runs] == [state] * len(words)


@pytest.mark.parametrize("column", ["exit_code", "Exit Code", "returncode"])
def test_an_exit_code_is_evidence_and_no_parameter(tmp_path, column):
    cells = ["0", "1", "137", "-9", "", "none", "1.5", "1e300", "true"]
    text = f"id,{column},lr\n" + "".join(f"r{k},{cell},1\n" for k, cell in enumerate(cells))
    runs = read_table(written(tmp_path, text)).runs
    assert [run.exit_code for run in runs] == [0, 1, 137, -9, *[None] * 5]
    assert all({*run.config} == {"lr"} == {*run.summary} for run in runs)
