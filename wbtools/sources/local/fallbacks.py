"""Side files of a run folder that stand in for what its run file does not say.

`.wandb` records are the truth. `files/config.yaml`, `files/wandb-summary.json` and
`files/wandb-metadata.json` stand in where a run was killed before its first records reached the
disk, and older SDKs write program and arguments only there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.local.json_items import NameBudget, flattened
from wbtools.sources.local.leveldb_log import Damage, DamageKind
from wbtools.sources.side_files import (
    CONFIG,
    LARGEST_BYTES,
    METADATA,
    SUMMARY,
    parse_config,
    parse_metadata,
    parse_summary,
    read_side_file,
    read_text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.sources.local.run_reading import RunFile

_FROM_METADATA: Final = ("program", "argv", "started_at_s", "git_commit", "gpu", "host")
_LARGEST_CONFIG: Final = 256 * 1024
"""Larger configurations are not parsed where many files are only looked at."""


def completed(
    run: RunFile, folder: Path | None, sweep_config: Path | None, *, with_summary: bool = True
) -> RunFile:
    """Fill what `run` does not say from the side files of its folder.

    Args:
        run: As read from the `.wandb` file.
        folder: The run folder, if the file lies in one.
        sweep_config: The parameters that a sweep agent wrote for the run, if it has any.
        with_summary: False skips the summary.
    """
    filled: dict[str, Any] = {}
    budget, summary_budget = NameBudget(), NameBudget()
    files = folder / "files" if folder is not None else None
    if not run.config:
        filled["config"] = side_config(folder, sweep_config, LARGEST_BYTES[CONFIG], budget)
    if files is not None:
        if with_summary and not run.summary and not run.n_rows:
            summary = parse_summary(read_side_file(files, SUMMARY))
            filled["summary"] = flattened(summary, summary_budget)
        if run.program is None or run.started_at_s is None:
            metadata = parse_metadata(read_side_file(files, METADATA))
            known = {name: getattr(metadata, name) for name in _FROM_METADATA}
            filled |= {
                name: value
                for name, value in known.items()
                if value is not None and getattr(run, name) in {None, ""}
            }
    if budget.exceeded or summary_budget.exceeded:
        damage = Damage(kind=DamageKind.NAMES, offset=0, n_bytes=0)
        filled["damage"] = (*run.damage, damage)
    return replace(run, **filled) if filled else run


def side_config(
    folder: Path | None,
    sweep_config: Path | None,
    most_bytes: int = _LARGEST_CONFIG,
    budget: NameBudget | None = None,
) -> dict[str, object]:
    """Give the configuration that side files hold, its leaves by dotted name.

    Args:
        folder: The run folder, if the run file lies in one.
        sweep_config: The parameters that a sweep agent wrote for the run, if it has any.
        most_bytes: Larger files are as good as none.
        budget: Of names; a fresh one by default.
    """
    budget = budget or NameBudget()
    paths = (folder / "files" / CONFIG if folder is not None else None, sweep_config)
    texts = (read_text(path, most_bytes) for path in paths if path is not None)
    configs = (flattened(parse_config(text), budget) for text in texts)
    return next((config for config in configs if config), {})
