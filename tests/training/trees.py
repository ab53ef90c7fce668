"""Boosted trees for P(gem): fitted by LightGBM, given back as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = float(np.finfo(np.float32).max)
SETTINGS = {
    "n_estimators": 150,
    "learning_rate": 0.04,
    "num_leaves": 15,
    "min_child_samples": 100,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.4,
    "reg_lambda": 5.0,
    "n_jobs": 1,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def fit_trees(
    features: np.ndarray, gem: np.ndarray, w: np.ndarray, seed: Sequence[int]
) -> dict[str, np.ndarray]:
    """Fit and take apart, by the names that `weights.unpacked` reads.

    Args:
        features: `[R, F]`; a feature that is nowhere finite is never asked for.
        gem: `[R]` 0 or 1.
        w: `[R]` weights.
        seed: Of what the trees do not see.
    """
    import lightgbm

    state = int(np.random.SeedSequence(seed).generate_state(1)[0]) >> 1
    model = lightgbm.LGBMClassifier(**SETTINGS, random_state=state)
    model.fit(features, gem, sample_weight=w)
    trees = [tree["tree_structure"] for tree in model.booster_.dump_model()["tree_info"]]
    size = 2 * SETTINGS["num_leaves"] - 1
    shape = (len(trees), size)
    arrays = {
        "feature": np.full(shape, -1, dtype=np.int16),
        "threshold": np.zeros(shape, dtype=np.float32),
        "left": np.zeros(shape, dtype=np.int16),
        "right": np.zeros(shape, dtype=np.int16),
        "nan_right": np.zeros(shape, dtype=bool),
        "value": np.zeros(shape, dtype=np.float32),
    }
    for tree, root in enumerate(trees):
        _take_apart(root, tree, arrays)
    return arrays


def _take_apart(root: dict, tree: int, arrays: dict[str, np.ndarray]) -> None:
    nodes = [root]
    at = 0
    while at < len(nodes):
        node = nodes[at]
        if "leaf_value" in node:
            arrays["value"][tree, at] = node["leaf_value"]
        else:
            if node["missing_type"] == "Zero" or node["decision_type"] != "<=":
                msg = f"a kind of split that is not known here: {node}"
                raise ValueError(msg)
            arrays["feature"][tree, at] = node["split_feature"]
            arrays["threshold"][tree, at] = min(node["threshold"], _LARGEST)
            is_left = node["threshold"] >= 0
            if node["missing_type"] == "NaN":
                is_left = node["default_left"]
            arrays["nan_right"][tree, at] = not is_left
            arrays["left"][tree, at], arrays["right"][tree, at] = len(nodes), len(nodes) + 1
            nodes += [node["left_child"], node["right_child"]]
        at += 1
