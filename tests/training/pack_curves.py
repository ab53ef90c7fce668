"""Pack the curves on which `wbtools forecast` simulates when the user names no sweep.

`python -m tests.training.pack_curves --curves-dev FOLDER` writes `wbtools/app/curves/`. Only
the order of a task's values is kept, all that a rank rule looks at: value k becomes its place among
the task's different values, the best first. Nothing is drawn, so there is no seed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

from tests.training.banks import curves_dev

TARGET = Path(__file__).parents[2] / "wbtools" / "app" / "curves"


def places(values: np.ndarray) -> np.ndarray:
    """`[R, H]` lower is better, finite, to places among the different values."""
    if not np.isfinite(values).all():
        msg = "a curve is not finite to its end"
        raise ValueError(msg)
    different, place = np.unique(values, return_inverse=True)
    if len(different) > np.iinfo(np.uint16).max:
        msg = f"{len(different)} different values do not fit 16 bits"
        raise ValueError(msg)
    return place.reshape(values.shape).astype(np.uint16)


def main() -> None:
    """Write the curves and where they come from."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--curves-dev", type=Path, required=True)
    folder = parser.parse_args().curves_dev
    facts = json.loads((folder / "manifest.json").read_text())["tasks"]
    packed = {bank.task: places(bank.curves) for bank in curves_dev(folder)}
    TARGET.mkdir(exist_ok=True)
    np.savez_compressed(TARGET / "small-tasks.npz", allow_pickle=False, **packed)
    description = {
        "what": "places of validation values among those of their task, 0 the best; runs x reports",
        "made_by": "python -m tests.training.pack_curves",
        "source": "runs trained to the end for this project: small models, budgets of 40 to 100 "
        "epochs, configurations drawn evenly from wide spaces, every twelfth with three seeds",
        "tasks": {
            task: {
                "what": facts[task]["what"],
                "metric": facts[task]["metric"],
                "runs": int(places.shape[0]),
                "reports": int(places.shape[1]),
                "sha256": hashlib.sha256(places.astype("<u2").tobytes()).hexdigest(),
            }
            for task, places in packed.items()
        },
    }
    text = json.dumps(description, indent=1, sort_keys=True) + "\n"
    (TARGET / "small-tasks.json").write_text(text)


if __name__ == "__main__":
    main()
