"""From a reference to what matters in it: open, audit, find what was searched, assess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.importance import Importance, assess
from wbtools.app.audit import audit_source
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.parameter_names import check_names, names_in_configurations
from wbtools.app.opening.question import AuditOptions, own_configuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.audit import Audit
    from wbtools.app.observer import Observer
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.sweepfile.space import SearchSpace

    OnPart = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceOptions:
    """What the user says of the parameters.

    Attributes:
        only: Patterns of the names that alone are looked at, if any is given.
        without: Patterns of names that are passed over.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def find_importance(
    reference: str,
    session: Session,
    options: AuditOptions | None = None,
    importance_options: ImportanceOptions | None = None,
    *,
    selection: Selection | None = None,
) -> Importance:
    """Say what matters in what the user calls SWEEP.

    Args:
        reference: A path, `PATH#SWEEP_ID`, a sweep of W&B's, or `demo`.
        session: How to reach W&B's servers.
        options: What the user says beyond that.
        importance_options: Which parameters.
        selection: Runs by group, tag and filter in place of a sweep.

    Raises:
        UsageError: The reference, the metric, the rule or a parameter cannot be right, or is
            ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    options, importance_options = (
        options or AuditOptions(),
        importance_options or ImportanceOptions(),
    )
    (source,) = open_many([reference], session, selection)
    return importance_of(source, options, importance_options, session.observer)


def importance_of(
    source: SweepSource,
    options: AuditOptions,
    importance_options: ImportanceOptions,
    observer: Observer,
    audit: Audit | None = None,
) -> Importance:
    """Say what matters in a sweep that was opened.

    Args:
        source: The sweep.
        options: What the user says of it.
        importance_options: Which parameters.
        observer: Told how far it is.
        audit: The sweep's audit, if it was made.

    Raises:
        UsageError: The metric, the rule or a parameter cannot be right, or is ambiguous.
        DataError: The data do not allow an answer.
    """
    only, without = (
        names_in_configurations(patterns, [source])
        for patterns in (importance_options.only, importance_options.without)
    )
    source = source.with_parameters(only)
    audit = audit or audit_source(source, options, observer)
    space = searched_space(options, source)
    names = {name for row in audit.rows for name in row.run.config} | set(space or ())
    check_names("--parameter", only, names)
    check_names("--without", without, names)
    return assess(
        audit,
        space,
        only=only,
        without=without,
        on_progress=observer.stage("growing forests"),
    )


def searched_space(options: AuditOptions, source: SweepSource) -> SearchSpace | None:
    """What the sweep's own configuration searches, by dotted name; None where there is none.

    Raises:
        UsageError: Several sweep files match the runs and disagree.
        DataError: The sweep file that the user names is none.
    """
    written = own_configuration(options, source)
    return None if written is None else written.spec.space
