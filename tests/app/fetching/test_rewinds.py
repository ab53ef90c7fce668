"""Runs that went back and on again: no archived row survives that the server no longer has."""

import random
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.fetching.test_fetch import SWEEP, put
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from tests.server.running import running_server
from wbtools.app.fetching.reference import fetch_reference
from wbtools.app.fetching.rewinds import OVERLAP, rows_behind
from wbtools.app.opening.session import Session
from wbtools.archive import Archive
from wbtools.model import Series

# The comparison of rows alone.

BEFORE = Series(
    values=np.array([1.0, np.nan, 1.0]), steps=np.array([4, 6, 7]), times_s=np.array([40.0, 60, 70])
)


def now(*rows):
    steps, values, times_s = zip(*rows, strict=True) if rows else ((), (), ())
    return Series(
        values=np.array(values, dtype=float),
        steps=np.array(steps, dtype=np.int64),
        times_s=np.array(times_s, dtype=float),
    )


SAME = ((4, 1.0, 40), (6, np.nan, 60), (7, 1.0, 70))
COMPARED = {
    "nothing new": (SAME, []),
    "rows behind the archived ones": ((*SAME, (8, 2.0, 80), (11, 3.0, 90)), [8, 11]),
    "rows from before the archived ones too": (((2, 1.0, 20), *SAME, (8, 2.0, 80)), [8]),
    "the same value at the same step, logged later": (
        (*SAME[:2], (7, 1.0, 71), (8, 1.0, 80)),
        None,
    ),
    "another value earlier in the overlap": (((4, 2.0, 40), *SAME[1:], (8, 2.0, 80)), None),
    "another step earlier in the overlap": (((5, 1.0, 40), *SAME[1:], (8, 2.0, 80)), None),
    "a row that shares the first step, from before the archived ones": (
        ((4, 9.0, 39), *SAME, (8, 2.0, 80)),
        [8],
    ),
    "a row more at the last archived step": ((*SAME, (7, 2.0, 75)), None),
    "one row more within the overlap": ((SAME[0], (5, 1.0, 50), *SAME[1:]), None),
    "the last archived row is gone": (SAME[:2], None),
    "all archived rows are gone": (((9, 1.0, 90),), None),
    "no row at all": ((), None),
    "a row that tells no time now": ((*SAME[:2], (7, 1.0, np.nan), (8, 1.0, 80)), None),
}


@pytest.mark.parametrize(("rows", "steps"), COMPARED.values(), ids=COMPARED.keys())
def test_what_follows_the_archived_rows(rows, steps):
    behind = rows_behind(now(*rows), BEFORE)
    assert (None if behind is None else behind.steps.tolist()) == steps


# Against a server.


@dataclass
class Program:
    """A training program that logs into a run, goes back and logs again.

    Attributes:
        n_values: How many different values there are of one of the metrics, 1 to 3.
        times: `all`, `seconds` (cut to whole ones), `some` (every seventh row has none), `none`, or
            `faked` (the step).
    """

    history: RowHistory
    seed: int = 0
    n_values: int = 3
    times: str = "all"
    clock_s: float = 1.7e9
    dice: random.Random = field(init=False)

    def __post_init__(self):
        self.dice = random.Random(self.seed)  # noqa: S311 - reproducible histories

    def log(self, n_rows, gap=0):
        """Few different values, so that rewound runs repeat them; three metrics apart."""
        rows = self.history.rows
        first = rows[-1]["_step"] + 1 + gap if rows else 0
        for step in range(first, first + n_rows):
            self.clock_s += 0.1 + self.dice.random()
            row = {"_step": step, "acc": self.dice.choice((0.0, 0.5, 1.0)[: self.n_values])}
            if self.dice.random() < 0.6:
                row["loss"] = self.dice.choice((1.0, 2.0, float("nan")))
            if step % 11 == 0:
                row["lr"] = 0.1
            self._stamp(row)
            rows.append(row)

    def _stamp(self, row):
        if self.times == "faked":
            row["_timestamp"] = row["_step"]
        elif self.times == "seconds":
            row["_timestamp"] = int(self.clock_s)
        elif self.times == "all" or (self.times == "some" and row["_step"] % 7):
            row["_timestamp"] = self.clock_s

    def rewind(self, step):
        """Drop the rows behind a step; beginning again takes a while."""
        self.history.rows[:] = [row for row in self.history.rows if row["_step"] <= step]
        self.clock_s += 5


