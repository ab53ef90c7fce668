"""The project's settings under which a command runs; what it uses of them is said on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wbtools.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def settings_in_use(*, quiet: bool) -> Iterator[None]:
    """Say which settings are used inside, unless the user wants quiet.

    Raises:
        UsageError: There is a settings file, and it cannot be right.
    """
    from wbtools.sources.settings_file import project_settings, telling_settings

    with telling_settings(lambda line: None if quiet else note(f"{line}\n")):
        project_settings()  # what is wrong with it is said before any work is done
        yield
