"""The runs of a report as the page's script knows them: for tooltips, filters and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.audit.words import RunNames
from wbtools.answers.figures.run_kind import RunKind, kind_of
from wbtools.answers.report.run_links import run_url
from wbtools.answers.termination_words import end_word
from wbtools.model.configuration import canonical
from wbtools.text.masking import masked_config
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wbtools.analysis.audit import Audit, RunAudit

_MOST_PARAMETERS: Final = 24
_LONGEST_NAME: Final = 60
_LONGEST_VALUE: Final = 60


def runs_json(audit: Audit, clean: Callable[[str], str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each run with its id; of their configurations, what differs between them, secrets masked.

    Args:
        audit: Of their sweep.
        clean: Takes private words out of a text.
    """
    names = RunNames(audit)
    configs = {row.run.id: masked_config(row.run.config) for row in audit.rows}
    varying = varying_parameters(configs.values())[:_MOST_PARAMETERS]
    for row in audit.rows:
        yield (
            row.run.id,
            {
                "called": clean(_called(names, row)),
                "kind": (RunKind.GEM if row.gem_rank == 1 else kind_of(row)).category.key,
                "best": row.best,
                "ended": clean(_ended(row)),
                "url": _url(audit, row, clean),
                "config": {
                    clean(sanitize(name, limit=_LONGEST_NAME)): _value(
                        configs[row.run.id][name], clean
                    )
                    for name in varying
                    if name in configs[row.run.id]
                },
            },
        )


def _url(audit: Audit, row: RunAudit, clean: Callable[[str], str]) -> str | None:
    """The run's page on W&B; none where its address would say what the page does not."""
    url = run_url(audit.sweep.ref, row.run)
    return url if clean(row.run.id) == row.run.id else None


def _called(names: RunNames, row: RunAudit) -> str:
    """`5 (ivory-sweep-5)`."""
    short, name = names.short(row.run), sanitize(row.run.name, limit=_LONGEST_NAME)
    return short if name in {short, f"run {short}"} else f"{short} ({name})"


def _ended(row: RunAudit) -> str:
    after = "" if row.n_reports is None else f" after {row.n_reports}"
    of = "" if row.budget is None or not after else f" of {row.budget}"
    return f"{end_word(row.termination.cause)}{after}{of}{' reports' if after else ''}"


def varying_parameters(configs: Iterable[Mapping[str, object]]) -> list[str]:
    """Names of parameters whose values differ between runs, or that some runs lack.

    Args:
        configs: One a run; secrets masked.
    """
    every = list(configs)
    names = dict.fromkeys(name for config in every for name in config)
    values = {
        name: {canonical(config[name]) if name in config else "" for config in every}
        for name in names
    }
    return [name for name in names if len(values[name]) > 1]


def _value(value: object, clean: Callable[[str], str]) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return clean(sanitize(value, limit=_LONGEST_VALUE))
