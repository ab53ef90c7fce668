"""A page of 500 runs with 200 reports each stays below two megabytes."""

import pytest

import wbtools as wb
from tests.answers.report.big_sweep import METRIC, N_RUNS, RULE, write_big_sweep
from tests.answers.report.pages import data_of, unpacked

pytestmark = pytest.mark.slow


def test_a_large_sweep_fits_a_page(tmp_path):
    report = wb.report(write_big_sweep(tmp_path), metric=f"{METRIC}:min", early_terminate=RULE)
    page = report.to_html()
    assert len(page.encode()) < 2_000_000
    data = data_of(page)
    assert len(data["runs"]) == N_RUNS
    (panel,) = data["figures"]["curves"]["panels"]
    points = [len(mark["y"]) for mark in unpacked(panel, data["ids"]) if mark["type"] == "curve"]
    assert max(points) == 200
    assert report.simulation.setup.n_orders == 10
    assert "The sweep is large: rules were replayed in 10 orders of arrival" in page
