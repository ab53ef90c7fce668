"""Sweeps, or groups of runs, side by side: what each found, what it cost, and what that shows."""

from wbtools.analysis.comparison.compare import CompareQuestion, Comparison, Contrast, compare
from wbtools.analysis.comparison.grouping import split_by
from wbtools.analysis.comparison.race import AnytimeComparison, AnytimeCurve, Point, Unit
from wbtools.analysis.comparison.side import SweepGroup, sweep_group
from wbtools.analysis.comparison.stages import Stage
from wbtools.analysis.comparison.summed import compare_sums, group_of_sums, sums_as_told
from wbtools.analysis.comparison.sums import GroupSummary, Over, RunShare

__all__ = [
    "AnytimeComparison",
    "AnytimeCurve",
    "CompareQuestion",
    "Comparison",
    "Contrast",
    "GroupSummary",
    "Over",
    "Point",
    "RunShare",
    "Stage",
    "SweepGroup",
    "Unit",
    "compare",
    "compare_sums",
    "group_of_sums",
    "split_by",
    "sums_as_told",
    "sweep_group",
]
