"""The options of `wbtools make-sweep`, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.options import GoalWord


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFileArguments:
    """What a line says of the sweep file to be written."""

    TITLE: ClassVar[str] = "What the sweep file says"

    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUES",
            help="What is searched: 'lr=log_uniform_values(1e-4,1e-2)', 'seed=[42,123]' or "
            "'epochs=50'; repeatable. With it, the template's own parameters are dropped.",
        ),
    ] = None
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            metavar="PROGRAM",
            help="What is run: a file, '-m pkg.train' or a line such as 'torchrun train.py --amp'.",
        ),
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="The metric, as it is logged: 'val/acc' or 'val/acc:max'.",
            autocompletion=completion.metrics,
        ),
    ] = None
    goal: GoalWord = None
    method: Annotated[
        Literal["bayes", "random", "grid"] | None,
        typer.Option("--method", help="How the space is searched."),
    ] = None
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="The sweep's name."),
    ] = None
    description: Annotated[
        str | None,
        typer.Option(
            "--description",
            metavar="TEXT",
            help="The sweep's description.",
        ),
    ] = None
    run_cap: Annotated[
        int | None,
        typer.Option(
            "--run-cap",
            metavar="RUNS",
            min=1,
            help="End the sweep after so many runs.",
        ),
    ] = None
    early_terminate: Annotated[
        str | None,
        typer.Option(
            "--early-terminate",
            metavar="RULE",
            help="How poor runs are stopped: 'hyperband(min_iter=10,eta=3)'; conservative (first "
            "at 40 % of a run, half go on), balanced (20 %, a third) or aggressive (10 %, a "
            "quarter); or none.",
        ),
    ] = None
    guard: Annotated[
        str | None,
        typer.Option(
            "--guard",
            metavar="RULE",
            help="Write the file for a sweep whose runs `wbtools guard` stops by this rule, in "
            "place of W&B: 'top(hyperband(min_iter=10,eta=3),k=3)'; see `wbtools rule`.",
        ),
    ] = None
    preserve: Annotated[
        float | None,
        typer.Option(
            "--preserve",
            metavar="VALUE",
            help="Note in the file that runs beyond this value should never be stopped.",
        ),
    ] = None
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set any other key, such as 'metric.target=0.97' or 'project=ocr'; null removes "
            "it; repeatable.",
        ),
    ] = None
    nested: Annotated[
        bool,
        typer.Option(
            "--nested",
            help="Write dotted names as nested parameters.",
        ),
    ] = False
    command_style: Annotated[
        Literal["argparse", "hydra", "fire", "function"] | None,
        typer.Option(
            "--command-style",
            help="How the program takes its parameters.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSweepArguments:
    """How the sweep after a recorded one is made."""

    TITLE: ClassVar[str] = "The sweep after a recorded one"

    from_sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="SWEEP",
            help="Write the sweep that follows this one; repeated, the earlier stages first.",
            autocompletion=completion.sweeps,
        ),
    ] = None
    stage: Annotated[
        Literal["wide", "narrow", "final"],
        typer.Option(
            "--stage",
            help="Go by the best half of the runs (wide), quarter (narrow) or 15 % (final), and by "
            "the stopped runs that would likely have come as far.",
        ),
    ] = "narrow"
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            min=0.0,
            max=10.0,
            metavar="SHARE",
            help="Search wider than the best runs' span by this share of it.",
        ),
    ] = None
    extend: Annotated[
        bool,
        typer.Option(
            "--extend",
            help="Go beyond a bound of the search space where the best run lies at it.",
        ),
    ] = False
    sweep_file: Annotated[
        Path | None,
        typer.Option(
            "--sweep-file",
            metavar="FILE",
            help="The YAML file that the earlier sweep was made from.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartArguments:
    """How the sweep is registered, and its agents are started."""

    TITLE: ClassVar[str] = "Registering and starting it"

    create: Annotated[
        bool,
        typer.Option(
            "--create",
            help="Register the sweep with W&B; nothing is run.",
        ),
    ] = False
    entity: Annotated[
        str | None,
        typer.Option(
            "--entity",
            metavar="NAME",
            help="With --create: the user or team whose sweep it is to be.",
        ),
    ] = None
    project: Annotated[
        str | None,
        typer.Option(
            "--project",
            metavar="NAME",
            help="With --create: the project of the sweep.",
        ),
    ] = None
    to: Annotated[
        Literal["slurm"] | None,
        typer.Option(
            "--to",
            help="Also write FILE.sbatch, a Slurm array job of `wandb agent`.",
        ),
    ] = None
    agents: Annotated[
        int,
        typer.Option(
            "--agents",
            metavar="NUMBER",
            min=1,
            max=10_000,
            help="With --to: how many agents run side by side.",
        ),
    ] = 4
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            metavar="RUNS",
            min=1,
            help="With --to: how many runs each agent starts.",
        ),
    ] = None
