"""Small sweeps for tests: a curve, an end and a configuration a run."""

from datetime import UTC, datetime, timedelta

import numpy as np

from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.model import Curves, Goal, Metric, Run, RunState, Series, Sweep, SweepRef
from wbtools.rules.grammar import parse_wandb_rule

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = BEGIN + timedelta(days=30)


def run(number: int = 1, **facts) -> Run:
    known = {"id": f"run{number}", "name": f"amber-sweep-{number}", "number_from": "name"}
    return Run(number=number, **(known | facts))


def sweep(*curves: list[float], starts=None, report_s: float = 60.0, facts=(), **common) -> Sweep:
    """A run a curve; `starts` in seconds, `facts` a mapping a run, `common` for all of them."""
    starts = starts or [1000.0 * k for k in range(len(curves))]
    facts = facts or [{}] * len(curves)
    runs, series = [], []
    for k, (curve, start, run_facts) in enumerate(zip(curves, starts, facts, strict=True), start=1):
        begun = BEGIN + timedelta(seconds=start)
        n = len(curve)
        known = {
            "created_at": begun,
            "heartbeat_at": begun + timedelta(seconds=report_s * n + 1),
            "runtime_s": report_s * n + 1,
        }
        runs.append(run(k, **(known | common | run_facts)))
        series.append(
            (
                f"run{k}",
                Series(
                    values=np.array(curve, dtype=float),
                    steps=np.arange(n),
                    times_s=start + report_s * np.arange(1, n + 1),
                ),
            )
        )
    return Sweep(
        ref=SweepRef(sweep_id="abcdefgh"),
        runs=tuple(runs),
        curves={"loss": Curves.pack("loss", series)},
        as_of=AS_OF,
    )


def question(rule: str | None = None, goal: Goal = Goal.MINIMIZE, **more) -> Question:
    """`rule` in the command line's grammar, `none`, or None for unknown."""
    metric = Metric(name="loss", goal=goal)
    settings = None if rule is None else parse_wandb_rule(rule)
    status = RuleStatus.UNKNOWN
    if rule is not None:
        status = RuleStatus.NONE if settings is None else RuleStatus.KNOWN
    return Question(
        metric=metric,
        metric_source="the test",
        rule=RuleInUse(status=status, settings=settings, source="the test"),
        **({"rank_by": metric} | more),
    )


FINISHED = {"state": RunState.FINISHED, "exit_code": 0}
CUT_OFF = {"state": RunState.UNKNOWN}
