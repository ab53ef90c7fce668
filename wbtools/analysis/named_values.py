"""Which runs of a sweep a file's name fits by the values in it: `sgd_lr0.01_seed3.joblib`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import Run

_NUMBER: Final = r"(?P<mantissa>-?\d{1,12}(?:\.\d{1,12})?)(?:e(?P<exponent>[-+]?\d{1,3}))?"
_COUNTING: Final = frozenset(
    {"epoch", "epochs", "step", "steps", "iter", "iteration", "round", "ckpt", "checkpoint"}
    | {"model", "state", "version", "v"}
)
"""Parameters of these names are no clue: numbers after them count."""
_MOST_PARAMETERS: Final = 50
_MOST_RUNS: Final = 3_000
_SLACK: Final = 0.501
"""Of the last digit: how far a value may be from what its rounded text says."""


class NamedValues:
    """The numbers in which the runs of a sweep differ, as names may have them."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Learn which parameters vary; of very many runs none, as that would take long."""
        self._run_ids = frozenset(run.id for run in runs)
        values: dict[str, dict[str, float]] = {}
        for run in runs if len(runs) <= _MOST_RUNS else ():
            for name, value in run.config.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    values.setdefault(name, {})[run.id] = float(value)
        self._values: list[tuple[re.Pattern[str], dict[str, float]]] = []
        for name, by_run in values.items():
            last = name.rpartition(".")[2].lower()
            varies = len(set(by_run.values())) > 1
            if varies and len(self._values) < _MOST_PARAMETERS and last not in _COUNTING:
                called = re.escape(last).replace("_", "[-_]?")
                pattern = re.compile(rf"(?<![a-z\d]){called}[=_-]?{_NUMBER}(?![\d.]*\d|[a-z])")
                self._values.append((pattern, by_run))

    def fitting(self, path: str) -> frozenset[str] | None:
        """The ids of the runs that had all the values that a path names; None where it names none.

        Args:
            path: Hostile.
        """
        fitting: frozenset[str] | None = None
        for pattern, by_run in self._values:
            match = pattern.search(path.lower())
            if match is None:
                continue
            known = self._run_ids if fitting is None else fitting
            fitting = frozenset(
                run_id for run_id in known if run_id in by_run and _says(match, by_run[run_id])
            )
        return fitting or None


def _says(match: re.Match[str], value: float) -> bool:
    """Whether a text is a number, rounded to as many digits as it has."""
    mantissa, exponent = match["mantissa"], int(match["exponent"] or 0)
    n_decimals = len(mantissa.partition(".")[2])
    said = float(f"{mantissa}e{exponent}")
    return abs(said - value) <= _SLACK * float(f"1e{exponent - n_decimals}")
