"""`wbtools fetch`: what is said, what is refused, and what hostile names do."""

import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import ROOT, SWEEP
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun

AUDIT = "audit-terminations"
NO_METRIC = {"method": "random", "parameters": {"lr": {"min": 0.1, "max": 0.2}}}


def history(n_rows, seed=0):
    dice = np.random.default_rng(seed)
    times = 1.7e9 + np.arange(n_rows)
    columns = {"loss": dice.random(n_rows), "acc": dice.random(n_rows), "_timestamp": times}
    return ColumnHistory(columns)


def some_runs(n, n_rows=10, *, name="run", **facts):
    return [
        LoadedRun(name=f"{name}{k:04}", history=history(n_rows, k), facts=facts) for k in range(n)
    ]


def put(site, n=5, *, name="v5inrfwe", **more):
    return site.server.load_sweep("acme", "ocr", name, runs=some_runs(n, name=name), **more)


def next_words(result):
    *_, line = result.err.splitlines()
    assert line.startswith("next: wbtools "), result.err
    return shlex.split(line.removeprefix("next: wbtools "))


def transcript(site, wbtools, lines):
    """Commands with everything that is seen of them, as a terminal would show it."""
    shown = []
    for words in lines:
        result = wbtools(*words)
        line = shlex.join(["wbtools", *map(str, words)])
        errors = "".join(f"stderr: {message}\n" for message in result.err.splitlines())
        shown.append(f"$ {line}\n{result.out}{errors}exit {result.code}\n")
    return site.told("\n".join(shown))


def test_what_a_fetch_says(site, wbtools, golden, monkeypatch):
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    put(site)
    page = f"{site.server.base_url}/acme/ocr/sweeps/v5inrfwe"
    lines = [
        ["fetch", SWEEP],
        ["fetch", "v5inrfwe"],
        ["fetch", page, "--archive", "another place"],
        ["fetch", SWEEP, "--metric", "acc", "--metric", "acc"],
        ["fetch", SWEEP, "--all-metrics", "--refresh"],
        ["fetch", "acme/ocr"],
        ["fetch", SWEEP, "-q"],
    ]
    golden("fetch.txt", transcript(site, wbtools, lines))
    assert not site.server.log.unknown()


def test_what_a_fetch_of_odd_sweeps_says(site, wbtools, golden):
    put(site, 1)
    put(site, 2, name="nometric", config=NO_METRIC)
    put(site, 0, name="emptyone")
    put(site, 2, name="badwords").config_text = "method: [random\n\x1b[31m"
    runs = some_runs(3, name="base", group="base line", tags=["a", "b"])
    site.server.load_runs("acme", "ocr", runs)
    lines = [
        ["fetch", SWEEP],
        *(["fetch", f"acme/ocr/{name}"] for name in ("nometric", "emptyone", "badwords")),
        ["fetch", "acme/ocr/nometric", "--metric", "loss"],
        ["fetch", "acme/ocr", "--archive=-x"],
        ["fetch", "acme/ocr", "--group", "base line", "--metric", "loss"],
        ["fetch", "acme/ocr", "--tag", "a", "--tag", "c"],
        ["fetch", "acme/ocr", "--filter", '{"state": "finished"}'],
    ]
    golden("fetch-odd.txt", transcript(site, wbtools, lines))
    assert not site.server.log.unknown()


def test_what_a_fetch_refuses(site, wbtools, golden):
    put(site, 1)
    put(site, 0, name="v5inrfwf")
    lines = [
        *(["fetch", word] for word in ("demo", "./here", "", "a b", "https://wandb.ai/acme")),
        ["fetch", "https://me:pass@wandb.ai/acme/ocr/sweeps/v5inrfwe"],
        ["fetch", "v5inrfwe"],
        ["fetch", "acme/ocr/v5inrfwx"],
        ["fetch", "acme/ocr/nothing0"],
        ["fetch", "acme/none/v5inrfwe"],
        ["fetch", "acme/none"],
        ["fetch", "http://192.0.2.1/acme/ocr/sweeps/v5inrfwe"],
        ["fetch", "https://192.0.2.1/acme/ocr/sweeps/v5inrfwe"],
        ["fetch", SWEEP, "--group", "x"],
        ["fetch", SWEEP, "--metric", ""],
        *(
            ["fetch", "acme/ocr", "--filter", text]
            for text in ("", "{", "[1]", "null", "[" * 9_000)
        ),
        ["fetch", "acme/ocr", "--filter", '{"$nonsense": 3}'],
        ["fetch", SWEEP, "--timeout", "0"],
        ["fetch", SWEEP, "--archive", __file__],
    ]
    text = transcript(site, wbtools, lines).replace("[" * 100, "[").replace(str(ROOT), "ROOT")
    golden("fetch-refused.txt", text.replace("[" * 90, "["))
    assert not (site.work / ".wbtools").exists()


