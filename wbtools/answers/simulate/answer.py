"""The answer of `simulate`: the rule to use next time, and what each rule saves and misses.

Of a sweep it holds its id, its metric, counts, and what is wrong with its recording: no
configurations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from wbtools.analysis.simulation.simulate import LEVEL, Setup, Simulation
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.findings.page import worst_first
from wbtools.answers.findings.record import FINDING_IN_SWEEP
from wbtools.answers.parts import METRIC, completion_column
from wbtools.answers.simulate.page import verdict_words, write_simulation
from wbtools.answers.simulate.rules import RESULT, RULE, TriedRule
from wbtools.text.numbers import Scale, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from wbtools.analysis.simulation.recommend import Recommendation
    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.analysis.simulation.simulate import SimulatedRule
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding

_SETUP: Final[Record[Setup]] = Record(
    "Setup",
    Column(
        "n_agents",
        int | None,
        "Agents, that is runs at a time; null for as many as were recorded.",
        of="n_workers",
    ),
    Column("poll_s", float, "Seconds between two looks of W&B's server; 0: always."),
    Column("n_orders", int, "Orders of arrival; the first is the recorded one."),
    Column("seed", int, "Seed of the orders and all draws."),
    Column(
        "top",
        int | None,
        "Guard `top`: so many of the best runs are never stopped.",
        of="guards.top",
    ),
    Column(
        "preserve",
        float | None,
        "Guard `preserve`: a run at this value or better is never stopped.",
        of="guards.preserve",
    ),
    Column(
        "patient",
        int | None,
        "Guard `patient`: a run that improved within so many reports is never stopped.",
        of="guards.patient",
    ),
    Column(
        "p_alive",
        float | None,
        "Guard `p_alive`: a run that improves on the best with this probability is never stopped.",
        of="guards.p_alive",
    ),
)

_ADVICE: Final[Record[Recommendation]] = Record(
    "Recommendation",
    Column(
        "rule",
        str | None,
        "The cheapest rule that W&B can run and that hardly ever misses anything that matters.",
        lambda advice: None if advice.rule is None else str(advice.rule.rule),
    ),
    Column("early_terminate", dict[str, Any] | None, "The block to paste into a sweep file."),
    Column(
        "p_fine",
        float | None,
        "Share of the recommended rule's replays that miss nothing that matters.",
    ),
    Column(
        "cheaper_outside_wandb",
        str | None,
        "A rule that is cheaper and as good, but not W&B's.",
        lambda advice: None if advice.cheaper is None else str(advice.cheaper.rule),
    ),
    Column("abstained_because", str | None, "Why nothing is recommended."),
)

_SCENARIO: Final[tuple[Column[Scenario], ...]] = (
    Column("sweep_id", str, "The sweep's id.", of="sweep_id"),
    Column("metric", METRIC, "Metric by which runs are judged."),
    Column("n_runs", int, "Runs that are replayed.", lambda scenario: len(scenario.full)),
    completion_column(lambda scenario: scenario.n_by_completion),
    Column("n_left_out", int, "Runs without a report."),
    Column("n_agents", int, "Agents, that is runs at a time.", of="n_workers"),
    Column("is_complete", bool, "Whether no report is known to be missing."),
    Column(
        "is_timed",
        bool,
        "Whether the recording tells how long reports took; if not, each counts a second.",
    ),
    Column(
        "full_reports",
        int,
        "Reports of all runs in full.",
        lambda scenario: int(
            np.where(scenario.cut, scenario.horizon, scenario.seen.n_reports).sum()
        ),
    ),
)

_REPLAYED: Final[Record[tuple[Scenario, float]]] = Record(
    "Sweep",
    *(column.inside(lambda replayed: replayed[0]) for column in _SCENARIO),
    Column(
        "regret_that_does_not_matter",
        float,
        "What may be missed without harm, in the metric's units.",
        lambda replayed: replayed[1],
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class SimulateAnswer(Answer, Simulation):
    """What other early-termination rules would have done.

    Attributes:
        advice: The rule to use next time.
    """

    name: ClassVar = "simulate"
    table: ClassVar = "results"
    record: ClassVar[Record[SimulateAnswer]] = Record(
        "Simulate",
        Column("level", float, "Probability that each interval holds.", lambda _answer: LEVEL),
        Column("setup", _SETUP, "How the sweeps were replayed."),
        Column("sweeps", Rows(_REPLAYED), "Sweeps that were replayed.", of="replayed"),
        Column("recommendation", _ADVICE, "Rule to use next time.", of="advice"),
        Column(
            "rules",
            Rows(RULE),
            "Rules that were tried, averaged over the sweeps; the cheapest first.",
            lambda answer: answer.rows(answer.tried),
        ),
        Column("results", Rows(RESULT), "Rules that were tried, sweep by sweep."),
        Column(
            "findings",
            Rows(FINDING_IN_SWEEP),
            "What is wrong with the recordings, the worst first in each sweep.",
            lambda answer: [
                (scenario.sweep_id, finding)
                for scenario in answer.scenarios
                for finding in worst_first(scenario.findings)
            ],
        ),
    )

    advice: Recommendation

    @property
    def scale(self) -> Scale:
        """How regret is written: of several sweeps it is a share."""
        if len(self.scenarios) > 1:
            return Scale(decimals=3)
        return Scale.of(self.scenarios[0].seen.best.tolist())

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the recordings."""
        found = (worst_first(scenario.findings) for scenario in self.scenarios)
        return [finding for findings in found for finding in findings]

    @property
    def headline(self) -> str:
        """`t3xtur35: hyperband(…) would save 51 % of the compute (39 … 58 %) and miss 0.0029 …`."""
        sweeps = listed(sanitize(scenario.sweep_id) for scenario in self.scenarios)
        return f"{sweeps}: {verdict_words(self, self.advice, self.scale)}"

    @property
    def replayed(self) -> list[tuple[Scenario, float]]:
        """Every sweep, with as many workers as it was replayed with, and what hardly matters."""
        n_workers = self.setup.n_workers
        return [
            (replace(scenario, n_workers=n_workers or scenario.n_workers), tolerance)
            for scenario, tolerance in zip(self.scenarios, self.advice.tolerances, strict=True)
        ]

    def rows(self, tried: Iterable[SimulatedRule]) -> list[TriedRule]:
        """Rules over all sweeps."""
        scale, n = self.scale, len(self.scenarios)
        return [TriedRule(candidate=rule, n_sweeps=n, scale=scale) for rule in tried]

    @property
    def results(self) -> list[TriedRule]:
        """Every rule on every sweep, the cheapest rule first."""
        return [
            replace(row, sweep=k, sweep_id=scenario.sweep_id)
            for row in self.rows(self.tried)
            for k, scenario in enumerate(self.scenarios)
        ]

    def _write(self, page: Page) -> None:
        """Write the rule to use first, then what each rule saves and misses."""
        write_simulation(self, page)

    def plot(self) -> Figure:
        """Every rule by its cost and its regret, with the front, as `plot front` draws it.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.front import front_figure  # noqa: PLC0415 - as the above

        return drawn(front_figure(self))
