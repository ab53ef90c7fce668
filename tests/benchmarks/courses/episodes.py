"""Reinforcement learning with a report an episode: a noisy bandit, and a pole on a cart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.courses.program import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.courses.program import Config, Log, Program

RETURNS = (
    *("episode_return", "episodic_return", "rollout/ep_rew_mean", "charts/episodic_return"),
    *("reward", "return", "eval/mean_reward"),
)
EPISODES = ("episodes", "num_episodes", "n_episodes", "max_episodes", "total_episodes")
STEPS = ("total_timesteps", "total_steps", "max_steps", "timesteps", "num_steps")


def draw(rng: np.random.Generator) -> Program:  # noqa: C901 - its settings first
    at = Settings(rng)
    lr = at.search(
        at.pick("lr", "learning_rate", "alpha"),
        distribution="log_uniform_values",
        min=0.003,
        max=0.3,
    )
    gamma = at.search("gamma", values=[0.9, 0.95, 0.99]) if at.chance(0.5) else lambda _: 0.98
    passes = at.search_or_fix(
        at.pick("n_epochs", "update_epochs", "epochs_per_update"), [1, 2, 4, 10], searched=0.5
    )
    for name, values in (
        ("n_steps", [16, 32, 64]),
        ("num_envs", [1, 4, 8]),
        ("batch_size", [32, 64]),
        ("buffer_size", [1000, 10000]),
        ("train_freq", [1, 4]),
    ):
        if at.chance(0.35):
            at.search_or_fix(name, values, searched=0.4, hidden=0.0)
    is_bandit = at.chance(0.4)
    play = _bandit(at, rng) if is_bandit else _cart(at)
    by_steps = at.chance(0.4) and not is_bandit
    n_episodes = n_steps = None
    if by_steps:
        n_steps = at.fix(at.pick(*STEPS), at.pick(1200, 2000, 3000), hidden=0.25)
    else:
        n_episodes = at.search_or_fix(
            at.pick(*EPISODES), at.pick([40], [60], [100], [40, 80]), searched=0.15, hidden=0.35
        )
    solved = at.pick(None, None, None, 0.8)
    metric, goal = at.pick(*RETURNS), "maximize"
    if is_bandit and at.chance(0.4):
        metric, goal = at.pick("regret", "episode_regret"), "minimize"
    counted = at.pick("episode", "global_step", "both", "nothing", "epoch")
    first, given, apart = at.pick(0, 1), at.chance(0.15), at.chance(0.25)
    smooth, every = at.pick(1, 1, 1, 10), at.pick(1, 1, 1, 1, 5)
    longest, n_actions = play.longest, play.n_actions

    def train(config: Config, rng: np.random.Generator, log: Log) -> None:
        policy = np.zeros((play.dim, n_actions))
        returns: list[float] = []
        steps = 0
        while len(returns) < n_episodes(config) if n_steps is None else steps < n_steps(config):
            states, actions, rewards = play.episode(policy, rng)
            _improve(policy, states, actions, rewards, lr(config), gamma(config), passes(config))
            returns.append(float(sum(rewards)))
            steps += len(rewards)
            log.wait(1.0 if is_bandit else 0.2 + len(rewards) / longest)
            if len(returns) % every == 0:
                value = float(np.mean(returns[-smooth:]))
                if goal == "minimize":
                    value = play.ceiling - value
                _report(log, {metric: value, "episode_length": len(rewards)}, len(returns), steps)
            late = returns[-10:]
            if solved is not None and len(late) == 10 and np.mean(late) >= solved * play.ceiling:
                break

    def _report(log: Log, data: dict[str, Any], episode: int, steps: int) -> None:
        extra: dict[str, Any] = {}
        if counted in {"episode", "both"}:
            extra["episode"] = episode - 1 + first
        if counted in {"global_step", "both"}:
            extra["global_step"] = steps
        if counted == "epoch":
            extra["epoch"] = episode - 1 + first
        log.report(data, extra, steps if given else None, apart=apart)

    return at.program(metric, goal, train)


class _Play:
    """A task: states of `dim` numbers, `n_actions`, at best `ceiling` an episode."""

    def __init__(
        self,
        dim: int,
        n_actions: int,
        longest: int,
        ceiling: float,
        start: Callable[[np.random.Generator], tuple[float, ...]],
        move: Callable[..., tuple[tuple[float, ...], float, bool]],
    ) -> None:
        self.dim, self.n_actions, self.longest, self.ceiling = dim, n_actions, longest, ceiling
        self._start, self._move = start, move

    def episode(
        self, policy: np.ndarray, rng: np.random.Generator
    ) -> tuple[list[tuple[float, ...]], list[int], list[float]]:
        """Play until it ends or is long enough."""
        columns = policy.T.tolist()
        state = self._start(rng)
        states, actions, rewards = [], [], []
        for _ in range(self.longest):
            scores = [sum(w * s for w, s in zip(c, state, strict=True)) for c in columns]
            top = max(scores)
            powers = [math.exp(score - top) for score in scores]
            left, action = rng.random() * sum(powers), 0
            while left > powers[action] and action < len(powers) - 1:
                left -= powers[action]
                action += 1
            states.append(state)
            actions.append(action)
            state, reward, over = self._move(state, action, rng)
            rewards.append(reward)
            if over:
                break
        return states, actions, rewards


def _improve(
    policy: np.ndarray,
    states: list[tuple[float, ...]],
    actions: list[int],
    rewards: list[float],
    lr: float,
    gamma: float,
    passes: int,
) -> None:
    """REINFORCE with the episode's mean as baseline, several passes over it."""
    x, chosen = np.array(states), np.array(actions)
    to_go, total = np.zeros(len(rewards)), 0.0
    for t in range(len(rewards) - 1, -1, -1):
        total = rewards[t] + gamma * total
        to_go[t] = total
    gain = (to_go - to_go.mean()) / (to_go.std() + 1e-6)
    for _ in range(passes):
        scores = x @ policy
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        wish = -p
        wish[np.arange(len(chosen)), chosen] += 1
        policy += lr * x.T @ (wish * gain[:, None]) / len(chosen)