NEXT = {
    "a sweep": ((SWEEP,), None),
    "a sweep in another archive": ((SWEEP, "--archive", "it's $HOME"), "it's $HOME"),
    "a page address": (("{page}", "--archive", "-x y"), "-x y"),
    "a sweep without a metric": (("acme/ocr/nometric",), None),
    "a sweep that is judged by none": (("acme/ocr/nometric", "--metric", "loss"), None),
    "a sweep without runs": (("acme/ocr/emptyone", "--archive", "there"), "there"),
    "a project": (("acme/ocr", "--archive", "./there"), "there"),
    "a selection": (("acme/ocr", "--filter", '{"state": "finished"}', "--metric", "loss"), None),
}


@pytest.mark.parametrize(("words", "folder"), NEXT.values(), ids=NEXT.keys())
def test_the_next_command_works_on_the_same_archive(site, wbtools, words, folder):
    put(site, 3)
    put(site, 2, name="nometric", config=NO_METRIC)
    put(site, 0, name="emptyone")
    page = f"{site.server.base_url}/acme/ocr/sweeps/v5inrfwe"
    result = wbtools("fetch", *(page if word == "{page}" else word for word in words))
    again = wbtools(*next_words(result))
    assert again.code == 0, again.err
    assert "ocr/" in again.out or "v5inrfwe" in again.out or "loss" in again.out
    assert [file.name for file in site.work.iterdir()] == [folder or ".wbtools"]


def test_another_servers_sweep_is_fetched_with_that_servers_key(site, wbtools, monkeypatch):
    put(site, 3)
    page = f"{site.server.base_url}/acme/ocr/sweeps/v5inrfwe"
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.invalid")
    refused = wbtools("fetch", page)
    assert (refused.code, refused.out, site.asked()) == (4, "", [])
    assert f"wandb login --host={site.server.base_url}" in refused.err
    machine = site.server.base_url.removeprefix("http://")
    netrc = f"machine {machine} login user password {site.server.api_key}\n"
    (site.home / "netrc").write_text(netrc)
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    result = wbtools("fetch", page, "--archive", "there")
    assert result.code == 0
    assert next_words(result) == [AUDIT, page, "--archive", "there"]
    assert wbtools(*next_words(result)).code == 0


SIGNED_OUT = {
    "nobody is signed in": ("", "not signed in to SERVER"),
    "the key is wrong": ("0" * 40, "refused the credentials from WANDB_API_KEY (status 401)"),
    "the key is none": ("short", "is malformed: it has 5 characters"),
}


@pytest.mark.parametrize("command", ["fetch", AUDIT])
@pytest.mark.parametrize(("key", "complaint"), SIGNED_OUT.values(), ids=SIGNED_OUT.keys())
def test_who_is_not_signed_in_is_told_how(site, wbtools, monkeypatch, command, key, complaint):
    put(site)
    monkeypatch.setenv("WANDB_API_KEY", key)
    result = wbtools(command, SWEEP)
    assert (result.code, result.out) == (4, "")
    error, hint = site.told(result.err).splitlines()
    assert complaint in error
    assert hint == "hint: sign in with `wandb login --host=SERVER`, or set WANDB_API_KEY"
    assert not list(site.work.iterdir())
    monkeypatch.setenv("WANDB_API_KEY", site.server.api_key)
    assert wbtools("fetch", SWEEP).code == 0
    monkeypatch.setenv("WANDB_API_KEY", key)
    result = wbtools(command, SWEEP)
    if command == "fetch":
        assert result.code == 4
        assert f"; other commands take it from archive .wbtools, {SWEEP}, 5 runs, " in result.err
    else:  # what is archived has to do, and that is said: on the page too
        assert result.code == 0
        told = site.told(result.err)
        assert f"sweep: archive .wbtools, {SWEEP}, 5 runs, fetched <1 s ago" in told
        assert "not from W&B's server: " in told
        assert complaint in told
        assert "WBT136" in result.out


