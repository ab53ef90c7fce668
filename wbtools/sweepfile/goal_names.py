"""What a metric's name says of its goal: accuracies are maximized, losses minimized.

`settle_metric` is the one place where the goal of a metric that is asked for is settled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.model import Goal, Metric
from wbtools.model.metric import goal_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.model import AskedMetric

GOALS: Final = tuple(goal.value for goal in Goal)
"""As sweep files write them, minimize first."""
_RISING: Final = frozenset(
    {
        "acc", "accuracy", "bacc", "f1", "f2", "fbeta", "fscore", "fmeasure", "hmean", "auc",
        "auroc", "rocauc", "auprc", "aupr", "prauc", "ap", "map", "miou", "iou", "io_u", "giou",
        "dice", "jaccard", "precision", "recall", "sensitivity", "specificity", "tpr", "tnr",
        "true_positive", "true_negative", "ppv", "npv", "negative_predictive_value", "kappa", "mcc",
        "bleu", "sacrebleu", "chrf", "rouge", "meteor", "cider", "bertscore", "exact_match", "r2",
        "r_squared", "rsquared", "explained_variance", "spearman", "spearmanr", "pearson",
        "pearsonr", "kendall", "kendalltau", "psnr", "ssim", "sdr", "sisdr", "snr", "sisnr",
        "signal_to_noise", "pesq", "stoi", "inception_score", "reward", "rewards", "return",
        "returns", "success_rate", "win_rate", "winrate", "hit_rate", "hits", "ndcg", "dcg", "mrr",
        "nmi", "ari", "silhouette", "modularity", "hypervolume", "likelihood", "loglikelihood",
        "log_likelihood", "loglik", "elbo", "throughput", "fps", "per_second", "per_sec", "speedup",
        "sharpe", "sortino", "calmar", "profit", "pnl",
    }
)  # fmt: skip
_FALLING: Final = frozenset(
    {
        "loss", "losses", "err", "error", "errors", "mse", "mae", "rmse", "nmse", "nrmse", "msle",
        "rmsle", "mape", "smape", "mase", "wape", "wmape", "medae", "perplexity", "ppl", "wer",
        "cer", "eer", "fid", "kid", "fvd", "fad", "lpips", "nll", "bce", "cross_entropy",
        "crossentropy", "xent", "logloss", "kl", "kld", "brier", "brier_score", "ece", "crps",
        "bpc", "bpd", "bpb", "bits_per", "deviance", "aic", "bic", "misclassification",
        "misclassifications", "misclassified", "fpr", "fnr", "fdr", "false_positive",
        "false_positives", "false_negative", "false_negatives", "false_discovery", "hausdorff",
        "hd95", "chamfer", "wasserstein", "mmd", "emd", "epe", "ade", "fde", "mpjpe", "cost",
        "costs", "latency", "regret",
    }
)  # fmt: skip
_WEAKLY_RISING: Final = frozenset({"top"})
"""Says which way only where nothing else does: `top1`, but `top1_err`."""
_DOUBTFUL: Final = frozenset({"elbo", "kl", "kld"})
"""Enough to ask, not to go by: an ELBO is logged with either sign, a KL often watched only."""
_OF_EITHER_GOAL: Final = frozenset({"score", "scores", "metric", "objective"})
"""Words for a result that leave the goal open."""
_HEADS: Final = frozenset({"loss", "losses", "err", "error", "errors", "cost", "costs"})
"""At the end they decide alone: a `dice_loss` is a loss."""
_UNDECIDED: Final = frozenset(
    {
        # What is done to a quantity: how a drop in accuracy counts, the name does not say.
        "drop", "drops", "gap", "diff", "difference", "delta", "change", "reduction", "decrease",
        "increase", "improvement", "gain", "degradation", "decline", "ratio", "savings", "free",
        "penalty", "baseline", "chance", "lost", "missed", "reduced", "increased", "decreased",
        "improved",
        "std", "stdev", "stddev", "stderr", "sem", "var", "variance", "deviation", "spread",
        "threshold", "weight", "weights", "coef", "coeff", "coefficient", "scale", "count", "num",
        "time", "times", "rank", "slope", "minus", "vs", "versus", "no", "non", "not", "without",
        "steps_to", "step_to", "epochs_to", "epoch_to", "rounds_to", "iterations_to", "samples_to",
        # Of an opponent, and of what is to be forgotten.
        "attack", "attacker", "adv", "adversarial", "adversary", "backdoor", "poison", "poisoned",
        "mia", "membership", "leakage", "forget", "forgetting", "forgotten", "unlearn",
        "unlearning", "discriminator", "disc", "critic",
        # Losses that are none.
        "win_loss", "profit_loss", "profit_and_loss", "stop_loss",
    }
)  # fmt: skip
_NEGATIONS: Final = frozenset({"neg", "negative", "negated", "inv", "inverse", "inverted"})
_OF_CLASSES: Final = frozenset({"f1", "precision", "recall"})
"""`negative_recall` is the negative class's."""
QUALIFIERS: Final = frozenset(
    {
        "min", "max", "mean", "avg", "average", "std", "var", "median", "best", "final", "last",
        "train", "training", "val", "valid", "validation", "test", "testing", "dev", "eval",
        "epoch", "step", "db", "micro", "macro", "weighted", "ema", "total", "sum", "at",
        "overall", "norm", "normalized",
    }
)  # fmt: skip
"""Words that say of what, or how, a metric is taken, and leave it one: `loss_train`, `f1_macro`."""
_BETWEEN: Final = QUALIFIERS | {"root", "squared", "absolute", "log", "m", "n"}
"""What may stand between a negation and the word that it negates."""
_WORD: Final = re.compile(r"[a-z]+\d*|[A-Z]+\d*(?![a-z])|[A-Z][a-z]+\d*")
_LONGEST_PHRASE: Final = 3
_SIGN: Final = re.compile(r"[\s(]*(?:-|(?:1(?:\.0?)?|one)[\s_]*(?:-|minus[\s_]))")
_BOTH: Final = 0


