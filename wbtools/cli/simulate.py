"""`wbtools simulate`: what another early-termination rule would have done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from wbtools.cli.options import (
    AllRuns,
    ArchiveFolder,
    Budget,
    Cache,
    EarlyTerminate,
    Filter,
    Force,
    Format,
    FormatName,
    GoalWord,
    Group,
    Limit,
    MetricName,
    Offline,
    Output,
    Quiet,
    Refresh,
    SweepFile,
    Sweeps,
    Tag,
    Timeout,
    Verbose,
    form_of,
    selection_of,
)
from wbtools.cli.output import Color, ColorWhen, check_targets, make_page, note, write_answer
from wbtools.cli.progress import file_progress, open_session, step_progress
from wbtools.cli.shell_words import archive_words, command_line, option
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from wbtools.analysis.simulation.recommend import Recommendation
    from wbtools.analysis.simulation.simulate import Simulation
    from wbtools.answers.layout import Page
    from wbtools.app.opening.question import AuditOptions


_RULE_HELP = "Try this rule in place of the default grid; repeatable."


class SimulateCommand(TyperCommand):
    """The command, whose help lists the rules that there are when it is asked."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as Typer calls it
        """Add the rules to what `--rule` says."""
        from wbtools.rules.grammar import examples

        rules, guards = (", ".join(map(repr, forms)) for forms in examples())
        forms = f"{rules}, or one of them under a guard: {guards}."
        for known in self.params:
            if isinstance(known, TyperOption) and known.name == "rule":
                known.help = f"{_RULE_HELP} {forms}"
        super().format_options(ctx, formatter)


COMMAND_CLASS = SimulateCommand
"""What `wbtools.cli.app` makes of this command in place of typer's own class."""


def simulate(
    sweeps: Sweeps = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            metavar="RULE",
            help=_RULE_HELP,
        ),
    ] = None,
    agents: Annotated[
        int | None,
        typer.Option(
            "--agents", min=1, max=100_000, help="Runs side by side; else as many as recorded."
        ),
    ] = None,
    poll: Annotated[
        float,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=0,
            max=1e9,
            help="How often W&B's server looks at the runs; 0: at all runs at work whenever one "
            "reports.",
        ),
    ] = 0.0,
    orders: Annotated[
        int,
        typer.Option(
            "--orders",
            min=1,
            max=10_000,
            help="In how many orders the runs arrive; the first is the recorded one.",
        ),
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the orders and all draws.")] = 0,
    top: Annotated[
        int,
        typer.Option("--top", min=0, help="The guard that never stops the best so many; 0: none."),
    ] = 3,
    preserve: Annotated[
        float | None,
        typer.Option("--preserve", help="The guard that never stops runs at least this good."),
    ] = None,
    patient: Annotated[
        int | None,
        typer.Option(
            "--patient",
            min=1,
            help="The guard that never stops runs that improved in their last so many reports.",
        ),
    ] = None,
    p_alive: Annotated[
        float | None,
        typer.Option(
            "--p-alive",
            min=0.001,
            max=1,
            help="The guard that never stops runs whose projection beats the best completed run "
            "with at least this probability; takes about a second a replay.",
        ),
    ] = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    budget: Budget = None,
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    limit: Limit = 12,
    form: FormatName = None,
    output: Output = None,
    force: Force = False,
    color: ColorWhen = Color.AUTO,
    offline: Offline = False,
    refresh: Refresh = False,
    timeout: Timeout = None,
    cache: Cache = True,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Replay sweeps under other early-termination rules: compute saved against what is missed.

    Without --rule the sweep's own rule and a grid are tried: Hyperband as W&B has it, median
    stopping, ASHA, patience, a fixed length and none; the best of them under guards too.
    Configurations, curves and paces are those recorded; what stopped runs would have reported is
    drawn from their projections.
    """
    from wbtools.analysis.simulation.grid import Guards
    from wbtools.analysis.simulation.recommend import recommend
    from wbtools.analysis.simulation.simulate import Setup
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.simulate import SimulateOptions, simulate_references
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    references = sweeps or [sweep_in_use(None, archive, selection=selection)]
    for reference in references:
        check_targets(output, source=reference, force=force)
    setup = Setup(
        n_workers=agents,
        poll_s=poll,
        n_orders=orders,
        seed=seed,
        guards=Guards(top=top or None, preserve=preserve, patient=patient, p_alive=p_alive),
    )
    options = AuditOptions(
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        budget=budget,
    )
    with (
        file_progress(quiet=quiet) as on_file,
        open_session(
            quiet=quiet,
            archive=archive,
            offline=offline,
            refresh=refresh,
            timeout=timeout,
            cache=cache,
        ) as session,
        step_progress("replays", quiet=quiet) as on_step,
    ):
        simulation = simulate_references(
            references,
            SimulateOptions(rules=tuple(rule or ()), setup=setup),
            options,
            session,
            selection=selection,
            on_file=on_file,
            on_step=on_step,
        )
    advice = recommend(simulation)
    form = form or form_of(output)
    write_answer(_render(simulation, advice, form, limit, make_page(color, output, form)), output)
    if not quiet and len(references) == 1 and not selection:
        _offer(advice, references[0], options, archive_words(archive, offline=offline))


def _offer(advice: Recommendation, reference: str, options: AuditOptions, where: list[str]) -> None:
    """Say how the next sweep gets the rule."""
    if advice.rule is None or advice.rule.is_no_rule or reference.startswith("-"):
        return
    given = {
        "early_terminate": advice.rule.rule,
        "metric": options.metric,
        "goal": options.goal,
        "sweep_file": options.sweep_file,
    }
    words = ["make-sweep", "--from", reference]
    for name, value in given.items():
        words += [] if value is None else option(name, str(value))
    note(f"next: {command_line(['wbtools', *words, *where])}\n")


def _render(
    simulation: Simulation, advice: Recommendation, form: Format, limit: int, sheet: Page
) -> str:
    if form is Format.JSON:
        from wbtools.answers.simulate.json_text import render_simulation_json

        return render_simulation_json(simulation, advice)
    if form is Format.CSV:
        from wbtools.answers.simulate.csv_text import render_simulation_csv

        return render_simulation_csv(simulation)
    from wbtools.answers.simulate.text import render_simulation

    return render_simulation(simulation, advice, sheet, limit=limit)
