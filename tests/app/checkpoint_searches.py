"""Searches for what the first of three runs left, in the present folder and at W&B."""

import os
from datetime import timedelta
from pathlib import Path

from tests.analysis.sweeps import BEGIN, question, sweep
from wbtools.analysis.audit import audit
from wbtools.app.find_checkpoints import chosen_checkpoint, find_checkpoints
from wbtools.app.opening.in_memory import InMemorySource
from wbtools.model import LaunchRecord
from wbtools.model.checkpoint import ListedFile, LoggedArtifact

CURVES = [[3.0, 2.0, 1.0], [3.0, 2.5, 2.0], [4.0, 3.0, 2.0]]


class Source(InMemorySource):
    """A sweep in memory that lies in folders, and of which W&B has something."""

    projects: tuple[Path, ...] = ()
    artifacts: tuple[LoggedArtifact, ...] = ()
    files: tuple[ListedFile, ...] = ()
    error: Exception | None = None
    asks_wandb: bool = True

    @property
    def folders(self):
        return self.projects

    def logged_artifacts(self, run):  # noqa: ARG002 - of all runs
        if self.error is not None:
            raise self.error
        return self.artifacts

    def saved_files(self, run):  # noqa: ARG002 - of all runs
        return self.files


def put(*names, at_s=100.0, n_bytes=50):
    """Files that were written at a time of the sweep, in seconds; run 1 works from 0 to 181."""
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(n_bytes))
        at = (BEGIN + timedelta(seconds=at_s)).timestamp()
        os.utime(path, (at, at))


def searched(**has):
    """What run 1 of three left, the others of which have its configuration."""
    source, answer, row, record, more = prepared(**has)
    return find_checkpoints(source, answer, row, record, **more)


def chosen(text, **has):
    """What `--checkpoint` names after such a search."""
    _, answer, row, _, _ = prepared(**has)
    return chosen_checkpoint(searched(**has), text, answer, row)


def prepared(
    *,
    config=None,
    argv=(),
    starts=(0, 1000, 2000),
    facts=(),
    folders=None,
    number=1,
    asks_servers=True,
    **has,
):
    """A source, its audit, the row of a run, its record, and how a search goes about it."""
    recorded = sweep(*CURVES, starts=list(starts), facts=facts, config=config or {})
    source = Source(recorded)
    for name, value in has.items():
        setattr(source, name, value)
    answer = audit(recorded, question())
    record = LaunchRecord(program="train.py", argv=argv)
    more = {"asks_servers": asks_servers, "folders": folders}
    return source, answer, answer.rows[number - 1], record, more


def names(search):
    return [each.name for each in search.candidates]


def artifact(name="acme/ocr/model-run1:v3", **more):
    known = {"type": "model", "files": (ListedFile(path="model.ckpt", n_bytes=5),)}
    return LoggedArtifact(name=name, **(known | more))
