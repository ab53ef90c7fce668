"""What number a run has."""

import pytest

from wbtools.sources.run_numbers import label_runs, number_runs


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["amber-sweep-8", None, ""], ["8name", None, None]),
        (["a-b-3", "c-d-3", "e-f-9"], [None, None, "9name"]),
        (["lr-0.01", "x-007", "v2-3", "run-1234567"], [None, "7name", None, None]),
        (["lr-0.01", "v2-3", "run-1234567"], ["1order", "2order", "3order"]),
        (["2024_01", "amber sweep 12"], [None, "12name"]),
        (["trial-0", "trial-1", "trial-2"], ["0name", "1name", "2name"]),
        (["grid_000", "grid_001", "grid_010"], ["0name", "1name", "10name"]),
        (["a-07", "b-7", "c-8"], [None, None, "8name"]),
        (["net-50", "net-50", None], ["1order", "2order", "3order"]),
        (["net-2", "net-2", None], [None, None, None]),
    ],
)
def test_a_unique_number_of_a_name_or_the_place(names, expected):
    numbers = number_runs(names)
    assert [None if source is None else f"{number}{source}" for number, source in numbers] == (
        expected
    )
    assert all((number is None) == (source is None) for number, source in numbers)


def test_places_count_where_no_name_is_hidden():
    runs = [("a", None, None), ("b", "warm", None)]
    assert [label.number for label in label_runs(runs)] == [1, 2]
    assert [label.number for label in label_runs(runs, named_elsewhere={"b"})] == [1, 2]
    assert [label.number for label in label_runs(runs, named_elsewhere={"a"})] == [None, None]
