"""Run a recorded run again, and say whether that held."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wbtools.answers.verify.answer import VerifyAnswer
from wbtools.app.change_words import fold_values, one_of, seed_values
from wbtools.app.continue_run import ContinueOptions
from wbtools.app.enqueue import check_may_enqueue, enqueue
from wbtools.app.keep_replication import keep_plans, keep_verification
from wbtools.app.replica_scripts import Target
from wbtools.app.replica_search import VerifyOptions
from wbtools.app.replicate import ReplicateOptions
from wbtools.app.replicate import replicate as written_again
from wbtools.app.replicate_answer import replicate_answer
from wbtools.app.verify import verify as verified
from wbtools.errors import DataError, UsageError
from wbtools.library.keywords import (
    MOST_REPORTS,
    in_keywords,
    plain_value,
    question_of,
    reference_of,
    selection_of,
    session_of,
    texts_of,
    thresholds_of,
    within,
)
from wbtools.live.verify_watch import watch_replicas
from wbtools.planning.slurm import SlurmOptions
from wbtools.replication.changes import Changes
from wbtools.replication.styles import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.answers.replicate.answer import ReplicateAnswer
    from wbtools.library.keywords import AnyGoal


@in_keywords
def replicate(
    sweep: str | os.PathLike[str],
    run: str | int | Sequence[str | int],
    *,
    to: Literal["shell", "slurm", "sweep", "yaml", "enqueue"] = "shell",
    yes: bool = False,
    program: str | None = None,
    style: str | None = None,
    set: Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    unset: str | Sequence[str] = (),
    force_set: bool = False,
    epochs: int | None = None,
    epochs_key: str | None = None,
    seeds: str | int | Sequence[object] | None = None,
    seed_key: str | None = None,
    folds: str | int | Sequence[object] | None = None,
    fold_key: str | None = None,
    name: str | None = None,
    keep_early_stop: bool = False,
    continue_: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    resume_arg: str | None = None,
    same_run: bool = False,
    with_code: bool = False,
    with_env: bool = False,
    success: float | str | Sequence[str] = (),
    acceptable: float | str | Sequence[str] = (),
    fallback: str | int | None = None,
    slurm: SlurmOptions | None = None,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
    target: float | None = None,
    budget: int | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
    show_secrets: bool = False,
) -> ReplicateAnswer:
    """Write how to run recorded runs again, with every value to its last digit.

    >>> import wbtools
    >>> scripts = wbtools.replicate("demo", "ivory-sweep-5")
    >>> scripts.text.splitlines()[0]
    '#!/bin/sh'

    The keywords are the options of `wbtools replicate`; those about Slurm are the fields of
    `wbtools.SlurmOptions`. Nothing is started: the text is the answer's `text`. The plan is kept in
    the archive, for `verify`, where its folder can be written.

    Args:
        sweep: What the command line calls SWEEP, see `load_sweep`.
        run: Numbers, names, ids or pages of runs; `best`, `gem` (the audit's first) or `gem:2`;
            `failed`: all that crashed, failed, were preempted or lost, or never reported.
        to: What to write; `enqueue`: nothing, but hand the runs to the sweep's own agents, on W&B.
        yes: With `to="enqueue"`, really hand them over.
        program: Start this, such as `train.py` or `-m pkg.mod`.
        style: How the program takes its configuration: argparse, spaced, flags, hydra,
            hydra-append, hydra-override, fire, absl, json, json-file, or config (from W&B).
        set: Values to change, by name.
        unset: Names whose values are left out.
        force_set: Allow names that the run does not have.
        epochs: Change the run's budget.
        epochs_key: The name that `epochs` sets.
        seeds: One replica a seed.
        seed_key: The name that `seeds` sets.
        folds: One replica a fold: 5 means 0 to 4; or `[1, 2, 3]`.
        fold_key: The name that `folds` sets.
        name: Of a replica: `{name}`, `{id}`, `{number}` of the run, `{seed}`, `{fold}`.
        keep_early_stop: Leave early stopping on: the trainer's, and a sweep's rule.
        continue_: Let a run go on from the newest checkpoint that it left, in place of running it
            again from the start.
        checkpoint: Go on from this one: a path, or an artifact that the run logged.
        resume_arg: The option or parameter by which the program is told where it is.
        same_run: Keep logging to the same W&B run, in place of a new one.
        with_code: Add commit, remote and patch as comments.
        with_env: Add Python, GPU and packages as comments.
        success: What a success reaches: a value, or texts such as `test/acc=0.95`.
        acceptable: What is still acceptable, likewise.
        fallback: The run to fall back to; `auto`: the best full one.
        slurm: With `to="slurm"`: what the job asks Slurm for.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
        target: The bar to beat, in the metric's own units.
        budget: Reports of a full run.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.
        show_secrets: Show values under names like key, token, secret or password, which are masked
            otherwise in the answer; the script has `$NAME` for them all the same.

    Raises:
        UsageError: The sweep, a run, a name or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow it, or a value cannot be said in the program's style.
    """
    within("epochs", epochs, 1, MOST_REPORTS)
    written = one_of(Target, to, "to")
    if slurm is not None and written is not Target.SLURM:
        msg = "options of Slurm are given, but no job for it is written"
        raise UsageError(msg, 'pass to="slurm", or leave them out')
    options = ReplicateOptions(
        runs=_runs(run),
        selection=selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter),
        target=written,
        program=program,
        style=None if style is None else one_of(Style, style, "style"),
        changes=Changes(
            values={key: plain_value(value, key) for key, value in (set or {}).items()},
            unset=texts_of(unset),
            epochs=epochs,
            epochs_key=epochs_key,
            seeds=_seeds(seeds),
            seed_key=seed_key,
            folds=_folds(folds),
            fold_key=fold_key,
            name=name,
            keep_early_stop=keep_early_stop,
            force_set=force_set,
        ),
        slurm=slurm or SlurmOptions(),
        success=thresholds_of(success),
        acceptable=thresholds_of(acceptable),
        fallback=None if fallback is None else str(fallback),
        with_code=with_code,
        with_env=with_env,
        continues=ContinueOptions.of(
            continues=continue_,
            checkpoint=None if checkpoint is None else os.fspath(checkpoint),
            resume_arg=resume_arg,
            same_run=same_run,
        ),
    )
    check_may_enqueue(options, is_asked=written is Target.ENQUEUE, acts=yes)
    question = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        scripts = written_again(reference_of(sweep), options, question, session)
        if written is Target.ENQUEUE:
            scripts = enqueue(scripts, session, acts=yes)
        else:
            with suppress(DataError):  # a folder that cannot be written is no reason to fail
                keep_plans(scripts, session)
    return replicate_answer(scripts, written, show_secrets=show_secrets)


@in_keywords
def verify(
    sweep: str | os.PathLike[str],
    run: str | int,
    *,
    replica: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    baseline: str | None = None,
    success: float | str | Sequence[str] = (),
    acceptable: float | str | Sequence[str] = (),
    fold_key: str | None = None,
    watch: bool = False,
    poll: float = 30.0,
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
    target: float | None = None,
    budget: int | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> VerifyAnswer:
    """Say whether a replication held: against the original, its criteria and the runner-up.

    The keywords are the options of `wbtools verify`. What became of the replication is kept in the
    archive, for `wbtools verify --track-record`, where its folder can be written.

    Args:
        sweep: What the command line calls SWEEP, see `load_sweep`.
        run: The run that was replicated: its number, name, id or page.
        replica: Run files of replicas, in place of those in W&B's group `wbtools-RUN_ID`.
        baseline: A W&B group or a path of runs to compare with.
        success: What a success reaches: a value, or texts such as `test/acc=0.95`.
        acceptable: What is still acceptable, likewise.
        fold_key: The parameter that says which fold of the data a replica is of.
        watch: Come back once the running replicas have ended, or somebody interrupts.
        poll: With `watch`, seconds from one look to the next.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        rank_by: Another metric to judge the runs by, as `test/acc:maximize`.
        target: The bar to beat, in the metric's own units.
        budget: Reports of a full run.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: The sweep, the run or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: There are no replicas, or the data do not allow an answer.
    """
    within("poll", poll, 1, 86_400)
    paths = [replica] if isinstance(replica, str | os.PathLike) else replica
    options = VerifyOptions(
        run=str(run),
        replicas=tuple(map(Path, paths)),
        baseline=baseline,
        success=thresholds_of(success),
        acceptable=thresholds_of(acceptable),
        fold_key=fold_key,
    )
    question = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        if not watch:
            verification, _ = verified(reference_of(sweep), options, question, session)
        else:
            watched = watch_replicas(reference_of(sweep), options, question, session, poll_s=poll)
            if watched.verification is None:
                raise KeyboardInterrupt
            if watched.was_interrupted:
                return VerifyAnswer.of(watched.verification)
            verification = watched.verification
        with suppress(DataError):  # a folder that cannot be written is no reason to fail
            keep_verification(verification, session)
    return VerifyAnswer.of(verification)


def _runs(run: str | int | Sequence[str | int]) -> tuple[str, ...]:
    """What `--run` names."""
    runs = [run] if isinstance(run, str | int) else run
    if not runs:
        msg = "no run is named"
        raise UsageError(msg, 'pass run=8, run="best", run="gem", or run="failed"')
    return tuple(map(str, runs))


def _seeds(seeds: str | int | Sequence[object] | None) -> tuple[object, ...]:
    if seeds is None or isinstance(seeds, str | int):
        return seed_values(None if seeds is None else str(seeds))
    return tuple(plain_value(seed, "seeds") for seed in seeds)


def _folds(folds: str | int | Sequence[object] | None) -> tuple[object, ...]:
    if folds is None or isinstance(folds, str | int):
        return fold_values(None if folds is None else str(folds))
    return tuple(plain_value(fold, "folds") for fold in folds)
