"""Sweeps themselves: load one, bring it into the archive, make a data frame of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.fetch.answer import FetchAnswer
from wbtools.app.fetching.reference import fetch_reference
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import own_metrics
from wbtools.library.keywords import in_keywords, reference_of, selection_of, session_of, texts_of
from wbtools.model import parse_metric

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from wbtools.model import Sweep


@in_keywords
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
            some, `PATH#SWEEP_ID`, a CSV run table (which has no curves), or `demo`. What the server
            does not give is taken from the archive or the run files below the working folder;
            `sweep.ref`, `sweep.origin` and finding WBT136 say so.
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
        SignInError: The sweep is nowhere here, and there are no credentials for its server.
        DataError: What it names cannot be read or reached, or holds no sweep.
    """
    with session_of(
        offline=offline, refresh=refresh, timeout=timeout, archive=archive, cache=cache
    ) as session:
        source = open_sweep(reference_of(reference), session)
        if metrics is None:
            return read_with_context(source, own_metrics(source), with_rate=True)
        return source.read(texts_of(metrics))


@in_keywords
def fetch(
    sweep: str | os.PathLike[str],
    *,
    metric: str | Sequence[str] = (),
    all_metrics: bool = False,
    all_runs: bool = False,
    group: str | None = None,
    tag: str | Sequence[str] = (),
    filter: str | Mapping[str, object] | None = None,  # noqa: A002 - the option's name
    refresh: bool = False,
    timeout: float | None = None,
    archive: str | os.PathLike[str] | None = None,
) -> FetchAnswer:
    """Fetch from W&B what is new or changed, and keep it in the archive, as `wbtools fetch` does.

    A fetch that is cut keeps what it received; the same call goes on from there. What the server
    did not give in full is counted in `n_incomplete` and `n_too_large`, and asked for again by the
    next fetch.

    Args:
        sweep: A sweep's id, `entity/project/id` or its page address; `entity/project` for all
            sweeps of a project, or with `group`, `tag` or `filter` for its runs.
        metric: Metrics to fetch beside the sweep's own.
        all_metrics: Fetch everything that any run logged.
        all_runs: Take all runs of the project, in sweeps or not.
        group: The project's runs of this W&B group.
        tag: The project's runs with this tag, or with all of these.
        filter: The project's runs that W&B's filter lets through, such as
            `{"state": "finished"}`, or the same as JSON.
        refresh: Fetch everything anew, whatever is archived.
        timeout: Seconds after which fetching is given up; what was received is kept.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.

    Raises:
        UsageError: The reference means nothing on a server, or something else than the selection.
        SignInError: There are no credentials for the server.
        DataError: The server cannot be reached, or does not give what was asked for.
    """
    selection = selection_of(all_runs=all_runs, group=group, tag=tag, filters=filter)
    with session_of(refresh=refresh, timeout=timeout, archive=archive) as session:
        brought = fetch_reference(
            reference_of(sweep),
            session,
            metrics=[parse_metric(text).name for text in texts_of(metric)],
            all_metrics=all_metrics,
            selection=selection,
        )
        return FetchAnswer(sweeps=tuple(brought))


@in_keywords
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
