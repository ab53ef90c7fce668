"""Plans are kept and found again, whatever their names; damage is as good as absence."""

import json
from dataclasses import replace

import pytest

from wbtools.analysis.verification.outcome import track_record
from wbtools.archive import keep_outcome, keep_plan, kept_outcome, kept_plans, outcomes
from wbtools.errors import UsageError
from wbtools.model import ContinuedFrom, Criterion, Expectation, Goal, ReplicationPlan, Verified

CRITERION = Criterion(
    metric="val/acc", goal=Goal.MAXIMIZE, success=0.966, acceptable=0.965, source="as given"
)


def kept_plan(archive, sweep, run_id):
    """The latest one."""
    return next(iter(kept_plans(archive, sweep, run_id)), None)


def plan(**facts):
    known = {
        "sweep": "sw33p1d0",
        "run_id": "ab12cd34",
        "metric": "val/acc",
        "goal": Goal.MAXIMIZE,
        "criteria": (CRITERION,),
        "changed": ("seed",),
        "n_replicas": 3,
        "cost_h": 2.5,
        "expectation": Expectation(median=0.967, p_repeat=0.88, bar=0.9647),
    }
    return ReplicationPlan(**(known | facts))


@pytest.mark.parametrize("run_id", ["ab12cd34", "../../evil", "a\nb\0", "\ud83d", "x" * 1000])
def test_a_plan_comes_back_as_it_was(tmp_path, run_id):
    keep_plan(tmp_path / "a", plan(run_id=run_id))
    assert kept_plan(tmp_path / "a", "sw33p1d0", run_id) == plan(run_id=run_id)
    assert kept_plan(tmp_path / "a", "sw33p1d0", "other") is None
    (file,) = (tmp_path / "a" / "plans").iterdir()
    assert file.name.removesuffix(".json").isalnum()


def test_another_plan_forgets_no_run_that_was_enqueued(tmp_path):
    keep_plan(tmp_path, plan(enqueued=("a", "b")))
    assert keep_plan(tmp_path, plan()) is None  # it says the same
    assert keep_plan(tmp_path, plan(enqueued=("b", "c"), n_replicas=1)).enqueued == ("a", "b")
    keep_plan(tmp_path, plan(changed=("lr",)))
    others, latest = kept_plans(tmp_path, "sw33p1d0", "ab12cd34")[::-1]
    assert (others.enqueued, latest.enqueued) == (("a", "b", "c"), ())


def test_an_outcome_stands_beside_its_plan_and_outlives_another_one(tmp_path):
    keep_plan(tmp_path, plan())
    outcome = Verified(
        sweep="sw33p1d0", run_id="ab12cd34", metric="val/acc", verdict="success", n_replicas=3
    )
    keep_outcome(tmp_path, outcome)
    assert list(outcomes(tmp_path)) == [outcome]
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") == plan()
    keep_plan(tmp_path, plan(n_replicas=1))
    assert list(outcomes(tmp_path)) == [outcome]


