"""W&B's filter language on local runs: MongoDB's meaning, on the names that W&B has."""

import json
import math
from datetime import UTC, datetime

import pytest

from wbtools.app.opening.run_filter import fulfils
from wbtools.app.opening.selection import Selection
from wbtools.errors import UsageError
from wbtools.model import Run, RunState

RUN = Run(
    id="ab12",
    name="calm-sweep-7",
    number=7,
    number_from="name",
    state=RunState.FINISHED,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    group="g1",
    tags=("base", "v2"),
    config={"lr": 0.1, "model.width": 64, "opt": "adam", "none": None, "betas": [0.9, 0.99]},
    summary={"val/acc": 0.8, "bad": math.nan},
)

TRUE = [
    {},
    {"config.lr": 0.1},
    {"config.lr.value": 0.1},
    {"config.model.width": 64.0},
    {"config.lr": {"$gt": 0.01, "$lte": 0.1}},
    {"config.opt": {"$in": ["sgd", "adam"]}},
    {"config.opt": {"$nin": ["sgd"]}},
    {"config.opt": {"$ne": "sgd"}},
    {"config.missing": {"$ne": 1}},
    {"config.missing": {"$exists": False}},
    {"config.none": {"$exists": True}},
    {"config.none": None},
    {"config.missing": None},
    {"config.betas": 0.99},
    {"config.betas": [0.9, 0.99]},
    {"summary_metrics.val/acc": {"$gte": 0.8}},
    {"summary.val/acc": {"$not": {"$lt": 0.5}}},
    {"state": "finished"},
    {"tags": "base"},
    {"tags": {"$in": ["v2", "v3"]}},
    {"display_name": {"$regex": "^calm"}},
    {"name": "ab12"},
    {"created_at": {"$gt": "2026-02-28"}},
    {"$or": [{"state": "running"}, {"group": "g1"}]},
    {"$and": [{"state": "finished"}, {"config.opt": "adam"}]},
    {"$nor": [{"state": "running"}, {"config.opt": "sgd"}]},
]
FALSE = [
    {"config.lr": True},
    {"config.lr": "0.1"},
    {"config.lr": {"$gt": "0"}},
    {"config.missing": 1},
    {"config.missing": {"$lt": 1}},
    {"config.opt": {"$exists": False}},
    {"summary_metrics.bad": {"$gt": 0}},
    {"summary_metrics.bad": {"$lte": 0}},
    {"tags": "bas"},
    {"state": "finished", "group": "g2"},
    {"$nor": [{"state": "finished"}]},
    {"config.lr": {"$regex": "0"}},
]
REFUSED = {
    "a name that nothing tells": {"username": "me"},
    "the same behind what is false": {"state": "running", "username": "me"},
    "an operator that is not known": {"config.lr": {"$mod": [2, 0]}},
    "a list where none belongs": {"$or": {"state": "finished"}},
    "no regular expression": {"display_name": {"$regex": "("}},
    "$in without a list": {"config.lr": {"$in": 0.1}},
    "nested beyond reason": json.loads('{"$and": [' * 40 + '{"state": "x"}' + "]}" * 40),
}


@pytest.mark.parametrize("conditions", TRUE, ids=str)
def test_what_a_run_fulfils(conditions):
    assert fulfils(RUN, conditions)


@pytest.mark.parametrize("conditions", FALSE, ids=str)
def test_what_it_does_not(conditions):
    assert not fulfils(RUN, conditions)


@pytest.mark.parametrize("conditions", REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(conditions):
    with pytest.raises(UsageError, match="--filter") as caught:
        fulfils(RUN, conditions)
    assert caught.value.hint


def test_a_selection_takes_what_fits_all_that_it_says():
    assert Selection(group="g1", tags=("v2",), filters='{"config.lr": 0.1}').takes(RUN)
    assert not Selection(group="g2").takes(RUN)
    assert not Selection(tags=("base", "v3")).takes(RUN)
    assert not Selection(filters='{"config.lr": 0.2}').takes(RUN)
    assert Selection(all_runs=True).takes(RUN)
