"""Sweep files as the answer of `make-sweep` has them: what they say, and the evidence for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.make_sweep.answer import DraftedParameter, DraftedSweep, MakeSweepAnswer
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.run_length import run_length, whole_number
from wbtools.sweepfile.space import axis_of
from wbtools.sweepfile.spec import spec_of
from wbtools.text.masking import masked_config
from wbtools.text.values import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.make_sweep import MadeSweep
    from wbtools.planning.narrowing import NarrowingDecision
    from wbtools.planning.next_sweep import NextSweep
    from wbtools.sweepfile.document import Document
    from wbtools.sweepfile.spec import SweepSpec


def made_sweep_answer(
    made: MadeSweep, *, job: str | None = None, show_secrets: bool = False
) -> MakeSweepAnswer:
    """The answer about one sweep file that is printed.

    Args:
        made: The file, and what earlier sweeps showed.
        job: The script of a Slurm array of agents, where one was asked for.
        show_secrets: Mask nothing.
    """
    sweep = drafted_sweep(
        made.text, None, remarks=made.remarks, plan=made.plan, show_secrets=show_secrets
    )
    return MakeSweepAnswer(sweeps=(sweep,), job=job)


def drafted_sweep(
    text: str,
    file: str | None,
    *,
    remarks: Sequence[str] = (),
    plan: NextSweep | None = None,
    later: str | None = None,
    show_secrets: bool = False,
) -> DraftedSweep:
    """A sweep file as the answer has it.

    Args:
        text: The file, which W&B would take.
        file: Where it goes; None where it is printed.
        remarks: What had to be said about it; what the linter finds is told as its finding.
        plan: What an earlier sweep showed, where one did.
        later: The command that writes it, where that is not now.
        show_secrets: Mask nothing.
    """
    document = read_document(text.encode())
    spec = spec_of(document.top, file or "the sweep file")
    called = spec.name or "sweep"
    findings = lint(text.encode(), source=file or "the sweep file")
    found = {f"{finding.code} {finding.title}" for finding in findings}
    decisions = () if plan is None else plan.decisions
    return DraftedSweep(
        text=text,
        name=called,
        file=file,
        config=masked_config(document.top, show_secrets=show_secrets, exact=True),
        method=spec.method,
        metric=spec.metric,
        run_cap=whole_number(document.top.get("run_cap")) or None,
        n_cells=document.n_cells,
        bands=_bands(document, spec),
        parameters=tuple(_parameters(document, called, decisions, show_secrets=show_secrets)),
        remarks=tuple(remark for remark in remarks if remark not in found),
        findings=tuple(findings),
        prior_run_ids=() if plan is None else plan.prior_runs,
        later=later,
    )


def _parameters(
    document: Document,
    sweep_name: str,
    decisions: Sequence[NarrowingDecision],
    *,
    show_secrets: bool,
) -> Iterator[DraftedParameter]:
    by_name = {decision.name: decision for decision in decisions}
    for parameter in document.parameters:
        body, name = parameter.mapping, parameter.name
        hidden = {key: hide_secrets(value, name) for key, value in body.items()}
        decision = by_name.get(name)
        if decision is not None and decision.body != body:
            decision = None  # the user said otherwise
        is_shown = show_secrets or hidden == body
        distribution = body.get("distribution")
        yield DraftedParameter(
            sweep_name=sweep_name,
            name=name,
            axis=axis_of(body if show_secrets else hidden),
            distribution=None if distribution is None else str(distribution),
            why=decision.why if decision is not None and is_shown else (),
            is_at_edge=None if decision is None else decision.at_edge,
        )


def _bands(document: Document, spec: SweepSpec) -> tuple[int, ...] | None:
    """Where the rule compares runs, as far as the longest one goes."""
    length = run_length(document)
    if spec.rule is None or length is None:
        return None
    return tuple(band for band in spec.rule.bands if band <= length.longest)
