"""What number a run has."""

import pytest

from wbtools.sources.run_numbers import number_runs


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["amber-sweep-8", None, ""], ["8name", "2order", "3order"]),
        (["a-b-3", "c-d-3", "e-f-9"], ["1order", "2order", "9name"]),
        (["lr-0.01", "x-007", "v2-3", "run-1234567"], ["1order", "2order", "3order", "4order"]),
        (["2024_01", "amber sweep 12"], ["1order", "12name"]),
    ],
)
def test_a_unique_number_of_a_name_or_the_place(names, expected):
    assert [f"{number}{source}" for number, source in number_runs(names)] == expected
