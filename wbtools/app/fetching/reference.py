"""Fetch what a user names: a sweep, all sweeps of a project, or runs by group, tag and filter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wbtools.app.opening.context_series import context_of
from wbtools.app.opening.default_metric import default_metric
from wbtools.app.opening.in_memory import own_spec
from wbtools.app.opening.metric_names import listed, near_misses
from wbtools.app.opening.open_named import open_to_fetch
from wbtools.app.opening.question import own_metrics
from wbtools.app.opening.resolve_remote import open_remote, open_selection, sweeps_of
from wbtools.errors import UsageError
from wbtools.sources.wandb_api.reference import page_of, remote
from wbtools.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.opening.remote import RemoteSource
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.archive import Fetched, SweepHeader
    from wbtools.sources.wandb_api.reference import Remote


def fetch_reference(
    reference: str,
    session: Session,
    *,
    metrics: Sequence[str] = (),
    all_metrics: bool = False,
    selection: Selection | None = None,
) -> Iterator[Fetched]:
    """Fetch one sweep, all sweeps of a project one after the other, or a selection of runs.

    Args:
        reference: What the user typed.
        session: How to get there.
        metrics: Whose curves are wanted beside the sweep's own metric, its learning rate and
            whatever else of it is archived.
        all_metrics: Fetch everything that any run logged.
        selection: Runs of a project instead of a sweep.

    Yields:
        What was done, a sweep at a time.

    Raises:
        UsageError: The reference means nothing on a server, or something else than the selection.
        SignInError: There are no credentials.
        DataError: As `fetch_listed`.
    """
    if "" in metrics:
        msg = "--metric '' is empty"
        raise UsageError(msg, "write the name under which the metric was logged")
    meant = remote(reference)
    if meant is None:
        msg = f"{reference!r} is not a sweep or project of W&B"
        raise UsageError(msg, "write an id, ENTITY/PROJECT/ID, ENTITY/PROJECT, or a page address")
    sources: Iterator[RemoteSource]
    if selection:
        if meant.sweep_id is not None:
            msg = "--group, --tag and --filter take runs of a project, and this is a sweep"
            raise UsageError(msg, "name the project as ENTITY/PROJECT")
        sources = iter([open_selection(meant, session, selection)])
    elif meant.sweep_id is None:
        sources = _those_left(sweeps_of(meant, session), session)
    else:
        sources = iter([open_to_fetch(reference, meant, session)])
    for source in sources:
        if all_metrics:
            yield source.fetch(None)
            continue
        spec_metrics = () if source.spec is None else own_metrics(source)
        if not spec_metrics and not metrics:
            found = default_metric(source.spec, source)
            spec_metrics = () if found is None else (found.asked.name,)
        # What was fetched once is brought up to the runs as they are now, or it would look whole.
        wanted = [*spec_metrics, *metrics, *source.archived_metrics()]
        yield _with_context(source, tuple(dict.fromkeys(wanted)))
        _tell_unknown(metrics, source, session)


def _with_context(source: RemoteSource, metrics: tuple[str, ...]) -> Fetched:
    """Fetch metrics, and what an audit of them reads beside them: a logged epoch, a learning rate.

    As there, what the runs turn out to have logged is fetched once more if it was not expected.
    """
    expected = context_of(source, metrics, with_rate=True)
    fetched = source.fetch((*metrics, *expected))
    if not fetched.n_asked:
        return fetched
    context = context_of(source, metrics, with_rate=True)
    if context == expected:
        return fetched
    more = source.fetch((*metrics, *context))
    return replace(
        more, n_asked=max(fetched.n_asked, more.n_asked), n_rows=fetched.n_rows + more.n_rows
    )


def _those_left(sweeps: Sequence[Remote], session: Session) -> Iterator[RemoteSource]:
    """The sweeps that are still there when it is their turn."""
    for sweep in sweeps:
        try:
            source = open_remote(sweep, session)
        except UsageError as error:
            session.observer.note(f"passed over: {error.message}")
            continue
        yield source


def _tell_unknown(metrics: Sequence[str], source: RemoteSource, session: Session) -> None:
    """Say which of the metrics that the user named no run has logged."""
    if not metrics:
        return
    logged = source.logged()
    for name in metrics:
        if name not in logged:
            hint = did_you_mean(near_misses(name, logged)[:1]) or f"there are {listed(logged)}"
            session.observer.note(
                f"no run of {source.head.key} logged a number under {name!r}; "
                + (hint if logged else "none logged any number")
            )


def judged_by(head: SweepHeader) -> str | None:
    """The one metric by which a sweep's own configuration says that it was judged."""
    spec = own_spec(head.config, str(head.key))
    return None if spec is None or spec.metric is None else spec.metric.name


def named_again(reference: str, fetched: Fetched) -> str:
    """What another command takes to mean a sweep that was fetched, on whatever server it is.

    Args:
        reference: What the user typed to fetch it, alone or with the others of its project.
        fetched: What was fetched.
    """
    key, meant = fetched.head.key, remote(reference)
    if meant is None or meant.page is None:
        return str(key)
    page = urlsplit(meant.page)
    return page_of(f"{page.scheme}://{page.netloc}", key.entity, key.project, key.name)
