"""How far training had come, as runs logged it: which series tells, and in which unit.

W&B counts `log()` calls (`_step`), and Hyperband counts reports; programs count epochs, optimizer
steps, episodes or boosting rounds, and most of them log that count beside their metric. The last
word of a name decides, whatever stands before it: `epoch`, `train/epoch`, `trainer/global_step`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import leaf
from wbtools.model.curves import MOST_CONTEXT_VALUES
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_EPOCH_KEYS = (
    "epochs",
    "max_epochs",
    "num_epochs",
    "n_epochs",
    "num_train_epochs",
    "total_epochs",
    "train_epochs",
    "nb_epochs",
    "n_epoch",
    "max_epoch",
    "epoch_budget",
)
_STEP_KEYS = (
    "max_steps",
    "num_steps",
    "n_steps",
    "total_steps",
    "train_steps",
    "num_train_steps",
    "max_iters",
    "num_iters",
    "n_iters",
    "max_iterations",
    "num_iterations",
    "iterations",
    "n_iterations",
    "total_timesteps",
    "timesteps",
    "n_timesteps",
    "num_timesteps",
    "max_timesteps",
    "num_env_steps",
    "total_env_steps",
    "max_iter",
)
_EPISODE_KEYS = (
    "episodes",
    "num_episodes",
    "n_episodes",
    "max_episodes",
    "total_episodes",
    "train_episodes",
)
_ROUND_KEYS = (
    "num_boost_round",
    "num_boosting_rounds",
    "boosting_rounds",
    "num_rounds",
    "n_rounds",
    "max_rounds",
    "n_estimators",
    "num_trees",
    "n_trees",
    "iterations",
    "num_iterations",
    "max_iter",
)


@dataclass(frozen=True, slots=True)
class ProgressUnit:
    """What a program counts.

    Attributes:
        word: Of one such unit, as people say it.
        keys: Names of the configured number of a full run, the likeliest first.
        names: Names under which the count is logged.
        is_small: Whether a run makes so few of them that one report each is usual.
    """

    __repr__ = brief_repr

    word: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    is_small: bool = True


EPOCHS: Final = ProgressUnit(
    "epoch", _EPOCH_KEYS, ("epoch", "epochs", "current_epoch", "epoch_num", "epoch_idx")
)
STEPS: Final = ProgressUnit(
    "step",
    _STEP_KEYS,
    (
        "global_step",
        "global_steps",
        "timesteps",
        "total_timesteps",
        "num_timesteps",
        "total_steps",
        "env_steps",
        "env_step",
        "train_steps",
        "optimizer_step",
        "iteration",
        "iterations",
        "iter",
        "step",
        "steps",
    ),
    is_small=False,
)
EPISODES: Final = ProgressUnit(
    "episode", _EPISODE_KEYS, ("episode", "episodes", "episode_num", "n_episodes")
)
ROUNDS: Final = ProgressUnit(
    "round",
    _ROUND_KEYS,
    ("round", "rounds", "boosting_round", "boost_round", "n_trees", "trees", "iteration"),
)
UNITS: Final = (EPOCHS, EPISODES, ROUNDS, STEPS)
"""The units, the likeliest first."""
LIBRARY_NAMES: Final = (
    "epoch",
    "train/epoch",
    "epoch/epoch",
    "current_epoch",
    "episode",
    "round",
    "trainer/global_step",
    "train/global_step",
    "global_step",
    "global_steps",
    "num_timesteps",
    "total_timesteps",
    "timesteps",
    "env_steps",
    "training_iteration",
    "iteration",
    "iter",
    "step",
)
"""Whole names under which libraries log their progress, the likeliest first: for what is read
before it is known what was logged."""

_INNER_LOOP_KEYS = frozenset({"n_epochs", "num_epochs", "n_steps", "num_steps"})
_OF_POLICY_GRADIENTS = frozenset(
    {"gamma", "gae_lambda", "clip_range", "clip_coef", "ent_coef", "n_envs", "num_envs"}
)
"""Settings of reinforcement learning, where the inner loop of an update has epochs and steps too
(Stable-Baselines3's and CleanRL's names)."""
_HEEDED = _OF_POLICY_GRADIENTS.union(*(unit.keys for unit in UNITS))


def progress_words(epoch: float | None, step: int | None) -> str:
    """How far a run had come, as `epoch 12` or `step 3000`; empty where nothing says."""
    if epoch is not None:
        return f"epoch {epoch:g}"
    return "" if step is None else f"step {step}"


def units_of_key(key: str) -> tuple[ProgressUnit, ...]:
    """What a configured number may count, by its name; nothing if it is no length of a run."""
    word = leaf(key)
    return tuple(unit for unit in UNITS if word in unit.keys)


def is_inner_loop(key: str, names: Iterable[str]) -> bool:
    """Whether a key sets the length of an inner loop, as PPO's `n_epochs`, and not that of a run.

    Args:
        key: Of a configuration.
        names: All keys of the same configuration.
    """
    return leaf(key) in _INNER_LOOP_KEYS and any(
        leaf(name) in _OF_POLICY_GRADIENTS for name in names
    )


def words_about_progress(keys: Iterable[str]) -> frozenset[str]:
    """The last words of a configuration's keys that `progress_name` heeds: few, whatever it holds.

    Args:
        keys: Of a configuration.
    """
    return _HEEDED.intersection(map(leaf, keys))


def progress_name(sizes: Mapping[str, int], keys: Collection[str] = ()) -> str | None:
    """The series that tells how far training had come; None if no name says so.

    A count of what the configuration gives the full number of goes before others, epochs before
    episodes, rounds and steps, and a short name before a long one.

    Args:
        sizes: By logged name, how many values its curves hold as a matrix: runs times the longest
            series. More than `MOST_CONTEXT_VALUES` are not worth their memory.
        keys: Of the runs' configurations, whole or their last words.
    """
    configured = {
        unit.word for key in keys if not is_inner_loop(key, keys) for unit in units_of_key(key)
    }
    short = progress_names(name for name, n in sizes.items() if n <= MOST_CONTEXT_VALUES)
    named = [name for name in short if configured & {unit.word for unit in units_of_name(name)}]
    return next(iter((*named, *short)), None)


def progress_names(logged: Iterable[str]) -> list[str]:
    """The series that count training: epochs before episodes, rounds and steps, the short first.

    Args:
        logged: Names.
    """
    found = {
        name: min(
            (place, unit.names.index(_word(name)))
            for place, unit in enumerate(UNITS)
            if _word(name) in unit.names
        )
        for name in logged
        if units_of_name(name)
    }
    return sorted(found, key=lambda name: (*found[name], len(name), name))


def units_of_name(name: str) -> tuple[ProgressUnit, ...]:
    """What a logged series may count, by its name."""
    return tuple(unit for unit in UNITS if _word(name) in unit.names)


def _word(name: str) -> str:
    return name.replace(".", "/").rsplit("/", 1)[-1].lower()
