"""What the expressions of a program's syntax tree name: functions, keys, and where they stand."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

_MOST_NODES: Final = 500
_MOST_ASSIGNED: Final = 20
_DEEPEST: Final = 3
_GETTERS: Final = frozenset({"get", "getattr", "pop", "select"})


def called(node: ast.AST) -> str:
    """The last name of what a call or a decorator calls; empty for anything else."""
    function = node.func if isinstance(node, ast.Call) else node
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def constant(node: ast.AST | None) -> object:
    """The value of a constant; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def texts_of(nodes: Sequence[ast.expr]) -> list[str]:
    """The texts among expressions."""
    return [value for value in map(constant, nodes) if isinstance(value, str)]


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """What a call gives a keyword; None where it does not."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def key_of(node: ast.AST) -> tuple[ast.expr, str] | None:
    """What a value is read from, and under which name: `a.x`, `a["x"]`, `a.get("x")`."""
    if isinstance(node, ast.Attribute):
        return node.value, node.attr
    if isinstance(node, ast.Subscript):
        name = constant(node.slice)
        return (node.value, name) if isinstance(name, str) else None
    if isinstance(node, ast.Call) and called(node) in _GETTERS:
        texts = texts_of(node.args[:2])
        if texts and isinstance(node.func, ast.Attribute):
            return node.func.value, texts[0]
        if texts and isinstance(node.func, ast.Name) and node.args:
            return node.args[0], texts[0]
    return None


def keys_in(node: ast.AST) -> frozenset[str]:
    """Every name, and every key that is read, in an expression; of a huge one some."""
    found = set()
    for each in islice(ast.walk(node), _MOST_NODES):
        key = key_of(each)
        if key is not None:
            found.add(key[1])
        elif isinstance(each, ast.Name):
            found.add(each.id)
    return frozenset(found)


class SyntaxTree:
    """A program's nodes, with what stands around each of them.

    Attributes:
        nodes: The outer ones first.
        assigned: What each name was assigned, in the order of the text.
    """

    def __init__(self, nodes: Sequence[ast.AST]) -> None:
        """Look at all nodes once.

        Args:
            nodes: Of a program, the outer ones first.
        """
        self.nodes = nodes
        self._parents = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
        self._keys: dict[int, frozenset[str]] = {}
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in nodes:
            for name, value in _assignments(node):
                values = self.assigned.setdefault(name, [])
                if len(values) < _MOST_ASSIGNED:
                    values.append(value)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node is part of, the nearest first."""
        parent = self._parents.get(id(node))
        while parent is not None:
            yield parent
            parent = self._parents.get(id(parent))

    def function_of(self, node: ast.AST) -> ast.AST:
        """The function that a node stands in, else the whole program."""
        whole = self.nodes[0]
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        return next((each for each in self.above(node) if isinstance(each, kinds)), whole)

    def tests_of(self, node: ast.AST) -> Iterator[ast.expr]:
        """The conditions that a node stands in or under."""
        for each in self.above(node):
            if isinstance(each, ast.If | ast.IfExp | ast.While):
                yield each.test

    def meant(self, node: ast.expr, skipped: re.Pattern[str] | None = None) -> frozenset[str]:
        """The keys in an expression and in what its names were assigned.

        Args:
            node: The expression.
            skipped: Functions whose results are nothing of what they were given.
        """
        keys = self._keys_in(node)
        parts = islice(ast.walk(node), _MOST_NODES)
        names = {each.id for each in parts if isinstance(each, ast.Name)}
        values = [
            value
            for name in names
            for value in self.assigned.get(name, ())
            if skipped is None or not skipped.search(called(value))
        ]
        return keys.union(*map(self._keys_in, values))

    def passed(self, node: ast.expr, depth: int = _DEEPEST) -> Iterator[str]:
        """The keys whose values an expression is: read, chosen, loaded, and not put together."""
        key = key_of(node)
        if key is not None:
            yield key[1]
            return
        inner: list[ast.expr] = []
        if isinstance(node, ast.IfExp):
            inner = [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp):
            inner = node.values
        elif isinstance(node, ast.Name):
            inner = self.assigned.get(node.id, [])
        elif isinstance(node, ast.Call):
            given = [*node.args, *(each.value for each in node.keywords)]
            inner = given if len(given) == 1 else []
        for each in inner[:_MOST_ASSIGNED] if depth else []:
            yield from self.passed(each, depth - 1)

    def _keys_in(self, node: ast.expr) -> frozenset[str]:
        if id(node) not in self._keys:
            self._keys[id(node)] = keys_in(node)
        return self._keys[id(node)]


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        targets = [node.target]
    else:
        return
    if node.value is None:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value


def definitions(nodes: Sequence[ast.AST]) -> Mapping[str, ast.FunctionDef | ast.ClassDef]:
    """The functions and classes of a program, by name."""
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name: node for node in nodes if isinstance(node, kinds)}
