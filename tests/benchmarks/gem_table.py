"""Score the projections on replayed sweeps and write the tables into `docs/how-sure.md`.

`python -m tests.benchmarks.gem_table --scorer gem_eval.py --data FOLDER`, with the scorer's own
program and a folder that holds `sweeps.jsonl.gz`, `truth.jsonl.gz` and `baseline-scores.json`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks import gems
from tests.readme import HOW_SURE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

METHODS: dict[str, Callable[[dict], dict]] = {
    "learned": gems.predict_loto,
    "catch-up": gems.catch_up,
    "curve fit": gems.curve_fit,
    "empirical gain": gems.empirical_gain,
    "last value": gems.last,
}
EARLIER = ("stack", "gpcal", "blend")
"""The best earlier ones: boosting on normalised features, a calibrated Gaussian process, both."""
ROWS = {
    "mae": ("MAE of the full-budget best (1 = no further gain)", "≤ .68", "≤ .52"),
    "crps": ("CRPS", "≤ .47", "≤ .36"),
    "cov90": ("coverage of the 90 % intervals", ".86 to .94", ".88 to .92"),
    "wis90": ("interval score WIS90", "≤ 3.2", "≤ 2.2"),
    "auc": ("AUC of gem against not", "≥ .85", "≥ .91"),
    "ap": ("average precision", "≥ .38", "≥ .58"),
    "hit@3": ("hit@3: a gem among the first three", "≥ .60", "≥ .80"),
    "rec@5": ("recall@5", "≥ .50", "≥ .68"),
    "rescue@3": ("rescue@3: regret recovered by the first three", "≥ .53", "≥ .75"),
    "llskill": ("log-loss skill of P(gem)", "≥ .08", "≥ .20"),
    "ece": ("calibration error of P(gem)", "≤ .02", "≤ .010"),
    "gem_ratio": ("predicted / true number of gems", ".6 to 1.6", ".8 to 1.25"),
}
_TABLE = "<!-- table: {name} -->\n"
_END = "<!-- end -->"
_SHARES = (0.0, 0.03, 0.1, 0.25, 0.5, 1.0)


def scorer(path: Path) -> ModuleType:
    """The scorer's program as a module."""
    spec = importlib.util.spec_from_file_location("gem_eval", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is no program"
        raise SystemExit(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predicted(sweeps: list[dict], method: Callable[[dict], dict]) -> list[dict]:
    """Predictions as the scorer takes them."""
    answers = []
    for sweep in sweeps:
        begun = time.perf_counter()
        predictions = method(sweep)
        seconds = time.perf_counter() - begun
        answers.append(
            {"sweep_id": sweep["sweep_id"], "seconds": seconds, "predictions": predictions}
        )
    return answers


def bootstrap(score: ModuleType, joined: list[dict], n: int) -> dict[str, tuple[float, float]]:
    """5th and 95th percentile of each metric over sweeps drawn anew within tasks."""
    rng, by_task = np.random.default_rng(0), {}
    for joined_sweep in joined:
        by_task.setdefault(joined_sweep["task"], []).append(joined_sweep)
    drawn = [
        score.macro([v[i] for v in by_task.values() for i in rng.integers(0, len(v), len(v))])[0]
        for _ in range(n)
    ]
    return {
        name: tuple(float(np.nanpercentile([scores[name] for scores in drawn], q)) for q in (5, 95))
        for name in ROWS
    }


def number(value: float) -> str:
    """Two digits, three below a tenth; no zero before the point."""
    text = f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown, the first column of words, the others of numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def by_share(joined: list[dict]) -> list[list[str]]:
    """How wide intervals are, and how often they hold, by how much of the budget was seen."""
    scaled_rows = [(r, j["scale"]) for j in joined for r in j["rows"]]
    rows = []
    for low, high in pairwise(_SHARES):
        band = [(r, scale) for r, scale in scaled_rows if low < r["t"] <= high]
        width = float(np.median([(r["hi"] - r["lo"]) / scale for r, scale in band]))
        held = float(np.mean([r["lo"] - 1e-6 * s <= r["y"] <= r["hi"] + 1e-6 * s for r, s in band]))
        error = float(np.mean([min(abs(r["mean"] - r["y"]) / s, 10) for r, s in band]))
        words = f"{low:.0%} to {high:.0%}".replace("%", " %")
        rows.append([words, str(len(band)), number(width), number(held), number(error)])
    return rows


def write(name: str, text: str) -> None:
    """Put a table between its marks on the page."""
    begin = re.escape(_TABLE.format(name=name))
    old = HOW_SURE.read_text()
    new, n = re.subn(f"({begin}).*?({_END})", lambda m: m[1] + text + m[2], old, flags=re.DOTALL)
    if n != 1:
        msg = f"the page has {n} places for the table {name!r}"
        raise SystemExit(msg)
    HOW_SURE.write_text(new)


def main() -> None:
    """Score and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bootstrap", type=int, default=200)
    given = parser.parse_args()
    score = scorer(given.scorer)
    sweeps = score.read(str(given.data / "sweeps.jsonl.gz"))
    truth = score.read(str(given.data / "truth.jsonl.gz"))
    joined = {
        name: score.join(sweeps, truth, predicted(sweeps, method))
        for name, method in METHODS.items()
    }
    scores = {name: score.macro(joined_sweeps)[0] for name, joined_sweeps in joined.items()}
    earlier = json.loads((given.data / "baseline-scores.json").read_text())
    scores |= {name: earlier[name] for name in EARLIER}
    around = bootstrap(score, joined["learned"], given.bootstrap)
    rows = []
    for name, (words, gate, goal) in ROWS.items():
        low, high = around[name]
        cells = [number(measures[name]) for measures in scores.values()]
        cells[0] = f"**{cells[0]}** ({number(low)} to {number(high)})"
        rows.append([words, *cells, gate, goal])
    write("gems", table(["macro over 6 tasks", *scores, "gate", "goal"], rows))
    per = score.macro(joined["learned"])[1]
    names = ["mae", "cov90", "auc", "ap", "hit@3", "ece"]
    rows = [
        [
            task,
            f"{measures['gems']}",
            f"{measures['gems_pred']:.0f}",
            *(number(measures[name]) for name in names),
        ]
        for task, measures in sorted(per.items())
    ]
    write("tasks", table(["left out", "gems", "promised", *names], rows))
    head = ["share of the budget seen", "runs", "width of the 90 % interval", "holds", "MAE"]
    write("widths", table(head, by_share(joined["learned"])))
    seconds = scores["learned"]["sec"]
    sys.stdout.write(f"{seconds:.2f} s a sweep on average\n")


if __name__ == "__main__":
    main()
