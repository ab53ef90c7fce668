"""The library's door: what `import wbtools` offers, in the words of the command line.

`load_sweep` and `audit` open whatever the command line opens, `audit` takes the options of
`wbtools audit-terminations` as keywords, and what cannot be answered raises the error that the
command line prints, a `wbtools.WbtoolsError` with its `message` and its `hint`.

Nothing is masked here: these functions return data, secrets in configurations included. What is
printed, written or sent on from them is the caller's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wbtools.analysis.projection import Method
from wbtools.app.audit import audit_reference, audit_sweep
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, own_metrics
from wbtools.app.opening.run_names import select_run
from wbtools.app.opening.session import Session
from wbtools.model import Goal, Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from wbtools.analysis.audit import Audit


def load_sweep(
    reference: str | os.PathLike[str],
    metrics: str | Sequence[str] | None = None,
    *,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> Sweep:
    """Load a sweep with the curves of some metrics.

    >>> import wbtools
    >>> sweep = wbtools.load_sweep("demo")
    >>> len(sweep.runs), sweep.curves["val/acc"].values.shape
    (36, (36, 27))

    Args:
        reference: What the command line calls SWEEP: a sweep of W&B's by its id, as
            `entity/project/id` or by its page address, a `wandb/` folder, a project that contains
            some, `PATH#SWEEP_ID`, a CSV run table (which has no curves), or `demo`.
        metrics: Logged names, or a single one. By default those that the sweep's own file names
            as its metric, none where no file fits the runs; and the learning rate and the epoch
            (or what else tells how far training had come), if they were logged.
        offline: Never touch the network: use what is archived.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.
        cache: Keep what is read of local run files, and read only what is new in them.

    Raises:
        UsageError: The reference names nothing that exists, or several sweeps.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: What it names cannot be read or reached, or holds no sweep.
    """
    with _access(offline, refresh, timeout, archive, cache) as session:
        source = open_sweep(os.fspath(reference), session)
        if metrics is None:
            return read_with_context(source, own_metrics(source), with_rate=True)
        return source.read((metrics,) if isinstance(metrics, str) else tuple(metrics))


def audit(
    sweep: Sweep | str | os.PathLike[str],
    *,
    metric: str | None = None,
    goal: Goal | Literal["minimize", "maximize", "min", "max"] | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    rank_by: str | None = None,
    target: float | None = None,
    budget: int | None = None,
    method: Literal["learned", "catch-up", "empirical-gain", "curve-fit", "last"] | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
    cache: bool = True,
) -> Audit:
    """Say why every run of a sweep ended, and which stopped runs deserved to live.

    >>> import wbtools
    >>> done = wbtools.audit("demo")
    >>> first = done.gems[0]
    >>> first.run.name, str(first.termination.cause), round(first.projection.p_gem, 2)
    ('ivory-sweep-5', 'hyperband', 0.34)

    The keywords are the options of `wbtools audit-terminations`. What they leave open is looked
    for beside the runs, as there: for a sweep in memory, where `sweep.ref` says it came from. With
    `metric`, `goal` and `early_terminate` given, nothing outside of the sweep is read.

    Args:
        sweep: From `load_sweep`, or what it takes; a reference loads the metrics it needs.
        metric: The metric the sweep's rule looks at, as `val/acc` or `val/acc:max`.
        goal: Whether the metric is to fall or to rise, where `metric` does not say.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)`, or `none`.
        sweep_file: The sweep's YAML.
        rank_by: Another metric to judge the runs by, as `test/acc:max`.
        target: The bar to beat, in the metric's own units.
        budget: Reports of a full run.
        method: How stopped runs are projected; by the learned model if nothing is said.
        offline: As for `load_sweep`, where `sweep` is a reference.
        refresh: Likewise.
        timeout: Likewise.
        archive: Likewise.
        cache: Likewise.

    Raises:
        UsageError: The sweep, the metric or the rule cannot be right, or is ambiguous; or the
            sweep was loaded without the metric's curves.
        DataError: The data do not allow an answer.
    """
    options = AuditOptions(
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        early_terminate=early_terminate,
        sweep_file=None if sweep_file is None else Path(sweep_file),
        rank_by=rank_by,
        target=target,
        budget=budget,
        method=None if method is None else Method(method),
    )
    if isinstance(sweep, Sweep):
        return audit_sweep(sweep, options)
    with _access(offline, refresh, timeout, archive, cache) as session:
        return audit_reference(os.fspath(sweep), options, session)


def to_frame(sweep: Sweep, *, curves: bool = False) -> pd.DataFrame:
    """Make a pandas data frame of a sweep: one row a run, or one row a report.

    >>> import wbtools
    >>> sweep = wbtools.load_sweep("demo")
    >>> runs = wbtools.to_frame(sweep)
    >>> len(runs), runs.loc[4, "run_name"], int(runs.loc[4, "config/hidden"])
    (36, 'ivory-sweep-5', 128)
    >>> reports = wbtools.to_frame(sweep, curves=True)
    >>> reports["metric"].value_counts().to_dict()
    {'val/acc': 269, 'epoch': 269, 'lr': 269}

    Runs: the facts of `wbtools.model.Run` (`run_id`, `run_name`, `run_number`, `state`,
    `created_at`, …), then the configuration as `config/…` and, where the source's is read (run
    tables, not run files), the summary as `summary/…`. Flags are `boolean`, integers `Int64`,
    other numbers `float64`, times `datetime64[us, UTC]`, anything else `object`, lists as lists.
    `wbtools archive export --runs` writes the same columns.

    Curves: `run_id`, `run_name`, `metric`, `report` (1 for the first finite value, as Hyperband
    counts), `step` (`_step`), `time_s` (seconds since the sweep's first run began), `value`,
    `complete` (False if reports of this metric are known to be missing). NaN and infinities that
    were logged are no reports; `wbtools archive export` has them.

    Nothing is masked: a frame is data, not an output.

    Args:
        sweep: From `load_sweep`.
        curves: One row a report of every loaded metric, in place of one row a run.
    """
    from wbtools.answers.archive.frames import curves_frame, runs_frame  # noqa: PLC0415 - loads pandas

    return curves_frame(sweep) if curves else runs_frame(sweep)


def plot(audit: Audit, run: str | int | None = None) -> Figure:
    """Draw all curves, bands and stops of an audited sweep, as `--plot` does.

    >>> import wbtools
    >>> figure = wbtools.plot(wbtools.audit("demo"), run=5)
    >>> figure.axes[0].get_xlabel()
    'reports of the metric'

    The figure belongs to the caller: pyplot neither holds nor shows it, and its settings are
    neither used nor changed. `figure.savefig("sweep.svg")` saves it.

    Args:
        audit: From `wbtools.audit`.
        run: One run to highlight: its number, name or id.

    Raises:
        UsageError: No run or several runs are meant.
    """
    from wbtools.answers.audit.draw import drawn  # noqa: PLC0415 - loads matplotlib
    from wbtools.answers.audit.figure import figure  # noqa: PLC0415 - as above

    return drawn(figure(audit, None if run is None else select_run(audit, str(run))))


def _access(
    offline: bool,  # noqa: FBT001 - the keywords of `load_sweep` and `audit`, in their order
    refresh: bool,  # noqa: FBT001 - as above
    timeout: float | None,
    archive: str | os.PathLike[str] | None,
    cache: bool,  # noqa: FBT001 - as above
) -> Session:
    return Session(
        archive=None if archive is None else Path(archive),
        offline=offline,
        refresh=refresh,
        timeout_s=timeout,
        cache=cache,
    )
