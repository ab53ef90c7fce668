"""The rare records of a run file (run, config, exit, environment, …) gathered into facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.local.json_items import NameBudget, SummaryFold, Tree
from wbtools.sources.local.protobuf import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CONFIG: Final = 5
_STATS: Final = 7
_TELEMETRY: Final = 11
_RUN: Final = 17
_EXIT: Final = 18
_HEADER: Final = 21
_PREEMPTING: Final = 23
_ENVIRONMENT: Final = 26
_KINDS: Final[dict[str, type]] = {
    **dict.fromkeys(("run_id", "entity", "project", "sweep_id", "group", "job_type"), str),
    **dict.fromkeys(("display_name", "host", "program", "git_commit", "gpu"), str),
    **dict.fromkeys(("tags", "argv"), tuple),
    **dict.fromkeys(("resumed", "exited", "preempting"), bool),
    "started_at_s": float,
    "exit_code": int,
}


class RunRecords:
    """What a run file's records have said so far; a later record overrules an earlier one.

    Attributes:
        has_run: A run record was among them.
        stats_at_s: The latest system statistics, Unix seconds.
        summary: The summary records.
        dropped_names: Names were too many or too long to be kept; known after `answers`.
    """

    def __init__(self) -> None:
        """Start knowing nothing."""
        self.has_run = False
        self.dropped_names = False
        self.stats_at_s: float | None = None
        self.summary = SummaryFold()
        self._config = Tree()
        self._sdk_version = ""
        self._environment_start_s: float | None = None
        self._known: dict[str, Any] = {}
        self._takers: dict[int, Callable[[bytes, int], None]] = {
            _CONFIG: self._take_config,
            _STATS: self._take_stats,
            _TELEMETRY: self._take_telemetry,
            _RUN: self._take_run,
            _EXIT: self._take_exit,
            _HEADER: self._take_header,
            _PREEMPTING: self._take_preempting,
            _ENVIRONMENT: self._take_environment,
        }

    def take(self, kind: int, message: bytes, offset: int) -> None:
        """Take the content of a record that lies at `offset`, if its kind is of interest.

        Raises:
            WireError: The bytes are no message; then nothing was taken.
        """
        taker = self._takers.get(kind)
        if taker is not None:
            taker(message, offset)

    def state(self) -> dict[str, object]:
        """Give what was said so far as JSON values, without the summary."""
        return {
            "known": self._known,
            "has_run": self.has_run,
            "stats_at_s": self.stats_at_s,
            "sdk_version": self._sdk_version,
            "environment_start_s": self._environment_start_s,
            "config": self._config.root,
            "config_dropped": self._config.dropped,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], summary: SummaryFold) -> RunRecords:
        """Go on where others were.

        Args:
            state: Theirs, out of a file that may hold anything.
            summary: Theirs.

        Raises:
            KeyError: A part of it is lacking.
            TypeError: A part of it is something else.
        """
        records = cls()
        known = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in state["known"].items()
        }
        texts = [text for value in known.values() if isinstance(value, tuple) for text in value]
        if any(type(value) is not _KINDS[name] for name, value in known.items()) or not (
            {type(text) for text in texts} <= {str}
            and isinstance(state["config"], dict)
            and isinstance(state["sdk_version"], str)
            and isinstance(state["has_run"], bool)
            and isinstance(state["config_dropped"], bool)
            and {type(state["stats_at_s"]), type(state["environment_start_s"])}
            <= {float, type(None)}
        ):
            msg = "these are no facts of a run"
            raise TypeError(msg)
        records.has_run, records.stats_at_s = state["has_run"], state["stats_at_s"]
        records.summary = summary
        records._known = known
        records._sdk_version = state["sdk_version"]
        records._environment_start_s = state["environment_start_s"]
        records._config = Tree(state["config"], dropped=state["config_dropped"])
        return records

    def answers(self, *, with_summary: bool, name: str) -> dict[str, Any]:
        """Give what is known as arguments of `RunFile`.

        Args:
            with_summary: Work out the last summary too.
            name: The file's stem, `run-ID`, for files without a run record.
        """
        known = {"run_id": name.removeprefix("run-") or name, **self._known}
        known.setdefault("started_at_s", self._environment_start_s)
        known["has_run"] = self.has_run
        client_version = self._config.get("_wandb.cli_version") or self._config.get(
            "_wandb", "cli_version"
        )
        known["sdk_version"] = self._sdk_version or str(client_version or "")
        budget = NameBudget()
        known["config"] = self._config.flat(budget, without="_wandb")
        dropped = self._config.dropped
        if with_summary:
            tree = self.summary.tree()
            known["summary"] = tree.flat(summary_budget := NameBudget())
            dropped = dropped or tree.dropped or summary_budget.exceeded
        self.dropped_names = dropped or budget.exceeded
        return known

    def _know(self, **facts: object) -> None:
        """Note facts that were really given."""
        self._known.update({k: v for k, v in facts.items() if v is not None and v not in {"", ()}})

    def _take_run(self, raw: bytes, offset: int) -> None:
        run = Message(raw)
        telemetry = Message(b"".join(run.chunks(19))).text(5)
        git_commit = run.message(21).text(2)
        started_at_s = run.timestamp_s(17)
        self._config.apply(run.message(4))
        self.has_run = True
        self._know(
            run_id=run.text(1),
            entity=run.text(2),
            project=run.text(3),
            group=run.text(6),
            job_type=run.text(7),
            display_name=run.text(8),
            tags=run.texts(10),
            sweep_id=run.text(12),
            host=run.text(13),
            started_at_s=started_at_s,
            git_commit=git_commit,
        )
        if run.number(18):
            self._know(resumed=True)
        for summary in run.chunks(5):
            self.summary.add(summary, offset)
        self._sdk_version = telemetry or self._sdk_version

    def _take_config(self, raw: bytes, _offset: int) -> None:
        self._config.apply(Message(raw))

    def _take_stats(self, raw: bytes, _offset: int) -> None:
        at_s = Message(raw).timestamp_s(2)
        if at_s is not None:
            self.stats_at_s = max(at_s, self.stats_at_s or at_s)

    def _take_telemetry(self, raw: bytes, _offset: int) -> None:
        self._sdk_version = Message(raw).text(5) or self._sdk_version

    def _take_exit(self, raw: bytes, _offset: int) -> None:
        self._know(exited=True, exit_code=Message(raw).number(1))

    def _take_header(self, raw: bytes, _offset: int) -> None:
        producer = Message(raw).message(1).text(1)
        self._sdk_version = self._sdk_version or producer.partition("+")[0]

    def _take_preempting(self, _raw: bytes, _offset: int) -> None:
        self._know(preempting=True)

    def _take_environment(self, raw: bytes, _offset: int) -> None:
        environment = Message(raw)
        program = environment.text(6)
        args = environment.texts(5)
        started_at_s = environment.timestamp_s(3)
        git_commit = environment.message(9).text(2)
        gpus = [gpu.text(1) for gpu in environment.messages(24)]
        if self._environment_start_s is None:
            self._environment_start_s = started_at_s
        if program:
            self._known["argv"] = args
        self._know(
            program=program,
            git_commit=git_commit,
            gpu=environment.text(18) or next(filter(None, gpus), ""),
        )
        if environment.text(12):
            self._known.setdefault("host", environment.text(12))
