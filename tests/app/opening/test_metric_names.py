"""Names that were logged, as errors list them."""

import pytest

from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.app.audit import audit_reference
from wbtools.app.opening.metric_names import listed
from wbtools.app.opening.question import AuditOptions
from wbtools.errors import DataError
from wbtools.model import Goal


def test_names_are_listed_with_their_runs_the_most_common_first():
    names = {f"n{k}": k for k in range(1, 15)}
    assert listed({"b": 2, "a": 2, "c": 3}) == "'c' (3), 'a' (2), 'b' (2)"
    assert listed(names).endswith("'n3' (3) and 2 more")
    assert listed({}, sampled=True) == ""


@pytest.mark.parametrize(("n", "said"), [(50, "'f1' (50)"), (60, "'f1' (30), counted in a sample")])
def test_an_error_tells_counts_of_a_sample_from_counts_of_all(tmp_path, n, said):
    for k in range(n):
        rows = [history(step, {"f1": 0.1}) for step in range(2)]
        write_run(tmp_path, [run_record(f"r{k}", sweep_id="s"), *rows, exit_record(0)], f"r{k}")
    asked = AuditOptions(metric="objective", goal=Goal.MAXIMIZE, early_terminate="none")
    with pytest.raises(DataError) as refusal:
        audit_reference(str(tmp_path), asked)
    assert said in refusal.value.hint
