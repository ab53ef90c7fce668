"""Which program a run's command starts: what names it, where it lies, what its text says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.app.program_files import is_project, read_program
from wbtools.app.working_dir import first_program, repository_root
from wbtools.errors import UsageError
from wbtools.findings import Confidence
from wbtools.replication.command import program_places, program_words, unfound_program
from wbtools.replication.command_finding import command_finding
from wbtools.replication.notebooks import Notebook, is_notebook, notebook_of
from wbtools.sources.programs.sweep_calls import notebook_calls, sweep_calls
from wbtools.sweepfile.agent_command import module_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.findings import Finding
    from wbtools.model import LaunchRecord
    from wbtools.sweepfile.spec import SweepSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program, as far as anything names it.

    Attributes:
        words: As the command says it; None where nothing names it.
        notebook: What the run was made in, where that was no program.
    """

    words: tuple[str, ...] | None
    notebook: Notebook | None = None


def find_program(
    record: LaunchRecord,
    spec: SweepSpec | None,
    given: str | None,
    folders: Sequence[Path],
    findings: list[Finding],
    *,
    elsewhere: Sequence[Path] = (),
) -> Program:
    """Find it: what the user names, what was recorded, what the sweep names.

    Args:
        record: How the run was started.
        spec: Its sweep's own configuration.
        given: What the user names in place of the recorded one.
        folders: Where it is looked for: the present folder as `Path()`, then others.
        findings: Here goes what a user should know.
        elsewhere: Folders in which it may lie too; the command does not lead there, as the
            program's own relative paths would not.

    Raises:
        UsageError: The user names nothing, or a notebook.
    """
    notebook = notebook_of(record)
    if given is not None:
        return Program(words=_given(given), notebook=notebook)
    program = record.program
    if notebook is not None or program is None:
        program = None if spec is None else spec.program
        if program is None:
            return Program(words=None, notebook=notebook)
        record = replace(record, program=program, code_path=None)
    is_module = _as_module(spec, program) or program_words(program)[0] == "-m"
    words, unfound = _placed(record, folders, is_module=is_module)
    if unfound is not None:
        places = module_places(unfound) if is_module else program_places(record)
        findings.append(_absent(unfound, places, elsewhere, is_module=is_module))
    return Program(words=words, notebook=notebook)


def _given(text: str) -> tuple[str, ...]:
    if not text.strip():
        msg = "--program is empty"
        raise UsageError(msg, "pass --program train.py, or --program '-m pkg.mod'")
    words = program_words(text)
    if is_notebook(words[-1]):
        msg = f"--program names {Notebook(name=words[-1]).described()}, which Python cannot start"
        raise UsageError(msg, Notebook(name=words[-1]).how_to_run(calls_of_notebook(words[-1])))
    return words


def _as_module(spec: SweepSpec | None, program: str) -> bool:
    """Whether the sweep's command starts its program with `-m`."""
    if spec is None or spec.program != program or spec.command is None:
        return False
    pairs = zip(spec.command, spec.command[1:], strict=False)
    return ("-m", "${program}") in pairs


def _placed(
    record: LaunchRecord, folders: Sequence[Path], *, is_module: bool
) -> tuple[tuple[str, ...], str | None]:
    """The program's words, by the place where it lies here, and its name if it does not."""
    words = program_words(record.program or "")
    if is_module:
        plain, in_src = module_places(words[-1])[:2], module_places(words[-1])[2:]
        installed = [folder for folder in folders if is_project(folder)]
        found = first_program(plain, folders) or first_program(in_src, installed)
        return words, words[-1] if found is None else None
    found = first_program(program_places(record), folders)
    if found is None:
        unfound = unfound_program(record)
        return (unfound,), unfound
    return (f"./{found}" if found.startswith("-") else found,), None


def _absent(
    name: str, places: Sequence[str], elsewhere: Sequence[Path], *, is_module: bool
) -> Finding:
    """Say that a program is not here, and in which folder it is, if it is in one that is known."""
    kind = "module" if is_module else "program"
    title = f"the {kind} {name!r} is not in this folder"
    hint = "run the script where the program is, or pass --program"
    root = repository_root()
    homes = [*elsewhere, *([] if root is None else [root])]
    home = next((folder for folder in homes if first_program(places, [folder]) is not None), None)
    if home is not None:
        title += f", but in {str(home)!r}"
        hint = "run the script there, as it was recorded"
    is_sure = not is_module or home is not None
    return command_finding(
        "WBR301", title, hint, confidence=Confidence.HIGH if is_sure else Confidence.MEDIUM
    )


def calls_of_program(words: Sequence[str], folders: Sequence[Path]) -> frozenset[str] | None:
    """What a program uses to start sweeps, read from its file; None where it is not here.

    Args:
        words: A file, or `-m` and a module.
        folders: As for `find_program`.
    """
    if not words:
        return None
    places = module_places(words[-1]) if words[0] == "-m" else (words[-1],)
    found = first_program(places, folders)
    text = None if found is None else _text(found)
    return None if text is None else sweep_calls(text)


def calls_of_notebook(name: str) -> frozenset[str] | None:
    """The same of a notebook's cells."""
    text = _text(name)
    return None if text is None else notebook_calls(text)


def _text(name: str) -> str | None:
    data = read_program(Path(name))
    return None if data is None else data.decode("utf-8", "replace")
