"""Real shells that complete a line: bash, zsh and fish, each as a person would press Tab."""

import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
_DRAWN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\x08\r]")
"""How a line is coloured and redrawn."""


def environment(home):
    """A home of its own, with `wbtools` on the path."""
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "wbtools"
    program.write_text(
        f'#!/bin/sh\nexport PYTHONPATH={ROOT}\nexec {sys.executable} -m wbtools "$@"\n'
    )
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local"),
        "TERM": "xterm",
        "COLUMNS": "200",
    }


def script(shell, home):
    """What the shell reads to complete `wbtools`, as `--show-completion` prints it."""
    env = environment(home) | {"_WBTOOLS_COMPLETE": f"source_{shell}"}
    shown = subprocess.run(
        ["wbtools"], env=env, cwd=home, capture_output=True, text=True, check=True
    )
    return shown.stdout


def bash_offers(words, place, cwd, home):
    """What bash offers for the word at a place, its completion called as readline does."""
    quoted = shlex.join(words)
    (home / "completion.bash").write_text(script("bash", home))
    program = f"""
source {home}/completion.bash
COMP_WORDS=({quoted}); COMP_CWORD={place}
_wbtools_completion wbtools
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(
        ["bash", "--norc", "-c", program],
        env=environment(home), cwd=cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return result.stdout.split("\n")[:-1], result.stderr


def fish_offers(line, cwd, home):
    """What fish offers for the end of a line."""
    (home / "completion.fish").write_text(script("fish", home))
    program = f"source {home}/completion.fish; complete -C '{line}'"
    result = subprocess.run(
        ["fish", "--no-config", "-c", program],
        env=environment(home), cwd=cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [offer.split("\t")[0] for offer in result.stdout.splitlines()], result.stderr


def typed(shell, keys, cwd, home, until):
    """Type into an interactive shell; what it shows once a text is there."""
    command = {
        "bash": ["bash", "--norc", "--noprofile", "-i"],
        "zsh": ["zsh", "-f", "-i"],
        "fish": ["fish", "--no-config", "-i"],
    }[shell]
    path = home / f"completion.{shell}"
    path.write_text(script(shell, home))
    child, screen = pty.fork()
    if not child:
        os.chdir(cwd)
        os.execvpe(shutil.which(command[0]), command, environment(home))  # noqa: S606 - a shell
    try:
        if shell == "zsh":
            _send(screen, "autoload -Uz compinit; compinit -u -D; ")
        _send(screen, f"source {path}; echo rea''dy\n")
        shown = _shown(screen, "ready")
        assert "ready" in shown, shown
        _send(screen, keys)  # Tab is a key
        return _shown(screen, until)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(screen)


def _send(screen, text):
    os.write(screen, text.encode())


def _shown(screen, until):
    shown = ""
    end = time.monotonic() + PATIENCE_S
    while until not in shown and time.monotonic() < end:
        if select.select([screen], [], [], 0.2)[0]:
            shown += os.read(screen, 65536).decode(errors="replace")
            shown = _DRAWN.sub("", shown)
    return shown
