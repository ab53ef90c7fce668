"""The folds of a replication as rows, and what they say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.verification.folds import FEWEST_FOLDS, FoldResult, FoldSpread
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.parts import summary_columns
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.text.numbers import Scale

_LONGEST: Final = 20

_FOLD: Final[Record[FoldResult]] = Record(
    "Fold",
    Column("fold", Any, "The fold, as the configuration has it."),
    Column("n_replicas", int, "Replicas of the fold that ran to their end."),
    Column("value", float, "Mean of their best values, in the metric's units."),
    Column(
        "score",
        float | None,
        "Distance from the folds' mean in their standard deviations; null with fewer than four "
        "folds, or where most have one value.",
    ),
    Column("is_odd", bool, "Whether the score lies beyond the limit."),
    Column(
        "original",
        float | None,
        "Best value of the original run, where that is of this fold; null elsewhere.",
    ),
    Column(
        "difference",
        float | None,
        "Mean less the original's best value; null where the original is of another fold or none.",
    ),
)

FOLDS: Final[Record[FoldSpread]] = Record(
    "Folds",
    Column("name", str, "The configuration's name of the fold."),
    *summary_columns(lambda spread: spread.summary),
    Column(
        "limit",
        float | None,
        "Score beyond which a fold is odd, by Grubbs' test (1969): one of folds that differ by "
        "normal noise alone is in 5 % of replications; null where no fold has a score.",
    ),
    Column("members", Rows(_FOLD), "One object a fold."),
)


def fold_words(spread: FoldSpread, scale: Scale) -> Iterator[str]:
    """How far the folds differ, which one is odd, and what the original's own fold came to."""
    name, n = sanitize(spread.name), len(spread.members)
    values = [member.value for member in spread.members]
    low, high, average = scale.apart(min(values), max(values), spread.summary.mean)
    scatter = "" if spread.summary.sd is None else f" ± {scale.show(spread.summary.sd)}"
    yield f"{count(n, 'fold')} ({name}): {average}{scatter}, from {low} to {high}."
    if n < FEWEST_FOLDS:
        yield f"With fewer than {FEWEST_FOLDS} folds nothing tells whether one of them is odd."
    elif spread.limit is None:
        yield "Most folds have one value, so that nothing tells whether another one is odd."
    elif spread.odd is None:
        yield (
            f"No fold is odd: all lie within {spread.limit:.2f} standard deviations of their mean "
            "(Grubbs' test, 5 %)."
        )
    else:
        how = "above" if spread.odd.value > spread.summary.mean else "below"
        yield (
            f"Fold {sanitize(spread.odd.fold, limit=_LONGEST)} is odd: "
            f"{scale.show(spread.odd.value)} lies far {how} the others (Grubbs' test: "
            f"{abs(spread.odd.score or 0.0):.2f} standard deviations from their mean, limit "
            f"{spread.limit:.2f}, which 1 in 20 replications passes by chance); look at its data "
            "and at its run."
        )
    for member in spread.members:
        if member.difference is not None:
            gap = scale.signed(member.difference)
            yield (
                f"The original is of fold {sanitize(member.fold, limit=_LONGEST)}: "
                f"{scale.show(member.original)}; the replicas of that fold {gap}."
            )
