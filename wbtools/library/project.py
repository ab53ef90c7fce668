"""Which settings hold in the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.config import find_config
from wbtools.library.keywords import in_keywords

if TYPE_CHECKING:
    from wbtools.answers.config.answer import ConfigAnswer


@in_keywords
def config() -> ConfigAnswer:
    """Say which settings hold here, where each comes from, and whether anybody is signed in.

    >>> import wbtools
    >>> config = wbtools.config()
    >>> config.wbtools_version == wbtools.__version__
    True
    >>> [row.key for row in config.rows if row.key.startswith("lint.")]
    ['lint.select', 'lint.ignore', 'lint.budget']

    A project's settings are in `wbtools.toml`, or in `pyproject.toml` under `[tool.wbtools]`. They
    hold for the functions of wbtools as for its commands; an argument wins over them. No server is
    asked, and no key is in the answer.

    Raises:
        UsageError: The settings file, or a folder that a variable names, cannot be right.
    """
    return find_config()
