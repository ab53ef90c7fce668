"""Real SDK processes against a running server: nothing of the SDK is imported here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.running import RunningServer

_SWEEP_ID = re.compile(r"wandb agent (\S+)")


def start(
    server: RunningServer, home: Path, *words: str, env: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start `python WORDS…` in a folder, its SDK speaking to the server."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=home,
        env={**os.environ, "PATH": _path(), **server.env(home), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _path() -> str:
    """`python` is this interpreter, also for the commands that an agent starts."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def run_script(
    server: RunningServer,
    home: Path,
    source: str,
    *,
    env: dict[str, str] | None = None,
    timeout_s: float = 120.0,
) -> tuple[int, str]:
    """Run a Python program with the real SDK; its exit code and everything that it printed."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "script.py").write_text(source, encoding="utf-8")
    process = start(server, home, "script.py", env=env)
    text, _ = process.communicate(timeout=timeout_s)
    return process.returncode, text


def make_sweep(server: RunningServer, home: Path, project: str, config: str) -> str:
    """`wandb sweep`: `entity/project/id` as the client prints it."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "sweep.yaml").write_text(config, encoding="utf-8")
    process = start(server, home, "-m", "wandb", "sweep", "--project", project, "sweep.yaml")
    text, _ = process.communicate(timeout=60)
    found = _SWEEP_ID.search(text)
    if process.returncode or found is None:
        raise AssertionError(text)
    return found[1]


def start_agent(
    server: RunningServer, home: Path, sweep: str, *, count: int | None = None
) -> subprocess.Popen[str]:
    """`wandb agent` for a sweep whose program lies in `home`."""
    words = ["-m", "wandb", "agent", *(["--count", str(count)] if count else []), sweep]
    return start(server, home, *words)
