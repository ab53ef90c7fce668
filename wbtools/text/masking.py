"""Values as JSON can hold them, with whatever looks like a secret left out.

Configurations hold API keys more often than one would think, and an audit is made to be shared.
Only `--show-secrets` shows them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto

import numpy as np

MASK = "***"
_SECRETS = (
    "secret",
    "pass",  # password, passwd, passphrase
    "pwd",
    "credential",
    "authorization",
    "bearer",
    "cookie",
    "dsn",
    "private",
    "access",
)
_SECRET_PARTS = frozenset({"pat"})  # too short to look for inside words
_PERHAPS_SECRETS = ("key", "token", "auth")
_COUNTED = frozenset({"passes"})
# A tokenizer is a model, and its name is no token.
_HARMLESS = re.compile(r"tokeni[sz]ers?")
# Keys of services that say so themselves: Hugging Face, GitHub, OpenAI, AWS, Slack, GitLab, W&B,
# JSON web tokens.
_TELLTALE = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-[\w-]{20,}"
    r"|wandb_v1_[\w-]{20,}|AKIA[A-Z0-9]{16}|xox[abprs]-[\w-]{10,}|glpat-[\w-]{20,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})"
)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OPTION = re.compile(r"(?<![\w.-])(-{0,2})([A-Za-z_][\w.-]*)(=|[ \t]+)")
_VALUE = re.compile(r"""(?!--)(?:"[^"]*"|'[^']*'|[^\s]+)""")
_NAME_OF_VALUE = re.compile(r"--?([A-Za-z_][\w.-]*)")
# A header such as `Authorization: Bearer S`. A word that prose goes on after is a secret only if it
# is long or has a digit.
_HEADER = re.compile(
    r"""(?i)(?<![\w-])(?P<name>(?:proxy-)?authorization["']?[ \t]*:[ \t]*["']?"""
    r"""(?:bearer|basic|token)[ \t]+"""
    r"""|x-(?:[a-z]{1,20}-){0,3}(?:key|token|secret)["']?[ \t]*:[ \t]*["']?)"""
    r"""(?:[^\s"',;]{16,}|(?=[^\s"',;\d]{0,16}\d)[^\s"',;]+|[^\s"',;]+(?=["',;\r\n]|$))"""
)
# `"password": "S"` in a text of JSON or Python, whose quotes may be escaped.
_QUOTED_ENTRY = re.compile(
    r"""(?P<head>\\?["'](?P<name>[A-Za-z_][\w.-]{0,99})\\?["'][ \t]*:[ \t]*)"""
    r"""(?:(?P<quote>\\?["'])(?P<text>(?:(?!(?P=quote))[^\n]){0,10000})(?P=quote)"""
    r"""|(?P<number>[-+\w.]{1,400}))"""
)
# `password: S` in a text of YAML, a whole line or inside braces, under names that are no prose.
_PLAIN_ENTRY = re.compile(
    r"(?im)(?P<head>(?:^[ \t-]*|[{,][ \t]*)(?:[A-Za-z_][\w.]{0,60}[._-])?"
    r"(?:password|passwd|passphrase|secret|api_?key|access_?key|secret_?key|access_?token"
    r"|auth_?token|api_?token)[ \t]*:[ \t]+)(?P<text>[^\s,{}\[\]|>]+)(?=[ \t]*(?:[,}\r]|$))"
)
_FLAGS = frozenset({"true", "false", "null", "none", "~"})
# A token in place of a user, as in `https://TOKEN@github.com/x`; names of users are shorter.
_TOKEN_AS_USER = re.compile(r"(?i)(?<=://)[\w~-]{20,300}(?=@)")
_WORD = re.compile(r"\S+")
_USER = re.compile(r"://[^/:@]*:(?!\d+[/?#])")  # and not a host with its port
_LONGEST_TEXT = 10_000
_DEEPEST = 20
_LARGEST_COUNT = 1e6


class _Hiding(Enum):
    """What has to go under a name: nothing, what cannot be a count, or all of it.

    `OFF` overrules every name below it: the user wants to see secrets.
    """

    NOTHING = auto()
    TEXTS = auto()
    EVERYTHING = auto()
    OFF = auto()


def masked_config(
    config: Mapping[str, object], *, show_secrets: bool = False, exact: bool = False
) -> dict[str, object]:
    """A configuration for other people's eyes.

    Everything but flags under a name that contains `secret`, `pass`, `private` or the like becomes
    `***`. Under `key`, `token` or `auth` texts do, and numbers of a million and more, but not
    counts such as `max_tokens: 512`, unless the name's last word is just that. Names are looked at
    on every level; in other texts, passwords in addresses and `--api-key VALUE` are masked.

    Args:
        config: Names and values; nested ones are looked into.
        show_secrets: Mask nothing.
        exact: Keep NaN, infinities and the whole of long texts, which JSON answers do without.
    """
    return {
        str(key): to_jsonable(
            value, hiding=_Hiding.OFF if show_secrets else _hiding(str(key)), exact=exact
        )
        for key, value in config.items()
    }


def masked_words(
    words: Iterable[str], *, show_secrets: bool = False, exact: bool = False
) -> list[object]:
    """A list of arguments for other people's eyes; an option such as `--token` hides the next."""
    return _listed(words, _Hiding.OFF if show_secrets else _Hiding.NOTHING, 0, exact=exact)


