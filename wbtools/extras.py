"""Packages that only some answers need: whether they are installed, and how to install them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, Literal

Extra = Literal["importance", "parquet", "reports"]
_MODULES: Final[dict[Extra, str]] = {
    "importance": "sklearn",
    "parquet": "pyarrow",
    "reports": "wandb_workspaces",
}


def is_installed(extra: Extra) -> bool:
    """Whether the package of an extra can be imported; it is not loaded.

    Args:
        extra: As in `pyproject.toml`.
    """
    return find_spec(_MODULES[extra]) is not None


def install_command(extra: Extra) -> str:
    """The line that installs an extra into the present environment.

    pip looks for the packages of the extra alone: wbtools itself is there already.
    """
    return f"pip install 'wbtools-sweeps[{extra}]'"
