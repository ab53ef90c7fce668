"""The rules that were tried, as rows: over all sweeps, and sweep by sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column, Record
from wbtools.answers.layout import Cell
from wbtools.answers.parts import interval_columns
from wbtools.text.numbers import S_PER_H, Scale, hours, percent, percents

if TYPE_CHECKING:
    from wbtools.analysis.simulation.simulate import SimulatedRule
    from wbtools.model.interval import Interval

_QUANTITIES: Final = {
    "used_reports": "Reports that were made",
    "used_s": "Seconds of all runs' work together",
    "makespan_s": "Seconds from the first start to the last end",
    "cost_share": "Work as a share of what all runs take in full",
    "regret": "How much better the best run would have been in full than the best value that the "
    "rule's runs reached, in the metric's units",
    "regret_share": "Regret as a share of the distance from the median run's best to the "
    "best run's",
    "regret_if_no_gain": "Regret, if no unseen report were better than what was seen",
    "best_stopped": "Share of the best runs that were stopped",
    "n_gems_lost": "Stopped runs that in full would beat all that the rule's runs reached",
    "unseen_share": "Share of the reports made that were drawn, not recorded",
}
_IN_METRICS_UNITS: Final = frozenset({"regret", "regret_if_no_gain"})
"""Not averaged over several sweeps, whose metrics may have other units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """A rule on S sweeps, or on one of them.

    Attributes:
        n_sweeps: S.
        sweep: Index of the one sweep that is meant; None for the mean over all.
        sweep_id: Of that one.
        scale: How regret is written.
    """

    candidate: SimulatedRule
    n_sweeps: int
    scale: Scale
    sweep: int | None = None
    sweep_id: str = ""

    def over_orders(self, name: str) -> Interval | None:
        """A quantity over the orders; None where it has no common unit."""
        if self.sweep is None and self.n_sweeps > 1 and name in _IN_METRICS_UNITS:
            return None
        return self.candidate.over_orders(name, sweep=self.sweep)

    @property
    def regret(self) -> Interval:
        """What the page calls misses."""
        return self.candidate.over_orders("regret_share" if self.n_sweeps > 1 else "regret")

    def total(self, name: str) -> float:
        """A quantity's mean, summed over the sweeps."""
        return self.candidate.over_orders(name).estimate * self.n_sweeps


def saved_share(candidate: SimulatedRule) -> Interval:
    """The share of the work of all runs in full that the rule spares."""
    return candidate.over_orders("cost_share").complement()


def saved_words(share: Interval) -> str:
    """Both ends of what is saved, as `31 … 36 %`."""
    return percents(max(share.low, 0.0), max(share.high, 0.0))


_CANDIDATE: Final[tuple[Column[SimulatedRule], ...]] = (
    Column(
        "on_front",
        bool,
        "Whether no other rule tried is both as cheap and misses as little.",
        title="*",
        keep=0,  # the legend speaks of it also where all rows that are shown have it
        show=lambda candidate: Cell("*" if candidate.on_front else "", "bold green"),
    ),
    Column(
        "rule",
        str,
        "Rule that was tried, in the grammar of --rule.",
        lambda candidate: str(candidate.rule),
        title="rule",
        show=lambda candidate: Cell(str(candidate.rule), "bold" if candidate.on_front else ""),
    ),
    Column(
        "wandb_can_run", bool, "Whether the rule can be pasted into a sweep file.", of="is_of_wandb"
    ),
    Column("n_orders", int, "Orders of arrival in which the rule was tried."),
)
_HEAD: Final[list[Column[TriedRule]]] = [
    column.inside(lambda tried: tried.candidate) for column in _CANDIDATE
]


def _over_orders(name: str, about: str) -> tuple[Column[TriedRule], ...]:
    key = "best_stopped_share" if name == "best_stopped" else name
    about = f"{about}: mean over orders."
    return interval_columns(key, about, lambda tried: tried.over_orders(name), level="90 %")


_OVER_ORDERS: Final = [
    column for name, about in _QUANTITIES.items() for column in _over_orders(name, about)
]

RULE: Final[Record[TriedRule]] = Record("Rule", *_HEAD, *_OVER_ORDERS)
"""A rule over all sweeps."""

RESULT: Final[Record[TriedRule]] = Record(
    "Result",
    _HEAD[1],
    Column("sweep_id", str, "The sweep's id."),
    _HEAD[0],
    *_HEAD[2:],
    *_OVER_ORDERS,
)
"""A rule on one of the sweeps."""


def rule_columns(*, is_timed: bool) -> list[Column[TriedRule]]:
    """The columns of the page's table, whose shares are over all sweeps and totals their sums."""

    def column(key: str, title: str, keep: int, **layout: Any) -> Column[TriedRule]:  # noqa: ANN401 - fields of `Column`
        return RULE[key].placed(title=title, keep=keep, **layout)

    columns = [
        *RULE.pick("on_front", "rule"),
        column(
            "cost_share", "saved", 0, show=lambda row: percent(saved_share(row.candidate).estimate)
        ),
        column("cost_share_low", "90 %", 3, right=False, show=_saved_between),
        column("used_reports", "reports", 6, show=lambda row: f"{row.total('used_reports'):,.0f}"),
        column("used_s", "hours", 5, show=lambda row: hours(row.total("used_s") / S_PER_H)),
        column("regret", "misses", 0, show=lambda row: row.scale.show(row.regret.estimate)),
        column("regret_high", "worst 5 %", 2, show=lambda row: row.scale.show(row.regret.high)),
        column("best_stopped_share", "best lost", 1, unit="share"),
        column("n_gems_lost", "gems lost", 4, show=lambda row: f"{row.total('n_gems_lost'):.1f}"),
        column("unseen_share", "unseen", 1, unit="share"),
    ]
    return [column for column in columns if is_timed or column.key != "used_s"]


def _saved_between(row: TriedRule) -> str:
    return "" if row.candidate.is_no_rule else saved_words(saved_share(row.candidate))
