"""Lengths that a parameter explains: runs that share its value make the same number of reports.

Evaluation every N steps with a searched batch size, or a searched number of rounds, gives as many
lengths as values. Where no series tells how far training had come, that agreement is the evidence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from math import lgamma, log
from typing import TYPE_CHECKING

from wbtools.model.configuration import canonical, tells_replicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_VALUES = 20
_FEWEST_IN_A_GROUP = 2
_GROUPED_SHARE = 0.6
_LEAST_LOG_ODDS = log(100)  # agreement by chance below 1 in 100
_MOST_PARAMETERS = 12

Grouping = tuple[str, ...]


def shared_lengths(
    configs: Sequence[Mapping[str, object]], lengths: Sequence[int]
) -> tuple[Grouping, dict[Grouping, int]] | None:
    """The parameter, or the two, whose values tell the lengths of runs, and the length of each.

    All runs that share a value agree, several values have two runs or more and not all lengths are
    equal; and a shuffling of the lengths would do the same in fewer than one case of a hundred.

    Args:
        configs: Of runs that ended by themselves.
        lengths: Their reports, in the same order.

    Returns:
        The names, and the length by the canonical texts of their values; None if none tells.
    """
    if len(set(lengths)) < 2:  # noqa: PLR2004 - one length needs no explanation
        return None
    names = _searched(configs)
    for size in (1, 2):
        found = []
        for grouping in combinations(names, size):
            by_value = _constant_groups(grouping, configs, lengths)
            if by_value is not None:
                found.append((len(by_value), grouping, by_value))
        if found:
            _, grouping, by_value = min(found, key=lambda entry: (entry[0], entry[1]))
            return grouping, by_value
    return None


def group_of(grouping: Grouping, config: Mapping[str, object]) -> Grouping:
    """The canonical texts of a configuration's values of these parameters."""
    return tuple(canonical(config.get(name)) for name in grouping)


def _searched(configs: Sequence[Mapping[str, object]]) -> list[str]:
    """Parameters with few values, two at least, and no seeds; those with the fewest first."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name in {name for config in configs for name in config}:
        if not tells_replicates(name):
            values[name] = {canonical(config.get(name)) for config in configs}
    few = [
        (len(texts), name)
        for name, texts in values.items()
        if 1 < len(texts) <= min(_MOST_VALUES, len(configs) // _FEWEST_IN_A_GROUP)
    ]
    return [name for _, name in sorted(few)][:_MOST_PARAMETERS]


def _constant_groups(
    grouping: Grouping, configs: Sequence[Mapping[str, object]], lengths: Sequence[int]
) -> dict[Grouping, int] | None:
    groups: defaultdict[Grouping, list[int]] = defaultdict(list)
    for config, length in zip(configs, lengths, strict=True):
        groups[group_of(grouping, config)].append(length)
    if any(len(set(group)) > 1 for group in groups.values()):
        return None
    shared = [group for group in groups.values() if len(group) >= _FEWEST_IN_A_GROUP]
    if len({group[0] for group in shared}) < 2:  # noqa: PLR2004 - it must tell lengths apart
        return None
    n_grouped = sum(map(len, shared))
    if n_grouped < _GROUPED_SHARE * len(lengths) or _log_odds(shared) < _LEAST_LOG_ODDS:
        return None
    return {value: group[0] for value, group in groups.items()}


def _log_odds(groups: Sequence[Sequence[int]]) -> float:
    """At least the logarithm of 1 / P(all groups are constant when lengths are shuffled).

    The arrangements of n lengths are n! / (c1! c2! …), and at most one in which all groups are
    constant belongs to each way of giving every group one of the lengths.
    """
    counts = Counter(length for group in groups for length in group)
    arrangements = lgamma(sum(counts.values()) + 1) - sum(lgamma(n + 1) for n in counts.values())
    return arrangements - len(groups) * log(len(counts))
