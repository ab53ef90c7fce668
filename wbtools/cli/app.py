"""The `wbtools` command: every command, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import signal
import sys
import traceback
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.main import get_group

from wbtools import __version__
from wbtools.cli.answer_shell import answer_shell, is_asked
from wbtools.cli.command_group import CommandGroup
from wbtools.cli.help_pages import CONTEXT_SETTINGS, GroupedCommand, with_examples
from wbtools.cli.output import WRITTEN
from wbtools.errors import UsageError, WbtoolsError
from wbtools.text.command_name import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import FrameType

SECTIONS: Final = {
    "Before a sweep runs": ("make-sweep", "lint", "forecast", "expand-grid"),
    "While it runs": ("guard",),
    "After it has run": (
        *("audit-terminations", "doctor", "importance", "rank", "compare", "simulate"),
    ),
    "Show it": ("report", "plot"),
    "Run it again": ("replicate", "verify"),
    "Data and reference": ("fetch", "archive", "rule", "config"),
}
"""The commands in the order of the help, which is that of the work."""
COMMANDS: Final = tuple(chain.from_iterable(SECTIONS.values()))
"""Each is called so in a module of `wbtools.cli`, with underscores."""
_SECTION_OF: Final = {name: title for title, names in SECTIONS.items() for name in names}
_MODULES: Final = {"rule": "lint"}

_SAY_IT_THEMSELVES: Final = frozenset({"fetch", "guard"})
"""Commands that say what they keep when they are interrupted."""
_ARCHIVE: Final = "archive"
_OBJECTS_BETWEEN_COLLECTIONS: Final = 200_000
_USAGE = 2
_INTERNAL = 3
_LONGEST = 2000
_SIGNALLED = 128
_INTERRUPTED = _SIGNALLED + signal.SIGINT


class _Commands(CommandGroup):
    """The commands of wbtools, in the order of the work."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as Typer calls it
        """Those that are loaded."""
        del ctx
        return [name for name in COMMANDS if name in self.commands]


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"wbtools {__version__}")
        raise typer.Exit


@with_examples(
    ("wbtools audit-terminations demo", "See it work, without an account."),
    (
        "wbtools audit-terminations my-team/vision/t3xtur35",
        "A sweep on W&B's server: ENTITY/PROJECT/ID, or the address of its page.",
    ),
    ("wbtools audit-terminations ./wandb", "A sweep whose run files lie in a folder."),
)
def wbtools(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Companion toolkit for Weights & Biases sweeps: why runs were stopped, and which to rerun."""
    del version  # shown before this line
    named = COMMAND.set(context.invoked_subcommand)
    context.call_on_close(lambda: COMMAND.reset(named))
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands: to load them all takes longer than some of them run."""
    app = typer.Typer(
        name="wbtools",
        cls=_Commands,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=CONTEXT_SETTINGS,
    )
    app.callback()(wbtools)
    for name in names:
        word = name.replace("-", "_")
        module = importlib.import_module(f"wbtools.cli.{_MODULES.get(word, word)}")
        command = getattr(module, word)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=_SECTION_OF.get(name))
        else:
            kind = getattr(module, "COMMAND_CLASS", GroupedCommand)
            app.command(name, cls=kind, rich_help_panel=_SECTION_OF.get(name))(command)
    return app


def main() -> None:
    """Run the command line and exit: errors as one message on stderr, never a traceback."""
    # Answers are parsed into some hundred thousand objects, none of them in a circle: to look for
    # circles among them every 700 objects takes as long again as the parsing.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = _say_unless_interrupted
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    WRITTEN.clear()
    words = _words(sys.argv[1:])
    if is_asked():
        answer_shell(lambda before: _loaded(before)(args=[], prog_name="wbtools"))
    try:
        _refuse_unread_words(sys.argv[1:])
        code = _loaded(words)(args=words, prog_name="wbtools", standalone_mode=False)
    except KeyboardInterrupt:  # another one, while the first was being handled
        code = _INTERRUPTED
    except WbtoolsError as error:
        vars(error).pop(
            "__notes__", None
        )  # -v: the hint has a line of its own, below the traceback
        code = _complain(error.message, error.hint, error.exit_code)
    except typer.TyperException as error:
        from wbtools.cli.mistakes import explained

        message, hint = explained(error, words, _everything)
        code = _complain(message, hint, error.exit_code, with_traceback=False)
    except Exception as error:  # noqa: BLE001 - the last resort of a command line
        code = _complain_of(error)
    if code == _INTERRUPTED:
        if not _SAY_IT_THEMSELVES & set(words[:1]):
            _say_interrupted()
        # Everything of ours is closed; one more Ctrl-C would show a traceback of Python's clean-up.
        signal.signal(signal.SIGINT, _leave)
    sys.exit(code or 0)


