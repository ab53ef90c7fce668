"""Hostile text made harmless in Markdown: it is read as it stands, whatever it was meant to become.

CommonMark with GitHub's extensions: tables, strike-through, bare links, mathematics and mentions.
"""

from __future__ import annotations

import re
from typing import Final

_ALWAYS: Final = re.compile(r"[\\`*\[\]<>|~&$]")
_OUTER_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINK: Final = re.compile(r"(?i)://|(?<=www)\.")
_MENTION: Final = re.compile(r"@(?=\w)")
_BLOCK: Final = re.compile(
    r"""\A(?P<before>\d{1,9}(?=[.)](?:\s|\Z))    # a numbered list
    |(?=[+-](?:\s|\Z)|[#]{1,6}(?:\s|\Z)        # a list, a title
       |-[-\s]*\Z|=+\s*\Z))                     # a line across, a title's underline
    """,
    re.VERBOSE,
)
CODE_SPAN: Final = re.compile(r"(?<!`)`((?!\s)[^`<>|&$@\\]+(?<!\s))`(?!`)")
"""Code in a sentence, as "`wbtools guard` stops runs"; what it holds cannot mean anything else."""
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escaped(text: str) -> str:
    """One line of text that begins a paragraph or fills a cell, without any effect of its own.

    Args:
        text: One line, control characters already shown as escapes (`safe_text.visible`).
    """
    return _no_block(_inline(text.strip()))


def sentences(text: str) -> str:
    """As `escaped`, but code between backticks stays code.

    Args:
        text: As there; a name that somebody else gave may look like code too, which does no harm.
    """
    *between, last = CODE_SPAN.split(text.strip())
    pairs = zip(between[::2], between[1::2], strict=True)
    spans = (f"{_inline(before)}`{code}`" for before, code in pairs)
    return _no_block(f"{''.join(spans)}{_inline(last)}")


def _inline(text: str) -> str:
    safe = _ALWAYS.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text)
    safe = _OUTER_UNDERSCORE.sub(r"\\_", safe)
    safe = _LINK.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", safe)
    return _MENTION.sub("@&#8203;", safe)


def _no_block(text: str) -> str:
    return _BLOCK.sub(lambda match: f"{match['before']}\\", text)
