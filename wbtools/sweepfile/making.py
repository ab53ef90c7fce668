"""Make a sweep file of a template and of what the command line says."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import UsageError
from wbtools.model import AskedMetric
from wbtools.rules.grammar import parse_wandb_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.goal_names import settle_metric
from wbtools.sweepfile.guarding import guarding_rule, put_under_guard
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.program_words import program_words
from wbtools.sweepfile.run_length import run_length
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.model import Goal
    from wbtools.rules.rule import StoppingRule
    from wbtools.sweepfile.draft import Draft

_DEFAULT_EPOCHS: Final = 50
_FITTING: Final = 3
_TOO_SHORT: Final = "early_terminate is left out: no run can be stopped before its only report"
STRENGTHS: Final = {"conservative": (0.4, 2), "balanced": (0.2, 3), "aggressive": (0.1, 4)}
"""First band as a share of a full run, and eta: of the runs at a band about 1/eta survive."""


class CommandStyle(StrEnum):
    """How the program takes its parameters."""

    ARGPARSE = "argparse"
    HYDRA = "hydra"
    FIRE = "fire"
    FUNCTION = "function"


_MACROS: Final = {
    CommandStyle.ARGPARSE: "${args}",
    CommandStyle.FIRE: "${args}",  # Fire reads `--name=value`, values as Python writes them
    CommandStyle.HYDRA: "${args_no_hyphens}",
}
_FUNCTION_NOTES: Final = (
    "Started by wandb.agent(SWEEP, function=train), so there is no program.",
    "wbtools: ignore WBS080",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeOptions:
    """What the command line says; None or empty where it says nothing.

    Attributes:
        parameters: Name and body of each; if there are any, the template's own are dropped.
        early_terminate: A rule such as `hyperband(min_iter=10,eta=3)`, a strength, or `none`.
        guard: A rule by which `wbtools guard` is to stop runs, in place of `early_terminate`.
        preserve: Value beyond which no run should be stopped, which W&B cannot do.
        settings: Dotted keys of the file and their values, for anything else; null removes.
        nested: Write dotted names as nested parameters.
        keeps_others: Parameters that are not named stay.
        program: A file, or a command line that starts one; see `program_words`.
        program_exists: Whether there is a file of that name.
        full_run: Reports that a full run is known to make, where the file does not say.
    """

    parameters: tuple[tuple[str, dict[str, Any]], ...] = ()
    program: str | None = None
    metric: str | None = None
    goal: Goal | None = None
    method: str | None = None
    name: str | None = None
    description: str | None = None
    run_cap: int | None = None
    early_terminate: str | None = None
    guard: str | None = None
    preserve: float | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    nested: bool = False
    command_style: CommandStyle | None = None
    keeps_others: bool = False
    program_exists: Callable[[str], bool] = field(default=lambda _name: False)
    full_run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A sweep file and what had to be said about it.

    Attributes:
        guard: The rule by which `wbtools guard` is to stop its runs; None without one.
    """

    draft: Draft
    remarks: tuple[str, ...] = ()
    guard: StoppingRule | None = None


def make(template: Draft, options: MakeOptions) -> Made:
    """Fill a template in.

    Raises:
        UsageError: What is asked contradicts itself, or W&B would refuse it.
    """
    guard = guarding_rule(options)
    draft = copy.deepcopy(template)
    data, remarks = draft.data, []
    for key in ("name", "description", "method", "run_cap"):
        if getattr(options, key) is not None:
            data[key] = getattr(options, key)
    if options.metric is not None or options.goal is not None:
        remarks += _metric(data, options)
    if options.parameters:
        _replace_parameters(draft, options)
    _command(draft, options)
    if guard is None:
        remarks += _stopping(draft, options)
    else:
        _forget(draft)
        put_under_guard(draft, guard)
        remarks.append(f"W&B stops no run: `wbtools guard` is to stop them by {guard}")
    if options.preserve is not None:
        remarks.append(_preserve(draft, options.preserve))
    for key, value in options.settings:
        _set(data, key.split("."), value, key)
    return Made(draft=draft, remarks=tuple(remarks), guard=guard)


