"""Values in which a run's own id, name or folder stands, as in the path where it writes.

The runs of one program differ there, and nowhere in what they do: `out/ab12cd34` of one run is
`out/ef56gh78` of its replica.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import same_value

if TYPE_CHECKING:
    from wbtools.model.run import Run

_SHORTEST_ID: Final = 6
"""An id that is shorter may be any word, as a name may: it counts as a part of a path alone."""
_FOLDER: Final = r"(?:(?:offline-)?run-\d{8}_\d{6}-)?"
"""What W&B's SDK puts before the id where it names a run's folder."""
_OWN: Final = "\0"
"""In no configuration: W&B's server takes none with it."""
_LONGEST: Final = 4096


def in_words_of(original: Run, run: Run) -> dict[str, object]:
    """A run's configuration, as another one would have recorded it.

    Where both values are the same but for their own run's id, name or folder at the same places, it
    is the other one's value.

    Args:
        original: The other one.
        run: Whose configuration it is.
    """
    own, others = _pattern(run.id, run.name), _pattern(original.id, original.name)
    found = dict(run.config)
    for name, value in original.config.items():
        if name not in found or same_value(value, found[name]):
            continue
        bare, is_own = _without(value, others)
        bare_again, is_own_again = _without(found[name], own)
        if is_own and is_own_again and same_value(bare, bare_again):
            found[name] = value
    return found


def _without(value: object, own: re.Pattern[str]) -> tuple[object, bool]:
    """A value with a mark in place of a run's own words, and whether it holds any."""
    if isinstance(value, str):
        text, n = own.subn(_OWN, value) if len(value) <= _LONGEST else (value, 0)
        return text, n > 0
    if isinstance(value, list | tuple):
        entries = [_without(entry, own) for entry in value]
        return [entry for entry, _ in entries], any(is_own for _, is_own in entries)
    if isinstance(value, dict):
        by_name = {name: _without(entry, own) for name, entry in value.items()}
        return {name: entry for name, (entry, _) in by_name.items()}, any(
            is_own for _, is_own in by_name.values()
        )
    return value, False


@lru_cache(maxsize=256)
def _pattern(run_id: str, name: str) -> re.Pattern[str]:
    known = run_id.partition("~")[0]
    words = [re.escape(word) for word in dict.fromkeys((known, name)) if word]
    part = "|".join(words) or r"(?!)"
    # A name alone may be a model's: it has to be a part of a path that has others.
    ways = [rf"(?<=[/\\])(?:{part})(?=[/\\.]|\Z)", rf"\A(?:{part})(?=[/\\])"]
    if len(known) >= _SHORTEST_ID:
        ways.insert(0, rf"(?<![^\W_]){_FOLDER}{re.escape(known)}(?![^\W_])")
    return re.compile("|".join(ways))
