"""Commands keep what they read of run files, say the same from it, and need not if told so."""

import os
import shutil
from pathlib import Path

import pytest

import wbtools as library
from tests.cli.test_opened_once import CASE, COMMANDS, OK, file_in
from wbtools.sources.local import sweeps
from wbtools.sources.local.run_reading import RunReading


@pytest.fixture
def n_taken(monkeypatch):
    """The metrics that were looked for in each file that was taken apart from its beginning."""
    found = []
    take = RunReading.take

    def counting(reading, data):
        if not reading.place.position:
            found.append(tuple(reading.rows))
        take(reading, data)

    monkeypatch.setattr(RunReading, "take", counting)
    return found


@pytest.fixture
def named(tmp_path):
    return {"SWEEP": shutil.copytree(CASE, tmp_path / "project"), "FILE": file_in(tmp_path)}


def cache():
    return Path(os.environ["WBTOOLS_CACHE"])


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_second_command_says_the_same_and_takes_nothing_apart(wbtools, n_taken, named, words):
    line = [named.get(word, word) for word in words]
    first = wbtools(*line)
    assert first.code in OK, first.err
    assert n_taken
    kept = [entry for entry in cache().rglob("*") if entry.is_file()]
    assert kept
    assert {entry.stat().st_mode & 0o077 for entry in kept} == {0}
    n_taken.clear()
    assert wbtools(*line) == first
    assert n_taken == []
    assert wbtools(*line, "--no-cache") == first
    assert n_taken


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_cache_reads_nothing_and_writes_nothing(wbtools, named, words):
    line = [named.get(word, word) for word in words]
    assert wbtools(*line, "--no-cache").code in OK
    assert not cache().exists()


def test_no_cache_reads_nothing_that_was_kept(wbtools, named, n_taken):
    wbtools("rank", named["SWEEP"])
    before = {path: path.stat() for path in cache().rglob("*")}
    n_taken.clear()
    wbtools("rank", named["SWEEP"], "--no-cache")
    assert n_taken
    assert {path: path.stat() for path in cache().rglob("*")} == before


def test_the_variable_turns_it_off(wbtools, named, monkeypatch, tmp_path):
    monkeypatch.setenv("WBTOOLS_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert wbtools("rank", named["SWEEP"]).code in OK
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "off").exists()


@pytest.mark.parametrize("way", [library.audit, library.load_sweep])
def test_the_library_keeps_readings_too(named, n_taken, way):
    way(named["SWEEP"], cache=False)
    assert not cache().exists()
    way(named["SWEEP"])
    n_taken.clear()
    way(named["SWEEP"])
    assert n_taken == []


def test_a_folder_in_which_nothing_can_be_kept_is_no_hindrance(wbtools, named, monkeypatch):
    said = wbtools("rank", named["SWEEP"])
    monkeypatch.setenv("WBTOOLS_CACHE", "/proc/nowhere")
    assert wbtools("rank", named["SWEEP"]) == said


def test_verify_keeps_what_it_read_of_replicas(named, monkeypatch):
    from wbtools.app.opening.session import Session
    from wbtools.app.replicas import runs_at

    with Session() as session:
        runs_at(named["SWEEP"], ["loss"], session.kept_reads)
        monkeypatch.setattr(sweeps, "read_run_file", None)
        assert runs_at(named["SWEEP"], ["loss"], session.kept_reads).runs