def settle_metric(
    asked: AskedMetric, own: Metric | None = None, *, option: str = "--metric"
) -> Metric:
    """Settle the goal of a metric that is asked for.

    What was said with it counts first, then the sweep's own configuration where that is about this
    metric, then the name, if it is clear; a goal that the name alone tells is marked as inferred.

    Args:
        asked: The metric, with the goal if the user says one.
        own: The metric of the sweep's own configuration.
        option: The option that would say the goal.

    Raises:
        UsageError: Nothing tells the goal.
    """
    same = own if own is not None and own.name == asked.name else None
    goal = asked.goal or (None if same is None else same.goal)
    if goal is not None:
        return Metric(name=asked.name, goal=goal, target=None if same is None else same.target)
    inferred = clear_goal_of_name(asked.name)
    if inferred is None:
        msg = f"nothing says whether {asked.name!r} is to be minimized or maximized"
        raise UsageError(msg, goal_hint(asked.name, option))
    return Metric(name=asked.name, goal=inferred, goal_is_inferred=True)


def contradicted(metric: Metric, own: Metric | None, place: str) -> str:
    """Words on what speaks for the other goal than the one that is used; empty where nothing does.

    Args:
        metric: As it is used.
        own: The metric of the sweep's own configuration.
        place: Where that was read.
    """
    if own is not None and own.name == metric.name and own.goal is not metric.goal:
        return f"; but {place} says {own.goal}"
    clear = clear_goal_of_name(metric.name)
    return "" if clear in {None, metric.goal} else f"; but its name says {clear}"


