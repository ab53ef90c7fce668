r"""Words and comments for a POSIX shell: whatever they hold, they are data, and nothing moves.

Only what every shell knows is used, so that bash, dash and busybox get the same bytes. Characters
that are no plain text (controls, reading-order marks, odd spaces, typographic quotes) never stand
in a script: `printf` makes them, into a variable. Only the launcher, which is wbtools' own text,
stands there line by line, so that whoever is to run it can read it.
"""

from __future__ import annotations

import shlex
import unicodedata
from typing import Final

from wbtools.replication.wandb_launcher import LAUNCHER
from wbtools.replication.words import CONFIG_FILE, ConfigFile, Secret, Variable, Word
from wbtools.text.sanitize import sanitize

_LAUNCHER_VARIABLE: Final = "WBTOOLS_LAUNCHER"
_TO_JSON: Final = r"""wbtools_to_json() {
  printf '%s\n' "$1" | LC_ALL=C sed -e ':a' -e '$!{' -e 'N' -e 'ba' -e '}' \
    -e 's/["\]/\\&/g' -e 's/\n/\\n/g' \
    -e "s/$(printf '\t')/\\\\t/g" -e "s/$(printf '\r')/\\\\r/g"
}"""
_LITERAL: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:,=@+"
)
_HYPHEN: Final = ord("-")
_LONGEST_COMMENT: Final = 300


class Variables:
    """The variables of a script that hold what cannot be written in it.

    Attributes:
        lines: Their definitions, in order.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def quoted(self, word: Word) -> str:
        """A word as it stands in a command."""
        pieces: list[str] = []
        for part in word:
            if isinstance(part, Secret) and part.in_json:
                pieces.append(f'"${{{_in_json(part.variable)}}}"')
            elif isinstance(part, Secret | Variable):
                pieces.append(f'"${{{part.variable}}}"')
            elif isinstance(part, ConfigFile):
                pieces.append(f'"${{{CONFIG_FILE}}}"')
            elif _is_plain(part):
                pieces.append(shlex.quote(part) if part or len(word) == 1 else "")
            else:
                pieces.append(f'"${{{self._variable(part)}}}"')
        return "".join(pieces)

    def _variable(self, text: str) -> str:
        if text == LAUNCHER and text not in self._names:
            self._names[text] = _LAUNCHER_VARIABLE
            self.lines += [
                "# Starts the program as an agent would, and lets it start no sweep of its own:",
                f"{_LAUNCHER_VARIABLE}={shlex.quote(text)}",
            ]
        if text not in self._names:
            name = f"WBTOOLS_TEXT_{len(self._names) + 1}"
            self._names[text] = name
            # A command substitution drops line ends at its end: one more character keeps them.
            self.lines += [f"{name}=$(printf '{_octal(text)}.')", f"{name}=${{{name}%.}}"]
        return self._names[text]


def _is_plain(text: str) -> bool:
    return all(
        character.isprintable()
        and (character.isascii() or unicodedata.category(character)[0] in "LN")
        for character in text
    )


def _octal(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    # At the beginning a hyphen would be an option of printf's.
    return "".join(
        chr(byte) if chr(byte) in _LITERAL and (k or byte != _HYPHEN) else f"\\{byte:03o}"
        for k, byte in enumerate(data)
    )


def comment(text: object) -> str:
    """One comment line, without side effects on whoever reads it or runs it.

    `# ` stands before the text, so that no text becomes `#SBATCH`, `#!` or a linter's directive.
    """
    return f"# {sanitize(text, limit=_LONGEST_COMMENT)}".rstrip()


def note(text: str) -> str:
    """One comment line of any length in which tabs stay: they are part of a patch, and harmless."""
    return "# " + "\t".join(sanitize(piece, limit=0) for piece in text.split("\t"))


def assignment(name: str, value: Word, variables: Variables) -> str:
    """`NAME=value`; the name is the program's own."""
    return f"{name}={variables.quoted(value)}"


def json_lines(names: tuple[str, ...]) -> list[str]:
    """Escape what environment variables hold for JSON, each into a variable of the script's own."""
    if not names:
        return []
    return [_TO_JSON, *(f'{_in_json(name)}=$(wbtools_to_json "${{{name}}}")' for name in names)]


def _in_json(name: str) -> str:
    return f"WBTOOLS_JSON_{name}"


def command(words: tuple[Word, ...], variables: Variables, *, indent: str = "") -> str:
    """A command over as many lines as it has arguments, reading nothing from stdin."""
    lines: list[str] = []
    for text in (variables.quoted(word) for word in words):
        if not lines or _is_argument(text):
            lines.append(text)
        else:
            lines[-1] += f" {text}"
    return f" \\\n{indent}  ".join([*lines, "</dev/null"])


def _is_argument(text: str) -> bool:
    """Whether a new line begins here: at an option or an override, so that values stay there."""
    return text.startswith(("-", "'-", "+")) or "=" in text
