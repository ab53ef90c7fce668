"""Texts without quotes that nobody means as YAML 1.1 takes them; lint and make-sweep ask alike.

Lint finds them in a file, `make-sweep` asks about what was typed.
"""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
TRUTH_WORDS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""With what PyYAML makes of them, whatever the case."""
NULL_WORDS: Final = frozenset({"none", "nil", "null"})
_TWO: Final = re.compile(
    rf"\s*(?P<low>{NUMBER})\s*(?P<sign>\.\.+|\u2026|\u2013|\u2014|:|;|\||\bto\b|[-~]|\s)"
    rf"\s*(?P<high>{NUMBER})\s*\Z"
)
_CALCULATION: Final = re.compile(rf"\s*{NUMBER}\s*(?:%|(?P<sign>\*\*|[*/^])\s*{NUMBER})\s*\Z")
_STEPS: Final = re.compile(rf"\s*{NUMBER}\s*:\s*{NUMBER}\s*:\s*{NUMBER}\s*\Z")
_OCTAL: Final = re.compile(r"[-+]?0[0-7_]+\Z")
_NOT_OCTAL: Final = re.compile(r"[-+]?0[0-9]*[89][0-9]*\Z")
_CLOCK: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_CHOICES: Final = re.compile(r"\s*[\w.+-]+(?:\s*[|;]\s*[\w.+-]+)+\s*\Z")
_FRACTION: Final = re.compile(r"[.eE]")


def two_numbers(text: str) -> tuple[str, str] | None:
    """The two numbers of `1e-4..1e-2`, `3 to 9` or `1 2`; None for any other text."""
    two = _TWO.match(text)
    return None if two is None else (two["low"], two["high"])


def is_range(text: str) -> bool:
    """Whether two numbers are certainly the ends of a range, and no name such as `16-32`."""
    two = _TWO.match(text)
    if two is None:
        return False
    fractions = _FRACTION.search(two["low"]) or _FRACTION.search(two["high"])
    return two["sign"][0] in ".\u2026t" or (two["sign"] in ":~\u2013\u2014" and bool(fractions))


def is_steps(text: str) -> bool:
    """Whether a text is `start:stop:step`, which YAML 1.1 knows as no more than a text."""
    return _STEPS.match(text) is not None and not is_clock(text)


def calculation(text: str) -> str | None:
    """The sign of `1/3`, `2**-3`, `3^2` or `50%`, which YAML takes for texts; None for others."""
    found = _CALCULATION.match(text)
    return None if found is None else (found["sign"] or "%")


def choices(text: str) -> list[str]:
    """The words of `adam|sgd` or `adam; sgd`; empty for any other text."""
    return re.split(r"\s*[|;]\s*", text.strip()) if _CHOICES.match(text) else []


def is_octal(text: str) -> bool:
    """Whether YAML 1.1 reads another number in base 8 than everybody sees: 010, and not 07."""
    if not _OCTAL.match(text):
        return False
    digits = text.replace("_", "")
    return int(digits, 8) != int(digits)


def is_failed_octal(text: str) -> bool:
    """Whether a number such as 08 is a text to YAML 1.1, which would read it in base 8."""
    return _NOT_OCTAL.match(text) is not None


def is_clock(text: str) -> bool:
    """Whether YAML 1.1 reads a number of base 60: `12:30` is 750."""
    return _CLOCK.match(text) is not None


def without_leading_zeros(text: str) -> str:
    """`-010` as `-10`."""
    sign = text[:1] if text[:1] in {"-", "+"} else ""
    return f"{sign}{text.removeprefix(sign).lstrip('0_') or '0'}"
