"""What a script does about a checkpoint before a run goes on: see that it is there, or fetch it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from wbtools.model import CheckpointPlace
from wbtools.replication.words import literal_word
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.replication.continuation import Continuation
    from wbtools.replication.posix import Variables

_FETCH_FILES: Final = (
    "import sys, wandb; path, root, *names = sys.argv[1:]; run = wandb.Api().run(path); "
    "[run.file(name).download(root=root, replace=True) for name in names]"
)
_ENDS: Final = "exit 2"


def check_lines(continuation: Continuation, variables: Variables) -> Iterator[str]:
    """End with a sentence where what lies on this machine is not there.

    Args:
        continuation: With its checkpoint.
        variables: Of the script.
    """
    checkpoint = continuation.checkpoint
    if checkpoint.place is CheckpointPlace.DISK:
        places = [continuation.path]
    else:
        places = [file.local_path for file in checkpoint.sources if file.local_path]
    for place in places:
        shown = sanitize(place, limit=0)
        sentence = f"nothing was started: the checkpoint {shown} is not here"
        yield f"[ -e {_quoted(_safe(place), variables)} ] || {{ {_said(sentence, variables)}; }}"


def fetch_lines(continuation: Continuation, variables: Variables) -> list[str]:
    """Put the checkpoint into its folder; one that lies on this machine stays where it is.

    Args:
        continuation: With its checkpoint.
        variables: Of the script.
    """
    checkpoint, folder = continuation.checkpoint, continuation.folder
    if checkpoint.place is CheckpointPlace.DISK:
        return []
    if checkpoint.place is CheckpointPlace.RUN_FILE:
        parts = (continuation.entity, continuation.project, continuation.run_id)
        run = "/".join(part for part in parts if part)
        names = [file.path for file in checkpoint.sources] or [checkpoint.name]
        words = [_quoted(word, variables) for word in (_FETCH_FILES, run, folder, *names)]
        return [f"python -c {' '.join(words)} </dev/null"]
    copied = [file for file in checkpoint.sources if file.local_path]
    if not copied:
        name = _quoted(_whole_name(continuation), variables)
        return [f"wandb artifact get --root {folder} -- {name} </dev/null"]
    targets = [PurePosixPath(folder, file.path) for file in copied]
    lines = [
        f"mkdir -p {_quoted(str(parent), variables)}"
        for parent in dict.fromkeys(target.parent for target in targets)
    ]
    for file, target in zip(copied, targets, strict=True):
        source, place = _safe(file.local_path or ""), _quoted(str(target), variables)
        # What lies there may be a link, through which `cp` would write elsewhere.
        lines += [f"rm -f {place}", f"cp {_quoted(source, variables)} {place}"]
    return lines


def _whole_name(continuation: Continuation) -> str:
    """An artifact's name with its entity and project, as far as they are known."""
    name = continuation.checkpoint.name
    entity, project = continuation.entity, continuation.project
    if name.count("/") == 0 and project:
        name = f"{project}/{name}"
    return f"{entity}/{name}" if name.count("/") == 1 and entity else name


def _safe(path: str) -> str:
    """A path that no command takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _quoted(text: str, variables: Variables) -> str:
    return variables.quoted(literal_word(text))


def _said(sentence: str, variables: Variables) -> str:
    return f"printf '%s\\n' {_quoted(sentence, variables)} >&2; {_ENDS}"
