"""The commands that an answer leads to: whole, ready to paste, and meaning the run it speaks of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.audit.gem_words import run_to_repeat, run_to_zoom
from wbtools.answers.report.report import NextCommand
from wbtools.app.opening.run_names import name_of
from wbtools.text.sanitize import sanitize
from wbtools.text.shell_words import next_command, option

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.app.opening.question import AuditOptions

_AS_RECORDED = ("metric", "goal", "early_terminate", "sweep_file", "budget")


def commands_after_audit(
    audit: Audit,
    sweep: str,
    options: AuditOptions,
    words: Sequence[str],
    *,
    can_go_on: Collection[str] = (),
    is_verified: bool = False,
) -> Iterator[NextCommand]:
    """What to run next.

    Args:
        audit: The answer.
        sweep: As the user called it.
        options: What the user said of it, which every command says again.
        words: The options by which the next command works on what this one worked on.
        can_go_on: Ids of the runs of which a checkpoint was found.
        is_verified: Whether the run that it advises was run again already.
    """
    asked = asdict(options)
    zoom = run_to_zoom(audit)
    if zoom is not None:
        given = {"run": name_of(audit, zoom)} | asked
        line = next_command("audit-terminations", sweep, given, words)
        yield NextCommand(line=line, purpose=f"Look closely at run {_called(zoom.number_or_id)}")
    if audit.outcome.cannot_rank:
        line = next_command("simulate", sweep, {name: asked[name] for name in _AS_RECORDED}, words)
        yield NextCommand(line=line, purpose="See what other rules would have saved and missed")
    again = run_to_repeat(audit)
    if again is not None and (again.run.program is not None or audit.question.has_command):
        given = {"run": name_of(audit, again.run)} | asked
        called = _called(again.run.number_or_id)
        if is_verified:
            line = next_command("verify", sweep, given | {"method": None}, words)
            yield NextCommand(line=line, purpose=f"See whether run {called} held")
        else:
            if again.run.id in can_go_on:
                yield command_to_go_on(audit, again, sweep, options, words)
            line = next_command("replicate", sweep, given, words)
            yield NextCommand(line=line, purpose=f"Run the configuration of run {called} again")


def command_to_go_on(
    audit: Audit, row: RunAudit, sweep: str, options: AuditOptions, words: Sequence[str]
) -> NextCommand:
    """How to go on with a run that left a checkpoint.

    Args:
        audit: The answer.
        row: The run.
        sweep: As the user called it.
        options: What the user said of it.
        words: The options by which the next command works on what this one worked on.
    """
    given = {"run": name_of(audit, row.run)} | asdict(options)
    line = next_command("replicate", sweep, given, ["--continue", *words])
    called = _called(row.run.number_or_id)
    return NextCommand(line=line, purpose=f"Go on with run {called} from its checkpoint")


def commands_after_comparison(
    comparison: CompareAnswer, options: AuditOptions, words: Sequence[str]
) -> Iterator[NextCommand]:
    """How to look at the best run of all.

    Args:
        comparison: The answer.
        options: What the user said of the sweeps.
        words: The options by which the next command works on what this one worked on.
    """
    best = comparison.best
    if best is None or best.summary.best_run is None:
        return
    run = best.summary.best_run
    line = next_command(
        "audit-terminations", best.group.source, {"run": run.id} | asdict(options), words
    )
    called = _called(run.number_or_id)
    yield NextCommand(line=line, purpose=f"Look closely at the best run, {called} of {best.label}")


def command_to_audit(sweep: str, options: AuditOptions, words: Sequence[str]) -> NextCommand:
    """How to look at all stops of one of several sweeps.

    Args:
        sweep: As the user called it.
        options: What the user said of the sweeps.
        words: The options by which the next command works on what this one worked on.
    """
    line = next_command("audit-terminations", sweep, asdict(options), words)
    return NextCommand(line=line, purpose="See all of its gems, and why each run ended")


def plot_words(
    sweeps: Sequence[str], options: AuditOptions, words: Sequence[str]
) -> tuple[str, ...]:
    """The sweeps and options with which `plot` draws what this command shows.

    Args:
        sweeps: As the user called them.
        options: What the user said of them.
        words: The options by which the next command works on what this one worked on.
    """
    given = asdict(options)
    said = [
        word
        for name in (*_AS_RECORDED, "rank_by")
        if given[name] is not None
        for word in option(name, str(given[name]))
    ]
    is_option_like = any(sweep.startswith("-") for sweep in sweeps)
    return (*said, *words, "--", *sweeps) if is_option_like else (*sweeps, *said, *words)


def _called(name: str) -> str:
    return sanitize(name, limit=40)
