"""What a stopped run's best value would have become over its full budget, as a distribution."""

from wbtools.analysis.projection.projected import (
    N_DRAWS,
    SHARED_ERROR_FRACTION,
    ProjectedBest,
    Projections,
)
from wbtools.analysis.projection.projector import Method, Projector
from wbtools.analysis.projection.snapshot import SweepSnapshot
from wbtools.analysis.projection.weights import Weights

__all__ = [
    "N_DRAWS",
    "SHARED_ERROR_FRACTION",
    "Method",
    "ProjectedBest",
    "Projections",
    "Projector",
    "SweepSnapshot",
    "Weights",
]
