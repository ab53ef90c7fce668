"""The library in a notebook: every function, its figure and its errors, in a kernel of its own."""

import base64
import os
import re

import pytest

from tests.cli.site import SWEEP
from tests.cli.test_fetch import put
from tests.cli.test_verify import replica
from tests.readme import ROOT

pytestmark = pytest.mark.slow

SWEEP_FILE = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
early_terminate: {type: hyperband, min_iter: 3, eta: 3}
parameters: {lr: {min: 0.0, max: 1.0}, epochs: {value: 27}}
"""


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


def test_every_function_shows_its_answer_in_a_notebook(run_notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = {
        "audit": "wb.audit('demo')",
        "rank": "wb.rank('demo')",
        "compare": "wb.compare('demo', group_by='schedule')",
        "importance": "wb.importance('demo')",
        "doctor": "wb.doctor('demo')",
        "simulate": "wb.simulate('demo', rule='none', orders=2)",
        "replicate": "wb.replicate('demo', 5)",
        "make_sweep": "wb.make_sweep(from_sweep='demo')",
        "forecast": "wb.forecast('sweep.yaml', hours_per_run=1, runs=3)",
        "lint": "wb.lint('sweep.yaml')",
        "expand_grid": "wb.expand_grid('grid.yaml', out_dir='cells')",
    }
    (tmp_path / "grid.yaml").write_text("name: g\naxes: {a: [1, 2], b: [x, y]}\n")
    (tmp_path / "sweep.yaml").write_text(SWEEP_FILE)
    (start, loaded, framed, *answers) = run_notebook(
        "import wbtools as wb",
        "wb.load_sweep('demo').curves['val/acc'].values.shape",
        "wb.to_frame(wb.load_sweep('demo')).shape[0]",
        *calls.values(),
    )
    assert start == []
    assert [each["data"]["text/plain"] for each in (*loaded, *framed)] == ["(36, 27)", "36"]
    for name, outputs in zip(calls, answers, strict=True):
        (shown,) = outputs
        assert shown["output_type"] == "execute_result", shown
        assert set(shown["data"]) == {"text/plain", "text/html", "text/markdown"}
        assert shown["data"]["text/plain"].startswith(f"<{name}: ")
        page = shown["data"]["text/html"]
        assert page.startswith('<section class="wbtools">')
        assert ("<table>" in page) is (name not in {"doctor", "lint"})


def test_hostile_names_are_text_in_a_notebook(run_notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs.csv").write_text(
        "name,acc,lr\n"
        "<script>alert(1)</script>,0.5,<img src=x onerror=alert(1)>\n"
        "</td></table><h1>a,0.25,=cmd()\n"
    )
    _, (shown,) = run_notebook(
        "import wbtools as wb", "wb.rank('runs.csv', metric='acc:max', group_by='lr')"
    )
    page = shown["data"]["text/html"]
    assert "&lt;img src=x" in page
    tags = set(re.findall(r"</?([a-zA-Z0-9]+)", page))
    assert "table" in tags
    assert not tags & {"script", "img", "h1"}


def test_a_replication_is_verified_in_a_notebook(run_notebook, project):
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    _, (answer,) = run_notebook("import wbtools as wb", "wb.verify('.', 1)")
    assert answer["data"]["text/plain"].startswith("<verify: Run 1 holds: ")
    assert "<table>" in answer["data"]["text/html"]


def test_what_a_fetch_brought_shows_itself_in_a_notebook(run_notebook, site):
    put(site)
    _, (answer,) = run_notebook("import wbtools as wb", f"wb.fetch({SWEEP!r}, metric='acc')")
    assert answer["data"]["text/plain"] == "<fetch: 1 sweep, 5 runs, 5 fetched>"
    assert "5 fetched" in answer["data"]["text/html"]


@pytest.mark.parametrize("inline", ["", "%matplotlib inline"], ids=["plain", "inline"])
def test_a_figure_is_shown_once_whatever_matplotlib_is_told(run_notebook, inline):
    _, shown, silent, counted = run_notebook(
        f"{inline}\nimport wbtools as wb\naudit = wb.audit('demo')",
        "wb.plot(audit, run=5)",
        "figure = audit.plot()",
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


def test_a_comparison_is_shown_as_a_picture(run_notebook):
    _, shown = run_notebook(
        "import wbtools as wb", "wb.compare('demo', group_by='schedule').plot()"
    )
    (picture,) = pictures(shown)
    assert base64.b64decode(picture).startswith(b"\x89PNG")