def rows_in(folder, key, metrics):
    """By metric: (values, steps, times) to the last bit, and whether they are complete."""
    with Archive.open(folder) as archive:
        return {
            series.metric: (
                (
                    series.rows.values.tobytes(),
                    series.rows.steps.tobytes(),
                    series.rows.times_s.tobytes(),
                ),
                series.complete and not series.sampled,
            )
            for series in archive.export_rows(key, metrics)
        }


METRICS = ("acc", "loss", "lr")
BY_ACCURACY = {
    "method": "random",
    "metric": {"name": "acc", "goal": "maximize"},
    "parameters": {"lr": {"min": 0.1, "max": 0.2}},
}
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("log", "log", "rewind", "rewind", "restart", "resume", "nothing")),
        st.integers(0, 70),
        st.floats(0, 1),
        st.sampled_from((METRICS, ("acc",), ("acc", "loss"))),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def server():
    with running_server() as server, ExitStack() as undo, pytest.MonkeyPatch.context() as patch:
        home = Path(undo.enter_context(tempfile.TemporaryDirectory()))
        for name, value in server.env(home).items():
            patch.setenv(name, value)
        yield server


def fetch(folder, metrics):
    with Session(archive=folder) as session:
        (fetched,) = fetch_reference(SWEEP, session, metrics=metrics)
    return rows_in(folder, fetched.head.key, metrics)


def logged(program, metric):
    """What an archive of all rows of a metric holds, to the last bit."""
    rows = [row for row in program.history.rows if metric in row]
    return (
        np.array([row[metric] for row in rows], dtype=float).tobytes(),
        np.array([row["_step"] for row in rows], dtype=np.int64).tobytes(),
        np.array([row.get("_timestamp", np.nan) for row in rows], dtype=float).tobytes(),
    )


def change(program, kind, n_rows, share):
    last = program.history.rows[-1]["_step"] if program.history.rows else 0
    if kind == "rewind":
        program.rewind(int(share * last))
    elif kind == "restart":
        program.rewind(-1)
    if kind != "nothing":
        program.log(n_rows, gap=3 if kind == "resume" else 0)


@settings(max_examples=20, deadline=None)
@given(
    changes=CHANGES,
    seed=st.integers(0, 2**32),
    n_values=st.integers(1, 3),
    times=st.sampled_from(("all", "all", "seconds", "some", "none")),
    counts=st.booleans(),
)
def test_whatever_a_run_does_the_archive_is_that_of_a_fresh_fetch(
    server, changes, seed, n_values, times, counts
):
    server.switches.missing_fields = frozenset(() if counts else {"Run.historyKeys"})
    server.state.projects.clear()
    program = Program(RowHistory(), seed, n_values, times)
    program.log(40)
    runs = [LoadedRun(name="back", history=program.history)]
    server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=BY_ACCURACY)
    run = server.state.projects["acme", "ocr"].runs["back"]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        fetch(kept, METRICS)
        for kind, n_rows, share, metrics in changes:
            change(program, kind, n_rows, share)
            run.updated_at += 1
            for metric, (rows, complete) in fetch(kept, metrics).items():
                assert not complete or rows == logged(program, metric)
        known, fresh = fetch(kept, METRICS), fetch(Path(folder) / "fresh", METRICS)
        assert known == fresh
    server.log.clear()


