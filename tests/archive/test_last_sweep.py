"""The sweep used last is remembered for each working folder, wherever that can be written."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    (file,) = (home / ".wbtools" / "last-sweeps").iterdir()
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


@pytest.mark.usefixtures("home")
def test_each_user_of_a_shared_archive_has_a_last_sweep(tmp_path, monkeypatch):
    remember_sweep("demo", tmp_path / "archive", {}, at=AT)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert last_sweep(tmp_path / "archive", {}) is None


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "archive", ["~no-such-user-here/x", "~no-such-user-here"], ids=["below it", "itself"]
)
def test_where_the_archive_is_no_path_nothing_is_remembered(archive):
    remember_sweep("demo", Path(archive), {}, at=AT)
    assert last_sweep(Path(archive), {}) is None


def test_where_the_working_folder_is_gone_nothing_is_remembered(home):
    home.rmdir()
    remember_sweep("demo", None, {}, at=AT)
    assert last_sweep(None, {}) is None


@pytest.mark.parametrize("name", ["a\nb", "\udce9", "ü"], ids=ascii)
def test_a_folder_of_any_name_is_remembered(home, name, monkeypatch):
    (home / name).mkdir()
    monkeypatch.chdir(home / name)
    remember_sweep("demo", None, {}, at=AT)
    assert last_sweep(None, {}).reference == "demo"


@pytest.mark.parametrize(
    "reference",
    [
        "https://me:secret@wandb.ai/a/b/sweeps/c",
        "https://key@wandb.ai/a/b/sweeps/c",
        "http://[x",
        "https://wandb.ai/a/b/sweeps/c?accessToken=secret",
        "https://wandb.ai/a/b/sweeps/c#secret",
        "a\0b",
        "\ud800",
    ],
)
def test_what_may_hold_a_secret_or_cannot_be_typed_is_not_kept(home, reference):
    remember_sweep(reference, None, {}, at=AT)
    assert list(home.iterdir()) == []


def test_where_the_archive_cannot_be_written_the_cache_holds_it(home, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    remember_sweep("demo", blocked, {}, at=AT)
    assert last_sweep(blocked, {}).reference == "demo"
    assert not (home / ".wbtools").exists()
    assert len(list((tmp_path / "cache").rglob("last-sweeps/*.json"))) == 1


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
        '{"schema": "wbtools.last-sweep/2", "sweep": "x", "used_at": "AT"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": [], "used_at": "AT"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": 1, "used_at": "AT"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "", "used_at": "AT"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "x", "used_at": "?"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "x", "used_at": "0001-01-01T00:00:00+23:00"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "x", "used_at": "9999-12-31T23:59:59-23:00"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "x"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "\\ud800", "used_at": "AT"}',
        '{"schema": "wbtools.last-sweep/1", "sweep": "a\\u0000b", "used_at": "AT"}',
    ],
)
def test_a_damaged_document_tells_nothing_and_is_replaced(home, content):
    remember_sweep("another", None, {}, at=AT)
    (file,) = (home / ".wbtools" / "last-sweeps").iterdir()
    file.write_text(content.replace("AT", AT.isoformat()))
    assert last_sweep(None, {}) is None
    remember_sweep("demo", None, {}, at=AT)
    assert last_sweep(None, {}).reference == "demo"


def test_a_reference_that_is_no_reference_is_not_kept(home):
    remember_sweep("x" * 5000, None, {}, at=AT)
    assert list(home.iterdir()) == []
