"""The checkpoint that a run can go on from, as columns of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.answers.checkpoint import CHECKPOINT
from wbtools.answers.columns import Column

if TYPE_CHECKING:
    from wbtools.model import Checkpoint

_PREFIX: Final = "checkpoint_"
_SAME: Final = (
    "place",
    "layout",
    "epoch",
    "step",
    "n_bytes",
    "written_at",
    "because",
    "confidence",
)
LEFT_CHECKPOINT: Final[tuple[Column[Checkpoint], ...]] = (
    Column(
        "checkpoint",
        str | None,
        "Path of the newest checkpoint of the run that was found on this machine and that nothing "
        "speaks against; null without one, and where `checkpoint_looked_for` is false.",
        of="name",
    ),
    *(
        replace(CHECKPOINT[key], key=f"{_PREFIX}{key}", kind=CHECKPOINT[key].kind | None, title="")
        for key in _SAME
    ),
)
