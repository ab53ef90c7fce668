"""The options that a program's text declares for a command line, whichever library reads it.

argparse, click, typer, absl, Fire, and those that make options of a class's fields or a function's
parameters: tyro, simple-parsing, Hugging Face's parser, jsonargparse, pyrallis; Lightning's CLI.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.model import ResumeReader
from wbtools.sources.programs.expressions import (
    called,
    constant,
    definitions,
    keyword,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OPTION: Final = re.compile(r"--?[A-Za-z][\w.:-]*")
_ACTIONS_ON: Final = frozenset({"store_true", "BooleanOptionalAction", "count"})
_NUMBERS: Final = frozenset({"int", "float", "INT", "FLOAT", "integer"})
_CLI_OF_FIELDS: Final = frozenset(
    {"cli", "HfArgumentParser", "add_arguments", "parse", "CLI", "auto_cli", "wrap"}
)
_MODULES_OF_FIELDS: Final = frozenset(
    {"tyro", "simple_parsing", "transformers", "jsonargparse", "pyrallis", "draccus", "trl"}
)
_HYPHENATED: Final = "tyro"
_FLAT: Final = frozenset({"HfArgumentParser", "add_arguments", "parse"})
_DEEPEST: Final = 2
_MOST_FIELDS: Final = 64
_MOST_PARSERS: Final = 10
_TRAINER_CLASS: Final = re.compile(r"\w*TrainingArguments|(?:SFT|DPO|GRPO|ORPO|KTO|PPO)Config")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOption:
    """One option.

    Attributes:
        name: As the program's own variables, and so its configuration, have it.
        spelled: As it is written, hyphens included.
        kind: What it takes: `text`, `flag` for nothing, `truth` for true or false, `number`.
        how: In words, what declares it.
        reader: What reads it.
        default: Its default value where that is a constant.
        words: What its help says.
    """

    name: str
    spelled: str
    kind: str
    how: str
    reader: ResumeReader = ResumeReader.COMMAND_LINE
    default: object = None
    words: str = ""


def declared_options(nodes: Sequence[ast.AST]) -> Iterator[DeclaredOption]:
    """Find them.

    Args:
        nodes: Of a program, the outer ones first.
    """
    known = definitions(nodes)
    modules = _imported(nodes)
    n_parsers = 0
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            yield from _of_command(node)
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in {"add_argument", "add_arg", "option", "Option"}:
            yield from _of_call(node, name)
        elif name.startswith("DEFINE_"):
            yield from _of_absl(node, name.removeprefix("DEFINE_"))
        elif name == "Fire" and n_parsers < _MOST_PARSERS:
            n_parsers += 1
            yield from _of_fire(node, known)
        elif name == "run" and "typer" in modules:
            yield from _of_typer_run(node, known)
        elif name.endswith("LightningCLI") or _is_lightning_cli(known.get(name)):
            yield DeclaredOption(
                name="ckpt_path", spelled="--ckpt_path", kind="text", how="LightningCLI"
            )
        elif name in _CLI_OF_FIELDS and modules & _MODULES_OF_FIELDS and n_parsers < _MOST_PARSERS:
            n_parsers += 1
            yield from _of_fields(node, name, known, modules)


def _imported(nodes: Sequence[ast.AST]) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def _of_call(call: ast.Call, function: str) -> Iterator[DeclaredOption]:
    """`add_argument("--resume", …)`, `@click.option("--resume/--no-resume", …)`."""
    texts = texts_of(call.args)
    sides = [text.partition("/") for text in texts]
    options = [side[0].strip() for side in sides if _OPTION.fullmatch(side[0].strip())]
    if not options:
        return
    long = next((option for option in options if option.startswith("--")), options[0])
    bare = [text for text in texts if text.isidentifier()]
    dest = constant(keyword(call, "dest"))
    name = dest if isinstance(dest, str) else (bare[0] if bare and function == "option" else long)
    action = keyword(call, "action")
    is_on = constant(action) in _ACTIONS_ON or (
        action is not None and called(action) in _ACTIONS_ON
    )
    first = constant(call.args[0])
    default = constant(keyword(call, "default"))
    if function == "Option" and not isinstance(first, str):
        default = first  # typer's first argument is the default value
    is_switch = constant(keyword(call, "is_flag")) is True or isinstance(first, bool)
    is_switch |= function != "add_argument" and any(side[1] for side in sides)
    if constant(action) in {"store_false", "help", "version"}:
        return
    help_words = constant(keyword(call, "help"))
    kind = "flag" if is_on or is_switch else _kind(keyword(call, "type"), default)
    if constant(keyword(call, "nargs")) == "?" and keyword(call, "type") is None:
        kind = "text"  # `--resume` alone means the newest, and a path is taken as well
    yield DeclaredOption(
        name=name.lstrip("-").replace("-", "_"),
        spelled=long,
        kind=kind,
        how=function if function.startswith("add") else "an option of click's",
        default=default,
        words=help_words if isinstance(help_words, str) else "",
    )


def _kind(annotation: ast.expr | None, default: object) -> str:
    """What a type, or a default value without one, says that is taken."""
    names = set()
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name | ast.Attribute):
            names.add(called(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= set(re.findall(r"\w+", node.value))
    if any("bool" in name.lower() for name in names) and not names & {"str", "Path"}:
        return "truth"
    if names & _NUMBERS and not names & {"str", "Path"}:
        return "number"
    if annotation is None and isinstance(default, bool):
        return "truth"
    is_number = isinstance(default, int | float) and not isinstance(default, bool)
    return "number" if annotation is None and is_number else "text"


def _of_absl(call: ast.Call, kind: str) -> Iterator[DeclaredOption]:
    texts = texts_of(call.args)
    name = constant(call.args[0]) if call.args else constant(keyword(call, "name"))
    if not isinstance(name, str):
        return
    kinds = {"bool": "flag", "boolean": "flag", "integer": "number", "float": "number"}
    yield DeclaredOption(
        name=name,
        spelled=f"--{name}",
        kind=kinds.get(kind, "text"),
        how=f"DEFINE_{kind}",
        default=constant(call.args[1]) if len(call.args) > 1 else None,
        words=texts[-1] if len(texts) > 1 else "",
    )


def _of_fire(
    call: ast.Call, known: Mapping[str, ast.FunctionDef | ast.ClassDef]
) -> Iterator[DeclaredOption]:
    named = [
        known[each.id] for each in call.args if isinstance(each, ast.Name) and each.id in known
    ]
    for definition in named if call.args else list(known.values()):
        inside = definition.body if isinstance(definition, ast.ClassDef) else [definition]
        for function in inside:
            if isinstance(function, ast.FunctionDef):
                yield from _of_parameters(function, "Fire", ResumeReader.FIRE)


def _of_typer_run(
    call: ast.Call, known: Mapping[str, ast.FunctionDef | ast.ClassDef]
) -> Iterator[DeclaredOption]:
    for name in map(called, call.args):
        function = known.get(name)
        if isinstance(function, ast.FunctionDef):
            yield from _of_parameters(function, "typer", is_hyphenated=True)


def _of_command(function: ast.FunctionDef) -> Iterator[DeclaredOption]:
    """A command of typer's: a decorated function whose parameters are its options."""
    decorators = [
        each for each in function.decorator_list if called(each) in {"command", "callback"}
    ]
    is_click = any(called(each) == "option" for each in function.decorator_list)
    if decorators and not is_click:
        yield from _of_parameters(function, "typer", is_hyphenated=True)