def _metric(data: dict[str, Any], options: MakeOptions) -> list[str]:
    old = data.get("metric")
    block = dict(old) if isinstance(old, dict) else {}
    said = []
    if options.metric is not None and options.metric != block.get("name"):
        metric = settle_metric(AskedMetric(name=options.metric, goal=options.goal))
        if metric.goal_is_inferred:
            said.append(metric.inferred_words)
        block |= {"name": metric.name, "goal": metric.goal.value}
    if options.goal is not None:
        block["goal"] = options.goal.value
    data["metric"] = block
    return said


def _replace_parameters(draft: Draft, options: MakeOptions) -> None:
    given = _parameters(options)
    old = draft.data.get("parameters")
    stay = old if options.keeps_others and isinstance(old, dict) else {}
    gone = set(given) if options.keeps_others else {path[1] for path in draft.notes if path[1:]}
    draft.notes = {
        path: note
        for path, note in draft.notes.items()
        if path[0] != "parameters" or (path[1:] and path[1] not in gone)
    }
    draft.data["parameters"] = {**stay, **given}


def _parameters(options: MakeOptions) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for name, body in options.parameters:
        if options.nested:
            _nest(block, name.split("."), body, name)
        elif name in block:
            msg = f"the parameter {name} is given twice"
            raise UsageError(msg, "leave one of them out")
        else:
            block[name] = body
    return block


def _nest(block: dict[str, Any], parts: list[str], body: dict[str, Any], name: str) -> None:
    """Put a body under `a: {parameters: {b: …}}`."""
    for part in parts[:-1]:
        inner = block.setdefault(part, {"parameters": {}})
        if list(inner) != ["parameters"]:
            msg = f"{part} is a parameter and cannot hold {name}"
            raise UsageError(msg, "rename one of them, or leave --nested out")
        block = inner["parameters"]
    if not all(parts) or parts[-1] in block:
        msg = f"the parameter {name} cannot be nested here"
        raise UsageError(msg, "check for a name that is given twice, or has empty parts")
    block[parts[-1]] = body


def _command(draft: Draft, options: MakeOptions) -> None:
    style, data = options.command_style, draft.data
    if style is CommandStyle.FUNCTION:
        if options.program is not None:
            named = f"--program {options.program}"
            msg = f"--command-style function starts no program, but {named} is given"
            raise UsageError(msg, "leave one of them out")
        data.pop("program", None)
        data.pop("command", None)
        draft.head += _FUNCTION_NOTES
        return
    if style is CommandStyle.HYDRA and options.nested:
        msg = "nested parameters reach Hydra as the text of a Python dict, which it cannot read"
        raise UsageError(msg, "leave --nested out: Hydra nests dotted names itself")
    if style is not None:
        data["command"] = ["${env}", "${interpreter}", "${program}", _MACROS[style]]
    if options.program is not None:
        words = program_words(options.program, exists=options.program_exists)
        data["program"] = words.program
        if not words.is_plain:
            data["command"] = [*words.command, *_arguments(data.get("command"))]


def _arguments(command: object) -> list[str]:
    """The macros by which a command passes parameters on."""
    words = command if isinstance(command, list) else []
    return [word for word in words if str(word).startswith("${args")] or ["${args}"]


