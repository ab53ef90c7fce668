"""A user's project: a program, a sweep whose run is stopped, and commands piped to `sh`."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PYTHON = os.environ.get("WBTOOLS_PROGRAMS_PYTHON", sys.executable)
SWEEP = "sw33p1d0"
OTHER, STOPPED = "fine0001", "dead0002"
PATIENCE_S = 240
VERDICTS = (0, 1)
"""Exit codes of `verify`: whether it held, and that it did not."""
_FLUSHED_S = 1.5
_SAID = re.compile(r"^epoch (\d+): \S+ (\S+)$")


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of `programs/`, its sweep, and when its second run is stopped.

    Attributes:
        parameter: What the sweep varies: its values are the first and the second run's.
        constants: What every run is given.
        stops_at: The epoch at whose end the second run is told to stop.
        command: The sweep's `command`; None for W&B's own, with `--name=value`.
        packages: That it needs.
        code: Its exit code after SIGTERM; negative where the signal ends it.
    """

    name: str
    parameter: str
    values: tuple[float, float]
    constants: dict = field(default_factory=dict)
    metric: str = "val/loss"
    stops_at: int = 10
    command: tuple[str, ...] | None = None
    packages: tuple[str, ...] = ()
    code: int = -signal.SIGTERM

    @property
    def sweep(self) -> dict:
        """Its sweep file."""
        constants = {name: {"value": value} for name, value in self.constants.items()}
        return {
            "program": self.name,
            **({"command": list(self.command)} if self.command else {}),
            "method": "grid",
            "metric": {"name": self.metric, "goal": "minimize"},
            "parameters": {self.parameter: {"values": list(self.values)}, **constants},
            "early_terminate": {"type": "hyperband", "min_iter": 9, "eta": 3, "strict": True},
        }

    def words(self, k: int) -> list[str]:
        """The arguments that W&B's agent gives to the k-th run, from 0."""
        hyphens = "" if "${args_no_hyphens}" in (self.command or ()) else "--"
        given = {self.parameter: self.values[k], **self.constants}
        return [f"{hyphens}{name}={value}" for name, value in sorted(given.items())]


def need(*packages: str) -> None:
    """Skip what needs a package that the programs' interpreter lacks."""
    for package in packages:
        if not _has(package):
            pytest.skip(f"{package} is not installed (tests/continuation/__init__.py)")


@functools.cache
def _has(package: str) -> bool:
    program = f"import importlib.util as u, sys; sys.exit(u.find_spec({package!r}) is None)"
    return subprocess.run([PYTHON, "-c", program], check=False).returncode == 0


def reports(lines: str) -> dict[int, float]:
    """What a program said of its metric, by epoch."""
    found = map(_SAID.match, lines.splitlines())
    return {int(match[1]): float(match[2]) for match in found if match}


@dataclass(frozen=True)
class Project:
    """A folder with a program and its sweep file, and a user at its shell."""

    folder: Path
    program: Program
    more_env: dict = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, program: Program, **env: str) -> Project:
        """Lay it out."""
        need("wandb", *program.packages)
        folder.mkdir()
        project = cls(folder, program, env)
        shutil.copy(PROGRAMS / program.name, folder)
        (folder / "sweep.yaml").write_text(yaml.safe_dump(program.sweep, sort_keys=False))
        project.tools.mkdir()
        shim = project.tools / "wbtools"
        shim.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -W ignore -m wbtools "$@"\n'
        )
        shim.chmod(0o755)
        return project

    @property
    def tools(self) -> Path:
        """The user's home, beside the project."""
        return self.folder.with_name(f"{self.folder.name}-tools")

    @property
    def env(self) -> dict[str, str]:
        """Of every process of this user: `wbtools`, and `python` with the program's packages."""
        home = str(self.tools)
        return {
            **os.environ,
            "PATH": os.pathsep.join([home, str(Path(PYTHON).parent), os.environ["PATH"]]),
            "HOME": home,
            "COLUMNS": "100",
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_DATA_DIR": home,
            "WANDB_CACHE_DIR": home,
            "WANDB_CONFIG_DIR": home,
            "WANDB_ERROR_REPORTING": "false",
            "WANDB_X_TRANSACTION_LOG_FLUSH_INTERVAL": "1",
            "WBTOOLS_ARCHIVE": str(self.tools / "archive"),
            "WBTOOLS_CACHE": "off",
            "OMP_NUM_THREADS": "1",
            **self.more_env,
        }

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start `python WORDS…` here."""
        return subprocess.Popen(
            [PYTHON, *words],
            cwd=self.folder,
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def train(
        self,
        k: int,
        run_id: str,
        *,
        stops_at: int | None = None,
    ) -> dict[int, float]:
        """Run the k-th of the sweep's configurations as an agent does, with no server in reach.

        Args:
            k: Which one, from 0.
            run_id: W&B's, as the agent sets it.
            stops_at: The epoch at whose end its process gets SIGTERM; None to let it end.

        Returns:
            What it reported, by epoch.
        """
        said: list[str] = []
        env = {"WANDB_MODE": "offline", "WANDB_SWEEP_ID": SWEEP, "WANDB_RUN_ID": run_id}
        with self.start(self.program.name, *self.program.words(k), **env) as process:
            for line in process.stdout:
                said.append(line)
                if stops_at is not None and line.startswith(f"epoch {stops_at}:"):
                    _end(process.pid)
        assert process.returncode == (self.program.code if stops_at else 0), "".join(said)
        return reports("".join(said))

    def sh(self, command: str, *codes: int) -> subprocess.CompletedProcess[str]:
        """What the user types; it ends with one of these exit codes, or with 0 if none is given."""
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert result.returncode in (codes or (0,)), f"{result.stdout}\n{result.stderr}"
        return result

    def verified(self, where: str) -> tuple[dict, str]:
        """What `verify` answers, as JSON and as a page on one line, whatever its verdict."""
        answer = self.sh(f"wbtools verify {where} --format json", *VERDICTS)
        page = self.sh(f"wbtools verify {where}", *VERDICTS)
        return json.loads(answer.stdout), " ".join(page.stdout.split())

    def never_stopped(self) -> dict[int, float]:
        """The reports of the second configuration where nobody stops it: the truth."""
        twin = self.folder.with_name(f"{self.folder.name}-twin")
        return Project.make(twin, self.program, **self.more_env).train(1, "twin0003")


def _end(pid: int) -> None:
    """Send SIGTERM once the SDK has written what was logged, which it does every second here."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(_FLUSHED_S)
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)


def stopped_offline(folder: Path, program: Program) -> tuple[Project, dict[int, float]]:
    """A project whose sweep's first run went to its end, and whose second one was stopped."""
    project = Project.make(folder, program)
    other = project.train(0, OTHER)
    stopped = project.train(1, STOPPED, stops_at=program.stops_at)
    assert max(stopped) < max(other)
    return project, stopped
