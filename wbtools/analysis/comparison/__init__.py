"""Sweeps, or groups of runs, side by side: what each found, what it cost, and what that shows."""

from wbtools.analysis.comparison.anytime import AnytimeComparison, AnytimeCurve, Point, Unit
from wbtools.analysis.comparison.compare import CompareQuestion, Comparison, Contrast, compare
from wbtools.analysis.comparison.group_summary import GroupSummary, Over, RunShare
from wbtools.analysis.comparison.grouping import split_by
from wbtools.analysis.comparison.stages import Stage
from wbtools.analysis.comparison.summary_only import (
    compare_summaries,
    group_without_runs,
    summary_of_row,
)
from wbtools.analysis.comparison.sweep_group import SweepGroup, sweep_group

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
    "compare_summaries",
    "group_without_runs",
    "split_by",
    "summary_of_row",
    "sweep_group",
]
