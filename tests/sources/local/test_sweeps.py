"""From folders to sweeps: what is found, how files become runs, what is said about them."""

import os
from datetime import UTC, datetime

import pytest

from tests.sources.local.wandb_writer import (
    HEADER,
    START_S,
    exit_record,
    history,
    preempting,
    run_record,
    simple_run,
    summary,
    write_run,
)
from wbtools.app.opening.on_disk import LocalSource
from wbtools.errors import DataError, UsageError
from wbtools.model import RunState
from wbtools.sources.local.sweeps import candidate_metrics, find_sweeps, load


def only(path, metrics=("loss",)):
    (found,) = find_sweeps(path)
    return load(found, metrics)


def codes(sweep):
    return sorted(finding.code for finding in sweep.findings)


@pytest.mark.parametrize(
    "place", ["wandb", "wandb/run-20240101_000000-abc12345", "", "x/..", "a deep/project"]
)
def test_a_run_is_found_from_above_and_from_its_own_folder(tmp_path, place):
    home = tmp_path / ("a deep/project/b/wandb" if "deep" in place else "wandb")
    write_run(home, simple_run())
    (tmp_path / "x").mkdir(exist_ok=True)
    sweep = only(tmp_path / place)
    assert [run.id for run in sweep.runs] == ["abc12345"]
    assert sweep.curves["loss"].values.tolist() == [[3.0, 2.0, 1.0]]


def test_a_run_is_found_by_its_file(tmp_path):
    path = write_run(tmp_path / "wandb", simple_run())
    write_run(tmp_path / "wandb", simple_run("other000"), "other000")
    assert [run.id for run in only(path).runs] == ["abc12345"]
    loose = path.rename(tmp_path / "copied.wandb")
    assert [run.id for run in only(loose).runs] == ["abc12345"]


def test_links_are_followed_and_nothing_is_read_twice(tmp_path):
    elsewhere = tmp_path / "scratch" / "wandb"
    folder = write_run(elsewhere, simple_run()).parent
    project = tmp_path / "project"
    project.mkdir()
    (project / "wandb").symlink_to(elsewhere)
    (elsewhere / "latest-run").symlink_to(folder.name)
    (elsewhere / "round").symlink_to(project)
    (project / "up").symlink_to(tmp_path)
    (project / "broken").symlink_to(tmp_path / "nowhere")
    (folder / "self.wandb").symlink_to(folder / "run-abc12345.wandb")
    assert [run.id for run in only(project).runs] == ["abc12345"]
    assert [run.id for run in only(project / "wandb" / "latest-run").runs] == ["abc12345"]


@pytest.mark.parametrize("folder", [".git", ".venv", "node_modules", "lib/site-packages", "env"])
def test_folders_that_hold_no_experiments_are_not_entered(tmp_path, folder):
    write_run(tmp_path / "wandb", simple_run("wanted00"), "wanted00")
    write_run(tmp_path / folder / "wandb", simple_run())
    (tmp_path / "env").mkdir(exist_ok=True)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert [run.id for run in only(tmp_path).runs] == ["wanted00"]


