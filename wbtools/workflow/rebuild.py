"""The command of a recorded run, from the best evidence that there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.replication.launch import (
    Launch,
    in_style,
    launch_from_config,
    launch_from_record,
    launch_from_sweep,
    launch_of_function,
    program_places,
    program_words,
    unfound_program,
)
from wbtools.replication.recorded_arguments import find
from wbtools.replication.styles import Style
from wbtools.workflow.present_folder import first_program

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wbtools.model import LaunchRecord, Run
    from wbtools.sweepfile.spec import SweepSpec
    from wbtools.workflow.ask import Written

_MISSING: Final = object()
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a command is rebuilt from.

    Attributes:
        written: The sweep's own configuration; None if there is none.
        results: Names that are results, where a table does not tell them from parameters.
    """

    run: Run
    record: LaunchRecord
    written: Written | None
    results: Collection[str] = ()


def rebuild(
    seen: Evidence, *, program: str | None, style: Style | None
) -> tuple[Launch, list[Finding]]:
    """Rebuild the command.

    Args:
        seen: The evidence.
        program: What the user names in place of the recorded one.
        style: In which style the arguments are to be said, where the user says so.

    Raises:
        UsageError: Nothing names the program.
    """
    findings: list[Finding] = []
    spec = None if seen.written is None else seen.written.spec
    words = _program(seen, program, findings)
    values = _values(seen, findings)
    argv = seen.record.argv
    if spec is not None and (spec.command or spec.program):
        source = "the sweep" if seen.written is None else seen.written.place
        launch = launch_from_sweep(spec, words, values, source)
        findings += _disagreement(launch, argv)
    elif words is None:
        msg = f"nothing names the program of run {seen.run.number}"
        raise UsageError(msg, "pass --program train.py, or --program '-m pkg.mod'")
    elif argv:
        launch = launch_from_record(words, argv, seen.run.config)
    elif argv == () and style is None:
        launch = launch_of_function(words, values)
    else:
        launch = launch_from_config(
            words, values, style or Style.ARGPARSE, is_asked=style is not None
        )
    if style is not None and launch.style is not style:
        launch = in_style(_as_values(launch, values, spec), style)
    if launch.guesses:
        findings.append(
            _finding(
                "WBR302",
                f"guessed: {'; '.join(launch.guesses)}",
                Confidence.MEDIUM,
                "--style says how the program takes them",
            )
        )
    return launch, findings


def _as_values(launch: Launch, values: Mapping[str, object], spec: SweepSpec | None) -> Launch:
    """Recorded arguments as values: those of the sweep, else those that the arguments name."""
    if not launch.is_recorded:
        return launch
    if spec is not None and spec.top_level:
        return replace(launch, values=values)
    said = {k: v for k, v in launch.values.items() if find(launch.arguments, k) is not None}
    return replace(launch, values=said)


def _program(seen: Evidence, given: str | None, findings: list[Finding]) -> tuple[str, ...] | None:
    """The program's words: what is given, what was recorded, what the sweep names."""
    if given is not None:
        if not given.strip():
            msg = "--program names nothing"
            raise UsageError(msg, "pass --program train.py, or --program '-m pkg.mod'")
        return program_words(given)
    spec = None if seen.written is None else seen.written.spec
    record = seen.record
    if record.program is None or "<" in record.program:  # `<python with no main file>`
        record = replace(record, program=None if spec is None else spec.program)
    if record.program is None:
        return None
    places = program_places(record)
    if not places:
        return program_words(record.program)
    beside = None if seen.written is None else seen.written.folder
    here = first_program(places, [Path(), *([] if beside is None else [beside])])
    if here is not None:
        return (f"./{here}" if here.startswith("-") else here,)
    unfound = unfound_program(record)
    findings.append(
        _finding(
            "WBR301",
            f"the program {unfound!r} is not in this folder",
            Confidence.HIGH,
            "run the script where the program is, or pass --program",
        )
    )
    return (unfound,)


def _values(seen: Evidence, findings: list[Finding]) -> dict[str, object]:
    """The configuration as the sweep's agent had it; without a sweep file, all that is known."""
    agents = seen.record.sweep_parameters
    spec = None if seen.written is None else seen.written.spec
    if spec is None or not spec.top_level:
        if agents is not None:
            return dict(agents)
        return {k: v for k, v in seen.run.config.items() if k not in seen.results}
    values: dict[str, object] = {}
    absent = []
    for name in spec.top_level:
        value = _value(name, seen, spec)
        if value is _MISSING:
            absent.append(name)
        else:
            values[name] = value
    if absent:
        findings.append(
            _finding(
                "WBR303",
                f"the run's configuration lacks {', '.join(absent)}, which the sweep sets",
                Confidence.HIGH,
                "--set gives a value",
            )
        )
    return values


def _value(name: str, seen: Evidence, spec: SweepSpec) -> object:
    agents = seen.record.sweep_parameters or {}
    if name in agents:
        return agents[name]
    if name in seen.run.config:
        return seen.run.config[name]
    inside = {k: v for k, v in seen.run.config.items() if k.startswith(f"{name}.")}
    if inside:
        nested: dict[str, object] = {}
        for key, value in inside.items():
            _put(nested, key.split(".")[1:], value)
        return nested
    parameter = spec.parameters.get(name)
    if parameter is not None and parameter.values is not None and len(parameter.values) == 1:
        return parameter.values[0]
    return _MISSING


def _put(nested: dict[str, object], parts: list[str], value: object) -> None:
    for part in parts[:-1]:
        below = nested.setdefault(part, {})
        if not isinstance(below, dict):
            return
        nested = below
    nested[parts[-1]] = value


def _disagreement(launch: Launch, argv: tuple[str, ...] | None) -> list[Finding]:
    """Recorded arguments that the sweep's command does not give; values are not repeated."""
    if not argv or launch.needs_file():
        return []
    said = {"".join(part for part in word if isinstance(part, str)) for word in launch.words()}
    lacking = [word for word in argv if word not in said]
    if not lacking:
        return []
    # A word without a name may be the value of a secret.
    names = [word.partition("=")[0] for word in lacking if "=" in word or word.startswith("--")]
    return [
        _finding(
            "WBR304",
            f"{len(lacking)} recorded arguments are not what the sweep's command gives"
            + (f": {', '.join(names[:_MOST_NAMED])}" if names else ""),
            Confidence.MEDIUM,
            "look whether the sweep file is the one that the sweep was made from",
        )
    ]


def _finding(code: str, title: str, confidence: Confidence, hint: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        confidence=confidence,
        subject="command",
        title=title,
        hint=hint,
    )
