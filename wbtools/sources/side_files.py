"""The side files of a run, wherever they came from: one reader a kind, and how large it may be.

`config.yaml`, `wandb-summary.json`, `wandb-metadata.json`, `requirements.txt` and `diff.patch` lie
in a run's folder, and W&B's server keeps them. They are not believed to be well-formed: what is
missing, too large or malformed is as good as absent.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.local.json_items import json_value
from wbtools.sources.regular_files import read_regular
from wbtools.sources.timestamps import utc_time
from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: Final = "config.yaml"
SUMMARY: Final = "wandb-summary.json"
METADATA: Final = "wandb-metadata.json"
REQUIREMENTS: Final = "requirements.txt"
DIFF: Final = "diff.patch"

_MIB: Final = 1024 * 1024
LARGEST_BYTES: Final[Mapping[str, int]] = {
    CONFIG: _MIB,
    SUMMARY: 16 * _MIB,
    METADATA: 16 * _MIB,
    REQUIREMENTS: 4 * _MIB,
    DIFF: 4 * _MIB,
}
LAUNCH_FILES: Final = (METADATA, REQUIREMENTS, DIFF)
"""What says how a run was started."""
_DEEPEST_YAML: Final = 64
_MOST_NODES: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What `wandb-metadata.json` says of a run; None where it says nothing.

    Attributes:
        started_at_s: Unix seconds.
    """

    program: str | None
    argv: tuple[str, ...] | None
    code_path: str | None
    python: str | None
    is_notebook: bool | None
    git_remote: str | None
    git_commit: str | None
    started_at_s: float | None
    gpu: str | None
    host: str | None


def read_text(path: Path, most_bytes: int) -> str:
    """The text of a regular file that is not larger than allowed; "" for any other."""
    try:
        data = read_regular(path, most_bytes + 1)
    except OSError:
        return ""
    return data.decode("utf-8", "replace") if len(data) <= most_bytes else ""


def read_side_file(folder: Path, name: str) -> str:
    """The text of one of a run's files; "" for none that may be read."""
    return read_text(folder / name, LARGEST_BYTES[name])


def parse_config(text: str) -> dict[str, object]:
    """A configuration, nested as it is, out of W&B's and its agents' `key: {value: v, desc: …}`."""
    try:
        loaded = load_yaml(
            text,
            most_nodes=_MOST_NODES,
            deepest=_DEEPEST_YAML,
            long_numbers_are_texts=True,
        )
    except YamlError:
        return {}
    if not isinstance(loaded, Mapping):
        return {}
    return {
        str(key): entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in loaded.items()
        if key not in {"_wandb", "wandb_version"}
    }


def parse_summary(text: str) -> dict[str, object]:
    """The last summary, nested as it is."""
    content = json_value(text)
    return content if isinstance(content, dict) else {}


def parse_metadata(text: str) -> Metadata:
    """What is known of a run beside what it logged."""
    content = json_value(text)
    facts = content if isinstance(content, dict) else {}
    git = facts.get("git")
    git = git if isinstance(git, dict) else {}
    started_at = utc_time(facts.get("startedAt"))
    return Metadata(
        program=_word(facts.get("program")),
        argv=_arguments(facts.get("args")),
        code_path=_word(facts.get("codePathLocal")) or _word(facts.get("codePath")),
        python=_word(facts.get("python")),
        is_notebook=bool(_word(facts.get("colab"))) or None,
        git_remote=_word(git.get("remote")) or _word(git.get("remote_url")),
        git_commit=_word(git.get("commit")),
        started_at_s=None if started_at is None else started_at.timestamp(),
        gpu=_word(facts.get("gpu")),
        host=_word(facts.get("host")),
    )


def launch_facts(files: Mapping[str, str]) -> dict[str, Any]:
    """What the files of a run say of its start, as fields of `LaunchRecord`.

    Args:
        files: The texts of `LAUNCH_FILES` by name, as far as they are there.
    """
    metadata = parse_metadata(files.get(METADATA, ""))
    lines = files.get(REQUIREMENTS, "").splitlines()
    facts = {
        "program": metadata.program,
        "argv": metadata.argv,
        "code_path": metadata.code_path,
        "python": metadata.python,
        "is_notebook": metadata.is_notebook,
        "git_remote": metadata.git_remote,
        "git_commit": metadata.git_commit,
        "diff": files.get(DIFF) or None,
        "requirements": tuple(line.strip() for line in lines if line.strip()),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _arguments(value: object) -> tuple[str, ...] | None:
    """Read the metadata's `args`: a list, one string, or nothing."""
    if isinstance(value, list):
        return tuple(str(argument) for argument in value)
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return tuple(value.split())
    return None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
