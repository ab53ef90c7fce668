"""Which runs were made in a notebook, by all that SDKs write for one, and what is said of it."""

import pytest

from wbtools.model import LaunchRecord
from wbtools.replication.notebooks import Notebook, notebook_of

UNNAMED = Notebook()
RECORDS = {
    "Jupyter": ({"program": "explore.ipynb", "code_path": "explore.ipynb"}, "explore.ipynb"),
    "Kaggle": ({"program": "kaggle.ipynb", "argv": ()}, "kaggle.ipynb"),
    "a Windows path": ({"program": "C:\\a\\My Notebook.IPYNB"}, "C:/a/My Notebook.IPYNB"),
    "VS Code": ({"program": "/home/a/explore.ipynb", "argv": ("-f", "k.json")},
                "/home/a/explore.ipynb"),
    "VS Code's interactive window": ({"program": "Interactive-1.interactive"},
                                     "Interactive-1.interactive"),
    "Colab": ({"program": "Untitled0", "is_notebook": True}, "Untitled0"),
    "Colab's file number": ({"program": "fileId=1a2b3c"}, None),
    "a name that nobody knows": ({"program": "<python with no main file>", "argv": ()}, None),
    "a kernel as a file": (
        {"program": "/opt/conda/lib/python3.10/site-packages/ipykernel_launcher.py",
         "argv": ("-f", "/home/someone/.local/share/jupyter/runtime/kernel-8d1c.json")}, None,
    ),
    "a kernel as a module": ({"program": "-m ipykernel_launcher"}, None),
    "Colab's kernel": ({"program": "-m colab_kernel_launcher"}, None),
    "Databricks": ({"program": "/databricks/python_shell/scripts/db_ipykernel_launcher.py"}, None),
    "another kernel": ({"program": "/x/y.py", "argv": ("--f=/run/user/1/kernel-v2-12ab.json",)},
                       None),
    "a kernel whose notebook is known by its code": (
        {"program": "-m ipykernel_launcher", "code_path": "a/explore.ipynb"}, "a/explore.ipynb",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("record", "name"), RECORDS.values(), ids=RECORDS)
def test_a_run_of_a_notebook(record, name):
    assert notebook_of(LaunchRecord(**record)) == Notebook(name=name)


PROGRAMS = {
    "nothing": {},
    "a program": {"program": "train.py", "argv": ("--lr=1",)},
    "a module": {"program": "-m pkg.ipykernel.train"},
    "a kernel of another sense": {"program": "kernel.py", "argv": ("--kernel", "kernel.json")},
    "a notebook as an argument": {"program": "report.py", "argv": ("explore.ipynb",)},
}


@pytest.mark.parametrize("record", PROGRAMS.values(), ids=PROGRAMS)
def test_a_run_of_a_program(record):
    assert notebook_of(LaunchRecord(**record)) is None


def test_what_runs_it_again():
    notebook = Notebook(name="my $(x).ipynb")
    script = (
        "make it a script with `jupyter nbconvert --to script 'my $(x).ipynb'` and pass "
        "--program 'my $(x).py'"
    )
    papermill = "`papermill 'my $(x).ipynb' 'my $(x)-replica.ipynb' -f run.yaml`"
    assert notebook.how_to_run(()).startswith("--to yaml -o run.yaml writes")
    assert papermill in notebook.how_to_run(())
    assert notebook.how_to_run(None).startswith(script)
    assert f"{papermill}, if no cell calls wandb.sweep or wandb.agent" in notebook.how_to_run(None)
    starter = notebook.how_to_run({"wandb.sweep"})
    assert starter.startswith(script)
    assert "papermill" not in starter
    assert "a sweep of its own (wandb.sweep)" in starter
    assert "NAME.ipynb" in UNNAMED.how_to_run(None)


NAMES = {
    "capital letters": ("My Notebook.IPYNB", "'My Notebook.IPYNB'", "'My Notebook.py'"),
    "a path of another machine": ("/home/a/b/explore.ipynb", "explore.ipynb", "explore.py"),
    "a path of Windows": ("C:\\a\\explore.ipynb", "explore.ipynb", "explore.py"),
    "what looks like an option": ("-x.ipynb", "./-x.ipynb", "./-x.py"),
    "two dots": ("a.v2.ipynb", "a.v2.ipynb", "a.v2.py"),
}


@pytest.mark.parametrize(("name", "notebook", "script"), NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("calls", [None, {"wandb.sweep"}, set()], ids=["unread", "starts", "none"])
def test_files_are_named_as_they_lie_here(name, notebook, script, calls):
    said = Notebook(name=name).how_to_run(calls)
    assert f"nbconvert --to script {notebook}`" in said
    assert f"--program {script}," in said
    assert ("papermill" in said) == (not calls)
    assert f"papermill {notebook} " in said or calls


@pytest.mark.parametrize("name", ["Interactive-1.interactive", "Untitled0"])
@pytest.mark.parametrize("calls", [None, {"wandb.sweep"}, set()], ids=["unread", "starts", "none"])
def test_what_is_no_file_is_not_converted(name, calls):
    said = Notebook(name=name).how_to_run(calls)
    assert "nbconvert" not in said
    assert "papermill" not in said
    assert name not in said
    assert "--program NAME.py" in said
    assert "--to yaml" in said
