"""Sweep files and grids, written as texts: nothing is put on disk, nothing is sent to W&B."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wbtools.app.change_words import one_of
from wbtools.app.expand_grid_answer import expand_grid_answer
from wbtools.app.lacking_cells import LackingKind
from wbtools.app.make_grid import GridOptions, GridTarget, make_grid
from wbtools.app.make_sweep import refuse_both, sweep_after, sweep_of_template
from wbtools.app.make_sweep_answer import made_sweep_answer
from wbtools.app.program_files import is_file
from wbtools.app.slurm_settings import with_settings
from wbtools.errors import UsageError
from wbtools.library.keywords import (
    goal_of,
    in_keywords,
    path_of,
    plain_value,
    reference_of,
    session_of,
    texts_of,
    within,
)
from wbtools.model import parse_metric
from wbtools.planning.next_sweep import NextSweepOptions, SearchStage
from wbtools.planning.slurm import SlurmOptions, agents_job
from wbtools.sweepfile.making import CommandStyle, MakeOptions
from wbtools.sweepfile.parameter_words import parameter_in_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.answers.expand_grid.answer import ExpandGridAnswer
    from wbtools.answers.make_sweep.answer import MakeSweepAnswer
    from wbtools.library.keywords import AnyGoal


@in_keywords
def make_sweep(
    template: str | os.PathLike[str] | None = None,
    *,
    from_sweep: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    parameter: Mapping[str, object] | None = None,
    program: str | None = None,
    metric: str | None = None,
    goal: AnyGoal | None = None,
    method: Literal["bayes", "random", "grid"] | None = None,
    name: str | None = None,
    description: str | None = None,
    run_cap: int | None = None,
    early_terminate: str | None = None,
    guard: str | None = None,
    preserve: float | None = None,
    set: Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    nested: bool = False,
    command_style: Literal["argparse", "hydra", "fire", "function"] | None = None,
    stage: Literal["wide", "narrow", "final"] = "narrow",
    margin: float | None = None,
    extend: bool = False,
    sweep_file: str | os.PathLike[str] | None = None,
    template_dir: str | os.PathLike[str] | None = None,
    to: Literal["slurm"] | None = None,
    agents: int = 4,
    count: int | None = None,
    slurm: SlurmOptions | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
    show_secrets: bool = False,
) -> MakeSweepAnswer:
    """Write a W&B sweep file from a template, or the next sweep after a recorded one.

    >>> import wbtools
    >>> sweep = wbtools.make_sweep(parameter={"lr": "log_uniform_values(1e-4,1e-2)"}, metric="acc")
    >>> print(sweep.text[sweep.text.index("parameters:") :].strip())
    parameters:
      lr:
        distribution: log_uniform_values
        min: 0.0001
        max: 0.01

    The keywords are the options of `wbtools make-sweep`; `from_sweep` is its `--from`, and those
    about Slurm are the fields of `wbtools.SlurmOptions`. The file is linted; it is the answer's
    `text`, and nothing is written or registered with W&B.

    Args:
        template: A template's name, or a sweep file; `wbtools make-sweep --list` shows them.
        from_sweep: Write the sweep after this one; of several, earlier stages first.
        parameter: Values by name: a list, a constant, a body such as `{"min": 0, "max": 1}`, or a
            text such as `uniform(0, 1)`; any of them drops the template's own.
        program: A file, `-m pkg.train`, or a line such as `torchrun train.py --amp`.
        metric: The metric's name, as it is logged.
        goal: Whether the metric is to fall or to rise.
        method: How the space is searched.
        name: The sweep's name.
        description: The sweep's description.
        run_cap: Runs after which it ends.
        early_terminate: `hyperband(min_iter=10,eta=3)`, `conservative`, `balanced`, `aggressive` or
            `none`.
        guard: The rule by which `wbtools guard` is to stop runs in place of W&B, such as
            `top(hyperband(min_iter=10,eta=3),k=3)`.
        preserve: Note that runs beyond this value should never be stopped.
        set: Any other keys with their values, such as `{"metric.target": 0.97}`; None removes one.
        nested: Write dotted names as nested parameters.
        command_style: How the program takes its parameters.
        stage: With `from_sweep`: go by the best half, quarter or 15 % of the runs, and by the
            stopped ones that would likely have come as far.
        margin: With `from_sweep`: widen by this share of the top runs' span.
        extend: With `from_sweep`: go beyond a bound at which the best run sits.
        sweep_file: With `from_sweep`: the sweep's YAML.
        template_dir: Your own templates; also WBTOOLS_TEMPLATES.
        to: `slurm` makes a script of a Slurm array of `wandb agent` too, the answer's `job`.
        agents: Agents side by side.
        count: Runs that each agent starts.
        slurm: With `to`: what the job asks Slurm for.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in the answer; the files that it holds are whole.

    Raises:
        UsageError: What is asked contradicts itself, or W&B would refuse the sweep.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: A template or a sweep cannot be read, or no run has a value.
    """
    within("run_cap", run_cap, 1)
    within("margin", margin, 0, 10)
    within("agents", agents, 1, 10_000)
    within("count", count, 1)
    if to is None and slurm is not None:
        msg = "options of Slurm are given, but no job for it is written"
        raise UsageError(msg, 'pass to="slurm", or leave them out')
    earlier = [from_sweep] if isinstance(from_sweep, str | os.PathLike) else from_sweep
    references = list(map(reference_of, earlier))
    asked = None if metric is None else parse_metric(metric, goal_of(goal))
    options = MakeOptions(
        parameters=tuple(
            (key, parameter_in_file(key, plain_value(value, key)))
            for key, value in (parameter or {}).items()
        ),
        program=program,
        program_exists=lambda file_name: is_file(Path(file_name)),
        metric=None if asked is None else asked.name,
        goal=goal_of(goal) if asked is None else asked.goal,
        method=method,
        name=name,
        description=description,
        run_cap=run_cap,
        early_terminate=early_terminate,
        guard=guard,
        preserve=preserve,
        settings=tuple((key, plain_value(value, key)) for key, value in (set or {}).items()),
        nested=nested,
        command_style=(
            None if command_style is None else one_of(CommandStyle, command_style, "command_style")
        ),
    )
    named = None if template is None else os.fspath(template)
    refuse_both(named, references)
    if not references:
        sweep = sweep_of_template(named, options, path_of(template_dir))
    else:
        how = NextSweepOptions(
            stage=one_of(SearchStage, stage, "stage"), margin=margin, extend=extend
        )
        with session_of(
            offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
        ) as session:
            sweep = sweep_after(references, options, how, session, sweep_file=path_of(sweep_file))
    job = None
    if to is not None:
        title = str(sweep.draft.data.get("name") or "sweep")
        filled = with_settings(slurm)
        job = str(agents_job(title, None, n_agents=agents, options=filled, count=count))
    return made_sweep_answer(sweep, job=job, show_secrets=show_secrets)


@in_keywords
def expand_grid(
    spec: str | os.PathLike[str] | None = None,
    *,
    to: Literal["configs", "sweep", "slurm"] = "configs",
    out_dir: str | os.PathLike[str] | None = None,
    inert: str | Sequence[str] = (),
    zip: str | Sequence[str] = (),  # noqa: A002 - the option's name
    where: str | Sequence[str] = (),
    without: str | os.PathLike[str] | None = None,
    only: Literal["never-run", "cut-short"] | None = None,
    shards: int | None = None,
    program: str | None = None,
    command: str | None = None,
    slurm: SlurmOptions | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
    show_secrets: bool = False,
) -> ExpandGridAnswer:
    """Expand every configuration of a grid, or those that a sweep lacks.

    The keywords are the options of `wbtools expand-grid`; those about Slurm are the fields of
    `wbtools.SlurmOptions`. Nothing is written: the answer's `files` are contents by path, numbered
    as the folder's manifest says, its `job` is the script, and the `text` of its `sweeps` are sweep
    files. A number belongs to one configuration for ever.

    Args:
        spec: YAML with `axes: {name: [values]}`, `base_params:`, `zip:` and `constraint:`; or a W&B
            sweep file whose method is grid. With `without`, the sweep's own grid if left out.
        to: Configuration files; a W&B grid sweep, or several if the cells are no product; or the
            files and a Slurm array job.
        out_dir: Folder of the files; else the spec's `out_dir`.
        inert: `dropout when hidden_units==0`: configurations that then differ in dropout alone
            count as one.
        zip: `config,net`: axes that advance together.
        where: `lr * batch <= 1`: only such cells.
        without: Only the cells that this sweep lacks: never run, or failed or cut short in every
            run. What Hyperband or a guard stopped was run.
        only: With `without`: only these cells.
        shards: Share the configurations out.
        program: With `to="sweep"`: the program; else the sweep file's, or train.py.
        command: With `to="slurm"`: what to run, `{config}` being the file.
        slurm: With `to="slurm"`: what the job asks Slurm for.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in the answer; the files that it holds are whole.

    Raises:
        UsageError: No grid is named, constraints leave no cell, or keywords contradict each other.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: A file cannot be read, or the sweep has nothing to do with the grid.
    """
    within("shards", shards, 1, 10_000)
    options = GridOptions(
        target=one_of(GridTarget, to, "to"),
        out_dir=path_of(out_dir),
        inert=texts_of(inert),
        zipped=texts_of(zip),
        where=texts_of(where),
        without=None if without is None else reference_of(without),
        only=None if only is None else one_of(LackingKind, only, "only"),
        n_shards=shards,
        program=program,
        command=command,
        slurm=slurm,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        grid = make_grid(path_of(spec), options, session)
    return expand_grid_answer(grid, show_secrets=show_secrets)
