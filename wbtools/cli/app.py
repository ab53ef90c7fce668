"""The `wbtools` command: every command, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Annotated

import typer

from wbtools import __version__
from wbtools.cli.audit_terminations import audit_terminations
from wbtools.errors import WbtoolsError

app = typer.Typer(
    name="wbtools",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("audit-terminations")(audit_terminations)

_INTERNAL = 3
_PIPE_CLOSED = 0
_LONGEST = 2000


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"wbtools {__version__}")
        raise typer.Exit


@app.callback()
def wbtools(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Companion toolkit for Weights & Biases sweeps: why runs were stopped, and which to rerun."""


def main() -> None:
    """Run the command line and exit: errors as one message on stderr, never a traceback."""
    verbose = any(word in {"-v", "-vv", "--verbose"} for word in sys.argv[1:])
    try:
        app(prog_name="wbtools")
    except WbtoolsError as error:
        if verbose:
            traceback.print_exc()
        _complain(error.message, error.hint)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno == errno.EPIPE:
            _forget_stdout()
            sys.exit(_PIPE_CLOSED)
        _complain_internal(error, verbose=verbose)
    except Exception as error:  # noqa: BLE001 - the last resort of a command line
        _complain_internal(error, verbose=verbose)


def _complain_internal(error: Exception, *, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    _complain(
        f"internal error: {type(error).__name__}: {error}",
        "this is a bug of wbtools; run again with -v for the traceback and report it",
    )
    sys.exit(_INTERNAL)


def _complain(message: str, hint: str | None) -> None:
    from wbtools.report.safe_text import visible

    sys.stderr.write(f"error: {visible(message, limit=_LONGEST)}\n")
    if hint:
        sys.stderr.write(f"hint: {visible(hint, limit=_LONGEST)}\n")


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
