"""How real projects' run folders say how a run was started, SDK 0.12 to 0.31."""

import json
from dataclasses import replace

import pytest
from wandb.proto import wandb_internal_pb2 as pb

from tests.sources.local.wandb_writer import START_S, exit_record, history, run_record, write_run
from wbtools.sources.launch_records import read_launch_record
from wbtools.sources.local.sweeps import find_sweeps, load

SWEEP = "sw33p1d0"


def record_of(folder, run_id="abc12345"):
    (found,) = find_sweeps(folder)
    run = next(run for run in load(found, ()).runs if run.id == run_id)
    return read_launch_record(run, found.files)


def with_metadata(tmp_path, metadata, **files):
    """A run folder as SDKs before 0.19 leave it: all is in `wandb-metadata.json`."""
    path = write_run(tmp_path / "wandb", [run_record(sweep_id=SWEEP), exit_record()])
    folder = path.parent / "files"
    folder.mkdir()
    (folder / "wandb-metadata.json").write_text(json.dumps(metadata))
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return record_of(tmp_path)


METADATA = {
    "an absolute program of another machine": (
        {
            "program": "/home/a/proj/src/train.py",
            "codePath": "src/train.py",
            "args": ["--lr=0.0005134333170096499", "--name", "with space"],
        },
        ("/home/a/proj/src/train.py", ("--lr=0.0005134333170096499", "--name", "with space")),
    ),
    "a module as one string": (
        {"program": "-m pkg.mod", "args": ["--x=1"]}, ("-m pkg.mod", ("--x=1",)),
    ),
    "arguments as one string": (
        {"program": "t.py", "args": "--x 1 --name 'a b'"},
        ("t.py", ("--x", "1", "--name", "a b")),
    ),
    "an unclosed quote in them": (
        {"program": "t.py", "args": "--x 'a b"}, ("t.py", ("--x", "'a", "b")),
    ),
    "no arguments, as function-style agents leave": (
        {"program": "t.py", "args": []}, ("t.py", ()),
    ),
    "arguments of null": ({"program": "t.py", "args": None}, ("t.py", None)),
    "arguments absent": ({"program": "t.py"}, ("t.py", None)),
    "Hydra's lists": (
        {"program": "t.py", "args": ["++a.b=[1,2]", "opt.lr=1e-3"]},
        ("t.py", ("++a.b=[1,2]", "opt.lr=1e-3")),
    ),
    "a notebook": (
        {"program": "<python with no main file>", "args": []},
        ("<python with no main file>", ()),
    ),
    "nonsense": ([1, 2], (None, None)),
    "wrong kinds": ({"program": 5, "args": {"a": 1}, "git": [], "python": 3}, (None, None)),
}  # fmt: skip


@pytest.mark.parametrize(("metadata", "expected"), METADATA.values(), ids=METADATA)
def test_metadata_as_real_projects_have_it(tmp_path, metadata, expected):
    record = with_metadata(tmp_path, metadata)
    assert (record.program, record.argv) == expected


def test_code_and_environment(tmp_path):
    record = with_metadata(
        tmp_path,
        {
            "program": "C:\\a\\train.py",
            "codePath": "src\\train.py",
            "python": "3.8.10",
            "git": {"remote": "git@host:x.git", "commit": "a" * 40},
        },
        requirements_txt="numpy==1.26.4\n\ntorch==2.1.0\n",
        diff_patch="--- a\n+++ b\n",
    )
    assert record.code_path == "src\\train.py"
    assert (record.python, record.git_remote, record.git_commit) == (
        "3.8.10", "git@host:x.git", "a" * 40,
    )  # fmt: skip
    assert record.requirements == ("numpy==1.26.4", "torch==2.1.0")
    assert record.diff == "--- a\n+++ b\n"


def test_colab_is_a_notebook_whatever_its_name_is(tmp_path):
    colab = "https://colab.research.google.com/notebook#fileId=1a2b"
    assert with_metadata(tmp_path / "old", {"program": "Untitled0", "colab": colab}).is_notebook
    assert not with_metadata(tmp_path / "none", {"program": "t.py", "colab": None}).is_notebook
    records = [run_record(sweep_id=SWEEP), environment(program="Untitled0", colab=colab)]
    write_run(tmp_path / "new" / "wandb", [*records, exit_record()])
    assert record_of(tmp_path / "new").is_notebook


