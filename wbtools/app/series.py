"""From the description of a series to its sweep files, and to the commands of its later stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.app.check_output import check_output
from wbtools.app.lint_files import read_sweep_file
from wbtools.app.program_files import is_file
from wbtools.app.templates import DEFAULT, templates
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal
from wbtools.planning.next_sweep import SearchStage, final_cap, stage_method
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.draft import write_draft
from wbtools.sweepfile.making import CommandStyle, MakeOptions, make
from wbtools.sweepfile.numbers_in_yaml import yaml_value
from wbtools.sweepfile.parameter_words import parameter_words
from wbtools.sweepfile.series import SeriesDescription, SeriesMember, read_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.app.templates import Template

EARLIER: Final = "SWEEP"
"""What stands in a later command for the sweep that has run by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSweep:
    """A member of a series as a sweep file.

    Attributes:
        text: The file; of a member that narrows another, with the ranges of that one.
        remarks: What had to be said about it.
        later: For such a member, the options of `make-sweep` that write its file once the other
            has run, each with its value or None; empty otherwise.
    """

    member: SeriesMember
    text: str
    remarks: tuple[str, ...] = ()
    later: tuple[tuple[str, str | None], ...] = ()


def sweeps_of_file(name: str, template_folder: Path | None = None) -> list[SeriesSweep]:
    """Read a description and fill in all its sweeps.

    Raises:
        UsageError: The file cannot be read.
        DataError: As `sweeps_of_series`.
    """
    content = read_sweep_file(name)
    return sweeps_of_series(read_series(content, name), name, template_folder)


def sweeps_of_series(
    series: SeriesDescription, source: str, template_folder: Path | None = None
) -> list[SeriesSweep]:
    """Fill in all sweeps of a series, each as `make-sweep` would.

    Args:
        series: The description.
        source: Its name, for messages.
        template_folder: The user's own templates.

    Raises:
        DataError: A member contradicts itself, or W&B would refuse it.
    """
    among = templates(template_folder)
    filled: dict[str, SeriesSweep] = {}
    for member in series.members:
        try:
            filled[member.name] = _filled(member, among)
        except UsageError as error:
            msg = f"{source}: {member.name}: {error.message}"
            raise DataError(msg, error.hint) from None
    return list(filled.values())


def _filled(member: SeriesMember, among: Sequence[Template]) -> SeriesSweep:
    template = _template(member.settings.get("template", DEFAULT), among).read()
    block = template.data.get("early_terminate")
    rule_block = block if isinstance(block, dict) else {}
    options = _options(member, member.settings, member.parameters, rule_block)
    if member.settings.get("stage") == "final" and not _has_rule(member.own_settings):
        options = replace(options, early_terminate="none")
    filled = make(template, options)
    if member.settings.get("stage") == "final" and "run_cap" not in member.own_settings:
        filled.draft.data["run_cap"] = final_cap(filled.draft.data.get("run_cap"))
    if member.narrows is not None and "method" not in member.own_settings:
        stage = SearchStage(member.settings.get("stage", SearchStage.NARROW))
        is_constant = not Document(data=filled.draft.data).swept
        method = stage_method(filled.draft.data.get("method"), stage, is_constant=is_constant)
        filled.draft.data["method"] = method
    text = write_draft(filled.draft)
    remarks = (*filled.remarks, *check_output(text, member.file_name))
    later = () if member.narrows is None else tuple(_later(member, rule_block))
    return SeriesSweep(member=member, text=text, remarks=remarks, later=later)


def _template(name: str, among: Sequence[Template]) -> Template:
    """A template by its name; a description that somebody else wrote reads no other file."""
    for template in among:
        if template.name == name:
            return template
    msg = f"there is no template {name!r}"
    raise UsageError(msg, f"there are {', '.join(template.name for template in among)}")


def _options(
    member: SeriesMember,
    words: Mapping[str, Any],
    parameters: tuple[tuple[str, dict[str, Any]], ...],
    rule_block: Mapping[str, Any],
) -> MakeOptions:
    style = words.get("command_style")
    return MakeOptions(
        parameters=parameters,
        program=words.get("program"),
        program_exists=lambda file_name: is_file(Path(file_name)),
        metric=words.get("metric"),
        goal=None if "goal" not in words else Goal.parse(words["goal"]),
        method=words.get("method"),
        name=member.sweep_name,
        description=words.get("description"),
        run_cap=words.get("run_cap"),
        early_terminate=member.early_terminate(words, rule_block),
        preserve=words.get("preserve"),
        settings=tuple(words.get("set", {}).items()),
        nested=words.get("nested", False),
        command_style=None if style is None else CommandStyle(style),
    )


def _has_rule(words: Mapping[str, Any]) -> bool:
    return "early_terminate" in words or "first_band" in words


def _later(member: SeriesMember, rule_block: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The options of the command that narrows the earlier sweep: what this member itself says."""
    said = _options(member, member.own_settings, member.own_parameters, rule_block)
    yield "from", EARLIER
    yield "stage", member.own_settings.get("stage", "narrow")
    if "margin" in member.own_settings:
        yield "margin", f"{member.own_settings['margin']:g}"
    if member.own_settings.get("extend"):
        yield "extend", None
    plain = {
        "name": member.sweep_name,
        "description": said.description,
        "program": said.program,
        "method": said.method,
        "run-cap": said.run_cap,
        "early-terminate": said.early_terminate,
        "preserve": said.preserve,
        "command-style": said.command_style,
    }
    yield from ((name, str(value)) for name, value in plain.items() if value is not None)
    yield from (("parameter", parameter_words(name, body)) for name, body in said.parameters)
    yield from (("set", f"{key}={yaml_value(value)}") for key, value in said.settings)
