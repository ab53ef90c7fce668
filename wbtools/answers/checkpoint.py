"""A checkpoint that a run left, as data: of an audit's stopped runs, and of `replicate`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from wbtools.answers.columns import Column, Record
from wbtools.findings import Confidence
from wbtools.model import Checkpoint, CheckpointLayout, CheckpointPlace
from wbtools.text.numbers import size
from wbtools.text.sanitize import UNKNOWN, sanitize

CHECKPOINT: Final[Record[Checkpoint]] = Record(
    "Checkpoint",
    Column(
        "name",
        str,
        "Name of the checkpoint: a path on this machine, an artifact's name, or the name of a "
        "file that W&B keeps of the run.",
        title="checkpoint",
        least=20,
        wraps=True,
        show=lambda checkpoint: sanitize(checkpoint.name, limit=0),
    ),
    Column(
        "place",
        CheckpointPlace,
        "Where the checkpoint lies: on disk, in an artifact, or among the files that W&B keeps of "
        "the run.",
    ),
    Column(
        "layout",
        CheckpointLayout,
        "The library that writes checkpoints like this one.",
        title="layout",
        keep=2,
    ),
    Column(
        "path_inside",
        str,
        "The file or folder in an artifact that is the checkpoint; empty for the whole artifact.",
    ),
    Column(
        "epoch",
        float | None,
        "Epochs that were complete in the checkpoint; null if nothing says.",
    ),
    Column(
        "step",
        int | None,
        "Optimizer steps or rounds that were complete in the checkpoint; null if nothing says.",
    ),
    Column("progress_from", str, "What says `epoch` or `step`, in words."),
    Column(
        "n_bytes",
        int | None,
        "Size of all files of the checkpoint, in bytes.",
        title="size",
        keep=1,
        show=lambda checkpoint: UNKNOWN if checkpoint.n_bytes is None else size(checkpoint.n_bytes),
    ),
    Column(
        "written_at",
        datetime | None,
        "When the newest file of the checkpoint was written.",
        title="written",
        keep=3,
        show=lambda checkpoint: (
            UNKNOWN
            if checkpoint.written_at is None
            else f"{checkpoint.written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        ),
    ),
    Column(
        "is_whole",
        bool | None,
        "False if the checkpoint was cut off while it was written; null where nothing tells.",
    ),
    Column(
        "is_usable",
        bool,
        "Whether nothing speaks against the checkpoint, so that `--continue` may take it.",
    ),
    Column("because", str, "Why the checkpoint is taken for the run's, in words."),
    Column("confidence", Confidence, "How sure it is that the checkpoint is the run's."),
    Column("doubts", list[str], "What speaks against the checkpoint, in words."),
    Column(
        "has_schedule",
        bool | None,
        "Whether the checkpoint holds the state of a learning-rate schedule; null if unknown.",
    ),
)
