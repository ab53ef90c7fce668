"""What a run left to go on from: checkpoints, where they lie, and how a program takes one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wbtools.findings import Confidence

DOWNLOADS: Final = "wbtools-checkpoints"
"""The folder, beside a script that continues a run, into which it downloads checkpoints."""


CHECKPOINT_WORDS: Final = frozenset(
    {"ckpt", "ckpts", "checkpoint", "checkpoints", "chkpt", "snapshot", "snapshots"}
)
"""Words for a checkpoint, in the names of folders and of parameters alike."""


class CheckpointPlace(StrEnum):
    """Where a checkpoint lies."""

    DISK = "disk"
    ARTIFACT = "artifact"
    RUN_FILE = "run file"


class CheckpointLayout(StrEnum):
    """Which library writes checkpoints so."""

    LIGHTNING = "Lightning"
    TRAINER = "Hugging Face Trainer"
    KERAS = "Keras"
    TORCH = "PyTorch"
    SAFETENSORS = "safetensors"
    ORBAX = "Orbax"
    XGBOOST = "XGBoost"
    LIGHTGBM = "LightGBM"
    JOBLIB = "joblib"
    NUMPY = "NumPy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file as a listing has it: of a folder, of an artifact, of a run's files. Never its content.

    Attributes:
        path: From the root of what was listed, parts joined with `/`; hostile text.
        n_bytes: Its size; None if unknown.
        written_at: When it was last written, aware UTC; None if unknown.
        local_path: Where its bytes lie on this machine, where that is elsewhere: a file that an
            offline run logged in an artifact is staged under another name.
    """

    path: str
    n_bytes: int | None = None
    written_at: datetime | None = None
    local_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedArtifact:
    """An artifact that a run logged.

    Attributes:
        name: `entity/project/collection:v3`, or as much of it as is known, with an alias or the
            beginning of its digest for a version that has no number yet; hostile text.
        type: W&B's word, as the program gave it: `model`, `checkpoint`, …
        aliases: Such as `latest`, `best`, `epoch-3`.
        is_there: Whether it can be had: False for one that was deleted or never committed.
        state: W&B's word, such as `COMMITTED`, `PENDING`, `DELETED`, or in words what else keeps it
            from being had; empty where nothing says.
        n_bytes: Of all its files.
        metadata: What the program said of it; hostile.
        files: As far as they are known.
        is_offline: Whether it was read from a run file and may be on no server.
    """

    __repr__ = brief_repr

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    is_there: bool = True
    state: str = ""
    n_bytes: int | None = None
    created_at: datetime | None = None
    metadata: Mapping[str, object] | None = None
    files: tuple[ListedFile, ...] = ()
    is_offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that a run may have left. Nothing of it was loaded.

    Attributes:
        name: How people and commands call it: a path on this machine, an artifact's name, or the
            name of a file that W&B keeps of the run; hostile text.
        path_inside: Of an artifact, the file or folder in it; empty for all of it.
        is_folder: Whether the program gets a folder.
        n_bytes: Of all its files; None if unknown.
        written_at: Of its newest file, aware UTC; None if unknown.
        epoch: Epochs that were complete when it was written; None if nothing says.
        step: Optimizer steps or rounds, likewise.
        progress_from: In words, what says `epoch` or `step`: `its name`, `trainer_state.json`, …
        is_whole: False for one that was cut off while it was written; None where nothing tells.
        because: In words, why it is taken for the run's: `in the run's folder of files`, …
        confidence: How sure that is.
        doubts: In words, what speaks against it, that it was cut off included; empty for one that
            nothing speaks against.
        has_schedule: Whether it holds the state of a learning-rate schedule; None if unknown.
        sources: Of an artifact that an offline run logged, its files on this machine; of a run's
            files, those that it is made of.
        run_id: Of the run that wrote it, where that is one that went on with the run before.
    """

    __repr__ = brief_repr

    name: str
    place: CheckpointPlace
    layout: CheckpointLayout
    path_inside: str = ""
    is_folder: bool = False
    n_bytes: int | None = None
    written_at: datetime | None = None
    epoch: float | None = None
    step: int | None = None
    progress_from: str = ""
    is_whole: bool | None = None
    because: str
    confidence: Confidence
    doubts: tuple[str, ...] = ()
    has_schedule: bool | None = None
    sources: tuple[ListedFile, ...] = ()
    run_id: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether nothing speaks against going on from it unasked."""
        return not self.doubts

    @property
    def argument(self) -> str:
        """What `--checkpoint` takes for it; hostile text."""
        return f"{self.name}/{self.path_inside}" if self.path_inside else self.name

    @property
    def called(self) -> str:
        """As a sentence calls it: `last.ckpt`, `artifact acme/ocr/model:v3`; hostile text."""
        if self.place is CheckpointPlace.ARTIFACT:
            return f"artifact {self.argument}"
        if self.place is CheckpointPlace.RUN_FILE:
            kind = "folder" if self.is_folder else "file"
            return f"the {kind} {self.name} that W&B keeps of the run"
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSearch:
    """What a run left, as far as it was found.

    Attributes:
        candidates: Those that nothing speaks against first, then the others; the newest first.
        looked_at: In words, where it was looked: `the run's files`, `./checkpoints`, …
        unsearched: In words, what was too large to be searched to its end.
        missing: In words, what a name led to and is not there: paths of other machines, artifacts
            that were deleted.
    """

    candidates: tuple[Checkpoint, ...] = ()
    looked_at: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()

    @property
    def best(self) -> Checkpoint | None:
        """The newest that nothing speaks against; None without one."""
        return next((each for each in self.candidates if each.is_usable), None)


class ResumeTakes(StrEnum):
    """What a program's resume option takes."""

    CHECKPOINT = "checkpoint"
    """The path of the checkpoint, a file or a folder as its layout has it."""
    FOLDER = "folder"
    """The folder that the checkpoint lies in; the program finds the newest."""
    FLAG = "flag"
    """No value: the program finds its checkpoint by itself where it wrote it."""
    TRUE = "true"
    """The value true, which says the same."""
    ALONE = "alone"
    """Nothing, and there is no option: the program goes on by itself where it finds a checkpoint
    in its place."""

    @property
    def finds_itself(self) -> bool:
        """Whether the program looks for its checkpoint where it wrote it, and is told no path."""
        return self in {ResumeTakes.FLAG, ResumeTakes.TRUE, ResumeTakes.ALONE}


