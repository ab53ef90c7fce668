"""Whether recorded arguments are a sweep's parameters, number for number."""

import pytest

from wbtools.replication.parameter_evidence import are_parameters


@pytest.mark.parametrize(
    ("argv", "values", "expected"),
    [
        (("--seed=9007199254740993",), {"seed": 2**53 + 1}, True),
        (("--seed=9007199254740992",), {"seed": 2**53 + 1}, False),
        (("--seed", "18446744073709551615"), {"seed": 2**64 - 1}, True),
        (("--lr=1e-3",), {"lr": 0.001}, True),
        (("--lr=3",), {"lr": 3.0}, True),
        (("--lr=3.5",), {"lr": 3}, False),
        (("--lr=fast",), {"lr": 3}, False),
    ],
)
def test_numbers_are_compared_exactly(argv, values, expected):
    assert are_parameters(argv, values) is expected
