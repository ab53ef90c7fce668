"""`import wbtools`: as light as a name, and every name where it is looked for."""

import ast
import doctest
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wbtools
import wbtools.library
from tests.readme import DOCS, README, ROOT
from wbtools.cli.app import COMMANDS

HEAVY = {"wandb", "pandas", "pyarrow", "matplotlib", "numpy", "httpx", "rich", "typer", "yaml"}
MODULES = sorted(path.stem for path in Path(wbtools.library.__file__).parent.glob("[a-z]*.py"))
CALLS = {
    "audit": "'demo'", "rank": "'demo'", "compare": "'demo'", "importance": "'demo'",
    "doctor": "'demo'", "simulate": "'demo'", "forecast": "'plan.yaml'",
    "replicate": "'demo', 5", "verify": "'demo', 5", "make_sweep": "", "lint": "'sweep.yaml'",
    "expand_grid": "'grid.yaml'", "fetch": "'a/b/c'",
}  # fmt: skip
"""Every function that is a command, with words that it takes."""
WITHOUT_EXAMPLES = {"guarding", "keywords", "parameters", "simulations"}  # or slow ones


def loaded_by(program):
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys, json\nprint(json.dumps([*sys.modules]))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("program", "light"),
    [
        ("import wbtools; wbtools.__version__; dir(wbtools)", HEAVY),
        ("import wbtools; wbtools.WbtoolsError", HEAVY),
        ("import wbtools; wbtools.audit('demo')", {"wandb", "pandas", "pyarrow", "matplotlib"}),
        (
            "import wbtools; wbtools.to_frame(wbtools.load_sweep('demo'))",
            {"wandb", "matplotlib", "typer"},
        ),
        (
            "import wbtools; wbtools.plot(wbtools.audit('demo'))",
            {"wandb", "pandas", "matplotlib.pyplot", "typer"},
        ),
    ],
    ids=["import", "an error", "audit", "to_frame", "plot"],
)
def test_only_what_is_used_is_loaded(program, light):
    assert not light & loaded_by(program)


def test_every_command_is_a_function():
    not_answers = {"archive", "rule"}
    commands = {name.replace("-", "_") for name in set(COMMANDS) - not_answers}
    commands = commands - {"audit_terminations"} | {"audit"}
    assert commands | {"load_sweep", "to_frame", "plot"} <= set(wbtools.__all__)


def test_every_name_is_found_where_types_are_read_and_says_what_it_is():
    written = ast.parse(Path(wbtools.__file__).read_text())
    typed = {
        alias.name: node.module
        for node in ast.walk(written)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("wbtools.")
        for alias in node.names
    }
    homes = {name: f"wbtools.{home}" for home, names in wbtools._HOMES.items() for name in names}
    assert homes == typed
    assert sorted(homes) == sorted(wbtools.__all__)
    for name in wbtools.__all__:
        assert getattr(wbtools, name).__doc__


def test_only_public_names_are_offered():
    for name in wbtools.__all__:
        getattr(wbtools, name)
    offered = [name for name in dir(wbtools) if not name.startswith("__")]
    assert offered == sorted(wbtools.__all__)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("audti", "did you mean 'audit'?"), ("loadsweep", "did you mean 'load_sweep'?")],
)
def test_a_misspelt_name_says_what_is_near(name, hint):
    with pytest.raises(AttributeError, match=name) as caught:
        getattr(wbtools, name)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", ["no_such_name", "_audit", "__wrapped__", "_repr_html_"])
def test_a_name_that_is_near_none_is_plainly_refused(name):
    with pytest.raises(AttributeError) as caught:
        getattr(wbtools, name)
    assert str(caught.value) == f"module 'wbtools' has no attribute {name!r}"


@pytest.mark.slow
def test_a_type_checker_knows_the_names_and_refuses_misspelt_ones(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import wbtools as wb\n"
        "def first(audit: wb.AuditAnswer) -> wb.Run:\n"
        "    return audit.gems[0].run\n"
        "first(wb.audit('demo', goal='max'))\n"
        "wb.audti('demo')\n"
        "wb.audit('demo', goal='up')\n"
        "wb.audit('demo', metrik='val/acc')\n"
        "wb.rank('demo', stopped='appart')\n"
        "wb.rank('demo').boards\n"
        "wb.compare('demo').plot(run=5)\n"
        "wb.plot(wb.doctor('demo'))\n"
        "frame: int = wb.doctor('demo').to_frame()\n"
        + "".join(f"reveal_type(wb.{function}({words}))\n" for function, words in CALLS.items())
    )
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", program],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(
        re.findall(r"^program\.py:(\d+): error: .*\[([\w-]+)\]$", result.stdout, re.MULTILINE)
    )
    assert found == {
        "5": "attr-defined", "6": "arg-type", "7": "call-arg", "8": "arg-type",
        "9": "attr-defined", "10": "call-arg", "11": "arg-type", "12": "assignment",
    }  # fmt: skip
    revealed = re.findall(r'note: Revealed type is "[\w.]*\.(\w+)"', result.stdout)
    assert revealed == [f"{name.title().replace('_', '')}Answer" for name in CALLS]


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(each, marks=[pytest.mark.slow] if each == "reports" else [])  # a whole report
        for each in MODULES
    ],
)
def test_the_examples_in_the_docstrings_are_true(module):
    names = vars(importlib.import_module(f"wbtools.library.{module}"))
    functions = [inspect.unwrap(value) for value in names.values() if inspect.isfunction(value)]
    runner = doctest.DocTestRunner()
    for function in functions:
        if function.__module__.endswith(module):
            for example in doctest.DocTestFinder().find(function, globs=dict(names)):
                runner.run(example)
    assert runner.failures == 0
    assert runner.tries or module in WITHOUT_EXAMPLES


def run_example(page):
    (program,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    names = {}
    exec(program, names)  # noqa: S102 - the page's own
    return names


def test_the_example_in_the_readme_runs():
    names = run_example(README)
    assert len(names["table"]) == 36
    assert names["best"].rank == 1
    assert names["script"].count("--seed=") == 3


@pytest.mark.usefixtures("small_forests")
def test_the_example_on_the_page_of_the_library_runs():
    names = run_example(DOCS / "library.md")
    assert names["best"].rank == 1
    assert names["table"]["rank"][0] == 1
    assert names["script"].count("--lr=0.01") >= 3
    assert "run_cap: 20" in names["following"]
    assert len(names["frame"]) == 36
