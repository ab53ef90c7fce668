"""What safe formats tell of a checkpoint: JSON state files, and the header of safetensors.

No tensor is read and nothing is unpickled. How long an answer may be is known before it is read.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.folder_layouts import INDEX_SUFFIX, KERAS_STATE, TRAINER_STATE
from wbtools.sources.local.json_items import json_value
from wbtools.sources.regular_files import read_regular
from wbtools.text.numbers import size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wbtools.model.checkpoint import ListedFile
    from wbtools.sources.checkpoints.layouts import ListedCheckpoint

_LARGEST_JSON: Final = 16 * 1024 * 1024
_LARGEST_HEADER: Final = 4 * 1024 * 1024
_LENGTH: Final = 8
_SAFETENSORS: Final = ".safetensors"
_MOST_FILES: Final = 40
"""That are looked into for one checkpoint."""
_MOST_STEPS: Final = 2**53


def looked_into(found: ListedCheckpoint, places: Mapping[str, Path]) -> ListedCheckpoint:
    """A checkpoint with what its state files say of it.

    Args:
        found: As its listing shows it.
        places: Where its files lie on this machine, by their paths in the listing.
    """
    for file in found.files[:_MOST_FILES]:
        name, place = file.path.rpartition("/")[2], places.get(file.path)
        if place is None or found.is_whole is False:
            continue
        if name == TRAINER_STATE:
            found = _with_state(found, file, place, epoch="epoch", step="global_step")
        elif name == KERAS_STATE:
            found = _with_state(found, file, place, epoch="epoch", step="")
        elif name.endswith(INDEX_SUFFIX):
            found = _with_index(found, file, place)
        elif name.endswith(_SAFETENSORS):
            found = _with_header(found, file, place)
    return found


def _with_state(
    found: ListedCheckpoint, file: ListedFile, place: Path, *, epoch: str, step: str
) -> ListedCheckpoint:
    name = file.path.rpartition("/")[2]
    content = _json_of(place)
    if content is None:
        return found
    if not isinstance(content, dict):
        return _cut_off(found, f"{name} in it is cut off")
    epochs, steps = _number(content.get(epoch)), _number(content.get(step))
    if epochs is None and steps is None:
        return found
    return replace(
        found,
        epoch=found.epoch if epochs is None else epochs,
        step=found.step if steps is None else int(steps),
        number=None,
        progress_from=name,
    )


def _with_index(found: ListedCheckpoint, file: ListedFile, place: Path) -> ListedCheckpoint:
    """Whether every file that an index of weights names is there, and large enough."""
    name = file.path.rpartition("/")[2]
    content = _json_of(place)
    if content is None:
        return found
    named = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(named, dict):
        return _cut_off(found, f"{name} in it is cut off")
    folder = file.path.rpartition("/")[0]
    sizes = {each.path: each.n_bytes for each in found.files}
    paths = {
        f"{folder}/{part}" if folder else part for part in named.values() if isinstance(part, str)
    }
    absent = len(paths - sizes.keys())
    if absent:
        return _cut_off(found, f"{absent} of {len(paths)} files that {name} names are not in it")
    metadata = content.get("metadata")
    total = _number(metadata.get("total_size")) if isinstance(metadata, dict) else None
    there = [sizes[path] for path in paths]
    if total is None or None in there:
        return found
    n_bytes = sum(part or 0 for part in there)
    if n_bytes < total:
        return _cut_off(found, f"it has {size(n_bytes)} of the {size(int(total))} of {name}")
    return found


def _with_header(found: ListedCheckpoint, file: ListedFile, place: Path) -> ListedCheckpoint:
    """Whether a file of safetensors is as long as its header says, and what it says beside that.

    The header is the length of a JSON text in 8 bytes, the least significant first, and the text.
    It is read here, not by the library, which maps the file: one that is cut meanwhile would end
    the process.
    """
    if file.n_bytes is None:
        return found
    try:
        start = read_regular(place, _LENGTH)
        length = int.from_bytes(start, "little")
        if len(start) < _LENGTH or _LENGTH + length > file.n_bytes:
            return _cut_off(found, "it is shorter than its header says")
        if length > _LARGEST_HEADER:
            return found
        header = json_value(read_regular(place, _LENGTH + length)[_LENGTH:])
    except OSError:
        return found
    if not isinstance(header, dict):
        return _cut_off(found, "its header is damaged")
    ends = [
        _number(entry["data_offsets"][-1])
        for entry in header.values()
        if isinstance(entry, dict)
        and isinstance(entry.get("data_offsets"), list)
        and entry["data_offsets"]
    ]
    n_bytes = _LENGTH + length + int(max((end for end in ends if end is not None), default=0))
    if file.n_bytes < n_bytes:
        said = f"it has {size(file.n_bytes)} of the {size(n_bytes)} that its header says"
        return _cut_off(found, said)
    return replace(_with_metadata(found, header.get("__metadata__")), is_whole=True)


def _with_metadata(found: ListedCheckpoint, metadata: object) -> ListedCheckpoint:
    """With epoch and step of what the program wrote into the header; its values are texts."""
    if not isinstance(metadata, dict) or found.layout is not CheckpointLayout.SAFETENSORS:
        return found
    epoch = _number(_plain(metadata.get("epoch")))
    step = _number(_plain(metadata.get("step", metadata.get("global_step"))))
    if epoch is None and step is None:
        return found
    return replace(
        found,
        epoch=found.epoch if epoch is None else epoch,
        step=found.step if step is None else int(step),
        number=None,
        progress_from="its header",
    )


def _plain(text: object) -> object:
    return json_value(text) if isinstance(text, str) else text


def _json_of(place: Path) -> object:
    """What a file holds; None for one that cannot be read or is too large to be a state file."""
    try:
        data = read_regular(place, _LARGEST_JSON + 1)
    except OSError:
        return None
    return None if len(data) > _LARGEST_JSON else json_value(data)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= _MOST_STEPS else None


def _cut_off(found: ListedCheckpoint, lacks: str) -> ListedCheckpoint:
    return replace(found, is_whole=False, lacks=lacks)