def clear_goal_of_name(name: str) -> Goal | None:
    """The goal that a metric's name leaves no doubt about; None wherever there is one.

    It is what `goal_of_name` suggests, if all words of the name say so, and none negates, turns
    round or leaves open what another says, as in `neg_loss`, `1-acc`, `acc_drop` or `dice_loss`.
    Lint only asks whether a goal is meant, for which a suggestion is enough; here nobody is asked.
    """
    suggested = goal_of_name(name)
    parts = re.split(r"[/.:]", name)
    if suggested is None or any(_SIGN.match(part) for part in parts):
        return None
    words = [word for part in parts for _, word in _phrases(words_of_name(part))]
    return Goal(suggested) if {_CLEAR.get(word) for word in words} == {suggested} else None


def goal_of_name(name: str) -> str | None:
    """The goal that a metric's name suggests; None if it suggests none, or both.

    The last part of a path decides if it can, then the one before it. `neg_`, `inv_`, `-` and `1-`
    turn the direction round; a drop, a gap and their like leave it open.
    """
    rest, is_turned = name, False
    sign = _SIGN.match(name)
    if sign:
        rest, is_turned = name[sign.end() :], True
    for part in reversed(re.split(r"[/.:]", rest)):
        sign = _SIGN.match(part)
        direction = _direction(_WORD.findall(part[sign.end() :] if sign else part))
        if direction is not None:
            rises = (direction > 0) != (is_turned != bool(sign))
            return None if direction == _BOTH else GOALS[rises]
    return None


def words_of_name(name: str) -> list[str]:
    """The words in a name, in small letters: `valLoss_top5` is val, loss and top5."""
    return _lowered(_WORD.findall(name))


def _lowered(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words]


def is_metric_word(word: str) -> bool:
    """Whether a word is that for a result, such as `loss`, `top5` or `score`.

    Args:
        word: In small letters.
    """
    bare = word.rstrip("0123456789")
    words = _RISING | _FALLING | _WEAKLY_RISING | _OF_EITHER_GOAL
    return word in words or bare in words


def _direction(written: Sequence[str]) -> int | None:
    """1 rises, -1 falls, 0 is open; None where no word says anything."""
    words = _lowered(written)
    found: list[tuple[str, int]] = []
    negation: int | None = None
    for start, phrase in _phrases(words):
        if phrase in _UNDECIDED:
            return _BOTH
        if phrase in _NEGATIONS:
            if negation is not None or found:
                return _BOTH
            negation = start
        elif phrase in _RISING or phrase in _FALLING:
            turns = negation is not None and not found
            if turns and not _is_negated(words[(negation or 0) + 1 : start], phrase):
                return _BOTH
            found.append((phrase, (1 if phrase in _RISING else -1) * (-1 if turns else 1)))
    if not found:
        weak = any(word.rstrip("0123456789") in _WEAKLY_RISING for word in words)
        return None if not weak else _BOTH if negation is not None else 1
    if found[-1][0] in _HEADS:
        return found[-1][1]
    directions = {direction for _, direction in found}
    return directions.pop() if len(directions) == 1 else _BOTH


def _is_negated(between: Sequence[str], phrase: str) -> bool:
    return phrase not in _OF_CLASSES and _BETWEEN.issuperset(between)


def _phrases(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The words that are known, the longest phrase first, with their places."""
    start = 0
    while start < len(words):
        for length in range(_LONGEST_PHRASE, 0, -1):
            phrase = "_".join(words[start : start + length])
            bare = phrase.rstrip("0123456789")
            known = next((text for text in (phrase, bare) if text in _KNOWN), None)
            if known is not None and start + length <= len(words):
                yield start, known
                start += length
                break
        else:
            start += 1


_KNOWN: Final = _RISING | _FALLING | _UNDECIDED | _NEGATIONS
_CLEAR: Final = {
    **dict.fromkeys(_RISING - _DOUBTFUL, Goal.MAXIMIZE),
    **dict.fromkeys(_FALLING - _DOUBTFUL, Goal.MINIMIZE),
}
