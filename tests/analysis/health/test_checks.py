"""Every check on small made sweeps: what triggers it, what does not, what cannot be judged."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.health.charts import codes, examined, found, why_not
from tests.analysis.sweeps import AS_OF, BEGIN, FINISHED, question, sweep
from wbtools.analysis.health import CHECKS, SweepBackground, check_context, examine
from wbtools.findings import Confidence, Severity
from wbtools.model import Goal, RunState
from wbtools.sweepfile.space import Choice, Range

NAN = math.nan
FALL = [1.0, 0.8, 0.6, 0.5, 0.45, 0.4]
RISE = FALL[::-1]
RUNNING = {"state": RunState.RUNNING, "heartbeat_at": None}
FAILED = {"state": RunState.FAILED, "exit_code": 1}
EPOCHS = {"config": {"epochs": 6}}


def falling(n):
    """Curves that fall, no two the same."""
    return [[value * (1 + k / 100) for value in FALL] for k in range(n)]


def test_a_healthy_sweep_has_no_finding():
    assert codes(examined(*falling(8), rule="hyperband(min_iter=2,eta=3,strict=true)")) == []


STORIES = {
    "a metric that no run logged is an error": (
        {"curves": [[], []], "known": {"logged": {"val_loss": 2}, "near": ("val_loss",)}},
        ("WBD201", Severity.ERROR, "none of 2 runs logged a number under 'loss'"),
    ),
    "a metric that some runs never logged": (
        {"curves": [*falling(3), []]},
        ("WBD201", Severity.WARNING, "1 of 4 runs never logged 'loss'"),
    ),
    "a metric that is in the summary alone": (
        {
            "curves": [[], [], []],
            "facts": [FINISHED | {"summary": {"loss": 0.1 * k}} for k in range(3)],
            "rule": "hyperband(min_iter=2,eta=3,strict=true)",
        },
        ("WBD201", Severity.WARNING, "3 of 3 runs hold 'loss' only in their summary and never"),
    ),
    "a metric that is in the summary of a sweep without a rule": (
        {"curves": [[]] * 2, "facts": [FINISHED | {"summary": {"loss": 1}}] * 2},
        ("WBD201", Severity.INFO, "2 of 2 runs hold 'loss' only in their summary"),
    ),
    "two reports an epoch": (
        {
            "curves": falling(4),
            "facts": [FINISHED | {"config": {"epochs": 3}}] * 4,
            "rule": "hyperband(min_iter=4,eta=2,strict=true)",
        },
        ("WBD202", Severity.WARNING, "2 reports per epoch; the first band, 4 reports, is epoch 2"),
    ),
    "every value twice is worth a warning without a rule too": (
        {
            "curves": [[1.0, 1.0, 0.5, 0.5, k, k] for k in (0.1, 0.2, 0.3)],
            "facts": [FINISHED | {"config": {"epochs": 3}}] * 3,
        },
        ("WBD202", Severity.WARNING, "2 reports per epoch, every value twice in a row"),
    ),
    "one report a run": (
        {"curves": [[0.5], [0.6], [0.7]], "rule": "hyperband(min_iter=1,eta=3,strict=true)"},
        ("WBD203", Severity.WARNING, "finished runs report the metric once, at step 0"),
    ),
    "a metric that is 0 everywhere": (
        {"curves": [[0.0] * 4] * 3},
        ("WBD204", Severity.ERROR, "'loss' is 0 in every report of all 3 runs"),
    ),
    "one run that did not move": (
        {"curves": [*falling(4), [0.7] * 6]},
        ("WBD204", Severity.INFO, "'loss' never changes in 1 of 5 runs with 3 reports or more"),
    ),
    "bands beyond the end of a run": (
        {"curves": falling(3), "rule": "hyperband(min_iter=6,eta=2,strict=true)"},
        ("WBD211", Severity.WARNING, "the first band, 6 reports, is not before the end of"),
    ),
    "a band that nobody reached": (
        {
            "curves": [[1.0, 0.9], [1.0, 0.8]],
            "facts": [FAILED, FAILED],
            "rule": "hyperband(min_iter=4,eta=2,strict=true)",
            "ask": {"budget": 6},
        },
        ("WBD211", Severity.WARNING, "no run reached even band 4 (bands 4; a full run makes 6"),
    ),
    "a rule that cannot run": (
        {"curves": falling(3), "rule": "hyperband(max_iter=9)"},
        ("WBD211", Severity.ERROR, "the rule cannot run, so there is no band"),
    ),
    "bayes was taught the worst for good runs": (
        {
            "curves": [*falling(3), [0.9, 0.2]],
            "facts": [*[FINISHED] * 3, FAILED],
            "ask": {"method": "bayes"},
            "known": {"impute": "worst"},
        },
        ("WBD212", Severity.WARNING, "bayes was taught the worst value for 1 of 4 ended runs"),
    ),
    "bayes was taught 0.0 for runs without a value": (
        {
            "curves": [*falling(3), []],
            "facts": [*[FINISHED] * 3, FAILED],
            "ask": {"method": "bayes"},
            "known": {"impute": "latest"},
        },
        ("WBD212", Severity.WARNING, "1 of 4 runs without a value count as 0.0 for bayes"),
    ),
    "one configuration and seed twice": (
        {
            "curves": falling(3),
            "facts": [FINISHED | {"config": {"lr": lr, "seed": 1}} for lr in (0.1, 0.1, 0.2)],
        },
        ("WBD213", Severity.WARNING, "1 of 3 runs repeat the configuration of another run, its"),
    ),
    "the best at the last of the listed numbers": (
        {
            "curves": [[1.0, 1.0 - k % 5 / 10 - k / 1e3] for k in range(20)],
            "facts": [FINISHED | {"config": {"units": 2 ** (k % 5)}} for k in range(20)],
            "known": {"space": {"units": Choice(values=(1, 2, 4, 8, 16))}},
        },
        ("WBD214", Severity.WARNING, "4 of the best 5 runs lie at the upper bound of units, 16"),
    ),
    "not a number": (
        {"curves": [*falling(2), [NAN, NAN, NAN], [1.0, NAN]]},
        (
            "WBD221",
            Severity.WARNING,
            "2 of 4 runs logged NaN or infinity, 1 of them nothing else: 4 of 17 reports in all",
        ),
    ),
    "a run that explodes": (
        {"curves": [*falling(5), [1.0, 0.8, 0.5, 4.0, 9.0]]},
        ("WBD222", Severity.WARNING, "1 of 6 runs diverged: 2 reports wasted after its best"),
    ),
    "runs that explode": (
        {"curves": [*falling(5), [1.0, 0.8, 0.5, 4.0, 9.0], [1.0, 0.5, 4.0, 9.0, 9.0]]},
        ("WBD222", Severity.WARNING, "2 of 7 runs diverged: 5 reports wasted after their best"),
    ),
    "a goal that every curve contradicts": (
        {"curves": falling(8), "ask": {"goal": Goal.MAXIMIZE}},
        (
            "WBD223",
            Severity.ERROR,
            "the goal is for 'loss' to rise, but in 8 of 8 runs it goes the",
        ),
    ),
    "a goal that the name contradicts": (
        {"curves": falling(2), "ask": {"goal": Goal.MAXIMIZE}},
        (
            "WBD223",
            Severity.WARNING,
            "the goal is to maximize 'loss', whose name suggests minimize",
        ),
    ),
    "the first report is the best": (
        {"curves": [[0.1, 0.5, 0.4], [0.2, 0.6, 0.5], [0.3, 0.4, 0.2]]},
        ("WBD224", Severity.WARNING, "2 of 3 runs are best at their first report"),
    ),
    "silent for weeks and still running": (
        {"curves": falling(3), "facts": [FINISHED, FINISHED, {"state": RunState.RUNNING}]},
        ("WBD231", Severity.WARNING, "1 of 3 runs are marked as running but have been silent for"),
    ),
    "finished after a sixth of the budget": (
        {"curves": [*falling(3), [1.0]], "facts": [FINISHED | EPOCHS] * 4},
        ("WBD232", Severity.WARNING, "1 of 4 finished runs made less than half of the budget"),
    ),
    "failed after the whole budget": (
        {"curves": falling(4), "facts": [*[FINISHED | EPOCHS] * 3, FAILED | EPOCHS]},
        ("WBD233", Severity.WARNING, "1 of 4 runs that made the full budget did not end as"),
    ),
    "a host on which runs fail": (
        {
            "curves": [*falling(10), *[[1.0, 0.9]] * 5],
            "facts": [
                *[FINISHED | {"host": f"box-{k % 2}"} for k in range(10)],
                *[FAILED | {"host": "box-9"}] * 5,
            ],
        },
        ("WBD234", Severity.WARNING, "5 of 5 runs on the host box-9 ended badly; elsewhere 0 of"),
    ),
}


@pytest.mark.parametrize(("given", "expected"), STORIES.values(), ids=list(STORIES))
def test_what_a_check_finds(given, expected):
    given = dict(given)
    examination = examined(*given.pop("curves"), **given)
    code, severity, title = expected
    finding = found(examination, code)
    assert finding.title.startswith(title)
    assert finding.severity is severity
    assert finding.evidence["n"] > 0
    assert finding.hint


HEALTHY = {
    "WBD201": {"curves": [*falling(3), []], "facts": [*[FINISHED] * 3, RUNNING]},
    "WBD202": {"curves": falling(4), "facts": [FINISHED | EPOCHS] * 4},
    "WBD203": {"curves": falling(4)},
    "WBD204": {"curves": falling(4)},
    "WBD211": {"curves": falling(4), "rule": "hyperband(min_iter=2,eta=2,strict=true)"},
    "WBD212": {"curves": falling(4), "ask": {"method": "bayes"}, "known": {"impute": "worst"}},
    "WBD213": {
        "curves": falling(3),
        "facts": [FINISHED | {"config": {"lr": 0.1, "seed": k}} for k in range(3)],
    },
    "WBD214": {
        "curves": [[1.0, 1.0 - lr] for lr in np.linspace(0.01, 0.99, 20)],
        "facts": [FINISHED | {"config": {"lr": lr}} for lr in np.linspace(0.01, 0.99, 20)],
        "known": {"space": {"lr": Range(low=0.01, high=2.0, kind="uniform")}},
    },
    "WBD221": {"curves": falling(4)},
    "WBD222": {"curves": [*falling(5), [*FALL, 0.5, 0.6]]},
    "WBD223": {"curves": falling(8)},
    "WBD224": {"curves": falling(4)},
    "WBD231": {
        "curves": falling(2),
        "facts": [FINISHED, {"state": RunState.RUNNING, "heartbeat_at": "just now"}],
    },
    "WBD232": {"curves": [*falling(3), FALL[:4]], "facts": [FINISHED | EPOCHS] * 4},
    "WBD233": {"curves": [*falling(3), FALL[:4]], "facts": [*[FINISHED | EPOCHS] * 3, FAILED]},
    "WBD234": {
        "curves": falling(12),
        "facts": [
            (FAILED if k in {1, 5} else FINISHED) | {"host": f"box-{k % 3}"} for k in range(12)
        ],
    },
}


@pytest.mark.parametrize("code", HEALTHY)
def test_what_is_healthy_is_no_finding(code):
    given = dict(HEALTHY[code])
    facts = given.get("facts", ())
    given["facts"] = [
        run_facts | {"heartbeat_at": AS_OF}
        if run_facts.get("heartbeat_at") == "just now"
        else run_facts
        for run_facts in facts
    ]
    examination = examined(*given.pop("curves"), **given)
    assert code not in codes(examination)
    assert code not in {check.code for check in examination.unjudged}


@pytest.mark.parametrize("is_complete", [True, False])
def test_reports_of_incomplete_curves_are_at_least_so_many(is_complete):
    curves = [*falling(4), [1.0, 0.8, 0.5, 4.0, 9.0], [NAN, NAN]]
    recorded = sweep(*curves, facts=[FINISHED | EPOCHS] * 6)
    recorded = replace(
        recorded, curves={"loss": replace(recorded.curves["loss"], complete=is_complete)}
    )
    examination = examine(check_context(recorded, question("none"), SweepBackground()))
    short = found(examination, "WBD232")
    assert (short.confidence is Confidence.LOW) is not is_complete
    assert ("reports" in short.evidence) is not is_complete
    for code in ("WBD221", "WBD222"):
        assert (": at least " in found(examination, code).title) is not is_complete


UNJUDGED = {
    "WBD202": ({"curves": falling(3)}, "nothing counts epochs"),
    "WBD203": ({"curves": [[1.0], [1.0]]}, "0 runs reported the metric more than once"),
    "WBD204": ({"curves": falling(2)}, "2 runs with enough values"),
    "WBD211": ({"curves": falling(2), "rule": None}, "early_terminate is not known"),
    "WBD212": ({"curves": falling(2)}, "the sweep's search method is not known"),
    "WBD213": ({"curves": falling(2)}, "no run holds a configuration"),
    "WBD214": ({"curves": falling(2)}, "the ranges that were searched are not known"),
    "WBD222": ({"curves": falling(2)}, "only 2 runs with 5 reports or more; 5 are needed"),
    "WBD224": ({"curves": falling(2)}, "only 2 runs with 3 reports or more; 3 are needed"),
    "WBD231": (
        {"curves": falling(2), "facts": [FINISHED, {"state": RunState.UNKNOWN}]},
        "the source holds neither state nor exit code of 1 run",
    ),
    "WBD233": (
        {"curves": [FALL, FALL], "facts": [FAILED | EPOCHS] * 2},
        "(pass --budget)",
    ),
    "WBD234": (
        {"curves": falling(7), "facts": [FAILED] * 7},
        "fewer than two hosts, GPUs, commits or SDK versions are known",
    ),
}


@pytest.mark.parametrize(("code", "story"), UNJUDGED.items(), ids=list(UNJUDGED))
def test_too_little_to_judge_is_said(code, story):
    given, why = story
    given = dict(given)
    examination = examined(*given.pop("curves"), **given)
    assert code not in codes(examination)
    (reason,) = why_not(examination, code)
    assert why in reason


BEYOND_FLOATS = {
    "a listed value": Choice(values=(1, 2, 10**400)),
    "a value outside the range": Range(low=0.0, high=1.0, kind="uniform"),
    "infinity and no number": Choice(values=(float("nan"), 1, 2, float("inf"))),
}


@pytest.mark.parametrize("axis", BEYOND_FLOATS.values(), ids=list(BEYOND_FLOATS))
def test_a_configuration_beyond_every_float_lies_at_no_bound(axis):
    facts = [FINISHED | {"config": {"lr": 10**400 if k < 4 else 2}} for k in range(14)]
    examination = examined(*falling(14), facts=facts, known={"space": {"lr": axis}})
    assert "WBD214" not in codes(examination)


def test_failures_that_an_unknown_rule_may_have_made_are_not_passed_over():
    facts = [*[FINISHED | {"host": "a"}] * 6, *[FAILED | {"host": "b"}] * 4]
    curves = [*falling(6), *[[3.0]] * 4]
    assert "WBD234" in codes(examined(*curves, facts=facts))
    (reason,) = why_not(examined(*curves, facts=facts, rule=None), "WBD234")
    assert reason.startswith("4 runs with an exit code other than 0 failed or were stopped")


def test_without_a_metric_what_needs_none_is_judged():
    recorded = sweep(FALL, FALL, FALL, facts=[FINISHED | {"config": {"lr": 0.1}}] * 3)
    examination = examine(check_context(recorded, None, SweepBackground()))
    assert codes(examination) == ["WBD213"]
    assert found(examination, "WBD213").confidence is Confidence.LOW  # no name holds a seed
    assert {"WBD201", "WBD221", "WBD223"} <= {check.code for check in examination.unjudged}


@pytest.mark.parametrize(
    "name", ["data_folder", "manifold_dim", "paths.output_folder", "n_folds", "seedling_weight"]
)
def test_a_name_that_merely_holds_the_letters_of_seed_or_fold_is_neither(name):
    facts = [FINISHED | {"config": {"lr": 0.1, name: "here"}}] * 3
    finding = found(examined(*falling(3), facts=facts), "WBD213")
    assert (finding.confidence, finding.evidence["has_seed"]) == (Confidence.LOW, False)
    space = {"lr": Range(low=0.01, high=2.0, kind="uniform")}
    facts = [FINISHED | {"config": {"lr": 0.1, name: k}} for k in range(3)]
    examination = examined(*falling(3), facts=facts, known={"space": space})
    assert found(examination, "WBD213").evidence["n_again"] == 2


def test_runs_of_several_folds_are_replicates():
    facts = [FINISHED | {"config": {"lr": 0.1, "data.fold": k}} for k in range(3)]
    space = {"lr": Range(low=0.01, high=2.0, kind="uniform")}
    assert "WBD213" not in codes(examined(*falling(3), facts=facts, known={"space": space}))


@pytest.mark.parametrize(("n", "is_found"), [(6, False), (7, True)])
def test_the_fewest_curves_that_the_goal_is_judged_by_can_give_a_finding(n, is_found):
    examination = examined(*[curve[::-1] for curve in falling(n)])
    assert ("WBD223" in codes(examination)) is is_found


def test_findings_of_the_recording_come_along_and_codes_choose():
    from wbtools.findings import Finding

    damage = Finding(
        code="WBT110", severity=Severity.ERROR, confidence=Confidence.HIGH, subject="x", title="cut"
    )
    recorded = replace(sweep(*[[0.0] * 3] * 3, facts=[FINISHED] * 3), findings=(damage,))
    context = check_context(recorded, question("none"), SweepBackground())
    assert [finding.code for finding in examine(context).findings] == ["WBD204", "WBT110"]
    chosen = examine(context, lambda code: code.startswith("WBT"))
    assert ([finding.code for finding in chosen.findings], chosen.n_checks) == (["WBT110"], 0)


def test_hours_wasted_are_those_of_the_reports_that_were_no_number():
    examination = examined(*falling(3), [NAN] * 60, report_s=60.0)
    assert found(examination, "WBD221").evidence["wasted_h"] == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_a_manual_page_has_a_bad_and_a_good_example(check):
    page = check.manual
    assert page.partition("\n")[0].endswith(".")
    assert 0 < page.index("\nBad:\n") < page.index("\nGood:\n")
    assert max(map(len, page.splitlines())) <= 100


def test_a_run_that_began_long_ago_and_is_silent_since_counts_by_its_last_sign():
    facts = [FINISHED, {"state": RunState.RUNNING, "heartbeat_at": BEGIN}]
    examination = examined(FALL, FALL, facts=facts)
    assert found(examination, "WBD231").evidence["longest_silence_h"] == pytest.approx(30 * 24)
