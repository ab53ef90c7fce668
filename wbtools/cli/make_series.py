"""`wbtools make-sweep --series`: all files of a series, and the commands of what comes later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.cli.output import check_targets, write_answer
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import typer

    from wbtools.app.series import SeriesSweep
    from wbtools.cli.argument_groups import ArtifactArguments

_BESIDE_SERIES: Final = {
    "series", "output", "template_dir", "force", "quiet", "verbose", "form", "limit", "show_secrets"
}  # fmt: skip
"""The options that `--series` takes."""
_IN_DESCRIPTION: Final = {
    "template": "template", "parameter": "parameters", "program": "program", "metric": "metric",
    "goal": "goal", "method": "method", "name": "name", "description": "description",
    "run_cap": "run_cap", "early_terminate": "early_terminate", "preserve": "preserve",
    "setting": "set", "nested": "nested", "command_style": "command_style",
}  # fmt: skip
"""What a description says, by the option that says it of a single sweep."""
_OF_LATER_SWEEPS: Final = {
    "from_sweep": "narrows", "stage": "stage", "margin": "margin", "extend": "extend",
}  # fmt: skip
"""The same for members that narrow another."""


def write_series(description: str, template_dir: Path | None, answer: ArtifactArguments) -> None:
    """Write the first sweeps of a series, and print how each sweep is started.

    Args:
        description: The file, or - for stdin.
        template_dir: The user's own templates.
        answer: Names the folder where the files go; made if its own folder is there. Where the
            answer is asked for, it is printed, and nothing is written.

    Raises:
        UsageError: As `check_targets`, or there is no folder.
        DataError: The description cannot be read, or W&B would refuse one of its sweeps.
    """
    from wbtools.app.series import sweeps_of_file
    from wbtools.text.sanitize import sanitize

    target = _folder(answer.output)
    printed = replace(answer, output=None)
    printed.check()
    sweeps = sweeps_of_file(description, template_dir)
    targets = {sweep.member.name: target / sweep.member.file_name for sweep in sweeps}
    if printed.answer_form is None:
        first = [sweep for sweep in sweeps if not sweep.later]
        _make(target)
        paths = [targets[sweep.member.name] for sweep in first]
        check_targets(*paths, source=description, force=answer.force)
        for sweep, path in zip(first, paths, strict=True):
            write_answer(sweep.text, path)
    for sweep in sweeps:
        name = sweep.member.name
        answer.note(*(f"note: {sanitize(f'{name}: {said}', limit=1000)}" for said in sweep.remarks))
    if description != "-":
        plain = ["--", description] if description.startswith("-") else [description]
        answer.offer(command_line(["wbtools", "forecast", *plain]))
    if printed.answer_form is None:
        write_answer("\n".join(_started(sweeps, targets)), None)
    else:
        _deliver(sweeps, targets, printed)


def _deliver(
    sweeps: list[SeriesSweep], targets: Mapping[str, Path], answer: ArtifactArguments
) -> None:
    from wbtools.answers.make_sweep.answer import MakeSweepAnswer
    from wbtools.app.make_sweep_answer import drafted_sweep

    drafted = [
        drafted_sweep(
            sweep.text,
            path := str(targets[sweep.member.name]),
            remarks=sweep.remarks,
            later=_later(sweep, path) if sweep.later else None,
            show_secrets=answer.show_secrets,
        )
        for sweep in sweeps
    ]
    answer.deliver(MakeSweepAnswer(sweeps=tuple(drafted)))


def refuse_beside_series(context: typer.Context) -> None:
    """Refuse whatever else is given on a line with `--series`.

    Args:
        context: The command's, with its options and where their values come from.

    Raises:
        UsageError: An option is given that has no use there.
    """
    from wbtools.errors import UsageError

    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in _BESIDE_SERIES or source is None or source.name != "COMMANDLINE":
            continue
        shown = "a template" if parameter.param_type_name == "argument" else parameter.opts[0]
        msg = f"--series takes everything from the description, and {shown} is given too"
        hint = "leave it out"
        if name in _IN_DESCRIPTION:
            hint = f"write {_IN_DESCRIPTION[name]}: into the description, under base: or a member"
        elif name in _OF_LATER_SWEEPS:
            hint = f"write {_OF_LATER_SWEEPS[name]}: into a member of the description"
        raise UsageError(msg, hint)


def _folder(folder: Path | None) -> Path:
    from wbtools.errors import UsageError

    if folder is None:
        msg = "--series writes a file for each sweep, and -o names no folder"
        raise UsageError(msg, "pass -o FOLDER")
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is not a folder"
        raise UsageError(msg, "--series writes a file for each sweep: pass -o FOLDER")
    return folder


def _make(folder: Path) -> None:
    from wbtools.errors import UsageError

    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        msg = f"the folder {folder} cannot be made: {error.strerror or error}"
        raise UsageError(msg, "name another with -o") from None


def _started(sweeps: list[SeriesSweep], targets: Mapping[str, Path]) -> Iterator[str]:
    """How each sweep is started, in the order in which they run: lines for a shell."""
    from wbtools.app.series import EARLIER
    from wbtools.text.sanitize import sanitize

    for sweep in sweeps:
        member, path = sweep.member, str(targets[sweep.member.name])
        if not sweep.later:
            yield f"# {sanitize(member.name)}"
        else:
            narrowed = sanitize(member.narrows or "")
            yield (
                f"# {sanitize(member.name)}, once {narrowed} has run: {EARLIER} is what "
                "`wandb sweep` called that one, ENTITY/PROJECT/ID"
            )
            yield _later(sweep, path)
        yield command_line(["wandb", "sweep", *(["--", path] if path.startswith("-") else [path])])


def _later(sweep: SeriesSweep, path: str) -> str:
    """The command that writes a sweep's file once the one that it narrows has run."""
    words = [
        word
        for name, value in (*sweep.later, ("output", path))
        for word in ([f"--{name}"] if value is None else option(name, value))
    ]
    return command_line(["wbtools", "make-sweep", *words])
