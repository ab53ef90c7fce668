"""Rules about how the space is searched, and what of it reaches the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.agent_command import ARGS_MACROS, command_words
from wbtools.sweepfile.kinds import fits, is_number, meant
from wbtools.sweepfile.lint.rule_api import Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

_GRIDDED: Final = frozenset({"constant", "categorical", "int_uniform", "q_uniform"})
_FEW_PER_PARAMETER: Final = 3


@rule("WBS070")
def continuous_grid(document: Document) -> Iterator[Problem]:
    """A grid over a continuous parameter.

    W&B's engine raises: it grids `value`, `values`, whole-number ranges and `q_uniform`, and no
    probabilities.

    Bad:
        method: grid
        parameters: {lr: {min: 0.1, max: 0.2}}
    Good:
        method: grid
        parameters: {lr: {values: [0.1, 0.15, 0.2]}}
    """
    if document.top.get("method") != "grid":
        return
    for parameter in document.parameters:
        kind = meant(parameter.mapping)
        if kind is not None and kind not in _GRIDDED and fits(parameter.mapping):
            title = f"{parameter.name}: a grid cannot hold a {kind} parameter; the engine raises"
            yield Problem(path=parameter.path, title=title, hint="list the values", at_key=True)


@rule("WBS071", Severity.WARNING)
def capped_grid(document: Document) -> Iterator[Problem]:
    """A grid has more cells than `run_cap` lets it fill.

    Bad:
        method: grid
        run_cap: 2
        parameters: {lr: {values: [0.1, 0.15, 0.2]}}
    Good:
        method: grid
        run_cap: 3
        parameters: {lr: {values: [0.1, 0.15, 0.2]}}
    """
    cap, cells = document.top.get("run_cap"), document.n_cells
    if cells is not None and is_number(cap) and cells > cap:
        title = f"the grid has {cells} cells, but run_cap ends it after {cap}"
        yield Problem(path=("run_cap",), title=title)


@rule("WBS072", Severity.INFO, Confidence.MEDIUM)
def few_runs(document: Document) -> Iterator[Problem]:
    """Few runs for many parameters under bayes.

    With fewer than about three runs a parameter, bayes is little more than random search.

    Bad:
        method: bayes
        run_cap: 5
        parameters: {a: {min: 0, max: 9}, b: {min: 0, max: 9}}
    Good:
        method: bayes
        run_cap: 20
        parameters: {a: {min: 0, max: 9}, b: {min: 0, max: 9}}
    """
    cap, n = document.top.get("run_cap"), len(document.swept)
    if document.top.get("method") == "bayes" and is_number(cap) and cap < _FEW_PER_PARAMETER * n:
        title = f"{cap} runs are few for bayes over {n} parameters"
        yield Problem(path=("run_cap",), title=title)


@rule("WBS073")
def nothing_swept(document: Document) -> Iterator[Problem]:
    """Bayes with constants only.

    W&B's engine needs at least one parameter to search and raises.

    Bad:
        method: bayes
        parameters: {lr: {value: 0.1}}
    Good:
        method: bayes
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    known = document.parameters and all(
        fits(parameter.mapping) for parameter in document.parameters
    )
    if document.top.get("method") == "bayes" and known and not document.swept:
        title = "every parameter is a constant, and bayes has nothing to search; the engine raises"
        yield Problem(path=("parameters",), title=title, at_key=True)


@rule("WBS074")
def weighted_bayes(document: Document) -> Iterator[Problem]:
    """Probabilities under bayes.

    The schema takes them, and W&B's engine raises an IndexError when it is to propose a run.

    Bad:
        method: bayes
        parameters: {act: {values: [relu, gelu], probabilities: [0.25, 0.75]}}
    Good:
        method: random
        parameters: {act: {values: [relu, gelu], probabilities: [0.25, 0.75]}}
    """
    for parameter in document.parameters if document.top.get("method") == "bayes" else ():
        if meant(parameter.mapping) == "categorical_w_probabilities" and fits(parameter.mapping):
            title = f"{parameter.name}: W&B's engine raises on probabilities under bayes"
            path = (
                (*parameter.path, "probabilities")
                if "probabilities" in parameter.mapping
                else parameter.path
            )
            yield Problem(path=path, title=title, hint="leave them out", at_key=True)


@rule("WBS075", Severity.INFO)
def endless(document: Document) -> Iterator[Problem]:
    """Bayes or random without `run_cap`.

    Such a sweep never ends by itself: agents start runs until somebody stops them.

    Bad:
        method: random
        parameters: {lr: {min: 0.1, max: 0.2}}
    Good:
        method: random
        run_cap: 30
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    method = document.top.get("method")
    if method in ("bayes", "random") and "run_cap" not in document.top:
        title = f"without run_cap {method} never ends"
        yield Problem(path=("method",), title=title, hint="write run_cap: with a number of runs")


@rule("WBS084", Severity.INFO, Confidence.MEDIUM)
def nested_argument(document: Document) -> Iterator[Problem]:
    """Nested parameters, and mappings among the values, reach a command line as one argument.

    The agent passes `--optimizer={'lr': 0.1}`, the text of a Python dict. Right for a program
    that reads `wandb.config`; Hydra wants dotted names instead. Values that belong together,
    but have to be separate arguments, take a sweep for each combination that is not a full
    product: `wbtools expand-grid --zip` writes them.

    Bad:
        program: train.py
        parameters:
          optimizer: {parameters: {lr: {value: 0.1}}}
          pair: {values: [{config: A, net: 1}, {config: B, net: 3}]}
    Good:
        program: train.py
        parameters: {optimizer.lr: {value: 0.1}, config: {value: A}, net: {value: 1}}
    """
    words = command_words(document.top)
    starts = "program" in document.top or bool(words)
    passes = not words or any(f"${{{name}}}" in words for name in ARGS_MACROS if "json" not in name)
    if not (starts and passes):
        return
    for group in document.groups:
        if len(group.path) == len(("parameters", "name")):
            title = f"{group.name} reaches the program as one argument, the text of a Python dict"
            hint = "dotted names (optimizer.lr) become one argument each"
            yield Problem(path=group.path, title=title, hint=hint, at_key=True)
    for parameter in document.parameters:
        listed = parameter.mapping.get("values")
        values = listed if isinstance(listed, list) else [parameter.mapping.get("value")]
        n = sum(isinstance(value, dict) for value in values)
        if n and not parameter.nested:
            which = "its value" if len(values) == 1 else f"{n} of its {len(values)} values"
            title = (
                f"{parameter.name} reaches the program as one argument: {which} "
                f"{'is a mapping' if n == 1 else 'are mappings'}, passed as the text of a Python "
                "dict"
            )
            hint = "write its parts as parameters of their own: each becomes one argument"
            yield Problem(path=parameter.path, title=title, hint=hint, at_key=True)
