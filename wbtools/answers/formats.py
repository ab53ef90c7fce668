"""The forms in which an answer is given, and how a file's suffix names one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from pathlib import Path


class Format(StrEnum):
    """The forms in which an answer is given; GitHub's is of answers that have findings."""

    TEXT = "text"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"
    HTML = "html"
    GITHUB = "github"


_BY_SUFFIX: Final = {
    "": Format.TEXT,
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".html": Format.HTML,
}


def form_of(output: Path | None, form: Format | None = None) -> Format:
    """The form that is asked for: the named one, else by the file's suffix, else text.

    Raises:
        UsageError: No form is named, and the suffix names none.
    """
    if form is not None:
        return form
    suffix = "" if output is None else output.suffix.lower()
    if suffix not in _BY_SUFFIX:
        msg = f"{sanitize(suffix)} names no form in which an answer can be written"
        raise UsageError(msg, "end the file in .txt, .md, .csv, .json or .html, or pass --format")
    return _BY_SUFFIX[suffix]


def answer_form_of(output: Path | None, form: Format | None = None) -> Format | None:
    """The form of the answer that is asked for in place of a script or a sweep file.

    None where those themselves are to be written: without a form, or as text. Their files may end
    as they like, but not as an answer's do.
    """
    if form is None:
        form = _BY_SUFFIX.get("" if output is None else output.suffix.lower())
    return None if form is Format.TEXT else form
