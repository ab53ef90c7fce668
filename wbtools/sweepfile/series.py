"""A series: several sweeps from one description, a base and what differs in each.

A member that narrows another one is the sweep after it: what it searches is known only when that
one has run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import DataError, UsageError
from wbtools.rules.grammar import parse_wandb_rule
from wbtools.sweepfile.bounded_yaml import DEEPEST, MOST_NODES, YamlError, compose_yaml
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.making import STRENGTHS
from wbtools.sweepfile.numbers_in_yaml import read_value
from wbtools.sweepfile.parameter_words import parameter_in_file
from wbtools.sweepfile.series_schema import (
    EXAMPLE,
    KEYS,
    KEYS_OF_MEMBERS,
    TOP,
    check_keys,
    check_words,
    with_plain_metric,
)
from wbtools.sweepfile.typed_values import ask_about_words
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.sweepfile.document import Document

MOST_MEMBERS: Final = 200
_LONGEST_NAME: Final = 80
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_OF_COST: Final = ("runs", "budget", "reports_per_epoch", "hours_per_run")
_OF_NARROWING: Final = ("stage", "margin", "extend")
_NOT_NARROWING: Final = ("template", "metric", "goal", "nested")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesMember:
    """One sweep of a series.

    Attributes:
        name: As the description calls it.
        sweep_name: What the sweep is to be called.
        settings: What holds for it: the base's words, those of the member that it narrows, its own.
        own_settings: Its own words alone.
        narrows: The member whose results decide what this one searches; None for a first sweep.
    """

    name: str
    sweep_name: str
    settings: Mapping[str, Any]
    own_settings: Mapping[str, Any]
    narrows: str | None = None

    @property
    def file_name(self) -> str:
        """The name of its sweep file: no folder, and nothing that a shell would take apart."""
        plain = _UNFIT.sub("-", self.name).strip(".-")
        return f"{plain[:_LONGEST_NAME]}.yaml" if plain else ""

    @property
    def parameters(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Name and body of each parameter that holds for it."""
        return _parameters(self.settings)

    @property
    def own_parameters(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Name and body of each parameter of its own words."""
        return _parameters(self.own_settings)

    @property
    def reports_per_epoch(self) -> Fraction | None:
        """As a forecast takes it."""
        written = self.settings.get("reports_per_epoch")
        return None if written is None else Fraction(str(written))

    def early_terminate(self, words: Mapping[str, Any], template: Mapping[str, Any]) -> str | None:
        """The rule in words of `--early-terminate`; None leaves the template's.

        Args:
            words: `settings` or `own_settings`.
            template: The `early_terminate` block of the file that is filled in.

        Raises:
            UsageError: The first band is told of a rule that has none to tell.
        """
        written, first = words.get("early_terminate"), words.get("first_band")
        if first is None:
            return None if written is None else str(written)
        known = self.settings.get("early_terminate") if written is None else written
        strength = STRENGTHS.get(str(known).strip().lower())
        if strength is not None:
            return f"hyperband(min_iter={first},eta={strength[1]})"
        if known is not None:
            rule = parse_wandb_rule(str(known))
            block = {} if rule is None else rule.as_block()
        else:
            block = dict(template)
        if not block or "max_iter" in block:
            msg = f"first_band: {first} goes with a rule in the form hyperband(min_iter=…)"
            raise UsageError(msg, "write early_terminate: hyperband(min_iter=10,eta=3)")
        settings = {**block, "min_iter": first}
        inside = ",".join(
            f"{key}={str(value).lower()}" for key, value in settings.items() if key != "type"
        )
        return f"hyperband({inside})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDescription:
    """Sweeps in the order in which they run."""

    name: str | None = None
    members: tuple[SeriesMember, ...] = field(default=())


def is_series(document: Document) -> bool:
    """Whether a file describes a series of sweeps, and is none itself."""
    return "members" in document.top and not {"parameters", "method"} & document.top.keys()


def read_series(content: bytes, source: str) -> SeriesDescription:
    """Read a description.

    Args:
        content: The file.
        source: Its name, for messages.

    Raises:
        DataError: It is no description of a series.
    """
    document = read_document(content)
    if document.failure is not None:
        msg = f"{source} is not YAML that a series could be: {document.failure}"
        raise DataError(msg, "correct the file, or name another")
    if document.repeated:
        path, (line, _) = document.repeated[0]
        msg = f"{source}: {'.'.join(map(str, path))} is given twice, again in line {line}"
        raise DataError(msg, "give it another name, or leave one out")
    text = content.decode("utf-8-sig")
    try:
        data = read_value(text)
        node = compose_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
    except YamlError as error:
        msg = f"{source} is not YAML that a series could be: {error}"
        raise DataError(msg, "correct the file, or name another") from None
    if not isinstance(data, dict) or not isinstance(data.get("members"), dict):
        msg = f"{source} has no members: with a mapping of sweeps"
        raise DataError(msg, EXAMPLE)
    check_keys(data, TOP, source)
    name, base, members = data.get("name"), data.get("base") or {}, data["members"]
    if name is not None and not (isinstance(name, str) and name.strip()):
        msg = f"{source}: name must be a text, not {format_value(name)}"
        raise DataError(msg, "write it in quotes")
    base = with_plain_metric(base, f"{source}: base") if isinstance(base, dict) else base
    check_words(base, KEYS, f"{source}: base")
    _check_parameters(base, f"{source}: base")
    if not 1 <= len(members) <= MOST_MEMBERS:
        msg = f"{source} has {len(members)} members"
        raise DataError(msg, f"a series has 1 to {MOST_MEMBERS}")
    for name_of, value in _parameter_nodes(node):
        try:
            ask_about_words(value, name_of)
        except UsageError as error:
            msg = f"{source}: {error.message}"
            raise DataError(msg, error.hint) from None
    return _checked(
        SeriesDescription(name=name, members=tuple(_members(members, base, name, source))), source
    )


def _members(
    members: Mapping[Any, Any], base: Mapping[str, Any], series: str | None, source: str
) -> Iterator[SeriesMember]:
    earlier: dict[str, SeriesMember] = {}
    for key, written in members.items():
        place = f"{source}: {key}"
        if not isinstance(key, str | int) or isinstance(key, bool):
            msg = f"{source}: a member cannot be called {format_value(key)}"
            raise DataError(msg, "write its name in quotes")
        own = {} if written is None else written
        own = with_plain_metric(own, place) if isinstance(own, dict) else own
        check_words(own, KEYS_OF_MEMBERS, place)
        _check_parameters(own, place)
        narrows = None if own.get("narrows") is None else str(own["narrows"])
        if narrows is not None and narrows not in earlier:
            msg = f"{place} narrows {narrows!r}, but no member before it has that name"
            raise DataError(msg, "write members in the order in which they run")
        _check_narrowing(own, narrows, place)
        name = str(key)
        earlier[name] = SeriesMember(
            name=name,
            sweep_name=own.get("name") or (f"{series}-{name}" if series else name),
            settings=_merged(
                base if narrows is None else _without_cost(earlier[narrows], base), own
            ),
            own_settings=own,
            narrows=narrows,
        )
        yield earlier[name]


def _parameter_nodes(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Name and value of every parameter as it is written, in base and members."""
    members = [
        value for key, block in _pairs(node) if key == "members" for _, value in _pairs(block)
    ]
    for words in (*(value for key, value in _pairs(node) if key == "base"), *members):
        for key, block in _pairs(words):
            yield from _pairs(block) if key == "parameters" else ()


def _pairs(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    """Key and value of a mapping's entries; none of what is no mapping."""
    entries = node.value if isinstance(node, yaml.MappingNode) else []
    return [(str(key.value), value) for key, value in entries]


def _check_narrowing(own: Mapping[str, Any], narrows: str | None, place: str) -> None:
    """Refuse words that a sweep after another one, or a first one, cannot have."""
    wrong = _OF_NARROWING if narrows is None else _NOT_NARROWING
    for key in wrong:
        if key in own:
            if narrows is None:
                msg = f"{place}: {key} is for a member that narrows another"
                raise DataError(msg, "write narrows: NAME, or leave it out")
            msg = f"{place}: {key} comes from {narrows}, which it narrows"
            raise DataError(msg, "leave it out")


def _without_cost(narrowed: SeriesMember, base: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for the sweep after a member: all but what its runs cost."""
    kept = {
        key: value
        for key, value in narrowed.settings.items()
        if key not in (*_OF_COST, *_OF_NARROWING, "name", "narrows")
    }
    return kept | {key: base[key] for key in _OF_COST if key in base}


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A member's words over the base's; parameters and settings one by one."""
    merged = {**base, **own}
    for key in ("parameters", "set"):
        if key in base and key in own:
            merged[key] = {**base[key], **own[key]}
    if "early_terminate" in own and "first_band" not in own:
        merged.pop("first_band", None)
    return merged


def _check_parameters(words: Mapping[str, Any], place: str) -> None:
    try:
        _parameters(words)
    except UsageError as error:
        msg = f"{place}: {error.message}"
        raise DataError(msg, error.hint) from None


def _parameters(words: Mapping[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:
    written = words.get("parameters", {})
    return tuple((name, parameter_in_file(name, value)) for name, value in written.items())


def _checked(series: SeriesDescription, source: str) -> SeriesDescription:
    """Refuse members whose files could not lie side by side."""
    files: dict[str, str] = {}
    for member in series.members:
        name = member.file_name.lower()
        if not name:
            msg = f"{source}: no file can be called after the member {format_value(member.name)}"
            raise DataError(msg, "name it in letters, digits, _, - and .")
        if name in files:
            msg = f"{source}: {files[name]} and {member.name} would be the same file, {name}"
            raise DataError(msg, "give one of them another name")
        files[name] = member.name
    return series
