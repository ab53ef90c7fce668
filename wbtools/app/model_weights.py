"""The model that was learned beforehand, read from the file that ships with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from wbtools.analysis.projection.weights import Weights, unpacked

SHIPPED = Path(__file__).with_name("weights") / "projection.npz"


@cache
def load_weights(path: Path = SHIPPED) -> Weights:
    """Read a model; the shipped one unless another is named."""
    with np.load(path, allow_pickle=False) as arrays:
        return unpacked(dict(arrays))