def _stopping(draft: Draft, options: MakeOptions) -> list[str]:
    data, written = draft.data, options.early_terminate
    if written is None:
        if data.get("method") == "grid" and "early_terminate" in data and options.method == "grid":
            _forget(draft)
            return ["early_terminate is left out: a grid is there to fill every cell"]
        return list(_fitted(draft, options))
    strength = STRENGTHS.get(written.strip().lower())
    settings = (
        _strength(data, *strength, options.full_run) if strength else parse_wandb_rule(written)
    )
    _forget(draft)
    if settings is None:
        return [_TOO_SHORT] if strength else []
    said = []
    if strength and run_length(Document(data=data)) is None:
        whole = count(options.full_run or _DEFAULT_EPOCHS, "report")
        how = "makes, as the last sweep's did," if options.full_run else "is assumed to make"
        said.append(f"early_terminate: a full run {how} {whole}")
    block = settings.as_block()
    if "min_iter" in block and "max_iter" not in block and block.pop("s", None) is not None:
        said.append("s is left out: beside min_iter W&B ignores it")
    block.setdefault("strict", True)
    data["early_terminate"] = block
    return said


def _forget(draft: Draft) -> None:
    draft.data.pop("early_terminate", None)
    draft.notes = {path: note for path, note in draft.notes.items() if path[0] != "early_terminate"}


def _strength(
    data: dict[str, Any], share: float, eta: int, full_run: int | None
) -> Hyperband | None:
    """Bands by the length of a run, the shortest where it is swept; None if it is one report."""
    length = run_length(Document(data=data))
    epochs = (full_run or _DEFAULT_EPOCHS) if length is None else length.shortest
    if (full_run if length is None else length.longest) == 1:
        return None
    first = min(max(2, round(share * epochs)), max(epochs - 1, 1))
    return Hyperband(min_iter=first, eta=eta, strict=True)


def _fitted(draft: Draft, options: MakeOptions) -> Iterator[str]:
    """Move the first band of a rule that nobody asked for to where it can stop something.

    It lies at a third of the shortest run at most, one report an epoch, where the command line
    says how many epochs that is.
    """
    block, length = draft.data.get("early_terminate"), run_length(Document(data=draft.data))
    if not isinstance(block, dict) or "max_iter" in block or length is None:
        return
    first, fitting = block.get("min_iter"), max(length.shortest // _FITTING, 1)
    if length.name not in {name for name, _ in options.parameters} or not is_number(first):
        return
    if length.longest == 1:
        _forget(draft)
        yield _TOO_SHORT
    elif first > fitting:
        _forget(draft)
        draft.data["early_terminate"] = block | {"min_iter": fitting}
        run = "the shortest run" if length.is_swept else "a run"
        draft.notes["early_terminate",] = [
            f"The first band lies at a third of {run}, in reports of the metric."
        ]
        whole = f"{count(length.shortest, 'epoch')}, one report each"
        yield f"the first band is {count(fitting, 'report')}, not {first:g}: a third of {whole}"


def _preserve(draft: Draft, value: float) -> str:
    metric = draft.data.get("metric")
    goal = metric.get("goal") if isinstance(metric, dict) else None
    name = metric.get("name", "the metric") if isinstance(metric, dict) else "the metric"
    side = "above" if goal == "maximize" else "below"
    wish = f"never stop a run with {name} {side} {value:g}"
    before = draft.data.get("description")
    draft.data["description"] = f"{before}; {wish}" if before else wish
    draft.notes["early_terminate",] = [
        *draft.notes.get(("early_terminate",), []),
        f"Wanted: {wish}. W&B's Hyperband has no setting for it and its schema refuses extra",
        "keys: this file does not do it.",
    ]
    return f"W&B cannot keep runs {side} {value:g}: the wish is kept in description and a comment"


def _set(data: dict[str, Any], parts: list[str], value: Any, key: str) -> None:  # noqa: ANN401
    block = data
    for part in parts[:-1]:
        inner = block.setdefault(part, {})
        if not isinstance(inner, dict):
            msg = f"--set {key}: {part} is not a mapping"
            raise UsageError(msg, "name a key of the sweep file, such as metric.target")
        block = inner
    if value is None:
        block.pop(parts[-1], None)
    else:
        block[parts[-1]] = value
