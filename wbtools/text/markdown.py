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
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escaped(text: str) -> str:
    """One line of text that begins a paragraph or fills a cell, without any effect of its own.

    Args:
        text: One line, control characters already shown as escapes (`safe_text.visible`).
    """
    safe = _ALWAYS.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text.strip())
    safe = _OUTER_UNDERSCORE.sub(r"\\_", safe)
    safe = _LINK.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", safe)
    safe = _MENTION.sub("@&#8203;", safe)
    return _BLOCK.sub(lambda match: f"{match['before']}\\", safe)