def holds_secret(name: str, value: object) -> bool:
    """Whether something of a value would be masked, by the name that it stands under."""
    return repr(masked_config({name: value}, exact=True)[name]).count(MASK) > repr(value).count(
        MASK
    )


def masked_text(text: str) -> str:
    """A text without passwords in addresses and without values of options named like secrets.

    Nor does it keep secrets in headers, and in entries of JSON and YAML.
    """
    text = _TOKEN_AS_USER.sub(MASK, _TELLTALE.sub(MASK, text))
    text = _HEADER.sub(lambda header: header["name"] + MASK, text)
    text = _PLAIN_ENTRY.sub(_without_value, _QUOTED_ENTRY.sub(_without_quoted, text))
    pieces, at = [], 0
    for option in _OPTION.finditer(text):
        dashes, name, between = option.groups()
        if option.start() < at or not (dashes or between == "="):
            continue
        value = _VALUE.match(text, option.end())
        if value is not None and _is_secret(_hiding(name), value.group().strip("\"'")):
            pieces += [text[at : value.start()], MASK]
            at = value.end()
    return _WORD.sub(_without_password, "".join(pieces) + text[at:])


def _without_quoted(entry: re.Match[str]) -> str:
    """`"password": "***"`; numbers and flags as `masked_config` has them."""
    hiding, number = _hiding(entry["name"]), entry["number"]
    if number is not None:
        is_flag = number.lower() in _FLAGS
        is_hidden = not is_flag and _is_secret(hiding, number)
        return entry["head"] + MASK if is_hidden else entry[0]
    quote = entry["quote"]
    is_hidden = hiding is not _Hiding.NOTHING and bool(entry["text"])
    return f"{entry['head']}{quote}{MASK}{quote}" if is_hidden else entry[0]


def _without_value(entry: re.Match[str]) -> str:
    is_shown = entry["text"].lower() in _FLAGS or entry["text"].startswith("$")
    return entry[0] if is_shown else entry["head"] + MASK


def _without_password(word: re.Match[str]) -> str:
    """`scheme://user:***@host`; a password may hold an `@` or a `/` itself."""
    text = word.group()
    end = text.rfind("@")
    user = _USER.search(text, 0, end) if end >= 0 else None
    return text if user is None else text[: user.end()] + MASK + text[end:]


def _hiding(name: str) -> _Hiding:
    lowered = _HARMLESS.sub("", name.lower())
    parts = [part.lower() for part in _PART.findall(name)]
    if any(word in lowered for word in _SECRETS) or not _SECRET_PARTS.isdisjoint(parts):
        return _Hiding.TEXTS if parts and parts[-1] in _COUNTED else _Hiding.EVERYTHING
    if any(word in lowered for word in _PERHAPS_SECRETS):
        return _Hiding.EVERYTHING if parts and parts[-1] in _PERHAPS_SECRETS else _Hiding.TEXTS
    return _Hiding.NOTHING


def _is_secret(hiding: _Hiding, value: float | str) -> bool:
    if hiding is not _Hiding.TEXTS:
        return hiding is _Hiding.EVERYTHING
    try:
        return not abs(float(value)) < _LARGEST_COUNT
    except (ValueError, OverflowError):
        return True


def to_jsonable(
    value: object,
    *,
    hiding: _Hiding = _Hiding.NOTHING,
    depth: int = 0,
    exact: bool = False,
) -> object:
    """A value made of what JSON knows; NaN and infinities become null.

    Args:
        value: Anything; what JSON does not know becomes its text.
        hiding: What to hide, by the name that it stands under.
        depth: How deep in a nested value it stands.
        exact: Keep NaN, infinities and the whole of long texts.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if _is_secret(hiding, value) and not (isinstance(value, float) and math.isnan(value)):
            return MASK
        number = int(value) if isinstance(value, int) else float(value)
        return number if exact or isinstance(number, int) or math.isfinite(number) else None
    if depth > _DEEPEST:
        return str(value) if hiding is _Hiding.OFF else MASK
    is_nested = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    if is_nested and hiding is _Hiding.EVERYTHING:
        return MASK
    if isinstance(value, Mapping):
        return {
            str(key): to_jsonable(
                entry, hiding=_stricter(hiding, _hiding(str(key))), depth=depth + 1, exact=exact
            )
            for key, entry in value.items()
        }
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return _listed(value, hiding, depth + 1, exact=exact)
    if hiding not in {_Hiding.NOTHING, _Hiding.OFF}:
        return MASK
    text = str(value) if hiding is _Hiding.OFF else masked_text(str(value))
    return text if exact else text[:_LONGEST_TEXT]


def _listed(values: Iterable[object], hiding: _Hiding, depth: int, *, exact: bool) -> list[object]:
    """A list's elements; in a list of arguments, an option hides the element after it."""
    shown, following = [], _Hiding.NOTHING
    for element in values:
        is_option = isinstance(element, str) and element.startswith("--")
        now = hiding if is_option else _stricter(hiding, following)
        shown.append(to_jsonable(element, hiding=now, depth=depth, exact=exact))
        named = _NAME_OF_VALUE.fullmatch(element) if isinstance(element, str) else None
        following = _hiding(named.group(1)) if named else _Hiding.NOTHING
    return shown


def _stricter(left: _Hiding, right: _Hiding) -> _Hiding:
    return max(left, right, key=lambda hiding: hiding.value)
