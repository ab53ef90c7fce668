"""The command of a recorded run, from the best evidence that there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.find_program import find_program
from wbtools.app.safe_start import notebook_refused, safely_started, unstartable
from wbtools.errors import DataError, UsageError, WbtoolsError
from wbtools.findings import Confidence
from wbtools.model import LaunchRecord
from wbtools.replication.command import (
    Launch,
    in_style,
    launch_from_config,
    launch_from_record,
    launch_from_sweep,
    launch_of_function,
    launch_of_nothing,
)
from wbtools.replication.command_finding import command_finding
from wbtools.replication.parameter_evidence import (
    are_parameters,
    is_function_style,
    says_parameters,
)
from wbtools.replication.recorded_arguments import find
from wbtools.replication.styles import Style

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wbtools.app.find_program import Program
    from wbtools.app.opening.question import WrittenSpec
    from wbtools.findings import Finding
    from wbtools.model import Run
    from wbtools.sweepfile.spec import SweepSpec

_MISSING: Final = object()
_MOST_NAMED: Final = 5
_OF_STARTS: Final = frozenset({"WBR309", "WBR314"})
"""Findings that say how a program is started; they say nothing of a configuration alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchEvidence:
    """What a command is rebuilt from.

    Attributes:
        written: The sweep's own configuration; None if there is none.
        results: Names that are results, where a table does not tell them from parameters.
        projects: Folders that the runs lie in, which may hold the program too.
    """

    run: Run
    record: LaunchRecord
    written: WrittenSpec | None
    results: Collection[str] = ()
    projects: tuple[Path, ...] = ()

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration as data."""
        return None if self.written is None else self.written.spec


def reconstruct_command(
    evidence: LaunchEvidence,
    *,
    program: str | None,
    style: Style | None,
    is_bare: bool = False,
    is_agents: bool = False,
) -> tuple[Launch, list[Finding]]:
    """Rebuild the command.

    A program gets its parameters as arguments where the recorded arguments, the sweep's command or
    the user say so. Wherever it may start a sweep of its own, a launcher stands in front of it,
    under which it cannot.

    Args:
        evidence: The evidence.
        program: What the user names in place of the recorded one.
        style: In which style the arguments are to be said, where the user says so.
        is_bare: Whether the configuration is enough where no command can be given.
        is_agents: Whether agents of the sweep start it, by the sweep's own command: they are to get
            its parameters and nothing else.

    Raises:
        UsageError: Nothing names the program.
        DataError: The run was made in a notebook, its command may start a sweep, or nothing says
            what an agent is to get.
    """
    findings: list[Finding] = []
    if is_agents:
        return _agents_launch(evidence, findings), findings
    folders = [Path()]
    if evidence.written is not None and evidence.written.folder is not None:
        folders.append(evidence.written.folder)
    found = find_program(
        evidence.record, evidence.spec, program, folders, findings, elsewhere=evidence.projects
    )
    if found.notebook is not None:
        # What is recorded is the kernel's; a notebook that became a script hands a function over.
        known = LaunchRecord(program=program, sweep_parameters=evidence.record.sweep_parameters)
        evidence = replace(evidence, record=known)
    values = _values(evidence, findings)
    try:
        launch = _safe_launch(evidence, found, values, style, folders, findings)
    except WbtoolsError as error:
        if not is_bare:
            raise
        findings.append(command_finding("WBR306", error.message, error.hint))
        return launch_of_nothing(values), findings
    if is_bare:
        return launch, [finding for finding in findings if finding.code not in _OF_STARTS]
    findings += unstartable(launch, folders)
    if launch.guesses:
        findings.append(
            command_finding(
                "WBR302",
                f"guessed: {'; '.join(launch.guesses)}",
                "--style says how the program takes them",
                confidence=Confidence.MEDIUM,
            )
        )
    return launch, findings


def _agents_launch(evidence: LaunchEvidence, findings: list[Finding]) -> Launch:
    """The sweep's parameters as its agent had them."""
    names = () if evidence.spec is None else evidence.spec.top_level
    if not names and evidence.record.sweep_parameters is None:
        run = evidence.run.number_or_id
        msg = f"nothing says which values of run {run} are parameters of the sweep"
        raise DataError(msg, "--sweep-file names the YAML that the sweep was made from")
    launch = launch_of_nothing(_values(evidence, findings))
    return replace(launch, source="the sweep's own, by which its agents start a run")


