"""The study of ends: draws repeat, truths are those of the programs, and its files can be read."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from tests.benchmarks.courses import sweeps
from tests.benchmarks.courses.patience import Stopper
from tests.benchmarks.courses.pool import Reports, run_pool, sending_times
from tests.benchmarks.courses.program import Log
from tests.benchmarks.courses.recording import write_sweep
from tests.benchmarks.courses.scoring import score_run, score_sweep, table, what_was_said
from tests.benchmarks.courses.sweeps import KINDS, Truth, _trained, draw_sweep
from wbtools.analysis.diagnosis.termination import Cause, Termination
from wbtools.findings import Confidence
from wbtools.rules.hyperband import Hyperband

SEED = 10_000  # neither half of the study


@pytest.mark.parametrize("kind", KINDS)
def test_a_draw_repeats(kind):
    first, again = (draw_sweep(kind, SEED, with_rule=True, most_runs=8) for _ in range(2))
    assert repr(first.runs) == repr(again.runs)
    assert first.contents() == again.contents()
    other = draw_sweep(kind, SEED + 1, with_rule=True, most_runs=8)
    assert repr(first.runs) != repr(other.runs)


@pytest.fixture
def trainings(monkeypatch):
    """What each training logged, uncut, in the order of the runs."""
    rows = []

    def train(*words):
        rows.append(_trained(*words))
        return list(rows[-1])

    monkeypatch.setattr(sweeps, "_trained", train)
    return rows


@pytest.mark.parametrize("with_rule", [False, True], ids=["without a rule", "with a rule"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_ran_its_course_logged_all_that_its_program_logs(kind, with_rule, trainings):
    sweep = draw_sweep(kind, SEED, with_rule=with_rule, most_runs=10)
    for run, rows in zip(sweep.runs, trainings, strict=True):
        if run.truth is Truth.COURSE:
            assert run.rows == rows
            assert any(sweep.program.metric in row.data for row in rows)
        else:
            assert run.rows == rows[: len(run.rows)]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_rule_runs_end_as_their_truth_says(kind):
    sweep = draw_sweep(kind, SEED, with_rule=False, most_runs=10)
    assert sweep.rule is None
    assert Truth.STOPPED not in {run.truth for run in sweep.runs}
    codes = {Truth.COURSE: 0, Truth.FAILED: 1, Truth.LOST: None}
    for run in sweep.runs:
        assert run.exit_code == codes[run.truth]
        steps = [row.step for row in run.rows]
        assert steps == sorted(set(steps))


def test_a_log_counts_steps_and_joins_what_has_one_step():
    log = Log(pace_s=2.0)
    log.log({"a": 1})
    log.wait(3)
    log.log({"b": 1}, step=4)
    log.log({"c": 1}, step=4)
    log.log({"a": 2})
    assert [(row.step, row.data) for row in log.rows] == [
        (0, {"a": 1}),
        (4, {"b": 1, "c": 1}),
        (5, {"a": 2}),
    ]
    assert log.rows[1].time_s == pytest.approx(6.0, abs=0.1)


def test_patience_counts_evaluations_without_an_improvement():
    values = [1.0, 0.5, 0.499, 0.498, 0.3, 0.4, 0.4]
    stopper = Stopper(2, 0.01, relative=False, late=False)
    stops = [stopper.stops(value) for value in values]
    assert [k for k, stop in enumerate(stops) if stop] == [3, 6]
    assert not Stopper(1, 0.0, relative=False, late=True).stops(math.nan)


def _flat(values):
    times_s = 30.0 * np.arange(1, 21)
    reports = [Reports(np.full(20, v), times_s, times_s) for v in values]
    return reports, [600.0] * len(values)


def test_the_pool_stops_what_is_worse_than_the_rule_allows():
    reports, lengths_s = _flat([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 0.5])
    rule = Hyperband(min_iter=3, eta=4, strict=True)
    lives = run_pool(reports, lengths_s, rule, 2, np.random.default_rng(0))
    assert [life.stopped for life in lives] == [False, True, False, True, False, True, False]
    for life in lives:
        length_s = life.end_s - life.start_s
        assert (90 < length_s < 130) if life.stopped else length_s == pytest.approx(600)


def test_a_row_is_sent_with_the_next_parcel_once_it_is_complete():
    log = Log()
    for step, pause_s in ((None, 1), (None, 13), (7, 3), (8, 20), (None, 1)):
        log.wait(pause_s)
        log.log({}, step)
    assert sending_times(log.rows).tolist() == [15, 15, 45, 45, 45]


def test_without_a_rule_the_pool_stops_nothing():
    lives = run_pool(*_flat([1.0, 2.0, 3.0]), None, 2, np.random.default_rng(0))
    assert not any(life.stopped for life in lives)
    assert all(life.end_s - life.start_s == pytest.approx(600) for life in lives)


ANSWERS = {
    "right": (Cause.COMPLETED, Confidence.HIGH, Truth.COURSE, []),
    "right with low confidence": (Cause.COMPLETED, Confidence.LOW, Truth.COURSE, ["unknown"]),
    "right by another name": (Cause.OWN_EARLY_STOP, Confidence.HIGH, Truth.COURSE, []),
    "wrong": (Cause.COMPLETED, Confidence.HIGH, Truth.STOPPED, ["WRONG"]),
    "wrong with medium confidence": (Cause.HYPERBAND, Confidence.MEDIUM, Truth.COURSE, ["WRONG"]),
    "wrong with low confidence": (Cause.HYPERBAND, Confidence.LOW, Truth.COURSE, ["unknown"]),
    "stopped for another reason": (Cause.KILLED, Confidence.HIGH, Truth.STOPPED, []),
    "a failure taken for a stop": (Cause.HYPERBAND, Confidence.HIGH, Truth.FAILED, ["WRONG"]),
    "lost, taken for a stop": (Cause.HYPERBAND, Confidence.HIGH, Truth.LOST, []),
    "no cause at all": (Cause.UNKNOWN, Confidence.HIGH, Truth.COURSE, ["unknown"]),
    "no cause, but cut short": (Cause.UNEXPLAINED, Confidence.MEDIUM, Truth.STOPPED, ["unknown"]),
    "no cause, and not cut short": (
        Cause.UNEXPLAINED, Confidence.MEDIUM, Truth.COURSE, ["WRONG", "unknown"],
    ),
}  # fmt: skip


def _answer(cause, confidence, p_gem=None):
    return SimpleNamespace(
        run=SimpleNamespace(id="r"),
        n_reports=3,
        budget=9,
        termination=Termination(cause=cause, confidence=confidence, because="a reason"),
        projection=None if p_gem is None else SimpleNamespace(p_gem=p_gem),
    )


@pytest.mark.parametrize(("cause", "confidence", "truth", "marks"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_held_against_the_truth(cause, confidence, truth, marks):
    score = score_run(_answer(cause, confidence), truth, n_stopped=1)
    assert score.marks == marks
    listed = what_was_said("a sweep", [score]).splitlines()[1:]
    assert [line.split(" [")[0].split() for line in listed] == ([marks] if marks else [])


@pytest.mark.parametrize(
    ("truth", "n_stopped", "p_gem", "promised"),
    [
        (Truth.COURSE, 0, 0.2, True),
        (Truth.COURSE, 0, 0.0, False),
        (Truth.COURSE, 1, 0.2, False),
        (Truth.FAILED, 0, 0.2, False),
    ],
    ids=["nothing was stopped", "no chance", "in a sweep with stops", "it did not run its course"],
)
def test_a_gem_is_promised_where_nothing_was_stopped(truth, n_stopped, p_gem, promised):
    score = score_run(_answer(Cause.UNKNOWN, Confidence.LOW, p_gem), truth, n_stopped)
    assert score.is_promised is promised


def test_a_tiny_study_scores_every_run(tmp_path):
    groups = {}
    for kind in KINDS:
        sweep = draw_sweep(kind, SEED, with_rule=True, most_runs=8)
        write_sweep(sweep, tmp_path / kind)
        assert (sweep.file is None) or (tmp_path / kind / sweep.file).exists()
        scores = score_sweep(sweep, tmp_path / kind)
        assert [score.truth for score in scores] == [run.truth for run in sweep.runs]
        groups[kind, "hyperband", "beside it"] = [scores]
    lines = table(groups).splitlines()
    assert len(lines) == 2 + len(KINDS)
    assert all(" | 1 | 8 | " in line for line in lines[2:])
