"""The rare records of a run file (run, config, exit, environment, …) gathered into facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.wandb_items import SummaryFold, Tree
from wbtools.sources.wandb_wire import Message

if TYPE_CHECKING:
    from collections.abc import Callable

_CONFIG: Final = 5
_STATS: Final = 7
_TELEMETRY: Final = 11
_RUN: Final = 17
_EXIT: Final = 18
_HEADER: Final = 21
_PREEMPTING: Final = 23
_ENVIRONMENT: Final = 26


class Facts:
    """What a run file's records have said so far; a later record overrules an earlier one."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self.has_run = False
        self.stats_at_s: float | None = None
        self.summary = SummaryFold()
        self._config = Tree()
        self._sdk_version = ""
        self._environment_start_s: float | None = None
        self._known: dict[str, Any] = {}
        self._takers: dict[int, Callable[[bytes], None]] = {
            _CONFIG: self._take_config,
            _STATS: self._take_stats,
            _TELEMETRY: self._take_telemetry,
            _RUN: self._take_run,
            _EXIT: self._take_exit,
            _HEADER: self._take_header,
            _PREEMPTING: self._take_preempting,
            _ENVIRONMENT: self._take_environment,
        }

    def take(self, kind: int, message: bytes) -> None:
        """Take a record's content, if its kind is of interest.

        Raises:
            WireError: The bytes are no message.
        """
        taker = self._takers.get(kind)
        if taker is not None:
            taker(message)

    def answers(self, *, with_summary: bool, name: str) -> dict[str, Any]:
        """Give what is known as arguments of `RunFile`.

        Args:
            with_summary: Work out the last summary too.
            name: The file's stem, `run-ID`, for files without a run record.
        """
        known = {"run_id": name.removeprefix("run-"), **self._known}
        known.setdefault("started_at_s", self._environment_start_s)
        config = self._config.flat()
        telemetry = str(config.get("_wandb.cli_version") or "")
        known["sdk_version"] = self._sdk_version or telemetry
        known["config"] = self._config.flat(without="_wandb")
        if with_summary:
            known["summary"] = self.summary.tree().flat()
        return known

    def _know(self, **facts: object) -> None:
        """Note facts that were really given."""
        self._known.update({k: v for k, v in facts.items() if v is not None and v not in {"", ()}})

    def _take_run(self, raw: bytes) -> None:
        run = Message(raw)
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
            started_at_s=run.timestamp_s(17),
            git_commit=run.message(21).text(2),
        )
        if run.number(18):
            self._know(resumed=True)
        self._config.apply(run.message(4))
        for summary in run.chunks(5):
            self.summary.add(summary)
        self._take_telemetry(b"".join(run.chunks(19)))

    def _take_config(self, raw: bytes) -> None:
        self._config.apply(Message(raw))

    def _take_stats(self, raw: bytes) -> None:
        at_s = Message(raw).timestamp_s(2)
        if at_s is not None:
            self.stats_at_s = max(at_s, self.stats_at_s or at_s)

    def _take_telemetry(self, raw: bytes) -> None:
        self._sdk_version = Message(raw).text(5) or self._sdk_version

    def _take_exit(self, raw: bytes) -> None:
        self._know(exited=True, exit_code=Message(raw).number(1))

    def _take_header(self, raw: bytes) -> None:
        producer = Message(raw).message(1).text(1)
        self._sdk_version = self._sdk_version or producer.partition("+")[0]

    def _take_preempting(self, _raw: bytes) -> None:
        self._know(preempting=True)

    def _take_environment(self, raw: bytes) -> None:
        environment = Message(raw)
        program = environment.text(6)
        args = environment.texts(5)
        if self._environment_start_s is None:
            self._environment_start_s = environment.timestamp_s(3)
        if program:
            self._known["argv"] = args
        gpus = [gpu.text(1) for gpu in environment.messages(24)]
        self._know(
            program=program,
            git_commit=environment.message(9).text(2),
            gpu=environment.text(18) or next(filter(None, gpus), ""),
        )
        if environment.text(12):
            self._known.setdefault("host", environment.text(12))
