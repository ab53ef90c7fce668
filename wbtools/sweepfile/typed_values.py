"""Slips in what somebody typed as a parameter's values: asked about, and not written as a text.

YAML reads `1e-4,1e-2`, `(1, 2)` and `1e-4..1e-2` as texts, `no` as false, `1:30` as 90 and `010` as
8; a file that holds these is valid, and every run gets what nobody meant. In quotes all of them are
texts, save for numbers such as `'1e-3'`, which reach W&B without their quotes.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import UsageError
from wbtools.sweepfile.bounded_yaml import YamlError, compose_yaml, construct_yaml
from wbtools.sweepfile.kinds import EXPONENTS, KINDS, exponents_look_like_values, is_number
from wbtools.sweepfile.numbers_in_yaml import (
    as_float,
    read_value,
    refuse_texts_sent_as_numbers,
)
from wbtools.sweepfile.scalar_readings import (
    NULL_WORDS,
    TRUTH_WORDS,
    calculation,
    choices,
    is_clock,
    is_failed_octal,
    is_octal,
    is_steps,
    two_numbers,
    without_leading_zeros,
)
from wbtools.text.masking import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_KIND: Final = re.compile(
    rf"\s*(?P<kind>{'|'.join(KINDS)})\s*(?:[\[(:]|\s)(?P<rest>.+)\Z", re.DOTALL
)
_CURLY: Final = "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_TEXT: Final = "tag:yaml.org,2002:str"
_COMMENT: Final = re.compile(r"(?:\A|\s)#.*", re.DOTALL)
_DATE: Final = "tag:yaml.org,2002:timestamp"
_MOST_NODES: Final = 10_000
_DEEPEST: Final = 20
_MOST_LISTED: Final = 12
_LONGEST_ASKED: Final = 200
_SPACES: Final = {
    "linspace": "uniform",
    "logspace": "log_uniform_values",
    "geomspace": "log_uniform_values",
}
_OTHER_NAMES: Final = {
    "loguniform": "log_uniform_values",
    "qloguniform": "q_log_uniform_values",
    "quniform": "q_uniform",
    "randint": "int_uniform",
    "integers": "int_uniform",
    "int": "int_uniform",
}
"""Names of other libraries, and W&B's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a value stands: what is written before it, and all that is."""

    key: str
    words: str
    in_file: bool = False

    def __str__(self) -> str:
        return f"{self.key}{self.words.strip()}"

    def as_text(self, text: str) -> str:
        """How a text is to be written there, so that nobody asks."""
        quoted = "'" + text.strip().replace("'", "''") + "'"
        return f"{self.key}{{value: {quoted}}}" if self.in_file else f"{self.key}{quoted}"


@contextmanager
def no_secret_in_errors(name: str, value: object) -> Iterator[None]:
    """Refuse a value that looks like a secret without showing it.

    Args:
        name: The parameter's.
        value: As it was typed, or as it stands in a file.

    Raises:
        UsageError: The block raises one.
    """
    try:
        yield
    except UsageError:
        if not holds_secret(name, value):
            raise
        msg = f"{name}: its value, not shown as it may be a secret, cannot be read as it is written"
        hint = "put a text in single quotes; better, leave the secret out of sweep files"
        raise UsageError(msg, hint) from None


def read_typed(text: str, name: str, hint: str) -> Any:  # noqa: ANN401 - whatever the user typed
    """Read a value as YAML, `1e-5` as a number.

    Args:
        text: What was typed.
        name: Of the parameter, for messages.
        hint: What is right, where it cannot be read at all.

    Raises:
        UsageError: It cannot be read, or is plainly meant otherwise than YAML takes it.
    """
    place = _Place(key=f"{name}=", words=text)
    try:
        node = compose_yaml(text, most_nodes=_MOST_NODES, deepest=_DEEPEST)
        if node is None:
            kind = "a comment to YAML" if text.strip() else "without a value"
            msg = f"{place} is {kind}"
            raise UsageError(msg, f"write {place.as_text(text)} for a text, {name}=null for none")
        _ask_about_rest(node, text, place)
        _ask_about_one(node, place)
        among_texts = _holds_texts(node)
        for scalar in _plain_scalars(node):
            _ask_about_word(scalar, place, among_texts=among_texts)
            _ask_what_is_meant(scalar.value, place, is_whole=scalar is node)
        value = read_value(text)
    except YamlError as error:
        why = f": {error}" if _is_balanced(text) else ": a bracket or a quote is not closed"
        msg = f"{name}: {text.strip()!r} cannot be read{why}"
        raise UsageError(msg, hint) from None
    refuse_texts_sent_as_numbers(value, place.key)
    return value


