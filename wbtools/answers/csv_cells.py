"""Values in cells of CSV files, whoever opens them.

Texts that a spreadsheet would run as a formula get an apostrophe in front of them, as OWASP's "CSV
Injection" advises, and control characters are shown as escapes.
"""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import datetime
from typing import TYPE_CHECKING

from wbtools.answers.columns import utc_text
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table as RFC 4180 has it, but for line ends of one character; the names come first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (columns, *rows):
        writer.writerow([cell(value) for value in row])
    return out.getvalue()


def cell(value: object) -> str:
    """One value for a spreadsheet; what is unknown or no finite number is empty.

    Lists and mappings are JSON in one cell.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, sort_keys=True)
    raw = str(value)
    text = sanitize(raw, limit=0)
    return f"'{text}" if raw.lstrip(" ").startswith(_FORMULA) else text
