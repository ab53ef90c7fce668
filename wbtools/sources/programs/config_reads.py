"""Whether a program gets its parameters from W&B, or serves a sweep with a function of its own.

Read from its text; nothing of it is run. What cannot be read off is left open.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.sources.programs.sdk_names import (
    PACKAGE,
    SdkNames,
    is_package,
    parse_program,
    sdk_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONFIG: Final = "config"
_INIT: Final = "init"
_AGENTS: Final = frozenset({"agent", "pyagent"})
_RUNS: Final = frozenset({"run", "wandb_run", "wb_run", "experiment"})
"""What runs are called where nothing says that they are some; `experiment` is Lightning's word."""
_WRITES: Final = frozenset({"update", "setdefaults", "persist"})
_PARAMETER_FILE: Final = "WANDB_SWEEP_PARAM_PATH"
_NEEDED_FOR_AGENT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module that a program imports.

    Attributes:
        name: Dotted; empty for the package that the program lies in.
        level: 0 for an absolute name, 1 for one beside the program, 2 for one above, …
    """

    name: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramText:
    """What is seen of one file.

    Attributes:
        reads_config: Whether it reads `wandb.config` or a run's.
        knows_wandb: Whether it names the SDK at all.
        hands_function: Whether it calls `wandb.agent` with a function.
        imports: The modules that it imports, wherever it does.
    """

    reads_config: bool
    knows_wandb: bool
    hands_function: bool
    imports: tuple[Module, ...]


def read_program_text(source: str) -> ProgramText | None:
    """See it in a program's text; None where it is no Python.

    Args:
        source: Its text.
    """
    nodes = parse_program(source)
    if nodes is None:
        return None
    names = sdk_names(nodes, starred=(*_AGENTS, _CONFIG, _INIT))
    return ProgramText(
        reads_config=_reads_config(nodes, names),
        knows_wandb=PACKAGE in source,
        hands_function=any(_hands_function(node, names) for node in nodes),
        imports=imported_modules(nodes),
    )


def _reads_config(nodes: Sequence[ast.AST], names: SdkNames) -> bool:
    runs = run_names(nodes, names)
    written = _only_written(nodes)
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value == _PARAMETER_FILE:
            return True
        if not isinstance(node, ast.Attribute | ast.Name) or id(node) in written:
            continue
        if isinstance(node.ctx, ast.Load) and is_config(node, names, runs):
            return True
    return False


def run_names(nodes: Sequence[ast.AST], names: SdkNames) -> frozenset[str]:
    """Names and attributes that stand for a run in a program's text."""
    return _RUNS.union(_named_runs(nodes, names))


def is_config(node: ast.AST, names: SdkNames, runs: frozenset[str]) -> bool:
    """Whether an expression is `wandb.config`, or a run's.

    Args:
        node: Any node of a program.
        names: What stands for the SDK in it.
        runs: What `run_names` gives for it.
    """
    if isinstance(node, ast.Name):
        return names.imported.get(node.id) == _CONFIG
    if not isinstance(node, ast.Attribute) or node.attr != _CONFIG:
        return False
    value = node.value
    if _is_init(value, names):
        return True
    # `wandb.run.config`, `self.run.config`; a `trainer.config` is somebody else's.
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return name in runs or is_package(value, names.packages)


def _is_init(node: ast.AST, names: SdkNames) -> bool:
    """Whether something is a call of `wandb.init`."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and names.imported.get(node.func.id) == _INIT)
        or (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == _INIT
            and is_package(node.func, names.packages)
        )
    )


def _named_runs(nodes: Sequence[ast.AST], names: SdkNames) -> Iterator[str]:
    """Names and attributes that a run is assigned to."""
    for node in nodes:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign) and _is_init(node.value, names):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = [node.target] if _is_init(node.value, names) else []
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            targets = [node.optional_vars] if _is_init(node.context_expr, names) else []
        for target in targets:
            if isinstance(target, ast.Name | ast.Attribute):
                yield target.id if isinstance(target, ast.Name) else target.attr


def _only_written(nodes: Sequence[ast.AST]) -> set[int]:
    """Expressions that something is put into: `wandb.config.update(…)`, `wandb.config.lr = …`."""
    written = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _WRITES:
                written.add(id(node.func.value))
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            written.add(id(node.value))
    return written


def _hands_function(node: ast.AST, names: SdkNames) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        is_agent = names.imported.get(function.id) in _AGENTS
    else:
        is_agent = (
            isinstance(function, ast.Attribute)
            and function.attr in _AGENTS
            and is_package(function, names.packages)
        )
    if not is_agent:
        return False
    given = [keyword.value for keyword in node.keywords if keyword.arg == "function"]
    given += node.args[1:_NEEDED_FOR_AGENT]
    return any(not (isinstance(value, ast.Constant) and value.value is None) for value in given)


def imported_modules(nodes: Sequence[ast.AST]) -> tuple[Module, ...]:
    """The modules that a program imports, wherever it does, each once."""
    return tuple(dict.fromkeys(_imports(nodes)))


def _imports(nodes: Sequence[ast.AST]) -> Iterator[Module]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Module(name=alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if base:
                yield Module(name=base, level=node.level)
            for alias in node.names:
                yield Module(name=f"{base}.{alias.name}".removeprefix("."), level=node.level)