def test_sweeps_are_told_apart_and_runs_outside_come_last(tmp_path):
    home = tmp_path / "wandb"
    for run_id, sweep in (("a1", "s1"), ("b1", "s2"), ("b2", "s2"), ("c1", ""), ("d1", "")):
        write_run(home, simple_run(run_id, sweep_id=sweep), run_id)
    (home / "sweep-s1").mkdir()
    (home / "sweep-s1" / "config-d1.yaml").touch()
    (home / "sweep-s1" / "config-b1.yaml").touch()
    progress = []
    found = find_sweeps(tmp_path, on_file=lambda n, total: progress.append((n, total)))
    members = [(sweep.sweep_id, sorted(file.run_id for file in sweep.files)) for sweep in found]
    assert members == [("s1", ["a1", "d1"]), ("s2", ["b1", "b2"]), (None, ["c1"])]
    assert progress == [(n, 5) for n in range(1, 6)]
    assert [sweep.n_runs for sweep in found] == [2, 2, 1]
    assert {sweep.projects for sweep in found} == {(tmp_path,)}
    assert load(found[2], []).ref.sweep_id == tmp_path.name


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        pytest.param(lambda _: None, UsageError, "there is no file", id="nothing there"),
        pytest.param(lambda p: p.mkdir(), DataError, "no W&B run file", id="an empty folder"),
        pytest.param(lambda p: p.touch(), UsageError, "neither", id="another file"),
        pytest.param(
            lambda p: (p / "run-20240101_000000-a").mkdir(parents=True),
            DataError,
            "no W&B run file",
            id="an empty run folder",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_a_hint(tmp_path, make, kind, words):
    make(tmp_path / "x")
    with pytest.raises(kind, match=words) as caught:
        find_sweeps(tmp_path / "x")
    assert caught.value.hint


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    write_run(tmp_path / "wandb", simple_run())
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def guarded(path):
        if os.path.realpath(path).endswith("closed"):
            raise PermissionError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert codes(only(tmp_path)) == ["WBT115"]
    with pytest.raises(DataError, match="cannot be read"):
        find_sweeps(tmp_path / "closed")


@pytest.mark.parametrize(
    ("last", "state", "exit_code"),
    [
        pytest.param([exit_record(0)], RunState.FINISHED, 0, id="exit 0"),
        pytest.param([exit_record(1)], RunState.FAILED, 1, id="exit 1"),
        pytest.param([exit_record(255)], RunState.FAILED, 255, id="ctrl-c"),
        pytest.param([preempting(), exit_record(1)], RunState.PREEMPTED, 1, id="preempted"),
        pytest.param([preempting(), exit_record(0)], RunState.FINISHED, 0, id="preempted too late"),
        pytest.param([preempting()], RunState.PREEMPTING, None, id="preempted, no exit"),
        pytest.param([], RunState.UNKNOWN, None, id="no exit record"),
    ],
)
def test_the_state_is_what_the_file_shows(tmp_path, last, state, exit_code):
    write_run(tmp_path, [*simple_run(code=None), *last])
    (run,) = only(tmp_path).runs
    assert (run.state, run.exit_code) == (state, exit_code)


def test_runs_are_in_order_of_creation_on_one_clock(tmp_path):
    for run_id, start_s in (("late", START_S + 100), ("none", None), ("early", START_S)):
        records = [
            run_record(run_id, start_s=start_s),
            history(0, {"loss": 1}, time_s=START_S + 200),
        ]
        write_run(tmp_path, records, run_id)
    sweep = only(tmp_path)
    assert [run.id for run in sweep.runs] == ["early", "late", "none"]
    assert [run.number for run in sweep.runs] == [None] * 3  # a server may have named them
    assert sweep.curves["loss"].times_s.tolist() == [[200.0]] * 3
    assert [run.runtime_s for run in sweep.runs] == [200.0, 100.0, None]
    assert sweep.runs[0].created_at == datetime.fromtimestamp(START_S, UTC)
    assert sweep.runs[0].heartbeat_at == datetime.fromtimestamp(START_S + 200, UTC)
    assert sweep.runs[2].created_at is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["amber-sweep-8", "misty-sweep-7"], ["8name", "7name"], id="W&B's own names"),
        pytest.param(["amber-sweep-8", ""], ["8name", "NoneNone"], id="one without a name"),
        pytest.param(["resnet-50", "resnet-50"], ["1order", "2order"], id="one name for all"),
        pytest.param(["lr-0.01", "lr-0.001"], ["1order", "2order"], id="numbers that are values"),
        pytest.param(["a-sweep-0", "b-sweep-x"], ["0name", "NoneNone"], id="a number 0"),
        pytest.param(["a-sweep-2", "b-sweep-2"], ["NoneNone"] * 2, id="a number twice"),
    ],
)
def test_a_run_has_the_number_of_its_name_or_its_place(tmp_path, names, expected):
    for n, name in enumerate(names):
        records = simple_run(f"r{n}", start_s=START_S + n, display_name=name)
        write_run(tmp_path, records, f"r{n}")
    runs = only(tmp_path).runs
    assert [f"{run.number}{run.number_from}" for run in runs] == expected


