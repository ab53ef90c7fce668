"""What a user should know before a run is continued: guesses, schedules, W&B's own ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.model import ResumeTakes, RunState
from wbtools.replication.command_finding import command_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.findings import Finding
    from wbtools.model import ResumeOption, Run
    from wbtools.replication.continuation import Continuation

_SCHEDULE: Final = re.compile(
    r"(?:lr|learning_rate)_?(?:scheduler|schedule|sched|decay|policy)\w*"
    r"|scheduler\w*|\w*_scheduler(?:_type)?|sched|\w*warm_?up\w*|\w*cosine\w*|t_max|step_?lr"
    r"|anneal\w*|decay_(?:steps|epochs|rate)|milestones"
)
_OFF: Final = frozenset({"", "none", "null", "constant", "false", "off", "no"})
_MOST_NAMED: Final = 4


def continuation_findings(
    continuation: Continuation, run: Run, *, was_offline: bool = False
) -> Iterator[Finding]:
    """`WBR316`, `WBR317`, `WBR319`.

    Args:
        continuation: How the run goes on.
        run: The run, with its configuration.
        was_offline: Whether it was recorded without a server.
    """
    yield from _guesses(continuation)
    names = schedule_names(run.config)
    if continuation.checkpoint.has_schedule is False and names:
        yield command_finding(
            "WBR317",
            "the checkpoint holds no learning-rate schedule, and the run has one "
            f"({', '.join(names[:_MOST_NAMED])}): the rate may start anew",
            "see that the program sets its schedule to the epoch at which it goes on",
            confidence=Confidence.MEDIUM,
            subject="checkpoint",
            evidence={"names": names[:_MOST_NAMED]},
        )
    if continuation.is_same_run:
        yield _same_run_offline() if was_offline else _same_run(run)


def _same_run_offline() -> Finding:
    """What W&B's SDK does where it has no server to ask."""
    return command_finding(
        "WBR319",
        "the run was recorded offline, and nothing is resumed offline: W&B's SDK writes a second "
        "folder with the same run id, in which the steps begin at 0 again",
        "leave out --same-run for a run of its own",
        severity=Severity.INFO,
        subject="run",
    )


def _same_run(run: Run) -> Finding:
    """What W&B does to a run that is resumed; a stop that it holds ends the program at once."""
    is_stopped = bool(run.stopped or run.should_stop)
    if is_stopped or (run.state is RunState.KILLED and run.stopped is None):
        return command_finding(
            "WBR319",
            f"W&B {'holds' if is_stopped else 'may still hold'} a stop of this run, and then "
            "interrupts the program as soon as it resumes the run",
            "leave out --same-run: a new run is not stopped for what the old one did",
            confidence=Confidence.HIGH if is_stopped else Confidence.MEDIUM,
            subject="run",
        )
    return command_finding(
        "WBR319",
        "W&B adds to the run itself: what the program logs again stands in its history twice",
        "leave out --same-run for a run of its own",
        severity=Severity.INFO,
        subject="run",
    )


def schedule_names(config: Mapping[str, object]) -> list[str]:
    """The names by which a configuration says that its learning rate follows a schedule."""
    return [
        name
        for name, value in config.items()
        if _SCHEDULE.fullmatch(name.rpartition(".")[2].lower().replace("-", "_"))
        and not (value is None or value is False or value == 0)
        and str(value).lower() not in _OFF
    ]


def _guesses(continuation: Continuation) -> Iterator[Finding]:
    option = continuation.option
    if option.confidence < Confidence.HIGH:
        rivals = f", and not {' or '.join(option.rivals)}" if option.rivals else ""
        yield command_finding(
            "WBR316",
            f"guessed from {option.source}: {resume_words(option)}{rivals}",
            "--resume-arg NAME says how it is told",
            confidence=Confidence.MEDIUM,
            evidence={"names": [option.name, *option.rivals]},
        )


def resume_words(option: ResumeOption) -> str:
    """How a program is told, as the end of a sentence: `--resume gets the checkpoint`."""
    name = option.spelled or option.name
    if option.takes is ResumeTakes.ALONE:
        return "the program goes on by itself where it finds a checkpoint"
    if option.takes.finds_itself:
        return f"{name} tells the program to go on"
    what = "the checkpoint's folder" if option.takes is ResumeTakes.FOLDER else "the checkpoint"
    return f"{name} gets {what}" + (f", and {option.flag} is set" if option.flag else "")
