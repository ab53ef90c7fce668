"""Boosted trees for P(gem): fitted by LightGBM, given back as arrays."""

from __future__ import annotations

import numpy as np

N_FITS = 2
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
    features: np.ndarray, gem: np.ndarray, w: np.ndarray, name: str, seed: int
) -> dict[str, np.ndarray]:
    """Fit twice and take apart, by the names that `weights.unpacked` reads."""
    import lightgbm

    trees = []
    for again in range(N_FITS):
        model = lightgbm.LGBMClassifier(**SETTINGS, random_state=N_FITS * seed + again)
        model.fit(features, gem, sample_weight=w)
        trees += [tree["tree_structure"] for tree in model.booster_.dump_model()["tree_info"]]
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
    return {f"{name}.{key}": array for key, array in arrays.items()} | {
        f"{name}.base": np.float64(0)
    }


def _take_apart(root: dict, tree: int, arrays: dict[str, np.ndarray]) -> None:
    nodes = [root]
    at = 0
    while at < len(nodes):
        node = nodes[at]
        if "leaf_value" in node:
            arrays["value"][tree, at] = node["leaf_value"] / N_FITS
        else:
            if node["missing_type"] == "Zero" or node["decision_type"] != "<=":
                msg = f"a kind of split that is not known here: {node}"
                raise ValueError(msg)
            arrays["feature"][tree, at] = node["split_feature"]
            arrays["threshold"][tree, at] = node["threshold"]
            is_left = node["threshold"] >= 0
            if node["missing_type"] == "NaN":
                is_left = node["default_left"]
            arrays["nan_right"][tree, at] = not is_left
            arrays["left"][tree, at], arrays["right"][tree, at] = len(nodes), len(nodes) + 1
            nodes += [node["left_child"], node["right_child"]]
        at += 1
