"""Which run `--run` means: decided by what runs are called, before anything is loaded."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from wbtools.app.opening.run_candidates import candidates, known_bests
from wbtools.errors import UsageError
from wbtools.sources.run_numbers import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Run

    Bests = Mapping[str, float | None]

_LONGEST_NUMBER: Final = 12
_RUN_PAGE: Final = re.compile(r"\Ahttps?://[^/]+/.*?/runs/([^/?#]+)")
_GEM: Final = re.compile(r"gem(?::([1-9]\d{0,5}))?")
_NUMBERED: Final = re.compile(r"[^\d,]{1,8}?0*(\d{1,9})")
_BEST: Final = "best"
_FAILED: Final = "failed"


class Named(Protocol):
    """What a run is called; a `Run`, or a `RunLabel` of one that is not loaded yet."""

    @property
    def id(self) -> str:
        """W&B's id."""
        ...

    @property
    def name(self) -> str:
        """The display name, or the id where there is none."""
        ...

    @property
    def number(self) -> int | None:
        """What `--run 8` means; None where no number means this run alone."""
        ...

    @property
    def number_from(self) -> str | None:
        """Where the number is from: `name`, `table` or `order`; None without one."""
        ...

    @property
    def created_at(self) -> datetime | None:
        """When the run began, aware UTC; None if unknown."""
        ...


N = TypeVar("N", bound=Named)


def check_runs(source: SweepSource, texts: Iterable[str], options: AuditOptions) -> None:
    """Refuse what names no run, or several, before any curve is read or projected.

    `best`, `gem` and `gem:2` depend on the audit, and are let through.

    Args:
        source: An opened sweep.
        texts: What the user calls runs.
        options: By which metric runs are judged: candidates are told apart by its best values.

    Raises:
        UsageError: No run or several runs are meant.
    """
    doubtful = [text for text in texts if not _names_one(source.labels(), text)]
    labels = source.labels(surely=True) if doubtful else ()
    for text in doubtful:
        if not _names_one(labels, text):
            bests = partial(known_bests, source, options)
            raise _not_one(labels, _called(labels, text), text, source.sweep_id, bests)


def means_failed(runs: Sequence[Named], text: str) -> bool:
    """Whether `--run failed` means all runs that failed: no run is called so."""
    return text == _FAILED and not _called(runs, text)


def asks_for_failed(source: SweepSource, text: str) -> bool:
    """The same of a sweep that is not loaded yet."""
    return text == _FAILED and means_failed(_known_labels(source), text)


def needs_audit(source: SweepSource, text: str) -> bool:
    """Whether only an audit says which run is meant: `best`, `gem`, `gem:2` that no run is called.

    `failed` is no such word: it means all that failed.
    """
    return _is_word(text) and not _called(_known_labels(source), text)


def _known_labels(source: SweepSource) -> Sequence[Named]:
    """What the runs are called; of those outside sweeps only whole files may say it."""
    return source.labels() or source.labels(surely=True)


def select_run(audit: Audit, text: str) -> RunAudit:
    """Find the run that `--run` names.

    A number, a display name or its end, a run id, the address of a run's page; `best` is the run
    with the best value, `gem` the audit's first candidate and `gem:2` its second, unless a run is
    called so.

    Raises:
        UsageError: No run or several runs are meant.
    """
    rows = {id(row.run): row for row in audit.rows}
    runs = [row.run for row in audit.rows]
    found = _called(runs, text) or [row.run for row in _by_word(audit, text)]
    if not found:
        _refuse_other_process(audit, text)
    if len(found) != 1:
        bests = {row.run.id: row.best for row in audit.rows}
        raise _not_one(runs, found, text, audit.sweep.ref.sweep_id, lambda: bests)
    return rows[id(found[0])]


def _refuse_other_process(audit: Audit, text: str) -> None:
    """Complain about a run that is left out as another process of one of the sweep's runs."""
    others = {process.run.id: process for process in audit.sweep.other_processes}
    for run in _called([process.run for process in others.values()], text):
        leader = next(row.run for row in audit.rows if row.run.id == others[run.id].leader_id)
        msg = f"{text!r} is another process of the distributed run {leader.name} (id {leader.id})"
        raise UsageError(msg, f"pass --run {name_of(audit, leader)}, which logs the metric")