def ask_about_text(text: str, name: str) -> None:
    """Ask what was meant by a text that stands in a file, and is plainly no text.

    Raises:
        UsageError: It is such.
    """
    _ask_what_is_meant(text, _Place(key=f"{name}: ", words=text, in_file=True), is_whole=True)


def ask_about_words(node: yaml.Node, name: str) -> None:
    """Ask about words that stand in a file and that YAML 1.1 reads in its own way.

    Raises:
        UsageError: There is such a word, without quotes.
    """
    with no_secret_in_errors(name, construct_yaml(node)):
        among_texts = _holds_texts(node)
        for scalar in _plain_scalars(node):
            place = _Place(key=f"{name}: ", words=scalar.value, in_file=True)
            _ask_about_word(scalar, place, among_texts=among_texts)


def ask_about_exponents(kind: str, body: Mapping[str, Any], name: str) -> None:
    """Ask whether the bounds of `log_uniform`, which are exponents of e, are meant as values.

    Raises:
        UsageError: They look like values: a rate between 0 and 1, or what e cannot be raised to.
    """
    low, high = body.get("min"), body.get("max")
    if kind not in EXPONENTS or not is_number(low) or not is_number(high):
        return
    if exponents_look_like_values(low, high):
        values = f"{kind}_values({low},{high})"
        msg = f"{name}: {kind} takes exponents of e, and {low} and {high} look like values"
        hint = f"write {values}"
        if 0 < low < high:
            hint += f", or in exponents {kind}({math.log(low):.4g},{math.log(high):.4g})"
        raise UsageError(msg, hint)


def call_of_python(kind: str, arguments: Sequence[str], name: str) -> str | None:
    """What W&B has in place of a call that Python or another library has; None if unknown."""
    word = kind.rpartition(".")[2].lower()
    inside = ",".join(arguments)
    if word in {"range", "arange"}:
        return f"write the values, {name}=[{_of_range(arguments) or '0,1,2'}]"
    if word in {"choice", "choices", "list", "tuple", "set", "grid", "grid_search"}:
        return f"write {name}={inside if inside.startswith('[') else f'[{inside}]'}"
    if word in _SPACES:
        return f"write the values, {name}=[1,2], or {name}={_SPACES[word]}(MIN,MAX)"
    if word in _OTHER_NAMES:
        return f"W&B's word is {name}={_OTHER_NAMES[word]}({inside})"
    return None


def _of_range(arguments: Sequence[str]) -> str | None:
    """The numbers of a short `range(…)`; None where they are not known or many."""
    try:
        numbers = range(*map(int, arguments))
    except (ValueError, TypeError):
        return None
    return ",".join(map(str, numbers)) if 0 < len(numbers) <= _MOST_LISTED else None


