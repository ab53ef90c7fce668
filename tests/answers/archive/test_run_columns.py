import pytest

from wbtools.answers.archive.run_columns import as_text, run_columns
from wbtools.model import Run


def column(values):
    runs = [
        Run(
            id=str(k),
            name="n",
            number=k,
            number_from="order",
            config={} if value is ... else {"x": value},
        )
        for k, value in enumerate(values)
    ]
    (found,) = (
        run_column
        for run_column in run_columns(runs, show_secrets=False)
        if run_column.name == "config/x"
    )
    return found


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        pytest.param([True, False, None], bool, id="flags, some unknown"),
        pytest.param([1, 2], int, id="integers"),
        pytest.param([1, 2.5], float, id="integers for floats"),
        pytest.param([float("nan"), None], float, id="not a number is a number"),
        pytest.param([2**63 - 1, -(2**63)], int, id="the largest integers"),
        pytest.param([2**63], str, id="an integer of more than 64 bits"),
        pytest.param([2**53 + 1, 0.5], str, id="an integer that no float is"),
        pytest.param([10**400, 0.5], str, id="an integer beyond all floats"),
        pytest.param([True, 1], str, id="a flag among integers"),
        pytest.param(["1", 1], str, id="a text among integers"),
        pytest.param([[1, 2], None], str, id="lists"),
        pytest.param([None], str, id="nothing known"),
    ],
)
def test_a_column_has_the_kind_of_its_values(values, kind):
    found = column(values)
    assert found.kind is kind
    assert [type(value) for value in found.values] == [type(value) for value in values]


def test_a_key_that_a_run_lacks_is_unknown_there():
    assert column([..., 1, ..., 2, ...]).values == [None, 1, None, 2, None]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("é\n", "é\n"),
        (1, "1"),
        (True, "true"),
        ({"a": [1.5, float("nan")]}, '{"a": [1.5, NaN]}'),
    ],
)
def test_whatever_is_no_text_is_json(value, text):
    assert as_text(value) == text
