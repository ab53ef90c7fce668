"""`wbtools make-sweep`: a sweep file from a template, or from what an earlier sweep showed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import ArtifactArguments, NetworkArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.make_sweep_options import (
    NextSweepArguments,
    StartArguments,
    SweepFileArguments,
)
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.output import write_answer
from wbtools.cli.slurm_options import SlurmArguments, job_notes
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.app.make_sweep import MadeSweep
    from wbtools.planning.slurm import SlurmJob


@with_examples(
    ("wbtools make-sweep --list", "Show the templates and when to use them."),
    (
        "wbtools make-sweep bayes-hyperband --program train.py --metric val/acc:max -o sweep.yaml",
        "Write a sweep file for your own program.",
    ),
    (
        "wbtools make-sweep --from demo --stage narrow -o next.yaml",
        "Search on where the best runs of a recorded sweep were.",
    ),
)
@takes_groups
def make_sweep(
    context: typer.Context,
    template: Annotated[
        str | None,
        typer.Argument(
            metavar="TEMPLATE",
            help="A template's name (see --list), or a sweep file to start from.",
            autocompletion=completion.templates,
            show_default=False,
        ),
    ] = None,
    *,
    series: Annotated[
        str | None,
        typer.Option(
            "--series",
            metavar="FILE",
            help="Write all sweeps of a series, described in this file, into the folder -o.",
        ),
    ] = None,
    template_dir: Annotated[
        Path | None,
        typer.Option(
            "--template-dir",
            metavar="FOLDER",
            help="Look for your own templates here, and in the folders of $WBTOOLS_TEMPLATES.",
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="Show the templates and when to use them.")
    ] = False,
    says: SweepFileArguments,
    after: NextSweepArguments,
    start: StartArguments,
    slurm: SlurmArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write a W&B sweep file from a template, or the next sweep after a recorded one.

    The file is checked by `wbtools lint` before it is written. Numbers such as 1e-4 are numbers
    here. --format json, csv, md or html says in the file's place what each parameter is, and on
    what evidence. wbtools starts no training.
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
    for name, is_given in (("--create", start.create), ("--to", start.to is not None)):
        if is_given:
            answer.refuse_answer(name)
    output = answer.output
    script = _script_path(output) if start.to is not None else None
    job_of = _job_of(slurm, start.agents, start.count, is_written=script is not None)
    answer.check(str(template or ""), also=(script,))
    parsed_goal = None if says.goal is None else Goal.parse(says.goal)
    asked = None if says.metric is None else parse_metric(says.metric, parsed_goal)
    options = MakeOptions(
        parameters=tuple(parse_parameter(text) for text in says.parameter or ()),
        program=says.program,
        program_exists=lambda file_name: is_file(Path(file_name)),
        metric=None if asked is None else asked.name,
        goal=parsed_goal if asked is None else asked.goal,
        method=says.method,
        name=says.name,
        description=says.description,
        run_cap=says.run_cap,
        early_terminate=says.early_terminate,
        guard=says.guard,
        preserve=says.preserve,
        settings=tuple(parse_setting(text) for text in says.setting or ()),
        nested=says.nested,
        command_style=None if says.command_style is None else CommandStyle(says.command_style),
    )
    references = after.from_sweep or []
    refuse_both(template, references)
    if references:
        how = NextSweepOptions(
            stage=SearchStage(after.stage), margin=after.margin, extend=after.extend
        )
        with network.session(quiet=answer.quiet) as session:
            made = sweep_after(references, options, how, session, sweep_file=after.sweep_file)
    else:
        made = sweep_of_template(template, options, template_dir)
    answer.note(*(f"note: {_safe(remark)}" for remark in made.remarks))
    if answer.answer_form is not None:
        _deliver(made, answer)
        return
    created = (
        create_sweep(
            made.draft.data,
            entity=start.entity,
            project=start.project,
            prior_runs=made.prior_runs,
            note=lambda change: answer.note(_safe(change)),
        )
        if start.create
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
    answer.offer(*_next(made, output, script, created))


def _next(
    made: MadeSweep, output: Path | None, script: Path | None, created: str | None
) -> Iterator[str]:
    """What may be done with what was written."""
    from wbtools.sweepfile.guarding import SWEEP_ID, guard_command

    is_startable = created is not None or bool(
        output is not None and {"program", "command"} & made.draft.data.keys()
    )
    if output is not None and created is None:
        words = [word for run_id in made.prior_runs for word in ("-R", run_id)]
        rule = [] if made.guard is None else option("rule", str(made.guard))
        yield command_line(["wbtools", "forecast", str(output), *rule])
        if is_startable:
            yield command_line(["wandb", "sweep", *words, str(output)])
    if made.guard is not None and is_startable:
        yield guard_command(created or SWEEP_ID, made.guard)
    if script is not None:
        sweep = [] if created is not None else [SWEEP_ID]
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