def _bandit(at: Settings, rng: np.random.Generator) -> _Play:
    """Contextual arms with Gaussian rewards."""
    n_arms, noise = at.pick(3, 5, 8), at.pick(0.5, 1.0, 3.0)
    arms = rng.normal(size=(3, n_arms)).tolist()

    def start(rng: np.random.Generator) -> tuple[float, ...]:
        a, b = rng.normal(size=2).tolist()
        return a, b, 1.0

    def move(
        state: tuple[float, ...], action: int, rng: np.random.Generator
    ) -> tuple[tuple[float, ...], float, bool]:
        mean = sum(arm[action] * s for arm, s in zip(arms, state, strict=True))
        return start(rng), mean + noise * rng.standard_normal(), False

    return _Play(3, n_arms, 20, 40.0, start, move)


def _cart(at: Settings) -> _Play:
    """Balance the pole: Barto, Sutton and Anderson's equations, a reward of 1 a step."""
    longest = at.pick(60, 100, 150)

    def start(rng: np.random.Generator) -> tuple[float, ...]:
        return tuple(rng.uniform(-0.05, 0.05, 4).tolist())

    def move(
        state: tuple[float, ...], action: int, _: np.random.Generator
    ) -> tuple[tuple[float, ...], float, bool]:
        x, v, angle, spin = state
        force = 10.0 if action else -10.0
        push = (force + 0.05 * spin**2 * math.sin(angle)) / 1.1
        turn = (9.8 * math.sin(angle) - math.cos(angle) * push) / (
            0.5 * (4 / 3 - 0.1 * math.cos(angle) ** 2 / 1.1)
        )
        pull = push - 0.05 * turn * math.cos(angle) / 1.1
        after = (x + 0.02 * v, v + 0.02 * pull, angle + 0.02 * spin, spin + 0.02 * turn)
        return after, 1.0, abs(after[0]) > 2.4 or abs(after[2]) > 0.21

    return _Play(4, 2, longest, float(longest), start, move)
