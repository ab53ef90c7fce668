"""wbtools: audit, rescue and rerun Weights & Biases sweeps.

    import wbtools

    sweep = wbtools.load_sweep("path/to/project")
    done = wbtools.audit(sweep)
    wbtools.plot(done).savefig("sweep.svg")
    frame = wbtools.to_frame(sweep)

The names are loaded when they are first used: `import wbtools` alone loads neither NumPy nor
pandas nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wbtools.errors import DataError, UsageError, WbtoolsError
    from wbtools.library import audit, load_sweep, plot, to_frame

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "UsageError",
    "WbtoolsError",
    "audit",
    "load_sweep",
    "plot",
    "to_frame",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name means
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    home = import_module("wbtools.errors" if name.endswith("Error") else "wbtools.library")
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
