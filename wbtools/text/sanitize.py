"""Hostile text made harmless: what a run name can do to a terminal, it must not do here.

Run names, configuration values and tags were written by other people. Whatever moves a cursor,
changes a colour, reverses the reading order or cannot be encoded is shown as a visible escape.
"""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "\N{EN DASH}"
_MOST_CHARACTERS = 200
_LATIN_1_END = 0x100
_BMP_END = 0x10000
_UNSAFE = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (bidi, zero width), unassigned (XML allows no U+FFFE),
surrogate, line and paragraph ends."""
_WORKFLOW_COMMAND = re.compile(
    r":(?=:(?:error|warning|notice|debug|group|endgroup|add-mask|add-path|set-output|set-env"
    r"|save-state|stop-commands|add-matcher|remove-matcher|echo)\b[^:]*::)|\#(?=\#\[)"
)
"""What the runner of a GitHub workflow obeys in a log: `::error::…`, and the old `##[error]`."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ASCII = str.maketrans(
    {
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "…": "...",
        "±": "+/-",
        "\N{MULTIPLICATION SIGN}": "x",
        "·": "-",
        "≤": "<=",
        "≥": ">=",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)


def sanitize(text: object, *, limit: int = _MOST_CHARACTERS) -> str:
    r"""One line without side effects: unsafe characters as escapes such as `\x1b`.

    Args:
        text: Anything; its `str` is shown.
        limit: Most characters of the result, the ellipsis included; 0 for no limit.
    """
    raw = str(text)
    # One character may become ten, so a longer prefix is never needed to fill the limit.
    head = raw[: limit + 1] if limit else raw
    if head.isascii() and head.isprintable():
        safe = head
    else:
        safe = "".join(
            _escape(character) if _is_unsafe(character) else character for character in head
        )
    if "::" in safe or "##[" in safe:
        safe = _WORKFLOW_COMMAND.sub(lambda match: _hexadecimal(match[0]), safe)
    if limit and len(safe) > limit:
        return safe[: limit - 1] + "…"
    return safe


def is_harmless(text: str) -> bool:
    """Whether a text moves, hides and reverses nothing where it is shown; it may have lines."""
    one_line = text.replace("\n", "")
    return one_line.isprintable() or not any(map(_is_unsafe, one_line))


def in_ascii(text: str) -> str:
    """The text for a terminal that knows nothing else: typography spelled out, the rest escaped."""
    if text.isascii():
        return text
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _escape(character: str) -> str:
    return _SHORT.get(character) or _hexadecimal(character)


def _hexadecimal(character: str) -> str:
    code = ord(character)
    if code < _LATIN_1_END:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _BMP_END else f"\\U{code:08x}"
