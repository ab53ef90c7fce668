"""Runs link to W&B where they came from there, and nowhere else."""

import json
import re
from dataclasses import replace

import pytest

from tests.answers.report.pages import Elements, data_of, demo_report
from tests.answers.samples import run
from wbtools.answers.report.run_links import run_url
from wbtools.model import SweepRef

REF = SweepRef(sweep_id="ab12cd34", entity="acme", project="ocr", base_url="https://api.wandb.ai")


@pytest.mark.parametrize(
    ("changes", "run_id", "url"),
    [
        ({}, "x1", "https://wandb.ai/acme/ocr/runs/x1"),
        (
            {"base_url": "https://wandb.lab.example/"},
            "x1",
            "https://wandb.lab.example/acme/ocr/runs/x1",
        ),
        ({"base_url": None}, "x1", None),
        ({"entity": None}, "x1", None),
        ({"project": ""}, "x1", None),
        ({"base_url": "javascript:alert(1)"}, "x1", None),
        ({"project": "../a b?#"}, "</a>", "https://wandb.ai/acme/..%2Fa%20b%3F%23/runs/%3C%2Fa%3E"),
    ],
)
def test_the_page_of_a_run(changes, run_id, url):
    assert run_url(replace(REF, **changes), run(1, id=run_id)) == url


def test_rows_and_tooltips_lead_to_it():
    report = demo_report()
    sweep = replace(report.audit.sweep, ref=REF)
    fetched = replace(report, audits=(replace(report.audit, sweep=sweep),))
    page = fetched.to_html()
    urls = [run["url"] for run in data_of(page)["runs"].values()]
    wanted = [f"https://wandb.ai/acme/ocr/runs/{row.run.id}" for row in report.audit.rows]
    assert urls == wanted
    links = [link["href"] for link in Elements(page).all("a", rel="noopener noreferrer")]
    assert set(links) == set(urls)
    text = fetched.to_markdown()
    assert set(re.findall(r"\]\((https:[^)]*)\)", text)) == set(urls)
    called, *_ = (line for line in text.splitlines() if wanted[4] in line)
    assert f"[5 ivory-sweep-5]({wanted[4]})" in called
    assert called.endswith(f"| {report.audit.rows[4].run.id} |")
    assert "https://wandb.ai" not in json.dumps(data_of(report.to_html())["runs"])
