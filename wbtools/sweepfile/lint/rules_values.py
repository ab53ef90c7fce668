"""Rules about what parameters will really be sampled from, or reach the program as."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.kinds import (
    EXPONENTS,
    KINDS,
    exponents_look_like_values,
    finite_number,
    is_integer,
    is_number,
    meant,
)
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.sweepfile.numbers_in_yaml import as_float
from wbtools.sweepfile.space import is_rate
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document

_DECADES: Final = 2.0
_LARGEST_INT: Final = 2.0**63
_LARGEST_OF_FLOAT: Final = math.log(1.7e308)


@rule("WBS030", Severity.WARNING)
def exponents(document: Document) -> Iterator[Problem]:
    """`log_uniform` takes natural-log exponents as bounds, and W&B's schema calls it deprecated.

    `min: 0.0001, max: 0.1` samples between e^0.0001 and e^0.1, that is 1.0001 and 1.105.
    `log_uniform_values` takes the values themselves. Bounds that make sense as exponents, such as
    -11.5 and -2.3 for a learning rate, are only noted.

    Bad:
        parameters: {lr: {distribution: log_uniform, min: 0.0001, max: 0.1}}
    Good:
        parameters: {lr: {distribution: log_uniform_values, min: 1.0e-05, max: 0.1}}
    """
    for parameter in document.parameters:
        kind = meant(parameter.mapping)
        low, high = (as_float(parameter.mapping.get(key)) for key in ("min", "max"))
        if kind not in EXPONENTS or low is None or high is None:
            continue
        if kind == "inv_log_uniform":
            low, high = -high, -low
        sampled = " to ".join(_power(bound) for bound in (low, high))
        raw = (
            low > 0
            or exponents_look_like_values(low, high)
            or (low >= -1 and is_rate(parameter.name))
        )
        yield Problem(
            path=(*parameter.path, "distribution"),
            title=f"{parameter.name}: {kind} would sample {sampled}, e to the power of its bounds",
            hint=f"write {kind}_values and the values themselves"
            + ("; the bounds look like values already" if raw else ""),
            severity=Severity.ERROR
            if high > _LARGEST_OF_FLOAT and not parameter.nested
            else None
            if raw or high > _LARGEST_OF_FLOAT
            else Severity.INFO,
            evidence={"sampled_low": _power(low), "sampled_high": _power(high)},
        )


def _power(exponent: float) -> str:
    return f"{math.exp(exponent):.4g}" if exponent <= _LARGEST_OF_FLOAT else "infinity"


@rule("WBS032", Severity.WARNING, Confidence.MEDIUM)
def linear_rate(document: Document) -> Iterator[Problem]:
    """A rate over two decades or more is sampled linearly.

    Of a uniform range from 1.0e-05 to 0.1, 90 % of the draws lie above 0.01.

    Bad:
        parameters: {lr: {min: 0.0001, max: 0.1}}
    Good:
        parameters: {lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}}
    """
    for parameter in document.parameters:
        low, high = (as_float(parameter.mapping.get(key)) for key in ("min", "max"))
        linear = meant(parameter.mapping) in {"uniform", "q_uniform"}
        if not linear or low is None or high is None or not 0 < low < high:
            continue
        decades = math.log10(high) - math.log10(low)
        if decades >= _DECADES - 1e-9 and is_rate(parameter.name):
            yield Problem(
                path=parameter.path,
                title=f"{parameter.name}: {decades:.2g} decades are sampled linearly; 90 % of the "
                f"draws lie above {low + 0.1 * (high - low):.2g}",
                hint="distribution: log_uniform_values samples every decade alike",
                at_key=True,
            )


@rule("WBS033", Severity.WARNING)
def no_step(document: Document) -> Iterator[Problem]:
    """A `q_` distribution without its step `q`.

    W&B then rounds to multiples of 1.0: a learning rate becomes 0. Between bounds that are
    whole numbers this is meant, and there is no finding.

    Bad:
        parameters: {lr: {distribution: q_log_uniform_values, min: 0.001, max: 0.1}}
    Good:
        parameters: {lr: {distribution: q_log_uniform_values, min: 0.001, max: 0.1, q: 0.001}}
    """
    for parameter in document.parameters:
        kind = meant(parameter.mapping)
        whole = kind in {"q_uniform", "q_log_uniform_values"} and all(
            is_integer(parameter.mapping.get(key)) for key in ("min", "max")
        )
        stepped = kind is not None and kind.startswith("q_")
        if stepped and "q" not in parameter.mapping and not whole:
            title = f"{parameter.name}: {kind} without q rounds to whole numbers"
            yield Problem(
                path=parameter.path, title=title, hint="write q: and the step", at_key=True
            )


@rule("WBS034")
def odd_probabilities(document: Document) -> Iterator[Problem]:
    """Probabilities that do not match the values, or do not sum to 1.

    Bad:
        parameters: {act: {values: [relu, gelu], probabilities: [0.5, 0.6]}}
    Good:
        parameters: {act: {values: [relu, gelu], probabilities: [0.4, 0.6]}}
    """
    for parameter in document.parameters:
        if "probabilities" not in parameter.mapping:
            continue
        weights, values = parameter.mapping["probabilities"], parameter.mapping.get("values")
        path = (*parameter.path, "probabilities")
        if not isinstance(weights, list) or not all(is_number(x) and x >= 0 for x in weights):
            title = f"{parameter.name}: probabilities must be numbers from 0 to 1"
        elif isinstance(values, list) and len(values) != len(weights):
            title = f"{parameter.name}: {len(weights)} probabilities for {len(values)} values"
        elif not math.isclose(math.fsum(weights), 1.0, rel_tol=1e-5, abs_tol=1e-8):
            title = f"{parameter.name}: the probabilities sum to {math.fsum(weights):g}, not 1"
        else:
            continue
        # W&B's schema looks no deeper than the top level, its engine at no sum at all.
        yield Problem(
            path=path, title=title, severity=Severity.WARNING if parameter.nested else None
        )


@rule("WBS038", Severity.WARNING, Confidence.LOW)
def two_spellings(document: Document) -> Iterator[Problem]:
    """A constant is also swept under another spelling.

    `--batch-size=32` and `--batch_size=64` reach many programs as one option: which wins?

    Bad:
        parameters: {batch-size: {value: 32}, batch_size: {values: [32, 64]}}
    Good:
        parameters: {batch_size: {values: [32, 64]}}
    """
    swept = {_flat(parameter.name): parameter for parameter in document.swept}
    for parameter in document.parameters:
        other = swept.get(_flat(parameter.name))
        if "value" in parameter.mapping and other is not None and other.name != parameter.name:
            title = f"the constant {parameter.name} is also swept, as {other.name}"
            yield Problem(path=parameter.path, title=title, at_key=True)


@rule("WBS095", certain="W&B's engine draws NaN or infinity from it, or raises")
def no_number_drawn(document: Document) -> Iterator[Problem]:
    """A range or a distribution from which W&B can draw no number.

    A bound is NaN or infinite, the bounds are further apart than any float, a whole-number range
    goes beyond 64 bits, `sigma` is 0, or `a` or `b` of a beta distribution is. The schema takes all
    of these, and runs get NaN or infinity, or the engine raises.

    Bad:
        parameters: {lr: {min: 0.1, max: .inf}}
    Good:
        parameters: {lr: {min: 0.1, max: 0.5}}
    """
    for parameter in document.parameters:
        kind, body = meant(parameter.mapping), parameter.mapping
        if kind is None or {"value", "values"} & body.keys():
            continue
        given = [key for key in KINDS[kind].keys if is_number(body.get(key))]
        numbers = {key: finite_number(body[key]) for key in given}
        key, why = next((key for key in given if math.isnan(numbers[key])), None), ""
        if key is not None:
            why = f"{key} is {format_value(body[key], parameter.name)}"
        elif {"min", "max"} <= numbers.keys():
            if math.isinf(numbers["max"] - numbers["min"]):
                key, why = "max", "min and max are further apart than any number"
            elif kind == "int_uniform" and max(map(abs, numbers.values())) >= _LARGEST_INT:
                key, why = "max", "its whole numbers go beyond 64 bits"
        else:
            zeros = ("sigma",) if "normal" in kind else ("a", "b")
            key = next((key for key in zeros if numbers.get(key) == 0), None)
            why = f"{key} is 0"
        if key is not None:
            title = f"{parameter.name}: W&B can draw no number from this {kind}: {why}"
            yield Problem(path=(*parameter.path, key), title=title)


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())