def test_what_became_of_replicas_and_of_the_run_itself_stand_side_by_side(tmp_path):
    facts = {"sweep": "sw33p1d0", "run_id": "ab12cd34", "metric": "val/acc", "n_replicas": 1}
    again = Verified(verdict="success", p_repeat=0.5, n_beat=1, **facts)
    gone_on = Verified(verdict="failure", p_gone_on=0.9, n_beat=0, is_continued=True, **facts)
    keep_outcome(tmp_path, gone_on)
    assert kept_outcome(tmp_path, "sw33p1d0", "ab12cd34") == gone_on
    keep_outcome(tmp_path, again)
    assert kept_outcome(tmp_path, "sw33p1d0", "ab12cd34") == again
    assert list(outcomes(tmp_path)) == [again, gone_on]
    record = track_record(tuple(outcomes(tmp_path)))
    assert (record.n_beat, record.n_promised, record.expected_beat) == (1, 2, pytest.approx(1.4))
    (file,) = (tmp_path / "plans").iterdir()
    document = json.loads(file.read_text())
    for name in ("is_continued", "p_gone_on"):  # as archives were before runs were continued
        del document["verified"][name]
    file.write_text(json.dumps(document))
    assert kept_outcome(tmp_path, "sw33p1d0", "ab12cd34") == again


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_continued": "yes"},
        {"p_gone_on": "0.5"},
        {"mean": "0.9"},
        {"n_replicas": "3"},
        {"verdict": ["success"]},
        {"n_beat": 0.5},
        {"x": 1},
    ],
    ids=str,
)
def test_an_outcome_that_cannot_be_right_is_as_good_as_none(tmp_path, wrong):
    outcome = Verified(
        sweep="sw33p1d0", run_id="ab12cd34", metric="val/acc", verdict="success", n_replicas=3
    )
    keep_outcome(tmp_path, outcome)
    assert kept_outcome(tmp_path, "sw33p1d0", "ab12cd34") == outcome
    (file,) = (tmp_path / "plans").iterdir()
    document = json.loads(file.read_text())
    document["verified"] |= wrong
    file.write_text(json.dumps(document))
    assert kept_outcome(tmp_path, "sw33p1d0", "ab12cd34") is None
    assert list(outcomes(tmp_path)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_reports": "5"},
        {"epoch": "4"},
        {"step": 0.5},
        {"epoch": -1},
        {"epoch": float("nan")},
        {"epoch": float("inf")},
        {"checkpoint": None},
        {"resume_name": ["x"]},
        {"run_id": 1},
        {"is_same_run": "yes"},
        {"is_doubted": 1},
        {"x": 1},
    ],
    ids=str,
)
def test_a_checkpoint_that_cannot_be_right_leaves_no_plan(tmp_path, wrong):
    continuing = plan(continues=ContinuedFrom(checkpoint="c.pt", epoch=4, step=400, n_reports=5))
    keep_plan(tmp_path, continuing)
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") == continuing
    (file,) = (tmp_path / "plans").iterdir()
    document = json.loads(file.read_text())
    document["plan"]["continues"] |= wrong
    file.write_text(json.dumps(document))
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") is None


def test_a_plan_replaces_the_one_that_changes_the_same_names_and_stands_beside_others(tmp_path):
    by_seed, bare = plan(), plan(changed=(), n_replicas=1)
    assert keep_plan(tmp_path, by_seed) is None
    assert keep_plan(tmp_path, bare) is None
    assert kept_plans(tmp_path, "sw33p1d0", "ab12cd34") == (bare, by_seed)
    more = plan(n_replicas=5)
    assert keep_plan(tmp_path, more) == by_seed
    assert keep_plan(tmp_path, more) is None
    assert kept_plans(tmp_path, "sw33p1d0", "ab12cd34") == (more, bare)
    for k in range(30):
        keep_plan(tmp_path, plan(changed=(f"name{k}",)))
    assert len(kept_plans(tmp_path, "sw33p1d0", "ab12cd34")) == 20


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": "other/9"}', "\0", "9" * 5000])
def test_damage_is_as_good_as_absence(tmp_path, text):
    keep_plan(tmp_path, plan())
    (file,) = (tmp_path / "plans").iterdir()
    file.write_text(text)
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") is None
    assert list(outcomes(tmp_path)) == []
    keep_plan(tmp_path, plan())
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") == plan()


def test_a_plan_of_another_shape_is_none(tmp_path):
    keep_plan(tmp_path, plan())
    (file,) = (tmp_path / "plans").iterdir()
    document = json.loads(file.read_text())
    document["plan"]["criteria"] = [{"metric": 5}]
    file.write_text(json.dumps(document))
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") is None


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        keep_plan(tmp_path / "a", plan())


def test_nothing_kept_is_no_error(tmp_path):
    assert kept_plan(tmp_path / "no", "a", "b") is None
    assert list(outcomes(tmp_path / "no")) == []


def test_a_plan_without_an_acceptable_value_is_read_and_one_without_a_success_has_no_criterion(
    tmp_path,
):
    open_plan = plan(criteria=(replace(CRITERION, acceptable=None),))
    keep_plan(tmp_path, open_plan)
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") == open_plan
    (file,) = (tmp_path / "plans").iterdir()
    kept = json.loads(file.read_text())
    kept["plan"]["criteria"][0]["success"] = None
    file.write_text(json.dumps(kept))
    assert kept_plan(tmp_path, "sw33p1d0", "ab12cd34") == plan(criteria=())
