"""Fit the shipped model, and the models that are scored, each without the families of one fold.

`python -m tests.training.fit --rows rows.npz --work FOLDER` writes
`wbtools/app/weights/projection.npz` and a JSON file beside it that says how it was made. With
`--validate` it writes `FOLDER/fold-K.npz` instead: the models that never saw the families of fold K
(`folds.py`), neither in their members nor in what was corrected by them.

A member of the ensemble is fitted without one fold, a model for validation without two: the one
that is scored, and each of the others in turn. What the members say of the families that they did
not see then fits the rest: how far quantiles must be stretched to hold their share, how P(gem) is
put together, and how far P(at least one gem) may be trusted. Members are kept in `FOLDER`, so that
a broken-off fit goes on where it stood.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import combinations, repeat
from pathlib import Path

import numpy as np

from tests.training.corrections import UNCORRECTED, corrections
from tests.training.folds import FOLDS, PRIOR_SHARE, row_shares
from tests.training.network import EPOCHS, HIDDEN, OF_KIND, fit_networks
from tests.training.simulate import Rows, read
from tests.training.trees import SETTINGS, fit_trees
from wbtools.analysis.projection.applicability import TRAITS
from wbtools.analysis.projection.weights import squeezed, unpacked

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "wbtools" / "app" / "weights" / "projection.npz"
SEED = 5
_TRAIT_RANGE = (0.01, 0.99)
_FOLDS = range(len(FOLDS))
SETTINGS_OF_FIT = {
    "seed": SEED,
    "folds": [list(families) for families in FOLDS],
    "prior_share": PRIOR_SHARE,
    "networks": {"hidden": list(HIDDEN), "epochs": EPOCHS},
    "trees": SETTINGS,
}

Arrays = dict[str, np.ndarray]
_read = cache(read)


def fit_member(rows: Rows, left_out: tuple[int, ...]) -> Arrays:
    """One member's arrays, fitted without the families of some folds."""
    rows = rows.only(~np.isin(rows.fold, left_out))
    features, seed = squeezed(rows.features.astype(float)), [SEED, *left_out]
    arrays = fit_networks(rows, features, row_shares(rows.task), seed)
    plain, blind = rows.is_plain, np.where(np.isin(rows.names, OF_KIND), np.nan, features)
    is_gem, shares = rows.is_gem[plain].astype(int), row_shares(rows.task[plain])
    for name, seen in (("trees", features), ("run_trees", blind)):
        trees = fit_trees(seen[plain], is_gem, shares, seed)
        arrays |= {f"{name}.{key}": array for key, array in trees.items()}
    return arrays


def claim(work: Path, rows_at: Path) -> None:
    """Make a folder for members that were fitted on these rows with these settings.

    Raises:
        SystemExit: It holds members that were fitted otherwise.
    """
    settings = {"rows": _sha256(rows_at), **SETTINGS_OF_FIT}
    kept = work / "settings.json"
    if kept.exists() and json.loads(kept.read_text()) != settings:
        msg = f"{work} holds members fitted on other rows or settings: name another folder"
        raise SystemExit(msg)
    work.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(settings))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keep_member(rows_at: Path, work: Path, left_out: tuple[int, ...]) -> None:
    """Fit a member and keep it in `work`, unless it is there."""
    path = _kept_at(work, left_out)
    if not path.exists():
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, **fit_member(_read(rows_at), left_out))
        part.replace(path)
        print(path.name, flush=True)


def _kept_at(work: Path, left_out: tuple[int, ...]) -> Path:
    return work / f"member-{'-'.join(str(fold) for fold in sorted(left_out))}.npz"


def joined(rows: Rows, work: Path, without: int | None) -> Arrays:
    """A model's arrays: its members, and what they said of the families that they did not see.

    Args:
        rows: Of all families.
        work: Where the members are.
        without: The fold that is left out of all; None for the shipped model.
    """
    unseen = [fold for fold in _FOLDS if fold != without]
    arrays: Arrays = {"names": rows.names}
    for place, fold in enumerate(unseen):
        left_out = (fold,) if without is None else (fold, without)
        with np.load(_kept_at(work, left_out)) as member:
            arrays |= {f"{place}.{name}": array for name, array in member.items()}
    rows = rows.only(rows.is_plain & np.isin(rows.fold, unseen))
    low, high = np.quantile(rows.traits, _TRAIT_RANGE, axis=0)
    arrays |= {"support.low": low, "support.high": high}
    features = squeezed(rows.features.astype(float))
    of_member = []
    for fold, member in zip(unseen, unpacked(arrays | UNCORRECTED).members, strict=True):
        at = np.flatnonzero(rows.fold == fold)
        of_member.append((at, *member(features[at])))
    order = np.argsort(np.concatenate([at for at, _, _ in of_member]))
    quantiles, odds = (
        np.concatenate([part[place] for part in of_member])[order] for place in (1, 2)
    )
    return arrays | corrections(rows, quantiles, odds)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    claim(given.work, given.rows)
    needed = list(combinations(_FOLDS, 2)) if given.validate else [(fold,) for fold in _FOLDS]
    with ProcessPoolExecutor(given.processes) as pool:
        list(pool.map(keep_member, repeat(given.rows), repeat(given.work), needed))
    rows = read(given.rows)
    for without in _FOLDS if given.validate else (None,):
        arrays = joined(rows, given.work, without)
        path = SHIPPED if without is None else given.work / f"fold-{without}.npz"
        np.savez_compressed(path, **arrays)
        print(path, path.stat().st_size, *(np.round(arrays[k], 2) for k in UNCORRECTED), flush=True)
    if not given.validate:
        described = json.dumps(provenance(rows, given.rows, arrays), indent=2)
        SHIPPED.with_suffix(".json").write_text(described + "\n")


def provenance(rows: Rows, rows_at: Path, arrays: Arrays) -> dict[str, object]:
    """How the shipped model was made."""
    low, high = (arrays[f"support.{end}"].tolist() for end in ("low", "high"))
    return {
        "made_by": "python -m tests.training.simulate, then python -m tests.training.fit",
        **SETTINGS_OF_FIT,
        "n_tasks": len(np.unique(rows.task)),
        "n_sweeps": len(np.unique(rows.sweep)),
        "n_stopped_runs": len(rows.gain),
        "n_gems": int(rows.is_gem.sum()),
        "support": {name: list(ends) for name, *ends in zip(TRAITS, low, high, strict=True)},
        "rows_sha256": _sha256(rows_at),
    }


if __name__ == "__main__":
    main()
