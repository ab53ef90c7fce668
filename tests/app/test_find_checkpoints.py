"""What a run left is found where it lies, and what speaks against it is said."""

import os
from pathlib import Path

import pytest

from tests.app.checkpoint_searches import chosen, names, put, searched
from wbtools.errors import UsageError
from wbtools.findings import Confidence
from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.on_disk import SearchedFolders

pytestmark = pytest.mark.usefixtures("folder")


def test_nothing_is_found_where_nothing_lies():
    search = searched()
    assert (search.candidates, search.best, search.missing) == ((), None, ())
    assert "the present folder" in search.looked_at


@pytest.mark.parametrize("home", ["wandb/", ".wandb/", ""])
@pytest.mark.parametrize("kind", ["run", "offline-run"])
def test_the_runs_own_files_are_surely_its(home, kind):
    put(f"{home}{kind}-20260101_000000-run1/files/ckpt/model_3.pt", at_s=9e6)
    put(f"{home}{kind}-20260101_000000-run2/files/ckpt/model_3.pt")
    put(f"{home}{kind}-20260101_000000-run1/files/media/model_3.pt")
    (only,) = searched().candidates
    assert only.name == f"{home}{kind}-20260101_000000-run1/files/ckpt/model_3.pt"
    assert (only.confidence, only.is_usable) == (Confidence.HIGH, True)
    assert (only.epoch, only.because) == (3, "in the run's folder of files")


def test_links_of_wandb_save_count_and_others_are_told():
    put("out/elsewhere/model.pt")
    files = Path("wandb/run-20260101_000000-run1/files/out/elsewhere")
    files.mkdir(parents=True)
    (files / "model.pt").symlink_to(Path("out/elsewhere/model.pt").absolute())
    (files / "last.pt").symlink_to("/etc/hostname")
    search = searched()
    assert search.best.because == "in the run's folder of files"
    assert len(search.candidates) == 1
    assert "is a link that leads out of its folder, to" in search.missing[0]


