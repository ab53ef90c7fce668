"""What the name of a file says: whether it is a checkpoint's, of which library, and how far."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wbtools.model.checkpoint import CHECKPOINT_WORDS, CheckpointLayout
from wbtools.text.name_words import name_words, words_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LAYOUTS: Final = {
    ".ckpt": CheckpointLayout.TORCH,
    ".pt": CheckpointLayout.TORCH,
    ".pth": CheckpointLayout.TORCH,
    ".bin": CheckpointLayout.TORCH,
    ".tar": CheckpointLayout.TORCH,
    ".safetensors": CheckpointLayout.SAFETENSORS,
    ".keras": CheckpointLayout.KERAS,
    ".h5": CheckpointLayout.KERAS,
    ".hdf5": CheckpointLayout.KERAS,
    ".joblib": CheckpointLayout.JOBLIB,
    ".pkl": CheckpointLayout.JOBLIB,
    ".pickle": CheckpointLayout.JOBLIB,
    ".npz": CheckpointLayout.NUMPY,
    ".npy": CheckpointLayout.NUMPY,
    ".ubj": CheckpointLayout.XGBOOST,
    ".xgb": CheckpointLayout.XGBOOST,
    ".json": CheckpointLayout.XGBOOST,
    ".model": CheckpointLayout.XGBOOST,
    ".lgb": CheckpointLayout.LIGHTGBM,
    ".txt": CheckpointLayout.LIGHTGBM,
    ".msgpack": CheckpointLayout.UNKNOWN,
    ".eqx": CheckpointLayout.UNKNOWN,
    ".cbm": CheckpointLayout.UNKNOWN,
    ".zip": CheckpointLayout.UNKNOWN,
}
_STRONG: Final = frozenset(
    {".ckpt", ".pt", ".pth", ".safetensors", ".keras", ".joblib", ".ubj", ".xgb", ".lgb"}
    | {".msgpack", ".eqx", ".cbm"}
)
"""Suffixes that little else has than checkpoints and weights."""
_TEXTS: Final = frozenset({".json", ".txt", ".model"})
"""Suffixes of so much else that only a name that says it makes a checkpoint."""
_NOUNS: Final = _words(
    "ckpt ckpts checkpoint checkpoints chkpt chkpnt cp model models weights snapshot snapshots"
    " state params net network policy agent backup resume booster xgb xgboost lgb lgbm lightgbm"
    " catboost gbm gbdt gbt estimator classifier regressor clf pipeline learner trainer"
)
_MODEL_NOUNS: Final = _words(
    "ckpt checkpoint chkpt snapshot model booster xgb xgboost lgb lgbm lightgbm gbm gbdt gbt"
)
_PROGRESS: Final = _words(
    "epoch epochs ep step steps global iter iters iteration iterations it round rounds update"
    " updates last latest final newest current timesteps"
)
_BEST: Final = "best"
_FOLDERS: Final = CHECKPOINT_WORDS | {"weights", "models", "backup"}
_OTHER: Final = _words(
    "config configs configuration args arguments hparams hyperparameters metric metrics result"
    " results history log logs summary prediction predictions preds pred output outputs feature"
    " features embedding embeddings index tokenizer vocab vocabulary labels label encoder_labels"
    " targets scaler vectorizer requirements architecture confusion info metadata dataloader"
    " study card report"
)
"""What is beside a model, and none itself."""
_DATA: Final = _words(
    "data dataset datasets train training test val valid validation eval dev corpus images samples"
    " processed raw cache cached"
)
_AXES: Final = (frozenset({"x"}), frozenset({"y"}))
_PARTS: Final = _words("optimizer optim opt scheduler sched rng random args")
"""Pieces of a checkpoint that cannot be gone on from alone."""
_TEMPORARY: Final = re.compile(
    r"(?:^|[._-])(?:tmp|temp|partial|incomplete|inprogress|writing)(?=[._-]|$)"
    r"|\.part$|\.crdownload$|~$|\.orbax-checkpoint-tmp.*$",
    re.IGNORECASE,
)
_OF_RSYNC: Final = re.compile(r"\.(.+)\.[A-Za-z0-9]{6}")
_SNAPSHOT: Final = re.compile(r"(.+)\.snapshot_iter_(\d{1,12})")
"""LightGBM's, by its `snapshot_freq`."""
_NUMBERED: Final = re.compile(r"(?:ckpt|checkpoint|chkpt|model)[_-]\d{1,12}", re.IGNORECASE)
MARKERS: Final = frozenset(
    {"_CHECKPOINT_METADATA", "_METADATA", "manifest.ocdbt", "trainer_state.json"}
    | {"training_metadata.json", "training_args.bin", "saved_model.pb", ".metadata"}
)
"""Files whose folder is a checkpoint, with all that is in it."""
_EPOCH: Final = re.compile(r"(?:(?<![a-z\d])ep?|epochs?)[=_\-. ]?(\d{1,9}(?:\.\d{1,6})?)(?!\d)")
_STEP: Final = re.compile(
    r"(?:(?<![a-z\d])it|(?<![a-z])(?:global[_-]?)?(?:steps?|iters?|iterations?|rounds?|updates?))"
    r"[=_\-. ]?(\d{1,12})(?!\d)"
)
_STEP_AFTER: Final = re.compile(
    r"(?<![\d.])(\d{1,12})[_\- ]?"
    r"(?:timesteps|steps?|iters?|iterations?|its|rounds|updates)(?![a-z])"
)
_NO_PROGRESS: Final = re.compile(
    r"(?:seed|fold|rank|trial|run|ver|version|lr|bs|dim|layers?|gpu|worker|shard|size|loss|acc|auc"
    r"|score)[=_\-]?\d+(?:\.\d+)?|\d{4}-\d{2}-\d{2}|\d{8}[_\-t]\d{4,6}|\d+\.\d+"
)
_BARE: Final = re.compile(r"(?<![a-z\d])(\d{1,12})(?![a-z\d])")
_LIGHTNING: Final = re.compile(r"epoch=\d|step=\d|last(?:-v\d+)?\.ckpt$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProgress:
    """How far a name says that the training had come.

    Attributes:
        epoch: As the name has it; may count from 0.
        step: Likewise.
        number: One that the name gives no noun: epochs, steps or rounds.
    """

    epoch: float | None = None
    step: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointName:
    """What the name of a checkpoint says.

    Attributes:
        is_best: Whether it is called the best, which need not be the newest.
        is_temporary: Whether writers call files so that they have not finished.
        series: What those are called alike that a run wrote one after the other.
        is_weights: Whether it is called weights, so that no optimizer is in it.
    """

    layout: CheckpointLayout
    progress: NamedProgress
    is_best: bool
    is_temporary: bool
    series: str
    is_weights: bool


def read_name(name: str, *, is_told: bool = False) -> CheckpointName | None:
    """What the name of a file says; None for one that is no checkpoint's.

    Args:
        name: Its last part, hostile.
        is_told: Whether it lies where checkpoints are said to lie, so that less needs to tell.
    """
    final, is_temporary = final_name(name)
    snapshot = _SNAPSHOT.fullmatch(final)
    stem, suffix = _split(final) if snapshot is None else (snapshot[1], ".lgb")
    if not suffix:
        if not _NUMBERED.fullmatch(final):
            return None
    elif not _is_checkpoint(words_of(stem), suffix, is_told=is_told):
        return None
    words = words_of(stem)
    layout = _LAYOUTS.get(suffix, CheckpointLayout.UNKNOWN)
    if suffix == ".ckpt" and _LIGHTNING.search(final):
        layout = CheckpointLayout.LIGHTNING
    if suffix == ".json" and not words & (_MODEL_NOUNS - {"ckpt", "checkpoint", "chkpt"}):
        layout = CheckpointLayout.UNKNOWN
    return CheckpointName(
        layout=layout,
        progress=progress_of_file(name),
        is_best=_BEST in words,
        is_temporary=is_temporary,
        series=series_of(stem),
        is_weights=suffix == ".safetensors" or "weights" in words_of(final),
    )


def final_name(name: str) -> tuple[str, bool]:
    """The name that a file has once it is written, and whether it is called otherwise still."""
    of_rsync = _OF_RSYNC.fullmatch(name) if name.startswith(".") else None
    if of_rsync is not None:
        return of_rsync[1], True
    if _TEMPORARY.search(name) is None:
        return name, False
    final = _TEMPORARY.sub("", name).lstrip("._-")
    return (final, True) if final else (name, False)


def may_belong(name: str, *, is_told: bool) -> bool:
    """Whether a file may be a checkpoint or a part of one, so that its folder is looked at."""
    if name in MARKERS or name.endswith((".index", ".distcp")):
        return True
    final, _ = final_name(name)
    stem, suffix = _split(final)
    if not suffix:
        return bool(_NUMBERED.fullmatch(final) or _SNAPSHOT.fullmatch(final))
    return _is_checkpoint(words_of(stem), suffix, is_told=is_told)


def holds_checkpoints(folder: str) -> bool:
    """Whether a folder is called so that checkpoints lie in it."""
    return bool(words_of(folder) & _FOLDERS)


def series_of(stem: str) -> str:
    """What is left of a name without what changes from one checkpoint of a run to the next."""
    changing = _PROGRESS | {"ckpt", "checkpoint", "chkpt"}
    return " ".join(word for word in name_words(stem) if word not in changing)


def progress_of_file(name: str) -> NamedProgress:
    """How far the name of a file says that the training had come."""
    final, _ = final_name(name)
    snapshot = _SNAPSHOT.fullmatch(final)
    return NamedProgress(step=int(snapshot[2])) if snapshot else progress_of(_split(final)[0])


def progress_of(stem: str) -> NamedProgress:
    """How far a name without its suffix says that the training had come."""
    text = stem.lower()
    epoch, step = _EPOCH.search(text), _STEP.search(text) or _STEP_AFTER.search(text)
    if epoch is not None or step is not None:
        return NamedProgress(
            epoch=None if epoch is None else float(epoch[1]),
            step=None if step is None else int(step[1]),
        )
    bare = _BARE.findall(_NO_PROGRESS.sub(" ", text))
    return NamedProgress(number=int(bare[-1]) if bare else None)


def _split(name: str) -> tuple[str, str]:
    """A name without its suffix, and a suffix that checkpoints have, or ""."""
    stem, dot, suffix = name.rpartition(".")
    known = f".{suffix.lower()}"
    if not dot or known not in _LAYOUTS:
        return name, ""
    inner, inner_dot, second = stem.rpartition(".")
    is_double = inner_dot and second in {"weights", "pth", "pt", "ckpt"}
    return (inner if is_double else stem), known


def _is_checkpoint(words: frozenset[str], suffix: str, *, is_told: bool) -> bool:
    telling = words & (_NOUNS | _PROGRESS | {_BEST})
    if words & _PARTS and not words & _MODEL_NOUNS:
        return False
    if suffix in _STRONG:
        return bool(telling) or not (words & (_OTHER | _DATA) or words in _AXES)
    if words & _OTHER or (words & _DATA and not words & _NOUNS):
        return False
    if suffix in _TEXTS:
        return bool(words & _MODEL_NOUNS or (is_told and telling - {"params"}))
    return bool(telling) or is_told
