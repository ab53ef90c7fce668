"""What in a program's syntax tree stands for W&B's SDK.

The text is a stranger's: it may be no Python at all, or made to exhaust a parser.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PACKAGE: Final = "wandb"
UNKNOWN: Final = "?"
_LONGEST_CHAIN: Final = 20
_IMPORTERS: Final = frozenset({"import_module", "__import__"})


def parse_program(source: str) -> tuple[ast.AST, ...] | None:
    """The nodes of a program's syntax tree, the outer ones first; None if it has none.

    Args:
        source: Its text.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's invalid escapes are no news
            return tuple(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkNames:
    """Names that stand for the SDK, or for something of it.

    Attributes:
        packages: Names of the SDK itself.
        imported: Names of what came out of it, with what they were there.
    """

    packages: frozenset[str]
    imported: Mapping[str, str]

    @property
    def all(self) -> frozenset[str]:
        """Both."""
        return self.packages | self.imported.keys()


def sdk_names(nodes: Sequence[ast.AST], *, starred: Collection[str] = ()) -> SdkNames:
    """Find them.

    Args:
        nodes: Of a program, the outer ones first.
        starred: What `from wandb import *` is taken to bring.
    """
    packages: set[str] = set()
    imported: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            packages |= {alias.asname or PACKAGE for alias in node.names if _is_wandb(alias.name)}
        elif isinstance(node, ast.ImportFrom) and _is_wandb(node.module or ""):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    if "*" in imported:
        imported |= {name: name for name in starred}
    for node in nodes:  # `w = wandb`, `start = wandb`; names are assigned in the order of the text
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if is_package(node.value, packages, is_whole=True):
                packages |= {target.id for target in targets if isinstance(target, ast.Name)}
    return SdkNames(packages=frozenset(packages), imported=imported)


def is_package(node: ast.expr, names: Collection[str], *, is_whole: bool = False) -> bool:
    """Whether an expression stands for the SDK, or (unless `is_whole`) for what is in it."""
    root = node if is_whole else root_of(node)
    if isinstance(root, ast.Name):
        return root.id in names
    if not isinstance(root, ast.Call) or not root.args:
        return False
    function = root.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _IMPORTERS and _is_wandb(text_of(root.args[0]))


def text_of(node: ast.expr) -> str:
    """A constant text, f-strings by their constant parts; "?" for what is not known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    return UNKNOWN


def root_of(node: ast.expr) -> ast.expr:
    """What an attribute is one of, however far down."""
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(node, ast.Attribute):
            break
        node = node.value
    return node


def _is_wandb(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE
