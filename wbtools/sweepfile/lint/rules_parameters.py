"""Rules about the shape of parameters: their keys, their bounds, their lists."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.kinds import BODY_KEYS, KINDS, fits, is_integer, is_number, meant
from wbtools.sweepfile.lint.rule_api import Change, Edit, Problem, rule
from wbtools.sweepfile.lint.rules_file import nearest
from wbtools.sweepfile.numbers_in_yaml import as_float, number_at_server, yaml_value
from wbtools.text.values import format_value, hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_WORD: Final = re.compile(r"[^\s,;|()\[\]{}]+\Z")
_ALONE: Final = frozenset({"value", "values"})
_KEYS_MEANT: Final = {
    "low": "min",
    "lower": "min",
    "minimum": "min",
    "high": "max",
    "upper": "max",
    "maximum": "max",
    "choices": "values",
    "options": "values",
    "vals": "values",
    "dist": "distribution",
    "std": "sigma",
    "mean": "mu",
    "probs": "probabilities",
    "default": "value",
}
_DISTRIBUTIONS_MEANT: Final = {
    "loguniform": "log_uniform_values",
    "choice": "categorical",
    "int": "int_uniform",
    "randint": "int_uniform",
    "quniform": "q_uniform",
    "lognormal": "log_normal",
    "gaussian": "normal",
}


@rule("WBS020")
def no_body(document: Document) -> Iterator[Problem]:
    """A parameter without a mapping below its name.

    Bad:
        parameters: {epochs: 50}
    Good:
        parameters: {epochs: {value: 50}}
    """
    for parameter in document.parameters:
        if isinstance(parameter.body, dict) and parameter.body:
            continue
        listed = isinstance(parameter.body, list) and parameter.body
        key = "values" if listed else "value" if _is_one_value(parameter.body) else None
        meant_so = {key: document.value_at(parameter.path)}
        edit = Edit(change=Change.SET, path=parameter.path, value=meant_so)
        yield Problem(
            path=parameter.path,
            title=f"{parameter.name} is not a mapping, but {_kind(parameter.body, parameter.name)}",
            hint="write value:, values:, or min: and max: below the name",
            edits=(edit,) if key else (),
        )


def _is_one_value(value: object) -> bool:
    """Whether it is a scalar, and no text of several values such as `1, 2` or `(1, 2)`."""
    if isinstance(value, str):
        return bool(_WORD.match(value))
    return isinstance(value, int | float)


def _kind(value: object, name: str) -> str:
    """What a value is; texts are not repeated, for they may be secrets."""
    words: dict[type, str] = {str: "a text", list: "a list", dict: "empty"}
    return words.get(type(value)) or format_value(value, name)


@rule("WBS021")
def odd_name(document: Document) -> Iterator[Problem]:
    """A parameter's name that W&B's schema refuses.

    Names begin with a letter or `_` and hold letters, digits, `_`, `.` and `-`.

    Bad:
        parameters: {--lr: {value: 1}}
    Good:
        parameters: {lr: {value: 1}}
    """
    for path in [entry.path for entry in (*document.parameters, *document.groups)]:
        if isinstance(path[-1], str) and not _NAME.match(path[-1]):
            title = f"W&B's schema refuses the parameter name {format_value(path[-1])}"
            yield Problem(path=path, title=title, at_key=True)


@rule("WBS022")
def contradiction(document: Document) -> Iterator[Problem]:
    """A parameter says nothing about its values, or two things at once.

    Exactly one of `value`, `values`, `min` with `max`, a distribution with its own keys, or
    `parameters`.

    Bad:
        parameters: {lr: {values: [0.1, 0.2], min: 0.1, max: 0.2}}
    Good:
        parameters: {lr: {values: [0.1, 0.2]}}
    """
    for entry in (*document.parameters, *document.groups):
        body = entry.mapping
        forms = [key for key in ("value", "values", "parameters") if key in body]
        forms += ["min/max"] if {"min", "max"} & body.keys() else []
        if len(forms) > 1:
            title = f"{entry.name} has {' and '.join(forms)} at once"
            yield Problem(path=entry.path, title=title, at_key=True)
        elif body and not forms and "distribution" not in body:
            title = f"{entry.name} has neither value, values nor min and max"
            yield Problem(path=entry.path, title=title, at_key=True)
        elif "parameters" in body and (
            len(body) > 1 or not isinstance(body["parameters"], dict) or not body["parameters"]
        ):
            title = f"{entry.name}: parameters must be a mapping, not empty, and stand alone"
            yield Problem(path=entry.path, title=title, at_key=True)


@rule("WBS023")
def foreign_key(document: Document) -> Iterator[Problem]:
    """A key that this kind of parameter does not have.

    Bad:
        parameters: {lr: {low: 0.1, high: 0.2}}
    Good:
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    for parameter in document.parameters:
        kind = meant(parameter.mapping)
        allowed = BODY_KEYS if kind is None else ("distribution", *KINDS[kind].keys)
        for key in parameter.mapping:
            if key in allowed or (key in BODY_KEYS and _contradicts(key, parameter.mapping)):
                continue
            near = nearest(key, tuple(allowed), _KEYS_MEANT)
            near = near if near in allowed and near not in parameter.mapping else None
            what = f"a {kind} parameter" if kind else "a parameter"
            path = (*parameter.path, key)
            edit = Edit(change=Change.RENAME, path=path, value=near)
            yield Problem(
                path=path,
                title=f"{parameter.name}: {what} has no key {format_value(key)}",
                hint=f"leave distribution out; {key} alone is enough"
                if key in _ALONE
                else f"did you mean {near!r}?"
                if near
                else f"it has {', '.join(allowed)}",
                at_key=True,
                edits=(edit,) if near and isinstance(key, str) and key not in _ALONE else (),
            )


