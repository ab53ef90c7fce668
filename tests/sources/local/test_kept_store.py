"""The folder of what is kept: whole files, private, never too many; without it all goes on."""

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from wbtools.sources.local import kept_store
from wbtools.sources.local.kept_store import KeptStore, folder_of_readings

KIB = 1024


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "run-files"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def used(folder, name, seconds_ago):
    moment = (folder / name).stat().st_mtime - seconds_ago
    os.utime(folder / name, (moment, moment))


def test_what_is_put_is_given_back_and_dropped(folder):
    store = KeptStore(folder)
    assert store.get("a") is None
    store.put("a", b"first")
    store.put("a", b"second")
    assert KeptStore(folder).get("a") == b"second"
    store.drop("a")
    store.drop("a")
    assert store.get("a") is None


def test_folder_and_files_are_the_users_alone(folder):
    before = os.umask(0)
    try:
        KeptStore(folder).put("a", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600


def test_the_least_recently_used_go_first(folder):
    store = KeptStore(folder, most_bytes=40 * KIB)
    for n in range(5):
        store.put(f"file{n}", bytes(9 * KIB))
        used(folder, f"file{n}", 1000 - n)
    assert store.get("file0") is not None
    store.trim()
    assert names(folder) == ["file0", "file3", "file4"]


def test_room_is_made_while_much_is_written(folder):
    store = KeptStore(folder, most_bytes=40 * KIB)
    for n in range(100):
        store.put(f"file{n}", bytes(5 * KIB))
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 60 * KIB


def test_what_would_take_much_of_the_room_is_not_kept(folder):
    store = KeptStore(folder, most_bytes=40 * KIB)
    store.put("a", b"x")
    store.put("a", bytes(11 * KIB))
    assert names(folder) == []


def test_what_killed_processes_left_is_cleared_away_once_it_is_old(folder):
    store = KeptStore(folder)
    store.put("a", b"x")
    for name in (".new-old", ".new-young"):
        (folder / name).write_bytes(b"half")
    used(folder, ".new-old", 7200)
    store.trim()
    assert names(folder) == [".new-young", "a"]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777], ids=oct)
def test_a_folder_that_others_may_write_to_is_not_used(folder, mode):
    KeptStore(folder).put("a", b"x")
    folder.chmod(mode)
    assert KeptStore(folder).get("a") is None
    KeptStore(folder).put("b", b"y")
    assert names(folder) == ["a"]


def test_a_link_in_place_of_the_folder_is_not_followed(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)
    KeptStore(folder).put("a", b"x")
    assert names(elsewhere) == []


@pytest.mark.parametrize("place", ["mkdir", "mkstemp", "write", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_full_or_a_read_only_disk_keeps_nothing_and_hinders_nothing(
    folder, monkeypatch, place, code
):
    def fail(*_args, **_more):
        raise OSError(code, os.strerror(code))

    if place == "write":
        monkeypatch.setattr(kept_store.os, "fdopen", full_file(fail))
    else:
        monkeypatch.setattr(tempfile if place == "mkstemp" else Path, place, fail)
    store = KeptStore(folder)
    store.put("a", b"x")
    store.put("a", b"x")
    assert store.get("a") is None
    store.trim()
    monkeypatch.undo()
    assert not folder.exists() or names(folder) == []


def full_file(fail):
    """A file in which there is no room."""

    class Full:
        def __init__(self, handle, _mode):
            self.handle = handle

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            os.close(self.handle)

        def write(self, _content):
            fail()

    return Full


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to the superuser")
def test_a_folder_without_the_right_to_write_is_read(folder):
    KeptStore(folder).put("a", b"x")
    folder.chmod(0o500)
    try:
        store = KeptStore(folder)
        assert store.get("a") == b"x"
        store.put("b", b"y")
        assert store.get("a") is None  # where writing failed once nothing is tried again
        assert KeptStore(folder).get("a") == b"x"
        assert names(folder) == ["a"]
    finally:
        folder.chmod(0o700)


def test_where_things_are_kept():
    assert folder_of_readings({"WBTOOLS_CACHE": "/data/kept"}) == Path("/data/kept/run-files")
    assert folder_of_readings({"WBTOOLS_CACHE": "off"}) is None
    assert folder_of_readings({"WBTOOLS_CACHE": "~nobody-of-this-name/x"}) is None


def test_without_a_name_it_is_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder_of_readings({}) == tmp_path / "wbtools" / "run-files"
    assert folder_of_readings({"WBTOOLS_CACHE": ""}) == tmp_path / "wbtools" / "run-files"


def test_without_a_home_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(
        kept_store.platformdirs, "user_cache_path", lambda _name: Path("~/.cache/wbtools")
    )
    assert folder_of_readings({}) is None