def test_a_link_that_the_run_was_told_of_is_followed_and_not_called_missing(tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    put(elsewhere / "run1" / "epoch_1.pt")
    Path("checkpoints").symlink_to(elsewhere)
    search = searched(config={"ckpt_dir": "checkpoints"})
    assert (names(search), search.missing) == (["checkpoints/run1/epoch_1.pt"], ())
    assert "link that leads out" in searched().missing[0]


@pytest.mark.parametrize(
    "name",
    ["project/run1/checkpoints/epoch=2-step=30.ckpt", "model-run1.pt", "runs/run1/weights.npz"],
)
def test_what_is_called_after_the_runs_id_is_its_whenever_it_was_written(name):
    put(name, at_s=5e6)
    (only,) = searched().candidates
    assert (only.name, only.confidence) == (name, Confidence.HIGH)
    assert only.because == "called after the run's id"


def test_arrays_that_nothing_calls_a_checkpoint_are_none_there():
    put("runs/run1/w.npz", at_s=5e6)
    assert names(searched()) == []


def test_what_is_called_after_another_run_is_not_its():
    put("runs/run2/model.pt", "runs/amber-sweep-3/model.pt", "wbtools-run1/model.pt")
    assert names(searched()) == []
    assert names(searched(config={"ckpt_dir": "runs"})) == []
    assert names(searched(config={"output_dir": "runs"})) == []


def test_a_name_needs_the_time_to_fit():
    put("checkpoints/amber-sweep-1/last.ckpt", at_s=100)
    put("old/amber-sweep-1/last.ckpt", at_s=-5000)
    newest, old = searched().candidates
    assert (newest.name, newest.confidence) == (
        "checkpoints/amber-sweep-1/last.ckpt",
        Confidence.HIGH,
    )
    assert "before the run began" in old.doubts[0]


@pytest.mark.parametrize(
    ("config", "argv"),
    [
        ({"ckpt_dir": "deep/down"}, ()),
        ({"trainer.default_root_dir": "deep"}, ()),
        ({}, ("--ckpt-dir", "deep/down")),
        ({}, ("trainer.save_dir=deep/down",)),
        ({"save_path": "deep/down/model.npz"}, ()),
        ({"save_path": "deep/down/model"}, ()),
        ({"save_path": "deep/down/model_{epoch}.npz"}, ()),
        ({"ckpt_dir": "/scratch/joe/deep/down"}, ()),
        ({"ckpt_dir": "C:\\joe\\deep\\down"}, ()),
        ({"ckpt_dir": "deep\\down"}, ()),
    ],
)
def test_where_the_run_was_told_to_write_is_looked_at(config, argv):
    put("deep/down/model.npz")
    search = searched(config=config, argv=argv)
    assert names(search) == ["deep/down/model.npz"]
    assert " says" in search.best.because or " leads" in search.best.because


def test_paths_of_other_machines_and_stores_are_missing():
    config = {
        "ckpt_dir": "/scratch/joe/x\x1b[2J",
        "output_dir": "s3://bucket/x",
        "save_dir": "gone/away",
        "model_dir": "bert",
    }
    assert searched(config=config).missing == (
        "'/scratch/joe/x\\\\x1b[2J' (ckpt_dir) is not on this machine",
        "'s3://bucket/x' (output_dir) is in a store that is not looked into",
        "'gone/away' (save_dir) is not on this machine",
    )


def test_relative_paths_may_be_meant_from_the_project(tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    put(project / "out/model_1.pt")
    search = searched(config={"output_dir": "out"}, projects=(project,))
    assert names(search) == [str(project / "out/model_1.pt")]
    assert search.best.because == "where output_dir says"


def test_runs_that_share_a_folder_contest_what_both_may_have_written():
    put("ckpt/model_1.pt", at_s=100)
    alone = searched(config={"ckpt_dir": "ckpt"})
    assert (alone.best.name, alone.best.confidence) == ("ckpt/model_1.pt", Confidence.MEDIUM)
    both = searched(config={"ckpt_dir": "ckpt"}, starts=(0, 50, 2000))
    assert both.best is None
    assert both.candidates[0].doubts == (
        "it may be of run 2 (amber-sweep-2), which wrote to the same place at that time",
    )
    own = searched(config={"ckpt_dir": "ckpt/{run_id}"}, starts=(0, 50, 2000))
    assert names(own) == ["ckpt/model_1.pt"]
    assert "at work at that time too" in own.candidates[0].doubts[0]


def test_values_in_a_name_tell_whose_it_is():
    put("ckpt/model_seed1.pt", "ckpt/model_seed2.pt", "other/state_seed1.pt", at_s=100)
    shared = {"ckpt_dir": "ckpt"}
    facts = [{"config": shared | {"seed": k}} for k in (1, 2, 3)]
    search = searched(starts=(0, 50, 60), facts=facts)
    assert names(search) == ["ckpt/model_seed1.pt", "other/state_seed1.pt"]
    assert all(each.is_usable for each in search.candidates)


def test_time_alone_gives_what_lies_in_the_project_to_the_run_that_was_at_work():
    put("checkpoints/model_1.pt", at_s=100)
    put("checkpoints/model_2.pt", at_s=1100)
    search = searched()
    assert names(search) == ["checkpoints/model_1.pt"]
    assert (search.best.confidence, search.best.because) == (
        Confidence.MEDIUM,
        "written while the run was at work",
    )
    assert names(searched(number=2)) == ["checkpoints/model_2.pt"]


def other_run(run_id="othr9999", *, begins_s=50, ends_s=150, says=b""):
    """The folder of a run that is not of the sweep."""
    folder = f"wandb/run-20260101_000000-{run_id}"
    put(f"{folder}/files/requirements.txt", at_s=begins_s)
    put(f"{folder}/run-{run_id}.wandb", at_s=ends_s)
    file = Path(f"{folder}/run-{run_id}.wandb")
    written = file.stat()
    file.write_bytes(b"..." + says)
    os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))


def test_runs_of_other_sweeps_own_what_is_called_after_them():
    other_run(begins_s=5000, ends_s=6000)
    put("checkpoints/othr9999/epoch_9.pt", "checkpoints/wbtools-othr9999/epoch_9.pt")
    put("checkpoints/epoch_1.pt")
    assert names(searched()) == ["checkpoints/epoch_1.pt"]
    assert names(searched(config={"ckpt_dir": "checkpoints"})) == ["checkpoints/epoch_1.pt"]


@pytest.mark.parametrize("config", [{}, {"ckpt_dir": "ckpt"}])
def test_runs_of_other_sweeps_contest_what_was_written_while_they_were_at_work_too(config):
    put("ckpt/epoch_1.pt", at_s=100)
    other_run(says=b"ckpt_dir: ckpt")
    search = searched(config=config)
    assert search.best is None
    assert "it may be of run othr9999, which" in search.candidates[0].doubts[0]
    other_run(begins_s=120)
    assert searched(config=config).best is not None


def test_runs_of_other_sweeps_that_were_told_other_places_wrote_elsewhere():
    put("ckpt/epoch_1.pt", at_s=100)
    other_run(says=b"ckpt_dir: elsewhere")
    assert searched(config={"ckpt_dir": "ckpt"}).best is not None


def test_other_processes_of_the_sweeps_runs_are_no_rivals():
    put("ckpt/epoch_1.pt", at_s=100)
    other_run(says=b"sweep_id: abcdefgh")
    assert searched().best is not None


def test_what_was_downloaded_to_go_on_from_is_not_found_again():
    """It is as new as its download, however old the version."""
    put("wbtools-checkpoints/run1/model-v1/epoch_1.pt", at_s=9e5)
    put("checkpoints/run1/epoch_2.pt")
    assert names(searched()) == ["checkpoints/run1/epoch_2.pt"]