@pytest.mark.parametrize(
    ("change", "code", "n_rows"),
    [
        pytest.param(lambda _: b"", "WBT111", 0, id="empty"),
        pytest.param(lambda _: HEADER, "WBT111", 0, id="a header alone"),
        pytest.param(lambda data: data[:-30], "WBT111", 2000, id="cut"),
        pytest.param(lambda data: b"garbage" + data[7:], "WBT110", 2000, id="a wrong header"),
        pytest.param(
            lambda data: data[:40_000] + b"\xff" + data[40_001:], "WBT110", 1000, id="a wrong byte"
        ),
    ],
)
def test_damage_is_a_finding_and_the_rest_is_read(tmp_path, change, code, n_rows):
    path = write_run(tmp_path, simple_run(values=range(2000)))
    path.write_bytes(change(path.read_bytes()))
    sweep = only(tmp_path)
    assert codes(sweep) == [code]
    assert sweep.curves["loss"].n_reports[0] >= n_rows
    assert path.name in sweep.findings[0].title
    assert sweep.runs[0].id == "abc12345"


@pytest.mark.parametrize(
    ("records", "hint"),
    [([exit_record(1)], "before it ended"), ([], "only just begun")],
    ids=["ended", "no exit"],
)
def test_a_run_that_logged_nothing_is_a_finding(tmp_path, records, hint):
    write_run(tmp_path, [run_record(), *records])
    (finding,) = only(tmp_path).findings
    assert finding.code == "WBT114"
    assert hint in finding.hint


def test_side_files_stand_in_for_a_run_killed_at_once(tmp_path):
    files = write_run(tmp_path, []).parent / "files"
    files.mkdir()
    (files / "config.yaml").write_text(
        "wandb_version: 1\n_wandb: {value: {}}\nlr: {desc: null, value: 0.1}\n"
        "opt: {value: {name: adam}}\nplain: 3\n"
    )
    (files / "wandb-summary.json").write_text('{"loss": 2, "a": {"b": NaN}}')
    (files / "wandb-metadata.json").write_text(
        '{"program": "/x/train.py", "args": ["--lr", "0.1"], "git": {"commit": "c0ffee"},'
        '"startedAt": "2023-11-14T22:13:20.000000000Z", "gpu": "H", "host": "h"}'
    )
    (run,) = only(tmp_path).runs
    assert run.config == {"lr": 0.1, "opt.name": "adam", "plain": 3}
    assert set(run.summary) == {"loss", "a.b"}
    assert (run.program, run.argv) == ("/x/train.py", ("--lr", "0.1"))
    assert (run.git_commit, run.gpu, run.host) == ("c0ffee", "H", "h")
    assert run.created_at == datetime.fromtimestamp(START_S, UTC)


def test_the_agent_s_parameters_stand_in_where_nothing_else_is_left(tmp_path):
    write_run(tmp_path, [])
    (tmp_path / "sweep-s1").mkdir()
    (tmp_path / "sweep-s1" / "config-abc12345.yaml").write_text("lr: {value: 0.1}\n")
    sweep = only(tmp_path)
    assert sweep.ref.sweep_id == "s1"
    assert sweep.runs[0].config == {"lr": 0.1}