def name_of(audit: Audit, run: Run) -> str:
    """What `--run` takes to mean exactly this run: its number if that does, else its id."""
    try:
        meant = select_run(audit, run.number_or_id).run.id == run.id
    except UsageError:
        meant = False
    return run.number_or_id if meant else run.id


def _called(runs: Sequence[N], text: str) -> list[N]:
    """The runs that a text is the id, the name, the number or the name's end of."""
    text = _without_address(text)
    exact = [run for run in runs if text in {run.id, run.name}]
    if exact:
        return exact
    if not text.isdecimal():
        return [run for run in runs if run.name.endswith(f"-{text}")]
    if len(text) >= _LONGEST_NUMBER:
        return []
    number = int(text)
    numbered = [run for run in runs if run.number == number]
    return numbered or [run for run in runs if number_of(run.name) == number]


def _names_one(runs: Sequence[Named], text: str) -> bool:
    """Whether a text may mean one run: of files with one id only their curves tell how many."""
    found = {run.id.partition("~")[0] for run in _called(runs, text)}
    return len(found) == 1 or (not found and _is_word(text))


def _without_address(text: str) -> str:
    address = _RUN_PAGE.search(text)
    return address[1] if address else text


def _is_word(text: str) -> bool:
    """Whether only an audit can say which run is meant."""
    return text == _BEST or _GEM.fullmatch(text) is not None


def _by_word(audit: Audit, text: str) -> list[RunAudit]:
    """What `best`, `gem` and `gem:2` mean in this audit."""
    if text == _BEST:
        return [row for row in audit.rows if row.rank == 1]
    gem = _GEM.fullmatch(text)
    if gem is None:
        return []
    place = int(gem[1] or 1)
    if len(audit.gems) < place and audit.outcome.cannot_rank:
        msg = f"no run is {text!r}: which stopped runs were gems cannot be told"
        why = "`wbtools audit-terminations` says why; name a run by its number, name or id"
        raise UsageError(msg, why)
    if len(audit.gems) < place:
        msg = f"there is no run {text!r}: {len(audit.gems)} runs were stopped"
        raise UsageError(msg, "`wbtools audit-terminations` lists the candidates")
    return [audit.gems[place - 1]]


def _not_one(
    runs: Sequence[Named],
    found: Sequence[Named],
    text: str,
    sweep_id: str,
    bests: Callable[[], Bests],
) -> UsageError:
    text = _without_address(text)
    if found:
        msg = f"{text!r} names {len(found)} runs: {candidates(found, bests())}"
        return UsageError(msg, "pass the run id")
    numbers = [run.number for run in runs if run.number is not None]
    if text.isdecimal() and not numbers:
        msg = f"no number means a run of sweep {sweep_id}: its runs may have names on a server, "
        msg += "whose numbers their files do not hold"
        fetching = "`wbtools fetch` brings the names of W&B's page"
        return UsageError(msg, f"pass an id: {candidates(runs, bests())}; {fetching}")
    near = get_close_matches(text, [run.name for run in runs], n=1)
    hint = "pass a number, a name, an id, `best` or `gem`"
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif "," in text:
        first, *others = (part.strip() for part in text.split(","))
        several = " ".join(f"--run {part}" for part in (first, *others))
        hint = f"name one: --run {first}; `wbtools replicate` takes several, as {several}"
    elif (digits := _NUMBERED.fullmatch(text)) and int(digits[1]) in numbers:
        hint = f"did you mean --run {int(digits[1])}?"
    has = _ranges(numbers)
    without = [run for run in runs if run.number is None]
    if without:
        has += f"{' and ' if numbers else ''}{candidates(without, bests())} without a number"
    return UsageError(f"no run {text!r} in sweep {sweep_id} (it has {has})", hint)


def _ranges(numbers: list[int]) -> str:
    """`1-7, 9-24` of the numbers that there are."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)
