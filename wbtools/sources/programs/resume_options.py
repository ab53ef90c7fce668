"""How a program is told to go on from a checkpoint, read from its text; nothing of it is run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from wbtools.model import ResumeReader, ResumeTakes
from wbtools.model.configuration import CHECKPOINT_KEYS, RESUME_KEYS, is_resume, leaf
from wbtools.sources.programs.config_reads import imported_modules
from wbtools.sources.programs.declared_options import declared_options
from wbtools.sources.programs.expressions import SyntaxTree
from wbtools.sources.programs.resume_reads import Reads, read_uses
from wbtools.sources.programs.sdk_names import parse_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.sources.programs.config_reads import Module
    from wbtools.sources.programs.declared_options import DeclaredOption

_MOST_OPTIONS: Final = 1000
_HYDRA: Final = frozenset({"hydra", "omegaconf"})
_FROM_WHERE: Final = frozenset({"start_epoch", "initial_epoch", "start_step"})
"""Names that say at which epoch, and not from which checkpoint."""
MAY_BE_ELSE: Final = frozenset({"load_from", "init_from", "init_model", "input_model"})
"""Names that also say which weights to begin with, where they have a value by default."""
_TAKES: Final = {
    "flag": ResumeTakes.FLAG,
    "truth": ResumeTakes.TRUE,
    "text": ResumeTakes.CHECKPOINT,
}
_NOTHING: Final = (None, "", False, "none", "None", "null")
_RESUME: Final = "resume"
_SAY_IT: Final = ("resum", "continu", "restor", "start from")
"""What the help of an option says that is for going on."""
_FOLDER_WORDS: Final = ("dir", "folder", "directory")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOption:
    """An option that a program's text has for it.

    Attributes:
        name: As the configuration has it.
        takes: What is given to it.
        reader: What reads it.
        how: In words, what shows it: `add_argument`, `a read of wandb.config`, …
        spelled: As it is written, hyphens included; empty for what is no option.
        flag: Another option without a value that the program wants beside it.
        is_sure: Whether the text shows that it leads to a checkpoint, and not its name alone.
        file: The file that it was seen in; empty if nothing says.
    """

    name: str
    takes: ResumeTakes
    reader: ResumeReader
    how: str
    spelled: str = ""
    flag: str = ""
    is_sure: bool = True
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramResume:
    """What a program's text says about going on.

    Attributes:
        options: Its options for it, the likeliest first.
        looks_itself: Whether it looks for a checkpoint by itself, without being told to.
        reads_resumed: Whether it asks W&B if its run was resumed (`run.resumed`).
        hands_config: Whether it hands all of W&B's configuration to a call, which another key
            may break: `Model(**wandb.config)`.
        names: Every key that it declares or reads of anything, by its last part.
        handed: Those whose values reach what a library goes on from: `train(init_model=…)`.
        imports: The modules that it imports, wherever it does.
        declared: Every option of its command line, for whatever it is.
        is_hydra: Whether Hydra or OmegaConf reads its arguments.
    """

    options: tuple[ProgramOption, ...] = ()
    looks_itself: bool = False
    reads_resumed: bool = False
    hands_config: bool = False
    names: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    imports: tuple[Module, ...] = ()
    declared: tuple[ProgramOption, ...] = ()
    is_hydra: bool = False

    def option(self, name: str) -> ProgramOption | None:
        """The one of a name, for whatever it is; `-` and `_`, small and capital are the same."""
        return next(
            (
                each
                for each in (*self.options, *self.declared)
                if _flat(name) in {_flat(each.name), _flat(each.spelled)}
            ),
            None,
        )


def read_resume_options(source: str) -> ProgramResume | None:
    """See it in a program's text; None where it is no Python.

    Args:
        source: Its text.
    """
    nodes = parse_program(source)
    if nodes is None:
        return None
    declared: dict[str, DeclaredOption] = {}
    for each in islice(declared_options(nodes), _MOST_OPTIONS):
        declared.setdefault(each.name, each)
    tree = SyntaxTree(nodes)
    uses = read_uses(tree, frozenset(declared))
    options = [*_of_command_line(declared, uses), *_of_reads(declared, uses)]
    options.sort(key=_rank)
    asked = {leaf(each.name) for each in options} | {leaf(n) for n in uses.read if names_path(n)}
    return ProgramResume(
        options=tuple(options),
        looks_itself=uses.looks_itself(asked),
        reads_resumed=uses.reads_resumed,
        hands_config=uses.hands_config,
        names=frozenset(map(leaf, (*declared, *uses.read))),
        handed=uses.handed,
        imports=imported_modules(nodes),
        declared=tuple(map(_as_written, declared.values())),
        is_hydra=any(each.name.partition(".")[0] in _HYDRA for each in imported_modules(nodes)),
    )


def _as_written(option: DeclaredOption) -> ProgramOption:
    """An option for whatever it is; that it leads to a checkpoint only the user can say."""
    return ProgramOption(
        name=option.name,
        takes=_TAKES.get(option.kind, ResumeTakes.CHECKPOINT),
        reader=option.reader,
        how=option.how,
        spelled=option.spelled,
        is_sure=False,
    )


def joined_resume(parts: Sequence[ProgramResume]) -> ProgramResume:
    """What the files of one program say together.

    Args:
        parts: One a file, the program's own first; its options come before those of modules.
    """
    options: dict[str, ProgramOption] = {}
    for part in parts:
        for option in part.options:
            options.setdefault(_flat(option.name), option)
    return ProgramResume(
        options=tuple(sorted(options.values(), key=lambda option: not option.is_sure)),
        looks_itself=any(part.looks_itself for part in parts),
        reads_resumed=any(part.reads_resumed for part in parts),
        hands_config=any(part.hands_config for part in parts),
        names=frozenset().union(*(part.names for part in parts)),
        handed=frozenset().union(*(part.handed for part in parts)),
        declared=tuple(option for part in parts for option in part.declared),
        is_hydra=any(part.is_hydra for part in parts),
    )


def rank_of_name(name: str) -> int:
    """How likely a name is one that tells a program to go on: 0 is the likeliest."""
    names = (*RESUME_KEYS, *CHECKPOINT_KEYS)
    return names.index(leaf(name)) if leaf(name) in names else len(names)


def takes_of_name(name: str) -> ResumeTakes:
    """What a name alone says that is given: a folder, or the checkpoint itself."""
    is_folder = leaf(name).rpartition("_")[2] in _FOLDER_WORDS
    return ResumeTakes.FOLDER if is_folder else ResumeTakes.CHECKPOINT


def names_path(name: str) -> bool:
    """Whether a name is one of those that lead to a checkpoint, and not to an epoch."""
    return is_resume(name) and leaf(name) not in _FROM_WHERE


def _rank(option: ProgramOption) -> tuple[bool, bool, int]:
    needs_no_path = option.takes in {ResumeTakes.FLAG, ResumeTakes.TRUE}
    return (not option.is_sure, needs_no_path and not option.flag, rank_of_name(option.name))


def _of_command_line(
    declared: Mapping[str, DeclaredOption], uses: Reads
) -> Iterator[ProgramOption]:
    switches = [each for each in declared.values() if each.kind == "flag" and _is_named(each)]
    for each in declared.values():
        if each.kind == "number":
            continue
        if each.how == "TrainingArguments" and each.name not in uses.read:
            continue  # the Trainer itself leaves it to the program
        last, is_text = leaf(each.name), each.kind == "text"
        is_handed = is_text and last in uses.handed
        flag = next((switch.spelled for switch in switches if uses.is_under(switch.name, last)), "")
        option = ProgramOption(
            name=each.name,
            takes=takes_of_name(each.name) if is_text else _TAKES[each.kind],
            reader=each.reader,
            how=each.how,
            spelled=each.spelled,
            flag=flag if is_text and not last.startswith(_RESUME) else "",
        )
        if is_handed or (_is_named(each) and last not in MAY_BE_ELSE):
            yield option
        elif _is_named(each):
            if each.default in _NOTHING:
                yield replace(option, is_sure=bool(flag))
        elif is_text and last in CHECKPOINT_KEYS and last not in uses.saved:
            is_said = bool(flag) or any(word in each.words.lower() for word in _SAY_IT)
            if is_said or (each.default in _NOTHING and last in uses.loaded):
                yield replace(option, is_sure=is_said)


def _is_named(option: DeclaredOption) -> bool:
    return names_path(option.name) or names_path(option.spelled.lstrip("-"))


def _of_reads(declared: Mapping[str, DeclaredOption], uses: Reads) -> Iterator[ProgramOption]:
    """Keys of a configuration that is Hydra's or W&B's."""
    for name, reader in uses.keys.items():
        last = leaf(name)
        is_sure = names_path(name) or last in uses.handed
        is_maybe = last in CHECKPOINT_KEYS and last in uses.loaded and last not in uses.saved
        if last in {leaf(each) for each in declared} or not (is_sure or is_maybe):
            continue
        takes = takes_of_name(name)
        if last in uses.only_tested:
            takes = ResumeTakes.TRUE
        of = "Hydra's configuration" if reader is ResumeReader.HYDRA else "wandb.config"
        yield ProgramOption(
            name=name, takes=takes, reader=reader, how=f"a read of {of}", is_sure=is_sure
        )


def _flat(name: str) -> str:
    return name.lstrip("-").lower().replace("-", "_")
