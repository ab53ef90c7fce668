"""`wbtools forecast`: what a sweep file will cost and may lose, before any GPU hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import NetworkArguments, WholeAnswerArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import GoalWord, MetricName
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.model.forecast import Forecast

_SIMULATION = "What it is simulated on"
_ONCE = "Give it once for all files, or once for each in their order."


@with_examples(
    (
        "wbtools forecast sweep.yaml --runs 40 --hours-per-run 0.5",
        "What forty runs of half an hour will cost, and what Hyperband may lose.",
    ),
    (
        "wbtools forecast sweep.yaml --runs 40 --hours-per-run 0.5 --like demo",
        "The same on the learning curves of a sweep that was recorded.",
    ),
    (
        "wbtools forecast sweep.yaml --runs 40 --rule 'top(hyperband(min_iter=5,eta=3),k=3)'",
        "What a guard would save, and what it may lose.",
    ),
)
@takes_groups
def forecast(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Sweep files, or series of them, run one after the other; - reads stdin.",
            show_default=False,
        ),
    ],
    *,
    runs: Annotated[
        list[int] | None,
        typer.Option(
            "--runs",
            metavar="NUMBER",
            min=1,
            max=10**9,
            help=f"How many runs there will be, in place of run_cap or the grid's number. {_ONCE}",
        ),
    ] = None,
    budget: Annotated[
        list[int] | None,
        typer.Option(
            "--budget",
            metavar="REPORTS",
            min=1,
            max=10**9,
            help="How many times a full run reports the metric; where epochs are swept, the "
            f"longest run. Without it, once an epoch. {_ONCE}",
        ),
    ] = None,
    reports_per_epoch: Annotated[
        list[str] | None,
        typer.Option(
            "--reports-per-epoch",
            metavar="NUMBER",
            help=f"How often the metric is logged in each epoch: 2, 0.5 or 1/3. {_ONCE}",
        ),
    ] = None,
    hours_per_run: Annotated[
        list[float] | None,
        typer.Option(
            "--hours-per-run",
            metavar="HOURS",
            help=f"How long a full run takes; where epochs are swept, on average. {_ONCE}",
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="Stop runs by this rule, as `wbtools guard` does, in place of the file's "
            "early_terminate; see `wbtools rule`.",
        ),
    ] = None,
    agents: Annotated[
        int,
        typer.Option(
            "--agents", metavar="NUMBER", min=1, max=10**6, help="How many runs go on side by side."
        ),
    ] = 1,
    like: Annotated[
        list[str] | None,
        typer.Option(
            "--like",
            metavar="SWEEP",
            help="Simulate on the curves of this recorded sweep, in place of those that come with "
            "wbtools; repeated, on each of them. Any SWEEP that holds curves is taken; a run table "
            "holds none.",
            rich_help_panel=_SIMULATION,
            autocompletion=completion.sweeps,
        ),
    ] = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            metavar="NUMBER",
            min=0,
            help="Another seed draws other sweeps.",
            rich_help_panel=_SIMULATION,
        ),
    ] = 0,
    answer: WholeAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Say what a sweep file will cost, and what its early termination may lose, before it runs.

    No account is needed: the rule is replayed on real learning curves, those that come with wbtools
    or those of --like. --metric and --goal speak of the sweeps of --like.
    """
    from wbtools.answers.forecast.answer import ForecastAnswer
    from wbtools.app.forecast import ForecastOptions, forecast_files
    from wbtools.app.forecast_words import file_options
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    answer.check(*files, has_findings=False)
    if not like and (metric or goal):
        msg = "--metric and --goal speak of a recorded sweep, and --like names none"
        raise UsageError(msg, "leave them away: a forecast looks at the order of values only")
    options = ForecastOptions(
        files=file_options(
            len(files),
            runs=runs or (),
            budget=budget or (),
            reports_per_epoch=reports_per_epoch or (),
            hours_per_run=hours_per_run or (),
        ),
        like=tuple(like or ()),
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        n_agents=agents,
        seed=seed,
        rule=rule,
    )
    with network.session(quiet=answer.quiet) as session:
        forecast = forecast_files(files, options, session)
    answer.deliver(ForecastAnswer.of(forecast))
    missing = {lack.option: lack.value for sweep in forecast.sweeps for lack in sweep.plan.missing}
    if missing:
        facts = " ".join(f"{name} {value}" for name, value in missing.items())
        answer.note(f"For what is not known yet, add {facts} to the same command.")
    else:
        answer.offer(*_next(forecast, files, rule))


def _next(forecast: Forecast, files: list[str], rule: str | None) -> Iterator[str]:
    """How the sweeps are started, and the guard that stops their runs by the rule."""
    from wbtools.rules.grammar import parse_rule
    from wbtools.sweepfile.guarding import SWEEP_ID, guard_command

    series = {sweep.plan.series for sweep in forecast.sweeps}
    for name in files:
        plain = ["--", name] if name.startswith("-") else [name]
        words = ["wandb", "sweep", *plain]
        if name in series:
            words = ["wbtools", "make-sweep", *option("series", name), "-o", "FOLDER"]
        if name != "-":
            yield command_line(words)
    if rule is not None and any(sweep.plan.is_stopped for sweep in forecast.sweeps):
        yield guard_command(SWEEP_ID, parse_rule(rule), by_scheduler=False, acts=False)