def test_folders_that_hold_the_present_one_are_not_searched_for_a_recorded_path():
    put("data.pt", "model_1.pt")
    search = searched(config={"output_dir": "/", "log_dir": str(Path.cwd())})
    assert names(search) == ["model_1.pt"]
    assert search.best.because == "written while the run was at work"


def test_searches_share_what_they_listed():
    put("runs/run1/model.pt")
    folders = SearchedFolders()
    assert len(searched(folders=folders).candidates) == 1
    put("runs/run1/last.pt")
    assert len(searched(folders=folders).candidates) == 1
    assert len(searched().candidates) == 2


@pytest.mark.parametrize("name", ["-rf.ckpt", "last\n.ckpt", "a b.ckpt", "$(touch x).ckpt"])
def test_hostile_names_are_kept_and_lead_to_their_files(name):
    put(Path("runs/run1") / name)
    (only,) = searched().candidates
    assert only.name == f"runs/run1/{name}"
    put(name)
    assert {Path(each.name).resolve() for each in searched().candidates} == {
        Path.cwd() / name,
        Path.cwd() / "runs/run1" / name,
    }
    assert not any(each.name.startswith("-") for each in searched().candidates)


def test_a_name_that_no_text_holds_is_missing():
    put("runs/run1/last\udcff.ckpt")
    search = searched()
    assert search.candidates == ()
    assert search.missing == ("'runs/run1/last\\\\udcff.ckpt' has a name that is not UTF-8",)


def test_a_checkpoint_is_chosen_by_its_path_whatever_speaks_against_it():
    put("ckpt/model_1.pt", at_s=-5000)
    there = {"config": {"ckpt_dir": "ckpt"}}
    assert searched(**there).best is None
    full = str(Path("ckpt/model_1.pt").absolute())
    for text in ("ckpt/model_1.pt", "./ckpt/../ckpt/model_1.pt", full):
        taken = chosen(text, **there)
        assert taken.name == "ckpt/model_1.pt"
        assert "before the run began" in taken.doubts[0]


def test_any_path_that_is_there_may_be_chosen():
    put("elsewhere/w.dat", "checkpoint-6/model.safetensors", "-x.pt")
    other = chosen("elsewhere/w.dat")
    assert (other.layout, other.n_bytes, other.is_folder) == (CheckpointLayout.UNKNOWN, 50, False)
    assert (other.because, other.confidence) == ("named by --checkpoint", Confidence.HIGH)
    assert other.doubts == ()
    cut = chosen("checkpoint-6")
    assert (cut.layout, cut.is_folder, cut.is_whole) == (CheckpointLayout.TRAINER, True, False)
    assert "trainer_state.json" in cut.doubts[0]
    assert chosen("elsewhere").is_folder
    assert chosen("-x.pt").name == "./-x.pt"


def test_what_speaks_against_what_the_user_names_is_said():
    put("ckpt/run2/model_1.pt", "ckpt/amber-sweep-3/model_2.pt", at_s=1100)
    put("ckpt/run1/model_2.pt", at_s=9e6)
    put("ckpt/model_2.pt", at_s=9e6)
    put("empty/notes.md")
    for text, doubt in {
        "ckpt/run2/model_1.pt": "it is called after run 2 (amber-sweep-2), and not after this one",
        "ckpt/amber-sweep-3/model_2.pt": "called after run 3 (amber-sweep-3), and not",
        "ckpt/model_2.pt": "after the run had ended",
        "empty": "no library's checkpoint is recognised in that folder",
    }.items():
        assert doubt in chosen(text).doubts[0]
    assert chosen("ckpt/run1/model_2.pt").doubts == ()


def test_what_is_neither_a_file_nor_a_folder_is_refused():
    os.mkfifo("pipe.pt")
    for text in ("/dev/zero", "pipe.pt"):
        with pytest.raises(UsageError, match="neither a file nor a folder"):
            chosen(text)


@pytest.mark.parametrize("path", ["a\0b/x", "\ud800/x", "x" * 4000 + "/y", "~/../x" * 9, "../" * 9])
def test_paths_that_cannot_be_lead_nowhere(path):
    put("runs/run1/model.pt")
    search = searched(config={"ckpt_dir": path}, argv=("--output-dir", path))
    assert names(search) == ["runs/run1/model.pt"]
    with pytest.raises(UsageError):
        chosen(f"{path}nowhere")


def test_what_may_not_be_read_is_passed_over():
    put("ckpt/model_1.pt")
    os.mkfifo("last.pt")
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    for path in ("last.pt", "pipe", "loop", "loop/x", "/dev/null", "/dev/null/x"):
        search = searched(config={"ckpt_dir": path})
        assert names(search) == ["ckpt/model_1.pt"], path


def test_a_path_that_no_script_holds_is_refused():
    put("last\udcff.ckpt")
    with pytest.raises(UsageError, match="not UTF-8"):
        chosen("last\udcff.ckpt")
