"""What a column of a run table tells of the run, by its name: who it was, how it ended, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.sources.tables.table_format import RESULT_PREFIX, TableFormat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

ID: Final = ("id", "run_id", "runid", "trial_id")
NAME: Final = ("name", "run", "run_name", "display_name")
NUMBER: Final = ("run_number", "number", "run_no")
STATE: Final = ("state", "status")
EXIT_CODE: Final = ("exit_code", "exitcode", "exit code", "return_code", "returncode")
CREATED: Final = ("created", "created_at", "createdat", "datetime_start")
RUNTIME: Final = ("runtime", "_runtime", "runtime_s", "_wandb.runtime", "time_total_s")
RUNTIME_H: Final = ("runtime_hours", "runtime_h")
REPORTS: Final = (
    *("epochs_trained", "n_reports", "reports", "epochs_run", "epochs_completed"),
    *("training_iteration", "epoch"),
)
HEARTBEAT: Final = ("heartbeat_at",)
STOPPED: Final = ("stopped",)
SHOULD_STOP: Final = ("should_stop",)
SWEEP: Final = ("sweep", "sweep_id")
GROUP: Final = ("group",)
TAGS: Final = ("tags",)
_PROGRESS: Final = frozenset({*REPORTS, "best_epoch", "best_step", "step", "global_step"})
_RUNTIME_OF_THE_RUN: Final = frozenset({"_runtime", "_wandb.runtime"})
_ABOUT_THE_RUN: Final = frozenset(
    {
        *ID, *NAME, *NUMBER, *STATE, *EXIT_CODE, *CREATED, *RUNTIME, *RUNTIME_H, *SWEEP,
        *("", "unnamed: 0", "user", "username", *TAGS),
    }
    - _RUNTIME_OF_THE_RUN
)  # fmt: skip
"""In any table, in small letters: these are read as what they say, and are nothing else."""
_NO_PARAMETERS: Final = frozenset(
    {
        "host", "hostname", "node_ip", "pid", "commit", "git_commit", "url", "timestamp",
        "datetime", "logdir", "log_dir", "run_dir", "note", "notes",
    }
)  # fmt: skip
"""Of where and when a run was, and what was noted of it, in small letters."""
_OF_FORMAT: Final = {
    TableFormat.WANDB: frozenset(
        {
            "Agent", "CLI Version", "Command", "Commit", "CPU Count", "Description", "End Time",
            "GPU Count", "GPU Type", "GitHub", "Github", "Hostname", "Host Name", "Job Type", "OS",
            "Path", "Python", "Python Version", "Updated", "Server Version",
        }
    ),
    TableFormat.OPTUNA: frozenset({"duration", "datetime_complete"}),
    TableFormat.RAY: frozenset(
        {
            "checkpoint_dir_name", "date", "done", "experiment_id", "experiment_tag",
            "iterations_since_restore", "time_since_restore", "time_this_iter_s",
            "timesteps_since_restore",
        }
    ),
}  # fmt: skip
"""In tables of one tool, as it writes them."""


class Columns:
    """The columns by what they mean; of names that differ only in case, the first means it."""

    def __init__(
        self, names: Sequence[str], table_format: TableFormat, *, without: Collection[str] = ()
    ) -> None:
        """Take the names in the header.

        Args:
            names: In the header.
            table_format: Which tool wrote it.
            without: Columns that are called like a run's number or state, and hold something else.
        """
        self._exact = {
            name.strip().lower(): name for name in reversed(names) if name not in without
        }
        self._prefix = table_format.parameter_prefix
        of_format = _OF_FORMAT.get(table_format, frozenset())
        self._about = {self._exact[name] for name in _ABOUT_THE_RUN & self._exact.keys()}
        self._aside = {name for name in names if name.strip() in of_format}
        self._aside |= {self._exact[name] for name in _NO_PARAMETERS & self._exact.keys()}
        if self._prefix is not None:  # parameters are marked, so that nobody misses one among these
            self._about |= self._aside
        if table_format is TableFormat.WBTOOLS:
            marked = (self._prefix or "", RESULT_PREFIX)
            self._about |= {name for name in names if not name.strip().startswith(marked)}
        self._progress = {self._exact[name] for name in _PROGRESS & self._exact.keys()}

    def first(self, names: Iterable[str]) -> str | None:
        """Give the first of these columns that there is."""
        return next((self._exact[name] for name in names if name in self._exact), None)

    def text(self, row: dict[str, str], names: Iterable[str]) -> str | None:
        """Give a cell as it stands; None if it is empty."""
        column = self.first(names)
        return None if column is None else row[column].strip() or None

    def is_config(self, column: str) -> bool:
        """Say whether a column may hold a parameter."""
        if self._prefix is not None:
            return column.strip().startswith(self._prefix)
        is_hidden = column.strip().startswith("_")
        aside = self._about | self._progress | self._aside
        return not is_hidden and column not in aside

    def is_result(self, column: str) -> bool:
        """Say whether a column may hold a result."""
        return column not in self._about
