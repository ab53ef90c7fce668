"""Small hand-made sweeps, and their audits by the real analysis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import numpy as np

from tests.guards import guard_stop
from wbtools.analysis.audit import Audit
from wbtools.analysis.audit import audit as audited
from wbtools.analysis.projection import Method
from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.app.model_weights import load_weights
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Curves, Goal, Metric, Run, RunState, Series, Sweep, SweepRef
from wbtools.rules.hyperband import Hyperband

audit = partial(audited, weights=load_weights())

BEGIN = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
METRIC = Metric(name="val/hmean", goal=Goal.MAXIMIZE)
RULE = RuleInUse(
    status=RuleStatus.KNOWN,
    settings=Hyperband(min_iter=10, eta=2),
    source="sweep.yaml",
)
NO_RULE = RuleInUse(status=RuleStatus.NONE, source="sweep.yaml has no early_terminate")
UNKNOWN_RULE = RuleInUse(status=RuleStatus.UNKNOWN, source="nothing says")
REPORT_S = 360.0
HOSTILE_NAMES = {
    "a line break": "two\nlines",
    "escape sequences": "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "rich markup": "[bold]loud[/bold] [link=http://x]",
    "a reversed reading order": "abc\u202egnp.exe\u2066",
    "ten kilobytes": "x" * 10_000,
    "a spreadsheet formula": "=cmd|' /C calc'!A0",
    "mathematics": r"$x^{$ \frac $",
    "a lone surrogate": "\ud83d",
    "wide characters": "中文字符の名前のながいながいながいながい",
    "ten kilobytes of escapes": "\x1b" * 10_000,
}
TWELVE = (
    # best at the end, curvature, reports
    (0.8606, 0.10, 22),
    (0.9629, 0.05, 22),
    (0.9647, 0.04, 22),
    (0.9631, 0.03, 10),
    (0.9564, 0.06, 10),
    (0.9623, 0.05, 10),
    (0.9629, 0.04, 10),
    (0.9660, 0.04, 10),
    (0.9603, 0.05, 10),
    (0.9620, 0.05, 10),
    (0.9614, 0.05, 10),
    (0.9599, 0.05, 10),
)


def rising(best, drop, n):
    """A curve that reaches `best` at its n-th report, and would have gained a little more."""
    at = np.arange(1, n + 1)
    return best - drop * (np.exp(-at / 4) - np.exp(-n / 4)) - 0.0003 * np.cos(at) * (at < n)


def run(number, **other):
    defaults = {
        "id": f"run{number:04d}",
        "name": f"amber-sweep-{number}",
        "number": number,
        "number_from": "name",
        "created_at": BEGIN + timedelta(hours=number - 1),
        "config": {"trainer.max_epochs": 22, "lr": number / 1000},
    }
    return Run(**{**defaults, **other})


def series(values, *, start_s=0.0):
    values = np.asarray(values, dtype=float)
    steps = np.arange(len(values)) * 100 + 99
    return Series(
        values=values,
        steps=steps,
        times_s=BEGIN.timestamp() + start_s + REPORT_S * np.arange(1, len(values) + 1),
    )


def sweep(runs, curves, *, metric=METRIC.name, sweep_id="v5inrfwe", findings=()):
    packed = {}
    if curves is not None:
        rows = [
            (run.id, series(values, start_s=(run.created_at - BEGIN).total_seconds()))
            for run, values in zip(runs, curves, strict=True)
        ]
        packed[metric] = Curves.pack(metric, rows, origin_s=BEGIN.timestamp())
    return Sweep(
        ref=SweepRef(sweep_id=sweep_id, path="./wandb"),
        runs=tuple(runs),
        curves=packed,
        as_of=BEGIN + timedelta(days=30),
        origin="made by hand",
        findings=findings,
    )


def question(**other):
    defaults = {
        "metric": METRIC,
        "metric_source": "sweep.yaml",
        "rule": RULE,
        "rank_by": METRIC,
        "sweep_name": "lr-wd-search",
        "method": "bayes",
    }
    return Question(**{**defaults, **other})


def _state(values, budget=22):
    if len(values) >= budget:
        return {"state": RunState.FINISHED, "exit_code": 0}
    return {"state": RunState.KILLED, "exit_code": None}


def _worked(number, values, **other):
    runtime_s = REPORT_S * len(values)
    begin = BEGIN + timedelta(hours=number - 1)
    return run(
        number,
        **{
            "runtime_s": runtime_s,
            "heartbeat_at": begin + timedelta(seconds=runtime_s),
            **_state(values),
            **other,
        },
    )


def from_curves(curves, *, names=None, asked=None, findings=(), **other) -> Audit:
    runs = [
        _worked(k, values, **({"name": names[k - 1]} if names else {}), **other)
        for k, values in enumerate(curves, start=1)
    ]
    return audit(sweep(runs, curves, findings=findings), asked or question())


def twelve(**other) -> Audit:
    """The README's sweep: twelve runs, one of them stopped although it was the best of all."""
    return from_curves([rising(*shape) for shape in TWELVE], **other)


