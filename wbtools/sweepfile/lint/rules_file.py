"""Rules about the top-level keys of a file."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from wbtools.sweepfile.document import TOP_KEYS
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.launch import is_for_launch, scheduler_job, sent
from wbtools.sweepfile.lint.rule_api import Change, Edit, Problem, rule
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

METHODS: Final = ("bayes", "random", "grid", "custom")
_MEANT: Final = {
    "max_runs": "run_cap",
    "num_runs": "run_cap",
    "n_runs": "run_cap",
    "count": "run_cap",
    "runcap": "run_cap",
    "early_stopping": "early_terminate",
    "early_termination": "early_terminate",
    "params": "parameters",
    "hyperparameters": "parameters",
    "script": "program",
    "strategy": "method",
    "cmd": "command",
}
_METHODS_MEANT: Final = {
    "bayesian": "bayes",
    "bayes_opt": "bayes",
    "tpe": "bayes",
    "gridsearch": "grid",
    "grid_search": "grid",
    "randomsearch": "random",
    "random_search": "random",
}
_TEXTS: Final = ("name", "description", "project", "entity", "program", "job", "image_uri")


def nearest(word: object, known: tuple[str, ...], meant: dict[str, str]) -> str | None:
    """The known word that somebody most likely meant."""
    lowered = str(word).strip().lower().replace("-", "_")
    if lowered in known:
        return lowered
    close = difflib.get_close_matches(lowered, known, n=1, cutoff=0.8)
    return meant.get(lowered) or (close[0] if close else None)


@rule("WBS010")
def unknown_key(document: Document) -> Iterator[Problem]:
    """A top-level key that W&B does not know.

    The sweep runs without it: `max_runs: 20` limits nothing, as the key is `run_cap`.

    Bad:
        max_runs: 20
    Good:
        run_cap: 20
    """
    for key in document.top:
        if key in TOP_KEYS or not isinstance(key, str):
            continue
        if key == "launch" and is_for_launch(document.top):
            continue
        near = nearest(key, TOP_KEYS, _MEANT)
        free = near is not None and near not in document.top
        edit = Edit(change=Change.RENAME, path=(key,), value=near)
        yield Problem(
            path=(key,),
            title=f"W&B knows no key {key!r} and ignores it",
            hint=f"did you mean {near!r}?" if near else f"it knows {', '.join(TOP_KEYS)}",
            at_key=True,
            edits=(edit,) if free else (),
        )


@rule("WBS011")
def no_method(document: Document) -> Iterator[Problem]:
    """The key `method` is missing.

    Only a file for `wandb launch-sweep` whose scheduler is a job needs none.

    Bad:
        parameters: {lr: {values: [0.1, 0.2]}}
    Good:
        method: grid
        parameters: {lr: {values: [0.1, 0.2]}}
    """
    if "method" not in sent(document.top):
        yield Problem(path=(), title="method is missing", hint=f"one of {', '.join(METHODS)}")


@rule("WBS012")
def unknown_method(document: Document) -> Iterator[Problem]:
    """A `method` that W&B does not have.

    Bad:
        method: bayesian
    Good:
        method: bayes
    """
    written = document.top.get("method")
    if "method" in document.top and not (isinstance(written, str) and written in METHODS):
        near = nearest(written, METHODS, _METHODS_MEANT)
        yield Problem(
            path=("method",),
            title=f"W&B has no method {format_value(written)}",
            hint=f"did you mean {near!r}?" if near else f"one of {', '.join(METHODS)}",
            edits=(Edit(change=Change.SET, path=("method",), value=near),) if near else (),
        )


@rule("WBS013")
def no_parameters(document: Document) -> Iterator[Problem]:
    """The key `parameters` is missing.

    Only a custom scheduler with a `search_space` of its own, or one that is a job, needs none.

    Bad:
        method: random
    Good:
        method: random
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    top = document.top
    searches = document.block("scheduler").get("search_space") or scheduler_job(top)
    if "parameters" not in top and not searches:
        yield Problem(path=(), title="parameters are missing")


@rule("WBS014")
def empty_parameters(document: Document) -> Iterator[Problem]:
    """`parameters` is null, empty or not a mapping.

    Null crashes W&B's own schema function.

    Bad:
        parameters:
    Good:
        parameters:
          lr: {min: 0.1, max: 0.2}
    """
    block = document.top.get("parameters")
    if "parameters" in document.top and not (isinstance(block, dict) and block):
        what = "no mapping" if block else f"empty ({format_value(block)})"
        yield Problem(path=("parameters",), title=f"parameters are {what}")


@rule("WBS015")
def wrong_type(document: Document) -> Iterator[Problem]:
    """A top-level value is of the wrong kind.

    Names and paths are texts, `run_cap` is a whole number from 1, `command` is a list.

    Bad:
        run_cap: 0
    Good:
        run_cap: 20
    """
    top = document.top
    wrong = {
        key: "a text" for key in (*_TEXTS, "apiVersion") if not isinstance(top.get(key, ""), str)
    }
    cap = top.get("run_cap", 1)
    if not is_number(cap) or cap < 1 or cap % 1 != 0:
        wrong["run_cap"] = "a whole number from 1"
    if not isinstance(top.get("command", []), list):
        wrong["command"] = "a list, one word an item"
    if top.get("kind", "sweep") != "sweep":
        wrong["kind"] = "'sweep'"
    controller = top.get("controller", {"type": "cloud"})
    if not isinstance(controller, dict) or controller.get("type") not in ("local", "cloud"):
        wrong["controller"] = "{type: local} or {type: cloud}"
    for key, right in wrong.items():
        title = f"{key} must be {right}, not {format_value(top[key], key)}"
        yield Problem(path=(key,), title=title)


@rule("WBS016")
def several_metrics(document: Document) -> Iterator[Problem]:
    """`metrics` is given where W&B reads `metric`.

    Several objectives need `method: custom` and a scheduler of their own; beside `metric`,
    or with fewer than two entries, the schema refuses them.

    Bad:
        method: bayes
        metrics: [{name: loss}, {name: time}]
    Good:
        method: bayes
        metric: {name: loss, goal: minimize}
    """
    top, block = document.top, document.top.get("metrics")
    if "metrics" not in top:
        return
    if "metric" in top:
        yield Problem(path=("metrics",), title="metric and metrics are both given", at_key=True)
    elif sent(top).get("method") != "custom":
        single = isinstance(block, dict) and isinstance(block.get("name"), str)
        yield Problem(
            path=("metrics",),
            title="metrics is only for method: custom; W&B has no metric here",
            hint="write a single objective under metric",
            at_key=True,
            edits=(Edit(change=Change.RENAME, path=("metrics",), value="metric"),)
            if single
            else (),
        )
    elif not isinstance(block, list) or len(block) < len(("first", "second")):
        yield Problem(path=("metrics",), title="metrics must be a list of two or more")
