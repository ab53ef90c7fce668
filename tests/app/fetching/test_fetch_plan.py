"""Which runs are asked for, and in what pages: no server, no archive."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.app.fetching.plan import HistoryPage, HistoryPages, Wanted, series_stamp, wanted_runs
from wbtools.archive import KnownRun, KnownSeries
from wbtools.model import RunState, Series
from wbtools.sources.wandb_api.responses import ListedRun

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def listed(**changes):
    facts = {
        "id": "a",
        "state": RunState.FINISHED,
        "created_at": NOW,
        "heartbeat_at": NOW,
        "updated_at": "now",
        "running": False,
        "n_lines": 10,
    }
    return ListedRun(**facts | changes)


def known(
    *,
    sampled=False,
    complete=True,
    n_rows=10,
    n_lines=10,
    metric="loss",
    stamp=None,
    state=RunState.FINISHED,
):
    series = KnownSeries(
        n_rows=n_rows,
        sampled=sampled,
        complete=complete,
        stamp=stamp or series_stamp(listed().stamp, ""),
    )
    return {
        "a": KnownRun(
            updated_at="now",
            heartbeat_at=NOW,
            state=state,
            running=False,
            history_line_count=n_lines,
            series={metric: series},
        )
    }


def last_rows(_run_id, metrics, *, times_s=(7.0, 8.0, 9.0)):
    steps = 10 - len(times_s) + np.arange(len(times_s))
    rows = Series(values=np.ones(len(times_s)), steps=steps, times_s=np.array(times_s))
    return dict.fromkeys(metrics, rows) if times_s else {}


WHOLE = ("loss", {})
BEHIND = ("loss", {"loss": 7})
STORIES = {
    "a new run is asked for wholly": (listed(), {}, WHOLE),
    "an unchanged run is not asked for": (listed(), known(), None),
    "an unchanged run that lacks the metric is": (listed(), known(metric="acc"), WHOLE),
    "an unchanged run whose curve came sampled is asked again": (
        listed(),
        known(sampled=True, complete=False),
        WHOLE,
    ),
    "an unchanged run whose curve lacks rows is asked again": (
        listed(),
        known(complete=False),
        WHOLE,
    ),
    "a changed run goes on behind its last row": (listed(updated_at="later"), known(), BEHIND),
    "a run with a new heartbeat goes on": (
        listed(heartbeat_at=datetime(2026, 1, 3, tzinfo=UTC)),
        known(),
        BEHIND,
    ),
    "a run with another state goes on": (listed(state=RunState.KILLED), known(), BEHIND),
    "a run with more rows goes on": (listed(n_lines=11), known(), BEHIND),
    "an unchanged run whose curve is of an earlier state goes on": (
        listed(),
        known(stamp=series_stamp("earlier", "")),
        BEHIND,
    ),
    "a run that was preempted is read anew": (
        listed(n_lines=11),
        known(state=RunState.PREEMPTED),
        WHOLE,
    ),
    "a run with fewer rows is read anew": (listed(n_lines=9), known(), WHOLE),
    "a changed run that had no rows is read anew": (
        listed(n_lines=11),
        known(n_rows=0),
        WHOLE,
    ),
    "a changed run that was incomplete is read anew": (
        listed(n_lines=11),
        known(complete=False),
        WHOLE,
    ),
}


@pytest.mark.parametrize(("run", "archived", "expected"), STORIES.values(), ids=STORIES.keys())
def test_what_is_asked_for(run, archived, expected):
    got = wanted_runs([run], archived, ["loss"], last_rows=last_rows)
    pages = [HistoryPages([wanted], 8).next() for wanted in got]
    asked = [(page.metrics[0], page.from_steps) for page in pages]
    assert asked == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("times_s", "from_steps"),
    [
        pytest.param([7.0, 8.0, 9.0], {"loss": 7}, id="rows that all tell their time are enough"),
        pytest.param([7.0, np.nan, 9.0], {}, id="one that tells none and the curve is read anew"),
        pytest.param([], {}, id="no rows show nothing"),
    ],
)
def test_a_run_goes_on_only_behind_rows_that_tell_their_time(times_s, from_steps):
    (wanted,) = wanted_runs(
        [listed(n_lines=11)],
        known(),
        ["loss"],
        last_rows=lambda *names: last_rows(*names, times_s=times_s),
    )
    assert HistoryPages([wanted], 8).next().from_steps == from_steps


def test_what_was_tried_a_moment_ago_is_not_asked_for_again():
    lacking = known(complete=False)
    assert wanted_runs([listed()], lacking, ["loss"], last_rows=last_rows, tried={"loss"}) == []
    (wanted,) = wanted_runs([listed()], lacking, ["loss"], last_rows=last_rows, tried={"acc"})
    assert wanted.metrics == ("loss",)


def test_refresh_asks_for_everything_that_it_did_not_bring_itself():
    brought = known(stamp=series_stamp(listed().stamp, "mine"))

    def asked(archived, **wishes):
        return len(wanted_runs([listed()], archived, ["loss"], last_rows=last_rows, **wishes))

    assert asked(known(), refresh="mine") == 1
    assert asked(brought, refresh="mine") == 0
    assert asked(brought, refresh="another") == 1
    assert asked(brought) == 0


TWO_GROUPS = {"a": (9, 8), "b": (3, 8), "c": (9, 8)}


def lists_of(pages):
    page = pages.next()
    return page, page.lists


def test_metrics_that_seem_to_stand_in_the_same_rows_are_asked_for_in_one_list():
    runs = [Wanted(id=str(k), metrics=("a", "b", "c", "d"), n_lines=9) for k in range(200)]
    pages = HistoryPages(runs, 8, TWO_GROUPS)
    page, lists = lists_of(pages)
    assert lists == (("a", "c"), ("b",), ("d",))
    assert page.n_bytes < HistoryPage(runs=page.runs, lists=tuple(zip("abcd"))).n_bytes
    pages.learn(page, n_bytes=1, seconds=1.0, torn=[("a", "c")])
    assert lists_of(pages)[1] == (("a",), ("b",), ("c",), ("d",))


def test_a_run_whose_metrics_stand_apart_is_asked_for_each():
    pages = HistoryPages([Wanted(id="r", metrics=("a", "c"), apart=True)], 8, TWO_GROUPS)
    assert lists_of(pages)[1] == (("a",), ("c",))


@given(
    sizes=st.lists(st.integers(0, 200_000), min_size=1, max_size=60),
    n_metrics=st.integers(0, 5),
    most=st.integers(1, 30),
)
def test_every_run_and_metric_is_asked_for_exactly_once(sizes, n_metrics, most):
    metrics = tuple(f"m{k}" for k in range(n_metrics))
    wanted = [Wanted(id=f"r{k}", metrics=metrics, n_lines=n) for k, n in enumerate(sizes)]
    pages = HistoryPages(wanted, 8)
    pages.most_runs = most
    asked = []
    while pages:
        page = pages.next()
        assert len(page.runs) <= most
        assert len({run.metrics for run in page.runs}) == 1
        asked += [(run.id, metric) for run in page.runs for metric in run.metrics or ("",)]
        pages.learn(page, n_bytes=page.n_bytes, seconds=3.0)
    assert sorted(asked) == sorted(
        (run.id, metric) for run in wanted for metric in metrics or ("",)
    )


def test_pages_shrink_when_answers_turn_out_long_and_grow_back():
    pages = HistoryPages([Wanted(id=str(k), metrics=("m",), n_lines=1_000) for k in range(500)], 2)
    first = pages.next()
    pages.learn(first, n_bytes=8 * first.n_bytes, seconds=3.0)
    second = pages.next()
    assert len(second.runs) <= len(first.runs) / 3
    for _ in range(6):
        pages.learn(second, n_bytes=second.n_bytes, seconds=1.0)
    assert len(pages.next().runs) > len(second.runs)


def test_a_page_that_is_too_long_is_asked_in_halves_down_to_one_metric():
    runs = tuple(Wanted(id=str(k), metrics=("a", "b", "c")) for k in range(3))
    page = HistoryPage(runs=runs, lists=(("a", "c"), ("b",)))
    parts = [page]
    pairs = []
    while parts:
        halves = parts.pop().halves()
        if len(halves) == 1:
            pairs += [(run.id, *run.metrics) for run in halves[0].runs]
        else:
            parts += halves
    assert sorted(pairs) == [(str(k), metric) for k in range(3) for metric in ("a", "b", "c")]
