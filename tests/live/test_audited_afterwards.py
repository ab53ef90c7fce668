"""An audit after a guard: its stops are the guard's, and nothing else is."""

from tests.live.world import HYPERBAND, SWEEP, six_runs
from wbtools.analysis.diagnosis.termination import Cause
from wbtools.app.audit import audit_reference


def test_every_stop_is_explained_as_the_guards(reach):
    sweep = six_runs(reach)
    sweep.guard(f"top({HYPERBAND},k=4)")
    with reach.session() as session:
        found = audit_reference(SWEEP, session=session)
    ends = {
        row.run.id: (str(row.termination.cause), row.termination.confidence.name)
        for row in found.rows
    }
    asked = sweep.asked_to_stop()
    assert 0 < len(asked) < len(ends)
    assert ends == {
        name: ("guard", "HIGH") if name in asked else ("completed", "HIGH") for name in ends
    }
    assert "WBT105" not in {finding.code for finding in found.findings}


def test_where_the_journal_is_elsewhere_its_tags_tell(reach):
    sweep = six_runs(reach)
    sweep.guard(f"top({HYPERBAND},k=4)", annotate=True)
    with reach.session(archive=reach.folder.with_name("another")) as session:
        found = audit_reference(SWEEP, session=session)
    guarded = {row.run.id for row in found.rows if row.termination.cause is Cause.GUARD}
    assert guarded == set(sweep.asked_to_stop())
    assert any("spared" in tag for row in found.rows for tag in row.run.tags)
