"""Rules about the metric and its goal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.goal_names import GOALS, goal_of_name
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.lint.rule_api import Change, Edit, Problem, rule
from wbtools.sweepfile.lint.rules_file import nearest
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

_GOALS_MEANT: Final = {
    "min": "minimize",
    "minimise": "minimize",
    "minimum": "minimize",
    "lower": "minimize",
    "max": "maximize",
    "maximise": "maximize",
    "maximum": "maximize",
    "higher": "maximize",
}
_IMPUTE: Final = ("latest", "best", "worst")


@rule("WBS040")
def no_metric(document: Document) -> Iterator[Problem]:
    """Bayes or Hyperband without a metric.

    W&B's engine raises on both, so no run is proposed or stopped.

    Bad:
        method: bayes
        parameters: {lr: {min: 0.1, max: 0.2}}
    Good:
        method: bayes
        metric: {name: val/loss, goal: minimize}
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    top = document.top
    needs = [
        *(["method: bayes"] if top.get("method") == "bayes" else []),
        *(["early_terminate"] if document.has_rule else []),
    ]
    if needs and "metric" not in top and "metrics" not in top:
        title = f"{' and '.join(needs)} need{'s' if len(needs) == 1 else ''} a metric"
        yield Problem(path=(), title=title, hint="write metric: {name: …, goal: …}")


@rule("WBS041")
def odd_metric(document: Document) -> Iterator[Problem]:
    """The metric has no name, or keys or values that W&B's schema refuses.

    It has `name`, `goal`, `target` (a number), `impute` and `impute_while_running`.

    Bad:
        metric: val/loss
    Good:
        metric: {name: val/loss, goal: minimize}
    """
    if "metric" not in document.top:
        return
    written = document.top["metric"]
    if not isinstance(written, dict):
        path = ("metric",)
        text = isinstance(written, str)
        edit = Edit(change=Change.SET, path=path, value={"name": written})
        title = f"metric must be a mapping with a name, not {format_value(written)}"
        yield Problem(path=path, title=title, edits=(edit,) if text else ())
        return
    if not isinstance(written.get("name"), str):
        yield Problem(path=("metric", "name"), title="the metric has no name that is a text")
    known = ("name", "goal", "target", "impute", "impute_while_running")
    for key in written:
        if key not in known:
            near = nearest(key, known, {"direction": "goal", "mode": "goal", "objective": "goal"})
            title = f"the metric has no key {format_value(key)}"
            hint = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
            yield Problem(path=("metric", key), title=title, hint=hint, at_key=True)
    if not is_number(written.get("target", 0)):
        title = f"target must be a number, not {format_value(written['target'])}"
        yield Problem(path=("metric", "target"), title=title)
    for key, words in {"impute": _IMPUTE, "impute_while_running": (*_IMPUTE, "false")}.items():
        if key in written and written[key] not in words:
            title = f"{key} is {format_value(written[key])}, not one of {', '.join(words)}"
            word = "quote 'false': the schema wants the word" if written[key] is False else None
            yield Problem(path=("metric", key), title=title, hint=word)


@rule("WBS042", Severity.WARNING, Confidence.MEDIUM)
def doubtful_goal(document: Document) -> Iterator[Problem]:
    """The goal is missing, or contradicts the metric's name.

    A missing goal is `minimize`: a sweep for accuracy then looks for the worst run. The name is
    judged by its words: a loss falls, an accuracy rises, `neg_`, `inv_`, `-` and `1-` reverse
    that. A score may be either, and so may a drop, a gap or a ratio; for these only a missing
    goal is reported, and only as a note where neither bayes nor a stopping rule depends on it.

    Bad:
        metric: {name: val/acc}
    Good:
        metric: {name: val/acc, goal: maximize}
    """
    metric = document.block("metric")
    name, goal = metric.get("name"), metric.get("goal")
    if not isinstance(name, str):
        return
    likely = goal_of_name(name)
    path = ("metric", "goal")
    if "goal" not in metric:
        certain = likely == GOALS[0]
        followed = document.top.get("method") == "bayes" or document.has_rule
        harmless = certain or (likely is None and not followed)
        yield Problem(
            path=("metric",),
            title=f"the goal of {name} is missing, and minimize is assumed",
            hint=f"write goal: {likely}" if likely else "write goal: minimize or goal: maximize",
            severity=Severity.INFO if harmless else None,
            edits=(Edit(change=Change.SET, path=path, value=GOALS[0]),) if certain else (),
        )
    elif likely is not None and goal in GOALS and goal != likely:
        title = f"the name {name} suggests {likely}, but the goal is {goal}"
        yield Problem(path=path, title=title, hint="the engine follows the goal")


@rule("WBS043")
def unknown_goal(document: Document) -> Iterator[Problem]:
    """A goal that W&B does not know.

    Its engine uses minimize instead.

    Bad:
        metric: {name: val/acc, goal: max}
    Good:
        metric: {name: val/acc, goal: maximize}
    """
    metric = document.block("metric")
    if "goal" in metric and metric["goal"] not in GOALS:
        near = nearest(metric["goal"], GOALS, _GOALS_MEANT)
        path = ("metric", "goal")
        yield Problem(
            path=path,
            title=f"W&B has no goal {format_value(metric['goal'])} and minimizes",
            hint=f"did you mean {near!r}?" if near else "minimize or maximize",
            edits=(Edit(change=Change.SET, path=path, value=near),) if near else (),
        )


@rule("WBS044", Severity.WARNING, Confidence.MEDIUM)
def space_in_metric(document: Document) -> Iterator[Problem]:
    """A space before or after the metric's name.

    Names are compared letter by letter: this is right only if the program logs the same space.

    Bad:
        metric: {name: "val/acc ", goal: maximize}
    Good:
        metric: {name: val/acc, goal: maximize}
    """
    name = document.block("metric").get("name")
    if isinstance(name, str) and name != name.strip():
        title = f"the metric's name {name!r} begins or ends with a space"
        yield Problem(path=("metric", "name"), title=title)


@rule("WBS045")
def odd_objective(document: Document) -> Iterator[Problem]:
    """An entry of `metrics` that W&B's schema refuses.

    Every objective is a mapping with a name, like `metric`.

    Bad:
        method: custom
        metrics: [loss, time]
    Good:
        method: custom
        metrics: [{name: loss, goal: minimize}, {name: time, goal: minimize}]
    """
    block = document.top.get("metrics")
    known = {"name", "goal", "target", "impute", "impute_while_running"}
    for index, objective in enumerate(block if isinstance(block, list) else ()):
        good = (
            isinstance(objective, dict)
            and isinstance(objective.get("name"), str)
            and objective.keys() <= known
            and objective.get("goal", GOALS[0]) in GOALS
            and is_number(objective.get("target", 0))
            and objective.get("impute", _IMPUTE[0]) in _IMPUTE
            and objective.get("impute_while_running", "false") in (*_IMPUTE, "false")
        )
        if not good:
            title = "an objective is a mapping with a name, and a goal that W&B knows"
            yield Problem(path=("metrics", index), title=title)
