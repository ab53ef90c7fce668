r"""Score projections on replayed sweeps and write the tables into `docs/how-sure.md`.

    python -m tests.benchmarks.gem_table --data gem-dev=FOLDER --data gem-wild-dev=FOLDER \
        --predictions gem-dev:learned=FILE gem-dev:catch-up=FILE gem-wild-dev:learned=FILE …

Folders and files are those of `python -m tests.training.score`. The first method of each benchmark
is the one whose intervals, tasks and widths are shown. `--dry-run` prints the tables instead.
"""

from __future__ import annotations

import argparse
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tests.readme import HOW_SURE
from tests.training.score import add_inputs, benchmarks
from tests.training.score_draws import score
from tests.training.score_tables import between, gem_cells, number, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.training.score_draws import Scores
    from tests.training.score_metrics import Joined

ROWS = {
    "mae": "MAE of the full-budget best (1 = no further gain)",
    "crps": "CRPS",
    "cov90": "coverage of the 90 % intervals",
    "wis90": "interval score WIS90",
    "auc": "AUC of gem against not",
    "ap": "average precision",
    "hit@3": "hit@3: a gem among the first three",
    "recall@5": "recall@5",
    "rescue@3": "rescue@3: regret recovered by the first three",
    "abstain": "share of sweeps that are not ranked",
    "hit@3_ranked": "hit@3 in the others",
    "rescue@3_ranked": "rescue@3 in the others",
    "llskill": "log-loss skill of P(gem)",
    "ece": "calibration error of P(gem)",
    "gem_ratio": "predicted / true number of gems",
}
_ABSTAINING = ("abstain", "hit@3_ranked", "rescue@3_ranked")
TARGETS: dict[str, dict[str, tuple[str, str]]] = {
    "gem-dev": {
        "mae": ("≤ .54", "≤ .48"),
        "crps": ("≤ .385", "≤ .34"),
        "cov90": (".88 to .93", ".89 to .91"),
        "wis90": ("≤ 2.7", "≤ 2.3"),
        "auc": ("≥ .88", "≥ .91"),
        "ap": ("≥ .45", "≥ .58"),
        "hit@3": ("as the best plain", "above it"),
        "rescue@3": ("as the best plain", "above it"),
        "llskill": ("≥ .17", "≥ .22"),
        "gem_ratio": (".8 to 1.25", ".9 to 1.1"),
    },
    "gem-wild-dev": {
        "mae": ("≤ .52", "≤ .46"),
        "crps": ("≤ .37", "≤ .33"),
        "cov90": (".88 to .93, each task ≥ .78", ""),
        "wis90": ("≤ 2.5", "≤ 2.1"),
        "auc": ("≥ .68", "≥ .76"),
        "ap": ("≥ .40", "≥ .50"),
        "hit@3": ("as the best plain", "above it"),
        "rescue@3": ("as the best plain", "above it"),
        "llskill": ("≥ .15", "≥ .25"),
        "gem_ratio": (".8 to 1.25", ""),
    },
}
"""Gate and goal of each metric by benchmark, set beforehand."""
TASK_METRICS = ("mae", "cov90", "auc", "ap", "hit@3", "ece")
_TABLE = "<!-- table: {name} -->\n"
_END = "<!-- end -->"
_SHARES = (0.0, 0.03, 0.1, 0.25, 0.5, 1.0)


def gems(name: str, scores: Mapping[str, Scores]) -> str:
    """Metrics by method on a benchmark, with the bootstrap's interval of the first method."""
    targets, first = TARGETS.get(name, {}), next(iter(scores.values()))
    abstains = any(each.overall["abstain"] for each in scores.values())
    rows = []
    for metric, words in ROWS.items():
        if metric in _ABSTAINING and not abstains:
            continue
        cells = [number(each.overall[metric]) for each in scores.values()]
        cells[0] = f"**{cells[0]}**{between(*first.interval(metric))}"
        rows.append([words, *cells, *(targets.get(metric, ("", "")) if targets else ())])
    ends = ["gate", "goal"] if targets else []
    return table([f"macro over {len(first.by_task)} tasks", *scores, *ends], rows)


def tasks(scores: Scores) -> str:
    """Task by task: gems seen and expected, and some metrics."""
    rows = [
        [
            task,
            *gem_cells(measures["gems"], measures["gems_pred"]),
            *(number(measures[metric]) for metric in TASK_METRICS),
        ]
        for task, measures in sorted(scores.by_task.items())
    ]
    head = ["left out", "gems", "expected (90 % of a Poisson distribution)", "as many?"]
    return table([*head, *TASK_METRICS], rows)


def widths(joined: Joined) -> str:
    """How wide intervals are, and how often they hold, by how much of the budget was seen."""
    rows = []
    for low, high in pairwise(_SHARES):
        seen = joined.candidates["seen"]
        band = joined.candidates[(low < seen) & (seen <= high)]
        y, least, most, scale = (band[field] for field in ("y", "lo", "hi", "scale"))
        held = (y >= least - 1e-6 * scale) & (y <= most + 1e-6 * scale)
        error = np.minimum(np.abs(band["mean"] - y) / scale, 10)
        cells = [np.median((most - least) / scale), held.mean(), error.mean()] if len(band) else []
        words = f"{low:.0%} to {high:.0%}".replace("%", " %")
        rows.append([words, str(len(band)), *map(number, cells or [np.nan] * 3)])
    head = ["share of the budget seen", "runs", "width of the 90 % interval", "holds", "MAE"]
    return table(head, rows)


def headed(tables: Mapping[str, str]) -> str:
    """Tables one below the other, each under the name of its benchmark if there are several."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    return "\n".join(f"**{name}**\n\n{text}" for name, text in tables.items())


def written(page: str, name: str, text: str) -> str:
    """The page with a table put between its marks."""
    begin = re.escape(_TABLE.format(name=name))
    new, n = re.subn(f"({begin}).*?({_END})", lambda m: m[1] + text + m[2], page, flags=re.DOTALL)
    if n != 1:
        msg = f"the page has {n} places for the table {name!r}"
        raise SystemExit(msg)
    return new


def main(words: Sequence[str] | None = None) -> None:
    """Score and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_inputs(parser, 1000)
    parser.add_argument("--dry-run", action="store_true", help="print the tables, write nothing")
    given = parser.parse_args(words)
    tables: dict[str, dict[str, str]] = {"gems": {}, "tasks": {}, "widths": {}}
    for name, benchmark in benchmarks(given.data, given.predictions).items():
        if not benchmark.joined:
            parser.error(f"no predictions are given for {name}")
        first = next(iter(benchmark.joined))
        scores = {
            method: score(joined, given.draws if method == first else 0)
            for method, joined in benchmark.joined.items()
        }
        tables["gems"][name] = gems(name, scores)
        tables["tasks"][name] = tasks(scores[first])
        tables["widths"][name] = widths(benchmark.joined[first])
    page = HOW_SURE.read_text()
    for name, by_benchmark in tables.items():
        page = written(page, name, headed(by_benchmark))
        if given.dry_run:
            print(f"{_TABLE.format(name=name)}{headed(by_benchmark)}{_END}\n")
    if not given.dry_run:
        HOW_SURE.write_text(page)


if __name__ == "__main__":
    main()
