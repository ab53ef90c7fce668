"""Runs that a guard stopped, as the examination of a sweep sees them."""

from dataclasses import replace

import pytest

from tests.analysis.health.charts import found
from tests.analysis.sweeps import FINISHED, question, sweep
from tests.guards import guard_stop
from wbtools.analysis.health import SweepBackground, check_context, examine
from wbtools.findings import Severity


@pytest.mark.parametrize("by_guard", [True, False])
def test_a_program_that_catches_the_guards_order_is_no_wonder(by_guard):
    full, caught = [9.0, 8, 7, 6, 5, 4, 3, 2], [9.0, 8, 7]
    recorded = sweep(full, full, caught, caught, facts=[FINISHED | {"config": {"epochs": 8}}] * 4)
    stops = {
        run.id: guard_stop(run.id, decided_at=run.heartbeat_at, n_reports=3)
        for run in recorded.runs[2:]
    }
    data = replace(recorded, guard_stops=stops if by_guard else {})
    examination = examine(check_context(data, question("none"), SweepBackground()))
    short = found(examination, "WBD232")
    assert short.title.endswith("2 of them where the guard stopped them") is by_guard
    assert (short.severity is Severity.INFO) is by_guard
