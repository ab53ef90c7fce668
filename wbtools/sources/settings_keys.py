"""What a settings file may say: its keys, and what each takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TEXT: Final = 1000
_MOST_TEXTS: Final = 100
_LARGEST_NUMBER: Final = 10**9
NEVER: Final = {
    "base_url": "WANDB_BASE_URL sets the server's address",
    "api_key": "`wandb login` keeps the key",
    "key": "`wandb login` keeps the key",
}
"""Keys that could send a key elsewhere, or lie in a repository, and what stands in for them."""


@dataclass(frozen=True, slots=True)
class _Text:
    def problem(self, value: object) -> str | None:
        if not isinstance(value, str):
            return 'takes a text, such as "name"'
        if not value.strip() or len(value) > _LONGEST_TEXT or not value.isprintable():
            return f"takes one line of 1 to {_LONGEST_TEXT:,} characters"
        return None


@dataclass(frozen=True, slots=True)
class _Name:
    def problem(self, value: object) -> str | None:
        if isinstance(value, str) and any(mark in value for mark in "/\\?#%"):
            return "takes a plain name, without slashes"
        return _Text().problem(value)


@dataclass(frozen=True, slots=True)
class _Number:
    least: int = 1

    def problem(self, value: object) -> str | None:
        is_one = isinstance(value, int) and not isinstance(value, bool)
        if is_one and self.least <= value <= _LARGEST_NUMBER:  # type: ignore[operator]  # an int
            return None
        return f"takes a whole number from {self.least} to {_LARGEST_NUMBER:,}"


@dataclass(frozen=True, slots=True)
class _Texts:
    def problem(self, value: object) -> str | None:
        if not isinstance(value, list) or len(value) > _MOST_TEXTS:
            return f'takes a list of at most {_MOST_TEXTS} texts, such as ["one", "two"]'
        return next((said for item in value if (said := _Text().problem(item))), None)


_Kind = _Text | _Name | _Number | _Texts

KEYS: Final[Mapping[str, _Kind]] = {
    "metric": _Text(),
    "goal": _Text(),
    "entity": _Name(),
    "project": _Name(),
    "archive": _Text(),
    "slurm.partition": _Text(),
    "slurm.account": _Text(),
    "slurm.qos": _Text(),
    "slurm.gpus": _Number(0),
    "slurm.cpus": _Number(),
    "slurm.mem": _Number(),
    "slurm.time-limit": _Number(),
    "slurm.array-limit": _Number(),
    "slurm.output": _Text(),
    "slurm.sbatch": _Texts(),
    "slurm.setup": _Texts(),
    "lint.select": _Texts(),
    "lint.ignore": _Texts(),
    "lint.budget": _Number(),
}
"""Every key, and what it takes."""
