"""Where W&B's scheduler cannot be had, the error says what is missing and what does without."""

import sys

import pytest
import wandb
from wandb.sdk.sweeps.scheduler import client

from tests.sources.wandb_api.scheduled import OPTUNA, Scheduled
from wbtools.errors import DataError
from wbtools.sources.wandb_api import sdk_scheduler


def refusal(monkeypatch, config=OPTUNA):
    """The error instead of a scheduler."""
    with pytest.raises(DataError) as caught:
        Scheduled(monkeypatch, [], lambda _: [], config)
    return caught.value


def without_engine(block):
    return {key: value for key, value in OPTUNA.items() if key != "scheduler"} | block


@pytest.mark.parametrize(
    ("config", "message", "hint"),
    [
        (without_engine({}), "no `scheduler` block with an engine", "without --scheduler"),
        (without_engine({"scheduler": ["x"]}), "no `scheduler` block", "without --scheduler"),
        (["no mapping"], "no `scheduler` block", "without --scheduler"),
        (without_engine({"scheduler": {"engine": "smac"}}), "no scheduler engine 'smac'", None),
        (
            OPTUNA | {"parameters": {"level": {"distribution": "beta", "min": 0, "max": 1}}},
            "the engine optuna cannot be set up: Sweep distribution 'beta'",
            None,
        ),
    ],
)
def test_a_sweep_that_no_scheduler_can_drive(monkeypatch, config, message, hint):
    error = refusal(monkeypatch, config)
    assert message in error.message
    assert (hint or "") in (error.hint or "")


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("no.py", "the sweep's own code is not in this folder: 'no.py'", "if you know the code"),
        ("../elsewhere.py", "own code is not in this folder: '../elsewhere.py'", "if you know"),
        ("{home}/elsewhere.py", "the sweep's own code is not in this folder", "if you know"),
        (None, "the sweep's own code is not in this folder: null", "if you know the code"),
        ("./mine.py", "the engine optuna cannot be set up: ZeroDivisionError", "mine.py, line 3"),
    ],
)
def test_only_code_in_the_working_folder_is_run(monkeypatch, home, capsys, source, message, hint):
    program = "print('RAN')\ndef study(sweep):\n    return 1 / 0\n"
    for path in (home / "elsewhere.py", home / "work" / "mine.py"):
        path.write_text(program)
    block = {"engine": "optuna", "optimizer": "study"}
    if source is not None:
        block["source"] = source.format(home=home)
    error = refusal(monkeypatch, without_engine({"scheduler": block}))
    assert message in error.message
    assert hint in error.hint
    assert ("RAN" in capsys.readouterr().err) == ("mine" in (source or ""))


def test_a_folder_of_the_name_is_no_engine(monkeypatch, home):
    (home / "work" / "ax").mkdir()
    monkeypatch.syspath_prepend(home / "work")
    error = refusal(monkeypatch, OPTUNA | {"scheduler": {"engine": "ax"}})
    assert error.message == "the engine ax needs the package ax, which is not installed"


@pytest.mark.parametrize(
    ("engine", "package", "more"), [("wandb", "sweeps", " (it asks for numpy"), ("ax", "ax", ";")]
)
def test_an_engine_that_is_not_installed(monkeypatch, engine, package, more):
    monkeypatch.setattr(sdk_scheduler.importlib.util, "find_spec", lambda _: None)
    error = refusal(monkeypatch, OPTUNA | {"scheduler": {"engine": engine}})
    assert (
        error.message == f"the engine {engine} needs the package {package}, which is not installed"
    )
    assert f"`pip install 'wandb[{package}]'`{more}" in error.hint


def scheduler_fails(monkeypatch, failing):
    monkeypatch.setattr(client, "run_scheduler", failing)
    with pytest.raises(DataError) as caught:
        sdk_scheduler.run_guarded_scheduler(
            "acme", "ocr", "s", stops=list, tell=print, batch_size=1, poll_interval_s=5.0
        )
    return caught.value


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "scheduler: this W&B server does not support the local sweep scheduler",
            "the server has no local scheduler (its feature SWEEPS_LOCAL_SCHEDULER)",
            "`wbtools guard SWEEP --rule RULE` without --scheduler",
        ),
        ("scheduler: sweep not found", "finds no sweep acme/ocr/s", None),
        (
            "the optimizer\nfailed",
            "W&B's scheduler failed: the optimizer failed",
            "takes the sweep",
        ),
    ],
)
def test_what_the_server_refuses(monkeypatch, text, message, hint):
    def failing(**_):
        raise wandb.Error(text)

    error = scheduler_fails(monkeypatch, failing)
    assert message in error.message
    assert (hint or "") in (error.hint or "")


def test_a_client_that_is_too_old(monkeypatch):
    monkeypatch.setattr(sdk_scheduler.metadata, "version", lambda _: "0.30.9")
    error = refusal(monkeypatch)
    assert error.message == "W&B's client 0.30.9 has no local scheduler: it came with 0.31"
    assert "without --scheduler" in error.hint


def test_a_client_whose_scheduler_is_another_one(monkeypatch):
    monkeypatch.setattr(sdk_scheduler.metadata, "version", lambda _: "1.2.0")
    error = scheduler_fails(monkeypatch, lambda sweep: sweep)
    assert "the local scheduler of W&B's client 1.2.0 is another one" in error.message
    assert "wandb==0.31.*" in error.hint
    monkeypatch.setitem(sys.modules, "wandb.sdk.sweeps.scheduler", None)
    assert "is another one: ModuleNotFoundError" in refusal(monkeypatch).message
