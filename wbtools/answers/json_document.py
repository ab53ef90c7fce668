"""An answer as one JSON document: every command writes it alike."""

from __future__ import annotations

import json
import math


def json_document(content: object) -> str:
    """Write a document: keys as they come, ASCII, one line end; NaN and infinities are null."""
    return json.dumps(_finite(content), indent=2, allow_nan=False) + "\n"


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
