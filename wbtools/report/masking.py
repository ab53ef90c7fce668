"""Values as JSON can hold them, with whatever looks like a secret left out.

Configurations hold API keys more often than one would think, and an audit is made to be shared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

MASK = "***"
_SECRETS = ("secret", "password", "passwd", "passphrase", "credential")
_PERHAPS_SECRETS = ("key", "token", "auth")
_LONGEST_TEXT = 10_000
_DEEPEST = 20
_LARGEST_PLAIN = 10**9


def masked_config(config: Mapping[str, object]) -> dict[str, object]:
    """A configuration for other people's eyes.

    Everything under a name that contains `secret`, `password` or the like becomes `***`; under
    `key`, `token` or `auth` so do texts and very large numbers, but not counts such as
    `max_tokens: 512`. Names are looked at on every level.
    """
    return {str(key): _masked(str(key), value, 0) for key, value in config.items()}


def _masked(name: str, value: object, depth: int) -> object:
    lowered = name.lower()
    if any(word in lowered for word in _SECRETS):
        return value if value is None else MASK
    hide = any(word in lowered for word in _PERHAPS_SECRETS)
    return plain(value, hide=hide, depth=depth)


def plain(value: object, *, hide: bool = False, depth: int = 0) -> object:
    """A value made of what JSON knows; NaN and infinities become null.

    Args:
        value: Anything; what JSON does not know becomes its text.
        hide: Whether it stands under a name that may hold a secret.
        depth: How deep in a nested value it stands.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return MASK if hide and abs(value) >= _LARGEST_PLAIN else int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        below = {str(key): one for key, one in value.items()}
        if hide:
            return {key: plain(one, hide=True, depth=depth + 1) for key, one in below.items()}
        return {key: _masked(key, one, depth + 1) for key, one in below.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(one, hide=hide, depth=depth + 1) for one in value]
    return MASK if hide else str(value)[:_LONGEST_TEXT]
