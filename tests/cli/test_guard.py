"""`wbtools guard` as a user sees it: the page, the next command, exit codes."""

import json
import re
import shlex

import pytest

from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import SWEEP
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun

RULE = "top(hyperband(min_iter=2,eta=3),k=4)"
LEVELS = (0.1, 0.5, 0.6, 0.9, 0.3, 0.8)


def put(site, *, names=None, ended=(), **more):
    """Six runs that have made two reports and go on."""
    site.server.switches.heartbeat_timeout_s = 1e9
    runs = []
    for k, level in enumerate(LEVELS):
        rows = [{"_step": step, "_timestamp": 1.7e9 + step, "loss": level} for step in range(2)]
        going = {"state": "running", "exit_code": None}
        if names:
            going["display_name"] = list(names.values())[k % len(names)]
        facts = {} if k in ended else going
        runs.append(LoadedRun(name=f"run{k}", history=RowHistory(rows), facts=facts))
    return site.server.load_sweep(
        "acme", "ocr", "v5inrfwe", runs=runs, sweep_state="RUNNING", **more
    )


def stops(site):
    return site.server.log.operations().get("WbtoolsStopRun", 0)


def test_a_dry_run_offers_itself_with_yes(site, wbtools, golden):
    put(site)
    result = wbtools("guard", SWEEP, "--rule", RULE, "--once")
    assert result.code == 0
    assert stops(site) == 0
    *_, line = result.err.splitlines()
    assert shlex.split(line) == [
        "next:", "wbtools", "guard", SWEEP, "--rule", RULE, "--once", "--yes",
    ]  # fmt: skip
    golden("guard-dry-run.txt", masked(result.out))


def masked(text):
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d to \d\d:\d\d", "FROM to UNTIL", text)
    return re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", text)


def test_with_yes_it_stops_and_the_audit_is_next(site, wbtools):
    put(site)
    result = wbtools("guard", SWEEP, "--rule", RULE, "--once", "--yes", "--format", "json")
    answer = json.loads(result.out)
    assert {each["run_id"] for each in answer["decisions"] if each["status"] == "asked"} == {
        "run3", "run5",
    }  # fmt: skip
    assert stops(site) == 2
    assert f"next: wbtools audit-terminations {SWEEP}" in result.err
    again = wbtools("guard", SWEEP, "--rule", RULE, "--once", "--yes")
    assert again.code == 0
    assert stops(site) == 2


def test_what_is_shown_of_hostile_names_moves_no_cursor(site, wbtools):
    put(site, names=HOSTILE_NAMES)
    result = wbtools("guard", SWEEP, "--rule", RULE, "--once", "--yes")
    assert result.code == 0
    for text in (result.out, result.err):
        assert "\x1b" not in text
        assert all(letter.isprintable() for line in text.splitlines() for letter in line)


def test_the_key_is_in_nothing_that_it_writes(site, wbtools):
    put(site)
    result = wbtools("guard", SWEEP, "--rule", RULE, "--once", "--yes", "--annotate")
    kept = [path.read_bytes() for path in site.work.rglob("*") if path.is_file()]
    key = site.server.api_key
    assert key not in result.out + result.err
    assert not any(key.encode() in content for content in kept)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["demo", "--rule", RULE], "ENTITY/PROJECT/SWEEP_ID"),
        (["acme/ocr", "--rule", RULE], "name the sweep"),
        ([SWEEP], "--rule"),
        ([SWEEP, "--rule", "hyperband(min_iter=0)"], "hyperband(min_iter=10,eta=2)"),
        ([SWEEP, "--rule", RULE, "--annotate"], "pass --yes too"),
        ([SWEEP, "--rule", RULE, "--scheduler"], "pass --yes too"),
        ([SWEEP, "--rule", RULE, "--metric", "los:min", "--once"], "loss"),
    ],
)
def test_what_cannot_be_right_is_one_error_with_a_way_out(site, wbtools, words, hint):
    put(site, ended=(0, 1, 2, 3, 4, 5) if "los:min" in words else ())
    result = wbtools("guard", *words)
    assert result.code in {2, 3}
    assert hint in result.err.splitlines()[-1]
    assert result.err.splitlines()[-1].startswith("hint: ")
    assert stops(site) == 0