def hostile() -> Audit:
    curves = [rising(0.9 + k / 1000, 0.05, 22 if k < 3 else 10) for k in range(len(HOSTILE_NAMES))]
    bad = "\x1b[2Jfind\nings"
    finding = Finding(
        code="WBT150",
        severity=Severity.WARNING,
        confidence=Confidence.LOW,
        subject=bad,
        title=bad,
        hint=bad,
        location=bad,
    )
    return from_curves(
        curves,
        names=list(HOSTILE_NAMES.values()),
        asked=question(sweep_name="\x1b]0;x\x07", method="ba\nyes", metric_source="\u202ex"),
        findings=(finding,),
    )


def run_table() -> Audit:
    """As in a CSV run table: a best value and a number of epochs a run, no curve."""
    runs = [
        run(
            k,
            id=str(k),
            name=str(k),
            number_from="table",
            created_at=None,
            state=RunState.FINISHED if n == 22 else RunState.KILLED,
            summary={METRIC.name: best},
            n_reports=n,
            config={"models.optimizer.lr": k / 10_000},
        )
        for k, (best, _, n) in enumerate(TWELVE, start=1)
    ]
    return audit(sweep(runs, None), question(rule=UNKNOWN_RULE, sweep_name=None, method=None))


def no_completed_run() -> Audit:
    return from_curves([rising(0.9 + k / 100, 0.05, 10 + k) for k in range(4)])


def one_run() -> Audit:
    return from_curves([rising(0.9, 0.05, 22)])


def with_nan() -> Audit:
    """NaN on the way, a run of nothing but NaN, and one that never reported."""
    holes = rising(0.95, 0.05, 22)
    holes[[3, 7]] = np.nan, np.inf
    return from_curves([rising(0.96, 0.05, 22), holes, np.full(5, np.nan), np.empty(0)])


def unknown_rule() -> Audit:
    return from_curves([rising(*shape) for shape in TWELVE], asked=question(rule=UNKNOWN_RULE))


def no_rule() -> Audit:
    return from_curves([rising(*shape) for shape in TWELVE], asked=question(rule=NO_RULE))


def guarded(**other) -> Audit:
    """The same, its stops those of a guard; of one of them the archive holds no journal."""
    curves = [rising(*shape) for shape in TWELVE]
    tag = {"tags": ("wbtools-guard: report 10",), "stopped": True, "should_stop": False}
    runs = [
        _worked(k, values, **(tag if len(values) < 22 else {}))
        for k, values in enumerate(curves, start=1)
    ]
    stops = {
        run.id: guard_stop(
            run.id,
            decided_at=run.heartbeat_at,
            **{"value": values[9], "threshold": 0.9667, "metric": METRIC.name} | other,
        )
        for run, values in zip(runs[4:], curves[4:], strict=True)
    }
    return audit(replace(sweep(runs, curves), guard_stops=stops), question(rule=NO_RULE))


def nothing_lost() -> Audit:
    """Stopped runs that are far behind."""
    curves = [rising(0.96 - k / 1000, 0.01, 22) for k in range(6)]
    return from_curves([*curves, *(rising(0.5 - k / 100, 0.01, 10) for k in range(5))])


def a_loss() -> Audit:
    """Lower is better, a bar and a budget that the user set, a lenient rule, budgets unknown."""
    metric = Metric(name="loss", goal=Goal.MINIMIZE)
    curves = [2.3 + k / 20 - rising(0, 1.5, 27 if k < 2 else 9 + k) for k in range(7)]
    runs = [_worked(k, values, config={}) for k, values in enumerate(curves, start=1)]
    settings = Hyperband(max_iter=27, s=2, strict=False)
    rule = RuleInUse(status=RuleStatus.KNOWN, settings=settings, source="--early-terminate")
    asked = question(metric=metric, rank_by=metric, rule=rule, target=2.2, budget=27)
    # By the plain method: the learned one, on curves as like as these, hangs on the processor.
    return audit(sweep(runs, curves, metric="loss"), asked, method=Method.CATCH_UP)


def two_metrics() -> Audit:
    """The rule watches one metric, runs are ranked by another, in another direction."""
    curves = [rising(*shape) for shape in TWELVE]
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    recorded = sweep(runs, curves)
    error = sweep(runs, [1 - values for values in curves], metric="test/error")
    both = replace(recorded, curves={**recorded.curves, **error.curves})
    return audit(both, question(rank_by=Metric(name="test/error", goal=Goal.MINIMIZE)))


def still_running() -> Audit:
    """One run goes on and is better than the bar already; nobody was stopped."""
    curves = [rising(0.95, 0.05, 22), rising(0.96, 0.05, 22), rising(0.97, 0.05, 12)]
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    runs[2] = replace(runs[2], state=RunState.RUNNING)
    return audit(sweep(runs, curves), question())


def from_a_server() -> Audit:
    """The same, as a server told it."""
    running = still_running()
    ref = SweepRef(sweep_id="v5inrfwe", entity="a", project="b", base_url="https://wandb.example")
    return replace(running, sweep=replace(running.sweep, ref=ref))