def _of_parameters(
    function: ast.FunctionDef,
    how: str,
    reader: ResumeReader = ResumeReader.COMMAND_LINE,
    *,
    is_hyphenated: bool = False,
) -> Iterator[DeclaredOption]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    defaults = [*[None] * without, *arguments.defaults, *arguments.kw_defaults]
    for argument, default in zip([*positional, *arguments.kwonlyargs], defaults, strict=True):
        calls = [
            node
            for part in (argument.annotation, default)
            if part is not None
            for node in ast.walk(part)
            if isinstance(node, ast.Call) and called(node) == "Option"
        ]
        spelled = [text for call in calls for text in texts_of(call.args) if text.startswith("--")]
        written = argument.arg.replace("_", "-") if is_hyphenated else argument.arg
        kind = _kind(argument.annotation, constant(default))
        yield DeclaredOption(
            name=argument.arg,
            spelled=spelled[0].partition("/")[0] if spelled else f"--{written}",
            kind="flag" if kind == "truth" and reader is not ResumeReader.FIRE else kind,
            how=f"a parameter that {how} reads",
            reader=reader,
            default=constant(default),
        )


def _of_fields(
    call: ast.Call,
    function: str,
    known: Mapping[str, ast.FunctionDef | ast.ClassDef],
    modules: frozenset[str],
) -> Iterator[DeclaredOption]:
    """A parser that is given classes or functions: their fields and parameters are options."""
    given = [*call.args, *(each.value for each in call.keywords)]
    roots = [name for each in given for name in _names(each)]
    is_hyphenated = function == "cli" and _HYPHENATED in modules
    for name in dict.fromkeys(roots):
        definition = known.get(name)
        if isinstance(definition, ast.FunctionDef):
            yield from _of_parameters(definition, function, is_hyphenated=is_hyphenated)
        elif isinstance(definition, ast.ClassDef):
            prefix = None if function in _FLAT else ""
            for option in _of_class(definition, function, known, prefix, _DEEPEST):
                spelled = option.spelled.replace("_", "-") if is_hyphenated else option.spelled
                yield replace(option, spelled=spelled)
        bases = [name]
        if isinstance(definition, ast.ClassDef):
            bases = [called(base) for base in definition.bases]
        if any(_TRAINER_CLASS.fullmatch(base) for base in bases):
            yield DeclaredOption(
                name="resume_from_checkpoint",
                spelled="--resume_from_checkpoint",
                kind="text",
                how="TrainingArguments",
            )
    if function == "wrap":
        for definition in known.values():
            yield from _of_wrapped(definition, call, known)


