"""`wbtools make-sweep`: a sweep file from a template, or from what an earlier sweep showed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.argument_groups import ArtifactArguments, NetworkArguments
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import GoalWord
from wbtools.cli.output import write_answer
from wbtools.cli.slurm_options import SlurmArguments, job_notes
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.app.make_sweep import MadeSweep
    from wbtools.planning.slurm import SlurmJob


@takes_groups
def make_sweep(
    context: typer.Context,
    template: Annotated[
        str | None,
        typer.Argument(metavar="TEMPLATE", help="A template's name, or a sweep file; see --list."),
    ] = None,
    *,
    from_sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="SWEEP",
            help="Write the sweep after this one. Several times: earlier stages first.",
        ),
    ] = None,
    series: Annotated[
        str | None,
        typer.Option(
            "--series",
            metavar="FILE",
            help="Write all sweeps of a series into the folder -o: see EXAMPLES.md.",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUES",
            help="'lr=log_uniform_values(1e-4,1e-2)', 'seed=[42,123]', 'epochs=50'; any of them "
            "drops the template's own.",
        ),
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(
            "--program", help="A file, '-m pkg.train', or a line such as 'torchrun train.py --amp'."
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", metavar="NAME[:GOAL]", help="As it is logged: 'val/acc' or 'val/acc:max'."
        ),
    ] = None,
    goal: GoalWord = None,
    method: Annotated[
        Literal["bayes", "random", "grid"] | None,
        typer.Option("--method", help="How the space is searched."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The sweep's name.")] = None,
    description: Annotated[
        str | None, typer.Option("--description", help="The sweep's description.")
    ] = None,
    run_cap: Annotated[
        int | None, typer.Option("--run-cap", min=1, help="Runs after which it ends.")
    ] = None,
    early_terminate: Annotated[
        str | None,
        typer.Option(
            "--early-terminate",
            metavar="RULE",
            help="'hyperband(min_iter=10,eta=3)', conservative (first band at 40 % of a run, half "
            "survive), balanced (20 %, a third), aggressive (10 %, a quarter), or none.",
        ),
    ] = None,
    preserve: Annotated[
        float | None,
        typer.Option(
            "--preserve", help="Note that runs beyond this value should never be stopped."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other key: 'metric.target=0.97', 'project=ocr'; null removes it.",
        ),
    ] = None,
    nested: Annotated[
        bool, typer.Option("--nested", help="Write dotted names as nested parameters.")
    ] = False,
    command_style: Annotated[
        Literal["argparse", "hydra", "fire", "function"] | None,
        typer.Option("--command-style", help="How the program takes its parameters."),
    ] = None,
    stage: Annotated[
        Literal["wide", "narrow", "final"],
        typer.Option("--stage", help="With --from: go by the top half, quarter or 15 % of runs."),
    ] = "narrow",
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            min=0.0,
            max=10.0,
            help="With --from: widen by this share of the top runs' span.",
        ),
    ] = None,
    extend: Annotated[
        bool,
        typer.Option("--extend", help="With --from: go beyond a bound at which the best run sits."),
    ] = False,
    sweep_file: Annotated[
        Path | None, typer.Option("--sweep-file", help="With --from: the sweep's YAML.")
    ] = None,
    template_dir: Annotated[
        Path | None,
        typer.Option("--template-dir", help="Your own templates; also WBTOOLS_TEMPLATES."),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="Show the templates and when to use them.")
    ] = False,
    create: Annotated[bool, typer.Option("--create", help="Register the sweep with W&B.")] = False,
    entity: Annotated[str | None, typer.Option("--entity", help="With --create.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="With --create.")] = None,
    to: Annotated[
        Literal["slurm"] | None,
        typer.Option("--to", help="Also write FILE.sbatch, an array of `wandb agent`."),
    ] = None,
    agents: Annotated[
        int, typer.Option("--agents", min=1, max=10_000, help="With --to: runs side by side.")
    ] = 4,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="Runs that each agent starts.")
    ] = None,
    slurm: SlurmArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write a W&B sweep file from a template, or the next sweep after a recorded one.

    The file is linted before it is written. Numbers such as 1e-4 are numbers here. --format json,
    csv, md or html says in its place what each parameter is, and on what evidence.
    """
    from wbtools.app.check_output import parse_setting
    from wbtools.app.create_sweep import create_sweep
    from wbtools.app.make_sweep import refuse_both, sweep_after, sweep_of_template
    from wbtools.app.program_files import is_file
    from wbtools.app.templates import template_index, templates
    from wbtools.model import Goal, parse_metric
    from wbtools.planning.next_sweep import NextSweepOptions, SearchStage
    from wbtools.sweepfile.making import CommandStyle, MakeOptions
    from wbtools.sweepfile.parameter_words import parse_parameter

    if listing:
        answer.refuse_answer("--list")
        write_answer(template_index(templates(template_dir)), answer.output)
        return
    if series is not None:
        from wbtools.cli.make_series import refuse_beside_series, write_series

        refuse_beside_series(context)
        write_series(series, template_dir, answer)
        return
    for option, is_given in (("--create", create), ("--to", to is not None)):
        if is_given:
            answer.refuse_answer(option)
    output = answer.output
    script = _script_path(output) if to is not None else None
    job_of = _job_of(slurm, agents, count, is_written=script is not None)
    answer.check(str(template or ""), also=(script,))
    parsed_goal = None if goal is None else Goal.parse(goal)
    asked = None if metric is None else parse_metric(metric, parsed_goal)
    options = MakeOptions(
        parameters=tuple(parse_parameter(text) for text in parameter or ()),
        program=program,
        program_exists=lambda file_name: is_file(Path(file_name)),
        metric=None if asked is None else asked.name,
        goal=parsed_goal if asked is None else asked.goal,
        method=method,
        name=name,
        description=description,
        run_cap=run_cap,
        early_terminate=early_terminate,
        preserve=preserve,
        settings=tuple(parse_setting(text) for text in setting or ()),
        nested=nested,
        command_style=None if command_style is None else CommandStyle(command_style),
    )
    references = from_sweep or []
    refuse_both(template, references)
    if references:
        how = NextSweepOptions(stage=SearchStage(stage), margin=margin, extend=extend)
        with network.session(quiet=answer.quiet) as session:
            made = sweep_after(references, options, how, session, sweep_file=sweep_file)
    else:
        made = sweep_of_template(template, options, template_dir)
    answer.note(*(f"note: {_safe(remark)}" for remark in made.remarks))
    if answer.answer_form is not None:
        _deliver(made, answer)
        return
    created = (
        create_sweep(
            made.draft.data,
            entity=entity,
            project=project,
            prior_runs=made.prior_runs,
            note=lambda change: answer.note(_safe(change)),
        )
        if create
        else None
    )
    if output is not None or created is None:
        write_answer(made.text, output)
    if script is not None:
        job = job_of(str(made.draft.data.get("name") or script.stem), created)
        write_answer(str(job), script)
        answer.note(f"note: the agents' script is {_safe(str(script))}", *job_notes(job))
    if created is not None:
        agent = command_line(["wandb", "agent", created])
        write_answer(f"{created.rpartition('/')[2]}\n{agent}\n", None)
    answer.offer(*_next(made, output, script, is_created=created is not None))


