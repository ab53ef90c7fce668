"""A simulation from references to an answer: open, settle the questions, read, replay."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wbtools.analysis.simulation.scenario import Scenario, scenario
from wbtools.analysis.simulation.simulate import Setup, Simulation, simulate
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.session import Session
from wbtools.rules.grammar import parse_runnable_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.app.observer import Observer
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.source import SweepSource

    OnStep = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateOptions:
    """What the user says of the simulation.

    Attributes:
        rules: In the rules' grammar; empty for the sweeps' own rules and the default grid.
        setup: How the sweeps are run.
    """

    rules: tuple[str, ...] = ()
    setup: Setup = field(default_factory=Setup)


def simulate_references(
    references: Sequence[str],
    options: SimulateOptions | None = None,
    audit_options: AuditOptions | None = None,
    session: Session | None = None,
    *,
    selection: Selection | None = None,
) -> Simulation:
    """Try rules on what the user calls SWEEP.

    Args:
        references: Paths, `PATH#SWEEP_ID`, sweeps of W&B's, or `demo`.
        options: Which rules, and how the sweeps are run.
        audit_options: What the user says of the sweeps themselves.
        session: How to reach W&B's servers; closed by the caller.
        selection: Runs by group, tag and filter in place of sweeps.

    Raises:
        UsageError: A reference, the metric or a rule cannot be right, or is ambiguous.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    options, audit_options = options or SimulateOptions(), audit_options or AuditOptions()
    with ExitStack() as closing:
        reached = session or closing.enter_context(Session())
        opened = open_many(references, reached, selection)
        return simulate_opened(opened, options, audit_options, reached.observer)


def simulate_opened(
    opened: Sequence[SweepSource],
    options: SimulateOptions,
    audit_options: AuditOptions,
    observer: Observer,
) -> Simulation:
    """Try rules on sweeps that were opened.

    Args:
        opened: The sweeps.
        options: Which rules, and how the sweeps are run.
        audit_options: What the user says of the sweeps themselves.
        observer: Told how far it is.

    Raises:
        UsageError: The metric or a rule cannot be right, or is ambiguous.
        DataError: The data do not allow an answer.
    """
    rules = [parse_runnable_rule(text) for text in options.rules]
    weights = load_weights()
    scenarios: list[Scenario] = []
    for source in opened:
        question = resolve_question(audit_options, source)
        sweep = read_with_context(source, [question.metric.name], observer)
        on_progress = observer.stage("projecting stopped runs")
        scenarios.append(scenario(sweep, question, weights, on_progress))
    on_progress = observer.stage("replaying rules")
    return simulate(scenarios, rules, options.setup, on_progress=on_progress)
