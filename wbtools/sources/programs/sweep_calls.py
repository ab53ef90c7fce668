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
    from collections.abc import Collection, Iterator, Sequence

_NAMES: Final = frozenset({"sweep", "agent", "controller", "pyagent"})
_PACKAGE: Final = "wandb"
_UNKNOWN: Final = "?"
_LONGEST_CHAIN: Final = 20
_IMPORTERS: Final = frozenset({"import_module", "__import__"})
_COMMAND: Final = re.compile(
    r"\bwandb(?:\.exe|\.cli(?:\.cli)?)?\s+(?:[-?]\S{0,99}\s+){0,9}"
    r"(sweep|agent|controller|scheduler|launch-sweep)\b"
)
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
        return command_calls([source])


def command_calls(words: Sequence[str]) -> frozenset[str]:
    """Give the same of the words of a command, which may hold shell lines and Python's texts.

    Args:
        words: Those that stand in the command itself, without any value of a run.
    """
    line = " ".join(words)
    groups = (match.groups() for match in _MENTION.finditer(line))
    mentioned = {f"wandb.{first or second}" for first, second in groups}
    return frozenset(mentioned | {f"wandb {match[1]}" for match in _COMMAND.finditer(line)})


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
    statements = (node.value for node in nodes if isinstance(node, ast.Expr))
    docstrings = {id(value) for value in statements if isinstance(value, ast.Constant)}
    for node in nodes:
        if isinstance(node, ast.Name) and imported.get(node.id) in _NAMES:
            yield f"{_PACKAGE}.{imported[node.id]}"
        elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
            if _is_package(node.value, packages | imported.keys()):
                yield f"{_PACKAGE}.{node.attr}"
        elif isinstance(node, ast.Call):
            yield from _of_getattr(node, packages)
        if id(node) not in docstrings:
            for match in _COMMAND.finditer(_command(node)):
                yield f"{_PACKAGE} {match[1]}"


def _imported(nodes: list[ast.AST]) -> tuple[set[str], dict[str, str]]:
    """The names that stand for the SDK, and those that came out of it with what they were."""
    packages: set[str] = set()
    imported: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            packages |= {alias.asname or _PACKAGE for alias in node.names if _is_wandb(alias.name)}
        elif isinstance(node, ast.ImportFrom) and _is_wandb(node.module or ""):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    if "*" in imported:
        imported |= {name: name for name in _NAMES}
    for node in nodes:  # `w = wandb`, `start = wandb`; names are assigned in the order of the text
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _is_package(node.value, packages, is_whole=True):
                packages |= {target.id for target in targets if isinstance(target, ast.Name)}
    return packages, imported


def _of_getattr(node: ast.Call, packages: set[str]) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "getattr" and len(node.args) > 1 and _is_package(node.args[0], packages):
        attribute = _text(node.args[1])
        if attribute in _NAMES or _UNKNOWN in attribute:
            yield f"{_PACKAGE}.{attribute}"


def _is_package(node: ast.expr, names: Collection[str], *, is_whole: bool = False) -> bool:
    """Whether an expression stands for the SDK, or (unless `is_whole`) for what is in it."""
    root = node if is_whole else _root(node)
    if isinstance(root, ast.Name):
        return root.id in names
    if not isinstance(root, ast.Call) or not root.args:
        return False
    function = root.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _IMPORTERS and _is_wandb(_text(root.args[0]))


def _command(node: ast.AST) -> str:
    """The text of a constant, an f-string, words in a list or a call; "" for anything else."""
    if isinstance(node, ast.List | ast.Tuple | ast.Call):
        return " ".join(map(_text, node.args if isinstance(node, ast.Call) else node.elts))
    if isinstance(node, ast.JoinedStr):
        return _text(node)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _text(node: ast.expr) -> str:
    """A constant text, f-strings by their constant parts; "?" for what is not known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    return _UNKNOWN


def _root(node: ast.expr) -> ast.expr:
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(node, ast.Attribute):
            break
        node = node.value
    return node


def _is_wandb(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE
