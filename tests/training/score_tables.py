"""Scores as tables of Markdown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.training.score_metrics import AIMS, poisson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.training.score_draws import Difference, Scores

COLUMNS = (
    *("mae", "medae", "mae_top", "crps", "wis90", "cov90", "cov90_top", "width90"),
    *("auc", "ap", "ap_pool", "p@3", "hit@3", "recall@5", "rescue@3"),
    *("logloss", "llskill", "bss", "ece", "gem_ratio"),
    *("abstain", "hit@3_ranked", "rescue@3_ranked", "sec"),
)
PARTS = ("mae", "crps", "wis90", "cov90", "auc", "ap", "hit@3", "recall@5", "rescue@3", "ece")


UNKNOWN = "-"


def number(value: float) -> str:
    """Two digits, three below a tenth; no zero before the point; a dash where it is unknown."""
    if math.isnan(value):
        return UNKNOWN
    text = f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}"
    text = text.removeprefix("-") if not float(text) else text
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def between(low: float, high: float) -> str:
    """An interval in brackets; nothing where it is unknown."""
    return "" if math.isnan(low) else f" ({number(low)} to {number(high)})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, the first column of words, the others of numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def by_method(scores: Mapping[str, Scores]) -> str:
    """A column a method, with intervals where sweeps were drawn."""
    rows = [
        [
            name,
            *(
                number(each.overall[name]) + between(*each.interval(name))
                for each in scores.values()
            ),
        ]
        for name in COLUMNS
    ]
    return table(["macro over tasks", *scores], rows)


def by_part(head: str, parts: Mapping[str, Scores]) -> str:
    """A row a part: a task, or all tasks of a kind."""
    rows = [
        [
            part,
            f"{scores.overall['sweeps']:.0f}",
            f"{scores.overall['cand']:.0f}",
            *gem_cells(scores.overall["gems"], scores.overall["gems_pred"]),
            *(number(scores.overall[name]) + between(*scores.interval(name)) for name in PARTS),
        ]
        for part, scores in sorted(parts.items())
    ]
    return table([head, "sweeps", "runs", "gems", "expected", "as many?", *PARTS], rows)


def gem_cells(gems: float, expected: float) -> list[str]:
    """Gems, how many were expected, and whether so many lie in its 90 % Poisson interval."""
    low, high = poisson_interval(expected)
    verdict = "yes" if low <= gems <= high else "fewer" if gems < low else "more"
    return [f"{gems:.0f}", f"{expected:.0f} ({low:.0f} to {high:.0f})", verdict]


def by_metric(a: str, b: str, differences: Sequence[Difference]) -> str:
    """A row a metric: both methods, their difference and what it says of the first."""
    rows = [
        [
            f"{each.metric} ({_aim(each.metric)})",
            number(each.a),
            number(each.b),
            number(each.difference) + between(each.low, each.high),
            UNKNOWN if math.isnan(each.share_better) else f"{100 * each.share_better:.0f} %",
            each.verdict,
        ]
        for each in differences
    ]
    head = ["macro over tasks", a, b, f"{a} less {b}", f"draws in which {a} is better", f"{a} is"]
    return table(head, rows)


def _aim(name: str) -> str:
    aim = AIMS[name]
    return f"{aim} is better" if isinstance(aim, str) else f"distance from {aim:g}"
