"""The fetch before an audit: which archive it fills, and what an audit takes without a server."""

import socket
import subprocess
import sys
from contextlib import closing

import pytest

from tests.cli.site import SWEEP
from tests.cli.test_fetch import AUDIT, NO_METRIC, history, next_words, put, some_runs
from wbtools.archive import ArchiveWriter, location


def test_an_audit_fetches_first_and_says_nothing_of_it(site, wbtools):
    put(site)
    result = wbtools(AUDIT, SWEEP, "--archive", "there")
    assert (result.code, result.err) == (0, "")
    assert "5 completed" in result.out
    put(site, 2, name="v5inrfwe-more")
    n = len(site.asked())
    offline = wbtools(AUDIT, SWEEP, "--archive", "there", "--offline")
    assert (offline.code, offline.out, len(site.asked())) == (0, result.out, n)


def test_the_audits_next_command_keeps_archive_and_offline(site, wbtools):
    rule = {"type": "hyperband", "min_iter": 3, "eta": 2, "strict": True}
    config = {**NO_METRIC, "metric": {"name": "loss", "goal": "minimize"}, "early_terminate": rule}
    runs = some_runs(6)
    for k, run in enumerate(runs[3:]):
        run.history = history(3, k)
        run.facts = {"state": "killed", "exit_code": None, "stopped": True, "should_stop": True}
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=config)
    result = wbtools(AUDIT, SWEEP, "--archive", "-x y")
    words = next_words(result)
    assert words[:3] == [AUDIT, SWEEP, "--run"]
    assert words[4:] == ["--archive=-x y"]
    assert wbtools(*words).code == 0
    words = next_words(wbtools(AUDIT, SWEEP, "--archive", "-x y", "--offline"))
    assert words[4:] == ["--archive=-x y", "--offline"]
    assert wbtools(*words).code == 0
    assert [file.name for file in site.work.iterdir()] == ["-x y"]


def test_the_archives_folder_comes_from_the_environment(site, wbtools, monkeypatch, tmp_path):
    put(site)
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(tmp_path / "there"))
    result = wbtools("fetch", SWEEP)
    assert next_words(result) == [AUDIT, SWEEP]
    assert wbtools(AUDIT, SWEEP, "--offline").code == 0
    assert not list(site.work.iterdir())
    assert len(site.archived(folder=tmp_path / "there").runs) == 5


@pytest.mark.parametrize("command", ["fetch", AUDIT])
def test_a_read_only_folder_gets_an_archive_elsewhere_and_that_is_said_once(
    site, wbtools, monkeypatch, command
):
    put(site)
    monkeypatch.setattr(location, "can_write", lambda folder: folder != site.work)
    result = wbtools(command, SWEEP)
    assert result.code == 0
    note, *_ = site.told(result.err).splitlines()
    assert note.startswith("WORK is read-only: the archive is in HOME/.cache/wbtools/archives/")
    assert result.err.count("read-only") == 1
    assert wbtools(AUDIT, SWEEP, "--offline").code == 0
    assert not list(site.work.iterdir())


def test_offline_loads_no_client_and_opens_no_socket(site):
    """Not even where the sweep is not archived, or named by its page."""
    put(site)
    assert site.run("fetch", SWEEP)[0] == 0
    program = """
import socket, sys
def refuse(*_words, **_more):
    raise AssertionError("a socket")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from wbtools.cli.app import main
try:
    main()
finally:
    assert not {"wandb", "httpx"} & set(sys.modules), "a client"
"""
    page = f"{site.server.base_url}/acme/ocr/sweeps/v5inrfwe"
    n = len(site.asked())
    for word, code in ((page, 0), ("acme/ocr/another0", 2)):
        words = [sys.executable, "-c", program, AUDIT, word, "--offline", "-v"]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        assert result.returncode == code, result.stderr
        assert "AssertionError" not in result.stderr
    assert len(site.asked()) == n


def test_offline_without_an_archive(site, wbtools):
    put(site)
    result = wbtools(AUDIT, SWEEP, "--offline")
    assert (result.code, result.out, site.asked()) == (2, "", [])
    assert site.told(result.err) == (
        f"error: there is no sweep '{SWEEP}': there is no W&B run file in '.'; "
        "archive .wbtools: none; server: not asked (--offline)\n"
        "hint: fetch it once without --offline\n"
    )
    assert not list(site.work.iterdir())