BACK_AND_ON = {
    # Rows before the first fetch, the step gone back to, rows logged then.
    "it goes back to its beginning and further than it was": (40, 0, 59),
    "it goes back a few rows and further than it was": (40, 36, 23),
    "it goes back by one row and logs it again": (40, 38, 1),
    "it goes back and has as many rows as it had": (40, 5, 34),
    "it goes back beyond all rows that are compared": (200, 50, 400),
    "it goes back and logs nothing yet": (40, 20, 0),
    "it goes on": (40, 39, 20),
}


@pytest.mark.parametrize("times", ["all", "seconds", "some", "none", "faked"])
@pytest.mark.parametrize(("n_rows", "step", "n_more"), BACK_AND_ON.values(), ids=BACK_AND_ON.keys())
def test_a_run_that_went_back_is_read_anew(reach, n_rows, step, n_more, times):
    program = Program(RowHistory(), times=times)
    program.log(n_rows)
    put(reach, [LoadedRun(name="back", history=program.history)], config=BY_ACCURACY)
    last_value = program.history.rows[-1]["acc"]
    reach.fetch(SWEEP, metrics=("acc",))
    program.rewind(step)
    program.log(n_more)
    rows = program.history.rows
    if len(rows) >= n_rows:
        rows[n_rows - 1]["acc"] = last_value  # what was compared once, and nothing else
    reach.server.state.projects["acme", "ocr"].runs["back"].updated_at += 1
    (fetched,), _ = reach.fetch(SWEEP, metrics=("acc",))
    curves = reach.load(fetched).curves["acc"]
    assert curves.values[0].tolist() == [row["acc"] for row in rows]
    assert curves.complete


def test_rows_that_are_gone_from_the_middle_are_missed_by_their_number(reach):
    program = Program(RowHistory())
    program.log(100)
    put(reach, [LoadedRun(name="back", history=program.history)], config=BY_ACCURACY)
    reach.fetch(SWEEP, metrics=("acc",))
    del program.history.rows[12:20]  # the learning rate stands at 11 and 22
    program.log(15)
    reach.server.state.projects["acme", "ocr"].runs["back"].updated_at += 1
    (fetched,), _ = reach.fetch(SWEEP, metrics=("acc",))
    curves = reach.load(fetched).curves["acc"]
    assert curves.complete
    assert curves.steps[0].tolist() == [row["_step"] for row in program.history.rows]


REQUESTS = {
    "an unchanged run": (lambda _: None, 0, 1),
    "a run that went on": (lambda program: program.log(20), 20, 2),
    "a run that went on by many rows": (lambda program: program.log(500), 500, 2),
    "a run whose name alone was changed": (lambda _: None, 1, 2),
    "a run that was rewound": (lambda program: (program.rewind(50), program.log(100)), 1, 3),
}


@pytest.mark.parametrize(("act", "touched", "n_requests"), REQUESTS.values(), ids=REQUESTS.keys())
def test_how_many_requests_it_takes(reach, act, touched, n_requests):
    program = Program(RowHistory())
    program.log(100)
    put(reach, [LoadedRun(name="back", history=program.history)], config=BY_ACCURACY)
    reach.fetch(SWEEP, metrics=("acc",))
    act(program)
    reach.server.state.projects["acme", "ocr"].runs["back"].updated_at += touched
    _, n_asked = reach.fetch(SWEEP, metrics=("acc",))
    assert n_asked == n_requests


def test_of_a_run_that_went_on_little_more_than_its_new_rows_is_sent(reach):
    program = Program(RowHistory())
    program.log(5_000)
    put(reach, [LoadedRun(name="long", history=program.history)])
    reach.fetch(SWEEP, metrics=METRICS)
    n_before = len(reach.server.log.all("graphql"))
    program.log(10)
    reach.server.state.projects["acme", "ocr"].runs["long"].updated_at += 1
    (fetched,), _ = reach.fetch(SWEEP, metrics=METRICS)
    n_bytes = sum(request.n_bytes for request in reach.server.log.all("graphql")[n_before:])
    assert fetched.n_rows < 3 * 10
    assert n_bytes < 3 * (OVERLAP + 10) * 100 + 5_000
