"""What quietly went wrong: in a recorded sweep, or in a sweep file before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.doctor.answer import DoctorAnswer
from wbtools.answers.lint.answer import LintAnswer
from wbtools.app.doctor import DoctorOptions, examine_reference, rerun_command
from wbtools.app.lint_files import LintFilesOptions, lint_files
from wbtools.findings import Codes, codes_of
from wbtools.library.keywords import (
    MOST_REPORTS,
    in_keywords,
    path_of,
    question_of,
    reference_of,
    references_of,
    selection_of,
    session_of,
    within,
)
from wbtools.text.shell_words import archive_words

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from wbtools.library.keywords import AnyGoal


@in_keywords
def doctor(
    sweep: str | os.PathLike[str],
    *,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    budget: int | None = None,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> DoctorAnswer:
    """Say what quietly went wrong in a sweep: names, bands, states, curves, machines, bounds.

    >>> import wbtools
    >>> examination = wbtools.doctor("demo")
    >>> [(finding.code, finding.severity.name) for finding in examination.findings]
    [('WBD212', 'WARNING'), ('WBD204', 'INFO')]

    The keywords are the options of `wbtools doctor`. Every finding comes with its numbers; what
    cannot be judged is listed with the reason.

    Args:
        sweep: What the command line calls SWEEP, see `load_sweep`.
        all_runs: Take all runs of the folder or project that is named, in sweeps or not.
        group: Take the project's runs of this W&B group.
        tag: Take the project's runs with this tag, or with all of these.
        filter: Take the project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        metric: The metric the sweep's rule looks at.
        goal: Whether the metric is to fall or to rise.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        budget: Reports of a full run.
        select: Codes, or beginnings of codes, that count, as `WBD21`; all if nothing is said.
        ignore: Likewise, codes that do not count.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: The sweep, the metric or a keyword cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    reference, where = reference_of(sweep), archive_words(path_of(archive), offline=offline)
    options = DoctorOptions(
        about=question_of(
            metric=metric,
            goal=goal,
            early_terminate=early_terminate,
            sweep_file=sweep_file,
            budget=budget,
        ),
        codes=Codes(select=codes_of(select), ignore=codes_of(ignore)),
        selection=selection,
        rerun_command=(None if selection else rerun_command(reference, path_of(sweep_file), where)),
    )
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        return DoctorAnswer.of(examine_reference(reference, options, session))


@in_keywords
def lint(
    *files: str | os.PathLike[str],
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    fix: bool = False,
    budget: int | None = None,
    program_root: str | os.PathLike[str] | None = None,
) -> LintAnswer:
    """Say what W&B would refuse in sweep files, and what it would take for something else.

    The keywords are the options of `wbtools lint`. Whether a program gets its parameters from
    `wandb.config` is read in the programs beside a file; nothing of them is run.

    Args:
        files: Sweep files.
        select: Codes, or beginnings of codes, that count, as `WBS02`; all if nothing is said.
        ignore: Likewise, codes that do not count.
        fix: Mend what is safe to mend; comments stay. The files stay as they are: `fixed` of the
            answer holds their new contents by name, and its findings are those that remain.
        budget: Reports of a full run, to judge the bands by.
        program_root: Folder in which the agent is started; the program must be there.

    Raises:
        UsageError: A file cannot be read, a code names no rule, or the root is no folder.
    """
    within("budget", budget, 1, MOST_REPORTS)
    options = LintFilesOptions(
        select=codes_of(select),
        ignore=codes_of(ignore),
        budget=budget,
        program_root=path_of(program_root),
    )
    names = references_of(files, "file")
    return LintAnswer.of(lint_files(names, options, mend=fix), n_files=len(names))
