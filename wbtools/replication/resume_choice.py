"""How a program is told to go on: by the best evidence that there is, or not at all.

In this order: what the user names, what the program's text shows, what the run recorded, and a name
alone. A program that nothing is known of is not guessed at: told nothing, it would begin anew.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.findings import Confidence
from wbtools.model import CheckpointLayout, ResumeOption, ResumeReader, ResumeTakes
from wbtools.model.configuration import CHECKPOINT_KEYS, leaf
from wbtools.replication.recorded_arguments import find, flat_name
from wbtools.replication.styles import HYDRA_MARKS, Style
from wbtools.sources.programs.resume_options import (
    MAY_BE_ELSE,
    names_path,
    rank_of_name,
    takes_of_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.model import Run
    from wbtools.replication.command import Launch
    from wbtools.sources.programs.resume_options import ProgramOption, ProgramResume

_GIVEN: Final = re.compile(r"(?P<mark>-{1,2}|\+{0,2})(?P<name>[A-Za-z_][\w./@:-]*)(?P<rest>=?)")
_BY_VALUES: Final = frozenset({Style.CONFIG, Style.JSON, Style.JSON_FILE, *HYDRA_MARKS})
_TRAINERS: Final = "resume_from_checkpoint"
_LIGHTNINGS: Final = "ckpt_path"


def choose_resume_option(
    *,
    given: str | None,
    launch: Launch,
    run: Run,
    text: ProgramResume | None,
    layout: CheckpointLayout,
    is_same_run: bool = False,
) -> ResumeOption | None:
    """Choose it; None where nothing says how the program is told.

    What reads `key=value` knows Hydra's quotes only where it is Hydra.

    Args:
        given: What the user names, with or without hyphens; wins over everything else.
        launch: How the program is started.
        run: With its configuration.
        text: What the program's text says; None where it was not to be read.
        layout: Which library wrote the checkpoint.
        is_same_run: Whether W&B is to resume the run itself, so that `run.resumed` is true.

    Raises:
        UsageError: What the user names cannot be an option.
    """
    option = _chosen(
        given=given, launch=launch, run=run, text=text, layout=layout, is_same_run=is_same_run
    )
    is_plain = launch.style is Style.HYDRA and text is not None and not text.is_hydra
    if option is not None and is_plain and option.reader is ResumeReader.UNKNOWN:
        return option if option.spelled else replace(option, reader=ResumeReader.KEY_VALUE)
    return option


def _chosen(
    *,
    given: str | None,
    launch: Launch,
    run: Run,
    text: ProgramResume | None,
    layout: CheckpointLayout,
    is_same_run: bool,
) -> ResumeOption | None:
    if given is not None:
        return _given(given, launch, run, text)
    options = () if text is None else text.options
    sure = [option for option in options if option.is_sure]
    if sure:
        return _of_text(sure, launch, run)
    if text is not None and text.reads_resumed and is_same_run:
        return _alone("a read of run.resumed in the program's text", Confidence.HIGH)
    if text is not None and text.looks_itself:
        return _alone("the program's text, which looks for a checkpoint itself", Confidence.MEDIUM)
    if options:
        option = _of_text(list(options), launch, run)
        is_known = _known_name(option.name, launch, run) is not None
        return replace(option, confidence=Confidence.MEDIUM if is_known else Confidence.LOW)
    return _recorded(launch, run, text, layout)


def _given(given: str, launch: Launch, run: Run, text: ProgramResume | None) -> ResumeOption:
    """What the user names; what the program's text says of it is believed."""
    match = _GIVEN.fullmatch(given.strip())
    if match is None:
        msg = f"--resume-arg {given!r} cannot be the name of an option"
        raise UsageError(msg, "pass it as the program takes it: --resume-arg=--resume-from")
    name, source = match["name"], "--resume-arg"
    is_hydras = match["mark"].startswith("+") or bool(match["rest"])
    spelled = given.strip() if match["mark"].startswith("-") and not match["rest"] else ""
    known = None if text is None else text.option(name)
    if known is not None:
        option = _option(known, launch, run)
        return replace(
            option,
            source=source,
            spelled=spelled or option.spelled,
            confidence=Confidence.HIGH,
        )
    recorded = _known_name(name, launch, run)
    value = None if recorded is None else run.config.get(recorded)
    if isinstance(value, int | float) and not isinstance(value, bool):
        msg = f"--resume-arg {given!r} is a parameter of the run, with the number {value}"
        raise UsageError(msg, "name the option by which the program gets a checkpoint")
    return ResumeOption(
        name=recorded or (name.replace("-", "_") if spelled else name),
        takes=_takes(recorded or name, launch, run),
        source=source,
        confidence=Confidence.HIGH,
        reader=ResumeReader.HYDRA if is_hydras else ResumeReader.UNKNOWN,
        spelled=spelled,
    )