class ResumeReader(StrEnum):
    """What reads a program's resume option."""

    COMMAND_LINE = "command line"
    """argparse, click, typer, absl and the like: `--resume=PATH`."""
    FIRE = "Fire"
    """Likewise, and values are literals of Python."""
    HYDRA = "Hydra"
    """Overrides: `++ckpt_path=PATH`."""
    KEY_VALUE = "key=value"
    """Likewise by a parser that is not Hydra's, and knows no quotes."""
    CONFIG = "W&B's configuration"
    """`wandb.config`, which W&B hands over."""
    UNKNOWN = "unknown"
    """As the program gets its other parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOption:
    """How a program is told to go on.

    Attributes:
        name: Of the option or parameter, without hyphens in front, as the configuration has it;
            empty where the program goes on by itself.
        takes: What is given to it.
        source: In words, what says so: `its recorded arguments`, `add_argument in train.py`, …
        confidence: How sure that is: HIGH where a program's text or the user says it, MEDIUM where
            a name is recorded, LOW for a guess.
        reader: What reads it.
        spelled: The option as it is written, hyphens included: `--resume-from`; empty where that
            follows from its name.
        flag: Another option without a value that the program wants beside it, as it is written;
            empty without one.
        rivals: Other names that may be meant as well.
    """

    name: str
    takes: ResumeTakes
    source: str
    confidence: Confidence
    reader: ResumeReader = ResumeReader.UNKNOWN
    spelled: str = ""
    flag: str = ""
    rivals: tuple[str, ...] = ()