def _contradicts(key: str, body: dict[str, object]) -> bool:
    """Whether `contradiction` speaks of this key already."""
    forms = {"value", "values", "parameters", "min", "max"}
    return key in forms and len(forms & body.keys() - {"max"}) > 1


@rule("WBS024")
def no_list(document: Document) -> Iterator[Problem]:
    """`values` is not a list, or an empty one.

    Bad:
        parameters: {lr: {values: 0.1}}
    Good:
        parameters: {lr: {value: 0.1}}
    """
    for parameter in document.parameters:
        values = parameter.mapping.get("values")
        if "values" not in parameter.mapping or (isinstance(values, list) and values):
            continue
        scalar = _is_one_value(values) and list(parameter.mapping) == ["values"]
        path = (*parameter.path, "values")
        yield Problem(
            path=path,
            title=f"{parameter.name}: values must be a list with something in it, "
            f"not {format_value(values, parameter.name)}",
            hint="a constant stands under value"
            if _is_one_value(values)
            else "write the values in square brackets: [1, 2, 3]",
            edits=(Edit(change=Change.RENAME, path=path, value="value"),) if scalar else (),
        )


@rule("WBS025")
def empty_range(document: Document) -> Iterator[Problem]:
    """`min` is not below `max`.

    Bad:
        parameters: {lr: {min: 0.2, max: 0.1}}
    Good:
        parameters: {lr: {min: 0.1, max: 0.2}}
    """
    for parameter in document.parameters:
        low, high = (as_float(parameter.mapping.get(key)) for key in ("min", "max"))
        if low is not None and high is not None and low >= high:
            title = f"{parameter.name}: min {low:g} is not below max {high:g}"
            path = (*parameter.path, "min")
            texts = any(isinstance(parameter.mapping[key], str) for key in ("min", "max"))
            severity = Severity.WARNING if texts or parameter.nested else None
            yield Problem(path=path, title=title, severity=severity)


@rule("WBS026")
def mixed_bounds(document: Document) -> Iterator[Problem]:
    """One bound is a whole number, the other is not, and no distribution is named.

    W&B's client refuses the file as ambiguous.

    Bad:
        parameters: {dropout: {min: 0, max: 0.5}}
    Good:
        parameters: {dropout: {distribution: uniform, min: 0, max: 0.5}}
    """
    for parameter in document.parameters:
        body = parameter.mapping
        if "distribution" in body or not {"min", "max"} <= body.keys():
            continue
        low, high = (document.value_at((*parameter.path, key)) for key in ("min", "max"))
        numbers = is_number(low) and is_number(high)
        if numbers and is_integer(low) != is_integer(high):
            path = (*parameter.path, "distribution")
            yield Problem(
                path=parameter.path,
                title=f"{parameter.name}: the bounds {low} and {high} are an int and a float; "
                + (
                    "W&B takes them as uniform" if parameter.nested else "W&B's client refuses them"
                ),
                hint="name a distribution, or write both bounds alike",
                severity=Severity.WARNING if parameter.nested else None,
                edits=(Edit(change=Change.SET, path=path, value="uniform"),),
            )


