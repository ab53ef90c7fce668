"""How a run was started, whatever its sweep was read from: the one seam for sources that know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wbtools.model import LaunchRecord

if TYPE_CHECKING:
    from wbtools.app.opening.open_sweep import SweepSource
    from wbtools.model import Run


@runtime_checkable
class KeepsLaunchRecords(Protocol):
    """A recording that knows more about a run's start than the run itself does.

    `LocalRecording` reads the run folder's side files. A fetched one can read the same files of
    the run from W&B: `wandb-metadata.json`, `requirements.txt`, `diff.patch`.
    """

    def launch_record(self, run: Run) -> LaunchRecord:
        """What is known of the run's start."""
        ...


def launch_record_of(recording: SweepSource, run: Run) -> LaunchRecord:
    """What is known of a run's start: from the recording's files, else from the run."""
    if isinstance(recording, KeepsLaunchRecords):
        return recording.launch_record(run)
    return LaunchRecord(program=run.program, argv=run.argv, git_commit=run.git_commit)