@pytest.mark.parametrize("arguments", [{"args": []}, {"args": None}, {}], ids=str)
def test_a_program_beside_no_arguments_had_none(tmp_path, arguments):
    assert with_metadata(tmp_path / "a", {"program": "t.py"} | arguments).had_no_arguments
    assert not with_metadata(tmp_path / "b", {"python": "3.9"} | arguments).had_no_arguments
    some = with_metadata(tmp_path / "c", {"program": "t.py", "args": ["x"]})
    assert not some.had_no_arguments


def environment(**fields):
    return pb.Record(num=2, environment=pb.EnvironmentRecord(**fields))


def test_the_environment_record_of_new_sdks_wins_over_side_files(tmp_path):
    environment_record = environment(
        program="/x/train.py",
        args=["--lr=1"],
        code_path="train.py",
        python="3.11.7",
        git=pb.GitRepoRecord(remote_url="https://h/x", commit="b" * 40),
    )
    path = write_run(
        tmp_path / "wandb", [run_record(sweep_id=SWEEP), environment_record, exit_record()]
    )
    (path.parent / "files").mkdir()
    (path.parent / "files" / "wandb-metadata.json").write_text('{"program": "old.py"}')
    record = record_of(tmp_path)
    assert (record.program, record.argv, record.code_path) == (
        "/x/train.py", ("--lr=1",), "train.py",
    )  # fmt: skip
    assert (record.python, record.git_remote, record.git_commit) == (
        "3.11.7", "https://h/x", "b" * 40,
    )  # fmt: skip


def test_what_the_agent_wrote_stays_nested(tmp_path):
    write_run(tmp_path / "wandb", [run_record(sweep_id=SWEEP), exit_record()])
    folder = tmp_path / "wandb" / f"sweep-{SWEEP}"
    folder.mkdir()
    (folder / "config-abc12345.yaml").write_text(
        "wandb_version: 1\n\nmodel:\n  value:\n    depth: 3\nlr:\n  value: 1.0e-05\n"
    )
    assert record_of(tmp_path).sweep_parameters == {"model": {"depth": 3}, "lr": 1e-5}


def test_of_repeated_ids_each_run_has_its_own_start(tmp_path):
    for k, stamp in enumerate(("20240101_000000", "20240201_000000")):
        start_s = START_S + k * 100_000
        records = [
            run_record(sweep_id=SWEEP, start_s=start_s, config={"lr": k}),
            environment(program=f"t{k}.py", args=[]),
            history(0, {"loss": 1.0}, time_s=start_s + 5),
            exit_record(),
        ]
        write_run(tmp_path / f"copy{k}" / "wandb", records, stamp=stamp)
    assert record_of(tmp_path, "abc12345").program == "t0.py"
    assert record_of(tmp_path, "abc12345~2").program == "t1.py"


def test_without_files_the_run_itself_speaks(tmp_path):
    write_run(tmp_path / "wandb", [run_record(sweep_id=SWEEP), exit_record()])
    (found,) = find_sweeps(tmp_path)
    run = replace(load(found, ()).runs[0], program="t.py", argv=("--x",), git_commit="c")
    record = read_launch_record(run, ())
    assert (record.program, record.argv, record.git_commit) == ("t.py", ("--x",), "c")


@pytest.mark.parametrize("version", ["0.12.21", "0.15.12", "0.16.6"])
def test_kept_folders_of_old_sdks_hold_their_start(version):
    from tests.sources.local.test_old_sdks import KEPT

    (found,) = find_sweeps(KEPT / version)
    run = load(found, ()).runs[0]
    record = read_launch_record(run, found.files)
    assert record.program == run.program
    assert record.argv == run.argv
    assert record.sweep_parameters is None or set(record.sweep_parameters) <= set(run.config)


def test_a_run_whose_id_was_handed_out_again_keeps_its_own_parameters(tmp_path):
    """The agent of the second run wrote over `config-ID.yaml`, which the first one had taken."""
    for k, lr in enumerate((0.1, 0.001)):
        start_s = START_S + 1000 * k
        records = [
            run_record("dup00001", sweep_id=SWEEP, config={"lr": lr}, start_s=start_s),
            history(0, {"loss": 0.5}, time_s=start_s + 1),
            exit_record(),
        ]
        write_run(tmp_path / "wandb", records, "dup00001", f"20240101_00000{k}")
    agents = tmp_path / "wandb" / f"sweep-{SWEEP}"
    agents.mkdir()
    (agents / "config-dup00001.yaml").write_text("lr: {value: 0.001}\n")
    taken = [record_of(tmp_path, run_id).sweep_parameters for run_id in ("dup00001", "dup00001~2")]
    assert taken == [{"lr": 0.1}, {"lr": 0.001}]
