"""`--to sweep` and `--to yaml`: a W&B grid sweep of the replicas, and the plain configuration.

In a sweep W&B's own agents start the replicas. A value stands among the sweep's parameters where
the agent would say it exactly as it is said here; otherwise its argument stands in the command.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import DataError
from wbtools.replication.command import STYLE_OF_MACRO, RecordedLaunch
from wbtools.replication.posix import comment
from wbtools.replication.recorded_arguments import find, recorded_words
from wbtools.replication.script import head_lines
from wbtools.replication.styles import Style, value_words
from wbtools.replication.words import Secret, Variable, secret_for
from wbtools.sweepfile.numbers_in_yaml import number_at_server
from wbtools.text.masking import holds_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.replication.changes import Replica
    from wbtools.replication.command import Launch
    from wbtools.replication.script import Replication
    from wbtools.replication.words import Word

_MACROS: Final = {style: macro for macro, style in STYLE_OF_MACRO.items()}
_AGENTS: Final = {
    Style.ARGPARSE: "--{}={}",
    Style.FIRE: "--{}={}",
    Style.ABSL: "--{}={}",
    Style.HYDRA: "{}={}",
    Style.HYDRA_APPEND: "+{}={}",
    Style.HYDRA_OVERRIDE: "++{}={}",
}
_WIDEST: Final = 10**9
_OCTAL: Final = re.compile(r"0o[0-7]+")
_MACRO: Final = re.compile(r"\$\{envvar:|\A\$\{(?=.*\}\Z)", re.DOTALL)
_LONGEST_SHOWN: Final = 60


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe writer, without references between equal values."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's own signature
        return True


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A text of several lines stands line by line, so that people can read a script.

    What is a number to YAML 1.2 and a text to PyYAML, such as `1e-05`, stands in quotes.
    """
    is_number = number_at_server(text) is not None or _OCTAL.fullmatch(text)
    style = "|" if "\n" in text else "'" if is_number else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def dumped(data: object) -> str:
    """A document of YAML, its keys in the order they are given in."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=_WIDEST)


def plain_yaml(replication: Replication) -> str:
    """The configuration of every replica: one document each, names as they were recorded.

    Secrets are the names of the variables that are to hold them.
    """
    lines = head_lines(replication)
    for k, replica in enumerate(replication.replicas):
        lines += ["---"] if k else []
        lines += [comment(replica.label)] if replica.label else []
        values, continuation = dict(replica.launch.values), replica.continuation
        if continuation is not None and continuation.value is not None:
            values[continuation.option.name] = continuation.value
        if continuation is not None and continuation.is_fetched:
            name, folder = continuation.checkpoint.name, continuation.folder
            lines.append(comment(f"The checkpoint {name} has to be put into {folder} first."))
        lines.append(dumped(_open(values)).rstrip("\n"))
    return "\n".join(lines) + "\n"


def _open(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _left_open(name, value) for name, value in values.items()}


def _left_open(name: str, value: object) -> object:
    secret = secret_for(name, value)
    return _plain(value) if secret is None else f"${secret.variable}"


def _plain(value: object) -> object:
    """A value made of what YAML's safe writer knows, on every level."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def sweep_yaml(
    replication: Replication,
    *,
    sweep_name: str,
    metric: Mapping[str, object] | None,
    early_terminate: Mapping[str, object] | None = None,
) -> str:
    """A grid sweep over seeds and folds, to be given to `wandb sweep`.

    Args:
        replication: The replicas.
        sweep_name: Of the new sweep.
        metric: The sweep's `metric` block; a grid can do without.
        early_terminate: Its rule, where it is kept.

    Raises:
        DataError: A word would be taken for a macro of W&B's, or a value, or what a run goes on
            from, has no place in a sweep.
    """
    launch = replication.replicas[0].launch
    command, fixed = _command(replication, launch)
    parameters: dict[str, object] = {name: {"value": value} for name, value in fixed.items()}
    for name, values in replication.varied.items():
        parameters[name] = {"values": [_plain(value) for value in values]}
    document: dict[str, object] = {
        "name": sweep_name,
        **grid_block(replication, launch.program, metric, early_terminate),
        "command": command,
        "parameters": parameters or {"replica": {"values": [1]}},
    }
    return "\n".join(head_lines(replication)) + "\n" + dumped(document)


def refuse_same_run(replica: Replica) -> None:
    """Refuse to resume a run in a sweep, whose agents give every run an id of their own.

    Raises:
        DataError: It is to be resumed.
    """
    if replica.continuation is not None and replica.continuation.is_same_run:
        msg = "a sweep's agent gives every run an id of its own, so it cannot resume one"
        raise DataError(msg, "leave out --same-run, or pass --to shell or --to slurm")


