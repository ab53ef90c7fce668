"""Whether a program starts sweeps or agents, read from its text; nothing of it is run.

Where it does not parse, mentions count as calls, so that a mistake is on the safe side.
"""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Final

from wbtools.sources.programs.sdk_names import (
    PACKAGE,
    UNKNOWN,
    is_package,
    parse_program,
    sdk_names,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_NAMES: Final = frozenset({"sweep", "agent", "controller", "pyagent"})
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
    nodes = parse_program(source)
    if nodes is None:
        return command_calls([source])
    return frozenset(_found(nodes))


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
    split = notebook_code(document)
    if split is None:
        return None
    code, magics = split
    shell = {f"{PACKAGE} {match[1]}" for line in magics for match in _COMMAND.finditer(line)}
    return sweep_calls(code) | shell


def notebook_code(document: str) -> tuple[str, tuple[str, ...]] | None:
    """The Python of a notebook as one program, and its magics; None where it is no notebook.

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
    magics = tuple(line for line in lines if line.lstrip().startswith(("%", "!")))
    code = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
    return code, magics


def _found(nodes: Sequence[ast.AST]) -> Iterator[str]:
    names = sdk_names(nodes, starred=_NAMES)
    statements = (node.value for node in nodes if isinstance(node, ast.Expr))
    docstrings = {id(value) for value in statements if isinstance(value, ast.Constant)}
    for node in nodes:
        if isinstance(node, ast.Name) and names.imported.get(node.id) in _NAMES:
            yield f"{PACKAGE}.{names.imported[node.id]}"
        elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
            if is_package(node.value, names.all):
                yield f"{PACKAGE}.{node.attr}"
        elif isinstance(node, ast.Call):
            yield from _of_getattr(node, names.packages)
        if id(node) not in docstrings:
            for match in _COMMAND.finditer(_command(node)):
                yield f"{PACKAGE} {match[1]}"


def _of_getattr(node: ast.Call, packages: Collection[str]) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "getattr" and len(node.args) > 1 and is_package(node.args[0], packages):
        attribute = text_of(node.args[1])
        if attribute in _NAMES or UNKNOWN in attribute:
            yield f"{PACKAGE}.{attribute}"


def _command(node: ast.AST) -> str:
    """The text of a constant, an f-string, words in a list or a call; "" for anything else."""
    if isinstance(node, ast.List | ast.Tuple | ast.Call):
        return " ".join(map(text_of, node.args if isinstance(node, ast.Call) else node.elts))
    if isinstance(node, ast.JoinedStr):
        return text_of(node)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
