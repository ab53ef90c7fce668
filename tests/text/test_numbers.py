import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wbtools.text.numbers import Scale, hours, listed, p_value, percent, probability, saved_of, size

HMEAN = Scale.of([0.8606, 0.9629, 0.9647, 0.9631, 0.9564, 0.9660])
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param([0.966, 0.9647, 0.8606], "0.9660", id="four digits below one"),
        pytest.param([2.31456, 2.4, 3.1], "2.315", id="four significant digits of a loss"),
        pytest.param([1234.5, 2000.0, 900.0], "1234", id="no decimals for thousands"),
        pytest.param([0.96612, 0.96613, 0.96615], "0.966120", id="more where values lie close"),
        pytest.param([1.234e-7, 5e-7], "1.234e-07", id="an exponent for tiny ones"),
        pytest.param([3.5e9, 4e9], "3.500e+09", id="an exponent for huge ones"),
        pytest.param([0.0, 0.0], "0.0000", id="zeros"),
        pytest.param([0.5, math.nan, None], "0.5000", id="unknown values count for nothing"),
        pytest.param([-0.02, -0.03, -0.04], "-0.02000", id="negative values"),
    ],
)
def test_digits_follow_the_values(values, shown):
    assert Scale.of(values).show(values[0]) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param((0.966, 0.9629), ["0.9660", "0.9629"], id="usual digits where they suffice"),
        pytest.param((0.96600001, 0.966), ["0.96600001", "0.96600000"], id="more where not"),
        pytest.param((0.966, 0.966), ["0.9660", "0.9660"], id="equal values look equal"),
        pytest.param((math.nan, math.nan), ["\u2013"] * 2, id="so is what is not a number"),
        pytest.param((0.966, None), ["0.9660", "\u2013"], id="an unknown one is a dash"),
    ],
)
def test_compared_values_are_told_apart(values, shown):
    assert HMEAN.apart(*values) == shown


@given(st.lists(numbers, min_size=1, max_size=6), numbers, numbers)
def test_different_values_never_look_the_same(others, a, b):
    first, second = Scale.of(others).apart(a, b)
    assert (first == second) == (a == b)


@given(numbers)
def test_a_margin_shows_its_sign(margin):
    text = HMEAN.signed(margin)
    assert math.copysign(1, float(text)) == math.copysign(1, margin) or margin == 0
    assert (float(text) == 0) == (margin == 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.0, "2.0 h"),
        (0.07, "4 min"),
        (35 / 3600, "35 s"),
        (0.9999, "1.0 h"),
        (123.4, "123 h"),
        (1e-9, "<1 s"),
        (0.0, "0 s"),
        (None, "\u2013"),
        (math.nan, "\u2013"),
        (math.inf, "\u2013"),
        (1e300, "1.0e+300 h"),
    ],
)
def test_hours(value, shown):
    assert hours(value) == shown


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        pytest.param(1.0, "100 %", id="certainty"),
        pytest.param(0.0, "<1 %", id="no draw said so, which proves nothing"),
        pytest.param(0.314, "31 %", id="two digits"),
        pytest.param(0.004, "<1 %", id="hardly"),
        pytest.param(0.9999, ">99 %", id="nearly certain is not certain"),
        pytest.param(None, "\u2013", id="unknown"),
    ],
)
def test_probability(p, shown):
    assert probability(p) == shown


def test_what_all_draws_say_is_still_not_certain():
    assert probability(1.0, may_be_sure=False) == ">99 %"


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        pytest.param(0.0314, ".031", id="three digits"),
        pytest.param(0.00099, "<.001", id="small"),
        pytest.param(0.99999, ".999", id="not 1 unless it is"),
        pytest.param(1.0, "1", id="a p of 1"),
        pytest.param(math.nan, "\u2013", id="no test"),
    ],
)
def test_p_values(p, shown):
    assert p_value(p) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.36, "36 %"),
        (0.001, "<1 %"),
        (1 / 200, "<1 %"),
        (199 / 200, ">99 %"),
        (0.999, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], ""),
        (["8"], "8"),
        (["8", "9"], "8 and 9"),
        (["7", "8", "9"], "7, 8 and 9"),
        ("abcdefgh", "a, b, c, d, e and 3 more"),
    ],
)
def test_listed(words, shown):
    assert listed(words) == shown


@pytest.mark.parametrize(
    ("used_s", "full_s", "shown"),
    [
        pytest.param(4.6, 5.3, ("4.6 s", "5.3 s", "13 %"), id="seconds that would look the same"),
        pytest.param(36000, 72000, ("10.0 h", "20.0 h", "50 %"), id="usual digits where they do"),
        pytest.param(5, 5, ("5 s", "5 s", "0 %"), id="nothing saved"),
        pytest.param(0.4, 0.5, ("0.4 s", "0.5 s", "20 %"), id="less than a second"),
    ],
)
def test_what_was_saved_agrees_with_its_share(used_s, full_s, shown):
    assert saved_of(used_s / 3600, full_s / 3600) == shown


@example(0.333984375, 0.7153)  # 14.3 of 20.0 min: 28.5 % saved
@given(st.floats(1e-4, 1e4), st.integers(1, 998).map(lambda k: (k + 0.3) / 1000))
def test_the_share_that_was_saved_can_be_recomputed(full, share):
    used_text, full_text, saved = saved_of(full * share, full)
    seconds = {"s": 1, "min": 60, "h": 3600}

    def read(text):
        amount, unit = text.split()
        return 0 if amount.startswith("<") else float(amount) * seconds[unit]

    again = percent(max(1 - read(used_text) / read(full_text), 0.0))
    assert again == saved


EVERY = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(EVERY, max_size=8), EVERY, EVERY)
@example([1e308, -1e308], 1e308, -1e308)
@example([5e-324], 5e-324, 1e300)
@example([0.5], 1e300, 1e308)
def test_no_number_fills_the_page(others, a, b):
    scale = Scale.of(others)
    texts = [scale.show(a), scale.signed(a), scale.signed(a - b), *scale.apart(a, b), hours(abs(a))]
    assert max(map(len, texts)) < 36


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_499, "999 kB"),
        (999_501, "1.0 MB"),
        (3_140_000_000, "3.1 GB"),
        (2 * 10**17, "200000 TB"),
    ],
)
def test_sizes_have_the_unit_that_fits(n_bytes, text):
    assert size(n_bytes) == text
