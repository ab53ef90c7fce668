"""Sweeps, or groups of runs, side by side: what each found, what it cost, and what that shows."""

from wbtools.analysis.comparison.compare import Asked, Comparison, Contrast, compare
from wbtools.analysis.comparison.grouping import split_by
from wbtools.analysis.comparison.race import Lane, Point, Race, Unit
from wbtools.analysis.comparison.side import Side, side_of
from wbtools.analysis.comparison.stages import Stage
from wbtools.analysis.comparison.summed import compare_sums, side_of_sums, sums_as_told
from wbtools.analysis.comparison.sums import Over, Share, Sums

__all__ = [
    "Asked",
    "Comparison",
    "Contrast",
    "Lane",
    "Over",
    "Point",
    "Race",
    "Share",
    "Side",
    "Stage",
    "Sums",
    "Unit",
    "compare",
    "compare_sums",
    "side_of",
    "side_of_sums",
    "split_by",
    "sums_as_told",
]
