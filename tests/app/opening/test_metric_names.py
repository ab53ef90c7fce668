"""Names that were logged, as errors list them."""

import errno

import pytest

from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.app.audit import audit_reference
from wbtools.app.opening.metric_names import listed, where_logged
from wbtools.app.opening.question import AuditOptions
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal
from wbtools.sources.local import run_file
from wbtools.sources.regular_files import read_regular


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


@pytest.mark.parametrize("metric", [None, "loss"])
def test_a_file_that_cannot_be_read_is_not_one_that_logged_nothing(tmp_path, monkeypatch, metric):
    for run_id in ("aaaaaaaa", "bbbbbbbb"):
        rows = [run_record(run_id, sweep_id="s1"), history(0, {"loss": 1.0}), exit_record(0)]
        write_run(tmp_path, rows, run_id)

    def without_memory(path, most_bytes):
        if most_bytes is None:
            raise OSError(errno.ENOMEM, "larger than the memory", str(path))
        return read_regular(path, most_bytes)

    monkeypatch.setattr(run_file, "read_regular", without_memory)
    monkeypatch.setenv("WBTOOLS_CACHE", "off")
    options = AuditOptions(metric=metric, goal=None if metric is None else Goal.MINIMIZE)
    with pytest.raises((UsageError, DataError)) as caught:
        audit_reference(str(tmp_path), options)
    files = "2 run files (run-aaaaaaaa.wandb and run-bbbbbbbb.wandb) cannot be read"
    assert f"what was logged is not known: {files}" in caught.value.hint
    assert "no name" not in caught.value.hint


def test_runs_that_logged_nothing_are_said_to_have_logged_nothing():
    assert where_logged({}, ()) == "no number was logged under any name"