def _plain_scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Scalars without quotes, an alias once for each place."""
    if isinstance(node, yaml.ScalarNode):
        if node.style not in {"'", '"'}:
            yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _plain_scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _plain_scalars(key)
            yield from _plain_scalars(value)


def _ask_about_one(node: yaml.Node, place: _Place) -> None:
    """Ask about a list of one text with spaces, where commas were forgotten."""
    if not isinstance(node, yaml.SequenceNode) or len(node.value) != 1:
        return
    for item in _plain_scalars(node.value[0]):
        words = item.value.split()
        if item is node.value[0] and len(words) > 1:
            msg = f"{place}: {item.value} would be one text"
            hint = f"a list is {place.key}[{','.join(words)}]"
            raise UsageError(msg, f"{hint}, of one text {place.key}['{item.value}']")


def _holds_texts(node: yaml.Node) -> bool:
    """Whether texts without quotes are among the values, none that may be meant as null."""
    return any(
        scalar.tag == _TEXT
        and scalar.value.lower() not in NULL_WORDS
        and as_float(scalar.value) is None
        for scalar in _plain_scalars(node)
    )


def _ask_about_rest(node: yaml.Node, text: str, place: _Place) -> None:
    """Ask about what YAML takes for a comment, and about signs of texts over several lines."""
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        msg = f"{place}: {node.style} begins a text over several lines, and is none itself"
        raise UsageError(msg, f"write a text {place.as_text(text)}")
    comment = _COMMENT.search(text, node.end_mark.index) if "#" in text else None
    if comment is not None:
        msg = f"{place}: {comment[0].strip()} is a comment in YAML, and is dropped"
        raise UsageError(msg, f"leave it out, or write a text {place.as_text(text)}")


def _ask_about_word(scalar: yaml.ScalarNode, place: _Place, *, among_texts: bool) -> None:
    """Ask about a word without quotes that YAML 1.1 reads in its own way.

    Args:
        scalar: The word.
        place: Where it stands.
        among_texts: Whether other texts are there, as in `[mean, none]`.
    """
    text = scalar.value
    meaning, other = "", ""
    if text.lower() in TRUTH_WORDS:
        other = TRUTH_WORDS[text.lower()]
        meaning = f"{other} to YAML"
    elif is_clock(text):
        meaning, other = "a number in base 60 to YAML", "a list or a range with a comma"
    elif is_octal(text):
        meaning, other = "a number in base 8 to YAML", without_leading_zeros(text)
    elif is_failed_octal(text):
        meaning, other = "a text to YAML", without_leading_zeros(text)
    elif scalar.tag == _DATE:
        meaning = "a date to YAML"
    elif text == "None" or (text.lower() in NULL_WORDS and scalar.tag == _TEXT and not among_texts):
        meaning, other = "a text to YAML", "null"
    if meaning:
        msg = f"{place}: {text} is {meaning}"
        more = f", else {other}" if other else ""
        raise UsageError(msg, f"write '{text}' in quotes for the text{more}")


def _ask_what_is_meant(text: str, place: _Place, *, is_whole: bool) -> None:
    """Ask about a text without quotes that looks like a list, a range, or half of something."""
    if len(text) > _LONGEST_ASKED:
        return
    two = two_numbers(text)
    if two is not None:
        msg = f"{place}: {text.strip()} would be one text"
        raise UsageError(msg, _list_or_range(list(two), text, place))
    if is_steps(text):
        msg = f"{place}: {text.strip()} would be one text"
        hint = f"list the values, {place.key}[1,2,3], or write a text {place.as_text(text)}"
        raise UsageError(msg, hint)
    if calculation(text):
        msg = f"{place}: {text.strip()} would be a text: YAML does not calculate"
        raise UsageError(msg, f"write the number itself, or a text {place.as_text(text)}")
    if text.strip()[:1] in _CURLY and text.strip():
        msg = f"{place}: {text.strip()[0]} is not a quote to YAML, but a part of the text"
        inside = text.strip().strip(_CURLY)
        raise UsageError(msg, f"write {place.key}{inside}, or a text {place.key}'{inside}'")
    if not _is_balanced(text):
        msg = f"{place}: a bracket or a quote in {text.strip()!r} is not closed"
        lists = f"a list is {place.key}[1,2], a list of lists {place.key}[[1,2],[3,4]]"
        raise UsageError(msg, f"{lists}, a text {place.as_text(text)}")
    kind = _KIND.match(text) if is_whole else None
    if kind is not None:
        inside = ",".join(re.split(r"[\s,:]+", kind["rest"].strip(" \t:[]()")))
        msg = f"{place} would be one text"
        hint = f"a distribution is {place.key}{kind['kind']}({inside})"
        raise UsageError(msg, f"{hint}, a text {place.as_text(text)}")
    is_tuple = text.strip().startswith("(")
    if is_tuple or (is_whole and "," in text):
        inside = text.strip().removeprefix("(").removesuffix(")") if is_tuple else text
        parts = [part.strip() for part in inside.split(",") if part.strip()]
        msg = f"{place} would be one text{': YAML has no tuples' if is_tuple else ''}"
        raise UsageError(msg, _list_or_range(parts, text, place))
    _ask_about_choices(text, place, is_whole=is_whole)


def _ask_about_choices(text: str, place: _Place, *, is_whole: bool) -> None:
    """Ask about words between bars, and about what was typed with spaces."""
    words = choices(text)
    if not words and is_whole and not place.in_file:
        words = [word for word in text.split() if word != "or"]
    if len(words) > 1:
        msg = f"{place}: {text.strip()} would be one text"
        raise UsageError(msg, _list_or_range(words, text, place))


def _list_or_range(parts: list[str], text: str, place: _Place) -> str:
    """What may have been meant, each as it is to be written."""
    inside, numbers = ",".join(parts), [as_float(part) for part in parts]
    words = [f"a list is {place.key}[{inside}]"]
    if len(parts) == 2 and None not in numbers:  # noqa: PLR2004 - both ends of a range
        low, high = (number or 0.0 for number in numbers)
        kinds = [f"{kind}({inside})" for kind in ("log_uniform_values", "uniform")]
        if low < high:
            kinds = kinds[0 if low > 0 else 1 :]
            if all(part.lstrip("+-").isdigit() for part in parts):  # a whole number is meant
                kinds.insert(0, f"int_uniform({inside})")
            words.append(f"a range {place.key}{f' or {place.key}'.join(kinds)}")
    return ", ".join([*words, f"a text {place.as_text(text)}"])


def _is_balanced(text: str) -> bool:
    """Whether every bracket and double quote is closed; apostrophes are no quotes in a word."""
    stack: list[str] = []
    for character in text:
        if character in "([{":
            stack.append(character)
        elif character in _PAIRS and (not stack or stack.pop() != _PAIRS[character]):
            return False
    return not stack and text.count('"') % 2 == 0 and not text.lstrip().startswith("'")
