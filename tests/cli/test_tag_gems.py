"""`audit-terminations --tag-gems`: nothing is changed without `--yes`, and nothing twice."""

import logging
import shlex

import pytest

import wbtools as wb
from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import SWEEP
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.answers.audit.gem_words import runs_to_repeat
from wbtools.app.audit import audit_reference
from wbtools.app.opening.question import AuditOptions

AUDIT = "audit-terminations"
RULE = {"type": "hyperband", "min_iter": 2, "eta": 2, "strict": True}
CONFIG = {
    "method": "random",
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"lr": {"min": 0.0001, "max": 0.1}},
    "early_terminate": RULE,
}
STOPPED = {"state": "killed", "exit_code": None, "stopped": True, "should_stop": True}


def put(site, *, beyond=("run4", "run5"), names=None):
    """Six runs, of which two were stopped when they had already beaten the best finished one."""
    runs = []
    for k in range(6):
        name, is_stopped = f"run{k}", k >= 3
        level = 0.5 + k / 100 if name not in beyond else 0.1 + k / 100
        n = 2 if is_stopped else 8
        rows = [{"_step": i, "_timestamp": 1.7e9 + i, "loss": level} for i in range(n)]
        facts = dict(STOPPED) if is_stopped else {}
        if names:
            facts["display_name"] = list(names.values())[k % len(names)]
        runs.append(LoadedRun(name=name, history=RowHistory(rows), facts=facts))
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=CONFIG)


def tags(site):
    sweep = site.server.state.sweep("acme", "ocr", "v5inrfwe")
    return {run.name: list(run.tags) for run in site.server.state.sweep_runs(sweep) if run.tags}


def n_changes(site):
    return site.server.log.operations().get("WbtoolsTagRun", 0)


def test_a_dry_run_says_whom_it_would_tag_and_offers_to(site, wbtools):
    put(site)
    plain = wbtools(AUDIT, SWEEP)
    result = wbtools(AUDIT, SWEEP, "--tag-gems")
    assert (result.code, result.out) == (0, plain.out)
    assert n_changes(site) == 0
    assert tags(site) == {}
    where = f"{SWEEP} on {site.server.base_url}: wbtools-gem"
    would = [line for line in result.err.splitlines() if line.startswith("would tag")]
    assert would
    assert all(line.endswith(where) for line in would)
    offered = next(line for line in result.err.splitlines() if "--tag-gems --yes" in line)
    assert wbtools(*shlex.split(offered.removeprefix("next: wbtools "))).code == 0
    assert len(tags(site)) == len(would)


def test_with_yes_the_advised_runs_are_tagged_once(site, wbtools, caplog):
    put(site)
    advised = runs_to_repeat(audit_reference(SWEEP, AuditOptions()))
    assert advised
    state = site.server.state
    state.sweep_runs(state.sweep("acme", "ocr", "v5inrfwe"))[4].tags = ["mine"]
    with caplog.at_level(logging.INFO, "wbtools.changes"):
        result = wbtools(AUDIT, SWEEP, "--tag-gems", "--yes")
    assert result.code == 0
    found = tags(site)
    assert found["run4"] == ["mine", "wbtools-gem"]
    assert set(found) == {run.run.id for run in advised}
    n = n_changes(site)
    assert n == len(found)
    assert sum("tagging run" in line for line in result.err.splitlines()) == n
    assert sum("tagging run" in record.message for record in caplog.records) == n
    again = wbtools(AUDIT, SWEEP, "--tag-gems", "--yes")
    assert (again.code, n_changes(site)) == (0, n)
    assert again.err.count("has the tag wbtools-gem already") == n
    assert tags(site) == found


def test_where_no_run_is_advised_none_is_tagged(site, wbtools):
    rows = [{"_step": i, "_timestamp": 1.7e9 + i, "loss": 0.5} for i in range(8)]
    runs = [LoadedRun(name=f"run{k}", history=RowHistory(rows)) for k in range(3)]
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=CONFIG)
    result = wbtools(AUDIT, SWEEP, "--tag-gems", "--yes")
    assert result.code == 0
    assert "no run is tagged" in result.err
    assert n_changes(site) == 0


def test_tags_that_the_server_does_not_show_are_not_overwritten(site, wbtools):
    put(site)
    site.server.switches.missing_fields = frozenset({"Run.tags"})
    result = wbtools(AUDIT, SWEEP, "--tag-gems", "--yes")
    assert "W&B does not say which tags it has" in result.err
    assert n_changes(site) == 0
    site.server.log.clear()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["demo", "--tag-gems"], "the runs of demo were read from files"),
        (["demo", "--tag-gems", "--yes"], "were read from files"),
        (["demo", "--yes"], "--yes lets runs be tagged, and --tag-gems is not given"),
    ],
)
def test_what_cannot_be_tagged_is_refused_before_there_is_an_answer(wbtools, words, message):
    result = wbtools(AUDIT, *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_offline_nothing_is_tagged(site, wbtools):
    put(site)
    wbtools(AUDIT, SWEEP)
    result = wbtools(AUDIT, SWEEP, "--offline", "--tag-gems", "--yes")
    assert result.code == 2
    assert "--offline forbids that" in result.err
    assert n_changes(site) == 0


def test_hostile_names_move_no_cursor_and_the_key_is_nowhere(site, wbtools):
    put(site, names=HOSTILE_NAMES)
    result = wbtools(AUDIT, SWEEP, "--tag-gems", "--yes")
    assert n_changes(site)
    for text in (result.out, result.err):
        assert site.server.api_key not in text
        assert all(letter.isprintable() for line in text.splitlines() for letter in line)


def test_the_library_tags_by_the_same_words(site):
    put(site)
    wb.audit(SWEEP, tag_gems=True)
    assert n_changes(site) == 0
    wb.audit(SWEEP, tag_gems=True, yes=True)
    assert tags(site)
    with pytest.raises(wb.UsageError, match="read from files"):
        wb.audit("demo", tag_gems=True)
    with pytest.raises(wb.UsageError, match="tag_gems=True is not given"):
        wb.audit("demo", yes=True)
