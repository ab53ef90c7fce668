"""Where a run was told to write: paths in its configuration and arguments, by their names.

Only names that mean checkpoints or outputs count. What stands for the run's id or name in a path is
filled in; whatever else is to be filled in ends it there, and nothing is evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import CHECKPOINT_WORDS
from wbtools.text.name_words import name_words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.model import LaunchRecord, Run

_CHECKPOINTS: Final = CHECKPOINT_WORDS | {"resume"}
_OUTPUTS: Final = frozenset(
    {"save", "saved", "output", "out", "log", "logs", "logging", "model", "models", "exp"}
    | {"experiment", "run", "work", "working", "result", "results", "weights", "job", "train"}
    | {"state", "root", "backup"}
)
_PLACES: Final = frozenset(("dir", "directory", "path", "folder", "file", "to", "root", "dirpath"))
_WHOLE: Final = frozenset(
    {"workdir", "outdir", "logdir", "savedir", "dirpath", "output", "rundir", "expdir", "modeldir"}
    | {"ckptdir", "savepath", "snapshot", "out", "outpath"}
)
_OTHER: Final = frozenset(
    {"data", "dataset", "datasets", "cache", "wandb", "tokenizer", "pretrained", "config", "name"}
    | {"hub", "every", "freq", "frequency", "steps", "interval", "epochs", "num", "keep", "url"}
)
"""In a name, these say that no place of checkpoints follows."""
_NO_PATHS: Final = frozenset(
    {"", "true", "false", "none", "null", "auto", "best", "last", "latest", "must", "allow"}
    | {"never", "yes", "no", ".", "-"}
)
_LONGEST: Final = 4096
_MOST: Final = 40
_ASSIGNED: Final = re.compile(r"[+~]{0,2}(?P<name>[\w./@-]{1,200})=(?P<value>.*)", re.DOTALL)
_TO_FILL: Final = re.compile(
    r"\$?\{(?P<braces>[^{}]{1,100})\}|\$(?P<variable>\w{1,100})|%\((?P<percent>[\w.]{1,100})\)s"
    r"|<(?P<angles>[\w. -]{1,100})>"
)
_IDS: Final = frozenset(("id", "run id", "wandb id", "wandb run id", "uid"))
_NAMES: Final = frozenset(("name", "run name", "wandb name", "wandb run name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPath:
    """A path that a run was given.

    Attributes:
        name: Of the parameter or option, as recorded; hostile.
        text: As recorded; hostile.
        path: With what could be filled in; ends before what could not.
        is_cut: Whether it ends before what could not be filled in.
    """

    name: str
    text: str
    path: str
    is_cut: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether it is in a store that is reached by an address."""
        return "://" in self.path


def recorded_paths(run: Run, record: LaunchRecord | None = None) -> list[RecordedPath]:
    """The paths of its arguments and its configuration, each once, in their order.

    Args:
        run: As recorded.
        record: How it was started; what the run itself says of that by default.
    """
    argv = (run.argv if record is None else record.argv) or ()
    found: dict[str, RecordedPath] = {}
    for name, text in (*_arguments(argv), *_texts(run.config)):
        if not _means_place(name) or len(found) >= _MOST:
            continue
        if len(text) > _LONGEST or "\0" in text or text.strip().lower() in _NO_PATHS:
            continue
        path, is_cut = _filled(text, run)
        if path not in _NO_PATHS:
            found.setdefault(path, RecordedPath(name=name, text=text, path=path, is_cut=is_cut))
    return list(found.values())


def _texts(config: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in config.items():
        if isinstance(value, str):
            yield name, value


def _arguments(argv: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names and values as programs are given them: `--name value`, `--name=value`, `name=value`."""
    for k, word in enumerate(argv):
        match = _ASSIGNED.fullmatch(word)
        if match is not None:
            yield match["name"].lstrip("-"), match["value"]
        elif word.startswith("-") and k + 1 < len(argv) and not argv[k + 1].startswith("-"):
            yield word.lstrip("-"), argv[k + 1]


@lru_cache(maxsize=4096)
def _means_place(name: str) -> bool:
    last = name.rpartition(".")[2].rpartition("/")[2]
    words = words_of(last)
    if words & _OTHER:
        return False
    if words & _CHECKPOINTS or "".join(last.lower().split("_")) in _WHOLE:
        return True
    return bool(words & _OUTPUTS and words & _PLACES) or (
        words == {"dir"} and ".run." in f".{name}"
    )


def _filled(text: str, run: Run) -> tuple[str, bool]:
    """A path with the run's id, name and values in it, up to what cannot be filled in."""

    def fill(match: re.Match[str]) -> str:
        name = match["braces"] or match["variable"] or match["percent"] or match["angles"]
        known = " ".join(name_words(name.rpartition(":")[2]))
        if known in _IDS:
            return run.id.partition("~")[0]
        if known in _NAMES:
            return run.name
        value = run.config.get(name)
        return str(value) if isinstance(value, str | int | float) else "\0"

    filled = _TO_FILL.sub(fill, text)
    known, mark, _ = filled.partition("\0")
    known, percent, _ = known.partition("%")
    if not mark and not percent:
        return filled, False
    return known.rpartition("/")[0], True
