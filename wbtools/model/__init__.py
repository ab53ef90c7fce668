"""The nouns that every floor speaks: frozen, checked where they are made, free of I/O."""

from wbtools.model.checkpoint import (
    Checkpoint,
    CheckpointLayout,
    CheckpointPlace,
    CheckpointSearch,
    ListedFile,
    LoggedArtifact,
    ResumeOption,
    ResumeReader,
    ResumeTakes,
)
from wbtools.model.curves import NO_ROWS, Curves, Series
from wbtools.model.guard import (
    GEM_TAG,
    GUARD_TAG,
    LONGEST_TAG,
    DecisionStatus,
    GuardDecision,
    GuardLook,
    GuardSession,
    GuardWay,
    RunBasis,
)
from wbtools.model.launch import LaunchRecord
from wbtools.model.metric import AskedMetric, Goal, Metric, parse_metric
from wbtools.model.plan import ContinuedFrom, Criterion, Expectation, ReplicationPlan, Verified
from wbtools.model.run import OtherProcess, Run, RunState, Sweep, SweepRef, TableReading
from wbtools.model.view import ImprovementProbability, Policy, SweepView, Verdict

__all__ = [
    "GEM_TAG",
    "GUARD_TAG",
    "LONGEST_TAG",
    "NO_ROWS",
    "AskedMetric",
    "Checkpoint",
    "CheckpointLayout",
    "CheckpointPlace",
    "CheckpointSearch",
    "ContinuedFrom",
    "Criterion",
    "Curves",
    "DecisionStatus",
    "Expectation",
    "Goal",
    "GuardDecision",
    "GuardLook",
    "GuardSession",
    "GuardWay",
    "ImprovementProbability",
    "LaunchRecord",
    "ListedFile",
    "LoggedArtifact",
    "Metric",
    "OtherProcess",
    "Policy",
    "ReplicationPlan",
    "ResumeOption",
    "ResumeReader",
    "ResumeTakes",
    "Run",
    "RunBasis",
    "RunState",
    "Series",
    "Sweep",
    "SweepRef",
    "SweepView",
    "TableReading",
    "Verdict",
    "Verified",
    "parse_metric",
]
