"""How a run is continued: where its checkpoint lies for the program, and a command that says it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError
from wbtools.model import CheckpointPlace, ContinuedFrom, ResumeReader, ResumeTakes
from wbtools.model.checkpoint import DOWNLOADS
from wbtools.model.configuration import CONTINUES_KEY
from wbtools.replication.recorded_arguments import Argument, find, with_value
from wbtools.replication.styles import HYDRA_MARKS, Style, check_text, value_words
from wbtools.replication.words import literal_word
from wbtools.sources.artifact_listings import any_leads_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.model import Checkpoint, ResumeOption
    from wbtools.replication.command import Launch

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_ONE_LETTER: Final = 2
_READER_OF_STYLE: Final = {
    Style.CONFIG: ResumeReader.CONFIG,
    Style.FIRE: ResumeReader.FIRE,
    **dict.fromkeys(HYDRA_MARKS, ResumeReader.HYDRA),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What makes a replica the continuation of a run.

    Attributes:
        run_id: Of the run that goes on; hostile text.
        checkpoint: From where.
        option: How its program is told.
        is_same_run: Whether it is the same run of W&B's, resumed, and no new one.
        has_mark: Whether a new run's configuration is to name the old one.
        entity: Of the run at W&B; None if unknown.
        project: Likewise.

    Raises:
        DataError: The checkpoint's own name leads out of the folder that it would be put into.
    """

    run_id: str
    checkpoint: Checkpoint
    option: ResumeOption
    is_same_run: bool = False
    has_mark: bool = True
    entity: str | None = None
    project: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that would write elsewhere."""
        checkpoint = self.checkpoint
        inside = [checkpoint.path_inside, *(file.path for file in checkpoint.sources)]
        if checkpoint.place is CheckpointPlace.RUN_FILE and checkpoint.name != ".":
            inside.append(checkpoint.name)
        for path in filter(None, inside):
            if any_leads_out([path]):
                msg = f"the checkpoint's file {path!r} would lie outside of the folder {DOWNLOADS}"
                raise DataError(msg, "--checkpoint chooses another one")

    @property
    def is_fetched(self) -> bool:
        """Whether the script has to put the checkpoint in its place first."""
        return self.checkpoint.place is not CheckpointPlace.DISK

    @property
    def folder(self) -> str:
        """The folder that the script puts the checkpoint into: plain words, relative.

        One of its own for every version of an artifact: what an earlier one held must not stay.
        """
        checkpoint = self.checkpoint
        leaf = "files"
        if checkpoint.place is CheckpointPlace.ARTIFACT:
            leaf = _plain(checkpoint.name.rpartition("/")[2].replace(":", "-"))
        return f"{DOWNLOADS}/{_plain(self.run_id)}/{leaf}"

    @property
    def path(self) -> str:
        """Where the checkpoint lies when the program starts."""
        checkpoint = self.checkpoint
        if checkpoint.place is CheckpointPlace.DISK:
            name = checkpoint.name
            return f"./{name}" if name.startswith("-") else name
        inside = checkpoint.path_inside
        if checkpoint.place is CheckpointPlace.RUN_FILE:
            inside = checkpoint.name
        elif not inside and not checkpoint.is_folder and len(checkpoint.sources) == 1:
            inside = checkpoint.sources[0].path
        return str(PurePosixPath(self.folder, inside))

    @property
    def value(self) -> object:
        """What the program's option gets; None where it has none."""
        takes = self.option.takes
        if takes is ResumeTakes.CHECKPOINT:
            return self.path
        if takes is ResumeTakes.FOLDER:
            # All of an artifact is a folder itself, and its parent holds other versions.
            is_all = self.path == self.folder
            return self.path if is_all else str(PurePosixPath(self.path).parent)
        return None if takes is ResumeTakes.ALONE else True

    @property
    def origin(self) -> ContinuedFrom:
        """The same as a plan keeps it."""
        return ContinuedFrom(
            checkpoint=self.checkpoint.name,
            epoch=self.checkpoint.epoch,
            step=self.checkpoint.step,
            resume_name=self.option.name or None,
            is_same_run=self.is_same_run,
            is_doubted=not self.checkpoint.is_usable,
            run_id=self.run_id,
        )

    def configuration(self, launch: Launch) -> dict[str, object]:
        """What W&B hands over beside the command's own values: the mark, and a path.

        Args:
            launch: The command.

        Raises:
            DataError: The path cannot stand in a file of text.
        """
        held: dict[str, object] = {}
        if self.has_mark and not self.is_same_run:
            held[CONTINUES_KEY] = self.run_id
        option = self.option
        if _reader(option, launch) is ResumeReader.CONFIG and self.value is not None:
            if isinstance(self.value, str) and not _is_text(self.value):
                msg = f"the path {self.value!r} is no UTF-8, so no configuration can hold it"
                raise DataError(msg, "rename the checkpoint, and name it with --checkpoint")
            if not launch.by_config:
                held[option.name] = self.value
        return held


