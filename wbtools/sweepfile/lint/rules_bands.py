"""Rules about `early_terminate` beside the length of a run: bands that runs do not get to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.findings import Confidence, Severity
from wbtools.rules.hyperband import Hyperband
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.text.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document
    from wbtools.sweepfile.lint.rule_api import LintedDocument

_BLOCK: Final = "early_terminate"


@rule("WBS062", Severity.WARNING)
def band_beyond(document: LintedDocument) -> Iterator[Problem]:
    """The first band lies beyond the end of every run: nothing is ever stopped.

    A band counts reports of the metric. The length of a run is `--budget`, or else what the
    file says about its epochs, swept or not, at one report per epoch.

    Bad:
        early_terminate: {type: hyperband, min_iter: 60}
        parameters: {epochs: {value: 50}}
    Good:
        early_terminate: {type: hyperband, min_iter: 10}
        parameters: {epochs: {value: 50}}
    """
    bands, lengths = _bands(document), document.lengths
    if bands and lengths is not None and bands[0] >= lengths.longest:
        run = "a run" if not lengths.is_swept else "the longest run"
        yield Problem(
            path=(_BLOCK,),
            title=f"the first band, {bands[0]} reports, is not before the end of {run} of "
            f"{lengths.longest}",
            hint="if a run reports more than once per epoch, pass --budget with all its reports",
            confidence=_confidence(document),
            at_key=True,
        )


@rule("WBS064", Severity.WARNING)
def some_too_short(document: LintedDocument) -> Iterator[Problem]:
    """Epochs are swept, and some runs end before the first band: they are never judged.

    Such a run is never compared with others, however poor it is.

    Bad:
        early_terminate: {type: hyperband, min_iter: 9}
        parameters: {epochs: {min: 3, max: 12}}
    Good:
        early_terminate: {type: hyperband, min_iter: 3}
        parameters: {epochs: {min: 3, max: 12}}
    """
    bands, lengths = _bands(document), document.lengths
    if bands and lengths is not None and lengths.shortest < bands[0] < lengths.longest:
        share = percent(lengths.share_below(bands[0]))
        yield Problem(
            path=(_BLOCK,),
            title=f"{share} of the runs end before the first band, {bands[0]} reports: "
            f"{lengths.name} is swept from {lengths.shortest}",
            hint=f"a first band of at most {lengths.shortest} reports judges every run",
            confidence=_confidence(document),
            at_key=True,
        )


@rule("WBS065", Severity.INFO)
def idle_band(document: LintedDocument) -> Iterator[Problem]:
    """`max_iter` is not a full run here: a later band lies beyond the end of every run.

    In this form the bands are `max_iter` divided by eta, up to `s` times.

    Bad:
        early_terminate: {type: hyperband, max_iter: 81, s: 2}
        parameters: {epochs: {min: 9, max: 12}}
    Good:
        early_terminate: {type: hyperband, max_iter: 12, s: 2}
        parameters: {epochs: {min: 9, max: 12}}
    """
    bands, lengths = _bands(document), document.lengths
    if "max_iter" not in document.block(_BLOCK) or lengths is None:
        return
    beyond = [band for band in bands if band >= lengths.longest]
    if beyond and len(beyond) < len(bands):
        which = f"the band at {beyond[0]} reports lies"
        if len(beyond) > 1:
            which = f"the bands from {beyond[0]} reports on lie"
        yield Problem(
            path=(_BLOCK, "max_iter"),
            title=f"{which} beyond the end of every run: {lengths.name} is at most "
            f"{lengths.longest}",
            hint="max_iter is meant to be the number of reports of a full run",
            confidence=_confidence(document),
        )


def _bands(document: Document) -> tuple[int, ...]:
    """The bands, ascending; empty where W&B's engine has none."""
    try:
        return Hyperband.from_block(document.block(_BLOCK)).resolved().bands
    except (UsageError, DataError):
        return ()


def _confidence(document: LintedDocument) -> Confidence:
    """What the user says of reports is certain; one an epoch is assumed."""
    return Confidence.MEDIUM if document.options.budget is None else Confidence.HIGH
