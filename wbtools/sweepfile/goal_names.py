"""The goal that a metric's name suggests: accuracies are maximized, losses minimized."""

from __future__ import annotations

import re
from typing import Final

GOALS: Final = ("minimize", "maximize")
_RISING: Final = frozenset(
    {
        "acc", "accuracy", "f1", "hmean", "auc", "auroc", "auprc", "map", "miou", "iou", "dice",
        "bleu", "rouge", "precision", "recall", "r2", "psnr", "ssim", "sdr", "snr", "reward",
        "return", "score", "top1", "top5", "ndcg", "mrr", "kappa", "mcc",
    }
)  # fmt: skip
_FALLING: Final = frozenset(
    {
        "loss", "err", "error", "mse", "mae", "rmse", "mape", "perplexity", "ppl", "wer", "cer",
        "fid", "nll", "kl", "latency", "regret",
    }
)  # fmt: skip
_PART: Final = re.compile(r"[a-z]+\d*|[A-Z]+\d*(?![a-z])|[A-Z][a-z]+\d*")


def goal_of_name(name: str) -> str | None:
    """The goal that a metric's name suggests; None if it suggests none, or both."""
    parts = {part.lower() for part in _PART.findall(name)}
    rising, falling = not parts.isdisjoint(_RISING), not parts.isdisjoint(_FALLING)
    if rising == falling:
        return None
    return GOALS[1] if rising else GOALS[0]
