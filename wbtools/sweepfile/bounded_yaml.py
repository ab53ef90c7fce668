"""YAML that other people wrote, measured before it is loaded, as if its aliases were written out.

An alias costs a few bytes and stands for all that its anchor holds, so a short text can stand for
more than any memory; an alias inside its own anchor stands for something without end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

DEEPEST: Final = 40
"""Levels of a sweep file that are read."""
MOST_NODES: Final = 100_000
"""Values of a sweep file that are read."""
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_NUMBER: Final = 1000
_LONGEST_READ_TWICE: Final = 100_000
_BEGINS_NUMBER: Final = re.compile(r"[-+]?\.?[0-9]")
_IN_NUMBERS: Final = "0123456789abcdefABCDEFxXo_:+-."
_NUMBER_TAGS: Final = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_TOO_MUCH: Final = "it is larger or deeper than such files are"
_WORDS_OF_YAML_1_1: Final = {
    f"could not determine a constructor for the tag 'tag:yaml.org,2002:{tag}'": (
        f"{word} alone is a word of YAML 1.1; quote it if a text is meant"
    )
    for tag, word in {"value": "=", "merge": "<<"}.items()
}
_UNKNOWN_TAG: Final = re.compile(r"could not determine a constructor for the tag\b")
_LIBYAML_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""libyaml 0.2.6 (in PyYAML 6.0.4) stops at level 1,000 while it reads ahead, before any event."""


class YamlError(ValueError):
    """A text that is no YAML, or stands for too much; caught where the file is read.

    Attributes:
        line: Where the trouble was met, from 1.
        column: Likewise, from 1.
        too_much: It may be YAML, but is larger or deeper than allowed.
    """

    def __init__(
        self,
        message: str,
        mark: Any = None,  # noqa: ANN401 - PyYAML has two kinds of marks
        *,
        too_much: bool = False,
    ) -> None:
        """Keep the place, where there is one."""
        super().__init__(message)
        self.line = 1 if mark is None else mark.line + 1
        self.column = 1 if mark is None else mark.column + 1
        self.too_much = too_much


@dataclass(slots=True)
class _Collection:
    anchor: str | None
    n_nodes: int = 1
    height: int = 1


def load_yaml(
    text: str, *, most_nodes: int, deepest: int, long_numbers_are_texts: bool = False
) -> object:
    """Load YAML without calling anything that it names.

    Args:
        text: The YAML.
        most_nodes: Values and keys that it may hold, aliases written out.
        deepest: Levels that it may have, likewise.
        long_numbers_are_texts: What looks like a number, and is too long or too large to be one,
            stays a text: whatever else there is should not be hidden by it.

    Raises:
        YamlError: It is no YAML, or larger or deeper than that.
    """
    node = compose_yaml(
        text,
        most_nodes=most_nodes,
        deepest=deepest,
        long_numbers_are_texts=long_numbers_are_texts,
    )
    if long_numbers_are_texts and node is not None:
        _take_unreadable_numbers_as_texts(node)
    return construct_yaml(node)


def compose_yaml(
    text: str, *, most_nodes: int, deepest: int, long_numbers_are_texts: bool = False
) -> yaml.Node | None:
    """Parse YAML into its nodes, which know their places; None for an empty text.

    Args:
        text: The YAML.
        most_nodes: Values and keys that it may hold, aliases written out.
        deepest: Levels that it may have, likewise.
        long_numbers_are_texts: Let them pass; they are to be made texts before anything is made
            of the nodes.

    Raises:
        YamlError: It is no YAML, or larger or deeper than that.
    """
    try:
        _measure(text, most_nodes, deepest, long_numbers_are_texts=long_numbers_are_texts)
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except YamlError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _in_words(error) from None
    return node


