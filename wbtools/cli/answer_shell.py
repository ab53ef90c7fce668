"""A shell asks what may follow: answered quickly, on stdout alone, or not at all.

typer's scripts start `wbtools` at every Tab, with the line in the environment. What it prints is
evaluated there, so nothing but completions may be printed, whatever goes wrong.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

_VARIABLE: Final = "_WBTOOLS_COMPLETE"
_BASH_LINE, _BASH_PLACE, _LINE = "COMP_WORDS", "COMP_CWORD", "_TYPER_COMPLETE_ARGS"
_PATIENCE_S: Final = 5.0


def is_asked() -> bool:
    """Whether a shell asks for completions; that it asks for its script is no such question."""
    return os.environ.get(_VARIABLE, "").startswith("complete_")


def answer_shell(complete: Callable[[list[str]], object]) -> NoReturn:
    """Print the completions and exit.

    Args:
        complete: Called with the words that stand before the one that is typed; prints them.
    """
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    # typer would render helps with rich, which takes longer than all else, and reads its markup.
    sys.modules["rich"] = None  # type: ignore[assignment]  # it cannot be imported then
    join_options(os.environ)
    printed = io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            complete(_words_before(os.environ))
        except SystemExit as end:
            code = end.code
        except BaseException:  # noqa: BLE001 - a Tab is no place for an error
            printed.seek(0)
            printed.truncate()
            code = 1
    with contextlib.suppress(OSError, AttributeError):
        sys.stdout.write(printed.getvalue().lstrip("\n"))
        sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 0)


def join_options(env: MutableMapping[str, str]) -> None:
    """Give typer `--metric val` where bash has split `--metric=val` at the sign.

    Args:
        env: With the words as bash has them, one a line.
    """
    if _BASH_LINE not in env or not env.get(_BASH_PLACE, "").isdecimal():
        return
    typed = place = int(env[_BASH_PLACE])
    words: list[str] = []
    for at, word in enumerate(env[_BASH_LINE].split("\n")):
        if word == "=" and words and words[-1].startswith("--"):
            if at == typed:
                words.append("")
            elif at < typed:
                place -= 1
        else:
            words.append(word)
    env[_BASH_LINE] = "\n".join(words)
    env[_BASH_PLACE] = str(place)


def _words_before(env: MutableMapping[str, str]) -> list[str]:
    """The words behind `wbtools` that are whole."""
    line = env.get(_BASH_LINE) or env.get(_LINE, "")
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that is still open
        words = line.split()
    if _BASH_LINE in env and env.get(_BASH_PLACE, "").isdecimal():
        return words[1 : int(env[_BASH_PLACE])]
    return words[1:] if line.endswith(" ") else words[1:-1]
