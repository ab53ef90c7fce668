"""What the user calls SWEEP, taken apart once: a path, `PATH#SWEEP_ID`, one of W&B's, or `demo`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.errors import UsageError
from wbtools.sources.wandb_api.reference import is_sweep_id, remote

if TYPE_CHECKING:
    from wbtools.sources.wandb_api.reference import Remote

DEMO = "demo"
NAME_ONE = (
    "name a wandb/ folder, a project that contains one, a CSV run table, `demo`, or a sweep of "
    "W&B's by its id, as ENTITY/PROJECT/ID, or by the address of its page"
)
_SURELY_A_PATH = ("./", "../", "/", "~")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference, and what it may mean.

    Attributes:
        text: As the user typed it.
        path_text: The same without `#SWEEP_ID`.
        path: What exists there; None where nothing does.
        sweep_id: Which of the path's sweeps is meant; None for the only one.
        remote: What it means on a server; None where it can be nothing there.
    """

    text: str
    path_text: str
    path: Path | None = None
    sweep_id: str | None = None
    remote: Remote | None = None

    @property
    def is_demo(self) -> bool:
        """Whether the recorded sweep is meant that comes with wbtools."""
        return self.text == DEMO

    @property
    def is_called(self) -> bool:
        """Whether it calls a sweep by its id or its place on a server, and is no path."""
        if self.is_demo or self.path is not None:
            return False
        return is_sweep_id(self.text) or (
            self.remote is not None and self.remote.sweep_id is not None
        )

    @property
    def table(self) -> Path | None:
        """The run table that it names; None where it names none."""
        if self.path is None or self.path.suffix.lower() != ".csv" or self.path.is_dir():
            return None
        return self.path


def parse_reference(text: str) -> Reference:
    """Take a reference apart.

    What exists here is meant before what may exist on a server; a path that could be a sweep of
    W&B's as well is refused.

    Raises:
        UsageError: It can be no path and no reference to a server, or it may be both.
    """
    if text == DEMO:
        return Reference(text=text, path_text=text)
    path_text, sweep_id = _split(text)
    path = _existing(path_text)
    on_server = None if text.startswith(_SURELY_A_PATH) else remote(text)
    if path is not None and "/" in text and on_server is not None and on_server.sweep_id:
        msg = f"{text!r} is a path here, and could be a sweep of W&B's"
        raise UsageError(msg, f"write ./{text} for the path, or the sweep's page address")
    return Reference(text=text, path_text=path_text, path=path, sweep_id=sweep_id, remote=on_server)


def _split(text: str) -> tuple[str, str | None]:
    """`PATH#SWEEP_ID` into both, unless a path with that very name exists."""
    path_text, mark, sweep_id = text.rpartition("#")
    if not mark or _existing(text) is not None:
        return text, None
    return path_text, sweep_id


def _existing(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError, ValueError) as error:
        msg = f"{text!r} cannot be looked at: {getattr(error, 'strerror', None) or error}"
        raise UsageError(msg, NAME_ONE) from None
