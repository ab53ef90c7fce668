"""The tags of runs that a guard stopped or spared."""

from tests.live.world import HYPERBAND, looks, six_runs


def test_runs_are_tagged_where_that_is_asked_for(reach):
    sweep = six_runs(reach)
    sweep.runs["d"].tags = ["mine"]
    sweep.guard(f"top({HYPERBAND},k=4)", annotate=True)
    tags = {name: run.tags for name, run in sweep.runs.items()}
    assert tags["d"] == ["mine", "wbtools-guard: report 2 0.9 needed 0.5"]
    assert tags["c"] == ["wbtools-guard spared: report 2 0.6 needed 0.5"]
    assert tags["a"] == []


def test_who_was_stopped_by_somebody_else_gets_no_tag(reach, monkeypatch):
    sweep = six_runs(reach)
    from wbtools.sources.wandb_api.server import Server

    before = Server.stoppable

    def stoppable(self, entity, project, ids):
        sweep.runs["d"].stopped = True
        return before(self, entity, project, ids)

    monkeypatch.setattr(Server, "stoppable", stoppable)
    sweep.guard(HYPERBAND, annotate=True)
    assert sweep.runs["d"].tags == []
    assert sweep.runs["c"].tags
    assert any("told to stop by somebody else" in note for note in reach.notes)


def test_by_cron_too_a_run_is_tagged_once(reach):
    sweep = six_runs(reach)
    for _ in range(4):
        sweep.turn()
        sweep.guard(f"top({HYPERBAND},k=4)", once=True, annotate=True)
    assert [len(sweep.runs[name].tags) for name in "abcdef"] == [0, 0, 1, 1, 0, 1]
    spared = [each for look in looks(reach) for each in look.decisions if each.run_id == "c"]
    assert len(spared) == 1


def test_tags_that_the_server_does_not_show_are_not_overwritten(reach):
    sweep = six_runs(reach)
    sweep.server.switches.missing_fields = frozenset({"Run.tags"})
    sweep.runs["d"].tags = ["mine"]
    sweep.guard(HYPERBAND, annotate=True)
    assert sweep.runs["d"].tags == ["mine"]
    assert any("W&B does not say which tags it has" in note for note in reach.notes)
    sweep.server.log.clear()