def continued_launch(launch: Launch, continuation: Continuation) -> Launch:
    """The same command, told to go on from the checkpoint.

    Args:
        launch: How the run's program is started.
        continuation: From what, and how it is told.

    Raises:
        DataError: The option cannot be said in the program's style, or the command has no place
            for it.
    """
    option, value = continuation.option, continuation.value
    if option.takes is ResumeTakes.ALONE:
        return launch
    if isinstance(value, str):
        check_text(value, option.name)
    reader = _reader(option, launch)
    if reader is ResumeReader.CONFIG:
        is_known = option.name in launch.values or find(launch.arguments, option.name) is not None
        if launch.by_config or is_known:
            return launch.with_value(option.name, value)
        return launch
    if reader is ResumeReader.UNKNOWN:  # one text of JSON
        return launch.with_value(option.name, value)
    words = _words(option, reader, value, launch.style)
    if launch.is_recorded:
        return _in_arguments(launch, option, value, words)
    says_so = _READER_OF_STYLE.get(launch.style, ResumeReader.COMMAND_LINE) is reader
    if says_so and option.name in launch.values and value is not True and not option.flag:
        return launch.with_value(option.name, value)
    return _at_end(replace(launch, values=_without(launch.values, option.name)), words)


def _reader(option: ResumeOption, launch: Launch) -> ResumeReader:
    """What reads the option; UNKNOWN for a text of JSON."""
    if option.reader is not ResumeReader.UNKNOWN:
        return option.reader
    if option.spelled.startswith("-"):
        return ResumeReader.COMMAND_LINE
    if launch.style in {Style.JSON, Style.JSON_FILE}:
        return ResumeReader.UNKNOWN
    return _READER_OF_STYLE.get(launch.style, ResumeReader.COMMAND_LINE)


def _words(
    option: ResumeOption, reader: ResumeReader, value: object, style: Style
) -> tuple[str, ...]:
    """The option's words where it did not stand in the command before.

    Hydra takes `++` for names that it knows and for others; what is not known to be Hydra may not.
    """
    spelled = option.spelled or f"--{option.name}"
    beside = (option.flag,) if option.flag else ()
    if reader is ResumeReader.HYDRA:
        is_certain = option.reader is reader or style not in HYDRA_MARKS
        override = Style.HYDRA_OVERRIDE if is_certain else style
        return (*_texts(override, option.name, value), *beside)
    if reader is ResumeReader.KEY_VALUE:
        return (f"{option.name}={value}", *beside)
    if reader is ResumeReader.FIRE:
        return (*_texts(Style.FIRE, spelled.lstrip("-"), value), *beside)
    if option.takes is ResumeTakes.FLAG:
        return (spelled, *beside)
    if len(spelled) == _ONE_LETTER:
        return (spelled, str(value), *beside)
    if not option.spelled:
        return (*_texts(Style.ARGPARSE, option.name, value), *beside)
    return (f"{spelled}={value}", *beside)


def _texts(style: Style, name: str, value: object) -> tuple[str, ...]:
    words = value_words(style, name, value)
    return tuple("".join(part for part in word if isinstance(part, str)) for word in words)


def _in_arguments(
    launch: Launch, option: ResumeOption, value: object, words: tuple[str, ...]
) -> Launch:
    """In place of a recorded argument that says it, else behind all of them."""
    names = [option.spelled.lstrip("-") or option.name, option.name]
    name = next((name for name in names if find(launch.arguments, name) is not None), None)
    values = {**launch.values, option.name: value} if launch.by_config else launch.values
    is_plain = option.reader is ResumeReader.KEY_VALUE
    if name is not None and option.takes is not ResumeTakes.FLAG and not is_plain:
        arguments, _ = with_value(launch.arguments, name, value, launch.style)
        words = words[-1:] if option.flag else ()
    else:
        arguments = tuple(each for each in launch.arguments if name is None or not each.sets(name))
    given = {word for argument in arguments for word in argument.words}
    if words[-1:] == (option.flag,) and option.flag in given:
        words = words[:-1]
    more = tuple(Argument(words=(word,)) for word in words)
    return replace(launch, values=values, arguments=(*arguments, *more))


def _at_end(launch: Launch, words: tuple[str, ...]) -> Launch:
    """Behind the arguments, or behind the program where it has none.

    Raises:
        DataError: Nothing shows where the program's arguments stand.
    """
    if not launch.pieces:  # a configuration alone, which somebody else makes a command of
        return launch
    places = [k for k, piece in enumerate(launch.pieces) if isinstance(piece, Style)]
    if not places and launch.program and literal_word(launch.program[-1]) in launch.pieces:
        places = [len(launch.pieces) - 1]
    if not places:
        msg = "the command starts another program, and has no place for the resume option"
        raise DataError(msg, "--program FILE names the program that trains")
    at = places[-1] + 1
    pieces = (*launch.pieces[:at], *map(literal_word, words), *launch.pieces[at:])
    return replace(launch, pieces=pieces)


def _without(values: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in values.items() if key != name}


def _plain(text: str) -> str:
    """A name for a folder: the text itself where it is a plain word, else a digest of it."""
    if _PLAIN.fullmatch(text):
        return text
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
