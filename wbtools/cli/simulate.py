"""`wbtools simulate`: what another early-termination rule would have done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.argument_groups import (
    NetworkArguments,
    PlainAnswerArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import Sweeps
from wbtools.cli.rule_option import RuleCommand
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.simulation.recommend import Recommendation


_GUARDS = "Guards: what a rule must not stop"


COMMAND_CLASS = RuleCommand
"""What `wbtools.cli.app` makes of this command in place of typer's own class."""


@with_examples(
    (
        "wbtools simulate demo",
        "Try a grid of rules on the recorded sweep that comes with wbtools.",
    ),
    (
        'wbtools simulate demo --rule "hyperband(min_iter=5,eta=3)" --rule none',
        "Compare two rules.",
    ),
    (
        "wbtools simulate demo --orders 5 --agents 4 -o rules.csv",
        "A quick look with four runs side by side, as a table.",
    ),
)
@takes_groups
def simulate(
    sweeps: Sweeps = None,
    *,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="Try this rule in place of the grid of rules; repeatable.",
        ),
    ] = None,
    agents: Annotated[
        int | None,
        typer.Option(
            "--agents",
            metavar="NUMBER",
            min=1,
            max=100_000,
            help="Let so many runs go on side by side. Without it, as many as were recorded.",
        ),
    ] = None,
    poll: Annotated[
        float,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=0,
            max=1e9,
            help="How often W&B's server looks at the runs; 0 means at all of them whenever one "
            "reports.",
        ),
    ] = 0.0,
    orders: Annotated[
        int,
        typer.Option(
            "--orders",
            metavar="NUMBER",
            min=1,
            max=10_000,
            help="Replay the sweep with its runs in so many orders; the first is the recorded one.",
        ),
    ] = 20,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="NUMBER", min=0, help="Another seed draws other orders and values."
        ),
    ] = 0,
    top: Annotated[
        int,
        typer.Option(
            "--top",
            metavar="NUMBER",
            min=0,
            help="Never stop so many of the best runs; 0 goes without this guard.",
            rich_help_panel=_GUARDS,
        ),
    ] = 3,
    preserve: Annotated[
        float | None,
        typer.Option(
            "--preserve",
            metavar="VALUE",
            help="Never stop runs that have reached this value.",
            rich_help_panel=_GUARDS,
        ),
    ] = None,
    patient: Annotated[
        int | None,
        typer.Option(
            "--patient",
            metavar="REPORTS",
            min=1,
            help="Never stop runs that improved within their last so many reports.",
            rich_help_panel=_GUARDS,
        ),
    ] = None,
    p_alive: Annotated[
        float | None,
        typer.Option(
            "--p-alive",
            metavar="PROBABILITY",
            min=0.001,
            max=1,
            help="Never stop runs that the learned model gives at least this probability of "
            "beating the best completed run; takes about a second for each replay.",
            rich_help_panel=_GUARDS,
        ),
    ] = None,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: PlainAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Replay sweeps under other early-termination rules: compute saved against good runs missed.

    Without --rule, the sweep's own rule and a grid of rules are tried: Hyperband as W&B has it,
    median stopping, ASHA, patience, a fixed length and none; the best of them under guards too. A
    guard is a condition under which a run is not stopped, whatever the rule says. Configurations,
    curves and speeds are those recorded; what stopped runs would have reported is drawn from the
    audit's estimates.
    """
    from wbtools.analysis.simulation.grid import Guards
    from wbtools.analysis.simulation.recommend import recommend
    from wbtools.analysis.simulation.simulate import Setup
    from wbtools.answers.simulate.answer import SimulateAnswer
    from wbtools.app.simulate import SimulateOptions, simulate_references

    selection = looked_at.selection
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    answer.check(*references)
    setup = Setup(
        n_workers=agents,
        poll_s=poll,
        n_orders=orders,
        seed=seed,
        guards=Guards(top=top or None, preserve=preserve, patient=patient, p_alive=p_alive),
    )
    with network.session(quiet=answer.quiet) as session:
        simulation = simulate_references(
            references,
            SimulateOptions(rules=tuple(rule or ()), setup=setup),
            sweep_was.options(),
            session,
            selection=selection,
        )
    advice = recommend(simulation)
    answer.deliver(SimulateAnswer.of(simulation, advice=advice))
    if len(references) == 1 and not selection:
        answer.offer(*_next(advice, references[0], sweep_was, network.words))


def _next(
    advice: Recommendation, reference: str, sweep_was: SweepArguments, where: Sequence[str]
) -> list[str]:
    """How the next sweep gets the rule: W&B's own, or a better one that a guard brings."""
    if reference.startswith("-"):
        return []
    judged = {
        "metric": sweep_was.metric,
        "goal": sweep_was.goal,
        "sweep_file": sweep_was.sweep_file,
    }
    rules = []
    if advice.rule is not None and not advice.rule.is_no_rule:
        rules.append({"early_terminate": advice.rule.rule})
    if advice.cheaper is not None:
        rules.append({"guard": advice.cheaper.rule})
    return [
        next_command("make-sweep", None, {"from": reference, **rule, **judged}, where)
        for rule in rules
    ]