def running_and_lost() -> Audit:
    """The same, beside stopped runs that are far behind."""
    curves = [rising(0.95, 0.05, 22), rising(0.96, 0.05, 22), rising(0.97, 0.05, 12)]
    curves += [rising(0.5 - k / 100, 0.01, 10) for k in range(5)]
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    runs[2] = replace(runs[2], state=RunState.RUNNING)
    return audit(sweep(runs, curves), question())


def sparse_ranking() -> Audit:
    """Ranked by a metric that is logged at every second report of the rule's."""
    curves = [rising(*shape) for shape in TWELVE]
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    recorded = sweep(runs, curves)
    test = sweep(runs, [values[1::2] for values in curves], metric="test/hmean")
    both = replace(recorded, curves={**recorded.curves, **test.curves})
    return audit(both, question(rank_by=Metric(name="test/hmean", goal=Goal.MAXIMIZE)))


def at_the_limits(curves=None) -> Audit:
    """Numbers at the ends of what a float can hold, in values and in times."""
    if curves is None:
        full = [1e308 * np.linspace(-1, k / 10, 22) for k in (1, 2, 17)]
        ends = (1.7e308, -1.7e308, 1e300, 5e-324)
        curves = [*full, *(np.append(full[0][:9], end) for end in ends)]
    runs = [
        _worked(k, values, **({"runtime_s": 1e300} if k > 4 else {}))
        for k, values in enumerate(curves, start=1)
    ]
    with np.errstate(all="ignore"):
        return audit(sweep(runs, curves), question())


RETURN = Metric(name="eval/return", goal=Goal.MAXIMIZE)


@cache
def noisy_rewards() -> Audit:
    """Rewards that rise alike in all runs, with so much noise that report 3 says nothing."""
    rng = np.random.default_rng(8)
    rise = 140 - 40 * np.exp(-np.arange(22) / 8)
    curves = [rise + 20 * rng.normal(size=22) for _ in range(60)]
    curves = _halved(curves, band=3)
    rule = RuleInUse(
        status=RuleStatus.KNOWN, settings=Hyperband(min_iter=3, eta=3), source="sweep.yaml"
    )
    asked = question(metric=RETURN, rank_by=RETURN, rule=rule, target=168.0)
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    recorded = sweep(runs, curves, metric=RETURN.name)
    return audit(recorded, asked, method=Method.CATCH_UP)


@cache
def before_training() -> Audit:
    """Report 1 is an evaluation before training; half of the runs were stopped on it."""
    rng = np.random.default_rng(0)
    at = np.arange(21)
    curves = [
        np.append(0.1 + 0.001 * rng.normal(), 0.4 + skill * (1 - np.exp(-(at + 2) / 6)))
        for skill in rng.uniform(0.1, 0.5, size=48)
    ]
    curves = _halved(_halved(curves, band=1), band=4)
    rule = RuleInUse(
        status=RuleStatus.KNOWN, settings=Hyperband(min_iter=1, eta=4), source="sweep.yaml"
    )
    runs = [_worked(k, values) for k, values in enumerate(curves, start=1)]
    return audit(sweep(runs, curves), question(rule=rule), method=Method.CATCH_UP)


def _halved(curves, *, band):
    """Curves of which those are cut at the band that are below the median of those before."""
    seen, kept = [], []
    for values in curves:
        if len(values) < band:
            kept.append(values)
            continue
        seen.append(values[:band].max())
        kept.append(values if seen[-1] >= np.median(seen) else values[:band])
    return kept


@cache
def many(n) -> Audit:
    rng = np.random.default_rng(0)
    curves = [rising(0.9 + 0.05 * rng.random(), 0.05, 22 if k % 3 == 0 else 10) for k in range(n)]
    return from_curves(curves)


_SAMPLES = {
    "twelve runs": twelve,
    "hostile names": hostile,
    "a run table": run_table,
    "no completed run": no_completed_run,
    "one run": one_run,
    "not a number": with_nan,
    "unknown rule": unknown_rule,
    "no rule": no_rule,
    "guarded": guarded,
    "nothing lost": nothing_lost,
    "a loss": a_loss,
    "two metrics": two_metrics,
    "still running": still_running,
    "running and lost": running_and_lost,
    "sparse ranking": sparse_ranking,
    "forty runs": lambda: many(40),
    "noisy rewards": noisy_rewards,
    "before training": before_training,
}
SAMPLES = {name: cache(make) for name, make in _SAMPLES.items()}
"""Made once, for nothing can change them."""


LIMITS = {
    "the largest, of both signs": None,
    "large": [np.full(22, 1e300), np.full(22, -1e300), np.full(10, 1e299)],
    "the largest of one sign": [np.full(22, 1.7e308), np.full(22, 1.6e308), np.full(10, 1.7e308)],
    "the smallest": [np.full(22, 5e-324), np.full(22, 1e-323), np.full(10, 5e-324)],
    "small and large": [np.full(22, 5e-324), np.full(22, 1e308), np.full(10, -1e308)],
    "one huge among usual ones": [rising(0.9, 0.1, 22), rising(0.8, 0.1, 22), np.full(10, 1e300)],
}
