"""Constraints on the cells of a grid: `lr * batch <= 1`, `opt == 'sgd' or warmup > 0`.

A constraint is parsed with Python's own grammar and then checked piece by piece: comparisons, `in`,
`and`, `or`, `not`, arithmetic, numbers, texts, lists and the names of parameters. Nothing is ever
called or evaluated by Python; sizes are bounded before anything is worked out.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import UsageError
from wbtools.model.configuration import same_value
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.numbers_in_yaml import as_float
from wbtools.text.masking import MASK, holds_secret, masked_text
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_LONGEST: Final = 1000
_DEEPEST: Final = 50
_MOST_BITS: Final = 4096
_EXAMPLE: Final = "such as 'lr * batch <= 1', \"opt == 'sgd' or warmup in [0, 10]\""
_QUOTED_NAME: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?P<name>[^`\n]+)`")
_LITERAL: Final = re.compile(rf"{_QUOTED_NAME.pattern}|(?<![\w.])\d[\w.]*")
_ALLOWED: Final = "comparisons, in, and, or, not, + - * / // % **, numbers, texts and lists have"
_REFUSED: Final[dict[type[ast.expr], str]] = {
    ast.Call: "a call",
    ast.Subscript: "an index",
    ast.Compare: "`is`",
    ast.IfExp: "`if`",
    ast.Lambda: "lambda",
}
_WORDS: Final = {"true": True, "false": False, "null": None}
"""YAML's words, which Python does not know."""
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_ORDER: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SIGNS: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a cell must fulfil.

    Attributes:
        text: As it was written.
        names: The parameters that it speaks of.
    """

    text: str
    names: frozenset[str]
    _tree: ast.expr
    _reading: _Reading

    def holds(self, config: Mapping[str, object]) -> bool:
        """Whether a cell fulfils it.

        Args:
            config: Values by dotted name, of all of `names` at least.

        Raises:
            UsageError: It cannot be worked out for these values; the message says where and why.
        """
        return self._reading.condition(self._tree, config)

    @property
    def shown(self) -> str:
        """As it was written, for other people's eyes: what secrets are compared with is masked."""

        def masked(literal: re.Match[str]) -> str:
            if literal["name"] is not None:
                return literal[0]
            number = as_float(literal[0])
            value = literal[0] if number is None else number
            return MASK if any(holds_secret(name, value) for name in self.names) else literal[0]

        return masked_text(_LITERAL.sub(masked, self.text))

    @property
    def parts(self) -> tuple[Constraint, ...]:
        """What `and` joins at the outermost level: it holds if the first does, the second, ….

        The names of a part are those of all before it too, which may keep it from being asked.
        """
        if not (isinstance(self._tree, ast.BoolOp) and isinstance(self._tree.op, ast.And)):
            return (self,)
        parts: list[Constraint] = []
        names: frozenset[str] = frozenset()
        for tree in self._tree.values:
            names |= self._reading.check(tree)
            parts.append(
                Constraint(text=self.text, names=names, _tree=tree, _reading=self._reading)
            )
        return tuple(parts)


