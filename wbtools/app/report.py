"""A report from references to a page: open each sweep once, and ask every analysis about it."""

from __future__ import annotations

import getpass
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.analysis.simulation.grid import Guards
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.simulate import Setup
from wbtools.answers.audit.gem_words import run_to_repeat
from wbtools.answers.compare.answer import CompareAnswer
from wbtools.answers.doctor.answer import DoctorAnswer
from wbtools.answers.importance.answer import ImportanceAnswer
from wbtools.answers.limits import ROWS
from wbtools.answers.rank.answer import RankAnswer
from wbtools.answers.report.private_paths import Whereabouts
from wbtools.answers.report.report import NextCommand, Refusal, SweepReport
from wbtools.answers.simulate.answer import SimulateAnswer
from wbtools.app.audit import audit_source
from wbtools.app.audit_answer import answered
from wbtools.app.compare import CompareOptions, as_sweep_table, compare_opened
from wbtools.app.doctor import DoctorOptions, examine_source
from wbtools.app.importance import ImportanceOptions, importance_of
from wbtools.app.keep_replication import verified_before
from wbtools.app.next_commands import (
    command_to_audit,
    commands_after_audit,
    commands_after_comparison,
    plot_words,
)
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.question import AuditOptions
from wbtools.app.rank import RankOptions, rank_opened
from wbtools.app.simulate import SimulateOptions, simulate_opened
from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.app.observer import Observer
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource

T = TypeVar("T")
_GUARDED_RUNS: Final = 3
_FEWEST_ORDERS: Final = 10
"""With fewer no rule is recommended."""
_REPLAYED_REPORTS: Final = 500_000
"""In all orders together, for each rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What the user says of a report.

    Attributes:
        question: What is asked of every sweep.
        baseline: Of several sweeps, the one with which the others are compared.
        in_stages: Several sweeps are the stages of one search, in their order.
        include_host: Show host names, e-mail addresses and home folders.
        where: The options by which commands to paste work on what this one worked on.
    """

    question: AuditOptions = field(default_factory=AuditOptions)
    baseline: str | None = None
    in_stages: bool = False
    include_host: bool = False
    where: Sequence[str] = ()


def build_report(
    references: Sequence[str],
    options: ReportOptions,
    session: Session,
    selection: Selection | None = None,
) -> SweepReport:
    """Ask every analysis about sweeps; where one refuses, the report says why.

    Args:
        references: What the user calls SWEEP, each.
        options: What is asked.
        session: How to reach W&B's servers; closed by the caller.
        selection: Runs by group, tag and filter in place of sweeps.

    Raises:
        UsageError: A reference, the metric or the rule cannot be right, or is ambiguous.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: The sweep cannot be read.
    """
    summed = None if selection else _as_sums(references, options)
    if summed is not None:
        return summed
    opened = open_many(references, session, selection)
    if options.in_stages and len(opened) == 1:
        msg = f"{references[0]} is one sweep, and --stages tells of several"
        raise UsageError(msg, "name the others too, or leave --stages out")
    observer = session.observer
    if len(opened) > 1:
        return _of_several(references, opened, options, observer, selection)
    (reference,), (source,) = references, opened
    question = options.question
    audit = _answer(lambda: _audit(source, question, observer), is_asked=True)
    report = SweepReport(
        references=tuple(references),
        audits=(audit,),
        doctor=_answer(
            lambda: DoctorAnswer.of(examine_source(source, DoctorOptions(about=question), observer))
        ),
        importance=_answer(
            lambda: ImportanceAnswer.of(
                importance_of(
                    source,
                    question,
                    ImportanceOptions(),
                    observer,
                    None if isinstance(audit, Refusal) else audit,
                )
            )
        ),
        ranking=_answer(lambda: _ranking(references, opened, options, observer)),
        simulation=_answer(lambda: _simulation(opened, question, observer, _n_orders(audit))),
        comparison=_answer(
            lambda: _comparison(references, opened, options, observer),
            is_asked=options.baseline is not None,
        ),
        commands=_commands(audit, reference, options, session, selection),
        plot_words=plot_words(references, question, options.where),
        include_host=options.include_host,
        maker=_maker(),
        hosts=_other_hosts(opened, [audit]),
    )
    return _with_an_answer(report)