def _of_wrapped(
    definition: ast.FunctionDef | ast.ClassDef,
    call: ast.Call,
    known: Mapping[str, ast.FunctionDef | ast.ClassDef],
) -> Iterator[DeclaredOption]:
    """`@pyrallis.wrap()` above `def main(cfg: Config)`."""
    if not isinstance(definition, ast.FunctionDef) or call not in definition.decorator_list:
        return
    for argument in definition.args.args[:1]:
        for name in _names(argument.annotation):
            fields = known.get(name)
            if isinstance(fields, ast.ClassDef):
                yield from _of_class(fields, "wrap", known, "", _DEEPEST)


def _of_class(
    definition: ast.ClassDef,
    how: str,
    known: Mapping[str, ast.FunctionDef | ast.ClassDef],
    prefix: str | None,
    depth: int,
) -> Iterator[DeclaredOption]:
    """A class's fields; those of classes in it under a prefix, unless there are none (None)."""
    for field in definition.body[:_MOST_FIELDS]:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        name = f"{prefix or ''}{field.target.id}"
        inner = [known.get(each) for each in _names(field.annotation)]
        nested = next((each for each in inner if isinstance(each, ast.ClassDef)), None)
        if nested is not None:
            below = None if prefix is None else f"{name}."
            if depth > 0:
                yield from _of_class(nested, how, known, below, depth - 1)
            continue
        kind = _kind(field.annotation, None)
        yield DeclaredOption(
            name=name,
            spelled=f"--{name}",
            kind="flag" if kind == "truth" and how in {"cli", *_FLAT} else kind,
            how=f"a field of {definition.name}",
            default=constant(field.value),
        )


def _names(node: ast.AST | None) -> list[str]:
    """Names and dotted names' last parts in an expression."""
    if node is None:
        return []
    return [called(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]


def _is_lightning_cli(definition: ast.FunctionDef | ast.ClassDef | None) -> bool:
    return isinstance(definition, ast.ClassDef) and any(
        called(base).endswith("LightningCLI") for base in definition.bases
    )
