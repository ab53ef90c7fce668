"""Which stopping rules there are, by the word that the grammar has for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wbtools.rules.rule import StoppingRule

RULES: Final[dict[str, type[StoppingRule]]] = {}


def register(rule: type[StoppingRule]) -> None:
    """Make a rule known.

    Raises:
        ValueError: Another class has the same word.
    """
    known = RULES.get(rule.word, rule)
    if (known.__module__, known.__qualname__) != (rule.__module__, rule.__qualname__):
        msg = f"{rule.__qualname__} and {known.__qualname__} are both called {rule.word!r}"
        raise ValueError(msg)
    RULES[rule.word] = rule
