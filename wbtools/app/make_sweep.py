"""A sweep file from a template, or the next one after recorded sweeps: linted, as a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.app.check_output import check_output
from wbtools.app.opening.question import AuditOptions
from wbtools.app.plan_next import plan_next
from wbtools.app.templates import DEFAULT, find_template, templates
from wbtools.errors import UsageError
from wbtools.model import AskedMetric, Goal
from wbtools.sources.settings_file import project_settings
from wbtools.sweepfile.draft import write_draft
from wbtools.sweepfile.making import make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.app.opening.session import Session
    from wbtools.planning.next_sweep import NextSweep, NextSweepOptions
    from wbtools.rules.rule import StoppingRule
    from wbtools.sweepfile.draft import Draft
    from wbtools.sweepfile.making import Made, MakeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSweep:
    """A sweep file that was made.

    Attributes:
        text: The file, which W&B would take.
        draft: The same as data and comments.
        remarks: What had to be said about it, the linter's warnings last.
        plan: What earlier sweeps showed; None for one from a template.
        guard: The rule by which `wbtools guard` is to stop its runs; None without one.
    """

    text: str
    draft: Draft
    remarks: tuple[str, ...]
    plan: NextSweep | None = None
    guard: StoppingRule | None = None

    @property
    def prior_runs(self) -> tuple[str, ...]:
        """Ids of recorded runs from which W&B's Bayesian search should start."""
        return () if self.plan is None else tuple(self.plan.prior_runs)


def sweep_of_template(
    template: str | None, options: MakeOptions, folder: Path | None = None
) -> MadeSweep:
    """Fill in a template.

    The metric of the project's settings takes the place of a shipped template's, which is an
    example; a template of the user's own keeps its metric.

    Args:
        template: Its name, or a sweep file; None for the default one.
        options: What the user says.
        folder: The user's own templates.

    Raises:
        UsageError: There is no such template, or W&B would refuse the sweep.
        DataError: The template cannot be read.
    """
    found = find_template(template or DEFAULT, templates(folder))
    if options.metric is None and options.goal is None and found.is_shipped:
        settings = project_settings()
        if settings.metric is not None:
            settings.tell("metric")
            metric = settings.metric
            options = replace(options, metric=metric.name, goal=metric.goal)
    return _checked(make(found.read(), options))


def sweep_after(
    references: Sequence[str],
    options: MakeOptions,
    next_options: NextSweepOptions,
    session: Session,
    *,
    sweep_file: Path | None = None,
) -> MadeSweep:
    """Write the sweep after the last of these.

    Args:
        references: What the user calls SWEEP, earlier stages first.
        options: What the user says; the metric and its goal are those by which the runs are judged.
        next_options: How far to narrow.
        session: How to reach W&B's servers; closed by the caller.
        sweep_file: The last sweep's own file.

    Raises:
        UsageError: As `audit_reference`, or W&B would refuse the sweep.
        DataError: As `audit_reference`, or no run has a value.
    """
    name, goal = options.metric, None if options.goal is None else Goal(options.goal)
    question = AuditOptions(
        metric=None if name is None else AskedMetric(name=name, goal=goal).option_text,
        goal=goal if name is None else None,
        sweep_file=sweep_file,
    )
    plan, remarks = plan_next(references, question, next_options, session)
    made = make(
        plan.draft,
        replace(options, metric=None, goal=None, keeps_others=True, full_run=plan.full_run),
    )
    made = replace(made, remarks=(*remarks, *made.remarks))
    return replace(_checked(made), plan=plan)


def refuse_both(template: str | None, references: Sequence[str]) -> None:
    """Refuse a template where the sweep follows a recorded one.

    Raises:
        UsageError: Both are named.
    """
    if template is not None and references:
        msg = f"both the template {template!r} and --from {references[-1]} are given"
        raise UsageError(msg, "leave one of them out")


def _checked(made: Made) -> MadeSweep:
    text = write_draft(made.draft)
    remarks = [*made.remarks, *check_output(text, "the sweep file")]
    if not {"program", "command"} & made.draft.data.keys():
        remarks.append("to start it by wandb agent, say with --program FILE what to run")
    return MadeSweep(text=text, draft=made.draft, remarks=tuple(remarks), guard=made.guard)
