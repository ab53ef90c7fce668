"""A W&B sweep file as data, read with PyYAML as W&B's own client reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from wbtools.errors import DataError, UsageError
from wbtools.model import Goal, Metric
from wbtools.model.configuration import same_value
from wbtools.sweepfile.bounded_yaml import DEEPEST, MOST_NODES, YamlError, load_yaml
from wbtools.sweepfile.rule import rule_from_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.sweepfile.rule_settings import HyperbandSettings

_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a sweep, by the values that it may take.

    Attributes:
        values: The allowed values of a constant or categorical one; None for a range.
        low: Lower bound of a range; None where there is none.
        high: Upper bound of a range; None likewise.
    """

    values: tuple[object, ...] | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """What it allows, in words."""
        if self.values is not None:
            return ", ".join(repr(value) for value in self.values[:_MOST_SHOWN])
        return f"{self.low:g} to {self.high:g}" if None not in {self.low, self.high} else "others"

    def allows(self, value: object) -> bool:
        """Whether a recorded value may have come from this parameter."""
        if self.values is not None:
            return any(_same(value, allowed) for allowed in self.values)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.low is None and self.high is None
        slack = 1e-9 * max(abs(value), 1e-300)
        return (self.low is None or value >= self.low - slack) and (
            self.high is None or value <= self.high + slack
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSpec:
    """What a sweep file says, as far as an audit needs it.

    Attributes:
        metric: None if the file names none.
        objectives: Names in `metrics:`, of a sweep with several objectives.
        has_rule: Whether the file has an `early_terminate` block.
        rule: Its settings; None where `has_rule` is false or its type is not hyperband.
        rule_problem: Why the block is not understood; None if it is.
        parameters: By dotted name.
        written: All of the file's data, as it was loaded.
        top_level: Names of the parameters as the program gets them: those of nested ones are the
            names of what nests them.
        program: What the sweep's agents start; None if the file names nothing.
        command: Words and macros in which they start it; None where W&B's own default is used.
    """

    name: str | None = None
    method: str | None = None
    metric: Metric | None = None
    objectives: tuple[str, ...] = ()
    has_rule: bool = False
    rule: HyperbandSettings | None = None
    rule_problem: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)
    top_level: tuple[str, ...] = ()
    program: str | None = None
    command: tuple[str, ...] | None = None

    def mismatch(self, config: Mapping[str, object]) -> str | None:
        """Why a run with this configuration cannot have come from this sweep file, in words.

        Every parameter must be there with a value that it allows; one whose value is itself a
        mapping is recorded under the names of its parts. None if the run may have come from it.
        """
        if not self.parameters:
            return "it has no parameters"
        for name, parameter in self.parameters.items():
            if name in config:
                if not parameter.allows(config[name]):
                    return _misfit(name, config[name], parameter)
            elif not any(key.startswith(f"{name}.") for key in config):
                return f"a run has no {name}"
        return None

    def matches(self, config: Mapping[str, object]) -> bool:
        """Whether a run with this configuration may have come from this sweep file."""
        return self.mismatch(config) is None


def parse_spec(text: str, source: str) -> SweepSpec:
    """Read a sweep file.

    Args:
        text: The YAML.
        source: The file's name, for messages.

    Raises:
        DataError: The text is no YAML mapping with `parameters`, or is too deep or too large.
    """
    try:
        data = load_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
    except YamlError as error:
        msg = f"{source} is no YAML that a sweep file could be: {error}"
        raise DataError(msg, "correct the file, or name another") from None
    return spec_of(data, source)


def spec_of(data: object, source: str) -> SweepSpec:
    """Take what an audit needs from a sweep file that has been loaded.

    Raises:
        DataError: It is no mapping with `parameters`.
    """
    if not isinstance(data, dict) or not isinstance(data.get("parameters"), dict):
        msg = f"{source} is no sweep file: it has no mapping 'parameters'"
        raise DataError(msg, "name the YAML that was given to `wandb sweep`")
    block = data.get("early_terminate")
    rule, problem = None, None
    if isinstance(block, dict):
        try:
            rule = rule_from_mapping(block)
        except UsageError as error:
            problem = error.message
    elif block is not None:
        problem = "early_terminate is no mapping"
    return SweepSpec(
        name=_text(data.get("name")),
        method=_text(data.get("method")),
        metric=_metric(data.get("metric")),
        objectives=tuple(_objectives(data.get("metrics"))),
        has_rule=block is not None,
        rule=rule,
        rule_problem=problem,
        parameters=dict(_parameters(data["parameters"], "")),
        written=data,
        top_level=tuple(str(name) for name in data["parameters"]),
        program=_text(data.get("program")),
        command=_command(data.get("command")),
    )


def _command(words: object) -> tuple[str, ...] | None:
    """W&B's agent takes a list and turns each element into text; an empty one is none."""
    return tuple(map(str, words)) if isinstance(words, list) and words else None


def _metric(block: object) -> Metric | None:
    """W&B's engine replaces a goal that it does not know by its default, minimize."""
    if not isinstance(block, dict) or not isinstance(block.get("name"), str):
        return None
    goal, target = block.get("goal"), block.get("target")
    return Metric(
        name=block["name"],
        goal=Goal(goal) if goal in list(Goal) else Goal.MINIMIZE,
        target=_bound(target) if _is_number(target) else None,
    )


def _objectives(block: object) -> Iterator[str]:
    for objective in block if isinstance(block, list) else ():
        if isinstance(objective, dict) and isinstance(objective.get("name"), str):
            yield objective["name"]


def _parameters(block: Mapping[object, object], prefix: str) -> Iterator[tuple[str, Parameter]]:
    for key, body in block.items():
        name = f"{prefix}{key}"
        if not isinstance(body, dict):
            continue
        if isinstance(body.get("parameters"), dict):
            yield from _parameters(body["parameters"], f"{name}.")
        else:
            yield name, _parameter(body)


def _parameter(body: Mapping[str, object]) -> Parameter:
    if "value" in body:
        return Parameter(values=(body["value"],))
    if isinstance(body.get("values"), list):
        return Parameter(values=tuple(body["values"]))  # type: ignore[arg-type]  # checked above
    if str(body.get("distribution", "")) in _EXPONENT_BOUNDS:
        return Parameter()
    # The engine rounds to multiples of q, which may lie up to q / 2 beyond a bound.
    slack = abs(_bound(body.get("q")) or 0.0) / 2
    low, high = _bound(body.get("min")), _bound(body.get("max"))
    return Parameter(
        low=None if low is None else low - slack, high=None if high is None else high + slack
    )


_EXPONENT_BOUNDS = frozenset({"log_uniform", "q_log_uniform", "inv_log_uniform"})
"""Distributions whose bounds are natural-log exponents, not values."""


def _bound(value: object) -> float | None:
    """A bound as a number; `1e-5`, which PyYAML reads as text, is one too, as W&B coerces it."""
    try:
        return float(value) if _is_number(value) or isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _misfit(name: str, value: object, parameter: Parameter) -> str:
    """Say what does not fit; texts are not repeated, for a configuration may hold a secret."""
    if all(_is_number(candidate) for candidate in (value, *(parameter.values or ()))):
        return f"{name} is {value!r} in a run, the file allows {parameter}"
    return f"{name} has a value in a run that the file does not allow"


def _same(value: object, allowed: object) -> bool:
    """Whether a run's value is an allowed one, in which PyYAML may have read a number as text."""
    number = _bound(allowed) if _is_number(value) and isinstance(allowed, str) else None
    return same_value(value, allowed if number is None else number)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
