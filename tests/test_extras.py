"""Without the optional packages every core command works, and the others say what to install."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from wbtools.extras import Extra, install_command

ROOT = Path(__file__).parents[1]

PROGRAM = """
import contextlib, io, json, sys
sys.modules["sklearn"] = sys.modules["pyarrow"] = None  # as if they were not installed
import wbtools as wb
from wbtools.cli.app import main

def said(words):
    sys.argv = ["wbtools", *words.split()]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}

answers = {words: said(words) for words in json.loads(sys.argv[1])}
answers["frame"] = {"code": 0, "out": str(wb.rank("demo").to_frame().shape), "err": ""}
print(json.dumps(answers))
"""
CORE = {
    "audit-terminations demo": "Is there a gem?",
    "rank demo": "rank",
    "rank tests/data/seeds/polsess_runs.csv --metric best_si_sdr_db:maximize": "SPMamba",
    "compare demo --group-by hidden --baseline 64": "baseline: 64",
    "importance demo": "What matters",
    "doctor demo": "WBD212",
    "lint sweep_templates/random-hyperband.yaml": "",
    "replicate demo --run 5": "--lr",
    "archive ls": "",
}
PARQUET = "archive export demo -o rows.parquet"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps([*CORE, PARQUET])],
        cwd=ROOT,
        env={**os.environ, "WBTOOLS_ARCHIVE": str(tmp_path_factory.mktemp("archive") / "fresh")},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


def test_core_commands_need_none_of_them(answers):
    assert {words: answers[words]["code"] for words in CORE} == dict.fromkeys(CORE, 0)
    for words, shown in CORE.items():
        assert shown in answers[words]["out"]
    assert answers["frame"]["out"].startswith("(36, ")


def test_importance_gives_its_correlations_and_says_what_forests_need(answers):
    page = " ".join(answers["importance demo"]["out"].split())
    assert "correlation" in page
    needed = f"forests need scikit-learn, which {install_command('importance')}"
    assert f"No random forest: {needed}" in page


def test_parquet_says_what_it_needs(answers):
    assert answers[PARQUET] == {
        "code": 2,
        "out": "",
        "err": "error: writing Parquet needs pyarrow\n"
        "hint: pip install 'wbtools-sweeps[parquet]', or write a .csv file\n",
    }


def test_the_line_that_installs_an_extra_names_this_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra in get_args(Extra):
        assert extra in project["optional-dependencies"]
        assert install_command(extra) == f"pip install '{project['name']}[{extra}]'"
