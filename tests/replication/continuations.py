"""Continuations made of a few words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.replication.launches import replication
from wbtools.findings import Confidence
from wbtools.model import (
    Checkpoint,
    CheckpointLayout,
    CheckpointPlace,
    ResumeOption,
    ResumeTakes,
)
from wbtools.replication.continuation import Continuation, continued_launch

if TYPE_CHECKING:
    from wbtools.replication.script import Replication


def checkpoint_of(name="out/last.pt", place=CheckpointPlace.DISK, **facts) -> Checkpoint:
    known = {
        "layout": CheckpointLayout.TORCH,
        "because": "in the run's folder",
        "confidence": Confidence.HIGH,
    }
    return Checkpoint(name=name, place=place, **(known | facts))


def option_of(name="resume", takes=ResumeTakes.CHECKPOINT, **facts) -> ResumeOption:
    known = {"source": "add_argument in train.py", "confidence": Confidence.HIGH}
    return ResumeOption(name=name, takes=takes, **(known | facts))


def continuation_of(checkpoint=None, option=None, **facts) -> Continuation:
    known = {"run_id": "ab12cd34", "entity": "acme", "project": "ocr"}
    return Continuation(
        checkpoint=checkpoint or checkpoint_of(), option=option or option_of(), **(known | facts)
    )


def continued(launch, continuation, **facts) -> Replication:
    """One replica that goes on."""
    what = replication(continued_launch(launch, continuation), **facts)
    (replica,) = what.replicas
    return replace(what, replicas=(replace(replica, continuation=continuation),))
