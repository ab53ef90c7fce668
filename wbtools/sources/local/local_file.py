"""A run file and where it lies: what its path says, and what the beginning of the file adds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wbtools.sources.local.taken_configurations import HOMES
from wbtools.sources.regular_files import is_plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """One run file and where it lies.

    Attributes:
        path: The `.wandb` file; it need not exist if its run folder does.
        folder: The run folder; None for a loose file.
        home: The folder that holds the run folder, usually called `wandb`.
        run_id: From the file, else from its name.
        sweep_id: From the file, else from `home/sweep-ID/config-RUN.yaml`; None outside sweeps.
    """

    path: Path
    folder: Path | None
    home: Path
    run_id: str
    sweep_id: str | None = None

    @property
    def is_named_elsewhere(self) -> bool:
        """Whether a server may have given the run a name, which its file does not hold then."""
        is_offline = self.folder is not None and self.folder.name.startswith("offline-")
        return not is_offline or Path(f"{self.path}.synced").exists()

    @property
    def project_folder(self) -> Path:
        """The folder a person would call the project."""
        return self.home.parent if self.home.name in HOMES else self.home

    @property
    def sweep_config(self) -> Path | None:
        """The parameters that a sweep agent wrote for this run, where they are usually found.

        None where the ids, which the run file holds, are no plain names: they could lead anywhere.
        """
        if self.sweep_id is None or not (
            is_plain_name(self.sweep_id) and is_plain_name(self.run_id)
        ):
            return None
        return self.home / f"sweep-{self.sweep_id}" / f"config-{self.run_id}.yaml"
