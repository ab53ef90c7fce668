"""A W&B sweep file as data, read with PyYAML as W&B's own client reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wbtools.errors import DataError, UsageError
from wbtools.model import Goal, Metric
from wbtools.rules.hyperband import Hyperband
from wbtools.sweepfile.bounded_yaml import DEEPEST, MOST_NODES, YamlError, load_yaml
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.numbers_in_yaml import as_float
from wbtools.sweepfile.space import SearchSpace, written_space

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.sweepfile.space import Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSpec:
    """What a sweep file says, as far as an audit needs it.

    Attributes:
        metric: None if the file names none.
        objectives: Names in `metrics:`, of a sweep with several objectives.
        has_rule: Whether the file has an `early_terminate` block.
        rule: Its settings; None where `has_rule` is false or its type is not hyperband.
        rule_problem: Why the block is not understood; None if it is.
        space: What it searches.
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
    rule: Hyperband | None = None
    rule_problem: str | None = None
    space: SearchSpace = field(default_factory=SearchSpace)
    written: Mapping[str, Any] = field(default_factory=dict)
    top_level: tuple[str, ...] = ()
    program: str | None = None
    command: tuple[str, ...] | None = None

    def mismatch(self, config: Mapping[str, object]) -> str | None:
        """Why a run with this configuration cannot have come from this sweep file, in words.

        Every parameter must be there with a value that it allows; one whose value is itself a
        mapping is recorded under the names of its parts. None if the run may have come from it.
        """
        if not self.space:
            return "it has no parameters"
        for name, axis in self.space.items():
            if name in config:
                if not axis.allows(config[name]):
                    return _misfit(name, config[name], axis)
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
        data = load_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST, long_numbers_are_texts=True)
    except YamlError as error:
        msg = f"{source} is not YAML that a sweep file could be: {error}"
        raise DataError(msg, "correct the file, or name another") from None
    return spec_of(data, source)


def spec_of(data: object, source: str) -> SweepSpec:
    """Take what an audit needs from a sweep file that has been loaded.

    Raises:
        DataError: It is no mapping with `parameters`.
    """
    if not isinstance(data, dict) or not isinstance(data.get("parameters"), dict):
        if isinstance(data, dict) and "base" in data:
            msg = f"{source} has base:, as a series of sweeps, and no members:"
            raise DataError(msg, "name its sweeps under members: {name: {run_cap: 20}}")
        msg = f"{source} is not a sweep file: it has no mapping 'parameters'"
        raise DataError(msg, "name the YAML that was given to `wandb sweep`")
    block = data.get("early_terminate")
    rule, problem = None, None
    if isinstance(block, dict):
        try:
            rule = Hyperband.from_block(block)
        except UsageError as error:
            problem = error.message
    elif block is not None:
        problem = "early_terminate is not a mapping"
    return SweepSpec(
        name=_text(data.get("name")),
        method=_text(data.get("method")),
        metric=_metric(data.get("metric")),
        objectives=tuple(_objectives(data.get("metrics"))),
        has_rule=block is not None,
        rule=rule,
        rule_problem=problem,
        space=written_space(data),
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
        target=as_float(target) if is_number(target) else None,
    )


def _objectives(block: object) -> Iterator[str]:
    for objective in block if isinstance(block, list) else ():
        if isinstance(objective, dict) and isinstance(objective.get("name"), str):
            yield objective["name"]


def _misfit(name: str, value: object, axis: Axis) -> str:
    """Say what does not fit; texts are not repeated, for a configuration may hold a secret."""
    if all(is_number(candidate) for candidate in (value, *axis.listed)):
        return f"{name} is {value!r} in a run, the file allows {axis}"
    return f"{name} has a value in a run that the file does not allow"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
