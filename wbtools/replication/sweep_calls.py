"""Whether a program starts sweeps or agents, read from its text; nothing of it is run.

The text is a stranger's: it may be no Python at all, or made to exhaust a parser. Where it does not
parse, mentions count as calls, so that a mistake is on the safe side.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: Final = frozenset({"sweep", "agent", "controller", "pyagent"})
_PACKAGE: Final = "wandb"
_UNKNOWN: Final = "?"
_LONGEST_CHAIN: Final = 20
_STARTERS: Final = frozenset({
    "system", "popen", "run", "call", "check_call", "check_output", "getoutput", "Popen",
    "getstatusoutput",
})  # fmt: skip
_COMMAND: Final = re.compile(r"\bwandb\s+(?:-\S{1,99}\s+){0,9}(sweep|agent|controller|scheduler)\b")
_MENTION: Final = re.compile(
    r"\bwandb\b[\s.]*(sweep|agent|controller)\b|\bfrom\s+wandb\b[^\n]{0,99}\b(sweep|agent|controller)\b"
)


def sweep_calls(source: str) -> frozenset[str]:
    """Give what a program uses to start or serve sweeps, such as `wandb.sweep`; empty: nothing.

    Args:
        source: Its text.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's invalid escapes are no news
            tree = ast.parse(source)
        return frozenset(_found(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        groups = (match.groups() for match in _MENTION.finditer(source))
        mentioned = {f"wandb.{first or second}" for first, second in groups}
        commands = {f"wandb {match[1]}" for match in _COMMAND.finditer(source)}
        return frozenset(mentioned | commands)


def notebook_calls(document: str) -> frozenset[str] | None:
    """Give the same of a notebook's code cells; None where it is no notebook.

    Args:
        document: The text of an `.ipynb` file.
    """
    try:
        cells = json.loads(document)["cells"]
        sources = [
            "".join(cell["source"]) for cell in cells if cell.get("cell_type", "code") == "code"
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    # One text: a cell uses what another one imports. Magics are no Python.
    lines = "\n".join(sources).splitlines()
    magics = [line for line in lines if line.lstrip().startswith(("%", "!"))]
    code = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
    shell = {f"wandb {match[1]}" for line in magics for match in _COMMAND.finditer(line)}
    return sweep_calls(code) | shell


def _found(tree: ast.Module) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    packages, imported = _imported(nodes)
    for node in nodes:
        if isinstance(node, ast.Name) and imported.get(node.id) in _NAMES:
            yield f"{_PACKAGE}.{imported[node.id]}"
        elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
            if _root(node) in packages | imported.keys():
                yield f"{_PACKAGE}.{node.attr}"
        elif isinstance(node, ast.Call):
            yield from _of_call(node, packages)


def _imported(nodes: list[ast.AST]) -> tuple[set[str], dict[str, str]]:
    """The names that stand for the SDK, and those that came out of it with what they were."""
    packages: set[str] = set()
    imported: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            packages |= {alias.asname or _PACKAGE for alias in node.names if _is_wandb(alias.name)}
        elif isinstance(node, ast.ImportFrom) and _is_wandb(node.module or ""):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    return packages, imported | ({name: name for name in _NAMES} if "*" in imported else {})


def _of_call(node: ast.Call, packages: set[str]) -> Iterator[str]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name == "getattr" and len(node.args) > 1 and _root(node.args[0]) in packages:
        attribute = _text(node.args[1])
        if attribute in _NAMES or _UNKNOWN in attribute:
            yield f"{_PACKAGE}.{attribute}"
    if name in _STARTERS:
        for argument in node.args:
            words = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
            for match in _COMMAND.finditer(" ".join(map(_text, words))):
                yield f"{_PACKAGE} {match[1]}"


def _text(node: ast.expr) -> str:
    """A constant text, f-strings by their constant parts; "?" for what is not known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    return _UNKNOWN


def _root(node: ast.expr) -> str:
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(node, ast.Attribute):
            break
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_wandb(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE
