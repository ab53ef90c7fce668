"""What a stopping rule does, in words: a kind of rule by its word, or a whole rule part by part."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import MISSING
from typing import TYPE_CHECKING, Final

from wbtools.rules.grammar import parse_rule, parse_runnable_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule
from wbtools.rules.registry import RULES
from wbtools.rules.rule import Guard
from wbtools.text.sanitize import sanitize
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from wbtools.rules.rule import StoppingRule

_WIDTH: Final = 96
_INDENT: Final = " " * 4


def words() -> list[str]:
    """The words of all rules and guards: the rules first."""
    return sorted(RULES, key=lambda word: (issubclass(RULES[word], Guard), word))


def title_of(word: str) -> str:
    """What a kind of rule does, in one line."""
    return (inspect.getdoc(RULES[word]) or "").partition("\n")[0]


def kind_page(word: str) -> str:
    """What a kind of rule does, its settings, and what can run it.

    Args:
        word: One of `words`.
    """
    kind = RULES[word]
    example = parse_rule(kind.example.replace("RULE", "none"))
    what = "a guard around another rule" if issubclass(kind, Guard) else "a rule"
    lines = [f"{kind.example}: {what}", "", *_wrapped(example.in_words)]
    if kind.settings():
        lines += ["", "Settings:"]
    for setting in kind.settings():
        said = [f"{setting.name}:", kind.settings_in_words()[setting.name]]
        if setting.default not in {MISSING, None}:
            said.append(f"By default {setting.default}.")
        entry = " ".join(filter(None, said))
        lines += _wrapped(entry, first=_INDENT, others=_INDENT * 2)
    return "\n".join([*lines, "", *_runs_it(example, kind.example), ""])


def rule_page(text: str) -> str:
    """What a whole rule does, part by part, the outermost guard first.

    Args:
        text: In the rules' grammar.

    Raises:
        UsageError: It is no rule, or none that can run.
    """
    rule = parse_runnable_rule(text)
    lines = [sanitize(str(rule), limit=0), ""]
    for part in rule.parts:
        said = _wrapped(part.in_words, first=_INDENT, others=_INDENT)
        lines += [sanitize(part.alone, limit=0), *said]
    return "\n".join([*lines, "", *_runs_it(rule, str(rule)), ""])


def _runs_it(rule: StoppingRule, written: str) -> list[str]:
    """What stops runs by this rule, and what tries it beforehand."""
    if isinstance(rule, NoRule):
        return ["W&B needs nothing for it: the sweep file has no early_terminate."]
    tried = command_line(["wbtools", "simulate", "SWEEP", "--rule", written])
    lines = ["What it would have saved and lost in a sweep that has run:", f"{_INDENT}{tried}"]
    if isinstance(rule, Hyperband):
        return ["W&B runs it itself, as early_terminate in the sweep file.", *lines]
    guarded = command_line(["wbtools", "guard", "SWEEP", "--rule", written])
    return [
        "W&B's engine has only hyperband and cannot run it. What stops a sweep's runs by it:",
        f"{_INDENT}{guarded}",
        *lines,
    ]


def _wrapped(text: str, *, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