def _next(
    made: MadeSweep, output: Path | None, script: Path | None, *, is_created: bool
) -> Iterator[str]:
    """What may be done with what was written."""
    if output is not None and not is_created:
        words = [word for run_id in made.prior_runs for word in ("-R", run_id)]
        yield command_line(["wbtools", "forecast", str(output)])
        yield command_line(["wandb", "sweep", *words, str(output)])
    if script is not None:
        sweep = [] if is_created else ["ENTITY/PROJECT/SWEEP_ID"]
        yield command_line(["sbatch", str(script), *sweep])


def _deliver(made: MadeSweep, answer: ArtifactArguments) -> None:
    """Give the answer in the file's place."""
    from wbtools.app.make_sweep_answer import made_sweep_answer

    answer.deliver(made_sweep_answer(made, show_secrets=answer.show_secrets))


def _job_of(
    slurm: SlurmArguments, agents: int, count: int | None, *, is_written: bool
) -> Callable[[str, str | None], SlurmJob]:
    """The job by its name and its sweep; what cannot be right is refused before one is created."""
    from wbtools.app.slurm_settings import with_settings
    from wbtools.planning.slurm import agents_job

    if not is_written:
        slurm.refuse_without("--to slurm")
    options = with_settings(slurm.options()) if is_written else slurm.options()
    job_of = partial(agents_job, n_agents=agents, options=options, count=count)
    job_of("sweep", None)
    return job_of


def _script_path(output: Path | None) -> Path:
    from wbtools.errors import UsageError

    if output is None:
        msg = "--to slurm writes a script beside the sweep file, and -o does not name one"
        raise UsageError(msg, "pass -o sweep.yaml; the script becomes sweep.sbatch")
    return output.with_suffix(".sbatch")


def _safe(text: str) -> str:
    from wbtools.text.sanitize import sanitize

    return sanitize(text, limit=1000)