def _maker() -> Whereabouts:
    """Who runs this, and where, as far as that is known."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # which of them, Python's version decides
        user = None
    folders: list[str | None] = []
    for find in (Path.home, Path.cwd):
        try:
            folders.append(str(find()))
        except (OSError, RuntimeError):  # nobody knows the home; the folder was deleted
            folders.append(None)
    home, here = folders
    return Whereabouts(user=user, home=home, here=here)


def _with_an_answer(report: SweepReport) -> SweepReport:
    """The report, where anything in it is an answer.

    Raises:
        DataError: Every analysis refuses.
    """
    answers = [*report.audits, report.ranking, report.comparison]
    if all(answer is None or isinstance(answer, Refusal) for answer in answers):
        first = next(answer for answer in answers if isinstance(answer, Refusal))
        raise DataError(first.why, first.hint)
    return report


def _as_sums(references: Sequence[str], options: ReportOptions) -> SweepReport | None:
    """What a table of sweeps allows to say of them; None where nothing is such a table."""
    summed = as_sweep_table(references[0], _compared(options)) if len(references) == 1 else None
    if summed is None:
        return None
    return SweepReport(
        references=tuple(references),
        audits=(),
        comparison=CompareAnswer.of(summed),
        include_host=options.include_host,
        maker=_maker(),
    )


def _of_several(
    references: Sequence[str],
    opened: Sequence[SweepSource],
    options: ReportOptions,
    observer: Observer,
    selection: Selection | None,
) -> SweepReport:
    """Several sweeps side by side, or as the stages of one search."""
    audits = [_answer(partial(_audit, source, options.question, observer)) for source in opened]
    comparison = _answer(lambda: _comparison(references, opened, options, observer), is_asked=True)
    question, where = options.question, options.where
    commands: tuple[NextCommand, ...] = ()
    if not selection and not isinstance(comparison, Refusal):
        found = commands_after_comparison(comparison, options.question, options.where)
        commands = tuple(found)
    report = SweepReport(
        references=tuple(references),
        audits=tuple(audits),
        ranking=_answer(lambda: _ranking(references, opened, options, observer)),
        comparison=comparison,
        commands=commands,
        audit_commands=tuple(
            command_to_audit(reference, question, where) for reference in references
        ),
        plot_words=plot_words(references, options.question, options.where),
        include_host=options.include_host,
        maker=_maker(),
        hosts=_other_hosts(opened, audits),
    )
    return _with_an_answer(report)


def _answer(ask: Callable[[], T], *, is_asked: bool = False) -> T | Refusal:
    """An answer, or why there is none.

    Args:
        ask: Gives the answer.
        is_asked: What cannot be meant is what the user said, and the page is not made.
    """
    try:
        return ask()
    except (DataError, UsageError) as error:
        if is_asked and isinstance(error, UsageError):
            raise
        return Refusal(error.message, error.hint)


def _other_hosts(
    opened: Sequence[SweepSource], audits: Sequence[AuditAnswer | Refusal]
) -> tuple[str, ...]:
    """The machines of sweeps whose audit was refused: other answers may name them."""
    hosts: set[str] = set()
    for source, audit in zip(opened, audits, strict=True):
        if isinstance(audit, Refusal):
            with suppress(DataError, UsageError):
                hosts |= {run.host for run in source.read(()).runs if run.host}
    return tuple(sorted(hosts))


def _audit(source: SweepSource, question: AuditOptions, observer: Observer) -> AuditAnswer:
    return answered(source, audit_source(source, question, observer), observer, limit=ROWS)


def _ranking(
    references: Sequence[str],
    opened: Sequence[SweepSource],
    options: ReportOptions,
    observer: Observer,
) -> RankAnswer:
    """The leaderboard, by the metric that ranks."""
    question = options.question
    asked = question.rank_by or question.metric
    ranked = RankOptions(
        metrics=() if asked is None else (asked,),
        goal=None if question.rank_by is not None else question.goal,
        sweep_file=question.sweep_file,
        early_terminate=question.early_terminate,
        budget=question.budget,
    )
    return RankAnswer.of(rank_opened(references, opened, ranked, observer))


def _simulation(
    opened: Sequence[SweepSource], question: AuditOptions, observer: Observer, n_orders: int
) -> SimulateAnswer:
    setup = Setup(guards=Guards(top=_GUARDED_RUNS), n_orders=n_orders)
    found = simulate_opened(opened, SimulateOptions(setup=setup), question, observer)
    return SimulateAnswer.of(found, advice=recommend(found))


def _n_orders(audit: AuditAnswer | Refusal) -> int:
    """In how many orders rules are replayed: fewer of a large sweep, where each takes seconds."""
    usual = Setup().n_orders
    if isinstance(audit, Refusal):
        return usual
    n_reports = sum(row.budget or row.n_reports or 1 for row in audit.rows)
    return min(usual, max(_FEWEST_ORDERS, _REPLAYED_REPORTS // n_reports))


def _comparison(
    references: Sequence[str],
    opened: Sequence[SweepSource],
    options: ReportOptions,
    observer: Observer,
) -> CompareAnswer:
    compared = _compared(options)
    return CompareAnswer.of(compare_opened(references, opened, compared, observer))


def _compared(options: ReportOptions) -> CompareOptions:
    return CompareOptions(
        question=options.question,
        baseline=options.baseline,
        in_stages=options.in_stages,
        is_single_enough=True,
    )


def _commands(
    audit: AuditAnswer | Refusal,
    reference: str,
    options: ReportOptions,
    session: Session,
    selection: Selection | None,
) -> tuple[NextCommand, ...]:
    if isinstance(audit, Refusal):
        return ()
    advised = run_to_repeat(audit)
    is_verified = (
        advised is not None
        and not selection  # `verify` takes runs of sweeps alone
        and verified_before(audit, advised.run, session) is not None
    )
    found = commands_after_audit(
        audit,
        reference,
        options.question,
        options.where,
        can_go_on=audit.checkpoints,
        is_verified=is_verified,
    )
    return tuple(found)
