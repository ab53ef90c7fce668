"""Pipes and devices hang nobody and fill no memory, and no id leads out of its folder."""

import os
import signal

import pytest

from tests.sources.local.wandb_writer import simple_run, write_run
from wbtools.errors import DataError, UsageError
from wbtools.sources.local.sweeps import find_sweeps, load
from wbtools.sources.regular_files import is_plain_name, read_regular
from wbtools.sources.sweep_files import find_specs, read_spec
from wbtools.sources.tables.run_table import read_table

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")


@pytest.fixture(autouse=True)
def _impatient():
    def give_up(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


odd = pytest.mark.parametrize("make", [pipe, device, os.mkdir], ids=["pipe", "device", "folder"])


def test_a_regular_file_is_read_as_far_as_allowed(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abcdef")
    (tmp_path / "link").symlink_to(path)
    assert read_regular(path, None) == b"abcdef"
    assert read_regular(tmp_path / "link", 2) == b"ab"


@odd
def test_nothing_else_is_read(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(OSError, match="not a") as caught:
        read_regular(tmp_path / "x", None)
    assert "not a" in caught.value.strerror


def test_a_name_that_no_file_can_have_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="not the name of a file"):
        read_regular(tmp_path / "a\0b", None)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none", None)


@odd
def test_odd_run_files_harm_nobody(tmp_path, make):
    write_run(tmp_path, simple_run(sweep_id="s1"))
    (tmp_path / "run-20240101_000009-zz").mkdir()
    make(tmp_path / "x.wandb")
    make(tmp_path / "run-20240101_000009-zz" / "run-zz.wandb")
    sweep = load(find_sweeps(tmp_path)[0], ["loss"])
    assert [run.id for run in sweep.runs] == ["abc12345"]


@odd
def test_odd_side_files_are_as_good_as_none(tmp_path, make):
    files = write_run(tmp_path, []).parent / "files"
    files.mkdir()
    for name in ("config.yaml", "wandb-summary.json", "wandb-metadata.json"):
        make(files / name)
    (found,) = find_sweeps(tmp_path)
    assert load(found, []).runs[0].config == {}


@odd
def test_odd_tables_and_sweep_files_are_one_message(tmp_path, make):
    make(tmp_path / "x.csv")
    make(tmp_path / "sweep.yaml")
    with pytest.raises(DataError, match="not a"):
        read_table(tmp_path / "x.csv")
    with pytest.raises(UsageError, match="not a"):
        read_spec(tmp_path / "sweep.yaml")
    found = find_specs([tmp_path], [{"lr": 1}])
    assert found.matching == []
    assert all("cannot be read: not a" in reason for _, reason in found.rejected)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("abc12345", True),
        ("a b..c", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a\\b", False),
        ("a\0b", False),
        ("x" * 201, False),
    ],
)
def test_plain_names(text, is_plain):
    assert is_plain_name(text) == is_plain


@pytest.mark.parametrize("run_id", ["/../../../secret", "n\0ul", "x" * 300, ".."])
def test_a_run_id_is_never_a_path(tmp_path, run_id):
    home = tmp_path / "wandb"
    folder = home / "run-20240101_000000-r"
    write_run(home, simple_run(run_id, sweep_id="s1"), "r")
    assert folder.is_dir()
    (home / "sweep-s1" / "config-").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("hidden: {value: LEAKED}\n")
    found = find_sweeps(tmp_path)[0]
    assert found.files[0].sweep_config is None
    assert found.configs == ({},)
    assert load(found, []).runs[0].config == {}


def test_a_sweep_id_is_never_a_path(tmp_path):
    home = tmp_path / "wandb"
    write_run(home, simple_run("r", sweep_id="x/../../elsewhere"), "r")
    (home / "sweep-x").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config-r.yaml").write_text("hidden: {value: LEAKED}\n")
    (found,) = find_sweeps(tmp_path)
    assert load(found, []).runs[0].config == {}
