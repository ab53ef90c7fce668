"""The figure of a replication: whose curve is which, what was promised, what is needed."""

from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection

from tests.answers.forms import HOSTILE
from tests.answers.verify.test_text import PROMISE, answer, replica
from tests.replication.launches import run_of
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.figures.figure_data import CurveMark, Emphasis, IntervalMark, RuleMark
from wbtools.answers.figures.replicas import replicas_figure

ORIGINAL = np.linspace(0.5, 0.96, 10)


def curved(k, best, n=22, **more):
    return replace(replica(k, best, **more), curve=np.linspace(0.5, best, n))


def verification(replicas, **more):
    return replace(answer(replicas, expectation=PROMISE), original_curve=ORIGINAL, **more)


def marks_of(figure, kind):
    return [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, kind)]


def test_each_curve_is_the_runs_own():
    running = curved(2, 0.8, n=4, completion=Completion.RUNNING)
    other = replace(curved(3, 0.9), is_other=True)
    figure = replicas_figure(verification([curved(1, 0.967), running, other]))
    first, second, third, original = marks_of(figure, CurveMark)
    assert (first.run_id, first.label, first.category.key) == ("rep1", "seed 1", "replica")
    np.testing.assert_array_equal(first.y, np.linspace(0.5, 0.967, 22))
    np.testing.assert_array_equal(first.x, np.arange(1, 23))
    assert (second.category.key, len(second.x)) == ("replica-short", 4)
    assert (third.category.key, third.emphasis) == ("other", Emphasis.FAINT)
    np.testing.assert_array_equal(original.y, ORIGINAL)
    assert original.label == "original"
    assert [category.key for category in figure.legend] == [
        "original", "replica", "replica-short", "other", "projected",
    ]  # fmt: skip
    assert any("another configuration" in note for note in figure.notes)


def test_the_promise_stands_at_the_end_of_a_full_run():
    figure = replicas_figure(verification([curved(1, 0.967)]))
    (interval,) = marks_of(figure, IntervalMark)
    assert (interval.at, interval.low, interval.estimate, interval.high) == (
        22.0, PROMISE.low, PROMISE.median, PROMISE.high,
    )  # fmt: skip
    assert not marks_of(replicas_figure(answer([curved(1, 0.967)])), IntervalMark)


def test_what_is_needed_is_drawn_and_the_title_is_the_verdict():
    figure = replicas_figure(verification([curved(1, 0.967)]))
    assert [(rule.at, rule.label) for rule in marks_of(figure, RuleMark)] == [
        (0.966, "success 0.9660"), (0.965, "acceptable 0.9650"),
    ]  # fmt: skip
    assert figure.title == "Run 8 holds: 1 replica 0.9670, bar 0.9660"
    assert "sweep v5inrfwe" in figure.setting


def test_hostile_names_are_text():
    hostile = replace(curved(1, 0.967), run=run_of(id="r1", name=HOSTILE), seed=HOSTILE)
    figure = replicas_figure(verification([hostile], run=run_of(name=HOSTILE)))
    (mark, _original) = marks_of(figure, CurveMark)
    for text in (figure.title, figure.setting, figure.description, mark.label):
        assert text.isprintable()


def test_it_is_drawn():
    (axes,) = verification([curved(1, 0.967)]).plot().axes
    paths = [
        path.vertices[:, 1]
        for collection in axes.collections
        if isinstance(collection, LineCollection)
        for path in collection.get_paths()
    ]
    assert any(len(path) == len(ORIGINAL) and np.allclose(path, ORIGINAL) for path in paths)