def _of_text(options: list[ProgramOption], launch: Launch, run: Run) -> ResumeOption:
    """The likeliest of the program's own options; one that its arguments gave comes first."""
    given = [each for each in options if find(launch.arguments, each.name) is not None]
    best = (given or options)[0]
    needs_path = not best.takes.finds_itself
    rivals = [
        each.spelled or each.name
        for each in options
        if each is not best and each.takes.finds_itself is not needs_path and not given
    ]
    option = _option(best, launch, run)
    confidence = Confidence.MEDIUM if rivals else Confidence.HIGH
    return replace(option, rivals=tuple(rivals), confidence=confidence)


def _option(seen: ProgramOption, launch: Launch, run: Run) -> ResumeOption:
    name = _known_name(seen.name, launch, run) or seen.name
    takes = seen.takes
    is_value = seen.reader in {ResumeReader.CONFIG, ResumeReader.HYDRA}
    if is_value and isinstance(_value(name, launch, run), bool):
        takes = ResumeTakes.TRUE
    return ResumeOption(
        name=seen.name if seen.reader is ResumeReader.CONFIG else name,
        takes=takes,
        source=f"{seen.how} in {seen.file or 'the program'}",
        confidence=Confidence.HIGH,
        reader=seen.reader,
        spelled=seen.spelled,
        flag=seen.flag,
    )


def _alone(source: str, confidence: Confidence) -> ResumeOption:
    return ResumeOption(name="", takes=ResumeTakes.ALONE, source=source, confidence=confidence)


def _recorded(
    launch: Launch, run: Run, text: ProgramResume | None, layout: CheckpointLayout
) -> ResumeOption | None:
    """By names in the arguments, in the sweep's parameters, and in the run's configuration."""
    given = {each.name: each.text for each in launch.arguments if each.name}
    for source, values in (
        ("its recorded arguments", given),
        ("the sweep's parameters", launch.values),
        ("the run's configuration", run.config),
    ):
        names = sorted(_resume_names(values), key=rank_of_name)
        handed = [name for name in values if text is not None and leaf(name) in text.handed]
        if handed:
            return ResumeOption(
                name=handed[0],
                takes=_takes(handed[0], launch, run),
                source=f"{source}, and the program, which trains on from it",
                confidence=Confidence.HIGH,
            )
        if text is not None and _TRAINERS not in text.names:
            # The Trainer writes all its arguments into W&B, also those that nothing reads.
            names = [name for name in names if leaf(name) != _TRAINERS]
        if names:
            takes = _takes(names[0], launch, run)
            same = [each for each in names[1:] if _takes(each, launch, run) is takes]
            return ResumeOption(
                name=names[0],
                takes=takes,
                source=source,
                confidence=Confidence.MEDIUM,
                rivals=tuple(same),
            )
    words = [each.words[0] for each in launch.arguments if each.name is None]
    if layout is CheckpointLayout.LIGHTNING and words[:1] == ["fit"]:
        return ResumeOption(
            name=_LIGHTNINGS,
            takes=ResumeTakes.CHECKPOINT,
            source="its argument `fit`, as Lightning's CLI has it",
            confidence=Confidence.MEDIUM,
            spelled=f"--{_LIGHTNINGS}",
        )
    return None


def _resume_names(values: Mapping[str, object]) -> Iterator[str]:
    """The names that say it; one that may say something else only where it has no value."""
    for name, value in _flattened(values):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number or isinstance(value, dict | list):
            continue
        is_empty = value in (None, "", "None", "none", "null")
        if names_path(name):
            is_else = leaf(name) in MAY_BE_ELSE
            if is_empty or not is_else:
                yield name
        elif leaf(name) in CHECKPOINT_KEYS and is_empty:
            yield name


def _flattened(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, dict) and prefix.count(".") < 4:  # noqa: PLR2004 - deep enough
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _takes(name: str, launch: Launch, run: Run) -> ResumeTakes:
    """What a recorded value, else the name alone, says that is given."""
    place = find(launch.arguments, name)
    value = _value(name, launch, run)
    if place is not None and launch.is_recorded:
        text = launch.arguments[place].text
        if text is None:
            return ResumeTakes.FLAG
        is_truth = text.lower() in {"true", "false"}
        return ResumeTakes.TRUE if is_truth else takes_of_name(name)
    if not isinstance(value, bool):
        return takes_of_name(name)
    is_said = name in launch.values and not launch.is_recorded
    is_value = is_said or launch.by_config or launch.style in _BY_VALUES
    return ResumeTakes.TRUE if is_value and launch.style is not Style.FLAGS else ResumeTakes.FLAG


def _value(name: str, launch: Launch, run: Run) -> object:
    held = dict(_flattened(launch.values))
    return held[name] if name in held else run.config.get(name)


def _known_name(name: str, launch: Launch, run: Run) -> str | None:
    """The name as the configuration has it; None where it has none."""
    known = (*dict(_flattened(launch.values)), *run.config)
    return next((each for each in known if flat_name(each) == flat_name(name)), None)