@pytest.mark.parametrize(
    ("args", "argv"),
    [
        pytest.param('["--a", "b c"]', ("--a", "b c"), id="a list"),
        pytest.param("[]", (), id="an empty list"),
        pytest.param("[1, 2.5]", ("1", "2.5"), id="a list of numbers"),
        pytest.param("\"--a 'b c'\"", ("--a", "b c"), id="one text"),
        pytest.param('"it\'s --a"', ("it's", "--a"), id="a text with a lone quote"),
        pytest.param("null", None, id="null"),
        pytest.param('{"a": 1}', None, id="a mapping"),
    ],
)
def test_arguments_come_in_several_forms(tmp_path, args, argv):
    files = write_run(tmp_path, simple_run()).parent / "files"
    files.mkdir()
    (files / "wandb-metadata.json").write_text(f'{{"program": "-m a.b", "args": {args}}}')
    (run,) = only(tmp_path).runs
    assert (run.program, run.argv) == ("-m a.b", argv)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param("a: [", id="unfinished"),
        pytest.param("{" * 100_000, id="nested without end"),
        pytest.param("a: " + "[" * 50_000 + "]" * 50_000, id="nested deeply"),
        pytest.param("a: !!python/object/apply:os.getcwd []", id="a call"),
        pytest.param("? {a: b}\n: c", id="a key that is a mapping"),
        pytest.param("\0\1\2", id="control characters"),
        pytest.param("a: 2024-13-45", id="a date that is none"),
        pytest.param("a: " + "x" * 2_000_000, id="too large"),
        pytest.param(BOMB, id="aliases of aliases"),
    ],
)
def test_hostile_side_files_are_as_good_as_none(tmp_path, text):
    files = write_run(tmp_path, []).parent / "files"
    files.mkdir()
    for name in ("config.yaml", "wandb-summary.json", "wandb-metadata.json"):
        (files / name).write_text(text)
    (run,) = only(tmp_path).runs
    assert run.config == {}
    assert run.program is None


def test_hostile_texts_pass_unchanged(tmp_path):
    evil = "\x1b[31m[bold]<b>$(rm)\n`x`\u202e"
    write_run(tmp_path, simple_run(display_name=evil, config={evil: evil}, tags=[evil]))
    (run,) = only(tmp_path).runs
    assert (run.name, run.tags, run.config) == (evil, (evil,), {evil: evil})


def test_a_start_that_no_calendar_holds_is_unknown(tmp_path):
    write_run(tmp_path, simple_run(start_s=1e17))
    (run,) = only(tmp_path).runs
    assert run.created_at is None


def test_candidate_metrics_count_runs_of_a_sample(tmp_path):
    for n in range(10):
        row = {"loss": 1, **({"rare": 1} if n == 0 else {}), "nan": float("nan")}
        write_run(tmp_path, [run_record(f"r{n}"), history(0, row)], f"r{n}")
    (found,) = find_sweeps(tmp_path)
    assert candidate_metrics(found) == {"loss": 10, "rare": 1}
    assert candidate_metrics(found, limit_files=5) == {"loss": 5, "rare": 1}


@pytest.mark.parametrize(("n", "looked_into"), [(50, None), (101, 34)])
def test_a_source_says_that_it_looked_into_some_of_the_files(tmp_path, n, looked_into):
    for k in range(n):
        write_run(tmp_path, [run_record(f"r{k}"), history(0, {"loss": 1})], f"r{k}")
    (found,) = find_sweeps(tmp_path)
    source = LocalSource(found, str(tmp_path))
    assert source.n_looked_into == looked_into
    assert source.logged() == {"loss": looked_into or n}


def test_the_answer_says_what_was_read(tmp_path):
    write_run(tmp_path, [*simple_run(entity="e", project="p", sweep_id="s1"), summary({"x": 1})])
    as_of = datetime(2024, 1, 1, tzinfo=UTC)
    (found,) = find_sweeps(tmp_path)
    progress = []
    sweep = load(
        found, ["loss", "nope"], as_of=as_of, on_file=lambda n, of: progress.append((n, of))
    )
    assert (sweep.ref.entity, sweep.ref.project, sweep.ref.sweep_id) == ("e", "p", "s1")
    assert str(sweep.ref) == str(tmp_path)
    assert sweep.as_of == as_of
    assert sweep.origin == f"1 local run file of 1 run in {tmp_path}"
    assert sweep.curves["nope"].values.shape == (1, 0)
    assert progress == [(1, 1)]