def parse_constraint(text: str, known: Collection[str]) -> Constraint:
    """Read a constraint.

    Args:
        text: Such as `lr * batch <= 1`. Names that are no Python names stand in backquotes.
        known: The parameters that there are, by dotted name.

    Raises:
        UsageError: It is none; the message says at which character.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        msg = f"a constraint has {len(text)} characters, more than {_LONGEST}"
        raise UsageError(msg, "write several shorter ones: all of them must hold")
    reading = _Reading(text=text, known=frozenset(known), quoted={})
    tree = reading.parse()
    names = frozenset(reading.check(tree))
    if not names:
        hint = f"there are {', '.join(sorted(known))}"
        raise reading.refusal(tree, "it names no parameter", hint)
    return Constraint(text=text, names=names, _tree=tree, _reading=reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A text, and what its names mean.

    Attributes:
        quoted: Names in backquotes by their byte offset, which is how `ast` counts.
    """

    text: str
    known: frozenset[str]
    quoted: dict[int, str]

    def parse(self) -> ast.expr:
        source = _QUOTED_NAME.sub(self._stand_in, self.text.replace("\n", " "))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # `1 is 1` and the like warn, and are refused below
                return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            at = f" at character {error.offset}" if error.offset else ""
            msg = f"the constraint {self._shown} cannot be read{at}: {error.msg}"
            raise UsageError(msg, f"{_EXAMPLE}; write other names in backquotes") from None
        except (ValueError, RecursionError, MemoryError) as error:
            msg = f"the constraint {self._shown} cannot be read: {error or 'it is too deep'}"
            raise UsageError(msg, _EXAMPLE) from None

    def _stand_in(self, match: re.Match[str]) -> str:
        """A plain name that is as long as the one in backquotes, which `quoted` remembers."""
        if match["name"] is None:
            return match[0]
        self.quoted[len(self.text[: match.start()].encode(errors="surrogatepass"))] = match["name"]
        return "x" * len(match[0].encode(errors="surrogatepass"))

    @property
    def _shown(self) -> str:
        return format_value(self.text)

    def refusal(self, node: ast.expr, why: str, hint: str = _EXAMPLE) -> UsageError:
        """What is wrong, and where."""
        encoded = self.text.encode(errors="surrogatepass")
        place = len(encoded[: node.col_offset].decode(errors="replace")) + 1
        msg = f"the constraint {self._shown}, character {place}: {why}"
        return UsageError(msg, hint)

    def check(self, tree: ast.expr) -> set[str]:
        """Refuse whatever is none of the pieces above; give the names that are spoken of."""
        names: set[str] = set()
        waiting = [(tree, 1)]
        while waiting:
            node, depth = waiting.pop()
            if depth > _DEEPEST:
                raise self.refusal(tree, "it is too deep", "write several simpler ones")
            if isinstance(node, ast.Name | ast.Attribute):
                if (name := self._name(node)) is not None:
                    names.add(name)
            else:
                waiting += [(part, depth + 1) for part in reversed(self._parts(node))]
        return names

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        """What a piece is made of, if it is one that is allowed."""
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return []
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return parts
            case ast.BoolOp(values=parts):
                return parts
            case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=part):
                return [part]
            case ast.BinOp(op=sign) if type(sign) in _ARITHMETIC:
                return [node.left, node.right]
            case ast.Compare(ops=signs) if not any(
                isinstance(sign, ast.Is | ast.IsNot) for sign in signs
            ):
                return [node.left, *node.comparators]
        kind = _REFUSED.get(type(node), "this")
        raise self.refusal(node, f"{kind} is not allowed in a constraint", _ALLOWED)

    def _name(self, node: ast.Name | ast.Attribute) -> str | None:
        """The parameter that is meant; None for YAML's true, false and null.

        Raises:
            UsageError: There is no such parameter.
        """
        name = self._dotted(node)
        if name is None:
            raise self.refusal(node, "only the dots of a parameter's name are allowed here")
        if name in self.known:
            return name
        if name not in _WORDS:
            hint = f"there are {', '.join(sorted(self.known))}; put texts in quotes"
            raise self.refusal(node, f"no parameter is called {name!r}", hint)
        return None

    def _dotted(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self.quoted.get(node.col_offset, node.id)
        if isinstance(node, ast.Attribute):
            before = self._dotted(node.value)
            return None if before is None else f"{before}.{node.attr}"
        return None

    def condition(self, node: ast.expr, config: Mapping[str, object]) -> bool:
        """A piece that is true or false."""
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self.condition(part, config) for part in parts)
            case ast.BoolOp(op=ast.Or(), values=parts):
                return any(self.condition(part, config) for part in parts)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return not self.condition(part, config)
            case ast.Compare():
                return self._compared(node, config)
        value = self._value(node, config)
        if not isinstance(value, bool):
            why = f"{format_value(value)} is neither true nor false"
            raise self.refusal(node, why, "compare it with something")
        return value

    def _compared(self, node: ast.Compare, config: Mapping[str, object]) -> bool:
        left = self._value(node.left, config)
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self._value(part, config)
            if not self._holds(sign, left, right, part):
                return False
            left = right
        return True

    def _holds(self, sign: ast.cmpop, left: object, right: object, node: ast.expr) -> bool:
        if isinstance(sign, ast.Eq | ast.NotEq):
            return same_value(left, right) is isinstance(sign, ast.Eq)
        if isinstance(sign, ast.In | ast.NotIn):
            if not isinstance(right, list | tuple):
                raise self.refusal(node, f"{format_value(right)} is not a list", "write in [1, 2]")
            return any(same_value(left, item) for item in right) is isinstance(sign, ast.In)
        texts = isinstance(left, str) and isinstance(right, str)
        if not texts and not (is_number(left) and is_number(right)):
            why = f"{format_value(left)} and {format_value(right)} have no order"
            raise self.refusal(node, why, "rule other values out before: x != 'auto' and x < 3")
        if same_value(left, right):  # as `==` has it: 3 * 0.1 is 0.3, and so no more than that
            return isinstance(sign, ast.LtE | ast.GtE)
        return _ORDER[type(sign)](left, right)

    def _value(self, node: ast.expr, config: Mapping[str, object]) -> object:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name() | ast.Attribute():
                name = self._dotted(node) or ""
                return config[name] if name in self.known else _WORDS[name]
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return [self._value(part, config) for part in parts]
            case ast.UnaryOp(op=sign, operand=part) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](self._number(part, config))
            case ast.BinOp(left=first, op=operation, right=second):
                left, right = self._number(first, config), self._number(second, config)
                return self._calculated(node, operation, left, right)
        return self.condition(node, config)

    def _number(self, node: ast.expr, config: Mapping[str, object]) -> int | float:
        value = self._value(node, config)
        if not is_number(value):
            why = f"{format_value(value)} is not a number"
            raise self.refusal(node, why, "calculate with numbers only")
        return value

    def _calculated(
        self, node: ast.expr, operation: ast.operator, left: float, right: float
    ) -> int | float:
        pair = f"{format_value(left)} and {format_value(right)}"
        if _is_too_large(operation, left, right):
            raise self.refusal(node, f"the result for {pair} is too large")
        try:
            result = _ARITHMETIC[type(operation)](left, right)
        except (ArithmeticError, ValueError) as error:
            raise self.refusal(node, f"for {pair}: {error}") from None
        if not is_number(result):
            raise self.refusal(node, f"for {pair}: the result is not a real number")
        return result


def _is_too_large(operation: ast.operator, left: float, right: float) -> bool:
    """Whether integers would grow beyond all use; floats end at 1e308 by themselves."""
    if not (isinstance(left, int) and isinstance(right, int)):
        return False
    bits = left.bit_length()
    if isinstance(operation, ast.Pow):
        return abs(left) > 1 and bits * abs(right) > _MOST_BITS
    return bits + right.bit_length() > _MOST_BITS
