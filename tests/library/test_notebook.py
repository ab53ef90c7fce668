"""The library in a notebook: every function, its figure and its errors, in a kernel of its own."""

import base64
import os

import pytest

from tests.cli.test_verify import replica
from tests.readme import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def run_notebook(tmp_path, monkeypatch):
    """`run_notebook(cell, …)` gives the outputs of each cell."""
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    monkeypatch.delenv("MPLBACKEND", raising=False)

    def run(*cells):
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        kernel = {"kernel_name": "python3", "allow_errors": True, "timeout": 120}
        client = nbclient.NotebookClient(notebook, **kernel)
        client.execute()
        return [cell["outputs"] for cell in notebook["cells"]]

    return run


def pictures(outputs):
    return [each["data"]["image/png"] for each in outputs if "image/png" in each.get("data", {})]


def test_every_function_answers_in_a_notebook(run_notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = {
        "load_sweep": "wb.load_sweep('demo').curves['val/acc'].values.shape",
        "to_frame": "wb.to_frame(wb.load_sweep('demo')).shape[0]",
        "audit": "wb.audit('demo').gems[0].run.name",
        "rank": "wb.rank('demo').n_runs",
        "compare": "len(wb.compare('demo', group_by='schedule').sides)",
        "importance": "len(wb.importance('demo').parameters)",
        "doctor": "wb.doctor('demo').findings[0].code",
        "simulate": "len(wb.simulate('demo', rule='none', orders=2).tried)",
        "replicate": "wb.replicate('demo', 5).text[:9]",
        "make_sweep": "open('sweep.yaml', 'w').write(wb.make_sweep(from_sweep='demo').text) > 99",
        "forecast": "len(wb.forecast('sweep.yaml', hours_per_run=1, runs=3).sweeps)",
        "lint": "[each.code for each in wb.lint('sweep.yaml').findings]",
        "expand_grid": "len(wb.expand_grid('grid.yaml', out_dir='cells').files.configs)",
    }
    (tmp_path / "grid.yaml").write_text("name: g\naxes: {a: [1, 2], b: [x, y]}\n")
    first, *answers = run_notebook("import wbtools as wb", *calls.values())
    assert first == []
    shown = {
        name: [each.get("data", {}).get("text/plain", str(each)) for each in outputs]
        for name, outputs in zip(calls, answers, strict=True)
    }
    assert shown == {
        "load_sweep": ["(36, 27)"],
        "to_frame": ["36"],
        "audit": ["'ivory-sweep-5'"],
        "rank": ["36"],
        "compare": ["4"],
        "importance": ["6"],
        "doctor": ["'WBD212'"],
        "simulate": ["1"],
        "replicate": ["'#!/bin/sh'"],
        "make_sweep": ["True"],
        "forecast": ["1"],
        "lint": shown["lint"],
        "expand_grid": ["4"],
    }
    assert shown["lint"][0].startswith("[")


def test_a_replication_is_verified_in_a_notebook(run_notebook, project):
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    _, (answer,) = run_notebook("import wbtools as wb", "str(wb.verify('.', 1).verdict)")
    assert answer["data"]["text/plain"] == "'success'"


@pytest.mark.parametrize("inline", ["", "%matplotlib inline"], ids=["plain", "inline"])
def test_a_figure_is_shown_once_whatever_matplotlib_is_told(run_notebook, inline):
    _, shown, silent, counted = run_notebook(
        f"{inline}\nimport wbtools as wb\naudit = wb.audit('demo')",
        "wb.plot(audit, run=5)",
        "figure = wb.plot(audit)",
        "import matplotlib.pyplot as plt\nplt.get_fignums()",
    )
    (picture,) = pictures(shown)
    assert len(shown) == 1
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert silent == []
    assert counted[0]["data"]["text/plain"] == "[]"


def test_an_error_shows_its_hint(run_notebook):
    ((error,),) = run_notebook("import wbtools as wb\nwb.audit('demo', metric='val_acc')")
    assert error["output_type"] == "error"
    assert error["ename"] in {"DataError", "UsageError"}
    assert "hint: " in "\n".join(error["traceback"])
