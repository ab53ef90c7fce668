"""Rules about `early_terminate`: what W&B's Hyperband really does with it.

Source: `sweeps/hyperband_stopping.py` of the PyPI package `sweeps` 0.3.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

from wbtools.findings import Confidence, Severity
from wbtools.rules.hyperband import DEFAULT_ETA, Hyperband
from wbtools.sweepfile.kinds import is_integer, is_number
from wbtools.sweepfile.lint.guard_words import hint_on_preserving, hint_on_type, rule_meant
from wbtools.sweepfile.lint.rule_api import Change, Edit, Problem, rule
from wbtools.sweepfile.lint.rules_file import nearest
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.sweepfile.document import Document

KEYS: Final = ("type", *(setting.name for setting in Hyperband.settings()))
_BLOCK: Final = "early_terminate"


def _whole(value: object) -> TypeGuard[int | float]:
    """Whether JSON calls it an integer: `3.0` too."""
    return is_number(value) and value % 1 == 0


@rule("WBS050")
def no_block(document: Document) -> Iterator[Problem]:
    """`early_terminate` is null, empty or not a mapping.

    Without the key no run is stopped; with null W&B's schema refuses the file.

    Bad:
        early_terminate: null
    Good:
        early_terminate: {type: hyperband, min_iter: 3, strict: true}
    """
    written = document.top.get(_BLOCK)
    if _BLOCK in document.top and not (isinstance(written, dict) and written):
        edit = Edit(change=Change.REMOVE, path=(_BLOCK,))
        title = f"{_BLOCK} is {format_value(written)}, no mapping"
        hint = "leave the key out, and no run is stopped"
        if isinstance(written, str) and rule_meant(written) is not None:
            hint = hint_on_type(written)
        yield Problem(
            path=(_BLOCK,), title=title, hint=hint, edits=(edit,) if written is None else ()
        )


@rule("WBS051")
def unknown_type(document: Document) -> Iterator[Problem]:
    """`early_terminate` has no type, or another one than hyperband.

    W&B's engine has no other. Without `early_terminate`, `wbtools guard SWEEP --rule RULE` stops
    the runs of a sweep by any rule that `wbtools rule` lists: median(grace=3), for one.

    Bad:
        early_terminate: {type: median, min_iter: 3}
    Good:
        early_terminate: {type: hyperband, min_iter: 3}
    """
    block = document.block(_BLOCK)
    if block and block.get("type") != "hyperband":
        title = f"{_BLOCK} has the type {format_value(block.get('type'))}; W&B knows only hyperband"
        edit = Edit(change=Change.SET, path=(_BLOCK, "type"), value="hyperband")
        plain = "type" not in block and {"min_iter", "max_iter"} & block.keys()
        path = (_BLOCK, "type") if "type" in block else (_BLOCK,)
        hint = hint_on_type(block["type"], block) if "type" in block else None
        yield Problem(path=path, title=title, hint=hint, edits=(edit,) if plain else ())


@rule("WBS052", Severity.WARNING)
def two_forms(document: Document) -> Iterator[Problem]:
    """Both `min_iter` and `max_iter`.

    `max_iter` wins if `s` is there; without `s` W&B's engine raises.

    Bad:
        early_terminate: {type: hyperband, min_iter: 3, max_iter: 27, s: 2}
    Good:
        early_terminate: {type: hyperband, max_iter: 27, s: 2}
    """
    block = document.block(_BLOCK)
    if {"min_iter", "max_iter"} <= block.keys():
        loses = "min_iter is ignored" if "s" in block else "the engine raises, because s is missing"
        title = f"min_iter and max_iter are both given; {loses}"
        yield Problem(path=(_BLOCK, "max_iter"), title=title, at_key=True)


@rule("WBS053")
def no_form(document: Document) -> Iterator[Problem]:
    """`max_iter` without `s`, or neither `min_iter` nor `max_iter`: W&B's engine raises.

    No run is ever stopped then. In the `max_iter` form `s` is the number of bands below it.

    Bad:
        early_terminate: {type: hyperband, max_iter: 27}
    Good:
        early_terminate: {type: hyperband, max_iter: 27, s: 2}
    """
    block = document.block(_BLOCK)
    if block.get("type", "hyperband") != "hyperband":
        return
    if "max_iter" in block and "s" not in block:
        title = "max_iter needs s, the number of bands below it; the engine raises"
        yield Problem(path=(_BLOCK, "max_iter"), title=title)
    elif block and "max_iter" not in block and "min_iter" not in block:
        title = "hyperband needs min_iter, or max_iter with s; the engine raises"
        yield Problem(path=(_BLOCK,), title=title)


@rule("WBS054")
def odd_setting(document: Document) -> Iterator[Problem]:
    """A Hyperband setting of the wrong kind.

    `min_iter` is a whole number from 1, `max_iter` a whole number, `eta` a number, `strict`
    true or false. A float `s` passes the schema, and the engine raises on it.

    Bad:
        early_terminate: {type: hyperband, max_iter: 27, s: 2.0}
    Good:
        early_terminate: {type: hyperband, max_iter: 27, s: 2}
    """
    block = document.block(_BLOCK)
    beside = "min_iter" in block and "max_iter" not in block
    right: dict[str, tuple[str, Callable[[object], bool]]] = {
        "min_iter": ("a whole number from 1", lambda x: _whole(x) and x >= 1),
        "max_iter": ("a whole number", _whole),
        "s": ("a whole number", is_number if beside else is_integer),
        "eta": ("a number", is_number),
        "strict": ("true or false", lambda x: isinstance(x, bool)),
    }
    for key, (words, check) in right.items():
        if key in block and not check(block[key]):
            title = f"{key} must be {words}, not {format_value(block[key])}"
            yield Problem(path=(_BLOCK, key), title=title)


@rule("WBS055")
def no_band(document: Document) -> Iterator[Problem]:
    """No band lies at one report or above: W&B's engine raises.

    `max_iter` is divided by eta `s` times; bands below 1 are dropped.

    Bad:
        early_terminate: {type: hyperband, max_iter: 2, s: 2, eta: 3}
    Good:
        early_terminate: {type: hyperband, max_iter: 27, s: 2, eta: 3}
    """
    block = document.block(_BLOCK)
    max_iter, s, eta = block.get("max_iter"), block.get("s"), block.get("eta", DEFAULT_ETA)
    if not (_whole(max_iter) and is_integer(s) and is_number(eta) and eta > 1):
        return
    if s < 1 or max_iter / eta < 1:
        title = f"max_iter {max_iter} over eta {eta}, {s} times, leaves no band of at least 1"
        yield Problem(path=(_BLOCK, "max_iter"), title=title)


@rule("WBS056", Severity.WARNING)
def idle_s(document: Document) -> Iterator[Problem]:
    """`s` beside `min_iter` does nothing.

    It counts the bands of the `max_iter` form; here there are as many as fit.

    Bad:
        early_terminate: {type: hyperband, min_iter: 10, eta: 2, s: 2}
    Good:
        early_terminate: {type: hyperband, min_iter: 10, eta: 2}
    """
    block = document.block(_BLOCK)
    if "s" in block and "min_iter" in block and "max_iter" not in block:
        path = (_BLOCK, "s")
        edit = Edit(change=Change.REMOVE, path=path)
        title = "s beside min_iter is ignored"
        yield Problem(path=path, title=title, at_key=True, edits=(edit,))


@rule("WBS057")
def small_eta(document: Document) -> Iterator[Problem]:
    """Eta is not above 1.

    Of n runs at a band about n/eta survive, and bands grow by the factor eta.

    Bad:
        early_terminate: {type: hyperband, min_iter: 3, eta: 1}
    Good:
        early_terminate: {type: hyperband, min_iter: 3, eta: 2}
    """
    eta = document.block(_BLOCK).get("eta", DEFAULT_ETA)
    if is_number(eta) and not eta > 1:
        yield Problem(path=(_BLOCK, "eta"), title=f"eta must be above 1, not {eta}")


@rule("WBS058", Severity.WARNING)
def dropped_key(document: Document) -> Iterator[Problem]:
    """A key of `early_terminate` that Hyperband does not have.

    The schema refuses it, the engine drops it without a word.

    Bad:
        early_terminate: {type: hyperband, min_iter: 3, preserve_threshold: 0.9}
    Good:
        early_terminate: {type: hyperband, min_iter: 3}
    """
    block = document.block(_BLOCK)
    for key in block if block.get("type", "hyperband") == "hyperband" else ():
        if key not in KEYS:
            near = nearest(key, KEYS, {"grace_period": "min_iter", "reduction_factor": "eta"})
            title = f"hyperband has no setting {format_value(key)}; the engine drops it silently"
            known = f"did you mean {near!r}?" if near else f"it has {', '.join(KEYS[1:])}"
            hint = hint_on_preserving(block, key) or known
            yield Problem(path=(_BLOCK, key), title=title, hint=hint, at_key=True)


@rule("WBS059", Severity.INFO)
def unset_strict(document: Document) -> Iterator[Problem]:
    """`strict` is not written.

    W&B's engine fills in true since April 2024, its manual says false. True compares the value
    *at* a band, false the best value so far.

    Bad:
        early_terminate: {type: hyperband, min_iter: 3}
    Good:
        early_terminate: {type: hyperband, min_iter: 3, strict: true}
    """
    block = document.block(_BLOCK)
    if block.get("type") == "hyperband" and "strict" not in block:
        edit = Edit(change=Change.SET, path=(_BLOCK, "strict"), value=True)
        title = "strict is not written; today that means true, the manual says false"
        yield Problem(path=(_BLOCK,), title=title, at_key=True, edits=(edit,))


@rule("WBS060", Severity.WARNING, Confidence.MEDIUM)
def first_report(document: Document) -> Iterator[Problem]:
    """Runs are compared at their very first report.

    With `min_iter: 1` the first value, often of an untrained model, decides.

    Bad:
        early_terminate: {type: hyperband, min_iter: 1}
    Good:
        early_terminate: {type: hyperband, min_iter: 5}
    """
    block = document.block(_BLOCK)
    if "max_iter" not in block and is_number(block.get("min_iter")) and block["min_iter"] == 1:
        title = "min_iter: 1 stops runs after their first report"
        yield Problem(path=(_BLOCK, "min_iter"), title=title)


@rule("WBS061", Severity.INFO)
def taught_the_worst(document: Document) -> Iterator[Problem]:
    """Bayes with Hyperband and the default `impute: worst`.

    A stopped run that W&B calls killed, failed or crashed teaches bayes the worst value of the
    whole sweep, however good it was. `impute: latest` teaches its own last value; but then a run
    that dies before its first report counts as 0.0, the best of all losses.

    Bad:
        method: bayes
        metric: {name: loss, goal: minimize}
        early_terminate: {type: hyperband, min_iter: 3}
    Good:
        method: bayes
        metric: {name: loss, goal: minimize, impute: latest}
        early_terminate: {type: hyperband, min_iter: 3}
    """
    metric = document.block("metric")
    bayes = document.top.get("method") == "bayes"
    if bayes and document.has_rule and metric and metric.get("impute", "worst") == "worst":
        yield Problem(
            path=("metric",),
            title="every stopped run teaches bayes the worst value of the sweep",
            hint="`metric: {impute: latest}` teaches bayes its own last value; see `wbtools rule "
            "WBS061`",
            at_key=True,
        )


@rule("WBS063", Severity.WARNING, Confidence.MEDIUM)
def stopped_grid(document: Document) -> Iterator[Problem]:
    """Early termination in a grid.

    A grid is there to fill every cell; stopped cells have no final value.

    Bad:
        method: grid
        metric: {name: loss, goal: minimize}
        early_terminate: {type: hyperband, min_iter: 3}
        parameters: {lr: {values: [0.1, 0.2]}}
    Good:
        method: grid
        parameters: {lr: {values: [0.1, 0.2]}}
    """
    if document.top.get("method") == "grid" and document.has_rule:
        title = "early_terminate leaves cells of the grid without a final value"
        yield Problem(path=(_BLOCK,), title=title, at_key=True)
