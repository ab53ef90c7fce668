"""Why a nested rule stops a run, or spares it."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.random_rules import any_rules, chances
from wbtools.model import SweepView
from wbtools.rules.grammar import parse_rule
from wbtools.rules.reasons import parts_of, reasons


def view(curves, *, nonfinite=None, completed=(), sign=1.0):
    width = max(map(len, curves))
    values = np.full((len(curves), width), np.nan)
    for row, curve in enumerate(curves):
        values[row, : len(curve)] = curve
    rows = np.arange(len(curves))
    return SweepView(
        values=values,
        n_reports=np.array([len(curve) for curve in curves]),
        active=~np.isin(rows, completed),
        n_nonfinite=np.zeros(len(curves), dtype=int) if nonfinite is None else np.array(nonfinite),
        completed=np.isin(rows, completed),
        sign=sign,
    )


def words(rule, seen):
    return [(why.row, why.stops, why.by.alone) for why in reasons(parse_rule(rule), seen)]


CURVES = [[0.1, 0.1], [0.5, 0.5], [0.6, 0.6], [0.9, 0.9]]
HYPERBAND = "hyperband(min_iter=2,eta=3)"  # the best two of four survive


def test_the_rule_itself():
    (third, last) = reasons(parse_rule(HYPERBAND), view(CURVES))
    assert (third.row, third.stops, third.by.alone) == (2, True, HYPERBAND)
    assert (third.value, third.threshold, third.band, third.n_peers) == (0.6, 0.5, 2, 4)
    assert (last.row, last.value) == (3, 0.9)


def test_a_guard_that_spares_is_named():
    assert words(f"top({HYPERBAND},k=3)", view(CURVES)) == [
        (2, False, "top(k=3)"),
        (3, True, HYPERBAND),
    ]


def test_of_two_guards_the_first_that_spares_is_named():
    rule = f"preserve(top({HYPERBAND},k=3),value=0.95)"
    assert words(rule, view(CURVES)) == [
        (2, False, "top(k=3)"),
        (3, False, "preserve(value=0.95)"),
    ]


def test_a_guard_that_stops_is_named_though_an_inner_one_spares():
    rule = f"diverged(top({HYPERBAND},k=4))"
    assert words(rule, view(CURVES, nonfinite=[0, 1, 1, 0])) == [
        (1, True, "diverged"),
        (2, True, "diverged"),
        (3, False, "top(k=4)"),
    ]


def test_parts_go_from_the_inside_out():
    rule = parse_rule(f"preserve(top({HYPERBAND},k=3),value=0.9)")
    assert [part.alone for part in parts_of(rule)] == [HYPERBAND, "top(k=3)", "preserve(value=0.9)"]


@given(st.data())
def test_reasons_agree_with_the_rule_as_a_whole(data):
    rule = data.draw(any_rules())
    curves = data.draw(
        st.lists(st.lists(st.floats(-2, 2), min_size=1, max_size=8), min_size=1, max_size=8)
    )
    nonfinite = data.draw(st.lists(st.integers(0, 1), min_size=len(curves), max_size=len(curves)))
    seen = replace(view(curves, nonfinite=nonfinite, completed=[0]), p_improvement=chances)
    stopped = {why.row for why in reasons(rule, seen) if why.stops}
    assert stopped == set(np.flatnonzero(rule.decide(seen).stop).tolist())
