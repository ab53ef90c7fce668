"""What a page that is passed on does not say: where it was made, on which machines, and by whom.

Secrets are masked as in every answer. Host names, e-mail addresses and the parts of a path that say
whose it is are taken out of every text, whatever wrote it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wbtools.answers.report.private_paths import PrivatePaths, Whereabouts
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_EMAIL: Final = re.compile(
    r"""(?:"[^"\n]{1,64}"|[\w.+-]+)(?:@|%40)
        (?:(?:[\w-]+\.)+[A-Za-z]{2,}|[A-Za-z][\w-]*(?=:[/~]))""",
    re.VERBOSE,
)
"""An address of e-mail, or the user on a machine whose folder is named."""
_HIDDEN_EMAIL: Final = "an e-mail address"
_BEFORE_A_CUT: Final = re.compile(r"[\w.@%+-]+(?=…)")
_CUT_EMAIL: Final = re.compile(r"[\w.+-]+(?:@|%40)(?:[A-Za-z][\w.-]*)?\Z")
_SHORTEST_HOST: Final = 3
_PLAIN_WORDS: Final = frozenset(
    {
        *(
            "best",
            "cluster",
            "config",
            "epoch",
            "gpu",
            "host",
            "local",
            "localhost",
            "loss",
            "main",
        ),
        *("metric", "model", "node", "run", "runs", "seed", "server", "step", "sweep", "sweeps"),
        *("test", "train", "val", "valid", "value", "wandb", "wbtools"),
    }
)
"""What a machine may be called, and what would be lost with every other use of the word."""
_KEPT: Final = 20_000


def redaction(
    hosts: Iterable[str | None],
    *,
    include_host: bool = False,
    but: Iterable[str] = (),
    texts: Iterable[str] = (),
    maker: Whereabouts | None = None,
) -> Callable[[str], str]:
    """What takes private words out of a text.

    Args:
        hosts: Names of the machines that the runs were on.
        include_host: Leave their names, homes and e-mail addresses as they are; secrets are masked
            all the same.
        but: Words that stay even where a machine is called so: the sweep, as the user calls it, and
            names of metrics and parameters.
        texts: Where homes may be named: whose they are, no other path says either.
        maker: Who makes the page, and where.
    """
    if include_host:
        return lru_cache(_KEPT)(masked_text)
    kept = _PLAIN_WORDS.union(*(_words_of(text) for text in but))
    signs = {name: sign for name, sign in _signs(hosts).items() if name not in kept}
    pattern, paths = _pattern(signs), PrivatePaths.of(texts, maker or Whereabouts())

    def clean(text: str) -> str:
        safe = paths.clean(_EMAIL.sub(_HIDDEN_EMAIL, masked_text(text)))
        if pattern is not None:
            safe = pattern.sub(lambda match: signs[match["host"].lower()], safe)
        return _BEFORE_A_CUT.sub(lambda match: _without_begun(match[0], signs), safe)

    return lru_cache(_KEPT)(clean)


def _words_of(text: str) -> set[str]:
    """A text, and what of it is a word, in small letters."""
    return {text.lower(), *re.split(r"[\W_]+", text.lower())}


def _signs(hosts: Iterable[str | None]) -> dict[str, str]:
    """What stands for a name: of a host, whole and its first part, and of its domain."""
    signs: dict[str, str] = {}
    whole_names = sorted({host.strip().lower() for host in hosts if host})
    for place, whole in enumerate(whole_names, start=1):
        first, _, domain = whole.partition(".")
        signs = {first: f"host-{place}"} | signs | {whole: f"host-{place}"}
        if "." in domain:
            signs.setdefault(domain, "a host")
    return {
        name: sign
        for name, sign in signs.items()
        if len(name) >= _SHORTEST_HOST and not name.isdecimal()
    }


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """A name of a host, with who is said to be on it, and what it is a part of."""
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    if not either:
        return None
    before = r"(?<![A-Za-z0-9])(?:[\w.+-]{1,64}@)?(?:[\w-]{1,63}\.){0,5}?"
    return re.compile(rf"{before}(?P<host>{either})(?![A-Za-z0-9])", re.IGNORECASE)


def _without_begun(word: str, names: Iterable[str]) -> str:
    """What stands before an ellipsis, without the beginning of an address or of a host's name."""
    address = _CUT_EMAIL.search(word)
    if address is not None:
        return word[: address.start()]
    for name in names:
        for n in range(len(name) - 1, _SHORTEST_HOST - 1, -1):
            if word.lower().endswith(name[:n]) and not word[: len(word) - n][-1:].isalnum():
                return word[: len(word) - n]
    return word
