"""What a page that is passed on does not say: where it was made, on which machines, and by whom.

Secrets are masked as in every answer. Host names, e-mail addresses and the parts of a path that say
whose it is are taken out of every text, whatever wrote it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wbtools.answers.report.private_paths import PrivatePaths
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_EMAIL: Final = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
_HIDDEN_EMAIL: Final = "an e-mail address"
_SHORTEST_HOST: Final = 3
_KEPT: Final = 20_000


def redaction(
    hosts: Iterable[str | None],
    *,
    include_host: bool = False,
    but: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> Callable[[str], str]:
    """What takes private words out of a text.

    Args:
        hosts: Names of the machines that the runs were on.
        include_host: Leave their names, homes and e-mail addresses as they are; secrets are masked
            all the same.
        but: Words that stay even where a machine is called so: the sweep, as the user calls it.
        texts: Where homes may be named: whose they are, no other path says either.
    """
    if include_host:
        return lru_cache(_KEPT)(masked_text)
    names = {name for host in hosts if host for name in _names_of(host)} - {
        word.lower() for word in but
    }
    places = {name: place for place, name in enumerate(sorted(names), start=1)}
    pattern, paths = _pattern(names), PrivatePaths.of(texts)

    def clean(text: str) -> str:
        safe = paths.clean(_EMAIL.sub(_HIDDEN_EMAIL, masked_text(text)))
        if pattern is None:
            return safe
        return pattern.sub(lambda match: f"host-{places[match['host'].lower()]}", safe)

    return lru_cache(_KEPT)(clean)


def _names_of(host: str) -> list[str]:
    """The whole name, and its first part; not what is too short to be told from other words."""
    whole = host.strip().lower()
    names = [whole, whole.partition(".")[0]]
    return [name for name in names if len(name) >= _SHORTEST_HOST and not name.isdecimal()]


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(names, key=len, reverse=True)
    if not longest_first:
        return None
    either = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w-])(?:[\w.+-]+@)?(?P<host>{either})(?![\w-])", re.IGNORECASE)