def grid_block(
    replication: Replication,
    program: Sequence[str] | None,
    metric: Mapping[str, object] | None,
    early_terminate: Mapping[str, object] | None,
) -> dict[str, object]:
    """What every grid sweep of replicas says before its command.

    Args:
        replication: The replicas.
        program: The words that name it; None where nothing, or not one program, does.
        metric: The sweep's `metric` block; a grid can do without.
        early_terminate: Its rule, where it is kept.
    """
    return {
        **({"project": replication.project} if replication.project else {}),
        **({"entity": replication.entity} if replication.entity else {}),
        **({} if program is None else {"program": program[-1]}),
        "method": "grid",
        **({} if metric is None else {"metric": dict(metric)}),
        **({"early_terminate": dict(early_terminate)} if early_terminate else {}),
    }


def _command(replication: Replication, launch: Launch) -> tuple[list[str], dict[str, object]]:
    """The command's words, and the values that are left to the sweep's parameters.

    Raises:
        DataError: A value that varies is an argument, and the others come from W&B.
    """
    says_values = any(isinstance(piece, Style) for piece in launch.pieces)
    arguments = _said(launch, replication) if says_values else {}
    fixed = {
        name: _plain(value)
        for name, value in launch.values.items()
        if (launch.by_config or not launch.is_recorded)
        and not (name in arguments or name in replication.varied or holds_secret(name, value))
    }
    macro = [_MACROS.get(launch.style, "${args}")] if fixed or replication.varied else []
    words: list[str] = []
    for piece in launch.pieces:
        if isinstance(piece, Style):
            words += [_literal(word) for name in arguments for word in arguments[name]] + macro
        elif isinstance(piece, RecordedLaunch):
            words += [*_recorded(launch, replication), *([] if launch.by_config else macro)]
        else:
            words.append(_literal(piece))
    at = 1 if words[:1] == ["/usr/bin/env"] else 0
    group = f"WANDB_RUN_GROUP={replication.replicas[0].group}"
    refuse_macro(group)
    return ["${env}", group, *words[at:]], fixed


def _said(launch: Launch, replication: Replication) -> dict[str, tuple[Word, ...]]:
    """The arguments that W&B's agent would say in another way.

    Raises:
        DataError: One of them is to vary, so that it cannot stand in the command.
    """
    arguments: dict[str, tuple[Word, ...]] = {}
    if launch.style in {Style.JSON, Style.JSON_FILE}:
        return arguments
    for name, value in launch.values.items():
        options = replication.varied.get(name, (value,))
        words = [value_words(launch.style, name, option) for option in options]
        if words == [_agents_words(launch.style, name, option) for option in options]:
            continue
        if name in replication.varied:
            msg = f"W&B's agent cannot write the values of {name!r} in the style {launch.style}"
            raise DataError(msg, "pass --to shell or --to slurm")
        arguments[name] = words[0]
    return arguments


def _agents_words(style: Style, name: str, value: object) -> tuple[Word, ...]:
    """What W&B's agent makes of a parameter (`wandb.sdk.launch.sweeps.utils`, SDK 0.31)."""
    if style is Style.SPACED:
        return ((f"--{name}",), (str(value),))
    if style is Style.FLAGS:
        if isinstance(value, bool):
            return ((f"--{name}",),) if value else ()
        return ((f"--{name}={value}",),)
    return ((_AGENTS[style].format(name, value),),)


def _recorded(launch: Launch, replication: Replication) -> list[str]:
    """The recorded arguments, but for those that vary."""
    for name in replication.varied:
        if launch.by_config and find(launch.arguments, name) is not None:
            msg = f"the program takes {name!r} as an argument and other parameters from W&B"
            raise DataError(msg, "pass --to shell or --to slurm")
        launch = launch.without(name)
    return [_literal(word) for word in recorded_words(launch.arguments)]


def _literal(word: Word) -> str:
    """A word of the sweep's command; a variable is W&B's own macro for the environment."""
    text = ""
    for part in word:
        if isinstance(part, Secret | Variable):
            text += f"${{envvar:{part.variable}}}"
        elif isinstance(part, str):
            refuse_macro(part)
            text += part
    return text


def refuse_macro(text: str) -> None:
    """Refuse a word of a sweep's command that W&B would take for a macro.

    Raises:
        DataError: It would.
    """
    macro = _MACRO.search(text)
    if macro is not None:
        shown = text[macro.start() :][:_LONGEST_SHOWN]
        msg = f"W&B would take {json.dumps(shown)} in a sweep's command as a macro"
        raise DataError(msg, "pass --to shell or --to slurm")