def compose_as_client(text: str, node: yaml.Node | None) -> yaml.Node | None:
    """Parse a text once more without libyaml, as W&B's client does, which loads no C code.

    The two differ: libyaml takes tabs before comments, byte order marks inside a text and a `?` in
    a list in brackets, and reads a lone `!` as null. Where a text is very long, libyaml's nodes
    have to do.

    Args:
        text: YAML that `compose_yaml` took.
        node: What `compose_yaml` made of it.

    Raises:
        YamlError: PyYAML's own reader refuses it.
    """
    if len(text) > _LONGEST_READ_TWICE:
        return node
    try:
        again: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise _in_words(error) from None
    return again


def construct_yaml(node: yaml.Node | None) -> object:
    """Make data of composed nodes; merge keys (`<<`) are resolved in the nodes themselves.

    Raises:
        YamlError: A value is none of what its tag says.
    """
    if node is None:
        return None
    loader = _LOADER("")
    try:
        value: object = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise _in_words(error) from None
    finally:
        loader.dispose()
    return value


def _in_words(error: Exception) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    words = getattr(error, "problem", None) if mark is not None else None
    if words in _WORDS_OF_YAML_1_1:
        return YamlError(_WORDS_OF_YAML_1_1[words], mark)
    if words == _LIBYAML_TOO_DEEP:
        return YamlError(_TOO_MUCH, mark, too_much=True)
    text = " ".join(str(words or error).split())
    tag = _UNKNOWN_TAG.match(text)  # nor is it: a password may begin with an exclamation mark
    return YamlError(text if tag is None else tag[0], mark)


def _measure(text: str, most_nodes: int, deepest: int, *, long_numbers_are_texts: bool) -> None:
    known: dict[str, _Collection] = {}
    open_ones = [_Collection(anchor=None)]
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            open_ones.append(_Collection(anchor=event.anchor))
            known.pop(event.anchor or "", None)
        elif isinstance(event, yaml.CollectionEndEvent):
            _add(open_ones, known, open_ones.pop())
        elif isinstance(event, yaml.ScalarEvent):
            if (
                not long_numbers_are_texts
                and event.implicit[0]
                and len(event.value) > _LONGEST_NUMBER
                and _BEGINS_NUMBER.match(event.value)
                and not event.value.strip(_IN_NUMBERS)
            ):
                msg = f"a number has more than {_LONGEST_NUMBER} digits"
                raise YamlError(msg, event.start_mark, too_much=True)
            _add(open_ones, known, _Collection(anchor=event.anchor, height=0))
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in known:
                # It is not named: a password may begin with an asterisk.
                msg = "this alias refers to nothing, or to what contains it"
                raise YamlError(msg, event.start_mark)
            meant = known[event.anchor]
            _add(open_ones, known, _Collection(None, meant.n_nodes, meant.height))
        innermost = open_ones[-1]
        n_above = len(open_ones) - 2  # itself and the place of the text left out
        if innermost.n_nodes > most_nodes or n_above + innermost.height > deepest:
            raise YamlError(_TOO_MUCH, event.start_mark, too_much=True)


def _take_unreadable_numbers_as_texts(node: yaml.Node) -> None:
    loader = _LOADER("")
    waiting, visited = [node], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif (
            isinstance(node, yaml.ScalarNode)
            and node.tag in _NUMBER_TAGS
            and not _is_readable(loader, node)
        ):
            node.tag = _TEXT_TAG
    loader.dispose()


def _is_readable(loader: Any, node: yaml.ScalarNode) -> bool:  # noqa: ANN401 - one of two classes
    if len(node.value) > _LONGEST_NUMBER:
        return False
    try:
        loader.construct_object(node)
    except (ValueError, OverflowError):
        return False
    return True


def _add(open_ones: list[_Collection], known: dict[str, _Collection], node: _Collection) -> None:
    """Add a node that is complete to the collection that holds it."""
    if node.anchor is not None:
        known[node.anchor] = node
    above = open_ones[-1]
    above.n_nodes += node.n_nodes
    above.height = max(above.height, node.height + 1)
