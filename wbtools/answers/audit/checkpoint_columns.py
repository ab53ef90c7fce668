"""The checkpoint that a run can go on from, as columns of the run."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from wbtools.answers.columns import Column
from wbtools.findings import Confidence
from wbtools.model import Checkpoint, CheckpointLayout, CheckpointPlace

LEFT_CHECKPOINT: Final[tuple[Column[Checkpoint], ...]] = (
    Column(
        "checkpoint",
        str | None,
        "Path of the newest checkpoint of the run that was found on this machine and that nothing "
        "speaks against. They are looked for of the stopped runs that the page lists, or of the "
        "run that is asked for; null without one.",
        of="name",
    ),
    Column("checkpoint_place", CheckpointPlace | None, "Where the checkpoint lies.", of="place"),
    Column(
        "checkpoint_layout",
        CheckpointLayout | None,
        "The library that writes checkpoints like this one.",
        of="layout",
    ),
    Column(
        "checkpoint_epoch",
        float | None,
        "Epochs that were complete in the checkpoint; null if nothing says.",
        of="epoch",
    ),
    Column(
        "checkpoint_step",
        int | None,
        "Optimizer steps or rounds that were complete in the checkpoint; null if nothing says.",
        of="step",
    ),
    Column(
        "checkpoint_bytes",
        int | None,
        "Size of all files of the checkpoint, in bytes.",
        of="n_bytes",
    ),
    Column(
        "checkpoint_written_at",
        datetime | None,
        "When the newest file of the checkpoint was written.",
        of="written_at",
    ),
    Column(
        "checkpoint_because",
        str | None,
        "Why the checkpoint is taken for the run's, in words.",
        of="because",
    ),
    Column(
        "checkpoint_confidence",
        Confidence | None,
        "How sure it is that the checkpoint is the run's.",
        of="confidence",
    ),
)