OLD = {
    "no stop flags": (("Run.stopped", "Run.shouldStop"), 0, "WBT126"),
    "no counts": (("Run.historyKeys", "Project.runCount"), 0, "5 completed"),
    "no configurations": (("Run.config",), 3, "does not know what was asked"),
}


@pytest.mark.parametrize(("missing", "code", "expected"), OLD.values(), ids=OLD.keys())
def test_an_old_server_is_asked_for_less(site, wbtools, missing, code, expected):
    put(site)
    site.server.switches.missing_fields = frozenset(missing)
    result = wbtools("fetch", SWEEP)
    assert result.code == code
    assert "bug" not in result.err
    result = wbtools(AUDIT, SWEEP)
    assert result.code == code
    assert expected in result.out + result.err


def hostile(site, name):
    """One name for a sweep, its runs, its metric, their group, another project."""
    config = {"name": name, **NO_METRIC, "metric": {"name": name, "goal": "minimize"}}
    column = np.arange(3.0)
    runs = [
        LoadedRun(
            name=f"r{k}",
            history=ColumnHistory({name: column + k, "_timestamp": column}),
            facts={"display_name": name, "group": name, "tags": [name]},
            config={name: name},
        )
        for k in range(3)
    ]
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=config)
    site.server.load_sweep("acme", "ocr", "badwords", runs=[]).config_text = name
    site.server.load_sweep("acme", name, "elsewhere", runs=[])


FROM_OUTSIDE = {
    label: HOSTILE_NAMES[label]
    for label in ("a line break", "escape sequences", "rich markup", "a reversed reading order")
} | {"ten kilobytes": HOSTILE_NAMES["ten kilobytes of escapes"]}


@pytest.mark.parametrize("name", FROM_OUTSIDE.values(), ids=FROM_OUTSIDE.keys())
def test_hostile_names_are_harmless_wherever_they_are_shown(site, wbtools, name):
    hostile(site, name)
    for words, code in (
        (("fetch", SWEEP), 0),
        (("fetch", SWEEP, "--metric", name), 0),
        (("fetch", "acme/ocr", "--tag", name, "--all-metrics"), 0),
        (("fetch", "acme/ocr/badwords"), 0),
        (("fetch", "acme/nowhere/elsewhere"), 2),
        ((AUDIT, SWEEP, "--metric", name, "--goal", "minimize"), 0),
        ((AUDIT, SWEEP, "--metric", name, "--goal", "minimize", "--run", "r1"), 0),
        ((AUDIT, SWEEP, "--offline", "--metric", f"{name}x", "--goal", "minimize"), 3),
        (("archive", "ls"), 0),
    ):
        result = wbtools(*words)
        assert result.code == code, result.err
        text = (result.out + result.err).replace("\n", "")
        assert all(character.isprintable() for character in text), words
        assert "internal error" not in text
        assert len(result.out + result.err) < 60_000


@pytest.mark.parametrize("command", ["fetch", AUDIT])
def test_words_that_are_no_text_are_no_sweep(site, wbtools, command):
    result = wbtools(command, "acme/\udcff/v5inrfwe")
    assert (result.code, result.out, site.asked()) == (2, "", [])
    assert "\\udcff" in result.err


def test_a_settings_files_metric_is_fetched_where_neither_sweep_nor_line_names_one(site, wbtools):
    put(site, 2, name="nometric", config=NO_METRIC)
    put(site, 2)
    Path("wbtools.toml").write_text('metric = "acc:max"')
    brought = wbtools("fetch", "acme/ocr/nometric")
    assert "rows of acc" in brought.out
    assert brought.err.startswith("metric: acc:max (./wbtools.toml)\n")
    for words in ([SWEEP], ["acme/ocr/nometric", "--metric", "loss"]):
        assert "wbtools.toml" not in wbtools("fetch", *words).err
