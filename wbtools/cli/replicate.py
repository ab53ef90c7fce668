"""`wbtools replicate`: how to run a recorded run again, or let it go on, as a text."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import (
    ArtifactArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.continue_options import ContinueArguments
from wbtools.cli.enqueue_options import EnqueueArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep, RankBy, Target
from wbtools.cli.output import write_answer
from wbtools.cli.replicate_notes import afterwards, keep, notes, started
from wbtools.cli.slurm_options import SlurmArguments
from wbtools.cli.sweep_in_use import sweep_in_use

_CHANGES = "What is changed"
_CRITERIA = "What counts as success"


@with_examples(
    ("wbtools replicate demo --run 5", "Print how run 5 is run again; nothing is started."),
    (
        "wbtools replicate demo --run gem --seeds 1,2,3 -o replicas.sh",
        "A script that runs the best candidate again with three seeds.",
    ),
    (
        "wbtools replicate demo --run 5 --run 13 --to slurm --gpus 1 --time-limit 60 -o job.sbatch",
        "Two runs again, as an array job for Slurm.",
    ),
)
@takes_groups
def replicate(
    sweep: OptionalSweep = None,
    *,
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="The run to run again or to continue, by its number, name, id or page address; "
            "`best` is the one with the best value, `gem` the stopped run that the audit lists "
            "first, `gem:2` the next; `failed` means all that crashed, failed, were preempted or "
            "lost, or never reported; repeatable.",
        ),
    ] = None,
    to: Annotated[
        Literal["shell", "slurm", "sweep", "yaml", "enqueue"],
        typer.Option(
            "--to",
            case_sensitive=False,
            help="What to write; `enqueue` writes nothing and hands the runs to the sweep's own "
            "agents.",
        ),
    ] = "shell",
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            metavar="PROGRAM",
            help="Start this program, such as train.py or '-m pkg.mod', in place of the run's own.",
        ),
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(
            "--style",
            metavar="STYLE",
            autocompletion=completion.styles,
            help="How the program takes its configuration: argparse, spaced, flags, hydra, "
            "hydra-append, hydra-override, fire, absl, json, json-file, or config (from W&B).",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a parameter another value; repeatable.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            "--unset",
            metavar="NAME",
            help="Leave a parameter out; repeatable.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    force_set: Annotated[
        bool,
        typer.Option(
            "--force-set",
            help="Allow --set to name parameters that the run does not have.",
            rich_help_panel=_CHANGES,
        ),
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs",
            metavar="NUMBER",
            min=1,
            max=10**9,
            help="Train for so many epochs.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    epochs_key: Annotated[
        str | None,
        typer.Option(
            "--epochs-key",
            metavar="NAME",
            help="The parameter that --epochs sets. Without it, one that is called so.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            metavar="LIST",
            help="Write a replica for each of these seeds, such as 42,123,456.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    seed_key: Annotated[
        str | None,
        typer.Option(
            "--seed-key",
            metavar="NAME",
            help="The parameter that --seeds sets. Without it, one that is called so.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    folds: Annotated[
        str | None,
        typer.Option(
            "--folds",
            metavar="LIST",
            help="Write a replica for each of these folds, such as 1,2,3; 5 alone means 0 to 4.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    fold_key: Annotated[
        str | None,
        typer.Option(
            "--fold-key",
            metavar="NAME",
            help="The parameter that --folds sets. Without it, one that is called so.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="PATTERN",
            help="How replicas are called, from {name}, {id} and {number} of the run, {seed} and "
            "{fold}.",
            rich_help_panel=_CHANGES,
        ),
    ] = None,
    keep_early_stop: Annotated[
        bool,
        typer.Option(
            "--keep-early-stop",
            help="Leave early stopping on, the trainer's and the sweep's rule. Without it, both "
            "are turned off.",
            rich_help_panel=_CHANGES,
        ),
    ] = False,
    with_code: Annotated[
        bool,
        typer.Option(
            "--with-code",
            help="Add the run's commit, git remote and patch to the script, as comments.",
        ),
    ] = False,
    with_env: Annotated[
        bool,
        typer.Option(
            "--with-env", help="Add the run's Python, GPU and packages to the script, as comments."
        ),
    ] = False,
    success: Annotated[
        list[str] | None,
        typer.Option(
            "--success",
            metavar="[METRIC=]VALUE",
            help="Let `wbtools verify` call it a success from this value on; repeatable.",
            rich_help_panel=_CRITERIA,
        ),
    ] = None,
    acceptable: Annotated[
        list[str] | None,
        typer.Option(
            "--acceptable",
            metavar="[METRIC=]VALUE",
            help="Let it call the outcome acceptable from this value on; repeatable.",
            rich_help_panel=_CRITERIA,
        ),
    ] = None,
    fallback: Annotated[
        str | None,
        typer.Option(
            "--fallback",
            metavar="RUN",
            help="The run to use if the replicas fail; `auto` is the best completed one.",
            rich_help_panel=_CRITERIA,
        ),
    ] = None,
    rank_by: RankBy = None,
    target: Target = None,
    going_on: ContinueArguments,
    slurm: SlurmArguments,
    agents: EnqueueArguments,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write a script that runs a recorded run again, with every value to its last digit.

    With --continue the run goes on from the checkpoint that it left. The script goes to stdout:
    `wbtools replicate SWEEP --run 8 | sh` runs it. wbtools itself starts nothing; with --to enqueue
    --yes the sweep's own agents start the run. What was planned is kept in the archive, for
    `wbtools verify`. --format json, csv, md or html gives the plan and the words of each command in
    the script's place.
    """
    from wbtools.app.change_words import fold_values, one_of, seed_values, set_values
    from wbtools.app.replica_scripts import Target as Written
    from wbtools.app.replicate import ReplicateOptions, replicate
    from wbtools.app.replicate_answer import replicate_answer
    from wbtools.errors import UsageError
    from wbtools.replication.changes import Changes
    from wbtools.replication.styles import Style

    if not run:
        meant = f"did you mean --run {sweep}?" if sweep and sweep.isdecimal() else None
        msg = "no run is named"
        raise UsageError(msg, meant or "pass --run 8, --run best, --run gem, or --run failed")
    if to != "slurm":
        slurm.refuse_without("--to slurm")
    selection = looked_at.selection
    options = ReplicateOptions(
        runs=tuple(run),
        selection=selection,
        target=Written(to),
        program=program,
        style=None if style is None else one_of(Style, style, "--style"),
        changes=Changes(
            values=set_values(set_ or ()),
            unset=tuple(unset or ()),
            epochs=epochs,
            epochs_key=epochs_key,
            seeds=seed_values(seeds),
            seed_key=seed_key,
            folds=fold_values(folds),
            fold_key=fold_key,
            name=name,
            keep_early_stop=keep_early_stop,
            force_set=force_set,
        ),
        slurm=slurm.options(),
        success=tuple(success or ()),
        acceptable=tuple(acceptable or ()),
        fallback=fallback,
        with_code=with_code,
        with_env=with_env,
        continues=going_on.options(),
    )
    audit_options = sweep_was.options(rank_by=rank_by, target=target)
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    answer.check(reference)
    agents.check(options, answer)
    with network.session(quiet=answer.quiet) as session:
        scripts = replicate(reference, options, audit_options, session)
        session.observer.close()
        is_enqueued = options.target is Written.ENQUEUE
        is_dry = is_enqueued and not agents.yes
        kept: list[str] = []
        if is_enqueued:  # an enqueued run is not taken back: its plan is kept before
            kept += [] if is_dry else keep(scripts, session)
            scripts = agents.hand_over(scripts, session)
        if answer.answer_form is not None:
            shown = answer.show_secrets
            answer.deliver(replicate_answer(scripts, options.target, show_secrets=shown))
        elif not is_enqueued:
            write_answer(scripts.text, answer.output)
        if not is_enqueued:
            kept += keep(scripts, session)
        answer.note(*notes(scripts, to=options.target))
        answer.note(*kept)
    if is_dry:
        agents.offer(answer)
        return
    if answer.answer_form is None and answer.output is not None:
        answer.offer(*started(options.target, answer.output))
    if not selection:
        answer.note(*afterwards(scripts, reference, audit_options, network.words))
