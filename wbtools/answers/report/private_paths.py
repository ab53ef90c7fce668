"""Paths as a page that is passed on shows them: without whose they are and where they are kept.

Only what is a path for certain is touched: one that begins at a root, a drive, a share or the
folder above, or the address of a file. Names of metrics, projects and web pages look alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HOMES: Final = re.compile(r"homes?\d{0,2}|users|documents and settings")
"""What people's homes lie in, at whatever depth."""
_SHARED: Final = frozenset(
    {
        *("admin", "all", "app", "common", "data", "default", "jobs", "projects", "public", "root"),
        *("runner", "scratch", "share", "shared", "tmp", "ubuntu", "user", "users", "work"),
    }
)
"""Names below those that are nobody's."""
_EVERYBODYS: Final = frozenset({"shared", "public"})
_SHORTEST_NAME: Final = 3
_STOPS: Final = ".:)]}!?"
"""What may follow a path in a sentence."""
_END: Final = r"[^\s'\"`<>|;,]*"
_PLAIN: Final = re.compile(
    rf"""(?P<scheme>(?<![\w+.-])(?:file|ssh|sftp|scp|rsync|nfs|smb|cifs)://)
          (?P<host>[^\s/\\'"`<>|;,]*)(?P<below>/{_END})
    | (?<![\w:/\\.])(?P<share>\\{{2,4}}|//(?=[\w.$-]+/+{_END}))
          (?P<server>[\w.$-]+)(?P<within>[\\/]{_END})
    | (?<![\w])[A-Za-z]:[\\/]+(?:(?:Users|Documents[ ]and[ ]Settings)[\\/]+
          [^\\/:*?"'`<>|\r\n]{{1,40}}(?=[\\/]))?{_END}
    | (?<![\w/~])~[\w.-]+(?=[\\/]){_END}
    | (?<![\w.~/\\)\]}}*-])(?:\.{{0,3}}|\N{{HORIZONTAL ELLIPSIS}})
          (?:/Volumes/[^/'"\n]{{1,60}}(?=/Users/))?
          (?:/Users/(?-i:[A-Z]\w+[ ][A-Z]\w+)(?=/))?/(?!/)[^\s'"`<>|;,:]*""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"""(?P<quote>['"`])(?P<path>(?:\.{0,2}/(?!/)|[A-Za-z]:[\\/])[^'"`\n]*)(?P=quote)"""
)
_OTHER_WORDS: Final = re.compile(r"\s(?:[-/\\~]|[A-Za-z]:[\\/])")
"""In quotes, what tells a command from a path with spaces."""
_BETWEEN: Final = re.compile(r"([\\/]+)")
_PART: Final = re.compile(r"[^\\/]+")
_TILDE_IN_QUOTES: Final = re.compile(r"(?<!\S)'~/(?=[^'\n]*'(?!\S))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Who makes a page, and where: what it leaves out.

    Attributes:
        user: The name of who runs this.
        home: The user's home.
        here: The folder that the user works in.
    """

    user: str | None = None
    home: str | None = None
    here: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivatePaths:
    """How paths are shown.

    Attributes:
        names: Of users, in small letters: a part of a path that is one of them is left out.
        own: Which of them the user is, where that is known: `$USER` stands for it.
        home: The user's home, shown as `~`.
        here: The folder that the user works in, shown as `.`.
    """

    names: frozenset[str] = field(default_factory=frozenset)
    own: str | None = None
    home: str | None = None
    here: str | None = None

    @classmethod
    def of(cls, texts: Iterable[str], maker: Whereabouts) -> PrivatePaths:
        """Those of whoever makes the page, and of all whose homes the texts name."""
        home, here = _folder(maker.home), _folder(maker.here)
        own = maker.user.lower() if maker.user and _is_name(maker.user) else None
        found = {name for text in [*texts, home or ""] for name in users_in(text)}
        names = frozenset(found | ({own} if own else set()))
        return cls(names=names, own=own, home=home, here=None if here == home else here)

    def clean(self, text: str) -> str:
        """A text in which no path says whose it is."""
        if "/" not in text and "\\" not in text:
            return text
        return _each_path(text, self._shown)

    def _shown(self, path: str) -> str:
        if path.startswith("~"):
            return self._of_tilde(path)
        for folder, sign in ((self.here, "."), (self.home, "~")):
            if folder is not None and path.startswith(folder):
                rest = path[len(folder) :]
                if rest.rstrip(_STOPS)[:1] in {"", "/", "\\"}:
                    return sign + self._without_names(rest)
        found = _home_in(path)
        if found is None:
            return self._without_names(path)
        _, end = found
        return "~" + self._without_names(path[end:])

    def _of_tilde(self, path: str) -> str:
        """`~/x` for `~mallory/x`, where somebody is called so."""
        name, *_ = _BETWEEN.split(path[1:], maxsplit=1)
        return f"~{path[1 + len(name) :]}" if name.lower() in self.names else path

    def _without_names(self, path: str) -> str:
        if not self.names:
            return path
        parts = _BETWEEN.split(path)
        return "".join(parts[:1] + [self._part(part) for part in parts[1:]])

    def _part(self, part: str) -> str:
        word = part.rstrip(_STOPS)
        begun = word.lower().removesuffix("…")
        if begun != word.lower() and len(begun) >= _SHORTEST_NAME:
            return "…" if any(name.startswith(begun) for name in self.names) else part
        if word.lower() not in self.names:
            return part
        sign = "$USER" if self.own is not None and word.lower() == self.own else "…"
        return sign + part[len(word) :]


def users_in(text: str) -> set[str]:
    """Names of people, in small letters, whose homes a text names."""
    found: set[str] = set()

    def look(path: str) -> str:
        home = _home_in(path)
        if home is not None and _is_name(home[0]):
            found.add(home[0].lower())
        return path

    _each_path(text, look)
    return found


def last_parts(text: str) -> str:
    """A text in which each path from a root, a drive or a share is its last folder alone."""

    def last(path: str) -> str:
        if path.startswith((".", "~", "…")):
            return path
        *above, name = [part for part in re.split(r"[\\/]+", path) if part] or [""]
        return f"…/{name}" if above else path

    return _each_path(text, last)


def pasteable(line: str) -> str:
    """A command whose homes a shell still finds: inside of quotes it would not look for `~`."""
    return _TILDE_IN_QUOTES.sub("~/'", line)


def _each_path(text: str, shown: Callable[[str], str]) -> str:
    def plain(match: re.Match[str]) -> str:
        if match["scheme"]:
            below = shown(match["below"])
            host = "…" if match["host"] else ""
            return below if below[:1] in {"~", "."} else f"{match['scheme']}{host}{below}"
        if match["share"]:
            within = shown(match["within"])
            if match["share"] == "//" and within == match["within"]:
                return match[0]
            return within if within[:1] in {"~", "."} else f"{match['share']}…{within}"
        return shown(match[0])

    def quoted(match: re.Match[str]) -> str:
        if _OTHER_WORDS.search(match["path"]):
            return _PLAIN.sub(plain, match[0])
        return f"{match['quote']}{shown(match['path'])}{match['quote']}"

    pieces, at = [], 0
    for match in _QUOTED.finditer(text):
        pieces += [_PLAIN.sub(plain, text[at : match.start()]), quoted(match)]
        at = match.end()
    return "".join([*pieces, _PLAIN.sub(plain, text[at:])])


def _home_in(path: str) -> tuple[str, int] | None:
    """Whose home a path leads through, and where its name ends; None of any other."""
    above, is_below_root = "", True
    for part in _PART.finditer(path):
        name = part[0].rstrip(_STOPS) if part.end() == len(path) else part[0]
        if not name.strip(".…"):
            continue
        is_home = _HOMES.fullmatch(above) is not None or (above, is_below_root) == ("u", True)
        is_roots = name == "root" and not above and path[0] not in "\\~"
        if is_roots or (is_home and name.lower() not in _EVERYBODYS):
            return name, part.start() + len(name)
        is_below_root = not above
        above = name.lower()
    return None


def _is_name(name: str) -> bool:
    word = name.lower()
    return len(word) >= _SHORTEST_NAME and word not in _SHARED and not word.isdecimal()


def _folder(path: str | None) -> str | None:
    """A folder, unless it is a root, which everything is in."""
    return path if path and _PART.search(path) else None
