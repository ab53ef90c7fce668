"""Stories about W&B's Hyperband, each a fact that surprises people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wbtools.errors import DataError, UsageError
from wbtools.model import SweepView
from wbtools.rules.grammar import parse_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule


def view(*curves: list[float]) -> SweepView:
    width = max(len(curve) for curve in curves)
    padded = [[*curve, *[np.nan] * (width - len(curve))] for curve in curves]
    return SweepView(
        values=np.array(padded, dtype=float).reshape(len(curves), width),
        n_reports=np.array([len(curve) for curve in curves]),
        active=np.ones(len(curves), dtype=bool),
    )


STORIES = {
    "a lone run is never stopped": ("hyperband(min_iter=1,eta=3)", [[9.0]], [False]),
    "with eta 3 the second run to arrive is stopped if merely worse": (
        "hyperband(min_iter=1,eta=3)",
        [[1.0], [1.1]],
        [False, True],
    ),
    "ties survive": ("hyperband(min_iter=1,eta=3)", [[1.0], [1.0]], [False, False]),
    "strict looks at the value at the band, not at a better one before": (
        "hyperband(min_iter=2,eta=2,strict=true)",
        [[5.0, 5.0], [1.0, 6.0]],
        [False, False],
    ),
    "strict can stop the best run so far": (
        "hyperband(min_iter=2,eta=3,strict=true)",
        [[5.0, 5.0], [1.0, 6.0]],
        [False, True],
    ),
    "lenient never stops the best run so far": (
        "hyperband(min_iter=2,eta=3,strict=false)",
        [[5.0, 5.0], [1.0, 6.0]],
        [False, False],
    ),
    "only the highest band reached is looked at": (
        "hyperband(min_iter=1,eta=2)",
        [[1.0, 1.0], [9.0, 0.5]],
        [False, False],
    ),
    "max_iter itself is no band": (
        "hyperband(max_iter=2,s=1,eta=2)",
        [[1.0, 1.0], [0.5, 9.0]],
        [False, False],
    ),
}


@pytest.mark.parametrize(("rule", "curves", "stop"), STORIES.values(), ids=STORIES.keys())
def test_story(rule, curves, stop):
    assert parse_rule(rule).decide(view(*curves)).stop.tolist() == stop


def test_a_verdict_carries_its_reason():
    verdict = Hyperband(min_iter=2, eta=3).decide(view([1.0, 1.0], [2.0, 3.0], [4.0]))
    assert verdict.band.tolist() == [2, 2, 0]
    assert verdict.n_peers.tolist() == [2, 2, 0]
    assert verdict.value[:2].tolist() == [1.0, 3.0]
    assert verdict.threshold[:2].tolist() == [1.0, 1.0]
    assert np.isnan(verdict.threshold[2])


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("hyperband(min_iter=10,eta=2)", (10, 20, 40, 80)),
        ("hyperband(min_iter=3)", (3, 9, 27, 81)),
        ("hyperband(min_iter=1,eta=1.5)", (1, 2, 3, 5)),
        ("hyperband(max_iter=27,s=2,eta=3)", (3, 9)),
        ("hyperband(max_iter=27,s=9,eta=3)", (1, 3, 9)),
        ("hyperband(min_iter=5,max_iter=27,s=1)", (9,)),
    ],
)
def test_bands(text, bands):
    assert parse_rule(text).bands[:4] == bands


@pytest.mark.parametrize(
    "text",
    [
        "hyperband()",
        "hyperband(max_iter=9)",
        "hyperband(max_iter=9,s=1.5)",
        "hyperband(max_iter=1,s=3)",
        "hyperband(min_iter=0)",
        "hyperband(min_iter=2,eta=1)",
        "hyperband(min_iter=2,eta=.nan)",
        "hyperband(min_iter=2,strict=yes please)",
        "hyperband(min_iter=1,eta=1e10)",
        f"hyperband(max_iter=1{'0' * 400},s=2)",
        f"hyperband(min_iter=1,eta=1{'0' * 400},strict=no)".replace("min_iter=1,", ""),
    ],
)
def test_settings_on_which_the_engine_raises_are_refused_with_a_reason(text):
    with pytest.raises(DataError, match="cannot run"):
        parse_rule(text).resolved()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hyperband(min_iter=1", "not an early-termination rule"),
        ("medain(grace=5)", "'medain' is not known"),
        ("hyperband(miniter=1)", "no setting 'miniter'"),
        ("hyperband(min_iter=1,min_iter=2)", "given twice"),
        ("hyperband(min_iter)", "not of the form name=value"),
        ("hyperband(min_iter=[)", "not a number, a truth value or a word"),
        ("hyperband(min_iter=*a)", "not a number, a truth value or a word"),
        ("hyperband(eta=2024-13-45)", "not a number, a truth value or a word"),
        ("hyperband(__import__('os').system('true'))", "not an early-termination rule"),
    ],
)
def test_a_malformed_rule_is_one_clear_message(text, complaint):
    with pytest.raises(
        UsageError, match=r"not an early|not known|no setting|twice|form|not a number"
    ) as caught:
        parse_rule(text)
    assert complaint in caught.value.message
    assert caught.value.hint


def test_an_eta_close_to_one_is_answered_in_bounded_time():
    rule = parse_rule("hyperband(max_iter=1000000000,s=1000000000,eta=1.0000001)")
    assert len(rule.bands) <= 10_000


def test_the_rule_is_written_as_it_is_read():
    text = "hyperband(min_iter=10,eta=2,strict=false)"
    assert str(parse_rule(text)) == text
    assert parse_rule("none") == NoRule()
    block = {"type": "hyperband", "max_iter": 27, "s": 2, "preserve_threshold": 0.9}
    assert Hyperband.from_block(block) == Hyperband(max_iter=27, s=2)
    with pytest.raises(UsageError, match="median"):
        Hyperband.from_block({"type": "median"})
    with pytest.raises(UsageError, match="no plain value under 'min_iter'"):
        Hyperband.from_block({"type": "hyperband", "min_iter": [1]})


values = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
    elements=st.floats(-5, 5).map(lambda x: round(x, 1)),
)
rules = st.builds(
    lambda first, eta, strict: Hyperband(min_iter=first, eta=eta, strict=strict),
    st.integers(1, 4),
    st.sampled_from([2, 3, 1.5]),
    st.booleans(),
)


def full_view(x: np.ndarray, lengths: np.ndarray) -> SweepView:
    return SweepView(values=x, n_reports=lengths, active=np.ones(len(x), dtype=bool))


@given(values, rules, st.randoms(use_true_random=False))
def test_permuting_runs_permutes_verdicts(x, rule, random):
    lengths = np.array([random.randint(0, x.shape[1]) for _ in x])
    order = np.array(random.sample(range(len(x)), len(x)))
    stop = rule.decide(full_view(x, lengths)).stop
    assert rule.decide(full_view(x[order], lengths[order])).stop.tolist() == stop[order].tolist()


@given(values, rules)
def test_padding_changes_nothing(x, rule):
    lengths = np.full(len(x), x.shape[1])
    padded = np.hstack([x, np.full((len(x), 3), np.nan)])
    assert (
        rule.decide(full_view(x, lengths)).stop.tolist()
        == rule.decide(full_view(padded, lengths)).stop.tolist()
    )


@given(values, rules)
def test_the_best_at_its_band_is_never_stopped(x, rule):
    lengths = np.full(len(x), x.shape[1])
    verdict = rule.decide(full_view(x, lengths))
    if verdict.band.any():
        best = np.argmin(x[:, verdict.band[0] - 1])
        assert not verdict.stop[best]
