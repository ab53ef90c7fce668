"""What a user may call a sweep on a server: an id, `entity/project/id`, a page address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from wbtools.errors import UsageError

_SWEEP_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_BARE_ID: Final = re.compile(r"[a-z0-9]{6,12}\Z")
_WORD: Final = re.compile(r"(?=.*\S)[^/\\?#%\x00-\x1f\x7f\ud800-\udfff]{1,256}\Z")
"""Names that W&B allows: it forbids `/ \\ # ? % :` today and allowed colons once, so they may hold
spaces."""
_N_WORDS: Final = 3
_PAGE: Final = ("https://", "http://")
_HOW: Final = "write ENTITY/PROJECT/SWEEP_ID, or paste the address of the sweep's page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A sweep on a server, or a whole project (`sweep_id` is None).

    Attributes:
        page: The address that was pasted, which tells the host; None for words.
        entity: None where W&B's own settings are to tell it, as is `project`.
    """

    sweep_id: str | None
    entity: str | None = None
    project: str | None = None
    page: str | None = None


def remote(text: str) -> Remote | None:
    """Understand a reference; None if it is none of a server's.

    Raises:
        UsageError: A page address that names no sweep.
    """
    if text.startswith(_PAGE):
        return _from_page(text)
    words = text.split("/")
    if len(words) == 1 and _BARE_ID.match(text):
        return Remote(sweep_id=text)
    if not all(_WORD.match(word) and word not in {".", "..", "~"} for word in words):
        return None
    if len(words) == _N_WORDS and _SWEEP_ID.match(words[2]):
        return Remote(entity=words[0], project=words[1], sweep_id=words[2])
    if len(words) == _N_WORDS - 1:
        return Remote(entity=words[0], project=words[1], sweep_id=None)
    return None


def is_sweep_id(text: str) -> bool:
    """Whether a word can be the id of a sweep; W&B gives shorter ones than people may."""
    return _SWEEP_ID.match(text) is not None


def _from_page(text: str) -> Remote:
    """`https://HOST/ENTITY/PROJECT/sweeps/ID`, or `https://HOST/ENTITY/PROJECT` for all of it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        msg = "the address is none: its host cannot be read"
        raise UsageError(msg, _HOW) from None
    if parts.username or parts.password:
        msg = "the address holds a user name or password"
        raise UsageError(msg, "paste the address of the page alone")
    words = [unquote(word) for word in parts.path.split("/") if word]
    if "sweeps" in words[2:]:
        at = words.index("sweeps", 2)
        entity, project, sweep_id = words[at - 2], words[at - 1], [*words, ""][at + 1]
        if _WORD.match(entity) and _WORD.match(project) and _SWEEP_ID.match(sweep_id):
            return Remote(entity=entity, project=project, sweep_id=sweep_id, page=text)
        if not sweep_id and _WORD.match(entity) and _WORD.match(project):
            return Remote(entity=entity, project=project, sweep_id=None, page=text)
    elif len(words) >= _N_WORDS - 1 and _WORD.match(words[0]) and _WORD.match(words[1]):
        rest = words[2:]
        if not rest or rest in (["sweeps"], ["table"], ["workspace"]):
            return Remote(entity=words[0], project=words[1], sweep_id=None, page=text)
    msg = f"the address {text!r} names no sweep"
    raise UsageError(msg, _HOW)


def page_of(base_url: str, entity: str, project: str, sweep_id: str) -> str:
    """The address of a sweep's page, which `remote` understands.

    Args:
        base_url: Of the server, with the path below which it is served, if any.
        entity: Whose project it is.
        project: The project.
        sweep_id: The sweep's id.
    """
    server = urlsplit(base_url)
    words = (entity, project, "sweeps", sweep_id)
    path = "/".join((server.path.rstrip("/"), *(quote(word, safe="") for word in words)))
    return f"{server.scheme}://{server.netloc}{path}"
