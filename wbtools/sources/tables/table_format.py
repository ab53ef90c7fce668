"""Which tool wrote a run table, and so which of its columns hold parameters."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


class TableFormat(StrEnum):
    """The formats that are told apart, as people call them."""

    OPTUNA = "Optuna's trials"
    RAY = "Ray Tune's results"
    WANDB_SCRIPT = "runs by W&B's export script"
    WANDB = "W&B's export of runs"
    WANDB_GROUPS = "W&B's export of groups of runs"
    WANDB_CHART = "W&B's export of a chart"
    WBTOOLS = "wbtools' export of runs"
    WBTOOLS_ROWS = "wbtools' export of rows"
    PLAIN = "a table of runs"

    @property
    def parameter_prefix(self) -> str | None:
        """What the columns of parameters begin with; None where that does not tell them."""
        return _PREFIXES.get(self)

    @property
    def tells_parameters(self) -> bool:
        """Whether the format marks parameters, so that no result can be taken for one."""
        return self in _PREFIXES or self is TableFormat.WANDB_SCRIPT

    def parameter_name(self, column: str) -> str:
        """What a parameter is called by its own tool: `params_lr` is `lr`, `config/a/b` is `a.b`.

        Args:
            column: A name in the header, or any other name, which is left as it is.
        """
        prefix, name = self.parameter_prefix, column.strip()
        if prefix is None or not name.startswith(prefix):
            return name
        bare = name.removeprefix(prefix)
        return bare.replace("/", ".") if self is TableFormat.RAY else bare

    def result_name(self, column: str) -> str:
        """What a result is called by its own tool: of wbtools, `summary/val/acc` is `val/acc`.

        Args:
            column: A name in the header, or any other name, which is left as it is.
        """
        name = column.strip()
        return name.removeprefix(RESULT_PREFIX) if self is TableFormat.WBTOOLS else name


RESULT_PREFIX: Final = "summary/"
"""Of the results in a table that `archive export --runs` wrote."""
_PREFIXES: Final = {
    TableFormat.OPTUNA: "params_",
    TableFormat.RAY: "config/",
    TableFormat.WBTOOLS: "config/",
}
_WBTOOLS: Final = frozenset({"run_id", "run_name", "run_number_from", "should_stop"})
_WBTOOLS_ROWS: Final = frozenset({"run_id", "metric", "step", "value", "sampled", "complete"})
_OPTUNA: Final = frozenset({"number", "state"})
_RAY: Final = frozenset({"trial_id", "training_iteration"})
_SCRIPT: Final = frozenset({"summary", "config"})
_WANDB: Final = frozenset({"Name", "State"})
_WANDB_OTHERS: Final = frozenset(
    {"Notes", "User", "Tags", "Created", "Runtime", "Sweep", "ID", "Updated", "End Time"}
)
_FEWEST_OTHERS: Final = 2
_GROUPS: Final = "Run Count"


def format_of(columns: Sequence[str], first_row: dict[str, str]) -> TableFormat:
    """Tell which tool wrote a table.

    Optuna's `Study.trials_dataframe` writes `params_…` and `user_attrs_…`, Ray Tune's
    `ResultGrid.get_dataframe` writes `config/…`. The script of W&B's documentation writes each
    run's configuration and summary as a Python mapping, and the button of W&B's page one column a
    key, after some about the run, with nothing that tells one from the other. `archive export`
    writes a row a report, or with `--runs` `config/…` and `summary/…` after what each run was.

    Args:
        columns: The names in the header.
        first_row: Its cells by column.
    """
    names = {name.strip() for name in columns}
    in_small_letters = {name.lower() for name in names}
    if in_small_letters >= _OPTUNA and any(name.startswith("params_") for name in names):
        return TableFormat.OPTUNA
    if names >= _RAY and any(name.startswith("config/") for name in names):
        return TableFormat.RAY
    if names >= _WBTOOLS:
        return TableFormat.WBTOOLS
    if names >= _WBTOOLS_ROWS:
        return TableFormat.WBTOOLS_ROWS
    if names >= _SCRIPT and all(first_row[name].lstrip().startswith("{") for name in _SCRIPT):
        return TableFormat.WANDB_SCRIPT
    if _GROUPS in names:
        return TableFormat.WANDB_GROUPS
    if names >= _WANDB and len(names & _WANDB_OTHERS) >= _FEWEST_OTHERS:
        return TableFormat.WANDB
    return TableFormat.PLAIN
