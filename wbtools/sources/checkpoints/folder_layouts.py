"""Folders that are one checkpoint each: which library's, and what is missing in them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.names import progress_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wbtools.model.checkpoint import ListedFile

TRAINER_STATE: Final = "trainer_state.json"
KERAS_STATE: Final = "training_metadata.json"
INDEX_SUFFIX: Final = ".index.json"
NUMBERED: Final = re.compile(r"(?:tmp-)?checkpoint-\d{1,12}")
_WEIGHTS: Final = re.compile(
    r"(?:(?:pytorch_|adapter_|diffusion_pytorch_|flax_|tf_)?model"
    r"(?:[-_]\d{1,5}[-_]of[-_]\d{1,5})?|pytorch_model_fsdp\w*)"
    r"\.(?:safetensors|bin|h5|msgpack|pt)"
)
_SHARD: Final = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.\w+)")
_SCHEDULES: Final = re.compile(r"(?:lr_)?scheduler(?:_\d+)?\.(?:pt|bin)")
_OPTIMIZERS: Final = re.compile(r"optimizer(?:_\d+)?\.(?:pt|bin)")
_OF_ACCELERATE: Final = re.compile(r"random_states_\d+\.pkl|(?:optimizer|scheduler)(?:_\d+)?\.bin")
_OF_ORBAX: Final = frozenset({"_CHECKPOINT_METADATA", "_METADATA", "manifest.ocdbt"})
_OF_EXPORTS: Final = frozenset({"config.json", "adapter_config.json", "model_index.json"})
_TF_DATA: Final = re.compile(r"(.+)\.data-(\d{5})-of-(\d{5})")
_WITH_CONTENT: Final = (
    *(".json", ".pt", ".pth", ".bin", ".safetensors", ".h5", ".distcp", ".metadata", ".msgpack"),
)
_LAST: Final = "{}, which is written last, is not in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContent:
    """A folder of a listing.

    Attributes:
        path: From the root of the listing; empty for the root.
        last: Its own name, as it is once it was written.
        names: The files in it.
        inner: The names of the folders in it.
        folders: The files of all folders of the listing, by path and name.
    """

    path: str
    last: str
    names: Mapping[str, ListedFile]
    inner: Collection[str]
    folders: Mapping[str, Mapping[str, ListedFile]]

    def below(self) -> tuple[ListedFile, ...]:
        """All files in it, however deep."""
        start = f"{self.path}/" if self.path else ""
        return tuple(
            file
            for path, names in self.folders.items()
            if path == self.path or path.startswith(start)
            for file in names.values()
        )

    def files_in(self, name: str) -> Mapping[str, ListedFile]:
        """The files of a folder in it."""
        return self.folders.get(f"{self.path}/{name}" if self.path else name, {})

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a file in it is called so."""
        return any(pattern.fullmatch(name) for name in self.names)

    def has_inner(self, *starts: str) -> bool:
        """Whether a folder in it begins so."""
        return any(name.startswith(starts) for name in self.inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLayout:
    """What a folder is that is one checkpoint.

    Attributes:
        lacks: In words, what is missing; empty where nothing is known to be.
    """

    layout: CheckpointLayout
    files: tuple[ListedFile, ...]
    has_schedule: bool | None = None
    lacks: str = ""


def layout_of(folder: FolderContent) -> FolderLayout | None:
    """Which library writes such a folder as one checkpoint; None where none does."""
    for recognise in (_trainer, _accelerate, _distributed, _keras, _orbax, _tensorflow, _export):
        found = recognise(folder)
        if found is not None:
            return found
    return None


def _trainer(folder: FolderContent) -> FolderLayout | None:
    """Hugging Face's: the weights first, then optimizer and schedule, then its state."""
    has_weights, has_state = folder.has(_WEIGHTS), TRAINER_STATE in folder.names
    is_numbered = NUMBERED.fullmatch(folder.last) is not None
    if not has_state and (
        not is_numbered
        or folder.has(_OF_ACCELERATE)
        or not (has_weights or "training_args.bin" in folder.names)
    ):
        return None
    is_sharded = folder.has_inner("global_step", "pytorch_model_fsdp", "optimizer_")
    lacks = _missing_shards(folder.names)
    if not has_state:
        lacks = _LAST.format(TRAINER_STATE)
    elif not has_weights and not is_sharded:
        lacks = "no weights are in it"
    return FolderLayout(
        layout=CheckpointLayout.TRAINER,
        files=folder.below() if is_numbered else tuple(folder.names.values()),
        has_schedule=folder.has(_SCHEDULES) or (None if is_sharded else False),
        lacks=lacks,
    )


def _accelerate(folder: FolderContent) -> FolderLayout | None:
    """Accelerate's, diffusers', and what people write likewise."""
    is_state = folder.has(_OPTIMIZERS) and folder.has(_WEIGHTS)
    if not is_state and not folder.has(_OF_ACCELERATE):
        return None
    return FolderLayout(
        layout=CheckpointLayout.TORCH,
        files=folder.below(),
        has_schedule=folder.has(_SCHEDULES),
        lacks=_missing_shards(folder.names),
    )


def _distributed(folder: FolderContent) -> FolderLayout | None:
    """By `torch.distributed.checkpoint`, which Lightning uses too, or by DeepSpeed."""
    is_deepspeed = "latest" in folder.names and folder.has_inner("global_step")
    is_torch = any(name.endswith(".distcp") for name in folder.names)
    if not is_deepspeed and not is_torch:
        return None
    is_lightning = folder.last.endswith(".ckpt")
    return FolderLayout(
        layout=CheckpointLayout.LIGHTNING if is_lightning else CheckpointLayout.TORCH,
        files=folder.below(),
        lacks=_LAST.format(".metadata") if is_torch and ".metadata" not in folder.names else "",
    )


def _keras(folder: FolderContent) -> FolderLayout | None:
    """A SavedModel, or what `BackupAndRestore` keeps."""
    if "saved_model.pb" in folder.names:
        parts = _tensorflow_files(folder.files_in("variables"))
        lacks = "" if parts else "its variables are not all in it"
    elif KERAS_STATE in folder.names:
        has_weights = any(name.endswith(".weights.h5") for name in folder.names)
        lacks = "" if has_weights else "no weights are in it"
    else:
        return None
    return FolderLayout(layout=CheckpointLayout.KERAS, files=folder.below(), lacks=lacks)


def _orbax(folder: FolderContent) -> FolderLayout | None:
    is_step = folder.last.isdecimal()
    if not _OF_ORBAX & folder.names.keys() and not (
        is_step and any(_OF_ORBAX & folder.files_in(name).keys() for name in folder.inner)
    ):
        return None
    return FolderLayout(layout=CheckpointLayout.ORBAX, files=folder.below())


def _tensorflow(folder: FolderContent) -> FolderLayout | None:
    """TensorFlow's newest checkpoint in a folder, which it finds by itself."""
    parts = _tensorflow_files(folder.names)
    if parts is None:
        return None
    lacks = "" if parts else "a part of it is missing"
    return FolderLayout(layout=CheckpointLayout.KERAS, files=parts, lacks=lacks)


def _export(folder: FolderContent) -> FolderLayout | None:
    """A model as Hugging Face's libraries export it: weights alone."""
    weights = [name for name in folder.names if _WEIGHTS.fullmatch(name)]
    is_export = bool(_OF_EXPORTS & folder.names.keys()) or "training_args.bin" in folder.names
    if not weights or not (is_export or folder.has(_SHARD)):
        return None
    is_safe = any(name.endswith(".safetensors") for name in weights)
    return FolderLayout(
        layout=CheckpointLayout.SAFETENSORS if is_safe else CheckpointLayout.TORCH,
        files=tuple(folder.names.values()),
        has_schedule=False,
        lacks=_missing_shards(folder.names),
    )


def _missing_shards(names: Collection[str]) -> str:
    """Which parts of a model in several files are not there, in words; "" where none is missing."""
    there: dict[tuple[str, str, str], int] = defaultdict(int)
    for name in names:
        match = _SHARD.fullmatch(name)
        if match is not None:
            there[match[1], match[3], match[4]] += 1
    for (stem, total, suffix), n in there.items():
        if n < int(total):
            return f"only {n} of the {int(total)} files {stem}-…{suffix} are in it"
    indexed = next((name for name in names if name.endswith(INDEX_SUFFIX)), None)
    if indexed is not None and not there and indexed.removesuffix(INDEX_SUFFIX) not in names:
        return f"the files that {indexed} names are not in it"
    return ""


def _tensorflow_files(names: Mapping[str, ListedFile]) -> tuple[ListedFile, ...] | None:
    """The files of the newest that is whole; () if none is, None if there is none at all."""
    written: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name in names:
        match = _TF_DATA.fullmatch(name)
        if match is not None:
            written[match[1]].append((name, int(match[3])))
    if not written:
        return None
    whole = [
        stem
        for stem, parts in written.items()
        if f"{stem}.index" in names and len(parts) == parts[0][1]
    ]
    newest = max(whole, key=lambda stem: (progress_of(stem).number or 0, stem), default=None)
    if newest is None:
        return ()
    return tuple(
        names[name] for name in (f"{newest}.index", *(part for part, _ in written[newest]))
    )


def needs_content(name: str) -> bool:
    """Whether a file of a checkpoint is cut off where it is empty; markers need only be there."""
    return name.endswith(_WITH_CONTENT)
