"""`wbtools forecast`: what a sweep file will cost and may lose, before any GPU hour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from wbtools.cli.common import NetworkArguments, WholeAnswerArguments
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import GoalWord, MetricName
from wbtools.cli.progress import step_progress
from wbtools.cli.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from wbtools.model.forecast import Forecast
    from wbtools.planning.forecast_file import ForecastFileOptions

_T = TypeVar("_T")
_RATIO = re.compile(r"[0-9]{0,6}\.?[0-9]{1,6}|[0-9]{1,6}/[1-9][0-9]{0,5}")
_ONCE = "Once for all files, or once for each in their order."


@takes_groups
def forecast(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Sweep files, or series of them, run one after the other; - reads stdin.",
            show_default=False,
        ),
    ],
    *,
    runs: Annotated[
        list[int] | None,
        typer.Option(
            "--runs", min=1, max=10**9, help=f"Runs, in place of run_cap or the grid's. {_ONCE}"
        ),
    ] = None,
    budget: Annotated[
        list[int] | None,
        typer.Option(
            "--budget",
            min=1,
            max=10**9,
            help="Reports of a full run, of the longest where epochs are swept; else as many as "
            f"epochs. {_ONCE}",
        ),
    ] = None,
    reports_per_epoch: Annotated[
        list[str] | None,
        typer.Option(
            "--reports-per-epoch",
            metavar="NUMBER",
            help=f"How often an epoch logs the metric: 2, 0.5, 1/3. {_ONCE}",
        ),
    ] = None,
    hours_per_run: Annotated[
        list[float] | None,
        typer.Option(
            "--hours-per-run",
            help=f"Hours of a full run, on average where epochs are swept. {_ONCE}",
        ),
    ] = None,
    agents: Annotated[
        int, typer.Option("--agents", min=1, max=10**6, help="Runs side by side.")
    ] = 1,
    like: Annotated[
        list[str] | None,
        typer.Option(
            "--like",
            metavar="SWEEP",
            help="Simulate on the curves of this recorded sweep (as `audit-terminations` takes "
            "it), in place of those that ship with wbtools. Several times: on each of them.",
        ),
    ] = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed draws other sweeps.")
    ] = 0,
    answer: WholeAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Say what a sweep file will cost, and what its early termination may lose, before it runs.

    Needs no account: the rule is replayed on real learning curves, those that ship with wbtools or
    those of --like. Metric and goal are those of --like.
    """
    from wbtools.answers.forecast.answer import ForecastAnswer
    from wbtools.app.forecast import ForecastOptions, forecast_files
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    answer.check(*files)
    if not like and (metric or goal):
        msg = "--metric and --goal speak of a recorded sweep, and --like names none"
        raise UsageError(msg, "leave them away: a forecast looks at the order of values only")
    options = ForecastOptions(
        files=_asked(len(files), runs, budget, reports_per_epoch, hours_per_run),
        like=tuple(like or ()),
        metric=metric,
        goal=None if goal is None else Goal(goal),
        n_agents=agents,
        seed=seed,
    )
    with (
        network.session(quiet=answer.quiet) as session,
        step_progress("simulating", quiet=answer.quiet) as on_done,
    ):
        forecast = forecast_files(files, options, session, on_done)
    answer.deliver(ForecastAnswer.of(forecast))
    answer.offer(*_next(forecast, files))


def _asked(
    n_files: int,
    runs: list[int] | None,
    budget: list[int] | None,
    reports_per_epoch: list[str] | None,
    hours_per_run: list[float] | None,
) -> tuple[ForecastFileOptions, ...]:
    """What is said of each file."""
    from wbtools.planning.forecast_file import ForecastFileOptions

    per_epoch = [_per_epoch(text) for text in reports_per_epoch or ()]
    return tuple(
        ForecastFileOptions(runs=n, budget=reports, reports_per_epoch=ratio, hours_per_run=hours)
        for n, reports, ratio, hours in zip(
            _each("runs", runs or (), n_files),
            _each("budget", budget or (), n_files),
            _each("reports-per-epoch", per_epoch, n_files),
            _each("hours-per-run", [_hours(text) for text in hours_per_run or ()], n_files),
            strict=True,
        )
    )


def _each(name: str, values: Sequence[_T], n_files: int) -> list[_T | None]:
    """One value a file, from one for all, one for each, or none."""
    from wbtools.errors import UsageError

    if not values:
        return [None] * n_files
    if len(values) == 1:
        return [*values] * n_files
    if len(values) != n_files:
        msg = f"--{name} is given {len(values)} times for {n_files} files"
        raise UsageError(msg, "give it once for all files, or once for each in their order")
    return [*values]


def _per_epoch(text: str) -> Fraction:
    """Reports an epoch: a decimal number, or a fraction such as 1/3."""
    from fractions import Fraction

    from wbtools.errors import UsageError

    # No exponents: 1e99999999 would be written out.
    ratio = Fraction(text) if _RATIO.fullmatch(text) else Fraction(0)
    if not ratio:
        msg = f"--reports-per-epoch {text!r} is no number of reports"
        raise UsageError(msg, "such as 2, 0.5 or 1/3")
    return ratio


def _hours(value: float) -> float:
    from wbtools.errors import UsageError

    if not 0 < value < 10**6:
        msg = f"--hours-per-run {value:g} is no length of a run"
        raise UsageError(msg, "give the hours of a full run, such as 2.5")
    return value


def _next(forecast: Forecast, files: list[str]) -> Iterator[str]:
    """What comes next: to tell what is not known, or to start the sweeps."""
    missing = {lack.option: lack.value for sweep in forecast.sweeps for lack in sweep.plan.missing}
    if missing:
        options = " ".join(f"{name} {value}" for name, value in missing.items())
        yield f"the same command with {options}"
        return
    series = {sweep.plan.series for sweep in forecast.sweeps}
    for name in files:
        plain = ["--", name] if name.startswith("-") else [name]
        words = ["wandb", "sweep", *plain]
        if name in series:
            words = ["wbtools", "make-sweep", *option("series", name), "-o", "FOLDER"]
        if name != "-":
            yield command_line(words)