@rule("WBS027", Severity.WARNING)
def text_bound(document: Document) -> Iterator[Problem]:
    """A bound such as `1e-5` is a text to PyYAML, which wants a dot: `1.0e-5`.

    Without a distribution the client refuses the file. With one, W&B's server makes a number of
    it, as it reads what the client sends as YAML 1.2; only a local controller gets the text. A
    number in quotes, such as `'0.1'`, stays a text, which W&B's schema refuses.

    Bad:
        parameters: {lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}}
    Good:
        parameters: {lr: {distribution: log_uniform_values, min: 1.0e-05, max: 0.1}}
    """
    for parameter in document.parameters:
        texts = {
            key: value
            for key in ("min", "max", "mu", "sigma", "q", "a", "b")
            if isinstance(value := document.value_at((*parameter.path, key)), str)
            and math.isfinite(_number_or_nan(value))
        }
        if not texts:
            continue
        bounds_alone = "distribution" not in parameter.mapping and not parameter.nested
        if bounds_alone and {"min", "max"} & texts.keys():
            severity, consequence = Severity.ERROR, "and W&B's client refuses that"
        elif any(number_at_server(value) is None for value in texts.values()):
            severity, consequence = Severity.WARNING, "and W&B's schema refuses that"
        elif document.has_local_controller:
            severity, consequence = Severity.WARNING, "and a local controller refuses that"
        else:
            severity, consequence = Severity.INFO, "the server as a number"
        numbers = {(*parameter.path, key): as_float(value) for key, value in texts.items()}
        shown = {key: hide_secrets(value, parameter.name) for key, value in texts.items()}
        written = " and ".join(f"{key}: {value}" for key, value in shown.items())
        right = " and ".join(map(yaml_value, numbers.values()))
        yield Problem(
            path=next(iter(numbers)),
            title=f"{parameter.name}: PyYAML reads {written} as text, {consequence}",
            hint=f"write {right if shown == texts else 'numbers without quotes, and with a dot'}",
            severity=severity,
            edits=tuple(
                Edit(change=Change.SET, path=path, value=number) for path, number in numbers.items()
            ),
        )


def _number_or_nan(value: object) -> float:
    number = as_float(value)
    return math.nan if number is None else number


@rule("WBS035")
def unknown_distribution(document: Document) -> Iterator[Problem]:
    """A distribution that W&B does not have.

    Bad:
        parameters: {lr: {distribution: loguniform, min: 0.001, max: 0.1}}
    Good:
        parameters: {lr: {distribution: log_uniform_values, min: 0.001, max: 0.1}}
    """
    for parameter in document.parameters:
        written = parameter.mapping.get("distribution")
        known = isinstance(written, str) and written in KINDS
        if "distribution" in parameter.mapping and not known:
            near = nearest(written, tuple(KINDS), _DISTRIBUTIONS_MEANT)
            path = (*parameter.path, "distribution")
            shown = format_value(written, parameter.name)
            yield Problem(
                path=path,
                title=f"{parameter.name}: W&B has no distribution {shown}",
                hint=f"did you mean {near!r}?" if near else f"it has {', '.join(KINDS)}",
            )


@rule("WBS036")
def refused(document: Document) -> Iterator[Problem]:
    """A parameter that fits none of the kinds in W&B's schema.

    A bound is missing or not a number, `log_uniform_values` begins at 0, `int_uniform` has a
    bound with a fraction, sigma is negative, …

    Bad:
        parameters: {lr: {distribution: log_uniform_values, min: 0, max: 0.1}}
    Good:
        parameters: {lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}}
    """
    for parameter in document.parameters:
        body = parameter.mapping
        kind = meant(body)
        if not body or kind is None or fits(body):
            continue
        spec = KINDS[kind]
        missing = [key for key in spec.required if key not in body]
        if missing and not _ALONE & body.keys() - spec.required.keys():
            title = f"{parameter.name}: {kind} needs {' and '.join(missing)}"
            yield Problem(path=parameter.path, title=title, at_key=True)
        for key, check in {**spec.required, **spec.optional}.items():
            value = body.get(key)
            if key not in body or check(value) or key in {"values", "probabilities"}:
                continue
            if isinstance(value, str) and as_float(value) is not None:
                continue  # `text_bound` speaks of it
            shown_value = format_value(value, parameter.name)
            title = f"{parameter.name}: {kind} does not take {key}: {shown_value}"
            yield Problem(path=(*parameter.path, key), title=title, confidence=Confidence.HIGH)
