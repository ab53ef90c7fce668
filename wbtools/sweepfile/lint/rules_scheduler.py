"""Rules about schedulers: those that W&B's server starts, and those of W&B Launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.launch import SCHEDULER_KEYS, is_for_launch, starts_a_job
from wbtools.sweepfile.lint.guard_words import hint_beside_scheduler
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.sweepfile.lint.rules_file import METHODS, nearest
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

_BOTH: Final = "early_terminate cannot be combined with a scheduler"


@rule("WBS017")
def scheduler(document: Document) -> Iterator[Problem]:
    """A `scheduler` block that W&B's schema refuses.

    Engines are wandb (grid, random, bayes), optuna and ax (custom). It goes neither with
    `early_terminate` nor with a local controller, and its functions need a `source`.
    So no run is stopped early: optuna has no pruner unless `source` gives it one, and never reads
    `early_terminate`. `wbtools guard SWEEP --scheduler --rule RULE` brings a rule to any engine.
    A block without an engine is of another kind, for `wandb launch-sweep`: beside a job or an
    image at the top it holds what W&B Launch knows (num_workers, job, resource, …).

    Bad:
        method: bayes
        scheduler: {engine: optuna}
    Good:
        method: custom
        scheduler: {engine: optuna, source: study.py, search_space: space}
    """
    top, block = document.top, document.top.get("scheduler")
    if "scheduler" not in top:
        return
    if not isinstance(block, dict):
        yield Problem(path=("scheduler",), title="scheduler must be a mapping with an engine")
        return
    if is_for_launch(top):
        yield from _of_launch(top, block)
        return
    for title in _scheduler_problems(top, block):
        hint = hint_beside_scheduler(top["early_terminate"]) if title == _BOTH else None
        yield Problem(path=("scheduler",), title=title, hint=hint, confidence=Confidence.HIGH)


def _scheduler_problems(top: dict[Any, Any], block: dict[Any, Any]) -> Iterator[str]:
    engine, method = block.get("engine"), top.get("method")
    methods = {"wandb": METHODS[:3], "optuna": METHODS[3:], "ax": METHODS[3:]}
    allowed = methods.get(engine) if isinstance(engine, str) else None
    if allowed is None:
        engines = ", ".join(methods)
        yield f"there is no scheduler engine {format_value(engine)}: it is one of {engines}"
    elif method not in allowed:
        fitting = " or ".join(allowed)
        yield f"the engine {engine} goes with method {fitting}, not {format_value(method)}"
    if "early_terminate" in top:
        yield _BOTH
    controller = top.get("controller")
    if isinstance(controller, dict) and controller.get("type") == "local":
        yield "a local controller cannot be combined with a scheduler"
    known = ("engine", "source", "optimizer", "search_space")
    for key, value in block.items():
        if key not in known:
            yield f"scheduler has no key {format_value(key)}; it has {', '.join(known)}"
        elif not isinstance(value, str):
            yield f"scheduler.{key} must be a text"
    if "source" not in block and {"optimizer", "search_space"} & block.keys():
        yield "optimizer and search_space name functions in source, which is missing"


def _of_launch(top: dict[Any, Any], block: dict[Any, Any]) -> Iterator[Problem]:
    """What `wandb launch-sweep` refuses or does not look at."""
    warning = Severity.WARNING
    if not starts_a_job(top):
        yield Problem(
            path=("scheduler",),
            title="wandb launch-sweep needs a job or an image_uri at the top of the file",
            hint="name the training job: job: entity/project/job-name:latest",
            severity=warning,
        )
    for key in block:
        if key not in SCHEDULER_KEYS:
            near = nearest(key, SCHEDULER_KEYS, {"workers": "num_workers"})
            title = f"W&B Launch knows no key {format_value(key)} of the scheduler"
            hint = f"did you mean {near!r}?" if near else f"it knows {', '.join(SCHEDULER_KEYS)}"
            path = ("scheduler", key)
            yield Problem(path=path, title=title, hint=hint, severity=warning, at_key=True)
