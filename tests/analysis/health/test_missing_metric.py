"""A metric that runs never logged: what is said of it, and what bayes learned all the same."""

from dataclasses import replace

import pytest

from tests.analysis.health.charts import codes, examined, found, why_not
from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.health import SweepBackground, check_context, examine
from wbtools.model import Goal, Metric, RunState

FAILED = {"state": RunState.FAILED, "exit_code": 1}


def test_a_silent_metric_is_said_once_with_the_names_that_were_logged():
    known = {"logged": {"f1": 3, "step": 2}, "impute": "worst"}
    ask = {"method": "bayes"}
    rule = "hyperband(min_iter=2,eta=3,strict=true)"
    examination = examined([], [], [], rule=rule, ask=ask, known=known)
    assert codes(examination) == ["WBD201"]
    assert found(examination, "WBD201").evidence["logged_names"] == {"f1": 3, "step": 2}
    assert why_not(examination, "WBD211") == ["no run reported the metric"]


@pytest.mark.parametrize(("n_looked_into", "hint"), [(None, "3 logged"), (50, "at least 3 logged")])
def test_counts_of_a_sample_of_the_files_are_called_so(n_looked_into, hint):
    known = {"logged": {"Loss": 3}, "near": ("Loss",), "n_looked_into": n_looked_into}
    finding = found(examined([], [], [], known=known), "WBD201")
    assert finding.hint.startswith(f"{hint} 'Loss'")
    assert finding.evidence["n_files_looked_into"] == n_looked_into


def test_bayes_learns_what_the_summary_of_a_finished_run_holds():
    ask, known = {"method": "bayes"}, {"impute": "worst"}
    summaries = [{"summary": {"loss": 0.1}}, {"summary": {"loss": "NaN"}}, {}]
    facts = [FINISHED | summary for summary in summaries]
    examination = examined([], [], [], facts=facts, ask=ask, known=known)
    assert found(examination, "WBD212").title.startswith(
        "bayes was taught the worst value for 2 of 3 ended runs"
    )
    assert codes(examination).count("WBD201") == 2  # one run by its summary, two that are silent
    facts = [FINISHED | {"summary": {"loss": 0.1 * k}} for k in range(3)]
    assert "WBD212" not in codes(examined([], [], [], facts=facts, ask=ask, known=known))
    facts = [FAILED | {"summary": {"loss": 0.1 * k}} for k in range(3)]
    assert "WBD212" in codes(examined([], [], [], facts=facts, ask=ask, known=known))


def test_a_dotted_name_may_be_nested_where_bayes_does_not_look():
    facts = [FINISHED | {"summary": {"acc.max": 0.1}}] * 3
    recorded = sweep([], [], [], facts=facts)
    recorded = replace(recorded, curves={"acc.max": recorded.curves["loss"]})
    metric = Metric(name="acc.max", goal=Goal.MAXIMIZE)
    asked = replace(question("none", method="bayes"), metric=metric, rank_by=metric)
    examination = examine(check_context(recorded, asked, SweepBackground()))
    assert "WBD212" not in codes(examination)
    assert "may be nested" in why_not(examination, "WBD212")[0]