def _complain_of(error: Exception) -> int:
    """Say what nobody foresaw."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EIO, errno.EBADF}:
        # Typer's own help and version; an answer is written by `write_answer`, which says where.
        return _complain(f"the output cannot be written: {error.strerror}", None, _INTERNAL)
    if _working_folder_is_gone():
        return _complain("the working folder has been deleted", "go to another one with cd", _USAGE)
    return _complain(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug of wbtools; run again with -v for the traceback and report it",
        _INTERNAL,
    )


def _loaded(words: list[str]) -> typer.Typer:
    """The command line with the command that the words name, else with all."""
    return command_line(words[:1] if words and words[0] in COMMANDS else COMMANDS)


def _words(line: list[str]) -> list[str]:
    """The words of the line; `help rank` asks for what `rank --help` shows."""
    return [*line[1:], "--help"] if line[:1] == ["help"] else line


def _refuse_unread_words(line: list[str]) -> None:
    """Refuse `help rank x` and `--show-completion zsh`, whose last word nobody would look at."""
    if line[1:] and line[0] in {"--install-completion", "--show-completion"}:
        msg = f"{line[0]} takes no value, and {line[1]!r} is given"
        raise UsageError(msg, "it is for the shell that runs it: run it alone, in that shell")
    named = [word for word in line[1:] if not word.startswith("-")]
    n_words = 2 if named[:1] == [_ARCHIVE] else 1
    if line[:1] == ["help"] and len(named) > n_words and named[0] in COMMANDS:
        msg = f"help takes the name of a command, and {named[n_words]!r} is too much"
        raise UsageError(msg, f"`wbtools help {named[0]}` shows its help")


def _everything() -> Mapping[str, Any]:
    """All commands by name, as typer has them."""
    commands: Mapping[str, Any] = get_group(command_line()).commands
    return commands


def _say_interrupted() -> None:
    """Say what there is of an answer."""
    from wbtools.text.sanitize import sanitize

    written = ", ".join(sanitize(name) for name in WRITTEN)
    state = f"written before: {written}" if written else "no answer was given, no file written"
    with contextlib.suppress(OSError, AttributeError, KeyboardInterrupt):
        sys.stderr.write(f"interrupted: {state}\n")
        sys.stderr.flush()


def _working_folder_is_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - a path is not needed
    except OSError:
        return True
    return False


def _end(number: int, _frame: FrameType | None) -> None:
    """End as the signal asks, but by way of every `finally`, so that no half file is left."""
    sys.exit(_SIGNALLED + number)


def _say_unless_interrupted(failure: sys.UnraisableHookArgs) -> None:
    """Show no traceback where one more Ctrl-C came while Python called what returns to nobody."""
    if not issubclass(failure.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(failure)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End without waiting for anything."""
    os._exit(_INTERRUPTED)


def _complain(message: str, hint: str | None, code: int, *, with_traceback: bool = True) -> int:
    """Say on stderr what was wrong and what to do; nothing more where stderr is closed or full."""
    from wbtools.text.sanitize import sanitize

    lines = [f"error: {sanitize(message, limit=_LONGEST)}"]
    if hint:
        lines.append(f"hint: {sanitize(hint, limit=_LONGEST)}")
    if with_traceback and any(word in {"-v", "-vv", "--verbose"} for word in sys.argv[1:]):
        lines.insert(0, traceback.format_exc())
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write("\n".join([*lines, ""]))
        sys.stderr.flush()
    return code
