"""The oracle's environment: made once, kept in `.oracle-venv`, apart from the project's own."""

import fcntl
import json
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".oracle-venv"
LOCK_FILE = ROOT / ".oracle-venv.lock"
LOCK = ROOT / ".ci" / "constraints-oracle.txt"


@pytest.fixture(scope="session")
def oracle_python() -> Path:
    """The interpreter of an environment with the dependency group `oracle`."""
    with LOCK_FILE.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # of several workers one makes it
        return _made_once()


def _made_once() -> Path:
    python = HOME / "bin" / "python"
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["oracle"]
    wanted = ["--constraint", str(LOCK), *wanted]
    installed = HOME / "installed.json"
    state = json.dumps([wanted, LOCK.read_text()])
    if not installed.exists() or installed.read_text() != state:
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        installed.write_text(state)
    return python


@pytest.fixture(scope="session")
def ask_engine(oracle_python):
    """Give cases to W&B's engine and get its decisions."""
    return _asking(oracle_python, "engine.py")


@pytest.fixture(scope="session")
def ask_bayes(oracle_python):
    """Give sweeps to W&B's bayes and get the values that it takes for their runs."""
    return _asking(oracle_python, "bayes_values.py")


@pytest.fixture(scope="session")
def ask_validator(oracle_python):
    """Give sweep files, as data, to W&B's schema and engine and get what they say."""
    return _asking(oracle_python, "validator.py")


@pytest.fixture(scope="session")
def ask_grid(oracle_python):
    """Let W&B's engine work grids through and get the runs of each."""
    return _asking(oracle_python, "grid_engine.py")


def _asking(oracle_python, name):
    def ask(cases: list) -> list:
        script = Path(__file__).with_name(name)
        result = subprocess.run(
            [oracle_python, script],
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            sys.stderr.write(result.stderr[-2000:])
        assert result.returncode == 0
        return json.loads(result.stdout)

    return ask
