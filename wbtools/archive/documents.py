"""Small JSON documents beside the database: each appears whole or not at all, the last writer wins.

They are no fetched data, so they need no transaction with it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.permissions import make_private
from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_BYTES: Final = 1024 * 1024
_SCHEMA_KEY: Final = "schema"


def read_document(path: Path, schema: str) -> dict[str, Any]:
    """Read what `write_document` wrote; empty where there is nothing of this schema."""
    try:
        document = json.loads(read_regular(path, _LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or document.pop(_SCHEMA_KEY, None) != schema:
        return {}
    return document


def write_document(
    path: Path, schema: str, content: Mapping[str, Any], *, archive: Path, durable: bool = True
) -> None:
    """Write a document that is as private as the archive; NaN and infinities become null.

    Args:
        path: In the archive's folder or in a folder of it.
        schema: Its kind.
        content: What is to be kept.
        archive: The archive's folder.
        durable: Wait until it is on the disk; False for what a power cut makes void.

    Raises:
        OSError: The folder is not there or cannot be written, or the disk is full.
        UnicodeError: A text holds half a surrogate pair.
    """
    text = json.dumps({_SCHEMA_KEY: schema, **_without_odd_numbers(dict(content))}, indent=1)
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            temporary = Path(file.name)
            file.write(text.encode())
            if durable:
                file.flush()
                os.fsync(file.fileno())
        make_private(temporary, archive)
        temporary.replace(path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _without_odd_numbers(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _without_odd_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_odd_numbers(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
