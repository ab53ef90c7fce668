"""The sweep used last is remembered for each working folder, wherever that can be written."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from wbtools.archive import last_sweep, remember_sweep

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder, and a cache folder of its own."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "work"


def test_nothing_is_remembered_at_first_and_looking_makes_no_file(home):
    assert last_sweep(None, {}) is None
    assert list(home.iterdir()) == []


def test_the_last_one_wins_and_is_private(home):
    remember_sweep("demo", None, {}, at=AT)
    remember_sweep("acme/ocr/v5inrfwe", None, {}, at=AT + timedelta(hours=1))
    found = last_sweep(None, {})
    assert (found.reference, found.used_at) == ("acme/ocr/v5inrfwe", AT + timedelta(hours=1))
    file = home / ".wbtools" / "last-sweeps.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_archive_of_many_folders_tells_them_apart(home, tmp_path, monkeypatch):
    env = {"WBTOOLS_ARCHIVE": str(tmp_path / "archive")}
    remember_sweep("./wandb", None, env, at=AT)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert last_sweep(None, env) is None
    remember_sweep("demo", tmp_path / "archive", {}, at=AT)
    monkeypatch.chdir(home)
    assert last_sweep(None, env).reference == "./wandb"


def test_only_so_many_folders_are_kept(tmp_path, monkeypatch):
    for k in range(205):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        monkeypatch.chdir(folder)
        remember_sweep("demo", tmp_path / "archive", {}, at=AT)
    kept = json.loads((tmp_path / "archive" / "last-sweeps.json").read_text())["folders"]
    assert len(kept) == 200
    assert str(tmp_path / "204") in kept


def test_where_the_archive_cannot_be_written_the_cache_holds_it(home, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    remember_sweep("demo", blocked, {}, at=AT)
    assert last_sweep(blocked, {}).reference == "demo"
    assert not (home / ".wbtools").exists()
    assert [path.name for path in (tmp_path / "cache").rglob("*.json")] == ["last-sweeps.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to the superuser")
def test_a_read_only_working_folder_is_remembered_in_the_cache(home):
    home.chmod(0o555)
    remember_sweep("demo", None, {}, at=AT)
    assert last_sweep(None, {}).reference == "demo"
    home.chmod(0o755)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[" * 10_000,
        "[]",
        '{"schema": "wbtools.last-sweeps/2", "folders": {"HOME": {"sweep": "x", "used_at": "AT"}}}',
        '{"schema": "wbtools.last-sweeps/1", "folders": []}',
        '{"schema": "wbtools.last-sweeps/1", "folders": {"HOME": []}}',
        '{"schema": "wbtools.last-sweeps/1", "folders": {"HOME": {"sweep": 1, "used_at": "AT"}}}',
        '{"schema": "wbtools.last-sweeps/1", "folders": {"HOME": {"sweep": "", "used_at": "AT"}}}',
        '{"schema": "wbtools.last-sweeps/1", "folders": {"HOME": {"sweep": "x", "used_at": "?"}}}',
        '{"schema": "wbtools.last-sweeps/1", "folders": {"HOME": {"sweep": "x"}}}',
    ],
)
def test_a_damaged_file_tells_nothing_and_is_replaced(home, content):
    file = home / ".wbtools" / "last-sweeps.json"
    file.parent.mkdir()
    file.write_text(content.replace("HOME", str(home)).replace("AT", AT.isoformat()))
    assert last_sweep(None, {}) is None
    remember_sweep("demo", None, {}, at=AT)
    assert last_sweep(None, {}).reference == "demo"


def test_a_reference_that_is_no_reference_is_not_kept(home):
    remember_sweep("x" * 5000, None, {}, at=AT)
    assert list(home.iterdir()) == []