def _safe_launch(
    evidence: LaunchEvidence,
    found: Program,
    values: Mapping[str, object],
    style: Style | None,
    folders: Sequence[Path],
    findings: list[Finding],
) -> Launch:
    """The command, a launcher in front of its program where that may start a sweep."""
    if found.words is None and _needs_program(evidence.spec):
        if found.notebook is not None:
            raise notebook_refused(found.notebook, evidence.run)
        msg = f"nothing names the program of run {evidence.run.number_or_id}"
        raise UsageError(msg, "pass --program train.py, or --program '-m pkg.mod'")
    if found.words and found.words[0].startswith("-") and found.words[0] != "-m":
        msg = f"the program {found.words[0]!r} looks like an option, not like a program"
        raise DataError(msg, "pass --program train.py, or --program '-m pkg.mod'")
    launch, is_certain = _launch(evidence, found.words or (), values, style, findings)
    if style is not None and (launch.style is not style or style is Style.CONFIG):
        launch = in_style(_as_values(launch, values, evidence.spec), style)
    return safely_started(launch, values, evidence.run, folders, findings, is_certain=is_certain)


def _needs_program(spec: SweepSpec | None) -> bool:
    if spec is None or spec.command is None:
        return True
    return "${program}" in spec.command


def _launch(
    evidence: LaunchEvidence,
    words: tuple[str, ...],
    values: Mapping[str, object],
    style: Style | None,
    findings: list[Finding],
) -> tuple[Launch, bool]:
    """The command, and whether it is certain that its program takes the arguments in it."""
    spec, record, argv = evidence.spec, evidence.record, evidence.record.argv
    if spec is not None and (spec.command or spec.program):
        source = "the sweep" if evidence.written is None else evidence.written.place
        launch = launch_from_sweep(spec, words or None, values, source)
        if style is None and words and is_function_style(launch, record):
            return launch_of_function(words, values, argv or ()), False
        findings += _disagreement(launch, argv)
        is_agents = are_parameters(argv, values) if argv else spec.command is not None
        return launch, is_agents and not launch.by_config
    if argv:
        names = record.sweep_parameters or (() if spec is None else spec.top_level)
        if style is None and not says_parameters(argv, values, are_sweeps=bool(names)):
            return launch_of_function(words, values, argv), False
        launch = launch_from_record(words, argv, evidence.run.config)
        return launch, bool(names) and are_parameters(argv, values)
    if record.had_no_arguments and style is None:
        return launch_of_function(words, values), False
    is_asked = style is not None
    launch = launch_from_config(words, values, style or Style.ARGPARSE, is_asked=is_asked)
    return launch, False


def _as_values(launch: Launch, values: Mapping[str, object], spec: SweepSpec | None) -> Launch:
    """Recorded arguments as values: those of the sweep, else those that the arguments name."""
    if not launch.is_recorded:
        return launch
    if spec is not None and spec.top_level:
        return replace(launch, values=values)
    named_values = {k: v for k, v in launch.values.items() if find(launch.arguments, k) is not None}
    return replace(launch, values=named_values)


def _values(evidence: LaunchEvidence, findings: list[Finding]) -> dict[str, object]:
    """The configuration as the sweep's agent had it; without a sweep file, all that is known."""
    agents = evidence.record.sweep_parameters
    spec = None if evidence.written is None else evidence.written.spec
    if spec is None or not spec.top_level:
        if agents is not None:
            return dict(agents)
        return {k: v for k, v in evidence.run.config.items() if k not in evidence.results}
    values: dict[str, object] = {}
    absent = []
    for name in spec.top_level:
        value = _value(name, evidence, spec)
        if value is _MISSING:
            absent.append(name)
        else:
            values[name] = value
    if absent:
        findings.append(
            command_finding(
                "WBR303",
                f"the run's configuration has no {', '.join(absent)}, which the sweep sets",
                "--set gives a value",
            )
        )
    return values


def _value(name: str, evidence: LaunchEvidence, spec: SweepSpec) -> object:
    agents = evidence.record.sweep_parameters or {}
    if name in agents:
        return agents[name]
    if name in evidence.run.config:
        return evidence.run.config[name]
    inside = {k: v for k, v in evidence.run.config.items() if k.startswith(f"{name}.")}
    if inside:
        nested: dict[str, object] = {}
        for key, value in inside.items():
            _put(nested, key.split(".")[1:], value)
        return nested
    axis = spec.space.get(name)
    return axis.listed[0] if axis is not None and len(axis.listed) == 1 else _MISSING


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
    words = {"".join(part for part in word if isinstance(part, str)) for word in launch.words()}
    lacking = [word for word in argv if word not in words]
    if not lacking:
        return []
    # A word without a name may be the value of a secret.
    names = [word.partition("=")[0] for word in lacking if "=" in word or word.startswith("--")]
    return [
        command_finding(
            "WBR304",
            f"{len(lacking)} recorded arguments differ from what the sweep's command gives"
            + (f": {', '.join(names[:_MOST_NAMED])}" if names else ""),
            "check that the sweep file is the one that the sweep was made from",
            confidence=Confidence.MEDIUM,
        )
    ]
