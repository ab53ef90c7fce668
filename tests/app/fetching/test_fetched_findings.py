"""What a fetched sweep says about its own recording."""

import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, put
from tests.server.loading import LoadedRun
from wbtools.app.audit import audit_reference
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions


def findings(reach, **wishes):
    with reach.session(**wishes) as session:
        sweep = open_sweep(SWEEP, session).read(("loss",))
    return {finding.code: finding for finding in sweep.findings}


def runs_of(reach):
    return reach.server.state.projects["acme", "ocr"].runs


def test_a_plain_sweep_has_nothing_to_tell(reach):
    put(reach, a_few(3))
    assert findings(reach) == {}


def test_deleted_runs_are_counted_and_named(reach):
    put(reach, a_few(3))
    findings(reach)
    del runs_of(reach)["run0001"]
    found = findings(reach)
    assert found["WBT122"].evidence["runs"] == ["run0001"]
    assert findings(reach, offline=True)["WBT122"] == found["WBT122"]


def test_an_edited_sweep_says_when(reach):
    put(reach, a_few(2))
    findings(reach)
    sweep = reach.server.state.projects["acme", "ocr"].sweeps["v5inrfwe"]
    sweep.config_text += "\nearly_terminate: {type: hyperband, min_iter: 3}\n"
    found = findings(reach)
    assert len(found["WBT124"].evidence["until"]) == 1
    assert len(findings(reach)["WBT124"].evidence["until"]) == 1


def test_attached_runs_are_older_than_the_sweep(reach):
    old = {"created_at": 1e9, "heartbeat_at": 1e9 + 60}
    put(reach, [LoadedRun(name="prior", history=a_few(1)[0].history, facts=old), *a_few(2)])
    assert findings(reach)["WBT125"].evidence["runs"] == ["prior"]


def test_a_server_without_stop_flags_is_named(reach):
    reach.server.switches.missing_fields = frozenset({"Run.stopped", "Run.shouldStop"})
    put(reach, a_few(2))
    assert "WBT126" in findings(reach)
    reach.server.log.clear()


def test_a_cut_fetch_is_told_offline(reach):
    put(reach, a_few(30))
    reach.server.switches.page_limit = 5
    updates = []

    def interrupt(**progress):
        updates.append(progress)
        if len(updates) > 2:
            raise KeyboardInterrupt

    with reach.session() as session:
        recording = open_sweep(SWEEP, session)
        reach.progress = interrupt
        with pytest.raises(KeyboardInterrupt):
            recording.read(("loss",))
    assert any("the same command goes on" in note for note in reach.notes)
    assert "WBT123" in findings(reach, offline=True)
    del reach.progress
    assert "WBT123" not in findings(reach)


def test_a_long_sweep_configuration_is_judged_by_its_own_rule(reach):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "early_terminate": {"type": "hyperband", "min_iter": 3},
        "parameters": {"lr": {"min": 0.0, "max": 1.0}},
    }
    put(reach, a_few(4), config=config)
    with reach.session() as session:
        audit = audit_reference(SWEEP, AuditOptions(), session)
    assert audit.question.rule.settings.min_iter == 3
    assert audit.question.metric_source == "W&B (the sweep's own)"


def test_answers_beyond_twenty_megabytes_are_asked_in_parts(reach):
    huge = {f"k{k}": "x" * 10_000 for k in range(70)}
    put(reach, [LoadedRun(name=f"r{k}", config=huge) for k in range(40)])
    with reach.session() as session:
        sweep = open_sweep(SWEEP, session).read(("loss",))
    assert len(sweep.runs) == 40
    taken = [
        request for request in reach.server.log.all("graphql") if request.operation == "WbtoolsRuns"
    ]
    assert max(request.n_bytes for request in taken) < 20_000_000
