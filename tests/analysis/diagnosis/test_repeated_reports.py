"""What a rule that counts repeated reports saw."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.audit import audit
from wbtools.findings import Severity
from wbtools.model import Curves, RunState, Series

FULL = {**FINISHED, "config": {"epochs": 6}}
STOPPED = {"state": RunState.KILLED, "exit_code": None, "config": {"epochs": 6}}
OWN = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]


def with_repeats(recorded, row, values):
    """The sweep, of which a run logged these values, its own among them."""
    own = recorded.curves["loss"]
    series = [
        (
            run_id,
            Series(
                values=np.array(values) if k == row else own.values[k, : own.n_reports[k]],
                steps=np.arange(len(values) if k == row else own.n_reports[k]),
                times_s=60.0 * np.arange(1, len(values) + 1)
                if k == row
                else own.times_s[k, : own.n_reports[k]],
            ),
        )
        for k, run_id in enumerate(own.run_ids)
    ]
    return replace(recorded, curves_with_repeats={"loss": Curves.pack("loss", series)})


def found(recorded, rule):
    findings = audit(recorded, question(rule)).findings
    return [finding for finding in findings if finding.code == "WBT129"]


def test_bands_behind_the_point_that_a_run_went_back_to_are_shifted():
    recorded = with_repeats(
        sweep(OWN, [0.95, 0.85, 0.75, 0.65, 0.55, 0.45], facts=[FULL, FULL]),
        0,
        [0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.4],
    )
    (finding,) = found(recorded, "hyperband(min_iter=2,eta=2,strict=true)")
    assert finding.severity is Severity.INFO
    assert finding.title == "1 run logged 1 report twice: W&B's band 4 saw earlier values"
    assert finding.evidence["bands_reports"] == [4]
    assert finding.evidence["shifted_run_ids"] == ["run1"]


@pytest.mark.parametrize("rule", [None, "none"])
def test_without_a_rule_there_is_nothing_to_shift(rule):
    recorded = with_repeats(sweep(OWN, OWN, facts=[FULL, FULL]), 0, [0.9, *OWN])
    assert not found(recorded, rule)


def test_a_run_that_only_the_repeated_reports_explain_is_named():
    """At its own second epoch it was the best; by rows it stood there with its first one's."""
    recorded = with_repeats(
        sweep(OWN, OWN, [0.95, 0.75], starts=[0.0] * 3, facts=[FULL, FULL, STOPPED]),
        2,
        [0.95, 0.95, 0.75],
    )
    (finding,) = found(recorded, "hyperband(min_iter=2,eta=2,strict=true)")
    assert finding.severity is Severity.WARNING
    assert finding.evidence["run_ids"] == ["run3"]
    assert finding.title.endswith("; 1 run may have been stopped by a value that came early")
