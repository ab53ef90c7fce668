"""The side files of a run folder, for what a run file does not say.

`.wandb` records are the truth. `files/config.yaml`, `files/wandb-summary.json` and
`files/wandb-metadata.json` stand in where a run was killed before its first records reached the
disk, and older SDKs write program and arguments only there. Files are read up to a size, and not
believed to be well-formed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.local.json_items import NameBudget, flattened, json_value
from wbtools.sources.local.leveldb_log import Damage, DamageKind
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.sources.local.run_file import RunFile

_LARGEST_JSON: Final = 16 * 1024 * 1024
_LARGEST_YAML: Final = 1024 * 1024
_DEEPEST_YAML: Final = 64
_MOST_NODES: Final = 200_000


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
        filled["config"] = _side_config(folder, sweep_config, budget, _LARGEST_YAML)
    if files is not None:
        if with_summary and not run.summary and not run.n_rows:
            summary = json_value(_text(files / "wandb-summary.json", _LARGEST_JSON))
            filled["summary"] = (
                flattened(summary, summary_budget) if isinstance(summary, dict) else {}
            )
        if run.program is None or run.started_at_s is None:
            filled |= _metadata(run, files / "wandb-metadata.json")
    if budget.exceeded or summary_budget.exceeded:
        damage = Damage(kind=DamageKind.NAMES, offset=0, n_bytes=0)
        filled["damage"] = (*run.damage, damage)
    return replace(run, **filled) if filled else run


def side_config(
    folder: Path | None, sweep_config: Path | None, most_bytes: int
) -> dict[str, object]:
    """Give the configuration that side files hold, for a run file whose beginning holds none.

    Args:
        folder: The run folder, if the file lies in one.
        sweep_config: The parameters that a sweep agent wrote for the run, if it has any.
        most_bytes: Larger files are as good as none.
    """
    return _side_config(folder, sweep_config, NameBudget(), most_bytes)


def _side_config(
    folder: Path | None, sweep_config: Path | None, budget: NameBudget, most_bytes: int
) -> dict[str, object]:
    paths = (folder / "files" / "config.yaml" if folder is not None else None, sweep_config)
    configs = (_config(path, budget, most_bytes) for path in paths if path is not None)
    return next((config for config in configs if config), {})


def agent_parameters(path: Path | None) -> dict[str, object] | None:
    """Give what a sweep's agent wrote for a run, nested as it is; None where there is no such file.

    Args:
        path: Such as `wandb/sweep-ID/config-RUN.yaml`.
    """
    loaded = None if path is None else _loaded_config(path, _LARGEST_YAML)
    return loaded or None


def metadata(path: Path) -> dict[str, object]:
    """Give what a `wandb-metadata.json` holds; nothing where it is none."""
    content = json_value(_text(path, _LARGEST_JSON))
    return content if isinstance(content, dict) else {}


def _metadata(run: RunFile, path: Path) -> dict[str, Any]:
    """Give what `wandb-metadata.json` knows and `run` does not."""
    facts = metadata(path)
    git = facts.get("git")
    known = {
        "program": _word(facts.get("program")),
        "argv": arguments(facts.get("args")),
        "started_at_s": _time_s(facts.get("startedAt")),
        "git_commit": _word(git.get("commit")) if isinstance(git, dict) else None,
        "gpu": _word(facts.get("gpu")),
        "host": _word(facts.get("host")),
    }
    return {
        name: value
        for name, value in known.items()
        if value is not None and getattr(run, name) in {None, ""}
    }


def arguments(value: object) -> tuple[str, ...] | None:
    """Read the metadata's `args`: a list, one string, or nothing."""
    if isinstance(value, list):
        return tuple(str(argument) for argument in value)
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return tuple(value.split())
    return None


def _time_s(value: object) -> float | None:
    """Read an ISO time, which W&B writes in UTC and up to nanoseconds, with or without a zone."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _config(path: Path, budget: NameBudget, most_bytes: int) -> dict[str, object]:
    """Read a configuration and give its leaves by dotted name."""
    return flattened(_loaded_config(path, most_bytes), budget)


def _loaded_config(path: Path, most_bytes: int) -> dict[str, object]:
    """Read `key: {value: v, desc: …}`, as W&B and its sweep agents write it."""
    try:
        loaded = load_yaml(_text(path, most_bytes), most_nodes=_MOST_NODES, deepest=_DEEPEST_YAML)
    except YamlError:
        return {}
    if not isinstance(loaded, Mapping):
        return {}
    return {
        str(key): entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in loaded.items()
        if key not in {"_wandb", "wandb_version"}
    }


def _text(path: Path, most_bytes: int) -> str:
    """Read a file that is not larger than allowed; "" for any other."""
    try:
        data = read_regular(path, most_bytes + 1)
    except OSError:
        return ""
    return data.decode("utf-8", "replace") if len(data) <= most_bytes else ""