def test_a_server_that_is_down_leaves_the_archive(site, wbtools, monkeypatch):
    put(site)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("WANDB_BASE_URL", nobody)
    result = wbtools(AUDIT, SWEEP, "--timeout", "0.7")
    assert (result.code, result.out) == (3, "")
    assert "Connection refused" in result.err  # by the third try or the deadline, if that is first
    assert "--offline" not in result.err
    monkeypatch.setenv("WANDB_BASE_URL", site.server.base_url)
    assert wbtools("fetch", SWEEP).code == 0
    monkeypatch.setenv("WANDB_BASE_URL", nobody)
    fetched = wbtools("fetch", SWEEP, "--timeout", "0.7")
    assert fetched.code == 3
    lies = f"archive .wbtools, {SWEEP} of {site.server.base_url}, 5 runs, "
    assert f"; other commands take it from {lies}" in fetched.err
    result = wbtools(AUDIT, SWEEP, "--timeout", "0.7", "-q")
    assert (result.code, result.err) == (0, "")
    assert "not as it is now" in result.out  # where nothing is told, the page still says it
    assert wbtools(AUDIT, SWEEP, "--offline").code == 0


def test_another_fetch_is_not_disturbed(site, wbtools):
    """An audit takes what is archived and says so; a fetch, and an audit of nothing, is refused."""
    put(site)
    put(site, name="another0")
    put(site, name="nometric", config=NO_METRIC)
    assert wbtools("fetch", SWEEP).code == 0
    assert wbtools("fetch", "acme/ocr/nometric", "--metric", "loss").code == 0
    n = len(site.asked("WbtoolsRuns"))
    with ArchiveWriter.open(site.work / ".wbtools"):
        result = wbtools(AUDIT, SWEEP)
        assert result.code == 0
        assert "5 completed" in result.out
        assert "another fetch is writing to" in result.err
        assert "this is what is archived already" in result.err
        words = ("--metric", "loss", "--goal", "minimize")
        result = wbtools(AUDIT, "acme/ocr/nometric", *words)
        assert (result.code, result.err.count("another fetch")) == (0, 1)
        for words in (
            ("fetch", SWEEP),
            ("fetch", "acme/ocr/another0"),
            (AUDIT, "acme/ocr/another0"),
        ):
            result = wbtools(*words)
            assert (result.code, result.out) == (3, "")
            error, hint = result.err.splitlines()
            assert error.startswith("error: another fetch is writing to ")
            assert "(process " in error
            assert hint.startswith("hint: wait for it to end, or name another folder")
    assert len(site.asked("WbtoolsRuns")) == n
    assert wbtools("fetch", "acme/ocr/another0").code == 0


def test_a_sweep_without_runs_is_no_audit(site, wbtools):
    put(site, 0)
    result = wbtools(AUDIT, SWEEP)
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("error: the sweep v5inrfwe has no runs\nhint: ")


def test_a_sweep_that_names_no_metric_is_asked_about(site, wbtools):
    put(site, config=NO_METRIC)
    result = wbtools(AUDIT, SWEEP)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: nothing says which metric the sweep was judged by\n"
        "hint: pass --sweep-file, or --metric NAME:max or NAME:min;"
        " numbers were logged under 'acc' (5), 'loss' (5)\n"
    )
    assert wbtools(AUDIT, SWEEP, "--metric", "loss", "--goal", "minimize").code == 0


def test_a_configuration_that_is_no_yaml_is_left_aside_and_that_is_said(site, wbtools):
    put(site).config_text = "method: [random\n\x1b[31m"
    result = wbtools(AUDIT, SWEEP)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        f"the configuration that W&B holds of {SWEEP} cannot be read, and is left aside\n"
    )
    words = ("--metric", "loss", "--goal", "minimize")
    result = wbtools(AUDIT, SWEEP, *words)
    assert (result.code, result.err.count("cannot be read")) == (0, 1)
    assert "5 completed" in result.out
