"""From a reference to what matters in it: open, audit, find what was searched, assess."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.analysis.importance import Importance, assess
from wbtools.app.audit import audit_source
from wbtools.app.opening.metric_names import listed, near_hint
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.parameter_names import names_in_configurations
from wbtools.app.opening.question import AuditOptions, own_configuration
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.sweepfile.space import SearchSpace

    OnPart = Callable[[int, int], None]


_WILDCARDS: Final = frozenset("*?[")


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
        UsageError: The reference, the metric or the rule cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    options, importance_options = (
        options or AuditOptions(),
        importance_options or ImportanceOptions(),
    )
    (source,) = open_many([reference], session, selection)
    only, without = (
        names_in_configurations(patterns, [source])
        for patterns in (importance_options.only, importance_options.without)
    )
    source = source.with_parameters(only)
    audit = audit_source(source, options, session.observer)
    space = searched_space(options, source)
    for option, patterns in (("--parameter", only), ("--without", without)):
        _refuse_unknown(option, patterns, audit, space)
    return assess(
        audit,
        space,
        only=only,
        without=without,
        on_progress=session.observer.stage("growing forests"),
    )


def _refuse_unknown(
    option: str, patterns: Sequence[str], audit: Audit, space: SearchSpace | None
) -> None:
    """Refuse what no parameter is called; a pattern such as `paths.*` may fit none.

    Raises:
        UsageError: There is no such parameter.
    """
    known = Counter(name for row in audit.rows for name in row.run.config)
    known.update(dict.fromkeys(space or (), 0))
    for name in patterns:
        if name not in known and not _WILDCARDS.intersection(name):
            msg = f"{option} {name!r}: no run has such a parameter"
            raise UsageError(msg, near_hint(name, known, f"there is {listed(known)}"))


def searched_space(options: AuditOptions, source: SweepSource) -> SearchSpace | None:
    """What the sweep's own configuration searches, by dotted name; None where there is none.

    Raises:
        UsageError: Several sweep files match the runs and disagree.
        DataError: The sweep file that the user names is none.
    """
    written = own_configuration(options, source)
    return None if written is None else written.spec.space
