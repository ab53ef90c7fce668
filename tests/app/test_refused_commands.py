"""What is not rebuilt into a command, or only with a warning: it starts nothing, or a new sweep."""

import pytest

from tests.app.rebuilding import SPEC, STARTER, found_in, rebuilt
from tests.replication.test_scripts import texts
from wbtools.errors import DataError, UsageError
from wbtools.replication.styles import Style
from wbtools.replication.wandb_launcher import LAUNCHER

pytestmark = pytest.mark.usefixtures("folder")


def test_without_any_program_it_is_asked_for():
    with pytest.raises(UsageError, match="nothing names the program"):
        rebuilt()


CELLS = '{{"cells": [{{"cell_type": "code", "source": ["{}"]}}]}}'
NOTEBOOKS = {
    "one that nobody can read": (
        {"record": {"program": "explore.ipynb"}},
        "run 8 was made in the notebook 'explore.ipynb', which Python cannot start",
        ["nbconvert --to script explore.ipynb", "--program explore.py", "if no cell calls"],
    ),
    "one that starts a sweep": (
        {"record": {"program": "starter.ipynb"}}, "the notebook 'starter.ipynb'",
        ["--program starter.py", "start a sweep of its own (wandb.sweep)", "--to yaml"],
    ),
    "one that takes parameters": (
        {"record": {"program": "plain.ipynb"}}, "the notebook 'plain.ipynb'",
        ["papermill plain.ipynb plain-replica.ipynb -f run.yaml"],
    ),
    "one without a name": (
        {"record": {"program": "<python with no main file>", "argv": ()}},
        "a notebook or an interactive session whose name is not recorded", ["NAME.ipynb"],
    ),
    "a kernel with arguments": (
        {"record": {"program": "-m ipykernel_launcher", "argv": ("-f", "/r/kernel-1.json")}},
        "whose name is not recorded", ["--program"],
    ),
    "one that the sweep's file names": (
        {"spec": f"program: explore.ipynb\n{SPEC}"}, "the notebook 'explore.ipynb'", ["--program"],
    ),
    "one in the sweep's command": (
        {"spec": f"command: [python3, -u, a/explore.ipynb, '${{args}}']\n{SPEC}"},
        "the notebook 'a/explore.ipynb'", ["--program explore.py"],
    ),
    "one, and a style": (
        {"record": {"program": "explore.ipynb"}, "style": Style.HYDRA}, "explore.ipynb", [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("evidence", "message", "hints"), NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_a_notebook_is_never_handed_to_python(folder, evidence, message, hints):
    (folder / "starter.ipynb").write_text(CELLS.format("import wandb; wandb.sweep({})"))
    (folder / "plain.ipynb").write_text(CELLS.format("import wandb; wandb.init()"))
    with pytest.raises(DataError) as caught:
        found_in(**evidence)
    assert message in caught.value.message
    assert [hint for hint in hints if hint not in caught.value.hint] == []
    launch, said = found_in(**evidence, is_bare=True)
    assert launch.values == {"lr": 0.1}
    assert launch.words() == ()
    assert message in said["WBR306"]


def test_a_notebook_that_the_user_names_is_no_program():
    with pytest.raises(UsageError, match=r"--program names the notebook 'x\.ipynb'") as caught:
        found_in(program="x.ipynb")
    assert "--program x.py" in caught.value.hint


WRAPPERS = {
    "torchrun": "[torchrun, --nproc_per_node=2, starter.py, '${args}']",
    "a module of Python": "[python, -m, torch.distributed.run, starter.py, '${args}']",
}


@pytest.mark.parametrize("command", WRAPPERS.values(), ids=WRAPPERS)
def test_a_starter_in_a_process_of_its_own_is_refused(folder, command):
    spec = f"command: {command}\n{SPEC}"
    words = texts(found_in(spec=spec)[0].words())
    assert words[-2:] == ["starter.py", "--lr=0.1"]
    (folder / "starter.py").write_text(STARTER)
    with pytest.raises(DataError, match=r"'starter.py' uses wandb.agent and wandb.sweep") as caught:
        found_in(spec=spec)
    assert "--style config" in caught.value.hint
    assert found_in(spec=spec, is_bare=True)[0].values == {"lr": 0.1}


UNCHECKED = {
    "torchrun": ("[torchrun, gone.py]", "'gone.py' could not be read"),
    "torchrun with a program that was read": ("[torchrun, train.py]", "were not read"),
    "a module that starts others": (
        "[python, -m, torch.distributed.run, -m, pkg]", "'torch.distributed.run' could not be read",
    ),
    "the same in one word": (
        "[python, -mtorch.distributed.run, gone.py]", "'gone.py' could not be read",
    ),
    "a shell": ("[bash, run.sh]", "the program could not be read"),
    "a shell's text": ("[sh, -c, python train.py]", "'python train.py' could not be read"),
    "Python's text": ("[python, -c, import starter]", "the program could not be read"),
    "Python's text in one word": ("[python, -uc, import starter]", "the program could not be"),
    "stdin": ("[python, '-']", "the program could not be read"),
}  # fmt: skip


@pytest.mark.parametrize(("command", "complaint"), UNCHECKED.values(), ids=UNCHECKED)
def test_what_nobody_can_check_and_no_launcher_can_hold_is_warned_of(command, complaint):
    spec = f"command: {command}\n{SPEC}"
    launch, said = found_in(spec=spec)
    assert LAUNCHER not in texts(launch.words())
    assert complaint in said["WBR314"]
    assert "may start a new sweep" in said["WBR314"]
    assert "--program FILE --style config" in said["WBR314"]
    advised, better = found_in(spec=spec, program="train.py", style=Style.CONFIG)
    assert texts(advised.words()) == ["python", "-c", LAUNCHER, "train.py"]
    assert "WBR314" not in better


SWEEP_STARTERS = {
    "wandb's own agent": "[wandb, agent, e/p/x, '${args}']",
    "its module": "[python, -mwandb, sweep, s.yaml]",
    "a shell line": "[sh, -c, 'wandb sweep s.yaml']",
    "a text for Python": "[python, -c, 'import wandb; wandb.sweep({})']",
}


@pytest.mark.parametrize("command", SWEEP_STARTERS.values(), ids=SWEEP_STARTERS)
def test_a_command_that_starts_a_sweep_by_itself_is_refused(command):
    with pytest.raises(DataError, match="it would start a sweep"):
        found_in(spec=f"command: {command}\n{SPEC}")


@pytest.mark.parametrize("program", ["-c", "-ic", "-Ic", "--version", "-"])
def test_a_recorded_program_that_is_an_option_is_refused(program):
    record = {"program": program, "argv": ("import os; os.system('touch x')", "--lr=0.1")}
    with pytest.raises(DataError, match="looks like an option"):
        rebuilt(record)
    with pytest.raises(DataError, match="looks like an option"):
        rebuilt({"program": "train.py"}, program=program)


UNSTARTABLE = {
    "a program with options": (
        {"spec": f"program: torchrun --nproc_per_node=4 src/a.py\n{SPEC}"},
        "'torchrun --nproc_per_node=4 src/a.py' is taken for the name of one file",
    ),
    "a program with options that the user names": (
        {"program": "torchrun --nproc_per_node=4 a.py"}, "is taken for the name of one file",
    ),
    "an executable with options": (
        {"spec": f"command: [python -u train.py, '${{args}}']\n{SPEC}"},
        "'python -u train.py' is taken for the name of one file",
    ),
    "nothing but arguments": (
        {"spec": f"program: train.py\ncommand: ['${{args_no_boolean_flags}}']\n{SPEC}"},
        "its first word is an argument",
    ),
    "arguments after the environment": (
        {"spec": f"command: ['${{env}}', A=1, '${{args_no_hyphens}}']\n{SPEC}"},
        "its first word is an argument",
    ),
    "an option": (
        {"spec": f"command: [--level=5, '${{args}}']\n{SPEC}"}, "it begins with '--level'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("evidence", "complaint"), UNSTARTABLE.values(), ids=UNSTARTABLE)
def test_a_command_that_starts_nothing_is_said_to(evidence, complaint):
    _, said = found_in(**evidence)
    assert complaint in said["WBR307"]
    assert "`command:`" in said["WBR307"]
