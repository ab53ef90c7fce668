"""What a reader is to know before anything else: what a gem is, and what the sweep was."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from wbtools.answers.audit.gem_words import run_to_repeat
from wbtools.answers.report.run_json import varying_parameters
from wbtools.model.configuration import canonical
from wbtools.text.masking import masked_config
from wbtools.text.numbers import listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.answers.audit.answer import AuditAnswer

_MOST_PARAMETERS: Final = 8
_MOST_VALUES: Final = 4
_LONGEST: Final = 40


def gem_meaning(audit: AuditAnswer) -> str:
    """What a gem is in this sweep, and what is meant by running one again."""
    incumbent = audit.incumbent
    is_target = incumbent is not None and incumbent.run_id is None
    beaten = "reached the value asked for" if is_target else "beaten the best completed run"
    meaning = f"A gem is a run that was stopped early and would have {beaten}, had it gone on."
    row = run_to_repeat(audit)
    if row is None or row.projection is None or row.projection.p_repeat is None:
        return meaning
    return (
        f"{meaning} The chance above is that of a new run with the same configuration and another "
        "seed; figures tell also the chance that the stopped run itself would have."
    )


def recorded_words(audit: AuditAnswer) -> Iterator[str]:
    """Where and when the runs were made, and what was varied between them."""
    ref, runs = audit.sweep.ref, [row.run for row in audit.rows]
    where = "/".join(sanitize(part, limit=_LONGEST) for part in (ref.entity, ref.project) if part)
    starts = sorted(run.created_at for run in runs if run.created_at is not None)
    ends = [run.heartbeat_at for run in runs if run.heartbeat_at is not None]
    moments = [starts[0], max([starts[-1], *ends])] if starts else []
    days = dict.fromkeys(f"{moment.astimezone(UTC):%Y-%m-%d}" for moment in moments)
    when = " to ".join(days)
    if where or when:
        project = f"in the project {where}" if ref.project else f"by {where}" if where else ""
        on = f"on {when}" if when else ""
        yield f"{' '.join(filter(None, ('Recorded', on, project)))}."
    configs = [masked_config(run.config) for run in runs]
    names = varying_parameters(configs)
    if names:
        shown = [
            f"{sanitize(name, limit=_LONGEST)} ({_values([c.get(name) for c in configs])})"
            for name in names[:_MOST_PARAMETERS]
        ]
        more = len(names) - len(shown)
        rest = f" and {more} more" if more > 0 else ""
        yield f"Varied: {', '.join(shown)}{rest}."


def _values(values: Sequence[object]) -> str:
    """The range of numbers, or the choices where these are few."""
    known = [value for value in values if value is not None]
    numbers = [v for v in known if isinstance(v, int | float) and not isinstance(v, bool)]
    are_numbers = len(numbers) == len(known)
    choices = {canonical(value): value for value in (sorted(numbers) if are_numbers else known)}
    if are_numbers and len(choices) > _MOST_VALUES:
        return f"{min(numbers):.4g} … {max(numbers):.4g}"
    shown = [sanitize(value, limit=_LONGEST) for value in choices.values()]
    return listed(shown, most=_MOST_VALUES)
